//! A vault whose policy names three witnesses, and the three.

use note::{PublicKey, Seed, WitnessKey};
use order::{Address, B256, CollateralUnits, PriceE4, ShareUnits, Side};
use policy::{Intent, IntentId, Kind, Observed, Size};
use ring::signature::Ed25519KeyPair;
use tlog::{Cosignature, Head};

use crate::tests::desk::{Desk, JOURNAL, exit_at, word};
use crate::tests::*;
use crate::time::Reading;

const LEADER: Address = Address::repeat_byte(0x22);
/// As the policy has it.
pub(super) const LATE_MS: u64 = 900_000;
/// The seeds of the three witnesses, of which two are enough.
pub(super) const ALL: [u8; 3] = [31, 32, 33];

fn witness(seed: u8) -> WitnessKey {
    let public = PublicKey::of_seed(&Seed::new([seed; 32]));
    WitnessKey::new(&format!("example.com/witness-{seed}"), public).unwrap()
}

/// A desk whose policy names three witnesses.
pub(super) struct Story {
    pub(super) desk: Desk,
    /// How long after now it is.
    pub(super) later_ms: u64,
}

impl Story {
    pub(super) fn begin() -> Self {
        let desk = Desk::open_with(0, |policy| {
            policy.scope.leaders.insert(LEADER);
            policy.witnessing.witness_threshold = 2;
            policy.witnessing.witnesses = ALL.map(witness).into();
            policy.witnessing.advance_usdc = CollateralUnits::new(50_000_000);
        });
        Self { desk, later_ms: 0 }
    }

    /// The same, and open for buys.
    pub(super) fn open() -> Self {
        let mut story = Self::begin();
        story.settle();
        story
    }

    pub(super) fn reading(&self) -> Reading {
        let Reading {
            wall_ms,
            raw_ms,
            boot_ms,
        } = clock::read().unwrap();
        Reading {
            wall_ms: wall_ms + self.later_ms,
            raw_ms: raw_ms + self.later_ms,
            boot_ms: boot_ms + self.later_ms,
        }
    }

    pub(super) fn now_s(&self) -> u64 {
        self.reading().wall_ms / 1_000
    }

    pub(super) fn tell(&mut self, told: Local) -> Result<String, String> {
        let (call, told) = call(Request::Local(told), true);
        self.desk.vault.serve(vec![call], self.reading()).unwrap();
        let Answer::Local(text) = told.recv().unwrap() else {
            panic!("the operator is answered with text")
        };
        text
    }

    /// The head as it is, signed by the journal's log alone.
    pub(super) fn head(&self) -> String {
        let journal = &self.desk.vault.journal;
        let signed = journal.checkpoint();
        let head = Head {
            origin: tlog::origin(&JOURNAL),
            size: journal.size(),
            root: tlog::Hash::from_base64(&signed.root).unwrap(),
        };
        format!("{}\n{}\n", head.text(), signed.line)
    }

    pub(super) fn carry(&mut self, note: String) -> Result<String, String> {
        self.tell(Local::Note(note.into_bytes()))
    }

    /// Shows what there is to these witnesses, and carries back what they say.
    pub(super) fn show(&mut self, to: &[u8]) -> Result<String, String> {
        let note = cosigned(&self.head(), to, self.now_s());
        self.carry(note)
    }

    /// Goes on until nothing waits for them.
    pub(super) fn settle(&mut self) {
        for _ in 0..3 {
            self.show(&ALL).unwrap();
        }
        assert_eq!(self.causes(), Vec::<String>::new());
    }

    pub(super) fn line(&mut self, name: &str) -> String {
        let status = self.tell(Local::Status).unwrap();
        let mut lines = status.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.unwrap_or_default().to_owned()
    }

    pub(super) fn causes(&mut self) -> Vec<String> {
        let status = self.tell(Local::Status).unwrap();
        let causes = status.lines().filter_map(|l| l.strip_prefix("cause "));
        causes.map(str::to_owned).collect()
    }

    pub(super) fn ask(&mut self, question: Question) -> String {
        let (call, told) = self.desk.question(question);
        self.desk.vault.serve(vec![call], self.reading()).unwrap();
        word(&told)
    }

    pub(super) fn exit(&mut self, number: u64) -> String {
        let now_ms = self.reading().wall_ms;
        self.ask(exit_at(now_ms, number, 5_000))
    }

    /// Asks to copy 20 shares at 0.50: 11 USDC charged.
    pub(super) fn buy(&mut self, number: u64) -> String {
        let now_ms = self.reading().wall_ms;
        let Question::Sign(exit, _) = exit_at(now_ms, number, 5_000) else {
            panic!("an exit is asked to be signed")
        };
        let observed = Observed {
            leader: LEADER,
            fill: B256::repeat_byte(5),
            price: PriceE4::new(5_000).unwrap(),
            size: ShareUnits::new(100_000_000),
            traded_ms: now_ms,
            observed_ms: now_ms,
        };
        let intent = Intent {
            kind: Kind::Copy(observed),
            id: IntentId::parse(&format!("{}-buy", exit.id.as_str())).unwrap(),
            side: Side::Buy,
            size: Size::Shares(ShareUnits::new(20_000_000)),
            ..*exit
        };
        self.ask(Question::Sign(Box::new(intent), Vec::new()))
    }

    /// The journal's files, as a copy of the disk has them.
    pub(super) fn copy(&self) -> Vec<(String, Vec<u8>)> {
        let folder = std::fs::read_dir(self.desk.folder.path()).unwrap();
        folder
            .map(|file| {
                let file = file.unwrap();
                let name = file.file_name().into_string().unwrap();
                (name, std::fs::read(file.path()).unwrap())
            })
            .filter(|(name, _)| name.starts_with("journal") && !name.ends_with("-shm"))
            .collect()
    }

    /// Another process on the journal: as it is, or as `copy` has it.
    pub(super) fn again(mut self, copy: Option<Vec<(String, Vec<u8>)>>, clean: bool) -> Self {
        let folder = self.desk.folder;
        if clean {
            self.desk.vault.end().unwrap();
        } else {
            drop(self.desk.vault);
        }
        if let Some(copy) = copy {
            for suffix in ["", "-wal", "-shm"] {
                std::fs::remove_file(folder.path().join(format!("journal.sqlite{suffix}"))).ok();
            }
            for (name, bytes) in copy {
                std::fs::write(folder.path().join(name), bytes).unwrap();
            }
        }
        self.desk = Desk::again(folder, self.desk.policy);
        self.tell(Desk::unlock()).unwrap();
        self
    }

    pub(super) fn lifetime(&mut self) -> String {
        self.line("charged_lifetime_usdc")
    }
}

/// The checkpoint in `note`, with the word of each of `by` at `time_s`.
pub(super) fn cosigned(note: &str, by: &[u8], time_s: u64) -> String {
    let (text, lines) = note.split_once("\n\n").unwrap();
    let text = format!("{text}\n");
    let message = tlog::cosigned_message(time_s, &text);
    let words = by.iter().map(|seed| {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[*seed; 32]).unwrap();
        let signature = pair.sign(message.as_bytes());
        Cosignature::line(
            &witness(*seed),
            time_s,
            signature.as_ref().try_into().unwrap(),
        )
    });
    format!("{text}\n{lines}{}", words.collect::<String>())
}
