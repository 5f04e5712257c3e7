//! A copied trade: how near its price, how fresh.

use order::{Side, TickSize};
use policy::{Size, Time};

use crate::kit::{DAY, NOON, ONE, a_buy, a_copied_sell, check, price, shares, watch};

#[test]
fn a_price_stays_near_the_leaders() {
    // The larger of 5 % and two ticks: at 0.50 the share, at 0.10 the ticks.
    for (side, leader, limit, tick, answer) in [
        (Side::Buy, 5_000, 5_250, TickSize::QuarterCent, "YES"),
        (
            Side::Buy,
            5_000,
            5_275,
            TickSize::QuarterCent,
            "LEADER_DISTANCE",
        ),
        (Side::Buy, 5_000, 5_000, TickSize::Cent, "YES"),
        (Side::Buy, 5_000, 4_000, TickSize::Cent, "YES"),
        (Side::Buy, 1_000, 1_200, TickSize::Cent, "YES"),
        (Side::Buy, 1_000, 1_300, TickSize::Cent, "LEADER_DISTANCE"),
        (Side::Sell, 5_000, 4_750, TickSize::QuarterCent, "YES"),
        (
            Side::Sell,
            5_000,
            4_725,
            TickSize::QuarterCent,
            "LEADER_DISTANCE",
        ),
        (Side::Sell, 5_000, 9_000, TickSize::Cent, "YES"),
        (Side::Sell, 1_000, 800, TickSize::Cent, "YES"),
        (Side::Sell, 1_000, 700, TickSize::Cent, "LEADER_DISTANCE"),
        (Side::Sell, 100, 500, TickSize::Cent, "YES"),
    ] {
        let (mut desk, mut intent) = a_copied_sell();
        desk.policy.scope.ticks.insert(TickSize::QuarterCent);
        intent.side = side;
        intent.limit_price = price(limit);
        intent.tick_size = tick;
        intent.size = Size::Shares(shares(25 * ONE));
        watch(&mut intent, |o| o.price = price(leader));
        assert_eq!(
            desk.code(intent),
            answer,
            "{side} at {limit}, leader {leader}"
        );
    }
}

#[test]
fn a_distance_is_tested_on_what_is_signed() {
    // 10 USDC at 0.35 come to 28.5714 shares, hence a hair above 0.35.
    let (desk, mut intent) = a_buy();
    intent.limit_price = price(3_500);
    watch(&mut intent, |o| o.price = price(3_300));
    assert_eq!(desk.code(intent.clone()), "LEADER_DISTANCE");
    intent.size = Size::Shares(shares(28 * ONE));
    assert_eq!(desk.code(intent), "YES");
    let (mut desk, mut intent) = a_buy();
    desk.dialed.leader_distance_bps = Some(0);
    watch(&mut intent, |o| o.price = price(4_799));
    assert_eq!(desk.code(intent.clone()), "LEADER_DISTANCE");
    watch(&mut intent, |o| o.price = price(4_800));
    assert_eq!(desk.code(intent), "YES");
}

#[test]
fn a_leaders_trade_is_fresh_and_not_ahead() {
    check(
        a_buy,
        &[
            (
                "as old as may be",
                |_, i| watch(i, |o| o.traded_ms = NOON - 60_000),
                "YES",
            ),
            (
                "a millisecond older",
                |_, i| watch(i, |o| o.traded_ms = NOON - 60_001),
                "LEADER_AGE",
            ),
            (
                "seen as long ago as may be",
                |_, i| watch(i, |o| o.observed_ms = NOON - 60_000),
                "YES",
            ),
            (
                "seen a millisecond longer ago",
                |_, i| watch(i, |o| o.observed_ms = NOON - 60_001),
                "LEADER_AGE",
            ),
            (
                "older than a dial allows",
                |d, _| d.dialed.leader_age_ms_max = Some(1_999),
                "LEADER_AGE",
            ),
            (
                "age is counted on the fast time",
                |d, i| {
                    d.time.fast_ms = NOON + 1;
                    watch(i, |o| o.traded_ms = NOON - 60_000);
                },
                "LEADER_AGE",
            ),
            (
                "from the beginning of time",
                |_, i| watch(i, |o| o.traded_ms = 0),
                "LEADER_AGE",
            ),
            (
                "as far ahead as may be",
                |_, i| watch(i, |o| o.traded_ms = NOON + 2_000),
                "YES",
            ),
            (
                "a millisecond further",
                |_, i| watch(i, |o| o.traded_ms = NOON + 2_001),
                "LEADER_FUTURE",
            ),
            (
                "seen a millisecond too far ahead",
                |_, i| watch(i, |o| o.observed_ms = NOON + 2_001),
                "LEADER_FUTURE",
            ),
            (
                "ahead of the wall, whatever the fast time is",
                |d, i| {
                    d.time.fast_ms = NOON + 1_000;
                    watch(i, |o| o.traded_ms = NOON + 2_001);
                },
                "LEADER_FUTURE",
            ),
            (
                "at the end of time",
                |_, i| watch(i, |o| o.traded_ms = u64::MAX),
                "LEADER_FUTURE",
            ),
            (
                "ahead is counted on the wall",
                |d, i| {
                    d.time = Time {
                        wall_ms: NOON,
                        slow_ms: NOON - DAY,
                        fast_ms: NOON,
                    };
                    watch(i, |o| o.traded_ms = NOON + 2_000);
                },
                "YES",
            ),
        ],
    );
}

#[test]
fn a_trade_ahead_of_the_clock_may_be_asked_again_when_it_is_not() {
    let (mut desk, mut intent) = a_buy();
    watch(&mut intent, |o| o.traded_ms = NOON + 5_000);
    let retry = desk
        .judge(intent.clone())
        .unwrap_err()
        .retry_at_ms()
        .unwrap();
    assert_eq!(retry, NOON + 3_000);
    desk.at(retry - 1);
    assert_eq!(desk.code(intent.clone()), "LEADER_FUTURE");
    desk.at(retry);
    assert_eq!(desk.code(intent), "YES");
}
