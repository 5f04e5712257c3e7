//! The states of an attempt, and which may follow which.
//!
//! Invariant: a terminal state absorbs; an arrow not in [`State::may_become`]
//! is a fault, never a silent overwrite.

/// Where an attempt stands. Written before the effect it announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Taken from the sender; nobody was asked.
    Intent,
    /// The signer is being asked. Asking again under the same name is safe.
    SignRequested,
    /// The order and its hash are held; nothing was sent.
    Signed,
    /// The signer said no.
    Denied,
    /// The exact bytes may be on their way to the venue.
    Posting,
    /// The venue has it.
    Acked,
    /// The venue said no, and its word is proof that nothing rests or filled.
    Refused,
    /// Nobody knows. Counts as filled for every limit.
    Unknown,
    /// Filled, not final.
    Matched,
    /// Every fill is confirmed.
    Settled,
    /// Every fill failed on chain; lots were removed.
    Reversed,
    /// It was not sent, and its deadline has passed.
    Expired,
}

impl State {
    /// Every state, in the order above.
    pub const ALL: [Self; 12] = [
        Self::Intent,
        Self::SignRequested,
        Self::Signed,
        Self::Denied,
        Self::Posting,
        Self::Acked,
        Self::Refused,
        Self::Unknown,
        Self::Matched,
        Self::Settled,
        Self::Reversed,
        Self::Expired,
    ];

    /// Its name in the database and in every report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Intent => "INTENT",
            Self::SignRequested => "SIGN_REQUESTED",
            Self::Signed => "SIGNED",
            Self::Denied => "DENIED",
            Self::Posting => "POSTING",
            Self::Acked => "ACKED",
            Self::Refused => "REFUSED",
            Self::Unknown => "UNKNOWN",
            Self::Matched => "MATCHED",
            Self::Settled => "SETTLED",
            Self::Reversed => "REVERSED",
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
            Self::Denied | Self::Refused | Self::Settled | Self::Reversed | Self::Expired
        )
    }

    /// Whether `next` may follow.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Intent => matches!(next, Self::SignRequested | Self::Expired),
            Self::SignRequested => matches!(next, Self::Signed | Self::Denied | Self::Expired),
            Self::Signed => matches!(next, Self::Posting | Self::Expired),
            Self::Posting => matches!(next, Self::Acked | Self::Refused | Self::Unknown),
            Self::Unknown => matches!(next, Self::Acked | Self::Matched),
            Self::Acked => matches!(next, Self::Matched | Self::Unknown),
            Self::Matched => matches!(next, Self::Settled | Self::Reversed),
            Self::Denied | Self::Refused | Self::Settled | Self::Reversed | Self::Expired => false,
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
        }
    }

    #[test]
    fn nothing_that_may_have_been_sent_is_ever_called_unsent() {
        for from in [State::Posting, State::Unknown, State::Acked, State::Matched] {
            assert!(!from.may_become(State::Expired));
            assert!(!from.may_become(State::Signed));
            assert!(!from.may_become(State::Intent));
        }
        assert!(
            !State::Unknown.may_become(State::Refused),
            "no word proves absence yet"
        );
    }
}
