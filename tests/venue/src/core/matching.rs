//! Walking a book: which resting liquidity an order takes, and for how much.
//!
//! Pure and total. Fills are at resting prices, best first, never worse than
//! the order's own ratio. Collateral of a fill is rounded down, which is
//! against the resting side and is what the contract does.

use super::orders::Terms;
use super::rules::BuyTarget;
use crate::crypto::order::{OrderId, Side};
use crate::units::{AMOUNT_MAX_E6, ONE_E4, mul_div};

/// Whose liquidity it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Recorded liquidity, without an owner.
    Level,
    /// A resting order of an account.
    Order(OrderId),
}

/// Resting liquidity at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quote {
    pub(crate) price_e4: u64,
    pub(crate) shares_e6: u64,
    pub(crate) source: Source,
}

/// One piece of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fill {
    pub(crate) price_e4: u64,
    pub(crate) shares_e6: u64,
    pub(crate) collateral_e6: u64,
    pub(crate) source: Source,
}

/// What an order tries to use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Shares(u64),
    Collateral(u64),
}

/// What walking the book found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Walk {
    pub(crate) fills: Vec<Fill>,
    /// Whether the target was used up.
    pub(crate) complete: bool,
}

/// What this order tries to use up: an order that rests trades shares, a
/// purchase that does not rest spends collateral unless the rules say shares.
pub(crate) fn target(terms: &Terms, rests: bool, buy_target: BuyTarget) -> Target {
    match (terms.side, rests, buy_target) {
        (Side::Buy, false, BuyTarget::Collateral) => Target::Collateral(terms.collateral_e6),
        (Side::Buy | Side::Sell, _, _) => Target::Shares(terms.shares_e6),
    }
}

/// The collateral that `shares_e6` cost at a price, rounded down.
pub(crate) fn cost_e6(shares_e6: u64, price_e4: u64) -> u64 {
    mul_div(shares_e6, price_e4, ONE_E4).unwrap_or(u64::MAX)
}

/// Whether a price is within the order's own ratio of collateral to shares.
fn acceptable(terms: &Terms, price_e4: u64) -> bool {
    let offered = u128::from(price_e4).saturating_mul(u128::from(terms.shares_e6));
    let bound = u128::from(terms.collateral_e6).saturating_mul(u128::from(ONE_E4));
    match terms.side {
        Side::Buy => offered <= bound,
        Side::Sell => offered >= bound,
    }
}

