//! Authority as it arrives: signed notes, freezes, the clock's acceptance.

use note::{Body, Effect, NoteRefusal};
use order::CollateralUnits;
use policy::{Entry, FreezeReason};

use super::MYSELF;
use super::Vault;
use super::batch::{Batch, Said, Then};
use super::entry::What;
use super::fault::Fault;
use super::force::{found, label};
use super::time::Mark;
use super::unlock::{no_cage, no_secret_memory};

/// The code of a note that comes with an order, and is of another kind.
const NOT_ATTESTED: &str = "NOTE_NOT_ATTESTATION";
/// The longest reason that is recorded, bytes.
const REASON_MAX: usize = 200;

impl Vault {
    /// Judges a note that a caller brings. Its signatures are dear to check, so
    /// it comes out of the caller's bucket as an order does.
    pub(super) fn carried(
        &mut self,
        batch: &mut Batch,
        by: &str,
        envelope: Vec<u8>,
    ) -> Result<Then, Fault> {
        if let Some(busy) = self.busy(by, batch.at) {
            return Ok(busy);
        }
        self.note(batch, by, envelope, false)
    }

    /// Judges a note, and takes it into force with its leaf.
    ///
    /// `founding` admits the first key set by the keys that it names itself;
    /// only the operator's own socket asks so.
    pub(super) fn note(
        &mut self,
        batch: &mut Batch,
        by: &str,
        envelope: Vec<u8>,
        founding: bool,
    ) -> Result<Then, Fault> {
        if self.is_of_this_log(&envelope) {
            return self.cosigned(batch, by, &envelope);
        }
        let now = self.force.now(batch.at)?;
        let authority = &self.force.authority;
        let judged = if founding {
            match found(&envelope, authority, now) {
                Ok(Some(admitted)) => Ok(admitted),
                Ok(None) => {
                    return Ok(refused(
                        "NOT_FOUNDING",
                        "it is not the first key set. Apply it as a note",
                    ));
                }
                Err(refusal) => Err(refusal),
            }
        } else {
            note::receive(&envelope, authority, now)
        };
        let admitted = match judged {
            Ok(admitted) => admitted,
            Err(refusal) => return Ok(note_refused(&refusal)),
        };
        if let Some((code, sentence)) = self.untimely(admitted.body(), batch.at) {
            return Ok(refused(code, &sentence));
        }
        if let Body::Policy(policy) = admitted.body() {
            if let (true, Some(missing)) = (policy.host.require_memfd_secret, self.key.missing()) {
                let refusal = no_secret_memory(missing);
                let (code, sentence) = refusal.split_once(' ').unwrap_or_default();
                return Ok(refused(code, sentence));
            }
            if policy.host.require_cage && !self.uncaged.is_empty() {
                let refusal = no_cage(&self.uncaged);
                let (code, sentence) = refusal.split_once(' ').unwrap_or_default();
                return Ok(refused(code, sentence));
            }
        }
        self.enter(batch, by, envelope, admitted)
    }

    /// Takes the attestation that comes with an order, as one that comes alone;
    /// why not, if it is none. That the fill was attested before is no news.
    pub(super) fn attested(
        &mut self,
        batch: &mut Batch,
        by: &str,
        envelope: Vec<u8>,
    ) -> Result<Option<Then>, Fault> {
        let now = self.force.now(batch.at)?;
        match note::receive(&envelope, &self.force.authority, now) {
            Ok(admitted) if admitted.body().kind() == note::Kind::Attestation => {
                self.enter(batch, by, envelope, admitted).map(|_noted| None)
            }
            Ok(_) => {
                let sentence = "an order brings an attestation alone. Carry the note by itself";
                self.buckets.count(NOT_ATTESTED);
                Ok(Some(refused(NOT_ATTESTED, sentence)))
            }
            Err(NoteRefusal::Used) => Ok(None),
            Err(refusal) => {
                self.buckets.count(refusal.code());
                Ok(Some(note_refused(&refusal)))
            }
        }
    }

    /// Takes a note into force with its leaf.
    fn enter(
        &mut self,
        batch: &mut Batch,
        by: &str,
        envelope: Vec<u8>,
        admitted: note::Admitted,
    ) -> Result<Then, Fault> {
        let kind = admitted.body().kind();
        let effective_at_s = match admitted.effect() {
            Effect::InForce => None,
            Effect::Pending { effective_at } => Some(effective_at.get()),
        };
        tracing::info!(by, kind = kind_word(kind), "note");
        let place = batch.push(by, What::Note(envelope));
        let leaf = self.leaf_of(place)?;
        self.force.admit(admitted, leaf, batch.at)?;
        Ok(Then::Said(
            place,
            Said::Noted {
                kind: kind_word(kind).to_owned(),
                effective_at_s,
            },
        ))
    }

