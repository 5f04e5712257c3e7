//! What stands before an order's own rules: its name and deadline, its kind,
//! the wallet.

use order::Side;
use policy::{Entry, Intent, Key, Kind};

use crate::kit::{
    DAY, Desk, HOUR, NOON, ONE, TOKEN, a_buy, check, exit, named, seconds, shares, usdc,
};

#[test]
fn a_name_and_a_deadline_are_of_today() {
    fn with_id(intent: &mut Intent, text: &str) {
        intent.id = policy::IntentId::parse(text).unwrap();
    }
    check(
        a_buy,
        &[
            ("two days ago", |_, i| with_id(i, "20261118-a"), "YES"),
            (
                "three days ago",
                |_, i| with_id(i, "20261117-a"),
                "INTENT_TOO_OLD",
            ),
            ("tomorrow", |_, i| with_id(i, "20261121-a"), "YES"),
            (
                "the day after",
                |_, i| with_id(i, "20261122-a"),
                "INTENT_TOO_NEW",
            ),
            (
                "the floor follows the slow time",
                |d, i| {
                    d.time.slow_ms = NOON - DAY;
                    with_id(i, "20261117-a");
                },
                "YES",
            ),
            (
                "tomorrow is the wall's",
                |d, i| {
                    d.time.slow_ms = NOON - 5 * DAY;
                    with_id(i, "20261121-a");
                },
                "YES",
            ),
            (
                "whatever the fast time is",
                |d, i| {
                    d.time.fast_ms = NOON + DAY;
                    d.policy.order.leader_age_ms_max = u32::MAX;
                    with_id(i, "20261122-a");
                },
                "INTENT_TOO_NEW",
            ),
            (
                "a millisecond before its deadline",
                |_, i| i.deadline_ms = NOON + 1,
                "YES",
            ),
            (
                "at its deadline",
                |_, i| i.deadline_ms = NOON,
                "DEADLINE_PASSED",
            ),
            (
                "its deadline is the fast time's",
                |d, i| {
                    d.time.fast_ms = NOON + 1;
                    i.deadline_ms = NOON + 1;
                },
                "DEADLINE_PASSED",
            ),
            ("no deadline", |_, i| i.deadline_ms = u64::MAX, "YES"),
        ],
    );
}

#[test]
fn a_wall_clock_that_went_back_shuts_no_exit_in() {
    let mut desk = Desk::new();
    desk.declare(&[(TOKEN, 100 * ONE)]);
    desk.push(Entry::ClockJumped);
    // A machine that woke up years ago; the times that cannot go back know better.
    desk.time.wall_ms = NOON - 2_000 * DAY;
    assert_eq!(desk.code(exit(1)), "YES");
    let tomorrow = named(exit(1), 1, NOON + DAY);
    assert_eq!(desk.code(tomorrow), "YES");
    let after = named(exit(1), 1, NOON + 2 * DAY);
    assert_eq!(desk.code(after), "INTENT_TOO_NEW");
}

#[test]
fn kinds_and_sides_that_cannot_be() {
    check(
        a_buy,
        &[
            (
                "an exit that buys",
                |_, i| i.kind = Kind::Exit,
                "EXIT_MUST_SELL",
            ),
            (
                "another bot's buy",
                |_, i| i.kind = Kind::Strategy,
                "STRATEGY_OFF",
            ),
            (
                "another bot's sell",
                |_, i| {
                    i.kind = Kind::Strategy;
                    i.side = Side::Sell;
                },
                "STRATEGY_OFF",
            ),
            (
                "another bot's order, even if the policy has caps for it",
                |d, i| {
                    d.policy.strategy = note::Strategy::On(note::StrategyCaps {
                        strategy_order_usdc_max: usdc(25 * ONE),
                        strategy_order_shares_max: shares(500 * ONE),
                        strategy_total_day_usdc: usdc(100 * ONE),
                        strategy_orders_per_minute: 5,
                    });
                    i.kind = Kind::Strategy;
                },
                "STRATEGY_OFF",
            ),
            (
                "a sell in collateral",
                |_, i| {
                    i.kind = Kind::Exit;
                    i.side = Side::Sell;
                },
                "SELL_IN_COLLATERAL",
            ),
        ],
    );
}

/// M39: maker and signer are the policy's.
#[test]
fn the_wallet_is_the_policys() {
    check(
        a_buy,
        &[
            (
                "the key of another wallet",
                |d, _| {
                    d.host.key = Key::Open {
                        generation: 1,
                        signing_address: order::Address::repeat_byte(9),
                        lease_ends_ms: NOON + 72 * HOUR,
                    };
                },
                "WRONG_WALLET",
            ),
            (
                "a session key that runs",
                |d, _| d.policy.wallet.session_expires = Some(seconds(NOON + HOUR + 1_000)),
                // The strict order knows session keys with deposit wallets alone.
                "NOT_AN_ORDER",
            ),
            (
                "a session key in its last hour",
                |d, _| d.policy.wallet.session_expires = Some(seconds(NOON + HOUR)),
                "REDUCE_ONLY",
            ),
            (
                "a session key that is over",
                |d, _| d.policy.wallet.session_expires = Some(seconds(NOON)),
                "SESSION_EXPIRED",
            ),
            (
                "a session key that is over on the fast time",
                |d, _| {
                    d.time.fast_ms = NOON + 1_000;
                    d.policy.wallet.session_expires = Some(seconds(NOON + 1_000));
                },
                "SESSION_EXPIRED",
            ),
            (
                "a maker that is not the key's",
                |d, _| d.policy.wallet.maker = order::Address::repeat_byte(9),
                "NOT_AN_ORDER",
            ),
        ],
    );
}

#[test]
fn a_session_key_signs_for_its_deposit_wallet_where_there_are_any() {
    let (mut desk, intent) = a_buy();
    let wallet = &mut desk.policy.wallet;
    wallet.mode = note::Mode::Live;
    wallet.venues = [order::Venue {
        chain: order::Chain::Polygon,
        exchange: order::Exchange::V2Standard,
    }]
    .into();
    wallet.signature_type = order::SignatureType::Deposit;
    wallet.maker = order::Address::repeat_byte(9);
    wallet.session_expires = Some(seconds(NOON + HOUR + 1_000));
    let approved = desk.judge(intent.clone()).unwrap();
    let fields = approved.order().fields();
    assert_eq!(fields.key, order::strict::KeyKind::Session);
    assert_eq!(fields.maker, order::Address::repeat_byte(9));
    assert_eq!(approved.order().venue().chain, order::Chain::Polygon);
    // The owner's key must own the wallet it names.
    desk.policy.wallet.session_expires = None;
    assert_eq!(desk.code(intent), "NOT_AN_ORDER");
}
