//! The vault: one thread, one loop, one transaction a batch; the program
//! `signer-vault`, which `signer` starts.
//!
//! It takes what is waiting, decides each against one state, writes all
//! decisions in one synced transaction, and only then signs and answers.
//!
//! Invariant: no network, no async runtime, no lock. The types carry the
//! proof: only `policy` makes an `Approved`, only the journal a `Recorded`,
//! and only the key signs one.
//! Invariant: freezes go first in each batch, so an acknowledged one is a
//! barrier: no signature leaves after it.
#![forbid(unsafe_code)]

mod ahead;
mod batch;
mod bucket;
mod callers;
mod clock;
mod config;
mod entry;
mod export;
mod fault;
mod force;
mod hand;
mod hop;
mod host;
mod journal;
mod key;
mod leaf;
#[cfg(countersign_leak_on)]
mod leak;
mod log;
mod login;
mod notes;
mod orders;
mod process;
mod replayed;
mod reserve;
mod row;
mod run;
mod seam;
mod start;
mod status;
#[cfg(test)]
mod tests;
mod time;
mod unlock;
mod words;

use std::process::ExitCode;

use policy::{Entry as RowEntry, Host, Key};

use self::ahead::Witnesses;
use self::batch::{Batch, Then, To};
use self::bucket::Buckets;
use self::callers::Callers;
use self::entry::What;
use self::fault::Fault;
use self::force::Force;
use self::journal::Journal;
use self::key::Vaulted;
use self::reserve::Reserve;
use self::seam::{Answer, Call, Local, Question, Request};
#[cfg(test)]
pub(crate) use self::start::Unbegun;
use self::time::{Account, Reading};

/// The name under which the vault itself writes leaves.
const MYSELF: &str = "vault";

fn main() -> ExitCode {
    process::main()
}

/// What decides, records and signs.
pub(crate) struct Vault {
    journal: Journal,
    force: Force,
    account: Account,
    callers: Callers,
    buckets: Buckets,
    key: Vaulted,
    reserve: Reserve,
    witnesses: Witnesses,
    /// What of its cage the kernel lacks; nothing where all of it holds.
    uncaged: String,
}

impl Vault {
    /// Wipes the key and writes the leaf of a clean end.
    pub(crate) fn end(mut self) -> Result<(), Fault> {
        self.key.lock();
        let mut batch = Batch::new(self.account.mark());
        let stopped = Some(RowEntry::Stopped);
        self.push(&mut batch, MYSELF, What::Stopped, stopped)?;
        self.finish(batch)?;
        self.journal.close()
    }

    /// Decides, records and answers one batch.
    fn serve(&mut self, mut calls: Vec<Call>, reading: Reading) -> Result<(), Fault> {
        self.account.read(reading);
        let mut batch = Batch::new(self.account.mark());
        if let Err(fault) = self.decide(&mut batch, &mut calls) {
            batch.fail();
            for call in calls {
                call.reply.answer(Answer::Failed);
            }
            return Err(fault);
        }
        self.finish(batch)
    }

    /// Everything of a batch that happens before the disk.
    fn decide(&mut self, batch: &mut Batch, calls: &mut Vec<Call>) -> Result<(), Fault> {
        if self.account.jumped_ms().is_some() && self.force.state.clock_jumped().is_none() {
            let (seconds, millis) = self
                .account
                .jumped_ms()
                .map_or((0, 0), |ms| (ms.div_euclid(1_000), ms.rem_euclid(1_000)));
            tracing::warn!(
                "CLOCK host A is {seconds}.{millis:03} s off BOOTTIME's account: buys stopped. \
                 Check time sync, then signerctl clock accept"
            );
            self.push(
                batch,
                MYSELF,
                What::ClockJumped,
                Some(RowEntry::ClockJumped),
            )?;
        }
        self.force.settle(batch.at)?;
        if self.key.pass(batch.at.fast_ms) {
            tracing::warn!(
                "LOCKED lease ended: nothing is signed, exits included. signerctl unlock"
            );
            self.push(batch, MYSELF, What::Locked("the lease ended"), None)?;
        }
        self.reserve.look(batch.at.fast_ms, &self.journal)?;
        self.look_at_host();
        if let Some(counts) = self.buckets.due(batch.at.fast_ms) {
            self.push(batch, MYSELF, What::Denials(counts), None)?;
        }
        calls.retain(Call::is_to_be_decided);
        calls.sort_by_key(|call| turn(&call.request));
        for call in calls.drain(..) {
            let (to, then) = self.one(batch, call.request)?;
            batch.wait(call.reply, to, then);
        }
        self.advance(batch)
    }

