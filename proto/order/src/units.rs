//! Money and shares, each an integer with its unit in its name.
//!
//! For: telling collateral from shares, both counted in base units of 1e-6.
//!
//! Never touches: prices (a sum of one unit is never a sum of the other).
//!
//! Invariant: no conversion between the two types exists outside
//! [`strict::limit_amounts`](crate::strict::limit_amounts) and its market twin.

use crate::decimal::{self, DecimalError};
use core::{fmt, str::FromStr};

/// One lot: shares on the book come in hundredths, that is 10^4 base units.
pub const LOT_UNITS: u64 = 10_000;

macro_rules! units {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl $name {
            /// Names a number of base units (1e-6).
            #[must_use]
            pub const fn new(units: u64) -> Self {
                Self(units)
            }

            /// The number of base units (1e-6).
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }

            /// Reads plain decimal text, `"21.04"`, exactly.
            ///
            /// # Errors
            ///
            /// Refuses signs, exponents, more than six decimals, and what does
            /// not fit 64 bits; nothing is rounded.
            pub fn parse(text: &str) -> Result<Self, DecimalError> {
                decimal::parse_decimal(text, 6).map(Self)
            }

            /// The sum, unless it overflows.
            #[must_use]
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(sum) => Some(Self(sum)),
                    None => None,
                }
            }

            /// The difference, unless it is negative.
            #[must_use]
            pub const fn checked_sub(self, other: Self) -> Option<Self> {
                match self.0.checked_sub(other.0) {
                    Some(rest) => Some(Self(rest)),
                    None => None,
                }
            }
        }

        /// Decimal text without idle zeros: `21.04`.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                decimal::write_millionths(f, self.0)
            }
        }

        impl FromStr for $name {
            type Err = DecimalError;

            fn from_str(text: &str) -> Result<Self, DecimalError> {
                Self::parse(text)
            }
        }
    };
}

units! {
    /// An amount of the venue's collateral, pUSD, in base units of 1e-6.
    CollateralUnits
}

units! {
    /// A number of outcome shares in base units of 1e-6.
    ShareUnits
}

#[cfg(test)]
mod tests {
    use super::{CollateralUnits, ShareUnits};
    use proptest::prelude::*;
    use std::string::ToString;

    #[test]
    fn base_units_print_without_idle_zeros() {
        for (units, text) in [
            (0, "0"),
            (1, "0.000001"),
            (10, "0.00001"),
            (21_040_000, "21.04"),
            (5_000_000, "5"),
            (u64::MAX, "18446744073709.551615"),
        ] {
            assert_eq!(CollateralUnits::new(units).to_string(), text);
        }
    }

    #[test]
    fn sums_stop_at_the_edge() {
        let edge = ShareUnits::new(u64::MAX);
        assert_eq!(edge.checked_add(ShareUnits::new(0)), Some(edge));
        assert_eq!(edge.checked_add(ShareUnits::new(1)), None);
        assert_eq!(ShareUnits::new(0).checked_sub(ShareUnits::new(1)), None);
    }

    proptest! {
        #[test]
        fn text_written_is_text_read(units: u64) {
            let shares = ShareUnits::new(units);
            prop_assert_eq!(ShareUnits::parse(&shares.to_string()), Ok(shares));
            prop_assert_eq!(shares.to_string().parse(), Ok(shares));
        }
    }
}
