//! Which (intent, attempt) was signed before, and with what content.
//!
//! Bounded by days: ids of days before the pruning floor are denied, so what
//! they were need not be remembered; ids of days after tomorrow are denied, so
//! no one can fill the future. Between the two lie at most
//! [`Replay::DAYS_BACK`] + 2 days (and the days that the slow time lags behind
//! the wall), each of at most 1,440 times the two order rates, at about 30
//! bytes an attempt.
//!
//! Of name and content only tags are kept, cut from their hashes: the row has
//! the whole. Equal things have equal tags, so nothing that was signed looks
//! new. Where unequal names share one, the second is denied as contradicting
//! the first; where the contents' tags are equal too, whoever answers from the
//! row finds another fingerprint there.
//!
//! Invariant: the floor only rises, with the slow time.

use alloc::collections::BTreeMap;

use crate::calendar::Day;
use crate::intent::Fingerprint;
use crate::intent_id::IntentId;
use crate::shelf::Shelves;

/// Of a name or a content: 64 bits of its hash.
type Tag = [u8; 8];

/// An attempt that was signed before. Of bytes, so that nothing is spent on
/// alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    content: Tag,
    leaf: [u8; 8],
    generation: [u8; 4],
}

impl Seen {
    pub(crate) fn new(fingerprint: &Fingerprint, leaf: u64, generation: u32) -> Self {
        Self {
            content: tag(fingerprint),
            leaf: leaf.to_be_bytes(),
            generation: generation.to_be_bytes(),
        }
    }

    /// Whether it may have had this content; `false` is certain.
    pub(crate) fn may_be(&self, fingerprint: &Fingerprint) -> bool {
        self.content == tag(fingerprint)
    }

    pub(crate) const fn leaf(&self) -> u64 {
        u64::from_be_bytes(self.leaf)
    }

    pub(crate) const fn generation(&self) -> u32 {
        u32::from_be_bytes(self.generation)
    }
}

/// The attempts that were signed, as far back as the floor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Replay {
    days: BTreeMap<Day, Shelves<8, Seen>>,
}

impl Replay {
    /// Days before today that are still remembered, so that an intent named
    /// just before midnight lives two whole days.
    pub(crate) const DAYS_BACK: u32 = 2;

    /// The first day whose ids are still remembered.
    pub(crate) fn floor(slow_ms: u64) -> Day {
        Day::of_ms(slow_ms).before(Self::DAYS_BACK)
    }

    pub(crate) fn get(&self, id: IntentId, attempt: u16) -> Option<Seen> {
        let day = self.days.get(&id.day())?;
        day.get(&tag(&id.attempt_hash(attempt)))
    }

    /// Remembers an attempt and forgets what lies before the floor.
    pub(crate) fn insert(&mut self, id: IntentId, attempt: u16, seen: Seen, slow_ms: u64) {
        let day = self.days.entry(id.day()).or_default();
        day.insert(tag(&id.attempt_hash(attempt)), seen);
        let floor = Self::floor(slow_ms);
        while let Some(first) = self.days.first_entry()
            && *first.key() < floor
        {
            first.remove();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.days.values().map(Shelves::len).sum()
    }
}

fn tag(hash: &[u8; 32]) -> Tag {
    hash.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_contents_may_be_each_other_and_most_others_are_certainly_not() {
        let seen = Seen::new(&[7; 32], u64::MAX, u32::MAX);
        assert_eq!((seen.leaf(), seen.generation()), (u64::MAX, u32::MAX));
        let mut other = [7; 32];
        assert!(seen.may_be(&other));
        other[8] = 8;
        assert!(seen.may_be(&other), "only its row can tell");
        other[7] = 8;
        assert!(!seen.may_be(&other));
    }

    #[test]
    fn an_attempt_is_not_another_and_the_first_of_a_name_stays() {
        let id = |text| IntentId::parse(text).unwrap();
        let (now_ms, mut replay) = (
            Day::of_date(2026, 11, 20).unwrap().begins_ms(),
            Replay::default(),
        );
        for (leaf, attempt) in [(1, 0), (2, 1), (3, 1)] {
            let seen = Seen::new(&[9; 32], leaf, 1);
            replay.insert(id("20261120-a"), attempt, seen, now_ms);
        }
        let leaf = |text, attempt| replay.get(id(text), attempt).map(|seen| seen.leaf());
        assert_eq!(leaf("20261120-a", 0), Some(1));
        assert_eq!(leaf("20261120-a", 1), Some(2));
        assert_eq!(leaf("20261120-a", 2), None);
        assert_eq!(leaf("20261121-a", 0), None);
        assert_eq!(replay.len(), 2);
    }
}
