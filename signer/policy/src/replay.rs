//! Which (intent, attempt) was signed before, and with what content.
//!
//! Bounded by days: ids of days before the pruning floor are denied, so what
//! they were need not be remembered; ids of days after tomorrow are denied, so
//! no one can fill the future. Between the two lie at most
//! [`Replay::DAYS_BACK`] + 2 days (and the days that the slow time lags behind
//! the wall), each of at most 1,440 times the two order rates, at 13 bytes an
//! attempt.
//!
//! Of name and content only tags are kept, keyed by the journal so that nobody
//! who names an intent chooses them: the row has the whole. Equal things have
//! equal tags, so nothing that was signed looks new. Where unequal names share
//! one, the second is denied as contradicting the first; where as much of the
//! contents' tags as is kept is equal too, whoever answers from the row finds
//! another fingerprint there.
//!
//! Invariant: the floor only rises, with the slow time.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use frame::tags::TagKey;

use crate::calendar::Day;
use crate::intent::Fingerprint;
use crate::intent_id::IntentId;
use crate::shelf::{Shelves, number};

/// An attempt that was signed before. Of bytes, so that nothing is spent on
/// alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The first of the content's tag.
    content: [u8; 2],
    leaf: [u8; 5],
}

/// A journal has fewer leaves. The row of a leaf that is not its own has
/// another fingerprint, so its name would be denied.
const LEAF_MAX: u64 = (1 << 40) - 1;

impl Seen {
    pub(crate) fn leaf(self) -> u64 {
        number(&self.leaf)
    }
}

/// The attempts that were signed, as far back as the floor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replay {
    key: TagKey,
    days: BTreeMap<Day, Shelves<Seen>>,
    /// The generation of the key that signs from each leaf on.
    generations: Vec<(u64, u32)>,
}

impl Replay {
    /// Days before today that are still remembered, so that an intent named
    /// just before midnight lives two whole days.
    pub(crate) const DAYS_BACK: u32 = 2;

    /// Of a journal without rows, whose tags are made with `key`.
    pub(crate) const fn new(key: TagKey) -> Self {
        Self {
            key,
            days: BTreeMap::new(),
            generations: Vec::new(),
        }
    }

    /// The first day whose ids are still remembered.
    pub(crate) fn floor(slow_ms: u64) -> Day {
        Day::of_ms(slow_ms).before(Self::DAYS_BACK)
    }

    pub(crate) fn get(&self, id: IntentId, attempt: u16) -> Option<Seen> {
        let day = self.days.get(&id.day())?;
        day.get(self.key.attempt(&id, attempt))
    }

    /// Whether what was seen may have had this content; `false` is certain.
    pub(crate) fn may_be(&self, seen: Seen, fingerprint: &Fingerprint) -> bool {
        seen.content == self.content(fingerprint)
    }

    /// Of the key that signed what was seen.
    pub(crate) fn generation(&self, seen: Seen) -> u32 {
        let after = self
            .generations
            .partition_point(|(from, _)| *from <= seen.leaf());
        let of = after.checked_sub(1).and_then(|at| self.generations.get(at));
        of.map_or(0, |(_, generation)| *generation)
    }

    /// An attempt with this content, signed at `leaf`, which is after every
    /// other, by this key.
    pub(crate) fn seen(&mut self, fingerprint: &Fingerprint, leaf: u64, generation: u32) -> Seen {
        if self.generations.last().map(|(_, last)| *last) != Some(generation) {
            self.generations.push((leaf, generation));
        }
        let [_, _, _, leaf @ ..] = leaf.min(LEAF_MAX).to_be_bytes();
        Seen {
            content: self.content(fingerprint),
            leaf,
        }
    }

    fn content(&self, fingerprint: &Fingerprint) -> [u8; 2] {
        let [first, second, ..] = self.key.content(fingerprint);
        [first, second]
    }

    /// Remembers an attempt and forgets what lies before the floor.
    pub(crate) fn insert(&mut self, id: IntentId, attempt: u16, seen: Seen, slow_ms: u64) {
        let day = self.days.entry(id.day()).or_default();
        day.insert(self.key.attempt(&id, attempt), seen);
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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn key(salt: u8) -> TagKey {
        TagKey::of_journal(&[salt; 32], &[1; 16])
    }

    #[test]
    fn a_content_may_be_its_own_and_is_certainly_not_another() {
        let mut replay = Replay::new(key(2));
        let seen = replay.seen(&[7; 32], LEAF_MAX, u32::MAX);
        assert_eq!(seen.leaf(), LEAF_MAX);
        assert_eq!(replay.generation(seen), u32::MAX);
        assert!(replay.may_be(seen, &[7; 32]));
        let mut other = [7; 32];
        other[31] = 8;
        assert!(!replay.may_be(seen, &other));
        assert!(!Replay::new(key(3)).may_be(seen, &[7; 32]));
        assert_eq!(replay.seen(&[7; 32], u64::MAX, 1).leaf(), LEAF_MAX);
    }

    #[test]
    fn each_attempt_keeps_the_generation_of_the_key_that_signed_it() {
        let mut replay = Replay::new(key(2));
        let signed = [(3, 1), (4, 1), (5, 2), (9, 2), (10, 1), (11, 7)];
        let seen = signed.map(|(leaf, by)| (replay.seen(&[9; 32], leaf, by), by));
        for (seen, by) in seen {
            assert_eq!(replay.generation(seen), by, "{}", seen.leaf());
        }
        assert_eq!(replay.generations, [(3, 1), (5, 2), (10, 1), (11, 7)]);
    }

    #[test]
    fn names_chosen_to_share_a_list_under_a_key_one_can_guess_are_spread() {
        let id = |number| IntentId::parse(&format!("20261120-{number}")).unwrap();
        let guessed = key(0);
        let chosen = (0..u32::MAX)
            .flat_map(|number| (0..=u16::MAX).map(move |attempt| (id(number), attempt)))
            .filter(|(id, attempt)| guessed.attempt(id, *attempt)[0] == 0)
            .take(5_000);
        let now_ms = Day::of_date(2026, 11, 20).unwrap().begins_ms();
        let mut replay = Replay::new(key(2));
        let seen = replay.seen(&[9; 32], 1, 1);
        for (id, attempt) in chosen {
            replay.insert(id, attempt, seen, now_ms);
        }
        assert_eq!(replay.len(), 5_000);
        let longest = replay.days.values().map(Shelves::longest).max();
        // 20 of them is a list's share.
        assert!(longest.is_some_and(|longest| longest < 60), "{longest:?}");
    }

    #[test]
    fn an_attempt_is_not_another_and_the_first_of_a_name_stays() {
        let id = |text| IntentId::parse(text).unwrap();
        let (now_ms, mut replay) = (
            Day::of_date(2026, 11, 20).unwrap().begins_ms(),
            Replay::new(key(2)),
        );
        for (leaf, attempt) in [(1, 0), (2, 1), (3, 1)] {
            let seen = replay.seen(&[9; 32], leaf, 1);
            replay.insert(id("20261120-a"), attempt, seen, now_ms);
        }
        let leaf = |text, attempt| replay.get(id(text), attempt).map(Seen::leaf);
        assert_eq!(leaf("20261120-a", 0), Some(1));
        assert_eq!(leaf("20261120-a", 1), Some(2));
        assert_eq!(leaf("20261120-a", 2), None);
        assert_eq!(leaf("20261121-a", 0), None);
        assert_eq!(replay.len(), 2);
    }
}
