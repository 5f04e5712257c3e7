//! The price that two final integers imply, and how it compares with a limit.
//!
//! Invariant: comparisons multiply crosswise; nothing is rounded before it is
//! judged. Both amounts are at most 10^15 (see `order::strict`) and prices at
//! most 2 × 10^8 hundred-millionths, so no product reaches 2^128.

use core::fmt;

use order::strict::Amounts;
use order::{PriceE4, Side};

/// Hundred-millionths in one ten-thousandth.
const E8_PER_E4: u64 = 10_000;
/// Hundred-millionths in one.
const ONE_E8: u128 = 100_000_000;

/// A price in hundred-millionths, so that basis points of a price are exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PriceE8(u64);

impl PriceE8 {
    pub(crate) fn of(price: PriceE4) -> Self {
        Self(u64::from(price.get()).saturating_mul(E8_PER_E4))
    }

    pub(crate) const fn new(e8: u64) -> Self {
        Self(e8)
    }

    /// The price in hundred-millionths.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// Decimal text with at least two digits after the point: `0.50`, `0.575`.
impl fmt::Display for PriceE8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, mut part) = (
            self.0.div_euclid(100_000_000),
            self.0.rem_euclid(100_000_000),
        );
        let mut digits = 8_usize;
        while digits > 2 && part.rem_euclid(10) == 0 {
            part = part.div_euclid(10);
            digits = digits.saturating_sub(1);
        }
        write!(f, "{whole}.{part:0digits$}")
    }
}

/// What an order's two amounts say about its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Implied {
    collateral: u64,
    shares: u64,
}

impl Implied {
    pub(crate) const fn of(amounts: Amounts, side: Side) -> Self {
        Self {
            collateral: amounts.collateral(side).get(),
            shares: amounts.shares(side).get(),
        }
    }

    /// Whether it is below `price`.
    pub(crate) fn below(self, price: PriceE8) -> bool {
        self.scaled() < self.times(price)
    }

    /// Whether it is above `price`.
    pub(crate) fn above(self, price: PriceE8) -> bool {
        self.scaled() > self.times(price)
    }

    fn scaled(self) -> u128 {
        u128::from(self.collateral).saturating_mul(ONE_E8)
    }

    fn times(self, price: PriceE8) -> u128 {
        u128::from(self.shares).saturating_mul(u128::from(price.0))
    }
}

/// Rounded up to six digits, so that what is above a limit also looks so.
impl fmt::Display for Implied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millionths = u128::from(self.collateral)
            .saturating_mul(1_000_000)
            .div_ceil(u128::from(self.shares).max(1));
        let e8 = u64::try_from(millionths.saturating_mul(100)).unwrap_or(u64::MAX);
        fmt::Display::fmt(&PriceE8(e8), f)
    }
}

/// The price of a SELL, which `order::strict` makes a whole number of
/// ten-thousandths; were it not, the next below, which errs low.
pub(crate) fn ratio_price(collateral: u64, shares: u64) -> PriceE4 {
    let e4 = u128::from(collateral)
        .saturating_mul(u128::from(E8_PER_E4))
        .checked_div(u128::from(shares));
    let price = e4
        .and_then(|e4| u16::try_from(e4).ok())
        .and_then(PriceE4::new);
    price.unwrap_or(LEAST)
}

/// The least price there is.
pub(crate) const LEAST: PriceE4 = PriceE4::new(1).expect("1 is in 1..=9999");

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    fn implied(collateral: u64, shares: u64) -> Implied {
        Implied { collateral, shares }
    }

    #[test]
    fn a_price_is_compared_without_rounding() {
        let half = PriceE8::of(PriceE4::new(5_000).unwrap());
        let largest = order::strict::AMOUNT_UNITS_MAX;
        for (name, price, below, above) in [
            ("equal", implied(1, 2), false, false),
            ("a hair below", implied(499_999, 1_000_000), true, false),
            ("a hair above", implied(500_001, 1_000_000), false, true),
            ("the largest below", implied(1, largest), true, false),
            ("the largest above", implied(largest, 1), false, true),
            (
                "both at their largest",
                implied(largest, largest),
                false,
                true,
            ),
        ] {
            assert_eq!(
                (price.below(half), price.above(half)),
                (below, above),
                "{name}"
            );
        }
        let two = PriceE8::new(200_000_000);
        assert!(!implied(largest, largest).above(two));
        assert!(implied(largest, largest).below(two));
    }

    #[test]
    fn a_price_has_two_decimals_or_as_many_as_it_needs() {
        // The longest first: one that ends too early shows before one that never does.
        for (e8, text) in [
            (57_500_000, "0.575"),
            (0, "0.00"),
            (5_000_000, "0.05"),
            (100_000_001, "1.00000001"),
        ] {
            assert_eq!(PriceE8::new(e8).to_string(), text);
        }
        assert_eq!(implied(500_001, 1_000_000).to_string(), "0.500001");
        assert_eq!(implied(5_000_001, 10_000_000).to_string(), "0.500001");
        assert_eq!(implied(1, 0).to_string(), "1.00");
    }

    #[test]
    fn a_sells_price_is_exact_or_errs_low() {
        for (collateral, shares, e4) in [
            (5_000_000, 10_000_000, 5_000),
            (1, 10_000, 1),
            (9_999, 10_000, 9_999),
            (19_999, 100_000_000, 1),
            (10_000, 10_000, 1),
            (1, 0, 1),
        ] {
            assert_eq!(
                ratio_price(collateral, shares).get(),
                e4,
                "{collateral}/{shares}"
            );
        }
    }
}
