//! One order: its size, its price, what is written; each limit from both sides.

use order::strict::Pricing;
use order::{B256, Exchange, SignatureType, TickSize};
use policy::{Denial, Intent, Key, Moment, Size, Time, decide};

use crate::kit::{
    DAY, Desk, NOON, ONE, OWNER, TOKEN, a_buy, a_copied_sell, buy, check, exit, price, seconds,
    shares, usdc, watch,
};

#[test]
fn a_buy_is_neither_too_small_nor_too_large() {
    check(
        a_buy,
        &[
            ("as it is", |_, _| {}, "YES"),
            (
                "the least",
                |_, i| i.size = Size::Collateral(usdc(ONE)),
                "YES",
            ),
            (
                "a cent below the least",
                |_, i| i.size = Size::Collateral(usdc(ONE - 10_000)),
                "ORDER_TOO_SMALL",
            ),
            (
                "the most",
                |_, i| i.size = Size::Collateral(usdc(25 * ONE)),
                "YES",
            ),
            (
                "a cent above the most",
                |_, i| i.size = Size::Collateral(usdc(25 * ONE + 10_000)),
                "ORDER_TOO_LARGE",
            ),
            (
                "below a cent is cut off first",
                |_, i| i.size = Size::Collateral(usdc(25 * ONE + 9_999)),
                "YES",
            ),
            (
                "the most by a dial",
                |d, i| {
                    d.dialed.order_usdc_max = Some(usdc(20 * ONE));
                    i.size = Size::Collateral(usdc(20 * ONE));
                },
                "YES",
            ),
            (
                "a cent above the dial",
                |d, i| {
                    d.dialed.order_usdc_max = Some(usdc(20 * ONE));
                    i.size = Size::Collateral(usdc(20 * ONE + 10_000));
                },
                "ORDER_TOO_LARGE",
            ),
            (
                "the most shares",
                |d, i| {
                    d.policy.order.order_shares_max = shares(20 * ONE);
                    i.size = Size::Shares(shares(20 * ONE));
                },
                "YES",
            ),
            (
                "a lot more",
                |d, i| {
                    d.policy.order.order_shares_max = shares(20 * ONE);
                    i.size = Size::Shares(shares(20 * ONE + 10_000));
                },
                "SHARES_TOO_MANY",
            ),
            (
                "shares that come out of collateral",
                |d, _| d.policy.order.order_shares_max = shares(20 * ONE - 1),
                "SHARES_TOO_MANY",
            ),
            (
                "more shares than a dial allows",
                |d, _| d.dialed.order_shares_max = Some(shares(20 * ONE - 1)),
                "SHARES_TOO_MANY",
            ),
            (
                "the least of all that is an order",
                |_, i| i.size = Size::Collateral(usdc(9_999)),
                "NOT_AN_ORDER",
            ),
            (
                "the value that would wrap, in collateral",
                |_, i| i.size = Size::Collateral(usdc(u64::MAX)),
                "NOT_AN_ORDER",
            ),
            (
                "the value that would wrap, in shares",
                |_, i| i.size = Size::Shares(shares(u64::MAX)),
                "NOT_AN_ORDER",
            ),
        ],
    );
}

#[test]
fn a_denial_of_size_has_its_numbers() {
    let mut desk = Desk::new();
    desk.dialed.order_shares_max = Some(shares(10 * ONE));
    let denied = |desk: &Desk, units| {
        let size = Size::Collateral(usdc(units));
        desk.judge(Intent { size, ..buy(1) }).unwrap_err()
    };
    let (notional, least) = (usdc(ONE - 10_000), usdc(ONE));
    assert_eq!(
        denied(&desk, ONE - 10_000),
        Denial::OrderTooSmall { notional, least }
    );
    assert_eq!(
        denied(&desk, 10 * ONE),
        Denial::SharesTooMany {
            shares: shares(20 * ONE),
            limit: shares(10 * ONE),
            ceiling: shares(500 * ONE),
        }
    );
}

#[test]
fn the_largest_order_there_is_passes_limits_as_large() {
    let mut desk = Desk::new();
    desk.policy.order.order_usdc_max = usdc(u64::MAX);
    desk.policy.order.order_shares_max = shares(u64::MAX);
    desk.policy.budgets.day_usdc = usdc(u64::MAX);
    let largest = Intent {
        size: Size::Collateral(usdc(500_000_000 * ONE)),
        ..buy(1)
    };
    let approval = desk.sign(largest).unwrap();
    assert_eq!(approval.taker_amount, 1_000_000_000 * ONE);
    assert_eq!(approval.charge.units(), usdc(550_000_000 * ONE));
}

