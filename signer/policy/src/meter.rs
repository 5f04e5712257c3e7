//! A sum over rolling windows, exact to the millisecond.
//!
//! What was added at `t` counts at `now` exactly while `now - t < window`, that
//! is in `(now - window, now]`. Each mark keeps the sum of everything up to it,
//! so a window is the difference of two marks, found by bisection, and asking
//! changes nothing: one queue serves the minute, the hour and the day.
//!
//! Invariant: nothing lowers a sum but time. Marks never move, and one that is
//! forgotten had left the longest window.
//! Invariant: at most one mark for each millisecond of the longest window.

use alloc::collections::VecDeque;

/// The sum of everything up to and with a moment, both as what they are above
/// their meter's base: 16 bytes, where one mark of each order adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    /// Milliseconds: 32 bits are 49 days, and a window is at most one.
    after: u32,
    /// 96 bits, the most significant first: room for four billion of the
    /// largest charges, and no journal can take as many rows in a day.
    more: [u32; 3],
}

impl Mark {
    const EDGE: Self = Self {
        after: u32::MAX,
        more: [u32::MAX; 3],
    };
}

/// Everything that was ever added, and when as far as windows reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meter {
    forgotten: u128,
    base: Base,
    marks: VecDeque<Mark>,
}

/// What marks are counted from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Base {
    at_ms: u64,
    // u128, so that no number of 64-bit charges can wrap it.
    total: u128,
}

impl Base {
    /// The mark of a moment and a sum; `None` if they are too far from here.
    fn mark(self, at_ms: u64, total: u128) -> Option<Mark> {
        let after = u32::try_from(at_ms.checked_sub(self.at_ms)?).ok()?;
        let more = total.checked_sub(self.total)?;
        let word = |shift: u32| u32::try_from(more.wrapping_shr(shift) & u128::from(u32::MAX));
        let more = match (more.wrapping_shr(96), word(64), word(32), word(0)) {
            (0, Ok(high), Ok(middle), Ok(low)) => [high, middle, low],
            _ => return None,
        };
        Some(Mark { after, more })
    }

    fn at_ms(self, mark: &Mark) -> u64 {
        self.at_ms.saturating_add(u64::from(mark.after))
    }

    fn total(self, mark: &Mark) -> u128 {
        let more = mark
            .more
            .iter()
            .fold(0_u128, |sum, word| sum.wrapping_shl(32) | u128::from(*word));
        self.total.saturating_add(more)
    }
}

impl Meter {
    /// Everything that was ever added.
    pub(crate) fn total(&self) -> u128 {
        self.marks
            .back()
            .map_or(self.forgotten, |mark| self.base.total(mark))
    }

    /// Adds `units` at `at_ms`, and forgets marks that `keep_ms` has left behind.
    ///
    /// A time before the last mark counts as the last mark's: it stays longer.
    pub(crate) fn add(&mut self, at_ms: u64, units: u64, keep_ms: u64) {
        let total = self.total().saturating_add(u128::from(units));
        let last = self.marks.back().map(|mark| self.base.at_ms(mark));
        let at_ms = last.map_or(at_ms, |last| last.max(at_ms));
        self.forget(at_ms, keep_ms);
        if last == Some(at_ms) {
            self.marks.pop_back();
        }
        if self.base.mark(at_ms, total).is_none() {
            self.rebase(at_ms);
        }
        // No window is so long and no sum so large; if one were, its edge.
        let mark = self.base.mark(at_ms, total).unwrap_or(Mark::EDGE);
        if self.marks.len() == self.marks.capacity() {
            // Not the whole again: what is spare stays spare for long.
            let more = self.marks.len().div_euclid(4).max(4);
            self.marks.reserve_exact(more);
        }
        self.marks.push_back(mark);
    }
    /// Counts every mark from the first one, or from `at_ms` if there is none.
    fn rebase(&mut self, at_ms: u64) {
        let old = self.base;
        self.base = Base {
            at_ms: self.marks.front().map_or(at_ms, |mark| old.at_ms(mark)),
            total: self.forgotten,
        };
        for mark in &mut self.marks {
            let moved = self.base.mark(old.at_ms(mark), old.total(mark));
            *mark = moved.unwrap_or(Mark::EDGE);
        }
    }

