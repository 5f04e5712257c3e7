//! The vault's loop over a simulated disk as an adversary's world, and an
//! exchange in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use disk::{Disk, Image, Keeps};
use frame::hop::Proof;
use frame::intent::Intent;
use frame::{Ask, Epoch};
use hostile::{Answer, By, Chain, Fill, Kill, ONE, Scene, Signed, Wallet, World};

use crate::seam::{self, Local, Question, Request};
use crate::tests::crashes::wire::{Asked, Wire, hello, local_call};
use crate::tests::crashes::world;
use crate::tests::desk::sealing;
use crate::time::Reading;
use crate::{Unbegun, Vault};

/// More than any campaign spends.
const CASH: i128 = 100_000_000_000_000;

/// One vault, its disk, its callers and its exchange.
pub(super) struct Inside {
    disk: Arc<Disk>,
    vault: Option<Vault>,
    now: Reading,
    epoch: Epoch,
    counter: u64,
    chain: Chain,
    rng: disk::Rng,
    /// What a crash puts back, if it does: the disk as it was when a status was
    /// read last.
    copy: Option<Image>,
}

impl Inside {
    /// A vault that was founded for `scene` a moment ago, and unlocked.
    pub(super) fn new(scene: &Scene, rng: disk::Rng, put_back: bool) -> Self {
        let disk = world::disk(&world::born());
        let held = scene.declared.iter();
        let wallet = Wallet {
            cash: CASH,
            held: held.map(|(token, shares)| (*token, shares * ONE)).collect(),
        };
        let mut inside = Self {
            disk: Arc::new(disk),
            vault: None,
            now: Reading {
                wall_ms: world::BORN_MS + 60_000,
                raw_ms: 3_600_000,
                boot_ms: 3_600_000,
            },
            epoch: [0; 16],
            counter: 0,
            chain: Chain::of(wallet),
            rng,
            copy: None,
        };
        inside.open();
        let policy = world::policy_bent(&scene.bend());
        let alive = world::alive_for(1, inside.now.wall_ms, scene.alive_hours);
        for local in [
            Local::Found(world::keyset()),
            Local::Note(policy),
            Local::Note(alive),
        ] {
            inside.local(local);
        }
        inside.unlock();
        inside.copy = put_back.then(|| inside.disk.image());
        inside
    }

    fn open(&mut self) {
        let config = world::config(&self.disk, false);
        let opened = Vault::read(config, self.now).and_then(Unbegun::begin);
        self.vault = Some(opened.unwrap_or_else(|e| panic!("the vault does not open: {e}")));
        self.greet();
    }

    fn greet(&mut self) {
        for (_, answer) in self.serve(vec![hello()], u64::MAX) {
            if let seam::Answer::Welcome { epoch, .. } = answer {
                (self.epoch, self.counter) = (epoch, 0);
            }
        }
    }

    fn unlock(&mut self) {
        self.local(Local::Unlock(sealing(world::SEALING)));
    }

    fn local(&mut self, local: Local) {
        let mut answers = self.serve(vec![local_call(local)], u64::MAX);
        let Some((_, seam::Answer::Local(told))) = answers.pop() else {
            panic!("the operator is told");
        };
        told.unwrap_or_else(|refusal| panic!("{refusal}"));
    }

