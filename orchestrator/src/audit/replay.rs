//! Deciding again what was decided, from its own facts.
//!
//! Invariant: nothing but a record's own facts is looked at: two replays of one
//! export are the same text, byte for byte.

use plan::{Planned, Refusal};

use super::{Broken, Chain, DECISION, Decision, Facts, Outcome};

/// Who decides.
pub type Decide<'a> = &'a dyn Fn(&Facts, u64) -> Result<Planned, Refusal>;

/// What decides in production.
///
/// # Errors
///
/// The first rule that says no.
pub fn decide(facts: &Facts, now_ms: u64) -> Result<Planned, Refusal> {
    plan::decide(
        &facts.strategy,
        &facts.signal,
        &facts.market,
        &facts.book,
        &facts.account,
        now_ms,
    )
}

/// What a replay came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// The decision log, a line each.
    pub log: Vec<String>,
    /// Decisions for an order.
    pub valid: u64,
    /// Decisions against one.
    pub rejected: u64,
    /// The chain that was read.
    pub chain: Chain,
}

/// Why a replay does not come to what was recorded.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The export does not hold together.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// A decision cannot be read back.
    #[error("the decision in record {at} cannot be read back: {why}")]
    Unread {
        /// The record.
        at: u64,
        /// Why.
        why: String,
    },
    /// Something else is decided now.
    #[error(
        "record {at} ({intent_id}) was decided otherwise: recorded {recorded}, decided now {now}"
    )]
    Differs {
        /// The record.
        at: u64,
        /// Whose.
        intent_id: String,
        /// What was recorded.
        recorded: String,
        /// What is decided now.
        now: String,
    },
}

/// Decides again whatever an export says was decided.
///
/// # Errors
///
/// The first record that does not hold, or was decided otherwise.
pub fn replay(
    lines: impl Iterator<Item = std::io::Result<String>>,
    decide: Decide<'_>,
) -> Result<Replayed, ReplayError> {
    let (mut log, mut valid, mut rejected) = (Vec::new(), 0_u64, 0_u64);
    let chain = super::read(lines, |entry| {
        if entry.kind != DECISION {
            return Ok(());
        }
        let at = entry.seq;
        let unread = |why: String| ReplayError::Unread { at, why };
        let recorded: Decision =
            serde_json::from_str(&entry.body).map_err(|e| unread(e.to_string()))?;
        let facts = recorded.facts().map_err(unread)?;
        let now = Outcome::of(&decide(&facts, recorded.now_ms));
        if now != recorded.decision {
            return Err(ReplayError::Differs {
                at,
                intent_id: recorded.intent_id,
                recorded: word(&recorded.decision),
                now: word(&now),
            });
        }
        match &now {
            Outcome::Planned(_) => valid = valid.saturating_add(1),
            Outcome::Refused(_) => rejected = rejected.saturating_add(1),
        }
        log.push(format!(
            "{at} {} {} {}",
            recorded.intent_id,
            recorded.strategy_name,
            word(&now)
        ));
        Ok(())
    })?;
    Ok(Replayed {
        log,
        valid,
        rejected,
        chain,
    })
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Planned(value) => format!("planned {value}"),
        Outcome::Refused(value) => format!("refused {value}"),
    }
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
