//! Addresses, 256-bit words and Keccak.
//!
//! Token ids and amounts of an order are words first and numbers second: what
//! is hashed is the word, whatever it means.

use std::fmt;

use sha3::{Digest, Keccak256};

/// Keccak-256 over the concatenation of `parts`.
pub(crate) fn keccak(parts: &[&[u8]]) -> Word {
    let mut hasher = Keccak256::new();
    for part in parts {
        hasher.update(part);
    }
    Word(hasher.finalize().into())
}

/// A big-endian 256-bit word: a hash, a token id, an encoded field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Word(pub(crate) [u8; 32]);

impl Word {
    pub(crate) const ZERO: Self = Self([0; 32]);

    pub(crate) fn from_u64(value: u64) -> Self {
        let mut word = [0; 32];
        for (slot, byte) in word.iter_mut().rev().zip(value.to_le_bytes()) {
            *slot = byte;
        }
        Self(word)
    }

    /// Reads decimal digits; `None` for anything else, and above 2^256 - 1.
    pub(crate) fn from_decimal(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let mut word = [0_u8; 32];
        for digit in text.bytes() {
            let mut carry = char::from(digit).to_digit(10)?;
            for byte in word.iter_mut().rev() {
                let scaled = u32::from(*byte).saturating_mul(10).saturating_add(carry);
                let [low, high, ..] = scaled.to_le_bytes();
                *byte = low;
                carry = u32::from(high);
            }
            if carry != 0 {
                return None;
            }
        }
        Some(Self(word))
    }

    pub(crate) fn to_decimal(self) -> String {
        let mut word = self.0;
        let mut digits = Vec::new();
        while word.iter().any(|byte| *byte != 0) || digits.is_empty() {
            let mut remainder = 0_u32;
            for byte in &mut word {
                let value = remainder
                    .saturating_mul(256)
                    .saturating_add(u32::from(*byte));
                let [quotient, ..] = value.checked_div(10).unwrap_or(0).to_le_bytes();
                *byte = quotient;
                remainder = value.checked_rem(10).unwrap_or(0);
            }
            digits.push(char::from_digit(remainder, 10).unwrap_or('0'));
        }
        digits.iter().rev().collect()
    }

    /// Reads `0x` and exactly 64 hexadecimal digits.
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let mut word = [0; 32];
        hex::decode_to_slice(text.strip_prefix("0x")?, &mut word).ok()?;
        Some(Self(word))
    }

    /// The value, if it fits in 64 bits.
    pub(crate) fn to_u64(self) -> Option<u64> {
        let (high, low) = self.0.split_last_chunk::<8>()?;
        high.iter()
            .all(|byte| *byte == 0)
            .then(|| u64::from_be_bytes(*low))
    }

    /// Whether this id lies in the namespace of position ids of the second
    /// protocol: bits 40 to 103 are zero and the module byte is 1 or 2.
    pub(crate) fn is_position_id(self) -> bool {
        let reserved = self.0.get(19..27).unwrap_or_default();
        reserved.iter().all(|byte| *byte == 0) && matches!(self.0.first(), Some(1 | 2))
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

/// A 20-byte account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Address(pub(crate) [u8; 20]);

impl Address {
    /// Reads `0x` and 40 hexadecimal digits in any case.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 20];
        hex::decode_to_slice(text.strip_prefix("0x")?, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// The last twenty bytes of a hash.
    pub(crate) fn from_hash(hash: Word) -> Self {
        let (_, tail) = hash.0.split_last_chunk::<20>().unwrap_or((&[], &[0; 20]));
        Self(*tail)
    }

    pub(crate) fn to_word(self) -> Word {
        let mut word = [0; 32];
        for (slot, byte) in word.iter_mut().rev().zip(self.0.iter().rev()) {
            *slot = *byte;
        }
        Word(word)
    }
}

/// Mixed case as ERC-55 has it.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lower = hex::encode(self.0);
        let hash = hex::encode(keccak(&[lower.as_bytes()]).0);
        f.write_str("0x")?;
        for (digit, marker) in lower.chars().zip(hash.chars()) {
            let upper = marker.to_digit(16).unwrap_or(0) >= 8;
            write!(
                f,
                "{}",
                if upper {
                    digit.to_ascii_uppercase()
                } else {
                    digit
                }
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_text_goes_both_ways_up_to_the_last_word() {
        let last = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
        for text in ["0", "1", "255", "256", "18446744073709551616", last] {
            assert_eq!(Word::from_decimal(text).unwrap().to_decimal(), text);
        }
        let above =
            "115792089237316195423570985008687907853269984665640564039457584007913129639936";
        for text in ["", "-1", "0x1", "1.0", above] {
            assert_eq!(Word::from_decimal(text), None, "{text}");
        }
    }

    #[test]
    fn small_words_read_as_numbers() {
        assert_eq!(Word::from_u64(u64::MAX).to_u64(), Some(u64::MAX));
        assert_eq!(
            Word::from_decimal("18446744073709551616").unwrap().to_u64(),
            None
        );
    }

    #[test]
    fn addresses_are_written_in_mixed_case() {
        let text = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
        assert_eq!(
            Address::parse(&text.to_lowercase()).unwrap().to_string(),
            text
        );
        assert_eq!(Address::parse("0xf39f"), None);
        assert_eq!(
            Address::from_hash(Address::parse(text).unwrap().to_word()).to_string(),
            text
        );
    }

    #[test]
    fn position_ids_are_told_by_their_bits() {
        let mut id = [0_u8; 32];
        id[0] = 1;
        assert!(Word(id).is_position_id());
        id[26] = 1;
        assert!(!Word(id).is_position_id());
        id[26] = 0;
        id[0] = 3;
        assert!(!Word(id).is_position_id());
    }
}
