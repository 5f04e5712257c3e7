//! The vault: one thread, one loop, one transaction a batch.
//!
//! It takes what is waiting, decides each against one state, writes all
//! decisions in one synced transaction, and only then signs and answers.
//!
//! Invariant: no network, no async runtime, no lock. The types carry the
//! proof: only `policy` makes an `Approved`, only the journal a `Recorded`,
//! and only the key signs one.

mod fault;
mod journal;
mod key;
mod row;
pub(crate) mod seam;

use std::collections::BTreeMap;
use std::sync::mpsc::Receiver;

use order::CollateralUnits;
use policy::{Denial, Fingerprint, Identity, Intent, IntentId, Limits, Moment};

use self::fault::Fault;
use self::journal::{Entry, Journal, Leaf, Recorded, Verdict};
use self::key::Key;
use self::seam::{Answer, Call, Reply, Request, Signed, Status};
use crate::clock;
use crate::config::Config;

/// The most requests taken into one transaction. A longer batch would make
/// its first caller wait for the signatures of its last.
const BATCH_MAX: usize = 64;

/// What decides, records and signs.
pub(crate) struct Vault {
    identity: Identity,
    limits: Limits,
    journal: Journal,
    key: Key,
}

/// A request that waits for its answer, and the leaf it will come from.
enum Pending {
    /// The entry at this place of the batch.
    Entry {
        place: usize,
        reply: Box<dyn Reply>,
    },
    /// An approval recorded earlier.
    Recorded {
        leaf_index: u64,
        reply: Box<dyn Reply>,
    },
    Status {
        reply: Box<dyn Reply>,
    },
}

/// What a name already stands for.
struct Before {
    fingerprint: Fingerprint,
    approved: Option<Approval>,
}

/// Where an approval stands.
#[derive(Clone, Copy)]
enum Approval {
    /// On disk, at this leaf.
    Recorded(u64),
    /// In the batch being decided, at this place.
    InThisBatch(usize),
}

/// A name that this very batch decides on, so that its twin is a repeat.
struct Fresh {
    fingerprint: Fingerprint,
    approved_at: Option<usize>,
}

/// A batch while it is decided.
#[derive(Default)]
struct Batch {
    entries: Vec<Entry>,
    pending: Vec<Pending>,
    fresh: BTreeMap<(IntentId, u16), Fresh>,
    /// What this batch's approvals charge.
    charged_units: u64,
}

impl Vault {
    /// Opens the journal and takes in the key, or says why not.
    pub(crate) fn open(config: &Config) -> Result<Self, String> {
        let Identity {
            signing_address,
            venue,
            ..
        } = config.identity;
        let journal = Journal::open(&config.journal, signing_address, venue.chain)
            .map_err(|e| e.to_string())?;
        let key = Key::read(&config.key, signing_address).map_err(|e| e.to_string())?;
        Ok(Self {
            identity: config.identity,
            limits: config.limits,
            journal,
            key,
        })
    }

    /// Serves until every sender is gone, or until a fault.
    ///
    /// # Errors
    ///
    /// A fault ends the vault: what memory holds may no longer be what the
    /// disk holds, and only a restart reads the disk again.
    pub(crate) fn run(mut self, inbox: &Receiver<Call>) -> Result<(), Fault> {
        while let Ok(first) = inbox.recv() {
            let mut calls = vec![first];
            calls.extend(inbox.try_iter().take(BATCH_MAX.saturating_sub(1)));
            self.serve(calls)?;
        }
        Ok(())
    }

    fn serve(&mut self, calls: Vec<Call>) -> Result<(), Fault> {
        let now_ms = clock::now_ms().ok_or(Fault::Clock)?;
        let mut batch = Batch::default();
        for Call {
            caller,
            request,
            reply,
        } in calls
        {
            if !reply.is_wanted() {
                continue;
            }
            match request {
                Request::Status => batch.pending.push(Pending::Status { reply }),
                Request::Sign(intent) => self.decide(&mut batch, now_ms, caller, *intent, reply),
            }
        }
        let Batch {
            entries, pending, ..
        } = batch;
        let leaves = match self.journal.record(entries) {
            Ok(leaves) => leaves,
            Err(fault) => {
                for p in pending {
                    p.into_reply().answer(Answer::Failed);
                }
                return Err(fault);
            }
        };
        let mut leaves: Vec<Option<Leaf>> = leaves.into_iter().map(Some).collect();
        let mut pending = pending.into_iter();
        for p in pending.by_ref() {
            if let Err(fault) = self.answer(&mut leaves, p) {
                // What is wrong with one answer may be wrong with all.
                for rest in pending {
                    rest.into_reply().answer(Answer::Failed);
                }
                return Err(fault);
            }
        }
        Ok(())
    }

