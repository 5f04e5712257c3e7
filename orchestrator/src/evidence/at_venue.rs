//! The half of the table for what the venue may have.

use super::Outcome::{self, Go, Stay};
use super::{CONTRADICTED, Evidence, OUT_OF_ORDER};
use crate::state::State;

pub(super) const fn posting(evidence: Evidence) -> Outcome {
    match evidence {
        Evidence::Accepted | Evidence::Duplicated | Evidence::FillsOwed | Evidence::Ended => {
            Go(State::Acked)
        }
        Evidence::Refused => Go(State::Refused),
        Evidence::NoProof | Evidence::Restarted => Go(State::Unknown),
        Evidence::Open => Go(State::Working),
        Evidence::PartlyFilled => Go(State::Partial),
        Evidence::Filled | Evidence::Confirmed | Evidence::Failed => Go(State::Matched),
        // The bytes are on their way: not being there yet is no news.
        Evidence::Absent
        | Evidence::AbsenceProven
        | Evidence::DeadlinePassed
        | Evidence::Cancelled
        | Evidence::CancelLate
        | Evidence::CancelMissing
        | Evidence::CancelSilent => Stay,
        Evidence::Signed | Evidence::Denied | Evidence::SignerSilent => OUT_OF_ORDER,
    }
}

pub(super) const fn unknown(evidence: Evidence) -> Outcome {
    match evidence {
        Evidence::Accepted
        | Evidence::Duplicated
        | Evidence::FillsOwed
        | Evidence::Ended
        | Evidence::Cancelled
        | Evidence::CancelLate => Go(State::Acked),
        Evidence::Open => Go(State::Working),
        Evidence::PartlyFilled => Go(State::Partial),
        Evidence::Filled | Evidence::Confirmed | Evidence::Failed => Go(State::Matched),
        Evidence::AbsenceProven => Go(State::AbsentProven),
        // A refusal of the second POST says nothing about the first.
        Evidence::Refused
        | Evidence::NoProof
        | Evidence::Absent
        | Evidence::CancelMissing
        | Evidence::CancelSilent
        | Evidence::DeadlinePassed
        | Evidence::Restarted => Stay,
        Evidence::Signed | Evidence::Denied | Evidence::SignerSilent => OUT_OF_ORDER,
    }
}

pub(super) const fn acked(evidence: Evidence) -> Outcome {
    match evidence {
        Evidence::Open => Go(State::Working),
        Evidence::PartlyFilled => Go(State::Partial),
        Evidence::Filled | Evidence::Confirmed | Evidence::Failed => Go(State::Matched),
        // The venue had it, and has it no more: it ended without a fill.
        Evidence::Ended | Evidence::AbsenceProven => Go(State::Cancelled),
        // It was seen there before the POST's own answer came.
        Evidence::Refused => CONTRADICTED,
        Evidence::Accepted
        | Evidence::Duplicated
        | Evidence::NoProof
        | Evidence::Absent
        | Evidence::FillsOwed
        | Evidence::Cancelled
        | Evidence::CancelLate
        | Evidence::CancelMissing
        | Evidence::CancelSilent
        | Evidence::DeadlinePassed
        | Evidence::Restarted => Stay,
        Evidence::Signed | Evidence::Denied | Evidence::SignerSilent => OUT_OF_ORDER,
    }
}

pub(super) const fn working(evidence: Evidence) -> Outcome {
    if matches!(evidence, Evidence::DeadlinePassed) {
        Go(State::CancelRequested)
    } else if matches!(evidence, Evidence::Open) {
        Stay
    } else {
        acked(evidence)
    }
}

pub(super) const fn partial(evidence: Evidence) -> Outcome {
    match evidence {
        Evidence::DeadlinePassed => Go(State::CancelRequested),
        Evidence::Filled | Evidence::Confirmed | Evidence::Failed => Go(State::Matched),
        Evidence::Refused => CONTRADICTED,
        // Its trades are known: a list without them is an older one.
        Evidence::Open
        | Evidence::PartlyFilled
        | Evidence::FillsOwed
        | Evidence::Ended
        | Evidence::Absent
        | Evidence::AbsenceProven
        | Evidence::Accepted
        | Evidence::Duplicated
        | Evidence::NoProof
        | Evidence::Cancelled
        | Evidence::CancelLate
        | Evidence::CancelMissing
        | Evidence::CancelSilent
        | Evidence::Restarted => Stay,
        Evidence::Signed | Evidence::Denied | Evidence::SignerSilent => OUT_OF_ORDER,
    }
}

pub(super) const fn cancelling(evidence: Evidence) -> Outcome {
    match evidence {
        Evidence::Filled | Evidence::Confirmed | Evidence::Failed => Go(State::Matched),
        Evidence::Ended | Evidence::AbsenceProven => Go(State::Cancelled),
        Evidence::Refused => CONTRADICTED,
        // Cancelled, but a fill may have come first: the next poll tells.
        Evidence::Cancelled
        | Evidence::CancelLate
        | Evidence::CancelMissing
        | Evidence::CancelSilent
        | Evidence::Open
        | Evidence::PartlyFilled
        | Evidence::FillsOwed
        | Evidence::Absent
        | Evidence::Accepted
        | Evidence::Duplicated
        | Evidence::NoProof
        | Evidence::DeadlinePassed
        | Evidence::Restarted => Stay,
        Evidence::Signed | Evidence::Denied | Evidence::SignerSilent => OUT_OF_ORDER,
    }
}

pub(super) const fn matched(evidence: Evidence) -> Outcome {
    match evidence {
        Evidence::Confirmed => Go(State::Settled),
        Evidence::Failed => Go(State::Reversed),
        Evidence::Refused => CONTRADICTED,
        Evidence::Filled
        | Evidence::PartlyFilled
        | Evidence::FillsOwed
        | Evidence::Open
        | Evidence::Ended
        | Evidence::Absent
        | Evidence::AbsenceProven
        | Evidence::Accepted
        | Evidence::Duplicated
        | Evidence::NoProof
        | Evidence::Cancelled
        | Evidence::CancelLate
        | Evidence::CancelMissing
        | Evidence::CancelSilent
        | Evidence::DeadlinePassed
        | Evidence::Restarted => Stay,
        Evidence::Signed | Evidence::Denied | Evidence::SignerSilent => OUT_OF_ORDER,
    }
}
