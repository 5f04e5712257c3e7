//! The audit: every intent, accepted or not, and every decision, in a chain.
//!
//! For: what a record is, how records hang together, and telling where they do
//! not.
//!
//! Never touches: the store, the venue; what is decided.
//!
//! Invariant: a record's hash is over all of it and over the hash before it:
//! whoever changes one byte of one record must write every later one again.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::digest;

/// The hash before the first record.
const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// What is hashed first, so that no other text of ours has the same hash.
const DOMAIN: &[u8] = b"countersign audit 1";

/// The chain begins; says how many intents there were before it.
pub const BEGIN: &str = "BEGIN";
/// An intent came in, accepted or not.
pub const INTENT: &str = "INTENT";
/// What an intent lacked was learnt of its market, or never was.
pub const RESOLVED: &str = "RESOLVED";
/// An intent was decided on: the body is a [`Decision`].
pub const DECISION: &str = "DECISION";
/// An intent was left out after it had been taken in.
pub const REJECTED: &str = "REJECTED";

/// One record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its place, from 0.
    pub seq: u64,
    /// When, unix milliseconds.
    pub at_ms: u64,
    /// What it tells.
    pub kind: String,
    /// The exact text that was hashed: canonical JSON.
    pub body: String,
    /// The hash of the record before.
    pub prev: String,
    /// The hash of this one.
    pub hash: String,
}

/// Everything that decided an intent, and what was decided: whoever decides
/// again from the first eight must come to the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Which intent.
    pub intent_id: String,
    /// The line as it came.
    pub line: String,
    /// When it was first seen, unix milliseconds.
    pub seen_ms: u64,
    /// The strategy's settings.
    pub strategy: Value,
    /// The market's facts.
    pub market: Value,
    /// The book that was looked at.
    pub book: Value,
    /// What the account and the strategy's ledger had.
    pub account: Value,
    /// When it was decided, unix milliseconds.
    pub now_ms: u64,
    /// What was decided.
    pub decision: Outcome,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Outcome {
    /// An order, as planned.
    Planned(Value),
    /// None, and why.
    Refused {
        /// The stable code.
        code: String,
        /// The sentence.
        detail: String,
    },
}

impl Decision {
    /// Its canonical JSON: the same decision is the same text.
    ///
    /// # Errors
    ///
    /// When a value is none that JSON can hold.
    pub fn body(&self) -> Result<String, serde_json::Error> {
        // Objects are sorted by key as values; a struct would keep its order.
        serde_json::to_value(self).map(|value| value.to_string())
    }
}

/// Where and why records do not hang together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the audit does not hold together at record {at}: {why}")]
pub struct Broken {
    /// The place of the first record that is wrong.
    pub at: u64,
    /// Why.
    pub why: &'static str,
}

/// A chain, as far as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The records so far.
    pub count: u64,
    /// The hash of the last one.
    pub head: String,
}

impl Default for Chain {
    fn default() -> Self {
        Self {
            count: 0,
            head: START.to_owned(),
        }
    }
}

impl Chain {
    /// The record that comes next.
    #[must_use]
    pub fn next(&self, at_ms: u64, kind: &str, body: &str) -> Entry {
        Entry {
            seq: self.count,
            at_ms,
            kind: kind.to_owned(),
            body: body.to_owned(),
            prev: self.head.clone(),
            hash: hash(&self.head, self.count, at_ms, kind, body),
        }
    }

    /// Takes the record that claims to come next.
    ///
    /// # Errors
    ///
    /// When it does not; `at` is its place.
    pub fn take(&mut self, entry: &Entry) -> Result<(), Broken> {
        let at = self.count;
        let broken = |why| Err(Broken { at, why });
        if entry.seq != at {
            return broken("its number is not the next one");
        }
        if entry.prev != self.head {
            return broken("it does not name the hash before it");
        }
        let own = hash(&entry.prev, at, entry.at_ms, &entry.kind, &entry.body);
        if entry.hash != own {
            return broken("its hash is not its own");
        }
        self.count = at.saturating_add(1);
        self.head.clone_from(&entry.hash);
        Ok(())
    }
}

fn hash(prev: &str, seq: u64, at_ms: u64, kind: &str, body: &str) -> String {
    digest::of(&[
        DOMAIN,
        prev.as_bytes(),
        &seq.to_be_bytes(),
        &at_ms.to_be_bytes(),
        kind.as_bytes(),
        body.as_bytes(),
    ])
}

