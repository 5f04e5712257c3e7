//! What was learnt of an attempt, and what follows from it.
//!
//! For: the one table of (state, evidence) → outcome. Every pair is defined.
//!
//! Never touches: the store, the venue, a clock.
//!
//! Invariant: a terminal state absorbs: no evidence takes an arrow out of it.
//! Evidence that contradicts a terminal state is an incident, never an arrow.
//! Invariant: `UNKNOWN` is left only for what the venue itself shows, or for
//! absence that was proven.

mod at_venue;

use crate::state::State;
use at_venue::{acked, cancelling, matched, partial, posting, unknown, working};

/// What was learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// The signer gave an order, and it was checked.
    Signed,
    /// The signer said no.
    Denied,
    /// The signer did not answer.
    SignerSilent,
    /// The deadline has passed.
    DeadlinePassed,
    /// This process found the attempt as a former one left it.
    Restarted,
    /// The POST was accepted.
    Accepted,
    /// The POST was answered "Duplicated": the venue has had this hash. It
    /// says nothing about fills.
    Duplicated,
    /// The POST was refused in documented words that are proof.
    Refused,
    /// The POST has no answer, or none that proves anything.
    NoProof,
    /// No order and no trade under its hash, in complete answers.
    Absent,
    /// It rests at the venue; no trade yet.
    Open,
    /// It rests at the venue, and has traded.
    PartlyFilled,
    /// The venue says it traded, and the trades are not in the list yet.
    FillsOwed,
    /// It has traded and rests no more; not all trades are final.
    Filled,
    /// All its trades are final, and one at least is money.
    Confirmed,
    /// All its trades failed.
    Failed,
    /// The venue had it; it ended without a trade.
    Ended,
    /// The venue cancelled it on our word.
    Cancelled,
    /// The venue could not cancel it: it had matched or ended, or is held.
    CancelLate,
    /// The venue has no such order to cancel.
    CancelMissing,
    /// The cancellation has no answer.
    CancelSilent,
    /// Absent twice, long enough apart, nothing in between, and nothing to
    /// cancel.
    AbsenceProven,
}

impl Evidence {
    /// All there is.
    pub const ALL: [Self; 22] = [
        Self::Signed,
        Self::Denied,
        Self::SignerSilent,
        Self::DeadlinePassed,
        Self::Restarted,
        Self::Accepted,
        Self::Duplicated,
        Self::Refused,
        Self::NoProof,
        Self::Absent,
        Self::Open,
        Self::PartlyFilled,
        Self::FillsOwed,
        Self::Filled,
        Self::Confirmed,
        Self::Failed,
        Self::Ended,
        Self::Cancelled,
        Self::CancelLate,
        Self::CancelMissing,
        Self::CancelSilent,
        Self::AbsenceProven,
    ];

    /// Its name in the database and in every report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signed => "SIGNED",
            Self::Denied => "DENIED",
            Self::SignerSilent => "SIGNER_SILENT",
            Self::DeadlinePassed => "DEADLINE_PASSED",
            Self::Restarted => "RESTARTED",
            Self::Accepted => "ACCEPTED",
            Self::Duplicated => "DUPLICATED",
            Self::Refused => "REFUSED",
            Self::NoProof => "NO_PROOF",
            Self::Absent => "ABSENT",
            Self::Open => "OPEN",
            Self::PartlyFilled => "PARTLY_FILLED",
            Self::FillsOwed => "FILLS_OWED",
            Self::Filled => "FILLED",
            Self::Confirmed => "CONFIRMED",
            Self::Failed => "FAILED",
            Self::Ended => "ENDED",
            Self::Cancelled => "CANCELLED",
            Self::CancelLate => "CANCEL_LATE",
            Self::CancelMissing => "CANCEL_MISSING",
            Self::CancelSilent => "CANCEL_SILENT",
            Self::AbsenceProven => "ABSENCE_PROVEN",
        }
    }

    /// The venue shows that it has, or had, this hash.
    #[must_use]
    pub const fn shows_presence(self) -> bool {
        matches!(
            self,
            Self::Accepted
                | Self::Duplicated
                | Self::Open
                | Self::PartlyFilled
                | Self::FillsOwed
                | Self::Filled
                | Self::Confirmed
                | Self::Failed
                | Self::Ended
                | Self::Cancelled
                | Self::CancelLate
        )
    }

    /// Something changed hands, or may yet.
    const fn shows_fill(self) -> bool {
        matches!(
            self,
            Self::PartlyFilled | Self::FillsOwed | Self::Filled | Self::Confirmed
        )
    }
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing: it waits, or knew.
    Stay,
    /// This arrow.
    Go(State),
    /// What cannot be; a person must look.
    Incident(&'static str),
}

