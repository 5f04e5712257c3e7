//! One process after the other over the same disk: open, serve, die.

use std::sync::Arc;

use disk::{Disk, Image, Keeps, Rng};
use frame::intent::Intent;
use frame::{Ask, Epoch};

use super::model::Model;
use super::tally::Tally;
use super::wire::{Asked, Wire, hello, local_call};
use super::{rows, world};
use crate::seam::{Answer, Local, Question, Request};
use crate::tests::desk::sealing;
use crate::time::Reading;
use crate::{Unbegun, Vault};
use frame::hop::Proof;

/// A journal and everyone around it, from its birth on.
pub(super) struct Era {
    disk: Arc<Disk>,
    pub(super) model: Model,
    now: Reading,
    /// A sync failed, and the machine did not.
    shaken: bool,
    /// A witness holds what it charges.
    witnessed: bool,
    serial: u64,
    named: u64,
    epoch: Epoch,
    counter: u64,
}

type Lived = Result<(), String>;

impl Era {
    /// An era over a disk that holds `image`.
    pub(super) fn begin(image: &Image, lies: bool, witnessed: bool) -> Self {
        let disk = world::disk(image);
        disk.lie(lies);
        Self {
            disk: Arc::new(disk),
            model: Model::default(),
            now: Reading {
                wall_ms: world::BORN_MS + 60_000,
                raw_ms: 3_600_000,
                boot_ms: 3_600_000,
            },
            shaken: false,
            witnessed,
            serial: 100,
            named: 0,
            epoch: [0; 16],
            counter: 0,
        }
    }

    /// A journal with a key set, a policy and an `alive`, well stopped.
    pub(super) fn genesis(witnessed: bool) -> Image {
        let era = Self::begin(&world::born(), false, witnessed);
        let config = world::config(&era.disk, false);
        let mut vault = Vault::read(config, era.now)
            .and_then(Unbegun::begin)
            .unwrap();
        let alive = world::alive(1, world::BORN_MS);
        for local in [
            Local::Found(world::keyset()),
            Local::Note(world::policy(witnessed)),
            Local::Note(alive),
        ] {
            let (answers, served) =
                Wire::new(&era.disk, u64::MAX).serve(&mut vault, vec![local_call(local)], era.now);
            served.unwrap();
            let (_, Answer::Local(told)) = &answers[0] else {
                panic!("the operator is told");
            };
            told.as_ref().unwrap();
        }
        vault.end().unwrap();
        era.disk.image()
    }

    /// One process, from its start to the power's going.
    pub(super) fn life(&mut self, rng: &mut Rng, tally: &mut Tally) -> Lived {
        match rng.below(10) {
            // What a failed sync left is shown and not kept: a second fault
            // before it is written again is more than any log survives.
            _ if self.shaken => {}
            0..3 => self.disk.fuse(rng.below(16)),
            3..8 => self.disk.fuse(rng.below(150)),
            8 => self.disk.fail_sync(rng.below(12)),
            _ => {}
        }
        let unattended = rng.chance(20);
        let config = world::config(&self.disk, unattended);
        let opened = Vault::read(config, self.now).and_then(Unbegun::begin);
        let lived = match opened {
            Err(_) | Ok(_) if self.is_over() => {
                tally.at_start += 1;
                Ok(())
            }
            Err(problem) => return Err(format!("the vault does not open: {problem}")),
            Ok(vault) => {
                tally.recoveries += 1;
                let image = self.disk.image();
                self.model.opened(&image, tally)?;
                let time = policy::Time::agreed(self.now.wall_ms);
                let known = vault.force.state.charged(time).lifetime_units;
                let charged = rows::lifetime(&rows::read(&image))?;
                if known != u128::from(charged) {
                    return Err(format!("{known} are known, and {charged} charged or owed"));
                }
                self.work(vault, unattended, rng, tally)
            }
        };
        self.die(rng, tally);
        lived
    }

    /// Whether the process can do no more: the power went, or a sync failed.
    fn is_over(&self) -> bool {
        self.disk.is_dead() || self.disk.has_failed()
    }

