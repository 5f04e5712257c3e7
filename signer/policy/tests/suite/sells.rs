//! Ways out: what can be held, how often it may be offered, how cheaply, and
//! the tickets that pass all that.

use note::TokenFloor;
use order::{Exchange, U256};
use policy::{Entry, Intent, Kind, Size};

use crate::kit::{
    DAY, Desk, MINUTE, NOON, ONE, TOKEN, buy, copied_sell, declare, exit, observed, price, shares,
};

fn sell(number: u64, units: u64, e4: u16) -> Intent {
    Intent {
        size: Size::Shares(shares(units)),
        limit_price: price(e4),
        ..exit(number)
    }
}

#[test]
fn a_sell_is_of_what_can_be_held() {
    let mut desk = Desk::new();
    assert_eq!(desk.code(sell(1, 10_000, 5_000)), "HOLDINGS");
    // A buy of 20 shares can have brought a quarter more.
    desk.sign(buy(1)).unwrap();
    assert_eq!(desk.code(sell(2, 25 * ONE, 5_000)), "YES");
    assert_eq!(desk.code(sell(2, 25 * ONE + 10_000, 5_000)), "HOLDINGS");
    desk.declare(&[(TOKEN, 5 * ONE), (U256::from(3), ONE)]);
    assert_eq!(desk.code(sell(2, 30 * ONE, 5_000)), "YES");
    assert_eq!(desk.code(sell(2, 30 * ONE + 10_000, 5_000)), "HOLDINGS");
    // A declaration takes the place of the one before.
    desk.declare(&[(TOKEN, ONE)]);
    assert_eq!(desk.code(sell(2, 26 * ONE, 5_000)), "YES");
    assert_eq!(desk.code(sell(2, 26 * ONE + 10_000, 5_000)), "HOLDINGS");
    let dropped = Intent {
        token_id: U256::from(3),
        ..sell(3, ONE, 5_000)
    };
    assert_eq!(desk.code(dropped), "HOLDINGS");
    // Selling takes nothing away: it may have been killed.
    desk.sign(sell(4, 26 * ONE, 5_000)).unwrap();
    assert_eq!(desk.code(sell(5, 26 * ONE, 5_000)), "YES");
    // A copied sell is bound the same way.
    let copy = Intent {
        kind: Kind::Copy(observed(NOON, 5_000)),
        ..sell(6, 26 * ONE + 10_000, 5_000)
    };
    assert_eq!(desk.code(copy), "HOLDINGS");
}

#[test]
fn a_quarter_more_is_rounded_down() {
    let mut desk = Desk::new();
    // 1.00 at 0.35 brings 2.8571 shares, and at most 3.571375.
    let odd = Intent {
        limit_price: price(3_500),
        size: Size::Collateral(order::CollateralUnits::new(ONE)),
        kind: Kind::Copy(observed(NOON, 3_500)),
        ..buy(1)
    };
    desk.sign(odd).unwrap();
    assert_eq!(desk.code(sell(2, 3_570_000, 5_000)), "YES");
    assert_eq!(desk.code(sell(2, 3_580_000, 5_000)), "HOLDINGS");
}

#[test]
fn a_day_offers_what_is_held_only_so_often() {
    let mut desk = Desk::new();
    desk.policy.exits.sell_reuse = 2;
    desk.declare(&[(TOKEN, 10 * ONE)]);
    desk.sign(sell(1, 10 * ONE, 5_000)).unwrap();
    desk.at(NOON + MINUTE);
    desk.sign(sell(2, 9 * ONE, 5_000)).unwrap();
    assert_eq!(desk.code(sell(3, ONE, 5_000)), "YES");
    let denial = desk.judge(sell(3, ONE + 10_000, 5_000)).unwrap_err();
    assert_eq!(denial.code(), "SELL_REUSE");
    assert_eq!(denial.retry_at_ms(), Some(NOON + DAY));
    // The day's measure is of all kinds of sell together.
    let copy = Intent {
        size: Size::Shares(shares(2 * ONE)),
        ..copied_sell(3)
    };
    desk.at(NOON + 30_000);
    assert_eq!(desk.code(copy), "SELL_REUSE");
    desk.at(NOON + DAY - 1);
    assert_eq!(desk.code(sell(3, 10 * ONE, 5_000)), "SELL_REUSE");
    desk.at(NOON + DAY);
    assert_eq!(desk.code(sell(3, 10 * ONE, 5_000)), "YES");
    // Another token has a measure of its own.
    desk.at(NOON + MINUTE);
    desk.declare(&[(TOKEN, 10 * ONE), (U256::from(3), 2 * ONE)]);
    let other = Intent {
        token_id: U256::from(3),
        ..sell(4, 2 * ONE, 5_000)
    };
    assert_eq!(desk.code(other), "YES");
}

