//! Asking again: the same attempt with the same content is the same order, and
//! is not charged twice.
//!
//! Invariant: no signature leaves twice while locked or frozen, after its
//! deadline, or under another key than the first time.

use crate::case::Case;
use crate::denial::Denial;
use crate::facts::Facts;
use crate::gate;
use crate::intent::{Fingerprint, Intent};
use crate::standing::{Standing, standing};
use crate::state::State;
use crate::time::Time;

/// What is known of an (intent, attempt).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recall {
    /// It was never signed: [`decide`](crate::decide) it.
    New,
    /// It was signed, and may be answered again from this leaf, without a
    /// charge, if the fingerprint in its row is the asked one: memory knows
    /// only a part of it. If it is another, that is
    /// [`Denial::IntentReused`].
    Recorded {
        /// Where its row is.
        leaf: u64,
    },
}

/// Asks whether this attempt was signed before, and may be answered again.
///
/// The vault asks this first; `fingerprint` is that of the intent's frame.
///
/// # Errors
///
/// It was signed with other content (an alarm); or with this content, but is
/// not answered again while locked or frozen, after its deadline, or under
/// another key. A name of a day outside the replay set is denied too.
pub fn recall(
    intent: &Intent,
    fingerprint: &Fingerprint,
    facts: &Facts,
    state: &State,
    time: Time,
) -> Result<Recall, Denial> {
    let case = Case {
        intent,
        facts,
        state,
        time,
    };
    gate::named(case)?;
    let Some(seen) = state.seen(intent.id, intent.attempt) else {
        return Ok(Recall::New);
    };
    if !state.replay.may_be(seen, fingerprint) {
        return Err(Denial::IntentReused);
    }
    for cause in standing(facts, state, time).iter() {
        if cause.standing() > Standing::ReduceOnly {
            return Err(cause.denial());
        }
    }
    gate::in_time(case)?;
    let (_, generation) = gate::key(facts, state, time)?;
    let signed = state.replay.generation(seen);
    if generation != signed {
        return Err(Denial::KeyChanged {
            signed,
            now: generation,
        });
    }
    Ok(Recall::Recorded { leaf: seen.leaf() })
}