/// Reads an export, record by record: one JSON object a line.
///
/// # Errors
///
/// [`Broken`] at the first record that cannot be read or does not follow, or
/// what `each` says.
pub fn read<E: From<Broken>>(
    lines: impl Iterator<Item = std::io::Result<String>>,
    mut each: impl FnMut(&Entry) -> Result<(), E>,
) -> Result<Chain, E> {
    let mut chain = Chain::default();
    for line in lines {
        let at = chain.count;
        let broken = |why| Broken { at, why };
        let line = line.map_err(|_ignored| broken("it cannot be read"))?;
        let entry: Entry =
            serde_json::from_str(&line).map_err(|_ignored| broken("it is no record"))?;
        // Another spelling of the same record is not what was exported.
        let again = serde_json::to_string(&entry).unwrap_or_default();
        if again != line {
            return Err(broken("it is not written as it was exported").into());
        }
        chain.take(&entry)?;
        each(&entry)?;
    }
    Ok(chain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export(bodies: &[&str]) -> Vec<String> {
        let mut chain = Chain::default();
        let lines = bodies.iter().zip(1_u64..).map(|(body, at_ms)| {
            let entry = chain.next(at_ms, INTENT, body);
            chain.take(&entry).unwrap();
            serde_json::to_string(&entry).unwrap()
        });
        lines.collect()
    }

    fn check(lines: &[String]) -> Result<Chain, Broken> {
        let lines = lines.iter().map(|line| Ok(line.clone()));
        read(lines, |_| Ok::<(), Broken>(()))
    }

    /// M57: every byte of an export counts.
    #[test]
    fn any_byte_that_is_changed_is_found_at_the_record_it_stands_in() {
        let lines = export(&["{}", "{\"a\":\"\u{fffd}\"}", "{\"b\":2}"]);
        assert_eq!(check(&lines).unwrap().count, 3);
        for (at, line) in lines.iter().enumerate() {
            for place in 0..line.len() {
                let mut bytes = line.clone().into_bytes();
                bytes[place] ^= 1;
                let Ok(text) = String::from_utf8(bytes) else {
                    continue;
                };
                let mut lines = lines.clone();
                lines[at] = text;
                let broken = check(&lines).expect_err("a changed byte was not found");
                assert_eq!(broken.at, u64::try_from(at).unwrap(), "byte {place}");
            }
        }
    }

    /// M57: a record that is gone, twice there or moved is found.
    #[test]
    fn a_record_left_out_repeated_or_moved_is_found() {
        let lines = export(&["{\"a\":1}", "{\"b\":2}", "{\"c\":3}", "{\"d\":4}"]);
        let mut without = lines.clone();
        without.remove(1);
        assert_eq!(check(&without).unwrap_err().at, 1);
        let mut twice = lines.clone();
        twice.insert(2, lines[1].clone());
        assert_eq!(check(&twice).unwrap_err().at, 2);
        let mut moved = lines.clone();
        moved.swap(2, 3);
        assert_eq!(check(&moved).unwrap_err().at, 2);
        assert_eq!(check(&lines[1..]).unwrap_err().at, 0);
        // What was cut off at the end leaves a whole chain: its head tells.
        let cut = check(&lines[..3]).unwrap();
        assert_ne!(cut.head, check(&lines).unwrap().head);
    }

    #[test]
    fn the_same_decision_is_the_same_text_however_its_values_were_made() {
        let decision = |market: &str| Decision {
            intent_id: "20261120-a".to_owned(),
            line: "{}".to_owned(),
            seen_ms: 1,
            strategy: Value::Null,
            market: serde_json::from_str(market).unwrap(),
            book: Value::Null,
            account: Value::Null,
            now_ms: 2,
            decision: Outcome::Refused {
                code: "STALE".to_owned(),
                detail: "Intent is stale".to_owned(),
            },
        };
        let one = decision("{\"tick\":100,\"min\":5}").body().unwrap();
        let two = decision("{ \"min\": 5, \"tick\": 100 }").body().unwrap();
        assert_eq!(one, two);
        let read: Decision = serde_json::from_str(&one).unwrap();
        assert_eq!(read.body().unwrap(), one);
        assert!(one.starts_with("{\"account\":null,\"book\":null,\"decision\":{\"refused\":"));
    }
}
