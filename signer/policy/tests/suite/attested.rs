//! Copies of what watchers saw: needed, alike, within the ratio, each fill for
//! one intent; and sold with the leader below the floor.

use std::collections::BTreeSet;

use note::{Attestation, Body, JournalId, Watchers, Watching};
use order::{B256, Exchange, Side, TickSize};
use policy::{Entry, Intent, Observed, Size};

use crate::kit::{
    DAY, Desk, LEADER, MINUTE, NOON, ONE, TOKEN, buy, copied_sell, exit, price, seconds, shares,
    tags, usdc, venue, watch, window,
};

/// The leader's trade, as the watchers saw it: 100 shares at 0.50.
pub(crate) fn seen(side: Side, log_index: u64, at_price: u16, now_ms: u64) -> Attestation {
    Attestation {
        journal: JournalId([1; 16]),
        policy: 1,
        window: window(now_ms, now_ms + 10 * MINUTE),
        venue: venue(Exchange::V2Standard),
        transaction: B256::repeat_byte(7),
        log_index,
        order: B256::repeat_byte(8),
        leader: LEADER,
        token: TOKEN,
        side,
        price: price(at_price),
        size: shares(100 * ONE),
        matched: seconds(now_ms - 2_000),
        seen: seconds(now_ms - 1_000),
    }
}

pub(crate) fn watching(desk: &mut Desk, ratio_bps: u32, needed: bool) {
    desk.policy.watching = Watching::On(Watchers {
        watch_threshold: 2,
        watchers: BTreeSet::new(),
        attested_buys_only: needed,
        copy_ratio_bps: ratio_bps,
    });
}

/// The intent as a copy of what was seen.
pub(crate) fn copying(mut intent: Intent, seen: &Attestation) -> Intent {
    watch(&mut intent, |observed| {
        observed.fill = seen.fill();
        observed.price = seen.price;
    });
    intent
}

/// A desk with one attested buy, half of which may be copied.
fn desk() -> (Desk, Attestation) {
    let mut desk = Desk::new();
    watching(&mut desk, 5_000, true);
    let seen = seen(Side::Buy, 1, 5_000, NOON);
    desk.note(Body::Attestation(seen.clone()));
    (desk, seen)
}

#[test]
fn a_buy_needs_its_leaders_trade_attested_where_the_policy_says_so() {
    let (mut desk, seen) = desk();
    assert_eq!(desk.code(buy(1)), "ATTESTATION_MISSING");
    assert_eq!(desk.code(copying(buy(1), &seen)), "YES");
    watching(&mut desk, 5_000, false);
    assert_eq!(desk.code(buy(1)), "YES");
    desk.policy.watching = Watching::Off;
    assert_eq!(desk.code(buy(1)), "YES");
}

#[test]
fn what_the_caller_says_of_it_must_be_what_watchers_saw() {
    let (desk, seen) = desk();
    let other = crate::kit::OWNER;
    let edges: &[(&str, fn(&mut Observed))] = &[
        ("price", |o| o.price = price(5_001)),
        ("size", |o| o.size = shares(100 * ONE + 1)),
        ("time", |o| o.traded_ms += 1_000),
        ("time", |o| o.traded_ms -= 1),
    ];
    for (field, bend) in edges {
        let mut intent = copying(buy(1), &seen);
        watch(&mut intent, *bend);
        let denial = desk.judge(intent).unwrap_err();
        assert_eq!(denial, policy::Denial::AttestationDiffers { field });
    }
    let mut desk = desk;
    desk.policy.scope.leaders.insert(other);
    let mut intent = copying(buy(1), &seen);
    watch(&mut intent, |o| o.leader = other);
    assert_eq!(desk.code(intent), "ATTESTATION_DIFFERS");
    let intent = Intent {
        token_id: TOKEN + order::U256::ONE,
        ..copying(buy(1), &seen)
    };
    assert_eq!(desk.code(intent), "ATTESTATION_DIFFERS");
    desk.declare(&[(TOKEN, 100 * ONE)]);
    assert_eq!(
        desk.code(copying(copied_sell(1), &seen)),
        "ATTESTATION_DIFFERS"
    );
}

