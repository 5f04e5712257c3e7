//! Why a note's times do not fit the time it is.
//!
//! Invariant: each names the moment that decides, so that a person knows when,
//! or whether, to try again.

use core::fmt;

use crate::time::UtcSeconds;

/// What is wrong with a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeRefusal {
    /// `not_before` lies ahead.
    NotYet {
        /// When it may be applied.
        not_before: UtcSeconds,
    },
    /// `apply_before` has passed: an abandoned draft, or one carried too late.
    TooLate {
        /// When it had to be applied.
        apply_before: UtcSeconds,
    },
    /// The policy expires before it could come into force.
    Expired {
        /// When it expires.
        expires: UtcSeconds,
    },
    /// An `alive` that reaches too far ahead, or not at all.
    AliveReach {
        /// The latest `until` admitted now.
        latest: UtcSeconds,
    },
    /// A time that the calendar of notes cannot hold.
    Calendar,
}

impl TimeRefusal {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotYet { .. } => "NOTE_NOT_YET",
            Self::TooLate { .. } => "NOTE_TOO_LATE",
            Self::Expired { .. } => "NOTE_EXPIRED",
            Self::AliveReach { .. } => "NOTE_ALIVE_REACH",
            Self::Calendar => "NOTE_CALENDAR",
        }
    }
}

impl fmt::Display for TimeRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotYet { not_before } => {
                write!(
                    f,
                    "not_before: it may be applied from {not_before}; apply it then"
                )
            }
            Self::TooLate { apply_before } => {
                write!(
                    f,
                    "apply_before: it had to be applied before {apply_before}; make a new \
                one"
                )
            }
            Self::Expired { expires } => write!(
                f,
                "expires: {expires} comes before the policy could come into force; make one that \
                lasts longer"
            ),
            Self::AliveReach { latest } => write!(
                f,
                "until: it must lie ahead and no later than {latest}, the policy's \
                dead_man_reduce_hours; choose such a time"
            ),
            Self::Calendar => {
                f.write_str("a time in the note does not fit the calendar; choose an earlier one")
            }
        }
    }
}

impl core::error::Error for TimeRefusal {}
