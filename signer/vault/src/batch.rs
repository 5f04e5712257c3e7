//! A batch: what will be written together, and who waits for what of it.

use frame::{Approval, RequestHash};
use policy::{Denial, Fingerprint};

use super::Vault;
use super::entry::{Entry, What};
use super::fault::Fault;
use super::journal::{Leaf, Recorded};
use super::seam::{Answer, Reply};
use super::time::Mark;

/// Decisions that share one transaction, and one moment.
pub(super) struct Batch {
    pub(super) at: Mark,
    pub(super) entries: Vec<Entry>,
    pub(super) waiting: Vec<Waiting>,
}

/// A request that waits for its answer.
pub(super) struct Waiting {
    pub(super) reply: Box<dyn Reply>,
    pub(super) to: To,
    pub(super) then: Then,
}

/// Who an answer goes to, and so how it is proven.
pub(super) enum To {
    /// A caller whose question was proven.
    Caller { name: String, hash: RequestHash },
    /// The operator's own socket, or nobody that was proven yet.
    Operator,
}

impl To {
    /// The name that a leaf would say it under.
    fn name(&self) -> &str {
        match self {
            Self::Caller { name, .. } => name,
            Self::Operator => "local",
        }
    }
}

/// What to answer once the batch is on disk.
pub(super) enum Then {
    /// Sign the entry at this place.
    Sign(usize),
    /// Sign the approval at this leaf again.
    SignAgain(Again),
    /// Say what the approval at this leaf would be again.
    ExplainAgain(Again),
    /// Say this, with the leaf of the entry at this place.
    Said(usize, Said),
    /// Say this; it needs no leaf.
    Say(frame::Answer),
    /// Tell the operator.
    Text(Result<String, String>),
    /// Sign the login at this place.
    Login(usize),
    /// As it is, without a proof.
    Raw(Answer),
}

/// A recorded approval that is asked for again: its leaf, and the fingerprint
/// of what is asked now.
pub(super) struct Again {
    pub(super) leaf: u64,
    pub(super) fingerprint: Fingerprint,
}

/// What was decided, but for its leaf.
pub(super) enum Said {
    Denied(Denial),
    Noted {
        kind: String,
        effective_at_s: Option<u64>,
    },
    /// With what the log is told of it.
    Frozen(String),
}

impl Batch {
    pub(super) const fn new(at: Mark) -> Self {
        Self {
            at,
            entries: Vec::new(),
            waiting: Vec::new(),
        }
    }

    /// Adds a leaf; returns its place.
    pub(super) fn push(&mut self, by: &str, what: What) -> usize {
        let place = self.entries.len();
        self.entries.push(Entry {
            at: self.at,
            by: by.to_owned(),
            what,
        });
        place
    }

    pub(super) fn wait(&mut self, reply: Box<dyn Reply>, to: To, then: Then) {
        self.waiting.push(Waiting { reply, to, then });
    }

    /// Tells everyone who waits that there is no answer.
    pub(super) fn fail(self) {
        for waiting in self.waiting {
            waiting.reply.answer(Answer::Failed);
        }
    }
}

impl Vault {
    /// The answer, made of what is now on disk.
    pub(super) fn answer(
        &mut self,
        leaves: &mut [Option<Leaf>],
        at: Mark,
        to: &To,
        then: Then,
    ) -> Result<Answer, Fault> {
        let mut taken = |place: usize| leaves.get_mut(place).and_then(Option::take);
        let answer = match then {
            Then::Raw(answer) => return Ok(answer),
            Then::Text(text) => return Ok(Answer::Local(text)),
            Then::Say(answer) => answer,
            Then::Sign(place) => match taken(place) {
                Some(Leaf::Approved(recorded)) => self.signed(&recorded, at)?,
                Some(Leaf::Other | Leaf::Login(_)) | None => {
                    return Err(Fault::Corrupt("an approval without its leaf"));
                }
            },
            Then::Login(place) => return self.logged_in(taken(place), at.fast_ms),
            Then::SignAgain(again) => match self.recalled(&again)? {
                Ok(recorded) => self.signed(&recorded, at)?,
                Err(denial) => {
                    alarm(&denial, to);
                    self.denied_late(&denial)
                }
            },
            // The leaf may be of this very batch, so it is read only now.
            Then::ExplainAgain(again) => match self.recalled(&again)? {
                Ok(recorded) => would(recorded.order(), 0),
                Err(denial) => self.denied_late(&denial),
            },
            Then::Said(place, said) => {
                let behind = leaves
                    .len()
                    .checked_sub(place)
                    .and_then(|n| u64::try_from(n).ok());
                let leaf_index = behind
                    .and_then(|n| self.journal.size().checked_sub(n))
                    .ok_or(Fault::Corrupt("a decision without its leaf"))?;
                match said {
                    Said::Denied(denial) => denied(&denial, Some(leaf_index)),
                    Said::Noted {
                        kind,
                        effective_at_s,
                    } => frame::Answer::Noted {
                        kind,
                        effective_at_s,
                        leaf_index,
                    },
                    // Only now: on a full disk it may not have come to be.
                    Said::Frozen(said) => {
                        tracing::warn!("{said}. signerctl unfreeze --leaf {leaf_index}");
                        frame::Answer::Frozen { leaf_index }
                    }
                }
            }
        };
        match to {
            To::Operator => Ok(Answer::Local(text(&answer))),
            To::Caller { name, hash } => {
                let mac = self.callers.answer(name, hash, &answer);
                let mac = mac.ok_or(Fault::Corrupt("a caller that is gone"))?;
                Ok(Answer::Proven {
                    answer: Box::new(answer),
                    mac,
                })
            }
        }
    }

