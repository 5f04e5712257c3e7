//! What a buy may be at most: its cap, the day, the cash, each to the unit.

use order::TickSize;
use plan::fee::{FeeCurve, Rate};
use plan::{OnCap, Reason, Sizing};

use crate::kit::{Desk, ONE, level, money, price, shares, usdc};

/// A copy of `size` at a limit of exactly one half.
fn fixed(size: &str) -> Desk {
    Desk::buy().with(|d| {
        d.strategy.sizing = Sizing::read("FIXED", size, None).unwrap();
        d.strategy.intent_usdc_max = usdc("1000");
        d.strategy.slippage_max = plan::Bps(0);
        d.signal.price_e6 = 490_000;
    })
}

fn reject(desk: Desk) -> Desk {
    desk.with(|d| d.strategy.on_cap = OnCap::Reject)
}

/// M15, M46: a tenth of a leader's $5000 under a cap of $100 is $100, or nothing.
#[test]
fn the_cap_is_on_our_order_and_not_on_the_leaders() {
    let desk = Desk::buy().of("5000").with(|d| {
        d.signal.price_e6 = 490_000;
        d.strategy.slippage_max = plan::Bps(0);
    });
    let planned = desk.planned();
    assert_eq!(
        (money(planned.notional_units), planned.clamped),
        ("100".into(), true)
    );
    reject(desk).refused_for(Reason::AboveCap, "$500 wanted, most $100");
    // The leader's order may be any number of times our cap.
    let planned = reject(Desk::buy().of("999")).planned();
    assert!(!planned.clamped && planned.notional_units <= 100 * ONE);
}

/// M15: both edges of the cap.
#[test]
fn exactly_the_cap_passes() {
    let capped = |size, cap: &str| fixed(size).with(|d| d.strategy.intent_usdc_max = usdc(cap));
    for on_cap in [OnCap::Clamp, OnCap::Reject] {
        let desk = capped("100", "100").with(|d| d.strategy.on_cap = on_cap);
        let planned = desk.planned();
        assert_eq!(
            (money(planned.notional_units), planned.clamped),
            ("100".into(), false)
        );
    }
    let above = capped("100", "99.999999");
    assert_eq!(money(above.planned().notional_units), "99.995");
    reject(above).refused_for(Reason::AboveCap, "$100 wanted, most $99.999999");
    // A cap below the least is no reason to make the order as large as that.
    let tiny = capped("100", "0.99");
    tiny.refused_for(Reason::AboveCap, "$100 wanted, most $0.99");
}

/// M56: a strategy's day is its own, and ends to the unit.
#[test]
fn a_day_that_is_spent_buys_nothing_more() {
    let spent = |units| {
        fixed("50").with(|d| {
            d.strategy.day_usdc_max = Some(usdc("200"));
            d.account.spent_day_units = units;
        })
    };
    for on_cap in [OnCap::Clamp, OnCap::Reject] {
        let planned = spent(150 * ONE)
            .with(|d| d.strategy.on_cap = on_cap)
            .planned();
        assert_eq!(
            (money(planned.notional_units), planned.clamped),
            ("50".into(), false)
        );
    }
    let less = spent(150 * ONE + 1);
    assert_eq!(money(less.planned().notional_units), "49.995");
    reject(less).refused_for(Reason::BudgetSpent, "$50 wanted, most $49.999999");
    spent(199 * ONE + 1).refused_for(Reason::BudgetSpent, "$50 wanted, most $0.999999");
    assert_eq!(money(spent(199 * ONE).planned().notional_units), "1");
    for units in [200 * ONE, 201 * ONE, u64::MAX] {
        let refusal = spent(units).refused_for(Reason::BudgetSpent, "$50 wanted, most $0");
        assert_eq!(
            refusal.carry_units, None,
            "a spent day is not a small trade"
        );
    }
}