    /// Forgets marks that `keep_ms` has left behind.
    pub(crate) fn forget(&mut self, now_ms: u64, keep_ms: u64) {
        while let Some(mark) = self.marks.front()
            && now_ms.saturating_sub(self.base.at_ms(mark)) >= keep_ms
        {
            self.forgotten = self.base.total(mark);
            self.marks.pop_front();
        }
        if self.marks.is_empty() {
            // Its room too: most tokens are never traded again.
            self.marks = VecDeque::new();
        }
    }

    /// Whether no mark is left, so that every window is empty.
    pub(crate) fn is_idle(&self) -> bool {
        self.marks.is_empty()
    }

    /// What was added in `(now_ms - window_ms, now_ms]`, and whatever is
    /// marked later than `now_ms`.
    pub(crate) fn within(&self, now_ms: u64, window_ms: u64) -> u128 {
        let left = self
            .marks
            .partition_point(|mark| now_ms.saturating_sub(self.base.at_ms(mark)) >= window_ms);
        let before = left
            .checked_sub(1)
            .and_then(|last| self.marks.get(last))
            .map_or(self.forgotten, |mark| self.base.total(mark));
        self.total().saturating_sub(before)
    }
}

/// A few meters read as one: a market has two tokens, and what is owed counts
/// in all.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sum<'a>(pub(crate) [Option<&'a Meter>; 3]);

impl<'a> Sum<'a> {
    pub(crate) const fn of(meter: Option<&'a Meter>) -> Self {
        Self([meter, None, None])
    }

    pub(crate) fn within(self, now_ms: u64, window_ms: u64) -> u128 {
        self.0.into_iter().flatten().fold(0, |sum: u128, meter| {
            sum.saturating_add(meter.within(now_ms, window_ms))
        })
    }