use Outcome::{Go, Incident, Stay};

/// The signer answered what nobody asked, or the venue answered for an order
/// that was never sent.
const OUT_OF_ORDER: Outcome = Incident("OUT_OF_ORDER");
/// The venue shows an order that only we had, and had not sent.
const LEAKED: Outcome = Incident("ORDER_LEAKED");
/// The venue shows fills of an order that was proven to have none.
const CONTRADICTED: Outcome = Incident("PROOF_CONTRADICTED");

/// What `evidence` means for an attempt in `state`.
#[must_use]
pub const fn decide(state: State, evidence: Evidence) -> Outcome {
    match state {
        State::Observed | State::Intent | State::Reserved => unasked(evidence),
        State::SignRequested => asked(evidence, Go(State::SignUnknown)),
        State::SignUnknown => asked(evidence, Stay),
        State::Signed => unsent(evidence),
        State::Posting => posting(evidence),
        State::Unknown => unknown(evidence),
        State::Acked => acked(evidence),
        State::Working => working(evidence),
        State::Partial => partial(evidence),
        State::CancelRequested => cancelling(evidence),
        State::Matched => matched(evidence),
        State::Rejected | State::Denied | State::Expired => {
            if evidence.shows_presence() {
                LEAKED
            } else {
                Stay
            }
        }
        State::Refused | State::AbsentProven | State::Cancelled => {
            if evidence.shows_fill() {
                CONTRADICTED
            } else {
                Stay
            }
        }
        State::Settled => {
            if matches!(evidence, Evidence::Failed) {
                CONTRADICTED
            } else {
                Stay
            }
        }
        State::Reversed => {
            if matches!(evidence, Evidence::Confirmed) {
                CONTRADICTED
            } else {
                Stay
            }
        }
    }
}

const fn unasked(evidence: Evidence) -> Outcome {
    if matches!(evidence, Evidence::DeadlinePassed) {
        Go(State::Expired)
    } else if matches!(evidence, Evidence::Restarted) {
        Stay
    } else {
        OUT_OF_ORDER
    }
}

const fn asked(evidence: Evidence, silent: Outcome) -> Outcome {
    if matches!(evidence, Evidence::Signed) {
        Go(State::Signed)
    } else if matches!(evidence, Evidence::Denied) {
        Go(State::Denied)
    } else if matches!(evidence, Evidence::DeadlinePassed) {
        Go(State::Expired)
    } else if matches!(evidence, Evidence::SignerSilent | Evidence::Restarted) {
        silent
    } else {
        OUT_OF_ORDER
    }
}

const fn unsent(evidence: Evidence) -> Outcome {
    if matches!(evidence, Evidence::DeadlinePassed) {
        Go(State::Expired)
    } else if evidence.shows_presence() {
        LEAKED
    } else if matches!(
        evidence,
        Evidence::Restarted | Evidence::Absent | Evidence::CancelMissing
    ) {
        Stay
    } else {
        OUT_OF_ORDER
    }
}

#[cfg(test)]
#[path = "evidence/tests.rs"]
mod tests;