    /// Decides one request into the batch.
    fn one(&mut self, batch: &mut Batch, request: Request) -> Result<(To, Then), Fault> {
        match request {
            Request::Hello {
                caller,
                challenge,
                mac,
            } => {
                let epoch = host::random()?;
                let then = match self.callers.hello(&caller, &challenge, &mac, epoch) {
                    Ok(mac) => Then::Raw(Answer::Welcome { epoch, mac }),
                    Err(why) => Then::Raw(Answer::Unproven(why)),
                };
                Ok((To::Operator, then))
            }
            Request::Proven {
                caller,
                proof,
                question,
            } => {
                let proven = question.framed(|ask| self.callers.check(&caller, &proof, ask));
                let hash = match proven {
                    Ok(hash) => hash,
                    Err(why) => return Ok((To::Operator, Then::Raw(Answer::Unproven(why)))),
                };
                let then = match question {
                    Question::Sign(intent, attestation) => {
                        self.sign(batch, &caller, *intent, attestation)?
                    }
                    Question::Explain(intent) => self.explain(batch.at, &caller, &intent),
                    Question::Status => {
                        let proofs = self.buckets.take(&caller, batch.at.fast_ms);
                        Then::Say(self.status(batch.at, proofs))
                    }
                    Question::Note(envelope) => self.carried(batch, &caller, envelope)?,
                    Question::Freeze(reason) => self.freeze(batch, &caller, &reason)?,
                };
                Ok((To::Caller { name: caller, hash }, then))
            }
            Request::Ping => Ok((To::Operator, Then::Text(Ok(String::new())))),
            Request::Metrics => Ok((To::Operator, Then::Text(Ok(self.metrics(batch.at))))),
            Request::Local(local) => {
                let then = match local {
                    Local::Status => Then::Text(Ok(self.status_text(batch.at))),
                    Local::Unlock(sealing) => self.unlock(batch, sealing)?,
                    Local::Lock => self.lock(batch)?,
                    Local::Note(envelope) => self.note(batch, "local", envelope, false)?,
                    Local::Found(envelope) => self.note(batch, "local", envelope, true)?,
                    Local::Freeze(reason) => self.freeze(batch, "local", &reason)?,
                    Local::ClockAccept => self.accept_clock(batch)?,
                    Local::Export(words) => self.export(batch, &words)?,
                    Local::ClobAuth(nonce) => self.login(batch, nonce)?,
                };
                Ok((To::Operator, then))
            }
        }
    }

    /// Adds a leaf to the batch, and takes it into the state.
    fn push(
        &mut self,
        batch: &mut Batch,
        by: &str,
        what: What,
        entry: Option<RowEntry>,
    ) -> Result<usize, Fault> {
        let place = batch.push(by, what);
        if let Some(entry) = entry {
            let leaf = self.leaf_of(place)?;
            self.force.apply(leaf, batch.at, entry)?;
        }
        Ok(place)
    }

    /// The leaf that the batch's entry at `place` will be.
    fn leaf_of(&self, place: usize) -> Result<u64, Fault> {
        u64::try_from(place)
            .ok()
            .and_then(|place| self.journal.size().checked_add(place))
            .ok_or(Fault::Corrupt("a leaf index"))
    }

    fn look_at_host(&mut self) {
        let key = self
            .key
            .open()
            .map_or(Key::Locked, |(unlocked, lease_ends_ms)| Key::Open {
                generation: unlocked.generation,
                signing_address: unlocked.address,
                lease_ends_ms,
            });
        self.force.set_host(Host {
            key,
            disk: self.reserve.disk(),
            held: self.witnesses.held(self.force.facts()),
        });
    }

    /// Records the batch, then signs and answers.
    fn finish(&mut self, batch: Batch) -> Result<(), Fault> {
        let Batch {
            at,
            entries,
            waiting,
            ..
        } = batch;
        let leaves = match self.journal.record(entries) {
            Ok(leaves) => leaves,
            Err(fault) => {
                for waiting in waiting {
                    waiting.reply.answer(Answer::Failed);
                }
                return Err(fault);
            }
        };
        let mut leaves: Vec<_> = leaves.into_iter().map(Some).collect();
        let mut waiting = waiting.into_iter();
        while let Some(one) = waiting.next() {
            match self.answer(&mut leaves, at, &one.to, one.then) {
                Ok(answer) => one.reply.answer(answer),
                Err(fault) => {
                    // What is wrong with one answer may be wrong with all.
                    one.reply.answer(Answer::Failed);
                    for rest in waiting {
                        rest.reply.answer(Answer::Failed);
                    }
                    return Err(fault);
                }
            }
        }
        Ok(())
    }
}

/// Whose turn comes first in a batch: freezes, then the operator, whose lock
/// would otherwise take the key from orders already approved; then the rest,
/// and with them the operator's login, which is signed as orders are.
fn turn(request: &Request) -> u8 {
    let is_login = matches!(request, Request::Local(Local::ClobAuth(_)));
    if request.is_freeze() {
        0
    } else if matches!(request, Request::Local(_)) && !is_login {
        1
    } else {
        2
    }
}
