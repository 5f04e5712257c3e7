//! Short names that people gave: a strategy, a caller.
//!
//! Invariant: a [`Label`] is 1 to 32 of `[a-z0-9._-]`, whatever made it, so it
//! can stand in a log line, a metric and a command as it is.

use core::{fmt, str};

/// A short name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    len: u8,
    bytes: [u8; Self::LEN_MAX],
}

impl Label {
    /// The longest, in bytes.
    pub const LEN_MAX: usize = 32;

    /// Parses a name such as `leader-a`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let raw = text.as_bytes();
        let plain = |b: &u8| {
            b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(*b, b'-' | b'_' | b'.')
        };
        if raw.is_empty() || !raw.iter().all(plain) {
            return None;
        }
        let mut bytes = [0; Self::LEN_MAX];
        bytes.get_mut(..raw.len())?.copy_from_slice(raw);
        Some(Self {
            len: u8::try_from(raw.len()).ok()?,
            bytes,
        })
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII passed `parse`, so neither step can fail.
        self.bytes
            .get(..usize::from(self.len))
            .and_then(|bytes| str::from_utf8(bytes).ok())
            .unwrap_or("")
    }

    /// Its length and its bytes at a fixed width.
    #[must_use]
    pub const fn fixed(&self) -> (u8, &[u8; Self::LEN_MAX]) {
        (self.len, &self.bytes)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn a_label_has_both_its_edges() {
        let longest = "a".repeat(32);
        for good in ["a", "leader-a", "0.1_b", &longest] {
            assert_eq!(Label::parse(good).unwrap().to_string(), good);
        }
        for bad in [
            "",
            "A",
            "a b",
            "é",
            "a\n",
            &"a".repeat(33),
            &"a".repeat(300),
        ] {
            assert_eq!(Label::parse(bad), None, "{bad:?}");
        }
    }
}