    /// A recorded order that is asked for again, if it is what is asked: memory
    /// knows a part of its fingerprint, the row all. And if it is of the key at
    /// hand: another wallet's key may count the same generation.
    pub(super) fn recalled(&self, again: &Again) -> Result<Result<Recorded, Denial>, Fault> {
        let (recorded, fingerprint) = self.journal.recall(again.leaf)?;
        if fingerprint != again.fingerprint {
            return Ok(Err(Denial::IntentReused));
        }
        let signer = recorded.order().fields().signing_address;
        Ok(match self.key.open() {
            Some((unlocked, _)) if unlocked.address != signer => Err(Denial::KeyChanged {
                signed: unlocked.generation,
                now: unlocked.generation,
            }),
            Some(_) | None => Ok(recorded),
        })
    }

    /// A denial that only the row could tell: its batch is written by then, so
    /// it is counted.
    fn denied_late(&mut self, denial: &Denial) -> frame::Answer {
        self.buckets.count(denial.code());
        denied(denial, None)
    }

    fn signed(&mut self, recorded: &Recorded, at: Mark) -> Result<frame::Answer, Fault> {
        let signature = self.key.sign(recorded, at.fast_ms)?;
        let order = recorded.order();
        Ok(frame::Answer::Approved(Box::new(Approval {
            venue: order.venue(),
            order: order.raw(),
            order_hash: order.order_hash(),
            signature,
            leaf_index: recorded.leaf_index(),
            charge_units: recorded.charge_units(),
        })))
    }
}

/// What signing an order would come to.
pub(super) fn would(order: &order::strict::Order, charge_units: u64) -> frame::Answer {
    let amounts = order.amounts();
    frame::Answer::WouldApprove {
        maker_amount: amounts.maker,
        taker_amount: amounts.taker,
        charge_units,
    }
}

/// A denial as it is answered: what happened, and what to do.
pub(super) fn denied(denial: &Denial, leaf_index: Option<u64>) -> frame::Answer {
    frame::Answer::Denied {
        code: denial.code().to_owned(),
        sentence: format!("{}. {}", denial.sentence(), denial.fix()),
        retry_at_ms: denial.retry_at_ms(),
        leaf_index,
    }
}

/// The same, for a person.
fn text(answer: &frame::Answer) -> Result<String, String> {
    match answer {
        frame::Answer::Noted {
            kind,
            effective_at_s,
            leaf_index,
        } => Ok(match effective_at_s {
            None => format!("kind {kind}\nleaf {leaf_index}\nin_force yes"),
            Some(at) => format!("kind {kind}\nleaf {leaf_index}\nin_force_from_unix_s {at}"),
        }),
        frame::Answer::Frozen { leaf_index } => Ok(format!("leaf {leaf_index}\nstate FROZEN")),
        frame::Answer::Denied { code, sentence, .. } => Err(format!("{code} {sentence}")),
        frame::Answer::Approved(_)
        | frame::Answer::WouldApprove { .. }
        | frame::Answer::Status(_) => Err("NOT_HERE this is asked over gRPC".to_owned()),
    }
}

/// Says who brought a contradiction, where it is one.
fn alarm(denial: &Denial, to: &To) {
    if denial.is_alarm() {
        let (code, by) = (denial.code(), to.name());
        tracing::warn!("ALARM {code} by {by}, denied: {denial}");
    }
}
