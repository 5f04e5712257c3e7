//! How old the API credentials are, and what that stops: pure.
//!
//! Invariant: at 90 days it is said, at 120 buys stop, and a week later
//! everything does; a rotation begins anew. Before that week is over there is
//! time to close positions.

use super::slots::OVERLAP_MS;

const DAY_MS: u64 = 24 * 3_600_000;
const REMIND_MS: u64 = 90 * DAY_MS;
const PAUSE_MS: u64 = 120 * DAY_MS;
const HALT_MS: u64 = PAUSE_MS + OVERLAP_MS;
/// What is said from day 90 on.
pub const REMINDER: &str = "Your API keys are 90 days old. Rotate for security.";

/// When the credentials in use came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Age {
    /// Unix milliseconds; not known of a file that nobody imported.
    pub imported_ms: Option<u64>,
}

/// What an age comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// Nothing.
    Nothing,
    /// Somebody is reminded.
    Reminded,
    /// Positions may only be closed.
    ReduceOnly,
    /// Nothing is begun.
    Halted,
}

impl Age {
    /// What is due at `now_ms`.
    #[must_use]
    pub fn due(self, now_ms: u64) -> Due {
        let age_ms = self
            .imported_ms
            .map_or(0, |imported_ms| now_ms.saturating_sub(imported_ms));
        match age_ms {
            HALT_MS.. => Due::Halted,
            PAUSE_MS.. => Due::ReduceOnly,
            REMIND_MS.. => Due::Reminded,
            _ => Due::Nothing,
        }
    }

    /// Why nothing may begin, if so.
    #[must_use]
    pub fn stops(self, now_ms: u64) -> Option<(&'static str, String)> {
        (self.due(now_ms) == Due::Halted).then(|| {
            let words = "the API keys are more than 127 days old: nothing is begun until \
                         orchestrator credentials rotate";
            ("KEYS_OLD", words.to_owned())
        })
    }

    /// Why no buy may begin, if so.
    #[must_use]
    pub fn stops_buys(self, now_ms: u64) -> Option<(&'static str, String)> {
        (self.due(now_ms) >= Due::ReduceOnly).then(|| {
            let words = "the API keys are more than 120 days old: buys stopped, and a week later \
                         everything; orchestrator credentials rotate";
            ("KEYS_OLD", words.to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(day: u64, less_ms: u64) -> Due {
        let age = Age {
            imported_ms: Some(1_000),
        };
        let later_ms = day.saturating_mul(DAY_MS).saturating_sub(less_ms);
        age.due(later_ms.saturating_add(1_000))
    }

    /// M116, M117: both edges of day 90, 120 and 127, and the exact text.
    #[test]
    fn ninety_days_remind_a_hundred_and_twenty_reduce_and_a_week_later_halts() {
        assert_eq!(
            REMINDER,
            "Your API keys are 90 days old. Rotate for security."
        );
        for (day, before, at) in [
            (90, Due::Nothing, Due::Reminded),
            (120, Due::Reminded, Due::ReduceOnly),
            (127, Due::ReduceOnly, Due::Halted),
        ] {
            assert_eq!((due(day, 1), due(day, 0)), (before, at), "day {day}");
        }
        let unknown = Age { imported_ms: None };
        assert_eq!(unknown.due(u64::MAX), Due::Nothing);
        let ahead = Age {
            imported_ms: Some(9),
        };
        assert_eq!(ahead.due(8), Due::Nothing);
    }

    #[test]
    fn an_old_key_stops_buys_first_and_exits_a_week_later() {
        let age = Age {
            imported_ms: Some(0),
        };
        let codes = |now_ms| {
            [age.stops_buys(now_ms), age.stops(now_ms)].map(|stop| stop.map(|(code, _)| code))
        };
        assert_eq!(codes(PAUSE_MS - 1), [None, None]);
        assert_eq!(codes(PAUSE_MS), [Some("KEYS_OLD"), None]);
        assert_eq!(codes(HALT_MS), [Some("KEYS_OLD"), Some("KEYS_OLD")]);
    }
}