#[test]
fn copies_of_one_fill_stay_within_the_ratio_over_all_attempts() {
    let (mut desk, seen) = desk();
    desk.policy.order.order_usdc_max = usdc(100 * ONE);
    let sized = |attempt, units| Intent {
        attempt,
        size: Size::Shares(shares(units)),
        ..copying(buy(1), &seen)
    };
    assert_eq!(desk.code(sized(0, 50 * ONE + 10_000)), "COPY_RATIO");
    desk.sign(sized(0, 30 * ONE)).unwrap();
    assert_eq!(desk.code(sized(1, 20 * ONE + 10_000)), "COPY_RATIO");
    desk.sign(sized(1, 20 * ONE)).unwrap();
    assert_eq!(desk.code(sized(2, 10_000 * 200)), "COPY_RATIO");
}

#[test]
fn one_fill_is_copied_by_one_intent() {
    let (mut desk, seen) = desk();
    desk.sign(copying(buy(1), &seen)).unwrap();
    assert_eq!(desk.code(copying(buy(2), &seen)), "ATTESTATION_USED");
    // Attested again, it is as used as it was.
    desk.note(Body::Attestation(seen.clone()));
    assert_eq!(desk.code(copying(buy(2), &seen)), "ATTESTATION_USED");
    let next = self::seen(Side::Buy, 2, 5_000, NOON);
    desk.note(Body::Attestation(next.clone()));
    assert_eq!(desk.code(copying(buy(2), &next)), "YES");
}

#[test]
fn an_attestation_held_back_is_too_old_before_it_is_forgotten() {
    let (mut desk, seen) = desk();
    desk.policy.order.leader_age_ms_max = 300_000;
    for (after, answer) in [
        (4 * MINUTE, "YES"),
        (5 * MINUTE, "LEADER_AGE"),
        (11 * MINUTE, "LEADER_AGE"),
        (DAY, "LEADER_AGE"),
    ] {
        desk.at(NOON + after);
        desk.note(Body::Attestation(seen.clone()));
        assert_eq!(desk.code(copying(buy(1), &seen)), answer, "{after}");
    }
}

#[test]
fn a_sale_that_watchers_saw_keeps_its_leaders_price_and_no_other_does() {
    let mut desk = Desk::new();
    watching(&mut desk, 5_000, true);
    desk.declare(&[(TOKEN, 1_000 * ONE)]);
    let cheap = |intent: Intent, e4: u16, units| Intent {
        limit_price: price(e4),
        size: Size::Shares(shares(units)),
        ..intent
    };
    let seen = seen(Side::Sell, 1, 400, NOON);
    let sale = |number| copying(copied_sell(number), &seen);
    let mut unseen = sale(1);
    watch(&mut unseen, |o| o.price = price(400));
    // Unseen, it keeps the floor of 0.05, and is denied nothing else.
    assert_eq!(
        desk.code(cheap(unseen.clone(), 400, 40 * ONE)),
        "SELL_FLOOR"
    );
    assert_eq!(desk.code(cheap(unseen, 500, 40 * ONE)), "YES");
    desk.note(Body::Attestation(seen.clone()));
    assert_eq!(desk.code(cheap(sale(1), 400, 40 * ONE)), "YES");
    assert_eq!(
        desk.code(cheap(sale(1), 200, 51 * ONE)),
        "SELL_FLOOR",
        "over the ratio"
    );
    assert_eq!(desk.code(cheap(sale(1), 100, 110 * ONE)), "LEADER_DISTANCE");
    let exit = cheap(exit(1), 400, 40 * ONE);
    assert_eq!(desk.code(exit), "SELL_FLOOR", "an exit copies no one");
    desk.sign(cheap(sale(1), 400, 25 * ONE)).unwrap();
    assert_eq!(
        desk.code(cheap(sale(2), 400, 25 * ONE)),
        "SELL_FLOOR",
        "another's"
    );
    let again = Intent {
        attempt: 1,
        ..cheap(sale(1), 400, 25 * ONE)
    };
    assert_eq!(desk.code(again), "YES", "what is left of its own");
}

