//! An intent's name, which begins with its day.
//!
//! Invariant: the day in an [`IntentId`] is one that exists, so that whole days
//! can be cut off a set of them.

use core::{fmt, str};

use crate::calendar::Day;

/// An intent's name: its UTC day, a dash, then at most 55 of `[a-z0-9-]`.
///
/// The day is what lets the replay set be pruned, so it is part of the name
/// and not a field beside it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct IntentId {
    day: Day,
    len: u8,
    bytes: [u8; Self::LEN_MAX],
}

impl IntentId {
    /// The longest name, in bytes.
    pub const LEN_MAX: usize = 64;
    const DAY_LEN: usize = 8;

    /// Parses a name such as `20261120-3f9a`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let raw = text.as_bytes();
        let len = u8::try_from(raw.len()).ok()?;
        let (day, rest) = raw.split_at_checked(Self::DAY_LEN)?;
        let (dash, name) = rest.split_first()?;
        let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-';
        if *dash != b'-' || name.is_empty() || !name.iter().all(plain) {
            return None;
        }
        let mut bytes = [0; Self::LEN_MAX];
        bytes.get_mut(..raw.len())?.copy_from_slice(raw);
        let day = date(day)?;
        Some(Self { day, len, bytes })
    }

    /// The UTC day it begins with.
    #[must_use]
    pub const fn day(&self) -> Day {
        self.day
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII passed `parse`, so neither step can fail.
        self.bytes
            .get(..usize::from(self.len))
            .and_then(|b| str::from_utf8(b).ok())
            .unwrap_or("")
    }

    /// Its length and its bytes at a fixed width.
    #[must_use]
    pub const fn fixed(&self) -> (u8, &[u8; Self::LEN_MAX]) {
        (self.len, &self.bytes)
    }
}

/// Eight digits as a date.
fn date(digits: &[u8]) -> Option<Day> {
    let number = digits.iter().try_fold(0_u32, |sum, b| {
        let digit = b.is_ascii_digit().then(|| b.wrapping_sub(b'0'))?;
        sum.checked_mul(10)?.checked_add(u32::from(digit))
    })?;
    let (year, rest) = (number.div_euclid(10_000), number.rem_euclid(10_000));
    Day::of_date(year, rest.div_euclid(100), rest.rem_euclid(100))
}

impl fmt::Debug for IntentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for IntentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn an_id_begins_with_a_day_that_exists() {
        for good in ["20261120-a", "20261120-3f9a-7", "20240229-x"] {
            assert_eq!(IntentId::parse(good).unwrap().as_str(), good);
        }
        let day = IntentId::parse("20261120-a").unwrap().day();
        assert_eq!(Some(day), Day::of_date(2026, 11, 20));
        let longest = format!("20261120-{}", "a".repeat(55));
        assert!(IntentId::parse(&longest).is_some());
        for bad in [
            "",
            "20261120",
            "20261120-",
            "2026112-aa",
            "20261120_a",
            "20261120-A",
            "20261120-é",
            "20261131-a",
            "20260229-a",
            "19691231-a",
            "2026x120-a",
        ] {
            assert_eq!(IntentId::parse(bad), None, "{bad}");
        }
        assert_eq!(IntentId::parse(&format!("{longest}a")), None);
        assert_eq!(IntentId::parse(&"2".repeat(300)), None);
    }
}
