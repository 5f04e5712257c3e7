//! The integer rule, from both sides of each edge and over every price there is.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::integer_division,
    clippy::too_many_lines,
    reason = "test inputs are small and written out; a table is as long as its cases"
)]

use super::{AMOUNT_UNITS_MAX, Amounts, Pricing, Refusal, limit_amounts, market_buy_amounts};
use crate::{CollateralUnits, LOT_UNITS, PriceE4, ShareUnits, Side, TickSize};
use proptest::prelude::*;

fn at(e4: u16) -> PriceE4 {
    PriceE4::new(e4).unwrap()
}

fn on_tick(tick: TickSize) -> impl Iterator<Item = PriceE4> {
    (1..10_000)
        .filter_map(PriceE4::new)
        .filter(move |price| tick.divides(*price))
}

/// 0.01, 0.02, 5, 316.03 and 10^9 shares; some with dust below a lot.
const SIZES: [u64; 8] = [
    10_000,
    10_001,
    29_999,
    5_000_000,
    316_030_000,
    80_748_268_540,
    999_999_990_000,
    AMOUNT_UNITS_MAX,
];

#[test]
fn a_limit_order_is_the_exact_product_at_every_price_of_every_tick() {
    for tick in TickSize::ALL {
        for price in on_tick(tick) {
            for size in SIZES {
                for side in [Side::Buy, Side::Sell] {
                    let made = limit_amounts(side, price, ShareUnits::new(size), tick).unwrap();
                    let shares = size - size % LOT_UNITS;
                    assert_eq!(made.shares(side), ShareUnits::new(shares));
                    assert_eq!(
                        u128::from(made.collateral(side).get()) * 10_000,
                        u128::from(shares) * u128::from(price.get()),
                    );
                    assert_eq!(made.judge(side), Ok(()));
                }
            }
        }
    }
}

/// The bound in the card of `amounts`: 0 <= 10^4·C − P·S < q·P, hence an implied
/// price of at least P and less than P plus one tick.
#[test]
fn a_market_buy_never_implies_less_than_its_price_nor_a_tick_more() {
    for tick in TickSize::ALL {
        let step = u128::from(tick.amount_step_units());
        for price in on_tick(tick) {
            for size in SIZES {
                let made = market_buy_amounts(price, CollateralUnits::new(size), tick);
                let Ok(made) = made else {
                    assert_eq!(made, Err(Refusal::AmountTooLarge));
                    continue;
                };
                assert_eq!(made.maker, size - size % LOT_UNITS);
                assert_eq!(u128::from(made.taker) % step, 0);
                let (paid, p) = (u128::from(made.maker) * 10_000, u128::from(price.get()));
                let shares = u128::from(made.taker);
                assert!(paid >= p * shares, "{price} at {tick}");
                assert!(paid - p * shares < step * p, "{price} at {tick}");
                assert!(
                    paid < (p + u128::from(tick.e4())) * shares,
                    "{price} at {tick}"
                );
                assert_eq!(made.judge(Side::Buy), Ok(()));
            }
        }
    }
}

