//! Sums of charges: each window from both sides, and when room returns.

use order::{B256, Exchange, U256};
use policy::{Approval, Denial, Entry, Intent, Kind, Label};

use crate::kit::{
    DAY, Desk, HOUR, MINUTE, NOON, ONE, TOKEN, buy, buy_of, exit, position, tags, usdc,
};

/// A window: how it is set, how long it is, its code.
type Window = (fn(&mut Desk, u64), u64, &'static str);

const WINDOWS: [Window; 6] = [
    (
        |d, units| d.policy.budgets.minute_usdc = Some(usdc(units)),
        MINUTE,
        "BUDGET_MINUTE",
    ),
    (
        |d, units| d.policy.budgets.hour_usdc = Some(usdc(units)),
        HOUR,
        "BUDGET_HOUR",
    ),
    (
        |d, units| d.policy.budgets.day_usdc = usdc(units),
        DAY,
        "BUDGET_DAY",
    ),
    (
        |d, units| d.policy.budgets.market_day_usdc = Some(usdc(units)),
        DAY,
        "BUDGET_MARKET",
    ),
    (
        |d, units| d.policy.budgets.strategy_day_usdc = Some(usdc(units)),
        DAY,
        "BUDGET_STRATEGY",
    ),
    (
        |d, units| d.policy.budgets.leader_day_usdc = Some(usdc(units)),
        DAY,
        "BUDGET_LEADER",
    ),
];

/// M161: the day's spending stops at its cap.
#[test]
fn a_window_is_full_to_the_unit_and_empties_to_the_millisecond() {
    for (set, window, code) in WINDOWS {
        let mut desk = Desk::new();
        set(&mut desk, 22 * ONE);
        desk.sign(buy(1)).unwrap();
        desk.at(NOON + 1);
        assert_eq!(desk.code(buy_of(2, 10 * ONE, NOON + 1)), "YES", "{code}");
        desk.sign(buy_of(2, 10 * ONE, NOON + 1)).unwrap();
        assert_eq!(desk.code(buy_of(3, ONE, NOON + 1)), code);
        // A charge at t counts until just before t + window.
        desk.at(NOON + window - 1);
        assert_eq!(desk.code(buy_of(3, ONE, desk.time.wall_ms)), code);
        desk.at(NOON + window);
        assert_eq!(
            desk.code(buy_of(3, 10 * ONE, NOON + window)),
            "YES",
            "{code}"
        );
        let more = buy_of(3, 10 * ONE + 10_000, NOON + window);
        assert_eq!(desk.code(more), code);
    }
}

#[test]
fn one_unit_less_of_limit_denies() {
    for (set, _, code) in WINDOWS {
        let mut desk = Desk::new();
        set(&mut desk, 11 * ONE);
        assert_eq!(desk.code(buy(1)), "YES", "{code}");
        set(&mut desk, 11 * ONE - 1);
        assert_eq!(desk.code(buy(1)), code);
        set(&mut desk, 0);
        assert_eq!(desk.code(buy(1)), code);
        set(&mut desk, u64::MAX);
        assert_eq!(desk.code(buy(1)), "YES", "{code}");
    }
}

#[test]
fn a_dial_lowers_each_window() {
    let dials: [(fn(&mut note::Dialed), &str); 7] = [
        (|d| d.minute_usdc = Some(usdc(10 * ONE)), "BUDGET_MINUTE"),
        (|d| d.hour_usdc = Some(usdc(10 * ONE)), "BUDGET_HOUR"),
        (|d| d.day_usdc = Some(usdc(10 * ONE)), "BUDGET_DAY"),
        (
            |d| d.lifetime_usdc = Some(usdc(10 * ONE)),
            "BUDGET_LIFETIME",
        ),
        (
            |d| d.market_day_usdc = Some(usdc(10 * ONE)),
            "BUDGET_MARKET",
        ),
        (
            |d| d.strategy_day_usdc = Some(usdc(10 * ONE)),
            "BUDGET_STRATEGY",
        ),
        (
            |d| d.leader_day_usdc = Some(usdc(10 * ONE)),
            "BUDGET_LEADER",
        ),
    ];
    for (dial, code) in dials {
        let mut desk = Desk::new();
        dial(&mut desk.dialed);
        assert_eq!(desk.code(buy(1)), code);
    }
}

#[test]
fn a_lifetime_never_returns() {
    let mut desk = Desk::new();
    desk.policy.budgets.lifetime_usdc = Some(usdc(22 * ONE));
    desk.sign(buy(1)).unwrap();
    desk.sign(buy(2)).unwrap();
    desk.at(NOON + 2 * DAY);
    let late = buy_of(3, ONE, NOON + 2 * DAY);
    let denial = desk.judge(late).unwrap_err();
    assert_eq!(
        (denial.code(), denial.retry_at_ms()),
        ("BUDGET_LIFETIME", None)
    );
}

/// M41: sums by strategy, market and leader, and over all.
#[test]
fn parts_have_meters_of_their_own() {
    let mut desk = Desk::new();
    for (set, ..) in &WINDOWS[3..] {
        set(&mut desk, 11 * ONE);
    }
    desk.sign(buy(1)).unwrap();
    let elsewhere = |change: fn(&mut Intent)| {
        let mut intent = Intent {
            token_id: U256::from(78),
            strategy: Label::parse("other").unwrap(),
            ..buy(2)
        };
        if let Kind::Copy(observed) = &mut intent.kind {
            observed.leader = order::Address::repeat_byte(0x33);
        }
        change(&mut intent);
        intent
    };
    desk.policy
        .scope
        .leaders
        .insert(order::Address::repeat_byte(0x33));
    assert_eq!(desk.code(elsewhere(|_| {})), "YES");
    assert_eq!(
        desk.code(elsewhere(|i| i.token_id = TOKEN)),
        "BUDGET_MARKET"
    );
    let main = |i: &mut Intent| i.strategy = Label::parse("main").unwrap();
    assert_eq!(desk.code(elsewhere(main)), "BUDGET_STRATEGY");
    let same = |i: &mut Intent| i.kind = buy(2).kind;
    assert_eq!(desk.code(elsewhere(same)), "BUDGET_LEADER");
}

#[test]
fn both_tokens_of_a_known_market_share_its_meter() {
    // Unlisted on V2 the market is the caller's word, so each token counts alone.
    let mut desk = Desk::new();
    desk.policy.budgets.market_day_usdc = Some(usdc(11 * ONE));
    desk.sign(buy(1)).unwrap();
    let no = U256::from(78);
    let other = || Intent {
        token_id: no,
        ..buy(2)
    };
    assert_eq!(desk.code(other()), "YES");
    // Listed, the quorum says which tokens belong together, and what was
    // charged before it said so counts.
    desk.policy.scope.markets = note::Markets::Listed(
        [note::Market {
            condition: B256::repeat_byte(0xaa),
            yes: TOKEN,
            no,
            neg_risk: false,
            tick: None,
            end: None,
        }]
        .into(),
    );
    assert_eq!(desk.code(other()), "BUDGET_MARKET");
    assert_eq!(desk.code(buy(2)), "BUDGET_MARKET");
    // Whichever comes first.
    let mut after_no = Desk::new();
    after_no.policy = desk.policy.clone();
    after_no.sign(other()).unwrap();
    assert_eq!(after_no.code(buy(3)), "BUDGET_MARKET");
    // On V3 the id itself says so.
    let of = |number, outcome| Intent {
        token_id: position(1, 7, outcome),
        market: B256::from(position(1, 7, 0)),
        exchange: Exchange::V3,
        ..buy(number)
    };
    for (first, second) in [(0, 1), (1, 0)] {
        let mut desk = Desk::new();
        desk.policy.budgets.market_day_usdc = Some(usdc(11 * ONE));
        desk.sign(of(3, first)).unwrap();
        assert_eq!(desk.code(of(4, second)), "BUDGET_MARKET");
    }
}

#[test]
fn a_denial_says_what_returns_and_when() {
    let mut desk = Desk::new();
    desk.policy.budgets.day_usdc = usdc(33 * ONE);
    for (number, after) in [(1, 0), (2, HOUR), (3, 2 * HOUR)] {
        desk.at(NOON + after);
        desk.sign(buy_of(number, 10 * ONE, NOON + after)).unwrap();
    }
    desk.at(NOON + 3 * HOUR);
    let now = desk.time.wall_ms;
    let denied = |desk: &Desk, units| match desk.judge(buy_of(9, units, now)) {
        Err(Denial::Budget(short)) => short,
        other => panic!("{other:?}"),
    };
    let short = denied(&desk, 10 * ONE);
    assert_eq!(
        (short.charged, short.limit),
        (usdc(33 * ONE), usdc(33 * ONE))
    );
    assert_eq!(short.charge, usdc(11 * ONE));
    let back = short.back.unwrap();
    assert_eq!((back.at_ms, back.units), (NOON + DAY, 11 * ONE));
    // A larger order waits for two to roll off.
    let back = denied(&desk, 20 * ONE).back.unwrap();
    assert_eq!((back.at_ms, back.units), (NOON + HOUR + DAY, 22 * ONE));
    // At that moment it passes, and not a millisecond before.
    desk.at(NOON + HOUR + DAY - 1);
    assert_eq!(
        desk.code(buy_of(9, 20 * ONE, desk.time.wall_ms)),
        "BUDGET_DAY"
    );
    desk.at(NOON + HOUR + DAY);
    assert_eq!(desk.code(buy_of(9, 20 * ONE, desk.time.wall_ms)), "YES");
    // What can never fit does not return.
    desk.policy.budgets.day_usdc = usdc(20 * ONE);
    assert_eq!(denied_at(&desk, 25 * ONE).retry_at_ms(), None);
}

fn denied_at(desk: &Desk, units: u64) -> Denial {
    desk.judge(buy_of(9, units, desk.time.wall_ms)).unwrap_err()
}

#[test]
fn windows_roll_off_on_the_slow_time_and_say_so_on_the_wall() {
    let mut desk = Desk::new();
    desk.policy.budgets.minute_usdc = Some(usdc(11 * ONE));
    desk.sign(buy(1)).unwrap();
    desk.time.wall_ms = NOON + 10 * MINUTE;
    desk.time.fast_ms = NOON + 10 * MINUTE;
    desk.time.slow_ms = NOON + MINUTE - 1;
    let denial = denied_at(&desk, ONE);
    assert_eq!(denial.code(), "BUDGET_MINUTE");
    assert_eq!(denial.retry_at_ms(), Some(NOON + 10 * MINUTE + 1));
    // A slow time that goes back brings nothing back, and takes nothing away.
    desk.time.slow_ms = NOON - DAY;
    assert_eq!(denied_at(&desk, ONE).code(), "BUDGET_MINUTE");
}

#[test]
fn orders_and_exits_have_rates_of_their_own() {
    let mut desk = Desk::new();
    desk.policy.budgets.orders_per_minute = 2;
    desk.policy.exits.exits_per_minute = 2;
    desk.declare(&[(TOKEN, 100 * ONE)]);
    desk.sign(buy(1)).unwrap();
    desk.at(NOON + 1);
    desk.sign(crate::kit::copied_sell(2)).unwrap();
    let denial = desk.judge(buy(3)).unwrap_err();
    assert_eq!(denial.code(), "RATE");
    assert_eq!(denial.retry_at_ms(), Some(NOON + MINUTE));
    assert_eq!(desk.code(crate::kit::copied_sell(3)), "RATE");
    desk.sign(exit(4)).unwrap();
    desk.sign(exit(5)).unwrap();
    let denial = desk.judge(exit(6)).unwrap_err();
    assert_eq!(denial.code(), "EXIT_RATE");
    assert_eq!(denial.retry_at_ms(), Some(NOON + 1 + MINUTE));
    desk.at(NOON + MINUTE - 1);
    assert_eq!(desk.code(buy_of(3, ONE, NOON + MINUTE - 1)), "RATE");
    desk.at(NOON + MINUTE);
    assert_eq!(desk.code(buy_of(3, ONE, NOON + MINUTE)), "YES");
    desk.dialed.orders_per_minute = Some(0);
    let denial = desk.judge(buy_of(3, ONE, NOON + MINUTE)).unwrap_err();
    assert_eq!((denial.code(), denial.retry_at_ms()), ("RATE", None));
    desk.at(NOON + MINUTE + 1);
    assert_eq!(desk.code(exit(6)), "YES");
}

#[test]
fn every_attempt_is_charged_and_no_sell_is() {
    let mut desk = Desk::new();
    let again = |attempt| Intent { attempt, ..buy(1) };
    let charge = |approval: Approval| approval.charge.units().get();
    assert_eq!(charge(desk.sign(again(0)).unwrap()), 11 * ONE);
    assert_eq!(charge(desk.sign(again(1)).unwrap()), 11 * ONE);
    assert_eq!(charge(desk.sign(exit(2)).unwrap()), 0);
    let charged = desk.state.charged(desk.time);
    assert_eq!(charged.minute_units, u128::from(22 * ONE));
    assert_eq!(charged.lifetime_units, u128::from(22 * ONE));
    desk.at(NOON + MINUTE);
    let charged = desk.state.charged(desk.time);
    assert_eq!(charged.minute_units, 0);
    assert_eq!(charged.hour_units, u128::from(22 * ONE));
    desk.at(NOON + HOUR);
    let charged = desk.state.charged(desk.time);
    assert_eq!((charged.minute_units, charged.hour_units), (0, 0));
    assert_eq!(charged.day_units, u128::from(22 * ONE));
}

#[test]
fn a_rollout_holds_down_the_day() {
    let mut desk = Desk::new();
    desk.policy.rollout = [note::Stage {
        from_day: 0,
        order_usdc_max: usdc(25 * ONE),
        day_usdc: usdc(11 * ONE),
    }]
    .into();
    desk.sign(buy(1)).unwrap();
    assert_eq!(desk.code(buy(2)), "BUDGET_DAY");
    desk.dialed.day_usdc = Some(usdc(10 * ONE));
    desk.state = policy::State::new(tags());
    assert_eq!(desk.code(buy(2)), "BUDGET_DAY");
}

#[test]
fn a_cap_that_was_reached_is_not_raised_before_the_utc_day_is_over() {
    let mut desk = Desk::new();
    desk.policy.budgets.day_usdc = usdc(15 * ONE);
    desk.sign(buy(1)).unwrap();
    assert_eq!(desk.code(buy(2)), "BUDGET_DAY");
    let limit = policy::day_reached(&desk.facts(), &desk.state, desk.time).unwrap();
    desk.push(Entry::DayReached { limit });
    // By a policy or a dial: the cap stays what it was.
    desk.policy.budgets.day_usdc = usdc(1_000 * ONE);
    desk.dialed.day_usdc = Some(usdc(500 * ONE));
    assert_eq!(desk.code(buy(2)), "BUDGET_DAY");
    // Lowered and reached again, it stays at its lowest.
    desk.dialed.day_usdc = Some(usdc(12 * ONE));
    let limit = policy::day_limit(&desk.facts(), &desk.state, desk.time);
    assert_eq!(limit, usdc(12 * ONE));
    desk.push(Entry::DayReached { limit });
    desk.push(Entry::DayReached {
        limit: usdc(15 * ONE),
    });
    desk.dialed.day_usdc = None;
    let limit = policy::day_limit(&desk.facts(), &desk.state, desk.time);
    assert_eq!(limit, usdc(12 * ONE));
    // A wall that ran ahead ends no day; the slow time's midnight does.
    desk.time.wall_ms = NOON + 12 * HOUR;
    desk.time.fast_ms = NOON + 12 * HOUR;
    assert_eq!(
        desk.code(buy_of(2, 10 * ONE, NOON + 12 * HOUR)),
        "BUDGET_DAY"
    );
    for (now, answer) in [
        (NOON + 12 * HOUR - 1, "BUDGET_DAY"),
        (NOON + 12 * HOUR, "YES"),
    ] {
        desk.at(now);
        assert_eq!(desk.code(buy_of(2, 10 * ONE, now)), answer, "{now}");
    }
}

#[test]
fn a_cap_dialled_below_what_was_charged_was_reached_by_no_one() {
    let mut desk = Desk::new();
    desk.sign(buy(1)).unwrap();
    let reached = |desk: &Desk| policy::day_reached(&desk.facts(), &desk.state, desk.time);
    desk.dialed.day_usdc = Some(usdc(11 * ONE));
    assert_eq!(reached(&desk), Some(usdc(11 * ONE)));
    desk.dialed.day_usdc = Some(usdc(11 * ONE - 1));
    assert_eq!(reached(&desk), None);
    assert_eq!(desk.code(buy(2)), "BUDGET_DAY");
}
