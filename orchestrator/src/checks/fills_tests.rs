//! The largest order on books that take it, and on books that do not.

use order::{Address, TickSize};
use plan::fee::{FeeCurve, Rate};
use plan::{Bps, Market, OnCap, OrderType, ProtocolVersion, UnknownExit};

use super::*;

fn price(e4: u16) -> PriceE4 {
    PriceE4::new(e4).unwrap()
}

fn rules() -> Strategy {
    let leader: Address = format!("0x{}", "11".repeat(20)).parse().unwrap();
    Strategy {
        leaders: vec![leader],
        watch_only: Vec::new(),
        markets: Markets::All,
        sizing: Sizing::Fixed(CollateralUnits::new(1_000_000)),
        intent_usdc_max: CollateralUnits::new(100_000_000),
        intent_usdc_min: CollateralUnits::new(1_000_000),
        leader_usdc_min: CollateralUnits::new(1_000_000),
        on_cap: OnCap::Reject,
        age_ms_max: 60_000,
        seen_age_ms_max: 60_000,
        exit_age_ms_max: 60_000,
        slippage_max: Bps(500),
        movement_max: Bps(500),
        impact_max: Bps(10_000),
        impact_warn: Bps(5_000),
        spread_max: None,
        depth_usdc_min: CollateralUnits::new(1),
        book_share_max: Bps(10_000),
        price_min: price(200),
        price_max: price(9_800),
        end_ms_min: 0,
        book_age_ms_max: 2_000,
        unknown_exit: UnknownExit::Hold,
        order_type: OrderType::Fok,
        day_usdc_max: None,
    }
}

/// Asks of so many millionths of a share each.
fn facts(asks: &[(u16, u64)]) -> Facts {
    let asks = asks.iter();
    Facts {
        market: Market {
            condition: B256::repeat_byte(0x22),
            tick: TickSize::from_e4(100).unwrap(),
            order_shares_min: ShareUnits::new(5_000_000),
            neg_risk: false,
            version: ProtocolVersion::V2,
            accepting: true,
            end_ms: None,
            fee: FeeCurve {
                rate: Rate::parse("0").unwrap(),
                exponent: 1,
            },
        },
        book: Book {
            bids: vec![(price(100), ShareUnits::new(1_000_000))],
            asks: asks
                .map(|(e4, shares)| (price(*e4), ShareUnits::new(*shares)))
                .collect(),
            taken_ms: 1_000,
        },
        token: U256::from(7),
        attested: None,
    }
}

/// M80: the whole order is laid on the book level by level, within the bound;
/// where the bound does not hold enough it is refused by its reason.
#[test]
fn the_largest_order_is_filled_within_the_bound_or_says_why_not() {
    // 192.3 lots at the limit are 99.996: 120 shares at 0.50, the rest at 0.51.
    let Done::Filled(words) = judged(
        &rules(),
        &facts(&[(5_100, 500_000_000), (5_000, 120_000_000)]),
        1_100,
    ) else {
        panic!("it fits");
    };
    for part in [
        "for 198.423529 shares, best $0.5",
        "worst $0.51",
        "limit $0.52",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    for (asks, now_ms, said) in [
        // Enough only beyond five percent.
        (
            &[(5_000, 120_000_000), (5_300, 5_000_000_000)][..],
            1_100,
            "wanted",
        ),
        (&[(9_900, 5_000_000_000)][..], 1_100, "from $0.02 to $0.98"),
        (&[][..], 1_100, "No asks available"),
        (&[(5_000, 5_000_000_000)][..], 9_000, "stale"),
    ] {
        let done = judged(&rules(), &facts(asks), now_ms);
        assert!(
            matches!(&done, Done::Refused(why) if why.contains(said)),
            "{said}: {done:?}"
        );
    }
}

/// M80: the order that is tried is the largest that the strategy may come to,
/// whatever its sizing says.
#[test]
fn a_book_for_small_orders_alone_does_not_take_the_largest() {
    let thin = facts(&[(5_000, 100_000_000)]);
    assert!(matches!(judged(&rules(), &thin, 1_100), Done::Refused(_)));
    let mut small = rules();
    small.intent_usdc_max = CollateralUnits::new(10_000_000);
    assert!(matches!(judged(&small, &thin, 1_100), Done::Filled(_)));
}