/// Cash pays the fee too, to the unit.
#[test]
fn the_cash_pays_the_fee_as_well() {
    let with_cash = |units| {
        fixed("50").with(|d| {
            d.market.fee = FeeCurve {
                rate: Rate::new(7, 2),
                exponent: 1,
            };
            d.account.cash_units = units;
        })
    };
    // 100 shares at one half owe 100 x 0.07 x 0.25 beside the $50.
    let planned = with_cash(51_750_000).planned();
    assert_eq!(
        (money(planned.notional_units), money(planned.fee_units)),
        ("50".into(), "1.75".into())
    );
    assert_eq!(planned.cost_units_with_fee, 51_750_000);
    assert!(!planned.clamped);
    let planned = with_cash(51_749_999).planned();
    assert_eq!((shares(&planned), planned.clamped), ("99.99".into(), true));
    assert!(planned.cost_units_with_fee <= 51_749_999);
    reject(with_cash(51_749_999)).refused_for(Reason::NoCash, "$50 wanted, most $51.749999");
    with_cash(0).refused_for(Reason::NoCash, "$50 wanted, most $0");
    with_cash(ONE).refused_for(Reason::NoCash, "$50 wanted, most $1");
    assert_eq!(money(with_cash(1_035_000).planned().notional_units), "1");
}

/// The venue lets a buy spend its collateral: where that meets better prices it
/// brings more shares and more fee, and the fee at the best price is counted.
#[test]
fn a_buy_below_its_limit_brings_more_shares_and_more_fee() {
    let desk = fixed("52").with(|d| {
        d.signal.price_e6 = 500_000;
        d.strategy.slippage_max = plan::Bps(500);
        d.market.fee = FeeCurve {
            rate: Rate::new(7, 2),
            exponent: 1,
        };
    });
    // $52 at 0.52 would owe $1.7472; at 0.50 it brings 104 shares and owes $1.82.
    let planned = desk.planned();
    assert_eq!(
        (shares(&planned), money(planned.fee_units)),
        ("100".into(), "1.82".into())
    );
    assert_eq!(money(planned.cost_units_with_fee), "53.82");
    let exact = desk.clone().with(|d| d.account.cash_units = 53_820_000);
    assert!(!exact.planned().clamped);
    let short = desk.with(|d| d.account.cash_units = 53_819_999).planned();
    assert!(short.clamped && short.cost_units_with_fee <= 53_819_999);
}

/// A day's budget counts what buys really take: the fee is in it.
#[test]
fn the_day_pays_the_fee_as_well() {
    let desk = fixed("50").with(|d| {
        d.market.fee = FeeCurve {
            rate: Rate::new(7, 2),
            exponent: 1,
        };
        d.strategy.day_usdc_max = Some(usdc("51.75"));
    });
    assert!(!desk.planned().clamped);
    let desk = desk.with(|d| d.account.spent_day_units = 1);
    let planned = desk.planned();
    assert!(planned.clamped && planned.cost_units_with_fee <= 51_749_999);
}

/// A fee that cannot be computed is no fee of zero.
#[test]
fn a_fee_beyond_any_number_is_refused() {
    let desk = fixed("50").with(|d| d.market.fee.exponent = u8::MAX);
    let desk = desk.with(|d| d.market.fee.rate = Rate::new(7, 2));
    assert_eq!(desk.refused().reason, Reason::FeeUnknown);
}

/// What no order can say is refused here, not found out at the signer.
#[test]
fn an_order_beyond_what_the_exchange_takes_is_refused() {
    // At 0.0002 a dollar is 5000 shares; the exchange takes 10^9 of them.
    let cheap = |size: &str| {
        fixed(size).with(|d| {
            d.signal.price_e6 = 100;
            d.market.tick = TickSize::TenThousandth;
            d.strategy.intent_usdc_max = usdc("1000000");
            d.strategy.price_min = price("0.0001");
            d.strategy.movement_max = plan::Bps(10_000);
            d.strategy.spread_max = None;
            d.account.cash_units = u64::MAX;
            d.book.bids.clear();
            d.book.asks = vec![level("0.0002", 1_000_000_000_000)];
        })
    };
    assert_eq!(shares(&cheap("200000").planned()), "1000000000");
    let refusal = cheap("200000.000002").refused();
    assert_eq!(refusal.reason, Reason::NotAnOrder);
}

/// M15: of several caps the tightest counts, and none of them adds anything.
#[test]
fn the_tightest_of_all_caps_counts() {
    for (cap, day, cash, ours) in [
        ("30", "40", "45", "30"),
        ("45", "30", "40", "30"),
        ("40", "45", "30", "30"),
        ("60", "70", "80", "50"),
    ] {
        let desk = fixed("50").with(|d| {
            d.strategy.intent_usdc_max = usdc(cap);
            d.strategy.day_usdc_max = Some(usdc(day));
            d.account.cash_units = usdc(cash).get();
        });
        assert_eq!(money(desk.planned().notional_units), ours);
    }
}
