//! A draft: its text, checked as its readers will, and what to do with it.
//!
//! Invariant: a draft that is printed parses, passes its kind's own rules and
//! prints as the same bytes.

use std::collections::BTreeSet;

use note::{Body, Kind, Need, Role, row};

use crate::say::{Refusal, Said};

/// The members of a list, each of which was given once.
pub(crate) fn set<T: Clone + Ord>(flag: &'static str, given: &[T]) -> Result<BTreeSet<T>, Refusal> {
    let set: BTreeSet<T> = given.iter().cloned().collect();
    if set.len() == given.len() {
        Ok(set)
    } else {
        Err(Refusal::new(
            "DRAFT",
            flag,
            "names the same twice",
            "name each once",
        ))
    }
}

/// The text, and what to do with it.
pub(crate) fn draft(body: &Body) -> Result<Said, Refusal> {
    let text = body.print();
    // The check a signer of the note and the journal's owner will make.
    match body.check().and_then(|()| Body::parse(&text)) {
        Ok(read) if read == *body => {
            let said = Said {
                out: text,
                ..Said::default()
            };
            Ok(said.with_aside(next(body.kind())))
        }
        Ok(_) => Err(Refusal::new(
            "DRAFT",
            "text",
            "does not read back",
            "report this",
        )),
        Err(e) => Err(Refusal::line(format!("{} {e}", e.code()))),
    }
}

/// Who must sign what was drafted, and how it is carried.
fn next(kind: Kind) -> String {
    let row = row(kind);
    let who = match (row.role, row.need) {
        (Role::Operators, _) => "one operator of the policy in force",
        (Role::Listers, _) => "the threshold of the listers of the policy in force",
        (Role::Watchers, _) => "the threshold of the watchers of the policy in force",
        (Role::QuorumAndNotifier, _) => "the quorum's threshold, and the policy's notifier",
        (Role::Quorum, Need::One) => "one key of the quorum",
        (Role::Quorum, Need::Threshold) => "the quorum's threshold",
        (Role::BothQuorums, _) => "the thresholds of the old key set and of this one",
    };
    let carry = match kind {
        Kind::KeySet => "signerctl note apply NOTE (the first: signerctl note found NOTE)",
        Kind::Policy
        | Kind::Cancel
        | Kind::Dial
        | Kind::Ticket
        | Kind::Alive
        | Kind::Declare
        | Kind::Unfreeze
        | Kind::WriteOff
        | Kind::Listing
        | Kind::Attestation
        | Kind::Fill
        | Kind::Recovery
        | Kind::Export => "signerctl note apply NOTE",
    };
    format!(
        "signed by: {who}\nnext: signerctl note sign --key SEED --name NAME --out NOTE DRAFT, \
         then {carry}"
    )
}
