//! How much of the depth we take, by the documented formula.

use order::ShareUnits;
use plan::{Bps, Reason, Sizing};

use crate::kit::{Desk, ONE, price, shares, usdc};

/// $52 at a limit of 0.52, where so much collateral is on offer within it.
fn among(units: u64) -> Desk {
    Desk::buy().with(|d| {
        d.strategy.sizing = Sizing::read("FIXED", "52", None).unwrap();
        d.strategy.book_share_max = Bps(10_000);
        d.strategy.depth_usdc_min = usdc("0");
        d.book.asks = vec![
            (price("0.9"), ShareUnits::new(1_000_000 * ONE)),
            (price("0.5"), ShareUnits::new(units * 2)),
        ];
    })
}

/// M186: impact is our size over the depth within our limit; a buy's in what it spends.
#[test]
fn impact_is_size_over_depth_within_the_limit() {
    let planned = among(5_200 * ONE).planned();
    assert_eq!(shares(&planned), "100");
    assert_eq!(
        planned.impact,
        Bps(100),
        "what lies beyond the limit is no depth"
    );
    // Rounded up: 52 of 5199 is a little more than one percent.
    assert_eq!(among(5_199 * ONE).planned().impact, Bps(101));
}

/// M187: 9.99 percent and exactly ten pass, 10.01 and a hair above ten do not.
#[test]
fn an_impact_above_ten_percent_is_refused() {
    // 52 of 520.5205 is 9.99 percent, of 519.4805 10.01 percent.
    assert_eq!(among(520_520_521).planned().impact, Bps(999));
    assert_eq!(among(520 * ONE).planned().impact, Bps(1_000));
    let hair = among(520 * ONE - 1).refused();
    assert_eq!(
        (hair.reason, &*hair.detail),
        (Reason::MarketImpactTooHigh, "10.01% of the depth, most 10%")
    );
    assert_eq!(hair.reason.code(), "MARKET_IMPACT_TOO_HIGH");
    assert_eq!(
        among(519_480_520).refused().detail,
        "10.01% of the depth, most 10%"
    );
}

/// M187, M188: an exit that would move the market is warned of, and made: whoever
/// is left in a thin market is not helped by staying.
#[test]
fn an_exit_is_warned_of_and_never_refused_for_its_impact() {
    let among =
        |units| Desk::sell().with(|d| d.book.bids = vec![(price("0.48"), ShareUnits::new(units))]);
    let text = "This trade would move the market significantly";
    for (units, impact, warning) in [
        (600 * ONE, 500, None),
        (600 * ONE - 1, 501, Some(text)),
        (300 * ONE, 1_000, Some(text)),
        (300 * ONE - 1, 1_001, Some(text)),
        (30 * ONE, 10_000, Some(text)),
    ] {
        let planned = among(units).planned();
        assert_eq!(
            (planned.impact, planned.warning),
            (Bps(impact), warning),
            "{units}"
        );
        assert_eq!((shares(&planned), planned.clamped), ("30".into(), false));
    }
    let last = among(20 * ONE).planned();
    assert_eq!((shares(&last), last.impact), ("20".into(), Bps(10_000)));
}

/// M188: between the two limits a plan warns in the document's words.
#[test]
fn a_large_impact_is_warned_of() {
    let text = "This trade would move the market significantly";
    assert_eq!(
        among(1_040 * ONE).planned().warning,
        None,
        "exactly five percent"
    );
    assert_eq!(among(1_040 * ONE - 1).planned().warning, Some(text));
    assert_eq!(among(520 * ONE).planned().warning, Some(text));
}

/// M189: a plan says the price it was decided on and the worst it accepts.
#[test]
fn a_plan_says_what_it_was_decided_on() {
    let planned = among(5_200 * ONE).planned();
    assert_eq!(
        (planned.touch, planned.limit),
        (price("0.5"), price("0.52"))
    );
    assert_eq!(planned.leader_price, price("0.5"));
}