#[test]
fn every_sell_keeps_the_floor() {
    let mut desk = Desk::new();
    desk.declare(&[(TOKEN, 100 * ONE)]);
    assert_eq!(desk.code(sell(1, 100 * ONE, 500)), "YES");
    assert_eq!(desk.code(sell(1, 100 * ONE, 400)), "SELL_FLOOR");
    let copy = |e4| Intent {
        kind: Kind::Copy(observed(NOON, e4)),
        ..sell(1, 50 * ONE, e4)
    };
    assert_eq!(desk.code(copy(500)), "YES");
    assert_eq!(desk.code(copy(400)), "SELL_FLOOR");
    // A dial raises it for one token, and never lowers it.
    let raise = |desk: &mut Desk, token, e4| {
        desk.dialed.token_floors = [TokenFloor {
            token,
            price: price(e4),
        }]
        .into();
    };
    raise(&mut desk, TOKEN, 2_200);
    assert_eq!(desk.code(sell(1, ONE, 2_100)), "SELL_FLOOR");
    assert_eq!(desk.code(sell(1, ONE, 2_200)), "YES");
    raise(&mut desk, U256::from(3), 2_200);
    assert_eq!(desk.code(sell(1, ONE, 2_100)), "YES");
    raise(&mut desk, TOKEN, 100);
    assert_eq!(desk.code(sell(1, ONE, 400)), "SELL_FLOOR");
    let denial = desk.judge(sell(1, 100 * ONE, 400)).unwrap_err();
    assert_eq!(denial.sentence(), "sell 100.00 at 0.04: floor 0.05");
    assert!(
        denial.fix().ends_with("--shares 100 --price 0.04"),
        "{denial}"
    );
}

#[test]
fn a_ticket_passes_floor_holdings_reuse_and_rate_once() {
    let breaks: [(fn(&mut Desk), &str); 4] = [
        (|_| {}, "SELL_FLOOR"),
        (|d| d.policy.exits.sell_floor = price(1), "HOLDINGS"),
        (
            |d| {
                d.policy.exits.sell_floor = price(1);
                d.declare(&[(TOKEN, 10 * ONE)]);
                d.policy.exits.sell_reuse = 0;
            },
            "SELL_REUSE",
        ),
        (|d| d.policy.exits.exits_per_minute = 0, "EXIT_RATE"),
    ];
    for (number, (arrange, code)) in (1..).zip(breaks) {
        let mut desk = Desk::new();
        arrange(&mut desk);
        assert_eq!(desk.code(sell(number, 10 * ONE, 400)), code);
        desk.ticket(1, TOKEN, 10 * ONE, 400);
        let approved = desk.judge(sell(number, 10 * ONE, 400)).unwrap();
        assert_eq!(approved.ticket(), Some(note::NoteId([1; 16])), "{code}");
        let approval = desk.record(&approved);
        assert_eq!(approval.ticket, Some(note::NoteId([1; 16])), "{code}");
        // Once, and outside every measure.
        assert_eq!(desk.code(sell(9, 10 * ONE, 400)), code);
    }
}

#[test]
fn a_ticket_is_for_its_token_shares_price_and_quarter_hour() {
    let with = |bend: fn(&mut Desk, &mut Intent)| {
        let mut desk = Desk::new();
        desk.ticket(1, TOKEN, 10 * ONE, 400);
        let mut intent = sell(1, 10 * ONE, 400);
        bend(&mut desk, &mut intent);
        desk.code(intent)
    };
    assert_eq!(with(|_, _| {}), "YES");
    assert_eq!(with(|_, i| i.token_id = U256::from(3)), "SELL_FLOOR");
    let more = |_: &mut Desk, i: &mut Intent| i.size = Size::Shares(shares(10 * ONE + 10_000));
    assert_eq!(with(more), "SELL_FLOOR");
    let less = |_: &mut Desk, i: &mut Intent| i.size = Size::Shares(shares(10_000));
    assert_eq!(with(less), "YES");
    assert_eq!(with(|_, i| i.limit_price = price(300)), "SELL_FLOOR");
    assert_eq!(with(|d, _| d.time.fast_ms = NOON + 15 * MINUTE - 1), "YES");
    assert_eq!(
        with(|d, _| d.time.fast_ms = NOON + 15 * MINUTE),
        "SELL_FLOOR"
    );
    // It lets no copied sell pass.
    let copied = |_: &mut Desk, i: &mut Intent| i.kind = Kind::Copy(observed(NOON, 400));
    assert_eq!(with(copied), "ORDER_TOO_SMALL");
    let large = |_: &mut Desk, i: &mut Intent| {
        i.kind = Kind::Copy(observed(NOON, 400));
        i.size = Size::Shares(shares(30 * ONE));
    };
    assert_eq!(with(large), "SELL_FLOOR");
    // It does not pass what is no exit rule.
    assert_eq!(with(|_, i| i.deadline_ms = NOON), "DEADLINE_PASSED");
    assert_eq!(with(|_, i| i.exchange = Exchange::V3), "VENUE");
}

