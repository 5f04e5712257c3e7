//! Percentages and multipliers, held exactly.
//!
//! Invariant: a product is cut once, towards zero, at the end.

use core::fmt;

use order::{DecimalError, parse_decimal};

/// Digits after the point that a percentage or a multiplier may have.
const DIGITS: u32 = 6;
/// Millionths in one.
const ONE_E6: u128 = 1_000_000;
/// Basis points in the whole.
pub(crate) const WHOLE_BPS: u64 = 10_000;

/// A percentage, in millionths of a percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(pub u64);

/// A factor, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Multiplier(pub u64);

/// Hundredths of a percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bps(pub u32);

impl Percent {
    /// Reads plain decimal text, `"10.0"` for ten percent.
    ///
    /// # Errors
    ///
    /// Refuses signs, exponents and more than six digits after the point.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        parse_decimal(text, DIGITS).map(Self)
    }

    /// So much of `units`, cut; none if it does not fit.
    #[must_use]
    pub fn of(self, units: u64) -> Option<u64> {
        mul_div(units, self.0, ONE_E6.saturating_mul(100))
    }
}

impl Multiplier {
    /// Reads plain decimal text, `"2.0"` for twice.
    ///
    /// # Errors
    ///
    /// Refuses signs, exponents and more than six digits after the point.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        parse_decimal(text, DIGITS).map(Self)
    }

    /// `units` times this, cut; none if it does not fit.
    #[must_use]
    pub fn of(self, units: u64) -> Option<u64> {
        mul_div(units, self.0, ONE_E6)
    }
}

impl Bps {
    /// Reads a percentage with at most two digits after the point, `"5.0"`.
    ///
    /// # Errors
    ///
    /// Refuses signs, exponents and parts of a basis point.
    pub fn parse_percent(text: &str) -> Result<Self, DecimalError> {
        u32::try_from(parse_decimal(text, 2)?)
            .map(Self)
            .map_err(|_wide| DecimalError::TooLarge)
    }

    /// `part` of `whole`, rounded up, so that what is told is never too little.
    pub(crate) fn ratio(part: u64, whole: u64) -> Self {
        let scaled = u128::from(part).saturating_mul(u128::from(WHOLE_BPS));
        let bps = match whole {
            0 if part == 0 => 0,
            0 => u128::MAX,
            whole => scaled.div_ceil(u128::from(whole)),
        };
        Self(u32::try_from(bps).unwrap_or(u32::MAX))
    }

    /// Whether `part` is more than this of `whole`, exactly.
    pub(crate) fn is_exceeded(self, part: u64, whole: u64) -> bool {
        let part = u128::from(part).saturating_mul(u128::from(WHOLE_BPS));
        part > u128::from(whole).saturating_mul(u128::from(self.0))
    }
}

/// As people say it: `9.99%`.
impl fmt::Display for Bps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0.div_euclid(100), self.0.rem_euclid(100));
        match (part, part.rem_euclid(10)) {
            (0, _) => write!(f, "{whole}%"),
            (part, 0) => write!(f, "{whole}.{}%", part.div_euclid(10)),
            (part, _) => write!(f, "{whole}.{part:02}%"),
        }
    }
}

/// `a` × `b` ÷ `by`, cut; none if it does not fit.
pub(crate) fn mul_div(a: u64, b: u64, by: u128) -> Option<u64> {
    let product = u128::from(a).checked_mul(u128::from(b))?;
    u64::try_from(product.checked_div(by)?).ok()
}