/// Takes from `quotes`, which come best first, until the target is used up.
pub(crate) fn walk(terms: &Terms, target: Target, quotes: impl Iterator<Item = Quote>) -> Walk {
    let mut found = Walk::default();
    let mut left_e6 = match target {
        Target::Shares(amount) | Target::Collateral(amount) => amount,
    };
    for quote in quotes {
        if found.complete || !acceptable(terms, quote.price_e4) {
            break;
        }
        let wanted_e6 = match target {
            Target::Shares(_) => left_e6,
            Target::Collateral(_) => mul_div(left_e6, ONE_E4, quote.price_e4).unwrap_or(u64::MAX),
        };
        let shares_e6 = wanted_e6.min(quote.shares_e6).min(AMOUNT_MAX_E6);
        let collateral_e6 = cost_e6(shares_e6, quote.price_e4);
        if shares_e6 > 0 {
            found.fills.push(Fill {
                price_e4: quote.price_e4,
                shares_e6,
                collateral_e6,
                source: quote.source,
            });
        }
        let used_e6 = match target {
            Target::Shares(_) => shares_e6,
            Target::Collateral(_) => collateral_e6,
        };
        left_e6 = left_e6.saturating_sub(used_e6);
        // What is left of collateral may be too little for one base unit of
        // shares: a whole purchase leaves at most one base unit unspent.
        found.complete = left_e6 == 0 || shares_e6 == wanted_e6;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quotes(rows: &[(u64, u64)]) -> Vec<Quote> {
        let quote = |(price_e4, shares_e6)| Quote {
            price_e4,
            shares_e6,
            source: Source::Level,
        };
        rows.iter().copied().map(quote).collect()
    }

    fn buy(collateral_e6: u64, shares_e6: u64) -> Terms {
        Terms {
            side: Side::Buy,
            shares_e6,
            collateral_e6,
            limit_e4: 0,
        }
    }

    fn sell(shares_e6: u64, collateral_e6: u64) -> Terms {
        Terms {
            side: Side::Sell,
            shares_e6,
            collateral_e6,
            limit_e4: 0,
        }
    }

    fn run(terms: Terms, target: Target, rows: &[(u64, u64)]) -> (Vec<(u64, u64, u64)>, bool) {
        let found = walk(&terms, target, quotes(rows).into_iter());
        let rows = found
            .fills
            .iter()
            .map(|fill| (fill.price_e4, fill.shares_e6, fill.collateral_e6));
        (rows.collect(), found.complete)
    }

    #[test]
    fn a_purchase_by_shares_stops_at_its_shares_and_its_price() {
        let book = [
            (1_400, 705_000_000),
            (2_000, 70_000_000),
            (3_800, 192_300_000),
        ];
        let terms = buy(200_000_000, 1_000_000_000);
        assert_eq!(
            run(terms, Target::Shares(1_000_000_000), &book),
            (
                vec![
                    (1_400, 705_000_000, 98_700_000),
                    (2_000, 70_000_000, 14_000_000)
                ],
                false
            )
        );
        assert_eq!(
            run(terms, Target::Shares(710_000_000), &book),
            (
                vec![
                    (1_400, 705_000_000, 98_700_000),
                    (2_000, 5_000_000, 1_000_000)
                ],
                true
            )
        );
    }

    #[test]
    fn a_purchase_by_collateral_spends_it_all_and_a_better_price_brings_more() {
        // Ten shares at up to 0.50, offered at 0.40: five dollars buy 12.5.
        let terms = buy(5_000_000, 10_000_000);
        assert_eq!(
            run(
                terms,
                Target::Collateral(5_000_000),
                &[(4_000, 100_000_000)]
            ),
            (vec![(4_000, 12_500_000, 5_000_000)], true)
        );
        // At exactly its own price it gets exactly its shares.
        assert_eq!(
            run(terms, Target::Collateral(5_000_000), &[(5_000, 10_000_000)]),
            (vec![(5_000, 10_000_000, 5_000_000)], true)
        );
        // One base unit short in depth is not complete.
        assert!(!run(terms, Target::Collateral(5_000_000), &[(5_000, 9_999_998)]).1);
    }

    #[test]
    fn indivisible_collateral_leaves_at_most_one_base_unit() {
        for price_e4 in [100, 3_300, 7_100, 9_900] {
            for collateral_e6 in 1_000_000..1_000_200_u64 {
                let terms = buy(collateral_e6, 1);
                let (fills, complete) = run(
                    terms,
                    Target::Collateral(collateral_e6),
                    &[(price_e4, 1_000_000_000)],
                );
                assert!(complete);
                let spent: u64 = fills.iter().map(|fill| fill.2).sum();
                assert!(
                    spent <= collateral_e6 && collateral_e6 - spent <= 1,
                    "{price_e4}"
                );
            }
        }
    }

    #[test]
    fn a_sale_takes_no_less_than_its_price() {
        let book = [(1_000, 125_000_000), (900, 294_000_000)];
        let terms = sell(200_000_000, 20_000_000);
        assert_eq!(
            run(terms, Target::Shares(200_000_000), &book),
            (vec![(1_000, 125_000_000, 12_500_000)], false)
        );
        let lower = sell(200_000_000, 18_000_000);
        assert_eq!(
            run(lower, Target::Shares(200_000_000), &book),
            (
                vec![
                    (1_000, 125_000_000, 12_500_000),
                    (900, 75_000_000, 6_750_000)
                ],
                true
            )
        );
    }

    #[test]
    fn dust_is_sold_for_nothing_as_on_chain() {
        let terms = sell(99, 0);
        assert_eq!(
            run(terms, Target::Shares(99), &[(100, 1_000)]),
            (vec![(100, 99, 0)], true)
        );
        assert_eq!(
            run(terms, Target::Shares(199), &[(100, 1_000)]),
            (vec![(100, 199, 1)], true)
        );
    }

    #[test]
    fn an_empty_or_too_dear_book_gives_nothing() {
        let terms = buy(5_000_000, 10_000_000);
        assert_eq!(run(terms, Target::Shares(10_000_000), &[]), (vec![], false));
        assert_eq!(
            run(terms, Target::Shares(10_000_000), &[(5_001, 1)]),
            (vec![], false)
        );
    }
}
