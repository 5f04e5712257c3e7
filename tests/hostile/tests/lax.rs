//! Signers that keep one promise too few, so that it shows that the adversary
//! finds it: one that signs whatever it is asked, one that makes two orders of
//! an attempt, one that signs behind a freeze.

use std::collections::BTreeMap;

use frame::intent::{Intent, Size};
use hostile::{
    Answer, By, Chain, Fill, Kill, ONE, Outcome, Rng, Scene, Signed, Wallet, World, run,
};
use order::{Address, Side};

/// Which promise is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lacks {
    Limits,
    Names,
    Freezes,
}

struct Lax {
    lacks: Lacks,
    now_ms: u64,
    signed: BTreeMap<Vec<u8>, Signed>,
    frozen: bool,
    chain: Chain,
    fee_bps: u64,
    /// How many orders it makes before a campaign must end.
    most: usize,
}

impl Lax {
    fn new(lacks: Lacks, scene: &Scene) -> Self {
        let held = scene.declared.iter();
        let wallet = Wallet {
            cash: 1_000_000_000_000_000,
            held: held.map(|(token, shares)| (*token, shares * ONE)).collect(),
        };
        Self {
            lacks,
            now_ms: 1_795_176_000_000,
            signed: BTreeMap::new(),
            frozen: false,
            chain: Chain::of(wallet),
            fee_bps: scene.fee_bps,
            most: 100,
        }
    }

    /// An order of its own for each content; hashes are counted.
    fn sign(&mut self, intent: &Intent) -> Answer {
        if self.frozen && self.lacks != Lacks::Freezes {
            return denied("FROZEN");
        }
        let spent: u64 = self.signed.values().map(|signed| signed.charge).sum();
        if self.lacks != Lacks::Limits && spent > 500 * ONE {
            return denied("BUDGET_DAY");
        }
        let name = match self.lacks {
            Lacks::Names => intent.frame(),
            Lacks::Limits | Lacks::Freezes => {
                [intent.id.as_str().as_bytes(), &intent.attempt.to_be_bytes()].concat()
            }
        };
        let Size::Shares(shares) = intent.size else {
            return denied("NOT_AN_ORDER");
        };
        let cash = shares.get() / 10_000 * u64::from(intent.limit_price.get());
        let (maker, taker, charge) = match intent.side {
            Side::Buy => (cash, shares.get(), cash + cash * self.fee_bps / 10_000 + 1),
            Side::Sell => (shares.get(), cash, 0),
        };
        let count = u64::try_from(self.signed.len()).unwrap();
        let signed = self.signed.entry(name).or_insert_with(|| {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&count.to_be_bytes());
            Signed {
                hash,
                side: intent.side,
                token: intent.token_id,
                maker,
                taker,
                charge,
                posted: String::new(),
            }
        });
        Answer::Signed(signed.clone())
    }
}

fn denied(code: &str) -> Answer {
    Answer::Denied {
        code: code.to_owned(),
        retry_at_ms: None,
    }
}

impl World for Lax {
    fn now_ms(&mut self) -> u64 {
        self.now_ms
    }
    fn pass(&mut self, seconds: u64) {
        self.now_ms += seconds * 1_000;
    }
    fn ask(&mut self, intents: &[Intent]) -> Vec<Answer> {
        intents.iter().map(|intent| self.sign(intent)).collect()
    }
    fn explain(&mut self, _: &Intent) -> Answer {
        // Never enough: a campaign ends.
        if self.signed.len() < self.most {
            Answer::Would
        } else {
            denied("RATE")
        }
    }
    fn kill(&mut self, _: Kill, intents: &[Intent], _: usize) -> Vec<Answer> {
        self.ask(intents)
    }
    fn status(&mut self) -> BTreeMap<String, String> {
        self.most = self.signed.len() + 100;
        ["loss_next_24h_usdc", "loss_until_locked_usdc"]
            .map(|name| (name.to_owned(), "400".to_owned()))
            .into()
    }
    fn freeze(&mut self) -> u64 {
        self.frozen = true;
        0
    }
    fn journal(&self) -> String {
        "6f".repeat(16)
    }
    fn signed(&mut self, text: &str, _: By) -> Vec<u8> {
        text.as_bytes().to_vec()
    }
    fn carry(&mut self, note: &[u8]) -> Result<(), String> {
        if note.starts_with(b"countersign/unfreeze/") {
            self.frozen = false;
        }
        Ok(())
    }
    fn settle(&mut self, fill: Fill<'_>) -> Result<(), String> {
        self.chain.settle(fill)
    }
    fn wallet(&mut self) -> Wallet {
        self.chain.wallet.clone()
    }
}

/// How each of some campaigns ended.
fn plays(lacks: Lacks) -> Vec<Result<Outcome, String>> {
    (0..20)
        .map(|nth| {
            let mut rng = Rng::of(3, nth);
            let scene = Scene::of(&mut rng);
            let mut world = Lax::new(lacks, &scene);
            run(&mut world, &scene, rng, Address::repeat_byte(1))
        })
        .collect()
}

fn found(lacks: Lacks, words: &str) -> bool {
    let broken = |played: &Result<Outcome, String>| {
        played.as_ref().is_err_and(|broken| broken.contains(words))
    };
    plays(lacks).iter().any(broken)
}

#[test]
fn a_signer_without_limits_is_exceeded_by_all_of_them() {
    for played in plays(Lacks::Limits) {
        let outcome = played.unwrap();
        println!("{outcome:?}");
        assert!(outcome.exceeds(100), "{outcome:?}");
    }
}

#[test]
fn an_attempt_that_is_two_orders_is_found() {
    assert!(found(Lacks::Names, "is two orders"));
}

#[test]
fn an_order_behind_a_freeze_is_found() {
    assert!(found(Lacks::Freezes, "signed behind the freeze"));
}
