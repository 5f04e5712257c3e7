//! Decimals of JSON as whole numbers, by their own digits.
//!
//! Invariant: no arithmetic in binary fractions; digits beyond the unit are cut.
//! A JSON number keeps fifteen digits: a billion shares to the last unit.

use serde_json::Value;

/// A JSON number, or its text, in units of `10^-places`; what is further behind
/// the point is cut. `None` for what is negative, no number, or too large.
#[must_use]
pub(super) fn units(value: &Value, places: usize) -> Option<u64> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
        None => (text.as_str(), 0),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    if whole.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Where the unit ends among the digits.
    let end = i32::try_from(whole.len().checked_add(places)?)
        .ok()?
        .checked_add(exponent)?;
    let end = usize::try_from(end.max(0)).ok()?;
    // No amount has more digits; a larger exponent is no reason to write them.
    if end > 64 {
        return digits.bytes().all(|b| b == b'0').then_some(0);
    }
    let kept: String = digits
        .chars()
        .chain(std::iter::repeat('0'))
        .take(end)
        .collect();
    if kept.is_empty() {
        return Some(0);
    }
    kept.parse().ok()
}

/// Units of `10^-places` as the shortest decimal.
#[must_use]
pub(super) fn text(value: u64, places: usize) -> String {
    let digits = format!("{value:0width$}", width = places.saturating_add(1));
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(places));
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() {
        return whole.to_owned();
    }
    format!("{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_by_its_own_digits() {
        for (json, places, expected) in [
            ("78.55", 6, Some(78_550_000)),
            ("244", 6, Some(244_000_000)),
            ("400000.0", 6, Some(400_000_000_000)),
            ("0.2972581967", 10, Some(2_972_581_967)),
            ("1.464786", 6, Some(1_464_786)),
            ("1.4647869", 6, Some(1_464_786)),
            ("1e-6", 6, Some(1)),
            ("1.5e-6", 6, Some(1)),
            ("1e-7", 6, Some(0)),
            ("0.000001", 6, Some(1)),
            ("1.25e2", 6, Some(125_000_000)),
            ("\"0.5\"", 6, Some(500_000)),
            ("0", 6, Some(0)),
            ("0.0", 6, Some(0)),
            (
                "\"18446744073709.551\"",
                6,
                Some(18_446_744_073_709_551_000),
            ),
            ("999999999.999999", 6, Some(999_999_999_999_999)),
            ("99999999999999.0", 6, None),
            ("1e300", 6, None),
            ("-1", 6, None),
            ("\"\"", 6, None),
            ("\".5\"", 6, None),
            ("\"1.2.3\"", 6, None),
            ("\"0x1\"", 6, None),
            ("true", 6, None),
            ("null", 6, None),
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(units(&value, places), expected, "{json}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        for (value, expected) in [
            (0, "0"),
            (1, "0.000001"),
            (500_000, "0.5"),
            (1_000_000, "1"),
            (78_550_000, "78.55"),
            (u64::MAX, "18446744073709.551615"),
        ] {
            assert_eq!(text(value, 6), expected);
            let back = Value::String(expected.to_owned());
            assert_eq!(units(&back, 6), Some(value));
        }
    }
}
