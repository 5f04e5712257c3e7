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

/// The sum of everything up to and with `at_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    at_ms: u64,
    // u128, so that no number of 64-bit charges can wrap it.
    total: u128,
}

/// Everything that was ever added, and when as far as windows reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meter {
    forgotten: u128,
    marks: VecDeque<Mark>,
}

impl Meter {
    /// Everything that was ever added.
    pub(crate) fn total(&self) -> u128 {
        self.marks.back().map_or(self.forgotten, |mark| mark.total)
    }

    /// Adds `units` at `at_ms`, and forgets marks that `keep_ms` has left behind.
    ///
    /// A time before the last mark counts as the last mark's: it stays longer.
    pub(crate) fn add(&mut self, at_ms: u64, units: u64, keep_ms: u64) {
        let total = self.total().saturating_add(u128::from(units));
        let at_ms = self
            .marks
            .back()
            .map_or(at_ms, |mark| mark.at_ms.max(at_ms));
        match self.marks.back_mut() {
            Some(mark) if mark.at_ms == at_ms => mark.total = total,
            _ => self.marks.push_back(Mark { at_ms, total }),
        }
        self.forget(at_ms, keep_ms);
    }

    /// Forgets marks that `keep_ms` has left behind.
    pub(crate) fn forget(&mut self, now_ms: u64, keep_ms: u64) {
        while let Some(mark) = self.marks.front()
            && now_ms.saturating_sub(mark.at_ms) >= keep_ms
        {
            self.forgotten = mark.total;
            self.marks.pop_front();
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
            .partition_point(|mark| now_ms.saturating_sub(mark.at_ms) >= window_ms);
        let before = left
            .checked_sub(1)
            .and_then(|last| self.marks.get(last))
            .map_or(self.forgotten, |mark| mark.total);
        self.total().saturating_sub(before)
    }
}

/// One or two meters read as one: a market has two tokens.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sum<'a>(pub(crate) [Option<&'a Meter>; 2]);

impl<'a> Sum<'a> {
    pub(crate) const fn of(meter: Option<&'a Meter>) -> Self {
        Self([meter, None])
    }

    pub(crate) fn within(self, now_ms: u64, window_ms: u64) -> u128 {
        self.0.into_iter().flatten().fold(0, |sum: u128, meter| {
            sum.saturating_add(meter.within(now_ms, window_ms))
        })
    }

    /// The first moment after `now_ms` at which no more than `room` is left in
    /// the window, if nothing is added until then.
    pub(crate) fn falls_to(self, room: u128, now_ms: u64, window_ms: u64) -> Option<u64> {
        let leaves = |mark: &Mark| mark.at_ms.saturating_add(window_ms);
        self.0
            .into_iter()
            .flatten()
            .filter_map(|meter| {
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
            let sum = Sum([Some(&meters[0]), Some(&meters[1])]);
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
