//! One row of a journal as a leaf: the one spelling of its values, which signer
//! and auditor must agree on.
//!
//! Invariant: rows that differ are spelled differently: each value has its
//! kind and its length before it, and the journal's birth stands before all.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::hash::Hash;

/// What every leaf begins with.
const LABEL: &[u8] = b"countersign/leaf/v1\n";

/// The name of a journal's log, on the first line of each of its checkpoints.
#[must_use]
pub fn origin(journal_id: &[u8; 16]) -> String {
    format!(
        "countersign/journal/{:032x}",
        u128::from_be_bytes(*journal_id)
    )
}

/// A column's value, in `SQLite`'s own kinds but for floats, of which a journal
/// has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// A number.
    Integer(i64),
    /// Text, UTF-8.
    Text(&'a [u8]),
    /// Bytes.
    Blob(&'a [u8]),
}

/// Spells a row of the journal that was born as `birth` says, column by column.
pub fn record<'a>(birth: &Hash, values: impl IntoIterator<Item = Value<'a>>) -> Vec<u8> {
    // An order's row is about this long.
    let mut spelled = Vec::with_capacity(1_024);
    spelled.extend_from_slice(LABEL);
    spelled.extend_from_slice(&birth.0);
    for value in values {
        let (kind, bytes) = match value {
            Value::Null => {
                spelled.push(0);
                continue;
            }
            Value::Integer(number) => {
                spelled.push(1);
                spelled.extend_from_slice(&number.to_be_bytes());
                continue;
            }
            Value::Text(bytes) => (2, bytes),
            Value::Blob(bytes) => (3, bytes),
        };
        spelled.push(kind);
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        spelled.extend_from_slice(&length.to_be_bytes());
        spelled.extend_from_slice(bytes);
    }
    spelled
}
