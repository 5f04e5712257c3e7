//! Decimal text in, integers inside, decimal text out.
//!
//! Prices are ten-thousandths of a dollar (`_e4`), shares and collateral are
//! millionths (`_e6`). Text with more decimals than the unit holds is refused
//! rather than rounded, since rounding would hide a client's mistake.
//!
//! Invariant: no floating point, here or anywhere in this crate.

/// One dollar, or one share, in base units.
pub(crate) const ONE_E6: u64 = 1_000_000;
/// The price 1 in ten-thousandths.
pub(crate) const ONE_E4: u64 = 10_000;
/// The smallest size step of a limit order, 0.01 share.
pub(crate) const LOT_E6: u64 = 10_000;
/// Above this no amount is traded: a billion dollars keeps every product in 128 bits.
pub(crate) const AMOUNT_MAX_E6: u64 = 1_000_000_000_000_000;

const POWERS: [u64; 10] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
];

/// Ten to the power of `decimals`.
pub(crate) fn power_of_ten(decimals: u32) -> u64 {
    usize::try_from(decimals)
        .ok()
        .and_then(|at| POWERS.get(at))
        .copied()
        .unwrap_or(u64::MAX)
}

/// Quotient and remainder; a zero divisor gives zero and the value.
pub(crate) fn split(value: u64, unit: u64) -> (u64, u64) {
    (
        value.checked_div(unit).unwrap_or(0),
        value.checked_rem(unit).unwrap_or(value),
    )
}

/// `a * b / divisor`, rounded down; `None` if it does not fit.
pub(crate) fn mul_div(a: u64, b: u64, divisor: u64) -> Option<u64> {
    let product = u128::from(a).checked_mul(u128::from(b))?;
    u64::try_from(product.checked_div(u128::from(divisor))?).ok()
}

/// `a * b / divisor`, rounded up; `None` if it does not fit.
pub(crate) fn mul_div_up(a: u64, b: u64, divisor: u64) -> Option<u64> {
    let product = u128::from(a).checked_mul(u128::from(b))?;
    u64::try_from(product.div_ceil(u128::from(divisor.max(1)))).ok()
}

/// Reads unsigned decimal text into units of `10^-decimals`.
///
/// Only digits and one point: no sign, exponent, blank or grouping. Digits
/// beyond the unit must be zero.
pub(crate) fn parse_decimal(text: &str, decimals: u32) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if whole.is_empty() || fraction.is_empty() {
        return None;
    }
    let mut value: u64 = 0;
    for digit in whole.bytes() {
        value = push_digit(value, digit)?;
    }
    let mut places = 0_u32;
    for digit in fraction.bytes() {
        if places < decimals {
            value = push_digit(value, digit)?;
            places = places.saturating_add(1);
        } else if digit != b'0' {
            return None;
        }
    }
    value.checked_mul(power_of_ten(decimals.saturating_sub(places)))
}

fn push_digit(value: u64, digit: u8) -> Option<u64> {
    let digit = char::from(digit).to_digit(10)?;
    value.checked_mul(10)?.checked_add(u64::from(digit))
}

/// Writes units of `10^-decimals` as the shortest decimal text.
pub(crate) fn format_decimal(value: u64, decimals: u32) -> String {
    let (whole, fraction) = split(value, power_of_ten(decimals));
    if fraction == 0 {
        return whole.to_string();
    }
    let width = usize::try_from(decimals).unwrap_or(0);
    let padded = format!("{fraction:0width$}");
    format!("{whole}.{}", padded.trim_end_matches('0'))
}

/// Shares or collateral as text.
pub(crate) fn format_e6(value: u64) -> String {
    format_decimal(value, 6)
}

/// A price as text.
pub(crate) fn format_e4(value: u64) -> String {
    format_decimal(value, 4)
}

/// Shares or collateral from text.
pub(crate) fn parse_e6(text: &str) -> Option<u64> {
    parse_decimal(text, 6)
}

/// A price from text.
pub(crate) fn parse_e4(text: &str) -> Option<u64> {
    parse_decimal(text, 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_fits_the_unit_is_read_exactly() {
        for (text, expected) in [
            ("0", 0),
            ("0.01", 100),
            ("0.5", 5_000),
            ("0.50000", 5_000),
            ("1", 10_000),
        ] {
            assert_eq!(parse_e4(text), Some(expected), "{text}");
        }
        assert_eq!(parse_e6("3149725.72"), Some(3_149_725_720_000));
    }

    #[test]
    fn text_that_does_not_fit_is_refused() {
        for text in [
            "", ".", ".5", "5.", "-1", "+1", "1e3", " 1", "1 ", "0.00001", "1.2.3", "½",
        ] {
            assert_eq!(parse_e4(text), None, "{text}");
        }
        assert_eq!(parse_e6("18446744073709.551615"), Some(u64::MAX));
        assert_eq!(parse_e6("18446744073709.551616"), None);
    }

    #[test]
    fn writing_trims_and_reads_back() {
        for (value, text) in [
            (0, "0"),
            (1, "0.000001"),
            (1_500_000, "1.5"),
            (70_000_000, "70"),
        ] {
            assert_eq!(format_e6(value), text);
            assert_eq!(parse_e6(text), Some(value));
        }
    }

    #[test]
    fn products_round_as_named_and_never_wrap() {
        assert_eq!(mul_div(7, 3, 2), Some(10));
        assert_eq!(mul_div_up(7, 3, 2), Some(11));
        assert_eq!(mul_div(u64::MAX, u64::MAX, 1), None);
        assert_eq!(mul_div(1, 1, 0), None);
        assert_eq!(split(7, 0), (0, 7));
    }
}
