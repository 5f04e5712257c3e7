//! A disk that fails under a signer that knows nothing of it, and what was done
//! to it, for a replay.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::preloaded;

/// The journal's database and its log, as the library tells them apart.
pub const FILES: [&str; 2] = ["journal.sqlite", "journal.sqlite-wal"];
const WORDS: u64 = 6;
/// As long as the library maps it.
const TRACE_BYTES: u64 = 64 << 20;

/// How an operation fails.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    /// Which operation of the journal, from 1.
    pub at: u64,
    /// With which error.
    pub errno: i32,
    /// And every one after it.
    pub for_good: bool,
    /// A write does half of its work first.
    pub torn: bool,
}

/// The disk, and the library that stands before it.
pub struct Faulty {
    library: PathBuf,
    control: PathBuf,
    trace: PathBuf,
}

impl Faulty {
    /// A disk that works; its files stand in `folder`.
    pub fn new(folder: &Path) -> Self {
        let library = preloaded::build(folder, "faulty.c", "faulty.so", &[]);
        let faulty = Self {
            library,
            control: folder.join("fault"),
            trace: folder.join("trace"),
        };
        faulty.reset(None);
        faulty
    }

    /// Begins again: nothing done, and at most one failure to come.
    pub fn reset(&self, failure: Option<Failure>) {
        let words = failure.map_or([0; 6], |failure| {
            let at = i64::try_from(failure.at).expect("few operations");
            [
                0,
                at,
                failure.errno.into(),
                failure.for_good.into(),
                failure.torn.into(),
                0,
            ]
        });
        assert_eq!(u64::try_from(words.len()), Ok(WORDS));
        let bytes: Vec<u8> = words.into_iter().flat_map(i64::to_ne_bytes).collect();
        fs::write(&self.control, bytes).expect("the folder is ours");
        let trace = File::create(&self.trace).expect("the folder is ours");
        trace.set_len(TRACE_BYTES).expect("a file with holes");
    }

    /// The same command, on this disk.
    pub fn on(&self, mut command: Command) -> Command {
        command
            .env("LD_PRELOAD", &self.library)
            .env("TESTS_FAULT", &self.control)
            .env("TESTS_TRACE", &self.trace);
        command
    }

    /// How many operations there were.
    pub fn count(&self) -> u64 {
        self.word(0)
    }

    fn word(&self, at: u64) -> u64 {
        let mut word = [0; 8];
        let file = File::open(&self.control).expect("the folder is ours");
        file.read_exact_at(&mut word, at * 8).expect("six words");
        u64::from_ne_bytes(word)
    }

    /// What was done so far.
    pub fn trace(&self) -> Vec<Done> {
        let len = usize::try_from(self.word(WORDS - 1)).expect("within its file");
        let mut bytes = vec![0; len];
        let file = File::open(&self.trace).expect("the folder is ours");
        file.read_exact_at(&mut bytes, 0)
            .expect("all that was kept");
        let mut rest = bytes.as_slice();
        let mut all = Vec::new();
        while let Some((head, behind)) = rest.split_first_chunk::<24>() {
            let word = |at: usize| {
                let word = head[at..at + 8].try_into().expect("eight bytes");
                usize::try_from(u64::from_ne_bytes(word)).expect("a place in a file")
            };
            let (at, len) = (word(8), word(16));
            let what = match head[0] {
                b'w' => What::Write(at, behind[..len].to_vec()),
                b'c' => What::Cut(at),
                b's' => What::Sync,
                other => panic!("{other} is no operation"),
            };
            let file = usize::from(head[1]) - 1;
            all.push(Done { file, what });
            rest = &behind[len..];
        }
        assert!(rest.is_empty(), "a whole trace");
        all
    }
}

/// One operation that was done.
#[derive(Clone, Debug)]
pub struct Done {
    /// Its file's place among [`FILES`].
    pub file: usize,
    /// What it was.
    pub what: What,
}

/// What was done to a file.
#[derive(Clone, Debug)]
pub enum What {
    /// These bytes, from this place on.
    Write(usize, Vec<u8>),
    /// It was cut to this length.
    Cut(usize),
    /// It was synced.
    Sync,
}

impl What {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write(at, bytes) => {
                let end = at + bytes.len();
                content.resize(content.len().max(end), 0);
                content[*at..end].copy_from_slice(bytes);
            }
            Self::Cut(len) => content.resize(*len, 0),
            Self::Sync => {}
        }
    }
}

/// How much of what was not synced is left of each file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// All of it.
    All,
    /// All but the first write.
    AllButFirst,
    /// The last write alone, and half of it.
    HalfOfLast,
}

impl Left {
    /// Every way there is.
    pub const ALL: [Self; 4] = [
        Self::Nothing,
        Self::All,
        Self::AllButFirst,
        Self::HalfOfLast,
    ];
}

/// What a disk that had `before` holds if the power goes after `done`.
pub fn replay(before: &BTreeMap<&str, Vec<u8>>, done: &[Done], left: Left) -> [Option<Vec<u8>>; 2] {
    [0, 1].map(|file| {
        let mut kept = before.get(FILES[file]).cloned();
        let mut since: Vec<&What> = Vec::new();
        for one in done.iter().filter(|one| one.file == file) {
            since.push(&one.what);
            if matches!(one.what, What::Sync) {
                let content = kept.get_or_insert_default();
                since.drain(..).for_each(|what| what.apply(content));
            }
        }
        let half = since.last().map(|what| match what {
            What::Write(at, bytes) => What::Write(*at, bytes[..bytes.len() / 2].to_vec()),
            What::Cut(_) | What::Sync => (*what).clone(),
        });
        let survived: Vec<&What> = match left {
            Left::Nothing => Vec::new(),
            Left::All => since,
            Left::AllButFirst => since.into_iter().skip(1).collect(),
            Left::HalfOfLast => half.iter().collect(),
        };
        if !survived.is_empty() {
            let content = kept.get_or_insert_default();
            for what in survived {
                what.apply(content);
            }
        }
        kept
    })
}