/// Two ticks of a tenth, which only the caller speaks of, were twenty cents.
#[test]
fn a_sales_band_is_counted_in_no_coarser_ticks_than_the_policy_has() {
    let mut desk = Desk::new();
    watching(&mut desk, 5_000, true);
    desk.declare(&[(TOKEN, 1_000 * ONE)]);
    // Above every price here, so that only the leader's lets it pass.
    desk.policy.exits.sell_floor = price(9_000);
    let seen = seen(Side::Sell, 1, 5_000, NOON);
    desk.note(Body::Attestation(seen.clone()));
    let asked = |e4: u16, tick| Intent {
        limit_price: price(e4),
        tick_size: tick,
        size: Size::Shares(shares(20 * ONE)),
        ..copying(copied_sell(1), &seen)
    };
    assert_eq!(desk.code(asked(4_000, TickSize::Tenth)), "LEADER_DISTANCE");
    assert_eq!(desk.code(asked(3_000, TickSize::Tenth)), "LEADER_DISTANCE");
    assert_eq!(desk.code(asked(5_000, TickSize::Tenth)), "YES");
    desk.policy.order.leader_distance_bps = 0;
    assert_eq!(desk.code(asked(4_800, TickSize::Cent)), "YES");
    assert_eq!(desk.code(asked(4_700, TickSize::Cent)), "LEADER_DISTANCE");
    desk.policy.scope.ticks = BTreeSet::from([TickSize::Thousandth]);
    assert_eq!(desk.code(asked(4_900, TickSize::Cent)), "LEADER_DISTANCE");
    assert_eq!(desk.code(asked(4_980, TickSize::Cent)), "NOT_AN_ORDER");
    assert_eq!(desk.code(asked(4_980, TickSize::Thousandth)), "YES");
}

#[test]
fn the_loss_figures_know_that_a_leader_may_sell_cheaply() {
    let mut desk = Desk::new();
    desk.policy.order.sell_price_min = price(200);
    let lowest = |desk: &Desk| policy::figures(&desk.facts(), &desk.state, desk.time).lowest;
    assert_eq!(lowest(&desk), price(500));
    watching(&mut desk, 5_000, false);
    assert_eq!(lowest(&desk), price(200));
    let mut announced = Desk::new();
    announced.pending = Some(desk.policy.clone());
    assert_eq!(lowest(&announced), price(200));
}

#[test]
fn a_crash_forgets_no_copy() {
    let (mut desk, seen) = desk();
    desk.sign(copying(buy(1), &seen)).unwrap();
    let mut state = policy::State::new(tags());
    for row in &desk.rows {
        state.apply(row).unwrap();
    }
    assert_eq!(state, desk.state);
    desk.state = state;
    assert_eq!(desk.code(copying(buy(2), &seen)), "ATTESTATION_USED");
}

/// Its caller's word of when it was must be alike, so no other age keeps it.
#[test]
fn an_attestation_is_kept_for_ten_minutes_of_its_trade() {
    let (mut desk, seen) = desk();
    desk.policy.order.leader_age_ms_max = u32::MAX;
    let matched = NOON - 2_000;
    for (after, answer) in [
        (10 * MINUTE - 1, "YES"),
        (10 * MINUTE, "ATTESTATION_MISSING"),
    ] {
        desk.at(matched + after);
        desk.push(Entry::Started { attended: true });
        assert_eq!(desk.code(copying(buy(1), &seen)), answer, "{after}");
    }
}