    /// Has a batch decided; at most `leaves` answers leave before the power goes.
    fn serve(&mut self, asked: Vec<Asked>, leaves: u64) -> Vec<(usize, seam::Answer)> {
        for clock in [
            &mut self.now.wall_ms,
            &mut self.now.raw_ms,
            &mut self.now.boot_ms,
        ] {
            *clock += 2;
        }
        let vault = self.vault.as_mut().unwrap();
        let (answers, served) = Wire::new(&self.disk, leaves).serve(vault, asked, self.now);
        if let (Err(fault), false) = (&served, self.disk.is_dead()) {
            panic!("the vault failed: {fault}");
        }
        answers
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

    fn question(&mut self, question: Question) -> frame::Answer {
        let asked = self.prove(question);
        match self.serve(vec![asked], u64::MAX).pop() {
            Some((_, seam::Answer::Proven { answer, .. })) => *answer,
            _ => panic!("a proven question has a proven answer"),
        }
    }

    fn in_one_batch(&mut self, intents: &[Intent], leaves: u64) -> Vec<Answer> {
        let asked = intents.iter().map(|intent| Box::new(intent.clone()));
        let asked: Vec<_> = asked.collect();
        let asked = asked
            .into_iter()
            .map(|intent| self.prove(Question::Sign(intent, Vec::new())))
            .collect();
        let mut told = vec![Answer::Lost; intents.len()];
        for (nth, answer) in self.serve(asked, leaves) {
            if let seam::Answer::Proven { answer, .. } = answer {
                told[nth] = heard(&answer);
            }
        }
        told
    }

    /// The power is gone; it comes again, and a person unlocks.
    fn recover(&mut self) {
        self.disk.kill();
        self.vault = None;
        let keeps = *self.rng.pick(&Keeps::ALL);
        self.disk.crash(keeps, &mut self.rng);
        if let Some(image) = &self.copy {
            self.disk = Arc::new(world::disk(image));
        }
        let off_s = self.rng.below(20);
        self.pass(off_s);
        if keeps != Keeps::Cached {
            self.now.raw_ms = 5_000 + self.rng.below(60_000);
            self.now.boot_ms = self.now.raw_ms;
        }
        self.open();
        self.unlock();
    }
}

fn heard(answer: &frame::Answer) -> Answer {
    match answer {
        frame::Answer::Approved(approval) => {
            let order = &approval.order;
            let side = match order.side {
                0 => order::Side::Buy,
                _ => order::Side::Sell,
            };
            Answer::Signed(Signed {
                hash: approval.order_hash.0,
                side,
                token: order.tokenId,
                maker: order.makerAmount.to(),
                taker: order.takerAmount.to(),
                charge: approval.charge_units,
                posted: String::new(),
            })
        }
        frame::Answer::WouldApprove { .. } => Answer::Would,
        frame::Answer::Denied {
            code, retry_at_ms, ..
        } => Answer::Denied {
            code: code.clone(),
            retry_at_ms: *retry_at_ms,
        },
        frame::Answer::Status(_) | frame::Answer::Noted { .. } | frame::Answer::Frozen { .. } => {
            panic!("an order is approved or denied")
        }
    }
}

impl World for Inside {
    fn now_ms(&mut self) -> u64 {
        self.now.wall_ms
    }

    fn pass(&mut self, seconds: u64) {
        for clock in [
            &mut self.now.wall_ms,
            &mut self.now.raw_ms,
            &mut self.now.boot_ms,
        ] {
            *clock += seconds * 1_000;
        }
    }

    fn ask(&mut self, intents: &[Intent]) -> Vec<Answer> {
        self.in_one_batch(intents, u64::MAX)
    }

    fn explain(&mut self, intent: &Intent) -> Answer {
        heard(&self.question(Question::Explain(Box::new(intent.clone()))))
    }

    fn kill(&mut self, whom: Kill, intents: &[Intent], after: usize) -> Vec<Answer> {
        if whom == Kill::Door {
            // What it was told and had not sent on is lost.
            let sent = after.min(intents.len());
            let mut answers = self.in_one_batch(&intents[..sent], u64::MAX);
            answers.resize(intents.len(), Answer::Lost);
            self.greet();
            return answers;
        }
        let leaves = if self.rng.chance(50) {
            u64::try_from(after).unwrap()
        } else {
            self.disk.fuse(self.rng.below(40));
            u64::MAX
        };
        let answers = self.in_one_batch(intents, leaves);
        self.recover();
        answers
    }

    fn status(&mut self) -> BTreeMap<String, String> {
        let frame::Answer::Status(standing) = self.question(Question::Status) else {
            panic!("a status is a standing");
        };
        if let Some(copy) = &mut self.copy {
            *copy = self.disk.image();
        }
        let lines = standing.lines.into_iter();
        lines.map(|line| (line.name, line.value)).collect()
    }

    fn freeze(&mut self) -> u64 {
        let answer = self.question(Question::Freeze("as it likes".to_owned()));
        let frame::Answer::Frozen { leaf_index } = answer else {
            panic!("a freeze is acknowledged: {answer:?}");
        };
        leaf_index
    }

    fn journal(&self) -> String {
        hex::encode(world::JOURNAL_ID)
    }

    fn signed(&mut self, text: &str, by: By) -> Vec<u8> {
        match by {
            By::Quorum => world::by_quorum(text),
            By::Operator => world::by_operator(text),
        }
    }

    fn carry(&mut self, note: &[u8]) -> Result<(), String> {
        let answer = self.question(Question::Note(note.to_vec()));
        if let frame::Answer::Denied { code, .. } = answer {
            return Err(code);
        }
        assert!(matches!(answer, frame::Answer::Noted { .. }), "{answer:?}");
        Ok(())
    }

    fn settle(&mut self, fill: Fill<'_>) -> Result<(), String> {
        self.chain.settle(fill)
    }

    fn wallet(&mut self) -> Wallet {
        self.chain.wallet.clone()
    }
}
