//! Every way a note is refused: a stable code, and a sentence that names the
//! field, the problem and the fix.
//!
//! Invariant: a refusal is an answer. It is comparable, safe to show, and
//! carries no text from the note it refuses.

use core::fmt;

use crate::chain::ChainRefusal;
use crate::envelope_refusal::EnvelopeRefusal;
use crate::text_refusal::TextRefusal;
use crate::time::UtcSeconds;
use crate::time_refusal::TimeRefusal;

/// Why a note is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteRefusal {
    /// The envelope, or a signature on it.
    Envelope(EnvelopeRefusal),
    /// The text.
    Text(TextRefusal),
    /// It is for another journal.
    OtherJournal,
    /// One of its times.
    Time(TimeRefusal),
    /// There is no key set yet, so no one is known to sign this.
    NoKeySet,
    /// There is no policy yet, so no one is known to sign this.
    NoPolicy,
    /// The policy in force has nobody who says such things.
    NoRole {
        /// Who that would be.
        role: &'static str,
    },
    /// Too few distinct keys of the right role signed.
    TooFewSignatures {
        /// Which keys were counted.
        role: &'static str,
        /// How many signed.
        signed: usize,
        /// How many must.
        needed: usize,
    },
    /// Its version, its policy or its serial.
    Chain(ChainRefusal),
    /// Its subject or id was used before.
    Used,
    /// More ids are remembered than there is room for.
    Crowded,
    /// It lists a token that belongs to another listing.
    TokenListed,
    /// More markets are new than a day may have.
    ListingsADay {
        /// How many it may have.
        limit: u16,
    },
    /// A policy waits for its delay already.
    PolicyPending {
        /// When it comes into force.
        effective_at: UtcSeconds,
    },
    /// It cancels a policy that is not pending.
    NotPending,
    /// A dial beyond the policy's figure.
    BeyondPolicy {
        /// The figure.
        field: &'static str,
    },
}

impl NoteRefusal {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Envelope(refusal) => refusal.code(),
            Self::Text(refusal) => refusal.code(),
            Self::OtherJournal => "NOTE_OTHER_JOURNAL",
            Self::Time(refusal) => refusal.code(),
            Self::NoKeySet => "NOTE_NO_KEY_SET",
            Self::NoPolicy => "NOTE_NO_POLICY",
            Self::NoRole { .. } => "NOTE_NO_ROLE",
            Self::TooFewSignatures { .. } => "NOTE_TOO_FEW_SIGNATURES",
            Self::Chain(refusal) => refusal.code(),
            Self::Used => "NOTE_USED",
            Self::Crowded => "NOTE_CROWDED",
            Self::TokenListed => "NOTE_TOKEN_LISTED",
            Self::ListingsADay { .. } => "NOTE_LISTINGS_A_DAY",
            Self::PolicyPending { .. } => "NOTE_POLICY_PENDING",
            Self::NotPending => "NOTE_NOT_PENDING",
            Self::BeyondPolicy { .. } => "NOTE_BEYOND_POLICY",
        }
    }
}

impl From<EnvelopeRefusal> for NoteRefusal {
    fn from(refusal: EnvelopeRefusal) -> Self {
        Self::Envelope(refusal)
    }
}

impl From<ChainRefusal> for NoteRefusal {
    fn from(refusal: ChainRefusal) -> Self {
        Self::Chain(refusal)
    }
}

impl From<TimeRefusal> for NoteRefusal {
    fn from(refusal: TimeRefusal) -> Self {
        Self::Time(refusal)
    }
}

impl From<TextRefusal> for NoteRefusal {
    fn from(refusal: TextRefusal) -> Self {
        Self::Text(refusal)
    }
}

impl fmt::Display for NoteRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Envelope(refusal) => fmt::Display::fmt(refusal, f),
            Self::Text(refusal) => fmt::Display::fmt(refusal, f),
            Self::OtherJournal => f.write_str(
                "journal: the note is for another signer's journal; make one for this journal",
            ),
            Self::Time(refusal) => fmt::Display::fmt(refusal, f),
            Self::NoKeySet => f.write_str(
                "signatures: there is no key set yet; apply the first one on the signer's host",
            ),
            Self::NoPolicy => f.write_str(
                "policy: there is none in force yet; apply the first policy before \
                this",
            ),
            Self::NoRole { role } => write!(
                f,
                "signatures: the policy in force has no {role}; apply one that names them"
            ),
            Self::TooFewSignatures {
                role,
                signed,
                needed,
            } => write!(
                f,
                "signatures: {signed} of the {role} signed and {needed} must; collect more, each \
                key counts once"
            ),
            Self::Chain(refusal) => fmt::Display::fmt(refusal, f),
            Self::Used => f.write_str(
                "the note's subject or id was used before; nothing is left to do, or \
                make a new one",
            ),
            Self::Crowded => f.write_str(
                "id: too many recent notes are remembered; wait until the oldest pass their \
                apply_before",
            ),
            Self::TokenListed => f.write_str(
                "market: one of its tokens is of another listing, for ever; compare both with \
                the exchange's",
            ),
            Self::ListingsADay { limit } => write!(
                f,
                "market: {limit} are new within a day already; wait, or change the policy"
            ),
            Self::PolicyPending { effective_at } => write!(
                f,
                "version: a policy is pending until {effective_at}; wait for it, or cancel it first"
            ),
            Self::NotPending => f.write_str(
                "version: no such policy is pending; compare its version and hash with the status",
            ),
            Self::BeyondPolicy { field } => write!(
                f,
                "{field}: it is beyond the policy's own figure; stay within it, or change the \
                policy"
            ),
        }
    }
}

impl core::error::Error for NoteRefusal {}
