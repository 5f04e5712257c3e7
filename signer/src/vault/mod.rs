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
        reply: Reply,
    },
    /// An approval recorded earlier.
    Recorded {
        leaf_index: u64,
        reply: Reply,
    },
    Status {
        reply: Reply,
    },
}

/// Where an earlier approval of the same name stands.
enum Before {
    /// On disk, at this leaf.
    Recorded(u64),
    /// In the batch being decided, at this place.
    InThisBatch(usize),
}

/// A batch while it is decided.
#[derive(Default)]
struct Batch {
    entries: Vec<Entry>,
    pending: Vec<Pending>,
    /// Approvals of this very batch, so that a twin in it is a replay.
    fresh: BTreeMap<(IntentId, u16), (usize, Fingerprint)>,
}

impl Vault {
    /// Opens the journal and takes in the key, or says why not.
    pub(crate) fn open(config: &Config) -> Result<Self, String> {
        let journal = Journal::open(&config.journal).map_err(|e| e.to_string())?;
        let key =
            Key::read(&config.key, config.identity.signing_address).map_err(|e| e.to_string())?;
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
                    p.into_reply()(Answer::Failed);
                }
                return Err(fault);
            }
        };
        let mut leaves: Vec<Option<Leaf>> = leaves.into_iter().map(Some).collect();
        let mut faults = None;
        for p in pending {
            if let Err(fault) = self.answer(&mut leaves, p) {
                faults = Some(fault);
            }
        }
        faults.map_or(Ok(()), Err)
    }

    /// Judges one intent into the batch.
    fn decide(&self, batch: &mut Batch, now_ms: u64, caller: String, intent: Intent, reply: Reply) {
        let fingerprint = fingerprint(&intent);
        let verdict = match self.before(batch, &intent) {
            None => {
                let place = batch.entries.len();
                let verdict = self.judge(intent.clone(), now_ms);
                if matches!(verdict, Verdict::Approved(_)) {
                    batch
                        .fresh
                        .insert((intent.id, intent.attempt), (place, fingerprint));
                }
                verdict
            }
            Some((print, before)) if print == fingerprint && intent.deadline_ms > now_ms => {
                batch.pending.push(match before {
                    Before::Recorded(leaf_index) => Pending::Recorded { leaf_index, reply },
                    Before::InThisBatch(place) => Pending::Entry { place, reply },
                });
                return;
            }
            Some((print, _)) => {
                let denial = if print == fingerprint {
                    Denial::DeadlinePassed {
                        deadline_ms: intent.deadline_ms,
                        now_ms,
                    }
                } else {
                    Denial::IntentReused
                };
                Verdict::Denied {
                    intent: Box::new(intent),
                    denial,
                }
            }
        };
        batch.pending.push(Pending::Entry {
            place: batch.entries.len(),
            reply,
        });
        batch.entries.push(Entry {
            at_ms: now_ms,
            caller,
            fingerprint,
            verdict,
        });
    }

    /// The approval that already bears this intent's name, if any.
    fn before(&self, batch: &Batch, intent: &Intent) -> Option<(Fingerprint, Before)> {
        if let Some(seen) = self.journal.seen(&intent.id, intent.attempt) {
            return Some((seen.fingerprint, Before::Recorded(seen.leaf_index)));
        }
        let (place, print) = batch.fresh.get(&(intent.id, intent.attempt))?;
        Some((*print, Before::InThisBatch(*place)))
    }

    /// What the policy says to an intent of a new name.
    fn judge(&self, intent: Intent, now_ms: u64) -> Verdict {
        let salt = self.journal.salt(&intent.id, intent.attempt);
        let moment = Moment { now_ms, salt };
        match policy::decide(intent.clone(), &self.identity, &self.limits, moment) {
            Ok(approved) => Verdict::Approved(Box::new(approved)),
            Err(denial) => Verdict::Denied {
                intent: Box::new(intent),
                denial,
            },
        }
    }

    /// Answers one request from what is now on disk.
    fn answer(&self, leaves: &mut [Option<Leaf>], pending: Pending) -> Result<(), Fault> {
        let (recorded, reply) = match pending {
            Pending::Status { reply } => {
                reply(Answer::Status(self.status()));
                return Ok(());
            }
            Pending::Recorded { leaf_index, reply } => (self.journal.recall(leaf_index), reply),
            Pending::Entry { place, reply } => match leaves.get_mut(place).map(Option::take) {
                Some(Some(Leaf::Denied { denial, leaf_index })) => {
                    reply(Answer::Denied { denial, leaf_index });
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
                reply(Answer::Signed(Box::new(signed)));
                Ok(())
            }
            Err(fault) => {
                reply(Answer::Failed);
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
    fn into_reply(self) -> Reply {
        match self {
            Self::Entry { reply, .. } | Self::Recorded { reply, .. } | Self::Status { reply } => {
                reply
            }
        }
    }
}

fn fingerprint(intent: &Intent) -> Fingerprint {
    let digest = ring::digest::digest(&ring::digest::SHA256, &intent.frame());
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(digest.as_ref());
    fingerprint
}