    /// The power goes, if it has not, and comes again.
    fn die(&mut self, rng: &mut Rng, tally: &mut Tally) {
        self.disk.kill();
        let before = self.disk.tally();
        let failed = self.disk.has_failed();
        let keeps = if failed && rng.chance(60) {
            Keeps::Cached
        } else {
            *rng.pick(&Keeps::ALL)
        };
        tally.failed_syncs += u64::from(failed);
        self.shaken = failed && keeps == Keeps::Cached;
        self.disk.crash(keeps, rng);
        let after = self.disk.tally();
        tally.crashes += 1;
        tally.unsynced += after.unsynced - before.unsynced;
        tally.lost += after.lost - before.lost;
        self.pass(rng.below(20_000));
        if keeps != Keeps::Cached {
            self.now.raw_ms = 5_000 + rng.below(60_000);
            self.now.boot_ms = self.now.raw_ms;
        }
    }

    fn pass(&mut self, ms: u64) {
        self.now.wall_ms += ms;
        self.now.raw_ms += ms;
        self.now.boot_ms += ms;
    }

    fn work(
        &mut self,
        mut vault: Vault,
        unattended: bool,
        rng: &mut Rng,
        tally: &mut Tally,
    ) -> Lived {
        let leaves = if rng.chance(25) {
            rng.below(30)
        } else {
            u64::MAX
        };
        let wire = Wire::new(&self.disk, leaves);
        let mut asked = vec![hello()];
        if !unattended {
            let sealing = sealing(world::SEALING);
            asked.push(local_call(Local::Unlock(sealing)));
        }
        self.batch(&mut vault, &wire, asked, tally)?;
        self.ask_at_once(&mut vault, &wire, tally)?;
        // Its start and its first advance.
        for _ in 0..if self.witnessed { 2 } else { 0 } {
            let word = world::cosigned(&vault.journal, self.now.wall_ms);
            let asked = vec![local_call(Local::Note(word))];
            self.batch(&mut vault, &wire, asked, tally)?;
            if self.is_over() {
                return Ok(());
            }
        }
        let batches = rng.below(14);
        for _ in 0..batches {
            if self.is_over() {
                break;
            }
            self.time_passes(rng);
            let count = 1 + rng.below(6);
            let mut asked: Vec<_> = (0..count).map(|_| self.question(rng)).collect();
            if self.witnessed && rng.chance(70) {
                let word = world::cosigned(&vault.journal, self.now.wall_ms);
                asked.push(local_call(Local::Note(word)));
            }
            self.batch(&mut vault, &wire, asked, tally)?;
        }
        if self.is_over() {
            return Ok(());
        }
        if rng.chance(40) {
            tally.stopping += 1;
            let stopped = vault.end();
            if let (Err(fault), false) = (stopped, self.is_over()) {
                return Err(format!("the vault does not stop: {fault}"));
            }
        }
        Ok(())
    }

    /// What left before the crash is asked for again at the first chance, and
    /// nothing but a freeze may keep the answer back.
    fn ask_at_once(&mut self, vault: &mut Vault, wire: &Wire, tally: &mut Tally) -> Lived {
        let fast_ms = vault.account.mark().fast_ms;
        let Some(intent) = self.model.alive(fast_ms).cloned() else {
            return Ok(());
        };
        if self.is_over() || self.model.frozen.is_some() {
            return Ok(());
        }
        let before = tally.again_same;
        let asked = self.sign(intent);
        self.batch(vault, wire, vec![asked], tally)?;
        if self.is_over() {
            return Ok(());
        }
        if tally.again_same == before {
            return Err("an order that left is not given again".to_owned());
        }
        tally.again_at_once += 1;
        Ok(())
    }

    fn batch(
        &mut self,
        vault: &mut Vault,
        wire: &Wire,
        asked: Vec<Asked>,
        tally: &mut Tally,
    ) -> Lived {
        let key = world::request_key();
        let known: Vec<_> = asked.iter().map(|a| (a.intent.clone(), a.hash)).collect();
        let operations = self.disk.tally().operations;
        let (answers, served) = wire.serve(vault, asked, self.now);
        // A vault that stops lets SQLite close its journal, or is not so lucky.
        if served.is_err() && self.named.is_multiple_of(2) {
            self.disk.kill();
        }
        tally.unanswered += u64::try_from(known.len() - answers.len()).unwrap();
        if let (Err(fault), false) = (&served, self.is_over()) {
            return Err(format!("the vault failed: {fault}"));
        }
        if served.is_ok() && self.disk.is_dead() && self.disk.tally().operations > operations {
            tally.before_answer += 1;
        }
        for (call, answer) in answers {
            let (intent, hash) = &known[call];
            match (answer, hash) {
                (Answer::Welcome { epoch, .. }, _) => (self.epoch, self.counter) = (epoch, 0),
                (Answer::Local(_), _) => {}
                (Answer::Proven { answer, mac }, Some(hash)) => {
                    if !frame::same(&key.answer(hash, &answer), &mac) {
                        return Err("an answer is not proven".to_owned());
                    }
                    self.model.heard(intent.as_ref(), &answer, tally)?;
                }
                (Answer::Failed, _) if self.disk.has_failed() => tally.unanswered += 1,
                (Answer::Proven { .. } | Answer::Unproven(_) | Answer::Failed, _) => {
                    return Err("an answer that nobody can have got".to_owned());
                }
            }
        }
        Ok(())
    }

