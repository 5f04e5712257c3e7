//! How much of the depth we take, by the documented formula.

use order::ShareUnits;
use plan::{Bps, Reason, Sizing};

use crate::kit::{Desk, ONE, price, shares, usdc};

/// 100 shares at a limit of 0.52, where so many are on offer within it.
fn among(units: u64) -> Desk {
    Desk::buy().with(|d| {
        d.strategy.sizing = Sizing::read("FIXED", "52", None).unwrap();
        d.strategy.book_share_max = Bps(10_000);
        d.strategy.depth_usdc_min = usdc("0");
        d.book.asks = vec![
            (price("0.9"), ShareUnits::new(1_000_000 * ONE)),
            (price("0.52"), ShareUnits::new(units / 2)),
            (price("0.5"), ShareUnits::new(units - units / 2)),
        ];
    })
}

/// M186: impact is our size over the depth within our limit, in shares.
#[test]
fn impact_is_size_over_depth_within_the_limit() {
    let planned = among(10_000 * ONE).planned();
    assert_eq!(shares(&planned), "100");
    assert_eq!(
        planned.impact,
        Bps(100),
        "what lies beyond the limit is no depth"
    );
    // Rounded up: 100 of 9999 is a little more than one percent.
    assert_eq!(among(9_999 * ONE).planned().impact, Bps(101));
}

/// M187: 9.99 percent and exactly ten pass, 10.01 and a hair above ten do not.
#[test]
fn an_impact_above_ten_percent_is_refused() {
    // 100 of 1001.002 is 9.99 percent, of 999.001 10.01 percent.
    assert_eq!(among(1_001_001_002).planned().impact, Bps(999));
    assert_eq!(among(1_000 * ONE).planned().impact, Bps(1_000));
    let hair = among(1_000 * ONE - 1).refused();
    assert_eq!(
        (hair.reason, &*hair.detail),
        (Reason::MarketImpactTooHigh, "10.01% of the depth, most 10%")
    );
    assert_eq!(hair.reason.code(), "MARKET_IMPACT_TOO_HIGH");
    assert_eq!(
        among(999_001_000).refused().detail,
        "10.01% of the depth, most 10%"
    );
}

/// M187: an exit that would move the market is refused like a buy.
#[test]
fn an_exit_has_an_impact_too() {
    let among =
        |units| Desk::sell().with(|d| d.book.bids = vec![(price("0.48"), ShareUnits::new(units))]);
    assert_eq!(among(300 * ONE).planned().impact, Bps(1_000));
    let refusal = among(300 * ONE - 1).refused();
    assert_eq!(refusal.reason, Reason::MarketImpactTooHigh);
}

/// M188: between the two limits a plan warns in the document's words.
#[test]
fn a_large_impact_is_warned_of() {
    let text = "This trade would move the market significantly";
    assert_eq!(
        among(2_000 * ONE).planned().warning,
        None,
        "exactly five percent"
    );
    assert_eq!(among(2_000 * ONE - 1).planned().warning, Some(text));
    assert_eq!(among(1_000 * ONE).planned().warning, Some(text));
}

/// M189: a plan says the price it was decided on and the worst it accepts.
#[test]
fn a_plan_says_what_it_was_decided_on() {
    let planned = among(10_000 * ONE).planned();
    assert_eq!(
        (planned.touch, planned.limit),
        (price("0.5"), price("0.52"))
    );
    assert_eq!(planned.leader_price, price("0.5"));
}
