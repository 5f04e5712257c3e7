//! The audit: every intent, accepted or not, and every decision, in a chain.
//!
//! For: what a record is, how records hang together, and telling where they do
//! not.
//!
//! Never touches: the store, the venue; what is decided.
//!
//! Invariant: a record's hash is over all of it and over the hash before it:
//! whoever changes one byte of one record must write every later one again.

pub mod replay;

mod facts;

use plan::{Planned, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::config::exchange_word;
use crate::digest;

pub use facts::Facts;

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

/// A person made shares of nobody a strategy's own.
pub const ADOPTED: &str = "ADOPTED";

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
/// again from the rest must come to the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Which intent.
    pub intent_id: String,
    /// The line as it came.
    pub line: String,
    /// When it was first seen, unix milliseconds.
    pub seen_ms: u64,
    /// The strategy's name.
    pub strategy_name: String,
    /// The strategy's settings.
    pub strategy: Value,
    /// The leader's trade, as the line was understood.
    pub signal: Value,
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
    Refused(Value),
}

impl Outcome {
    /// What [`plan::decide()`] answered, every field of it.
    #[must_use]
    pub fn of(answer: &Result<Planned, Refusal>) -> Self {
        match answer {
            Ok(planned) => Self::Planned(json!({
                "side": planned.side.as_str(),
                "limit_e4": planned.limit.get(),
                "shares_units": planned.shares.get(),
                "notional_units": planned.notional_units,
                "cost_units_with_fee": planned.cost_units_with_fee,
                "fee_units": planned.fee_units,
                "impact_bps": planned.impact.0,
                "warning": planned.warning,
                "slippage_paid_bps": planned.slippage_paid.0,
                "touch_e4": planned.touch.get(),
                "exchange": exchange_word(planned.exchange),
                "order_type": facts::order_type_name(planned.order_type),
                "uses_carried": planned.uses_carried,
                "clamped": planned.clamped,
                "leader_price_e4": planned.leader_price.get(),
            })),
            Err(refusal) => Self::Refused(json!({
                "code": refusal.reason.code(),
                "detail": refusal.detail,
                "carry_units": refusal.carry_units,
                "retry": refusal.retry,
                "alert": refusal.alert,
            })),
        }
    }
}

impl Decision {
    /// What was decided about the intent `intent_id` of `strategy_name`, at
    /// `now_ms`, from `facts`.
    ///
    /// # Errors
    ///
    /// When a value is none that JSON can hold.
    pub fn new(
        (intent_id, strategy_name, line): (&str, &str, &str),
        facts: &Facts,
        now_ms: u64,
        answer: &Result<Planned, Refusal>,
    ) -> Result<Self, serde_json::Error> {
        let values = facts.write()?;
        Ok(Self {
            intent_id: intent_id.to_owned(),
            line: line.to_owned(),
            seen_ms: facts.signal.seen_ms,
            strategy_name: strategy_name.to_owned(),
            strategy: values.strategy,
            signal: values.signal,
            market: values.market,
            book: values.book,
            account: values.account,
            now_ms,
            decision: Outcome::of(answer),
        })
    }

    /// What decided it.
    ///
    /// # Errors
    ///
    /// What of it cannot be read back.
    pub fn facts(&self) -> Result<Facts, String> {
        Facts::read(facts::Values {
            strategy: self.strategy.clone(),
            signal: self.signal.clone(),
            market: self.market.clone(),
            book: self.book.clone(),
            account: self.account.clone(),
        })
    }

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
#[error(
    "the audit does not hold together at record {at}: {why}; it was changed or cut: export it \
     again, or restore the database"
)]
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
}