    fn time_passes(&mut self, rng: &mut Rng) {
        let ms = match rng.below(100) {
            0..70 => rng.below(2_000),
            70..90 => rng.below(40_000),
            90..98 => rng.below(1_800_000),
            _ => rng.below(4 * 3_600_000),
        };
        self.pass(ms);
        match rng.below(150) {
            0 => self.now.wall_ms += rng.below(20_000),
            1 => self.now.wall_ms -= rng.below(20_000),
            _ => {}
        }
    }

    /// Whatever comes to anyone's mind.
    fn question(&mut self, rng: &mut Rng) -> Asked {
        let now_ms = self.now.wall_ms;
        if self.model.frozen.is_some() && rng.chance(25) {
            return self.thaw(now_ms);
        }
        match rng.below(100) {
            0..50 => {
                self.named += 1;
                let name = format!("i{}", self.named);
                let intent = world::intent(&name, 0, now_ms, rng);
                self.ask(intent)
            }
            50..78 if !self.model.asked.is_empty() => {
                // What was asked lately is still in time.
                let back = rng.index(self.model.asked.len().min(12));
                let len = self.model.asked.len();
                let old = self.model.asked[len - 1 - back].clone();
                match rng.below(5) {
                    0..2 => self.sign(old),
                    2..4 => {
                        let bent = world::bent(&old, rng);
                        self.sign(bent)
                    }
                    _ => {
                        let mut again = world::intent("again", old.attempt + 1, now_ms, rng);
                        again.id = old.id;
                        self.ask(again)
                    }
                }
            }
            50..82 => {
                let intent = world::intent("explained", 0, now_ms, rng);
                self.prove(Question::Explain(Box::new(intent)))
            }
            82..85 => self.prove(Question::Status),
            85..87 => self.prove(Question::Freeze("why not".to_owned())),
            87 => self.thaw(now_ms),
            88..91 => {
                self.serial += 1;
                let hour_usdc = 10 + rng.below(36);
                let note = world::dial(self.serial, now_ms, hour_usdc);
                self.prove(Question::Note(note))
            }
            91..93 => {
                self.serial += 1;
                let note = world::alive(self.serial, now_ms);
                self.prove(Question::Note(note))
            }
            93 => local_call(Local::Lock),
            94..97 => {
                let sealing = sealing(world::SEALING);
                local_call(Local::Unlock(sealing))
            }
            _ => local_call(Local::ClockAccept),
        }
    }

    fn thaw(&mut self, now_ms: u64) -> Asked {
        let leaf = self.model.frozen.unwrap_or(0);
        self.prove(Question::Note(world::unfreeze(leaf, now_ms)))
    }

    fn ask(&mut self, intent: Intent) -> Asked {
        self.model.asked.push(intent.clone());
        self.sign(intent)
    }

    fn sign(&mut self, intent: Intent) -> Asked {
        let mut asked = self.prove(Question::Sign(Box::new(intent.clone()), Vec::new()));
        asked.intent = Some(intent);
        asked
    }

    fn prove(&mut self, question: Question) -> Asked {
        self.counter += 1;
        let (epoch, counter) = (self.epoch, self.counter);
        let ask = |ask: &Ask<'_>| world::request_key().ask(world::CALLER, &epoch, counter, ask);
        let (mac, hash) = question.framed(ask);
        Asked {
            request: Request::Proven {
                caller: world::CALLER.to_owned(),
                proof: Proof {
                    epoch,
                    counter,
                    mac,
                },
                question,
            },
            intent: None,
            hash: Some(hash),
        }
    }
}