#[test]
fn amounts_stop_at_one_and_at_ten_to_the_fifteenth() {
    let lot = |units| {
        limit_amounts(
            Side::Buy,
            at(1),
            ShareUnits::new(units),
            TickSize::TenThousandth,
        )
    };
    assert_eq!(lot(LOT_UNITS - 1), Err(Refusal::AmountZero));
    assert_eq!(
        lot(LOT_UNITS).map(|made| (made.maker, made.taker)),
        Ok((1, LOT_UNITS))
    );
    assert!(lot(AMOUNT_UNITS_MAX).is_ok());
    assert!(lot(AMOUNT_UNITS_MAX + LOT_UNITS - 1).is_ok());
    assert_eq!(
        lot(AMOUNT_UNITS_MAX + LOT_UNITS),
        Err(Refusal::AmountTooLarge)
    );
    assert_eq!(lot(u64::MAX), Err(Refusal::AmountTooLarge));
    let high = limit_amounts(
        Side::Sell,
        at(9_999),
        ShareUnits::new(u64::MAX),
        TickSize::TenThousandth,
    );
    assert_eq!(high, Err(Refusal::AmountTooLarge));

    let buy = |units| market_buy_amounts(at(5_000), CollateralUnits::new(units), TickSize::Cent);
    assert_eq!(buy(LOT_UNITS - 1), Err(Refusal::AmountZero));
    assert_eq!(
        buy(LOT_UNITS).map(|made| (made.maker, made.taker)),
        Ok((10_000, 20_000))
    );
    assert!(buy(AMOUNT_UNITS_MAX / 2).is_ok());
    assert_eq!(
        buy(AMOUNT_UNITS_MAX / 2 + LOT_UNITS),
        Err(Refusal::AmountTooLarge)
    );
    assert_eq!(buy(u64::MAX), Err(Refusal::AmountTooLarge));
}

#[test]
fn a_price_between_two_ticks_is_refused_and_not_rounded() {
    let five = ShareUnits::new(5_000_000);
    for (e4, tick) in [
        (7_224, TickSize::QuarterCent),
        (9_951, TickSize::HalfCent),
        (1, TickSize::Thousandth),
        (50, TickSize::Cent),
        (9_900, TickSize::Tenth),
    ] {
        let limit = limit_amounts(Side::Buy, at(e4), five, tick);
        assert_eq!(limit, Err(Refusal::PriceOffTick));
        let market = market_buy_amounts(at(e4), CollateralUnits::new(5_000_000), tick);
        assert_eq!(market, Err(Refusal::PriceOffTick));
    }
}

fn judged(side: Side, maker: u64, taker: u64, pricing: Pricing) -> Result<(), Refusal> {
    Amounts {
        maker,
        taker,
        pricing,
    }
    .judge(side)
}

#[test]
fn finished_amounts_are_judged_by_the_rule_they_claim() {
    let limit = Pricing::Limit(TickSize::TenThousandth);
    let cent = Pricing::Limit(TickSize::Cent);
    let market = Pricing::MarketBuy(TickSize::Cent);
    for (side, maker, taker, pricing, verdict) in [
        (Side::Buy, 50_000_000, 100_000_000, limit, Ok(())),
        (Side::Sell, 100_000_000, 50_000_000, limit, Ok(())),
        (Side::Buy, 1, 10_000, limit, Ok(())),
        (Side::Buy, 9_999, 10_000, limit, Ok(())),
        (
            Side::Buy,
            10_000,
            10_000,
            limit,
            Err(Refusal::PriceNotOnGrid),
        ),
        (
            Side::Buy,
            10_001,
            10_000,
            limit,
            Err(Refusal::PriceNotOnGrid),
        ),
        (
            Side::Buy,
            u64::MAX,
            10_000,
            limit,
            Err(Refusal::AmountTooLarge),
        ),
        (Side::Buy, 1, 20_000, limit, Err(Refusal::PriceNotOnGrid)),
        (
            Side::Buy,
            50_000_001,
            100_000_000,
            limit,
            Err(Refusal::PriceNotOnGrid),
        ),
        (
            Side::Buy,
            50_000_000,
            100_000_001,
            limit,
            Err(Refusal::SharesNotInLots),
        ),
        (Side::Buy, 1, 1, limit, Err(Refusal::SharesNotInLots)),
        (Side::Buy, 0, 10_000, limit, Err(Refusal::AmountZero)),
        (Side::Buy, 10_000, 0, limit, Err(Refusal::AmountZero)),
        (Side::Buy, 5_100, 10_000, cent, Ok(())),
        (Side::Buy, 5_150, 10_000, cent, Err(Refusal::PriceNotOnGrid)),
        (Side::Buy, 1_000_000, 1_010_100, market, Ok(())),
        (
            Side::Buy,
            1_000_000,
            1_010_200,
            market,
            Err(Refusal::SharesNotTheQuotient),
        ),
        (
            Side::Buy,
            1_000_000,
            1_010_000,
            market,
            Err(Refusal::SharesNotTheQuotient),
        ),
        (
            Side::Buy,
            1_000_000,
            1_010_101,
            market,
            Err(Refusal::SharesNotTheQuotient),
        ),
        (
            Side::Buy,
            1_000_000,
            1_000_000,
            market,
            Err(Refusal::SharesNotTheQuotient),
        ),
        (
            Side::Buy,
            1_000_000,
            1,
            market,
            Err(Refusal::SharesNotTheQuotient),
        ),
        (Side::Buy, 1_000_000, 100_000_000, market, Ok(())),
        (
            Side::Buy,
            1_000_000,
            100_000_100,
            market,
            Err(Refusal::SharesNotTheQuotient),
        ),
        (
            Side::Buy,
            1_000_001,
            1_010_100,
            market,
            Err(Refusal::CollateralNotInCents),
        ),
        (
            Side::Sell,
            1_010_100,
            1_000_000,
            market,
            Err(Refusal::MarketPricingIsForBuys),
        ),
    ] {
        assert_eq!(
            judged(side, maker, taker, pricing),
            verdict,
            "{side} {maker} {taker}"
        );
    }
}

