//! When a listing may be applied: pure.
//!
//! Listers sign the same bytes without a word between them, and each sees a
//! market at its own time. So windows are a calendar's and nobody's clock: each
//! firsts with a week, lasts two, and whoever signs within the first hour of a
//! week signs the week before too, whose window is still open.
//!
//! Invariant: two who sign within an hour of each other share a window.

use note::{UtcSeconds, Window};

const WEEK_S: u64 = 7 * 86_400;
const SHARED_S: u64 = 3_600;

/// The windows that a market is signed for at `now_s`, the older one last.
#[must_use]
pub fn windows(now_s: u64) -> Vec<Window> {
    let into_s = now_s.rem_euclid(WEEK_S);
    let begin_s = now_s.saturating_sub(into_s);
    let firsts = if into_s < SHARED_S {
        vec![begin_s, begin_s.saturating_sub(WEEK_S)]
    } else {
        vec![begin_s]
    };
    firsts.into_iter().filter_map(window).collect()
}

fn window(begin_s: u64) -> Option<Window> {
    let not_before = UtcSeconds::new(begin_s)?;
    let length_s = WEEK_S.saturating_add(WEEK_S);
    Some(Window {
        not_before,
        apply_before: not_before.plus(length_s)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_signs_within_an_hour_of_another_shares_a_window_that_is_open() {
        let week = 2_900 * WEEK_S;
        for (one, apart) in [
            (0, 0),
            (WEEK_S - 1, 1),
            (WEEK_S - SHARED_S, SHARED_S),
            (WEEK_S - 1, SHARED_S),
            (SHARED_S, SHARED_S),
            (3 * 86_400, SHARED_S),
        ] {
            let (one, other) = (windows(week + one), windows(week + one + apart));
            assert!(one.iter().any(|w| other.contains(w)), "{one:?} {other:?}");
        }
        for now_s in [week, week + 1, week + SHARED_S - 1, week + WEEK_S - 1] {
            for window in windows(now_s) {
                assert!(window.not_before.get() <= now_s);
                // At least a week, but an hour, is left to carry it.
                assert!(window.apply_before.get() - now_s > WEEK_S - SHARED_S);
            }
        }
        assert_eq!(windows(week + SHARED_S - 1).len(), 2);
        assert_eq!(windows(week + SHARED_S).len(), 1);
    }
}
