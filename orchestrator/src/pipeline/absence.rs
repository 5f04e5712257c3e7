//! How absence is proven: two complete and empty looks, far enough apart, with
//! nothing in between that could hide an order, and nothing to cancel.
//!
//! Never touches: a clock (times are arguments), the venue.
//!
//! Invariant: whatever shows presence, or says that the venue is not well,
//! begins the count anew. A restart of this program does so too: nobody looked
//! meanwhile, so nothing of this is kept on disk.

/// What is known of one order's absence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Absence {
    first_ms: Option<u64>,
    due: bool,
}

impl Absence {
    /// A complete look that began at `look_ms` was empty; the venue was last
    /// not well at `disturbed_ms`.
    pub(super) fn empty(&mut self, look_ms: u64, disturbed_ms: Option<u64>, apart_ms: u64) {
        let fresh = |first: &u64| disturbed_ms.is_none_or(|at| at < *first);
        match self.first_ms.filter(fresh) {
            None => {
                self.first_ms = disturbed_ms
                    .is_none_or(|at| at < look_ms)
                    .then_some(look_ms);
                self.due = false;
            }
            Some(first_ms) => {
                self.due = look_ms.saturating_sub(first_ms) >= apart_ms;
            }
        }
    }

    /// It was seen, or sent again.
    pub(super) fn begin_anew(&mut self) {
        *self = Self::default();
    }

    /// Two looks say so: only the cancellation's answer is missing.
    pub(super) const fn is_due(&self) -> bool {
        self.due
    }

    /// The venue had nothing to cancel. Whether that completes the proof.
    pub(super) fn nothing_to_cancel(&self, disturbed_ms: Option<u64>) -> bool {
        self.due
            && self
                .first_ms
                .is_some_and(|first| disturbed_ms.is_none_or(|at| at < first))
    }
}

#[cfg(test)]
mod tests {
    use super::Absence;

    #[test]
    fn two_looks_a_minute_apart_and_nothing_to_cancel_are_proof() {
        let mut absence = Absence::default();
        assert!(!absence.nothing_to_cancel(None));
        absence.empty(1_000, None, 60_000);
        assert!(!absence.is_due(), "one look is none");
        absence.empty(60_999, None, 60_000);
        assert!(!absence.is_due(), "a millisecond too early");
        assert!(!absence.nothing_to_cancel(None));
        absence.empty(61_000, None, 60_000);
        assert!(absence.is_due());
        assert!(absence.nothing_to_cancel(Some(999)));
        assert!(!absence.nothing_to_cancel(Some(1_000)), "disturbed since");
    }

    #[test]
    fn presence_or_a_disturbance_begins_anew() {
        let mut absence = Absence::default();
        absence.empty(1_000, None, 100);
        absence.begin_anew();
        absence.empty(1_200, None, 100);
        assert!(!absence.is_due());
        absence.empty(1_300, Some(1_250), 100);
        assert!(!absence.is_due(), "the window was disturbed");
        absence.empty(1_399, Some(1_250), 100);
        assert!(!absence.is_due());
        absence.empty(1_400, Some(1_250), 100);
        assert!(absence.is_due());
        absence.empty(1_500, Some(1_500), 100);
        assert!(!absence.is_due(), "not well while looking");
        absence.empty(1_700, Some(1_500), 100);
        assert!(!absence.is_due(), "that was the first look again");
    }
}