#[test]
fn a_buy_keeps_its_band_on_the_final_integers() {
    let at = |e4| {
        move |i: &mut Intent| {
            i.limit_price = price(e4);
            i.size = Size::Shares(shares(20 * ONE));
            watch(i, |o| o.price = price(e4));
        }
    };
    for (e4, answer) in [
        (400, "ORDER_TOO_SMALL"),
        (500, "YES"),
        (9_500, "YES"),
        (9_600, "PRICE_BAND"),
    ] {
        let (desk, mut intent) = a_buy();
        at(e4)(&mut intent);
        assert_eq!(desk.code(intent), answer, "{e4}");
    }
    let (desk, mut intent) = a_buy();
    at(400)(&mut intent);
    intent.size = Size::Shares(shares(25 * ONE));
    assert_eq!(desk.code(intent), "PRICE_BAND", "one tick below");
    check(
        a_buy,
        &[
            (
                "a floor dialled above the price",
                |d, _| d.dialed.buy_price_min = Some(price(5_001)),
                "PRICE_BAND",
            ),
            (
                "a floor dialled at the price",
                |d, _| d.dialed.buy_price_min = Some(price(5_000)),
                "YES",
            ),
            (
                "a top dialled at the price",
                |d, _| d.dialed.buy_price_max = Some(price(5_000)),
                "YES",
            ),
            (
                "a top dialled below the price",
                |d, _| d.dialed.buy_price_max = Some(price(4_999)),
                "PRICE_BAND",
            ),
            // 10 USDC at 0.95 come to 10.5263 shares, hence to 0.9500015 each.
            (
                "collateral that does not divide, at the top",
                |_, i| {
                    i.limit_price = price(9_500);
                    watch(i, |o| o.price = price(9_500));
                },
                "PRICE_BAND",
            ),
            (
                "the same one tick lower",
                |_, i| {
                    i.limit_price = price(9_400);
                    watch(i, |o| o.price = price(9_400));
                },
                "YES",
            ),
        ],
    );
}

#[test]
fn a_copied_sell_keeps_a_band_of_its_own() {
    check(
        a_copied_sell,
        &[
            ("as it is", |_, _| {}, "YES"),
            (
                "the lowest",
                |d, _| d.policy.order.sell_price_min = price(5_000),
                "YES",
            ),
            (
                "below the lowest",
                |d, _| d.policy.order.sell_price_min = price(5_001),
                "PRICE_BAND",
            ),
            (
                "the highest",
                |d, _| d.policy.order.sell_price_max = price(5_000),
                "YES",
            ),
            (
                "above the highest",
                |d, _| d.policy.order.sell_price_max = price(4_999),
                "PRICE_BAND",
            ),
            (
                "the band of buys is not its own",
                |d, _| {
                    d.policy.order.buy_price_min = price(9_000);
                    d.policy.order.buy_price_max = price(9_000);
                },
                "YES",
            ),
            (
                "too small",
                |_, i| i.size = Size::Shares(shares(2 * ONE - 10_000)),
                "ORDER_TOO_SMALL",
            ),
            (
                "too large",
                |_, i| i.size = Size::Shares(shares(50 * ONE + 10_000)),
                "ORDER_TOO_LARGE",
            ),
        ],
    );
}

#[test]
fn an_exit_has_no_caps_but_what_is_held() {
    fn an_exit() -> (Desk, Intent) {
        let (desk, _) = a_copied_sell();
        (desk, exit(1))
    }
    check(
        an_exit,
        &[
            (
                "worth less than the least order",
                |_, i| i.size = Size::Shares(shares(10_000)),
                "YES",
            ),
            (
                "worth more than the largest order",
                |_, i| i.size = Size::Shares(shares(1_000 * ONE)),
                "YES",
            ),
            (
                "outside the band of copied sells",
                |d, _| d.policy.order.sell_price_min = price(9_000),
                "YES",
            ),
            (
                "on a grid that buys may not use",
                |_, i| {
                    i.tick_size = TickSize::TenThousandth;
                    i.limit_price = price(5_001);
                },
                "YES",
            ),
            (
                "off its own grid",
                |_, i| i.limit_price = price(5_001),
                "NOT_AN_ORDER",
            ),
            (
                "with no room in any budget",
                |d, _| d.dialed.day_usdc = Some(usdc(0)),
                "YES",
            ),
        ],
    );
}

/// M39: nothing of an order is the caller's but what was asked.
#[test]
fn an_order_is_written_from_the_policy_and_the_clock() {
    let mut desk = Desk::new();
    desk.policy.wallet.builder = B256::repeat_byte(0xb1);
    desk.time = Time {
        wall_ms: NOON + 7,
        slow_ms: NOON,
        fast_ms: NOON + 8,
    };
    desk.host.key = Key::Open {
        generation: 7,
        signing_address: OWNER,
        lease_ends_ms: NOON + DAY,
    };
    let approved = desk.judge(buy(1)).unwrap();
    let fields = approved.order().fields();
    assert_eq!((fields.maker, fields.signing_address), (OWNER, OWNER));
    assert_eq!(fields.signature_type, SignatureType::Eoa);
    assert_eq!(fields.builder, B256::repeat_byte(0xb1));
    assert_eq!((fields.timestamp_ms, fields.salt), (NOON + 7, 0));
    assert_eq!(fields.venue, crate::kit::venue(Exchange::V2Standard));
    assert_eq!(fields.amounts.pricing, Pricing::MarketBuy(TickSize::Cent));
    assert_eq!(
        (fields.amounts.maker, fields.amounts.taker),
        (10 * ONE, 20 * ONE)
    );
    assert_eq!(approved.charge().units(), usdc(11 * ONE));
    assert_eq!((approved.ticket(), approved.generation()), (None, 7));
    assert_eq!(approved.intent(), &buy(1));
}

