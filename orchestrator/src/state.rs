//! The states of an attempt, and which may follow which.
//!
//! For: naming where an attempt stands, in the database and in every report.
//!
//! Never touches: what moves it (see [`evidence`](crate::evidence)).
//!
//! Invariant: a terminal state absorbs; an arrow not in [`State::may_become`]
//! is a fault, never a silent overwrite.
//! Invariant: nothing that may have been sent is ever called unsent.

/// Where an attempt stands. Written before the effect it announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Seen; the market must still say what it lacks to be an intent.
    Observed,
    /// Understood whole; nothing was set aside for it.
    Intent,
    /// Cash or shares are set aside.
    Reserved,
    /// The signer is being asked. Asking again under the same name is safe.
    SignRequested,
    /// The signer did not answer; it is asked again under the same name.
    SignUnknown,
    /// The order and its hash are held; nothing was sent.
    Signed,
    /// The exact bytes may be on their way to the venue.
    Posting,
    /// Nobody knows. Counts as filled for every limit and reservation.
    Unknown,
    /// The venue has it.
    Acked,
    /// It rests at the venue, unfilled.
    Working,
    /// It rests at the venue, filled in part.
    Partial,
    /// Its cancellation was asked for; it may still fill.
    CancelRequested,
    /// Filled, not final.
    Matched,
    /// We ourselves left it out, with a code.
    Rejected,
    /// The signer said no.
    Denied,
    /// The venue said no, and its word is proof that nothing rests or filled.
    Refused,
    /// It is proven that the venue never had it and never will.
    AbsentProven,
    /// Every fill is final and at least one is money.
    Settled,
    /// Every fill failed on chain; its lots were removed.
    Reversed,
    /// The venue had it, and it ended without a fill.
    Cancelled,
    /// It was not sent, and its deadline has passed.
    Expired,
}

impl State {
    /// Every state, in the order above.
    pub const ALL: [Self; 21] = [
        Self::Observed,
        Self::Intent,
        Self::Reserved,
        Self::SignRequested,
        Self::SignUnknown,
        Self::Signed,
        Self::Posting,
        Self::Unknown,
        Self::Acked,
        Self::Working,
        Self::Partial,
        Self::CancelRequested,
        Self::Matched,
        Self::Rejected,
        Self::Denied,
        Self::Refused,
        Self::AbsentProven,
        Self::Settled,
        Self::Reversed,
        Self::Cancelled,
        Self::Expired,
    ];

    /// Its name in the database and in every report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Observed => "OBSERVED",
            Self::Intent => "INTENT",
            Self::Reserved => "RESERVED",
            Self::SignRequested => "SIGN_REQUESTED",
            Self::SignUnknown => "SIGN_UNKNOWN",
            Self::Signed => "SIGNED",
            Self::Posting => "POSTING",
            Self::Unknown => "UNKNOWN",
            Self::Acked => "ACKED",
            Self::Working => "WORKING",
            Self::Partial => "PARTIAL",
            Self::CancelRequested => "CANCEL_REQUESTED",
            Self::Matched => "MATCHED",
            Self::Rejected => "REJECTED",
            Self::Denied => "DENIED",
            Self::Refused => "REFUSED",
            Self::AbsentProven => "ABSENT_PROVEN",
            Self::Settled => "SETTLED",
            Self::Reversed => "REVERSED",
            Self::Cancelled => "CANCELLED",
            Self::Expired => "EXPIRED",
        }
    }

    /// The state of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }

    /// Nothing more will happen to it.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Rejected
                | Self::Denied
                | Self::Refused
                | Self::AbsentProven
                | Self::Settled
                | Self::Reversed
                | Self::Cancelled
                | Self::Expired
        )
    }

    /// The venue may have it: only evidence ends it.
    #[must_use]
    pub const fn is_at_venue(self) -> bool {
        matches!(
            self,
            Self::Posting
                | Self::Unknown
                | Self::Acked
                | Self::Working
                | Self::Partial
                | Self::CancelRequested
                | Self::Matched
        )
    }

    /// Cash or shares are set aside for it.
    #[must_use]
    pub const fn holds_reservation(self) -> bool {
        matches!(
            self,
            Self::Reserved | Self::SignRequested | Self::SignUnknown | Self::Signed
        ) || self.is_at_venue()
    }

    /// Whether `next` may follow.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Observed => matches!(next, Self::Intent | Self::Rejected | Self::Expired),
            Self::Intent => matches!(next, Self::Reserved | Self::Rejected | Self::Expired),
            Self::Reserved => matches!(next, Self::SignRequested | Self::Expired),
            Self::SignRequested => matches!(
                next,
                Self::Signed | Self::Denied | Self::SignUnknown | Self::Expired
            ),
            Self::SignUnknown => matches!(next, Self::Signed | Self::Denied | Self::Expired),
            Self::Signed => matches!(next, Self::Posting | Self::Expired),
            Self::Posting => matches!(
                next,
                Self::Acked
                    | Self::Refused
                    | Self::Unknown
                    | Self::Working
                    | Self::Partial
                    | Self::Matched
            ),
            Self::Unknown => matches!(
                next,
                Self::Acked | Self::Working | Self::Partial | Self::Matched | Self::AbsentProven
            ),
            Self::Acked => matches!(
                next,
                Self::Working | Self::Partial | Self::Matched | Self::Cancelled
            ),
            Self::Working => matches!(
                next,
                Self::Partial | Self::Matched | Self::CancelRequested | Self::Cancelled
            ),
            Self::Partial => matches!(next, Self::Matched | Self::CancelRequested),
            Self::CancelRequested => matches!(next, Self::Matched | Self::Cancelled),
            Self::Matched => matches!(next, Self::Settled | Self::Reversed),
            Self::Rejected
            | Self::Denied
            | Self::Refused
            | Self::AbsentProven
            | Self::Settled
            | Self::Reversed
            | Self::Cancelled
            | Self::Expired => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::State;

    #[test]
    fn terminal_states_absorb() {
        for from in State::ALL {
            assert_eq!(State::of(from.name()), Some(from));
            for to in State::ALL {
                assert!(
                    !(from.is_terminal() && from.may_become(to)),
                    "{from:?} {to:?}"
                );
                assert!(!from.may_become(from), "{from:?} must not repeat");
            }
            assert!(
                from.is_terminal() || State::ALL.iter().any(|to| from.may_become(*to)),
                "{from:?} is a dead end"
            );
        }
    }

    #[test]
    fn nothing_that_may_have_been_sent_is_ever_called_unsent() {
        for from in State::ALL.into_iter().filter(|s| s.is_at_venue()) {
            for to in State::ALL.into_iter().filter(|to| from.may_become(*to)) {
                assert!(to.is_at_venue() || to.is_terminal(), "{from:?} {to:?}");
                assert_ne!(to, State::Expired, "{from:?}");
                assert_ne!(to, State::Rejected, "{from:?}");
                assert_ne!(to, State::Denied, "{from:?}");
            }
        }
        assert!(
            !State::Unknown.may_become(State::Refused),
            "a later word about the same bytes proves nothing of the first"
        );
    }
}