#[test]
fn a_ticket_is_kept_while_none_is_needed_and_the_smallest_goes_first() {
    let mut desk = Desk::new();
    desk.declare(&[(TOKEN, 100 * ONE)]);
    desk.ticket(1, TOKEN, 20 * ONE, 400);
    desk.ticket(2, TOKEN, 10 * ONE, 300);
    assert_eq!(desk.sign(sell(1, 10 * ONE, 500)).unwrap().ticket, None);
    let used = desk.sign(sell(2, 10 * ONE, 400)).unwrap().ticket;
    assert_eq!(used, Some(note::NoteId([2; 16])));
    let used = desk.sign(sell(3, 10 * ONE, 400)).unwrap().ticket;
    assert_eq!(used, Some(note::NoteId([1; 16])));
    assert_eq!(desk.code(sell(4, 10 * ONE, 400)), "SELL_FLOOR");
}

/// M232: out after the policy ended.
#[test]
fn sells_run_on_for_the_grace_and_then_by_ticket() {
    let mut desk = Desk::new();
    desk.declare(&[(TOKEN, 100 * ONE)]);
    desk.policy.expires = crate::kit::seconds(NOON - 7 * DAY + 1_000);
    assert_eq!(desk.code(exit(1)), "YES");
    assert_eq!(desk.code(copied_sell(1)), "YES");
    desk.time.fast_ms = NOON + 1_000;
    assert_eq!(desk.code(exit(1)), "SELL_GRACE", "by the fast time");
    desk.time.fast_ms = NOON;
    desk.policy.expires = crate::kit::seconds(NOON - 7 * DAY);
    assert_eq!(desk.code(exit(1)), "SELL_GRACE");
    assert_eq!(desk.code(copied_sell(1)), "SELL_GRACE");
    desk.ticket(1, TOKEN, 10 * ONE, 5_000);
    assert_eq!(desk.code(exit(1)), "YES");
    assert_eq!(desk.code(copied_sell(1)), "SELL_GRACE");
}

#[test]
fn an_incomplete_declaration_counts_like_any_other() {
    let mut desk = Desk::new();
    desk.note(declare(false, &[(TOKEN, 10 * ONE)]));
    assert_eq!(desk.code(sell(1, 10 * ONE, 500)), "YES");
    desk.note(declare(false, &[(TOKEN, u64::MAX)]));
    desk.policy.exits.sell_reuse = u16::MAX;
    assert_eq!(desk.code(sell(1, 1_000_000_000 * ONE, 500)), "YES");
}

#[test]
fn exits_go_on_by_the_minute_while_the_clocks_disagree() {
    let mut desk = Desk::new();
    desk.declare(&[(TOKEN, 100 * ONE)]);
    desk.policy.exits.exits_per_minute = 2;
    desk.push(Entry::ClockJumped);
    desk.sign(exit(1)).unwrap();
    desk.sign(exit(2)).unwrap();
    assert_eq!(desk.code(exit(3)), "EXIT_RATE");
    // The slow time stands still until a person accepts.
    desk.time.wall_ms += MINUTE;
    desk.time.fast_ms += MINUTE - 1;
    let denial = desk.judge(exit(3)).unwrap_err();
    assert_eq!(denial.retry_at_ms(), Some(desk.time.wall_ms + 1));
    desk.time.fast_ms += 1;
    desk.sign(exit(3)).unwrap();
    // Accepting credits nothing: the slow minute holds all three.
    desk.push(Entry::ClockAccepted);
    assert_eq!(desk.code(exit(4)), "EXIT_RATE");
    desk.time.slow_ms += MINUTE;
    assert_eq!(desk.code(exit(4)), "YES");
}