#[test]
fn a_rollout_holds_down_order_and_day_from_the_first_order() {
    let stage = |from_day, order_max: u64, day: u64| note::Stage {
        from_day,
        order_usdc_max: usdc(order_max * ONE),
        day_usdc: usdc(day * ONE),
    };
    let mut desk = Desk::new();
    desk.policy.rollout = [stage(1, 2, 20), stage(3, 10, 200)].into();
    let sized = |n, units, now| crate::kit::buy_of(n, units, now);
    // Before the first stage its figures hold too, and until the first order
    // no day passes.
    desk.at(NOON + 10 * DAY);
    let now = desk.time.wall_ms;
    desk.alive_until = Some(seconds(NOON + 100 * DAY));
    desk.host.key = Key::Open {
        generation: 1,
        signing_address: OWNER,
        lease_ends_ms: NOON + 100 * DAY,
    };
    assert_eq!(
        desk.code(sized(1, 2 * ONE + 10_000, now)),
        "ORDER_TOO_LARGE"
    );
    desk.sign(sized(1, 2 * ONE, now)).unwrap();
    for (after, answer) in [
        (0, "ORDER_TOO_LARGE"),
        (3 * DAY - 1, "ORDER_TOO_LARGE"),
        (3 * DAY, "YES"),
        (60 * DAY, "YES"),
    ] {
        desk.at(now + after);
        assert_eq!(
            desk.code(sized(2, 10 * ONE, now + after)),
            answer,
            "{after}"
        );
    }
    // The last stage stays, however high the policy's own figure is.
    desk.at(now + 60 * DAY);
    let later = desk.time.wall_ms;
    assert_eq!(desk.code(sized(2, 11 * ONE, later)), "ORDER_TOO_LARGE");
    desk.policy.order.order_usdc_max = usdc(5 * ONE);
    assert_eq!(desk.code(sized(2, 6 * ONE, later)), "ORDER_TOO_LARGE");
}

/// M195: the schedule runs from the first live signature.
/// M196: the first month's cap runs from the first live order.
#[test]
fn a_paper_month_does_not_count_for_the_first_live_one() {
    let stage = |from_day, day: u64| note::Stage {
        from_day,
        order_usdc_max: usdc(day * ONE),
        day_usdc: usdc(day * ONE),
    };
    let mut desk = Desk::new();
    desk.policy.rollout = [stage(0, 2), stage(30, 20)].into();
    let lasting = |desk: &mut Desk, until| {
        desk.alive_until = Some(seconds(until));
        desk.host.key = Key::Open {
            generation: 1,
            signing_address: OWNER,
            lease_ends_ms: until,
        };
    };
    lasting(&mut desk, NOON + 90 * DAY);
    desk.sign(crate::kit::buy_of(1, ONE, NOON)).unwrap();
    let month = NOON + 31 * DAY;
    desk.at(month);
    assert_eq!(desk.code(crate::kit::buy_of(2, 10 * ONE, month)), "YES");
    // The same journal, now with real money: the month begins with its first
    // signature, and not before.
    desk.policy.wallet.mode = note::Mode::Live;
    desk.policy.wallet.venues = desk
        .policy
        .wallet
        .venues
        .iter()
        .map(|venue| order::Venue {
            chain: order::Chain::Polygon,
            ..*venue
        })
        .collect();
    let large = |now| crate::kit::buy_of(2, 10 * ONE, now);
    assert_eq!(desk.code(large(month)), "ORDER_TOO_LARGE");
    desk.sign(crate::kit::buy_of(3, ONE, month)).unwrap();
    for (after, answer) in [(30 * DAY - 1, "ORDER_TOO_LARGE"), (30 * DAY, "YES")] {
        desk.at(month + after);
        assert_eq!(desk.code(large(month + after)), answer, "{after}");
    }
}

#[test]
fn an_order_that_another_attempt_has_is_denied_and_not_left_to_its_row() {
    let mut desk = Desk::new();
    desk.declare(&[(TOKEN, 100 * ONE)]);
    for (first, second) in [(buy(1), buy(2)), (exit(3), exit(4))] {
        let facts = desk.facts();
        let of = |salt| Moment {
            time: desk.time,
            salt,
        };
        let approved = decide(first, &facts, &desk.state, of(900)).unwrap();
        let other = decide(second.clone(), &facts, &desk.state, of(901));
        assert!(other.is_ok());
        let mut after = desk.clone();
        after.record(&approved);
        let twice = decide(second.clone(), &facts, &after.state, of(900)).unwrap_err();
        assert_eq!(twice, Denial::OrderTwice);
        assert_eq!(twice.code(), "NOT_AN_ORDER");
        assert!(decide(second, &facts, &after.state, of(901)).is_ok());
    }
}
