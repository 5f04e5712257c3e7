//! Orders: from a proven question to a leaf.
//!
//! Invariant: every denial is a leaf, but for those past a caller's bucket,
//! those of a frozen signer, those of a disk that has only its reserve left,
//! those of a note that comes with an order and is no attestation, and those
//! that only the row of a recorded order could tell, which are counted and
//! written once a minute.

use order::Side;
use policy::{Denial, Disk, Entry, Fingerprint, Intent, Moment, Recall};

use super::Vault;
use super::batch::{Again, Batch, Said, Then, denied, would};
use super::entry::What;
use super::fault::Fault;
use super::force::time;
use super::row::DAY_REACHED;
use super::time::Mark;

/// The code of a question past its caller's bucket.
const BUSY: &str = "BUSY";

impl Vault {
    /// Decides an intent: a new order, a recorded one again, or no.
    pub(super) fn sign(
        &mut self,
        batch: &mut Batch,
        caller: &str,
        intent: Intent,
        attestation: Vec<u8>,
    ) -> Result<Then, Fault> {
        if let Some(busy) = self.busy(caller, batch.at) {
            return Ok(busy);
        }
        let fingerprint = fingerprint(&intent);
        // What is answered again was decided on what was attested then.
        if !attestation.is_empty()
            && self.recall(&intent, &fingerprint, batch.at) == Ok(Recall::New)
            && let Some(refused) = self.attested(batch, caller, attestation)?
            // A sale needs nobody's word: without one it keeps the floor.
            && intent.side == Side::Buy
        {
            return Ok(refused);
        }
        match self.judge(&intent, &fingerprint, batch.at) {
            Ok(Judged::Recorded { leaf }) => Ok(Then::SignAgain(Again { leaf, fingerprint })),
            Ok(Judged::Approved(approved)) => {
                let approval = Box::new(approved.approval(fingerprint));
                let entry = Entry::Approved(approval.clone());
                let place = self.push(
                    batch,
                    caller,
                    What::Approved { approved, approval },
                    Some(entry),
                )?;
                Ok(Then::Sign(place))
            }
            Err(denial) => {
                if denial.is_alarm() {
                    tracing::warn!("ALARM {} by {caller}, denied: {denial}", denial.code());
                }
                // Whoever may ask could otherwise write the reserve full, and a
                // full disk stops the vault.
                let reserved = self.reserve.disk() != Disk::Ample;
                if reserved || self.force.state.frozen().is_some() {
                    self.buckets.count(denial.code());
                    return Ok(Then::Say(denied(&denial, None)));
                }
                let entry = (denial.code() == DAY_REACHED)
                    .then(|| self.force.day_reached(batch.at))
                    .flatten();
                let intent = Box::new(intent);
                let what = What::Denied {
                    intent,
                    fingerprint,
                    denial,
                };
                let place = self.push(batch, caller, what, entry)?;
                Ok(Then::Said(place, Said::Denied(denial)))
            }
        }
    }

    /// The same decision, without signature, leaf or charge.
    pub(super) fn explain(&mut self, at: Mark, caller: &str, intent: &Intent) -> Then {
        if let Some(busy) = self.busy(caller, at) {
            return busy;
        }
        let fingerprint = fingerprint(intent);
        match self.judge(intent, &fingerprint, at) {
            Ok(Judged::Approved(approved)) => {
                Then::Say(would(approved.order(), approved.charge().units().get()))
            }
            // Again costs nothing.
            Ok(Judged::Recorded { leaf }) => Then::ExplainAgain(Again { leaf, fingerprint }),
            Err(denial) => Then::Say(denied(&denial, None)),
        }
    }

    /// Takes one question out of the caller's bucket; the answer if none is left.
    pub(super) fn busy(&mut self, caller: &str, at: Mark) -> Option<Then> {
        if self.buckets.take(caller, at.fast_ms) {
            return None;
        }
        self.buckets.count(BUSY);
        Some(busy(at))
    }

    fn judge(
        &self,
        intent: &Intent,
        fingerprint: &Fingerprint,
        at: Mark,
    ) -> Result<Judged, Denial> {
        match self.recall(intent, fingerprint, at)? {
            Recall::Recorded { leaf } => Ok(Judged::Recorded { leaf }),
            Recall::New => {
                let facts = self.force.facts().ok_or(Denial::NoPolicy)?;
                let state = &self.force.state;
                let salt = self.journal.salt(&intent.id, intent.attempt);
                let moment = Moment {
                    time: time(at),
                    salt,
                };
                policy::decide(intent.clone(), facts, state, moment)
                    .map(|approved| Judged::Approved(Box::new(approved)))
            }
        }
    }

    fn recall(
        &self,
        intent: &Intent,
        fingerprint: &Fingerprint,
        at: Mark,
    ) -> Result<Recall, Denial> {
        let facts = self.force.facts().ok_or(Denial::NoPolicy)?;
        policy::recall(intent, fingerprint, facts, &self.force.state, time(at))
    }
}

/// A yes, and whether it was said before.
enum Judged {
    Approved(Box<policy::Approved>),
    Recorded { leaf: u64 },
}

fn busy(at: Mark) -> Then {
    Then::Say(frame::Answer::Denied {
        code: BUSY.to_owned(),
        sentence: "more questions than this caller may ask. Ask fewer, or raise \
                   questions_per_second in the signer's configuration"
            .to_owned(),
        retry_at_ms: Some(at.wall_ms.saturating_add(1_000)),
        leaf_index: None,
    })
}

pub(super) fn fingerprint(intent: &Intent) -> Fingerprint {
    let digest = ring::digest::digest(&ring::digest::SHA256, &intent.frame());
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(digest.as_ref());
    fingerprint
}
