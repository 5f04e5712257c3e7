//! EIP-712 as its text says it, for any type and any value.
//!
//! Invariant: it imports nothing of ours. Types are read from their text,
//! numbers from decimal by long division of its own, and Keccak is another
//! crate's than the one our orders are hashed with.

use std::collections::BTreeMap;

use sha3::{Digest, Keccak256};

/// A value, as a wallet is shown it.
pub(super) enum Value {
    /// A number in decimal, an address or bytes in hex, or a string.
    Text(String),
    /// A struct's fields by name.
    Record(BTreeMap<String, Self>),
}

/// A struct of these fields.
pub(super) fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let named = fields.map(|(name, value)| (name.to_owned(), value));
    Value::Record(named.into())
}

/// One struct type: its fields in order, and the hash of its whole text.
struct Struct {
    fields: Vec<(String, String)>,
    hash: [u8; 32],
}

/// Struct types by name.
pub(super) struct Types(BTreeMap<String, Struct>);

impl Types {
    /// Reads `Name(type name,…)`, each.
    pub(super) fn of(texts: &[&str]) -> Self {
        let texts: BTreeMap<&str, &str> = texts
            .iter()
            .map(|text| (text.split_once('(').expect("a type").0, *text))
            .collect();
        let read = |(name, text): (&&str, &&str)| {
            let fields = fields(text);
            // encodeType: the type itself, then those it names, by name.
            let mut whole = (*text).to_owned();
            let named = texts
                .iter()
                .filter(|(other, _)| fields.iter().any(|(kind, _)| kind == *other));
            named.for_each(|(_, other)| whole.push_str(other));
            let hash = Keccak256::digest(whole).into();
            ((*name).to_owned(), Struct { fields, hash })
        };
        Self(texts.iter().map(read).collect())
    }

    /// `hashStruct` of `value` as a `name`.
    pub(super) fn hash_struct(&self, name: &str, value: &Value) -> [u8; 32] {
        let (kind, Value::Record(values)) = (&self.0[name], value) else {
            panic!("a {name} is a struct");
        };
        assert_eq!(values.len(), kind.fields.len(), "every field of {name}");
        let mut hasher = Keccak256::new();
        hasher.update(kind.hash);
        for (kind, name) in &kind.fields {
            hasher.update(self.word(kind, &values[name]));
        }
        hasher.finalize().into()
    }

    fn word(&self, kind: &str, value: &Value) -> [u8; 32] {
        let Value::Text(text) = value else {
            return self.hash_struct(kind, value);
        };
        let (digits, bytes) = match kind {
            "string" => return Keccak256::digest(text).into(),
            "address" => (text.strip_prefix("0x"), 20),
            "bytes32" => (text.strip_prefix("0x"), 32),
            "uint256" => return number(text),
            "uint8" => {
                let word = number(text);
                assert!(word[..31].iter().all(|byte| *byte == 0), "{text} is wide");
                return word;
            }
            other => panic!("no type {other}"),
        };
        let raw = hex::decode(digits.expect("0x")).expect("hex");
        assert_eq!(raw.len(), bytes, "{kind} {text}");
        let mut word = [0; 32];
        word[32 - bytes..].copy_from_slice(&raw);
        word
    }
}

/// `keccak256(0x1901 ‖ separator ‖ struct hash)`.
pub(super) fn digest(separator: &[u8; 32], hash: &[u8; 32]) -> [u8; 32] {
    let parts: [&[u8]; 3] = [&[0x19, 0x01], separator, hash];
    Keccak256::digest(parts.concat()).into()
}

fn fields(text: &str) -> Vec<(String, String)> {
    let inner = text.split_once('(').expect("a type").1;
    let inner = inner.strip_suffix(')').expect("one struct");
    let field = |field: &str| {
        let (kind, name) = field.trim().split_once(' ').expect("type and name");
        (kind.to_owned(), name.to_owned())
    };
    inner.split(',').map(field).collect()
}

/// Decimal to 32 bytes, big endian: times ten, plus a digit.
fn number(text: &str) -> [u8; 32] {
    let mut word = [0_u8; 32];
    for digit in text.chars() {
        let mut carry = digit.to_digit(10).expect("a digit");
        for byte in word.iter_mut().rev() {
            let sum = u32::from(*byte) * 10 + carry;
            *byte = u8::try_from(sum & 0xff).expect("a byte");
            carry = sum >> 8;
        }
        assert_eq!(carry, 0, "{text} has more than 256 bits");
    }
    word
}