    /// Why a note that is good in itself has no place now.
    fn untimely(&self, body: &Body, at: Mark) -> Option<(&'static str, String)> {
        let (leaf, recovers) = match body {
            Body::Unfreeze(unfreeze) => (unfreeze.leaf, false),
            Body::Recovery(recovery) => (recovery.leaf, true),
            Body::Dial(dial) => return self.raised(dial.dialed.day_usdc?, at),
            Body::Export(export) => {
                let sentence = "it names no export that is asked for. signerctl export status";
                let named = self.force.exports.is_named(export);
                return (!named).then(|| ("EXPORT_LEAF", sentence.to_owned()));
            }
            Body::Policy(_)
            | Body::KeySet(_)
            | Body::Cancel(_)
            | Body::Ticket(_)
            | Body::Alive(_)
            | Body::Declare(_)
            | Body::WriteOff(_)
            | Body::Listing(_)
            | Body::Attestation(_)
            | Body::Fill(_) => return None,
        };
        let state = &self.force.state;
        let Some(freeze) = state.frozen() else {
            let sentence = "nothing is frozen. There is nothing to do";
            return Some(("NOT_FROZEN", sentence.to_owned()));
        };
        let named = state.freezes().find(|freeze| freeze.leaf == leaf);
        let freeze = named.unwrap_or(freeze);
        if freeze.leaf != leaf {
            let by = freeze.leaf;
            let sentence = format!("leaf {by} froze it, not {leaf}. Name that leaf");
            return Some(("UNFREEZE_LEAF", sentence));
        }
        match (freeze.reason, recovers) {
            (FreezeReason::RolledBack, false) => {
                let sentence = "the journal forgot what was signed. signerctl note new recovery";
                Some(("NEEDS_RECOVERY", sentence.to_owned()))
            }
            (FreezeReason::RolledBack, true) | (_, false) => None,
            (_, true) => {
                let sentence = "the journal forgot nothing. signerctl note new unfreeze";
                Some(("NOT_ROLLED_BACK", sentence.to_owned()))
            }
        }
    }

    /// Why the day's cap is not dialled up: it was reached today.
    fn raised(&self, day: CollateralUnits, at: Mark) -> Option<(&'static str, String)> {
        let reached = self.force.state.day_reached(at.slow_ms)?;
        (day > reached).then(|| {
            let sentence = format!(
                "today's cap of {reached} was reached. Raise it after 00:00Z, or not above it"
            );
            ("DAY_REACHED", sentence)
        })
    }

    /// Stops all signing but tickets. Asked again, it names the same leaf.
    pub(super) fn freeze(
        &mut self,
        batch: &mut Batch,
        by: &str,
        words: &str,
    ) -> Result<Then, Fault> {
        let asked = |freeze: &policy::Freeze| freeze.reason != FreezeReason::RolledBack;
        if let Some(freeze) = self.force.state.freezes().find(asked) {
            return Ok(Then::Say(frame::Answer::Frozen {
                leaf_index: freeze.leaf,
            }));
        }
        let words: String = words
            .chars()
            .filter(|c| !c.is_control())
            .take(REASON_MAX)
            .collect();
        let reason = FreezeReason::Asked;
        let entry = Entry::Froze {
            by: label(by)?,
            reason,
        };
        let said = format!("FROZEN by {by}: {words}. Nothing is signed but tickets");
        let place = self.push(batch, by, What::Froze { reason, words }, Some(entry))?;
        Ok(Then::Said(place, Said::Frozen(said)))
    }

    /// Freezes a journal that is a backup put back: it forgot what was signed
    /// since, and only a recovery note knows how much that was.
    pub(super) fn roll_back(&mut self, batch: &mut Batch) -> Result<(), Fault> {
        let reason = FreezeReason::RolledBack;
        let words = "a backup was put in the journal's place".to_owned();
        let entry = Entry::Froze {
            by: label(MYSELF)?,
            reason,
        };
        self.push(batch, MYSELF, What::Froze { reason, words }, Some(entry))?;
        Ok(())
    }

    /// A person says that the wall clock is right.
    pub(super) fn accept_clock(&mut self, batch: &mut Batch) -> Result<Then, Fault> {
        if self.account.jumped_ms().is_none() && self.force.state.clock_jumped().is_none() {
            return Ok(refused(
                "CLOCK_AGREES",
                "the clocks agree. There is nothing to accept",
            ));
        }
        self.account.accept();
        self.push(
            batch,
            "local",
            What::ClockAccepted,
            Some(Entry::ClockAccepted),
        )?;
        Ok(Then::Text(Ok("clock accepted\ncredited_ms 0".to_owned())))
    }
}

/// The word of a note's kind, as its first line has it.
fn kind_word(kind: note::Kind) -> &'static str {
    let line = kind.first_line();
    line.strip_prefix("countersign/")
        .and_then(|l| l.split('/').next())
        .unwrap_or(line)
}

fn note_refused(refusal: &NoteRefusal) -> Then {
    refused(refusal.code(), &refusal.to_string())
}

pub(super) fn refused(code: &str, sentence: &str) -> Then {
    Then::Say(frame::Answer::Denied {
        code: code.to_owned(),
        sentence: sentence.to_owned(),
        retry_at_ms: None,
        leaf_index: None,
    })
}