    /// The first moment after `now_ms` at which no more than `room` is left in
    /// the window, if nothing is added until then.
    pub(crate) fn falls_to(self, room: u128, now_ms: u64, window_ms: u64) -> Option<u64> {
        self.0
            .into_iter()
            .flatten()
            .filter_map(|meter| {
                let leaves = |mark: &Mark| meter.base.at_ms(mark).saturating_add(window_ms);
                let next = meter
                    .marks
                    .partition_point(|mark| self.within(leaves(mark), window_ms) > room);
                meter.marks.get(next).map(leaves)
            })
            .filter(|at_ms| *at_ms > now_ms)
            .min()
    }
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::arithmetic_side_effects,
        reason = "tests count in the open; a panic here is a failed test"
    )]

    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const KEEP: u64 = 1_000;

    fn plainly(added: &[(u64, u64)], now: u64, window: u64) -> u128 {
        let recent = added.iter().filter(|(at, _)| at + window > now);
        recent.map(|(_, units)| u128::from(*units)).sum()
    }

    #[test]
    fn a_charge_counts_until_just_before_its_window_is_over() {
        let mut meter = Meter::default();
        meter.add(5_000, 7, KEEP);
        for (now, within) in [(0, 7), (5_000, 7), (5_999, 7), (6_000, 0), (u64::MAX, 0)] {
            assert_eq!(meter.within(now, KEEP), within, "{now}");
        }
        assert_eq!(meter.total(), 7);
        assert_eq!(Meter::default().within(0, KEEP), 0);
        let mut first = Meter::default();
        first.add(0, 7, KEEP);
        assert_eq!((first.within(999, KEEP), first.within(1_000, KEEP)), (7, 0));
    }

    #[test]
    fn sums_beyond_64_bits_do_not_wrap() {
        let mut meter = Meter::default();
        for at in 0..3 {
            meter.add(at, u64::MAX, KEEP);
        }
        assert_eq!(meter.within(2, KEEP), 3 * u128::from(u64::MAX));
        assert_eq!(meter.within(KEEP, KEEP), 2 * u128::from(u64::MAX));
    }

    #[test]
    fn a_time_that_goes_back_is_the_last_marks() {
        let mut meter = Meter::default();
        meter.add(5_000, 1, KEEP);
        meter.add(4_000, 2, KEEP);
        assert_eq!(meter.within(5_999, KEEP), 3);
        assert_eq!(meter.marks.len(), 1);
    }

    #[test]
    fn what_every_window_left_behind_is_forgotten_but_not_the_total() {
        let mut meter = Meter::default();
        for at in 0..5_000 {
            meter.add(at, 1, KEEP);
        }
        assert_eq!(meter.marks.len(), 1_000);
        meter.forget(5_998, KEEP);
        assert!(!meter.is_idle());
        meter.forget(5_999, KEEP);
        assert!(meter.is_idle());
        assert_eq!((meter.total(), meter.within(5_999, KEEP)), (5_000, 0));
    }

    #[test]
    fn marks_that_come_far_from_their_base_are_counted_from_another() {
        const HALF_DAY: u64 = 43_200_000;
        const DAY: u64 = 2 * HALF_DAY;
        let mut meter = Meter::default();
        let far = u64::from(u32::MAX);
        for at in [5, far, far + 5, far + 6, 3 * far] {
            meter.add(at, 7, DAY);
        }
        assert_eq!(meter.total(), 35);
        assert_eq!(meter.within(3 * far, DAY), 7);
        let mut meter = Meter::default();
        // 60 days in which at least one mark always stays.
        for half_days in 0..=120 {
            meter.add(half_days * HALF_DAY, u64::MAX, DAY);
            let within = u128::from(half_days.min(1) + 1) * u128::from(u64::MAX);
            assert_eq!(
                meter.within(half_days * HALF_DAY, DAY),
                within,
                "{half_days}"
            );
            assert!(meter.marks.len() <= 2);
        }
        assert_eq!(meter.total(), 121 * u128::from(u64::MAX));
    }

    #[test]
    fn room_for_marks_is_made_for_many_at_once_and_never_half_as_many() {
        let (mut meter, mut rooms) = (Meter::default(), Vec::new());
        for at in 0..1_000 {
            meter.add(at, 1, KEEP);
            rooms.push(meter.marks.capacity());
        }
        rooms.dedup();
        assert!(rooms.len() < 40, "{rooms:?}");
        assert!(rooms.iter().all(|room| *room <= 1_254), "{rooms:?}");
    }

    #[test]
    fn what_has_fallen_already_does_not_fall_again() {
        let mut meter = Meter::default();
        meter.add(0, 7, KEEP);
        let sum = Sum::of(Some(&meter));
        assert_eq!(sum.falls_to(0, KEEP - 1, KEEP), Some(KEEP));
        assert_eq!(sum.falls_to(0, KEEP, KEEP), None);
    }

    proptest! {
        #[test]
        fn a_window_is_the_plain_sum_of_what_is_in_it(
            steps in prop::collection::vec((0..400_u64, 0..50_u64), 0..40),
            later in 0..1_500_u64,
            window in 1..=KEEP,
            room in 0..300_u128,
        ) {
            let (mut now, mut added) = (10_000, Vec::new());
            let mut meters = [Meter::default(), Meter::default()];
            for (number, (step, units)) in steps.iter().enumerate() {
                now += step;
                added.push((now, *units));
                meters[number % 2].add(now, *units, KEEP);
            }
            now += later;
            let sum = Sum([Some(&meters[0]), Some(&meters[1]), None]);
            prop_assert_eq!(sum.within(now, window), plainly(&added, now, window));
            // Each meter keeps marks of its own time, so the sum is exact at
            // any later moment; the first with room is the first there is.
            if sum.within(now, window) > room {
                let at = sum.falls_to(room, now, window).unwrap();
                prop_assert!(plainly(&added, at, window) <= room);
                prop_assert!(plainly(&added, at - 1, window) > room);
            }
        }
    }
}