/// Enough for all sizes below 0.40: the judge agrees with a search over every price.
#[test]
fn the_market_judge_agrees_with_an_exhaustive_search() {
    for tick in [TickSize::Tenth, TickSize::Cent, TickSize::HalfCent] {
        for collateral in [10_000, 20_000, 30_000] {
            let reachable: std::vec::Vec<u64> = on_tick(tick)
                .filter_map(|p| market_buy_amounts(p, CollateralUnits::new(collateral), tick).ok())
                .map(|made| made.taker)
                .collect();
            for shares in (0..=400_000).step_by(10) {
                let verdict = judged(Side::Buy, collateral, shares, Pricing::MarketBuy(tick));
                assert_eq!(
                    verdict.is_ok(),
                    reachable.contains(&shares),
                    "{collateral} {shares}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn no_input_makes_amounts_out_of_range(units: u64, e4 in 1_u16..10_000, tick in 0_usize..6) {
        let tick = TickSize::ALL[tick];
        for side in [Side::Buy, Side::Sell] {
            if let Ok(made) = limit_amounts(side, at(e4), ShareUnits::new(units), tick) {
                prop_assert!((1..=AMOUNT_UNITS_MAX).contains(&made.maker));
                prop_assert!((1..=AMOUNT_UNITS_MAX).contains(&made.taker));
                prop_assert_eq!(made.judge(side), Ok(()));
            }
        }
        if let Ok(made) = market_buy_amounts(at(e4), CollateralUnits::new(units), tick) {
            prop_assert!((1..=AMOUNT_UNITS_MAX).contains(&made.taker));
            prop_assert_eq!(made.judge(Side::Buy), Ok(()));
        }
    }

    #[test]
    fn one_base_unit_off_a_limit_order_is_refused(lots in 1_u64..100_000_000, e4 in 1_u16..10_000) {
        let tick = TickSize::TenThousandth;
        let made = limit_amounts(Side::Buy, at(e4), ShareUnits::new(lots * LOT_UNITS), tick).unwrap();
        // With more than one lot a unit of collateral moves the price by less than its grid.
        if lots > 1 {
            prop_assert!(judged(Side::Buy, made.maker + 1, made.taker, made.pricing).is_err());
            prop_assert!(judged(Side::Buy, made.maker - 1, made.taker, made.pricing).is_err());
        }
        prop_assert!(judged(Side::Buy, made.maker, made.taker + 1, made.pricing).is_err());
        prop_assert!(judged(Side::Buy, made.maker, made.taker - 1, made.pricing).is_err());
    }
}
