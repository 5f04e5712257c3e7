//! Decimal text and whole numbers, with nothing lost between them.
//!
//! For: reading `"21.04"` as 21040000 millionths, and writing it back.
//!
//! Never touches: floating point, rounding, locales, signs, exponents.
//!
//! Invariant: text either is exactly a number of the asked scale or is refused.

use core::fmt;

/// Why a decimal text is not an exact amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalError {
    /// Not plain digits with at most one point between digits.
    Malformed,
    /// More digits after the point than the unit has.
    TooManyDecimals,
    /// Larger than 64 bits of base units.
    TooLarge,
}

impl fmt::Display for DecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a plain decimal number: write digits, as in 21.04",
            Self::TooManyDecimals => "too many digits after the point: cut them before asking",
            Self::TooLarge => "too large: it does not fit 64 bits of base units",
        })
    }
}

impl core::error::Error for DecimalError {}

/// Reads plain decimal text as a whole number of 10^-`decimals`, exactly.
///
/// # Errors
///
/// Refuses signs, exponents, more than `decimals` digits after the point, and
/// what does not fit 64 bits; nothing is rounded.
pub fn parse_decimal(text: &str, decimals: u32) -> Result<u64, DecimalError> {
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return Err(DecimalError::Malformed),
        Some(parts) => parts,
        None => (text, ""),
    };
    if whole.is_empty() {
        return Err(DecimalError::Malformed);
    }
    let value = push_digits(push_digits(0, whole)?, fraction)?;
    // Digits are judged before their count, so that "0.1x" is malformed and
    // not merely long.
    let missing = u32::try_from(fraction.len())
        .ok()
        .and_then(|written| decimals.checked_sub(written))
        .ok_or(DecimalError::TooManyDecimals)?;
    10_u64
        .checked_pow(missing)
        .and_then(|scale| value.checked_mul(scale))
        .ok_or(DecimalError::TooLarge)
}

fn push_digits(start: u64, digits: &str) -> Result<u64, DecimalError> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DecimalError::Malformed);
    }
    digits
        .bytes()
        .try_fold(start, |sum, b| {
            let digit = u64::from(b.wrapping_sub(b'0'));
            sum.checked_mul(10)?.checked_add(digit)
        })
        .ok_or(DecimalError::TooLarge)
}

/// Writes a whole number of millionths as decimal text without idle zeros.
pub(crate) fn write_millionths(f: &mut fmt::Formatter<'_>, units: u64) -> fmt::Result {
    write_scaled(f, units, 1_000_000, 6)
}

/// Writes `units` of 1/`scale`, which has `digits` decimals, without idle zeros.
pub(crate) fn write_scaled(
    f: &mut fmt::Formatter<'_>,
    units: u64,
    scale: u64,
    digits: usize,
) -> fmt::Result {
    let whole = units.checked_div(scale).unwrap_or_default();
    let mut fraction = units.checked_rem(scale).unwrap_or_default();
    if fraction == 0 {
        return write!(f, "{whole}");
    }
    let mut width = digits;
    while fraction.checked_rem(10) == Some(0) {
        fraction = fraction.checked_div(10).unwrap_or_default();
        width = width.saturating_sub(1);
    }
    write!(f, "{whole}.{fraction:0width$}")
}

#[cfg(test)]
mod tests {
    use super::{DecimalError, parse_decimal};
    use std::string::ToString as _;

    #[test]
    fn decimal_text_is_read_exactly_or_refused() {
        for (text, expected) in [
            ("0", Ok(0)),
            ("5", Ok(5_000_000)),
            ("21.04", Ok(21_040_000)),
            ("0.000001", Ok(1)),
            ("007.10", Ok(7_100_000)),
            ("18446744073709.551615", Ok(u64::MAX)),
            ("18446744073709.551616", Err(DecimalError::TooLarge)),
            ("99999999999999999999", Err(DecimalError::TooLarge)),
            ("18446744073710", Err(DecimalError::TooLarge)),
            ("0.0000001", Err(DecimalError::TooManyDecimals)),
            ("0.0000000", Err(DecimalError::TooManyDecimals)),
            ("", Err(DecimalError::Malformed)),
            (".", Err(DecimalError::Malformed)),
            (".5", Err(DecimalError::Malformed)),
            ("5.", Err(DecimalError::Malformed)),
            ("1.2.3", Err(DecimalError::Malformed)),
            ("-1", Err(DecimalError::Malformed)),
            ("+1", Err(DecimalError::Malformed)),
            ("1e3", Err(DecimalError::Malformed)),
            (" 1", Err(DecimalError::Malformed)),
            ("1_0", Err(DecimalError::Malformed)),
            ("\u{0661}", Err(DecimalError::Malformed)),
            ("NaN", Err(DecimalError::Malformed)),
        ] {
            assert_eq!(parse_decimal(text, 6), expected, "{text:?}");
        }
    }

    #[test]
    fn each_refusal_of_a_text_says_its_own_problem() {
        for (error, problem) in [
            (DecimalError::Malformed, "not a plain decimal number"),
            (DecimalError::TooManyDecimals, "too many digits"),
            (DecimalError::TooLarge, "too large"),
        ] {
            assert!(error.to_string().starts_with(problem), "{error}");
        }
    }
}
