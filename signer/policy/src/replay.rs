//! Which (intent, attempt) was signed before, and with what content.
//!
//! Bounded by days: ids of days before the pruning floor are denied, so what
//! they were need not be remembered; ids of days after tomorrow are denied, so
//! no one can fill the future. Between the two lie at most
//! [`Replay::DAYS_BACK`] + 2 days (and the days that the slow time lags behind
//! the wall), each of at most 1,440 times the two order rates, at about 130
//! bytes an attempt.
//!
//! Invariant: the floor only rises, with the slow time.

use alloc::collections::BTreeMap;

use crate::calendar::Day;
use crate::intent::Fingerprint;
use crate::intent_id::IntentId;

/// An attempt that was signed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) leaf: u64,
    pub(crate) generation: u32,
}

/// The attempts that were signed, as far back as the floor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Replay {
    seen: BTreeMap<(IntentId, u16), Seen>,
}

impl Replay {
    /// Days before today that are still remembered, so that an intent named
    /// just before midnight lives two whole days.
    pub(crate) const DAYS_BACK: u32 = 2;

    /// The first day whose ids are still remembered.
    pub(crate) fn floor(slow_ms: u64) -> Day {
        Day::of_ms(slow_ms).before(Self::DAYS_BACK)
    }

    pub(crate) fn get(&self, id: IntentId, attempt: u16) -> Option<&Seen> {
        self.seen.get(&(id, attempt))
    }

    /// Remembers an attempt and forgets what lies before the floor.
    pub(crate) fn insert(&mut self, id: IntentId, attempt: u16, seen: Seen, slow_ms: u64) {
        self.seen.insert((id, attempt), seen);
        let edge = (IntentId::first_of(Self::floor(slow_ms)), 0);
        if self
            .seen
            .first_key_value()
            .is_some_and(|(key, _)| *key < edge)
        {
            self.seen = self.seen.split_off(&edge);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.seen.len()
    }
}