    /// Judges one intent into the batch.
    fn decide(
        &self,
        batch: &mut Batch,
        now_ms: u64,
        caller: String,
        intent: Intent,
        reply: Box<dyn Reply>,
    ) {
        let fingerprint = fingerprint(&intent);
        let place = batch.entries.len();
        let verdict = match self.before(batch, &intent) {
            Some(before) if before.fingerprint != fingerprint => {
                denied(intent, Denial::IntentReused)
            }
            Some(Before {
                approved: Some(approved),
                ..
            }) => {
                if intent.deadline_ms > now_ms {
                    batch.pending.push(match approved {
                        Approval::Recorded(leaf_index) => Pending::Recorded { leaf_index, reply },
                        Approval::InThisBatch(place) => Pending::Entry { place, reply },
                    });
                    return;
                }
                let deadline_ms = intent.deadline_ms;
                denied(
                    intent,
                    Denial::DeadlinePassed {
                        deadline_ms,
                        now_ms,
                    },
                )
            }
            // New, or denied before: facts may have changed, the content has not.
            Some(Before { approved: None, .. }) | None => self.judge(batch, intent, now_ms),
        };
        if let Verdict::Approved(approved) = &verdict {
            batch.charged_units = batch
                .charged_units
                .saturating_add(approved.charge().units().get());
        }
        let fresh = Fresh {
            fingerprint,
            approved_at: None,
        };
        let (intent, approved) = verdict.parts();
        let fresh = batch
            .fresh
            .entry((intent.id, intent.attempt))
            .or_insert(fresh);
        if approved {
            fresh.approved_at = Some(place);
        }
        batch.pending.push(Pending::Entry { place, reply });
        batch.entries.push(Entry {
            at_ms: now_ms,
            caller,
            fingerprint,
            verdict,
        });
    }

    /// What this intent's name already stands for, if anything.
    fn before(&self, batch: &Batch, intent: &Intent) -> Option<Before> {
        let fresh = batch
            .fresh
            .get(&(intent.id, intent.attempt))
            .map(|fresh| Before {
                fingerprint: fresh.fingerprint,
                approved: fresh.approved_at.map(Approval::InThisBatch),
            });
        let recorded = self
            .journal
            .seen(&intent.id, intent.attempt)
            .map(|seen| Before {
                fingerprint: seen.fingerprint,
                approved: seen.approved_at.map(Approval::Recorded),
            });
        match (recorded, fresh) {
            // An approval of this batch stands beside a denial of an earlier one.
            (Some(recorded), Some(fresh)) => Some(Before {
                approved: recorded.approved.or(fresh.approved),
                ..recorded
            }),
            (recorded, fresh) => recorded.or(fresh),
        }
    }

    /// What the policy says.
    fn judge(&self, batch: &Batch, intent: Intent, now_ms: u64) -> Verdict {
        let salt = self.journal.salt(&intent.id, intent.attempt);
        let charged = self
            .journal
            .charged_units()
            .saturating_add(batch.charged_units);
        let moment = Moment {
            now_ms,
            salt,
            charged: CollateralUnits::new(charged),
        };
        match policy::decide(intent.clone(), &self.identity, &self.limits, moment) {
            Ok(approved) => Verdict::Approved(Box::new(approved)),
            Err(denial) => denied(intent, denial),
        }
    }

    /// Answers one request from what is now on disk.
    fn answer(&self, leaves: &mut [Option<Leaf>], pending: Pending) -> Result<(), Fault> {
        let (recorded, reply) = match pending {
            Pending::Status { reply } => {
                reply.answer(Answer::Status(self.status()));
                return Ok(());
            }
            Pending::Recorded { leaf_index, reply } => (self.journal.recall(leaf_index), reply),
            Pending::Entry { place, reply } => match leaves.get_mut(place).map(Option::take) {
                Some(Some(Leaf::Denied { denial, leaf_index })) => {
                    reply.answer(Answer::Denied { denial, leaf_index });
                    return Ok(());
                }
                Some(Some(Leaf::Approved(recorded))) => (Ok(recorded), reply),
                // A twin in this batch took the leaf; its row is on disk.
                Some(None) => (self.twin(leaves, place), reply),
                None => (Err(Fault::Corrupt("an entry without a leaf")), reply),
            },
        };
        match recorded.and_then(|r| self.signed(r)) {
            Ok(signed) => {
                reply.answer(Answer::Signed(Box::new(signed)));
                Ok(())
            }
            Err(fault) => {
                reply.answer(Answer::Failed);
                Err(fault)
            }
        }
    }

    /// The approval at `place` of the batch just committed, read back.
    fn twin(&self, leaves: &[Option<Leaf>], place: usize) -> Result<Recorded, Fault> {
        let after = leaves
            .len()
            .checked_sub(place)
            .and_then(|n| u64::try_from(n).ok());
        let leaf = after.and_then(|n| self.journal.size().checked_sub(n));
        self.journal
            .recall(leaf.ok_or(Fault::Corrupt("a twin without a leaf"))?)
    }

    fn signed(&self, recorded: Recorded) -> Result<Signed, Fault> {
        let signature = self.key.sign(&recorded)?;
        let leaf_index = recorded.leaf_index();
        let charge = recorded.charge();
        let order = recorded.into_order();
        Ok(Signed {
            order_hash: order.order_hash(),
            order,
            signature,
            leaf_index,
            charge,
        })
    }

    fn status(&self) -> Status {
        Status {
            journal_id: self.journal.id(),
            journal_size: self.journal.size(),
            signing_address: self.identity.signing_address,
            charged_units: self.journal.charged_units(),
        }
    }
}

impl Pending {
    fn into_reply(self) -> Box<dyn Reply> {
        match self {
            Self::Entry { reply, .. } | Self::Recorded { reply, .. } | Self::Status { reply } => {
                reply
            }
        }
    }
}

fn denied(intent: Intent, denial: Denial) -> Verdict {
    Verdict::Denied {
        intent: Box::new(intent),
        denial,
    }
}

fn fingerprint(intent: &Intent) -> Fingerprint {
    let digest = ring::digest::digest(&ring::digest::SHA256, &intent.frame());
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(digest.as_ref());
    fingerprint
}

#[cfg(test)]
mod tests;
