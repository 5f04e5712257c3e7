//! `audit`: a journal's tree, hashed again offline, and what others can check
//! it by.
//!
//! Invariant: the file is never written, and no signer is asked.
//! Invariant: whatever is proven or signed here was found whole first: every
//! leaf as recorded, none missing, all heads that were kept.
//! Invariant: the journal's own keys are read to spell its birth and to sign its
//! checkpoints, and never printed.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use note::{PublicKey, Seed, VerifierKey};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use tlog::{AddCheckpoint, Frontier, Hash, Head, Value};

use crate::journal_id::refusal;
use crate::log::{self, JOURNAL_FIX};
use crate::say::{Refusal, Said, fact, facts, put};
use crate::values;

const TAMPER_FIX: &str = "restore a copy that verifies, and find out who wrote to this one";
/// The schema that is known here.
const SCHEMA: i64 = 4;
/// Every head that was kept, of starts and stops and of witnesses.
const HEADS: &str =
    "SELECT size, root FROM head UNION SELECT size, root FROM cosigned ORDER BY size";
const BIRTH: &str = "SELECT journal_id, salt_key, created_ms, log_key, schema FROM journal";

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Hashes every leaf again and says the head they come to.
    #[command(after_help = "Example:\n  signerctl audit verify --journal journal.db")]
    Verify(Verify),
    /// Proves that one leaf is in the journal (C2SP tlog-proof).
    #[command(
        after_help = "Example:\n  signerctl audit prove --journal journal.db --leaf 17 >17.tlog-proof"
    )]
    Prove(Prove),
    /// Prints what a witness is asked: the head, and the proof that it continues
    /// the one of this size (C2SP tlog-witness).
    #[command(
        after_help = "Example:\n  signerctl audit ask --journal journal.db --old 8 | \\\n    \
        curl --data-binary @- http://127.0.0.1:8766/add-checkpoint\n\
        A 409 says the size that it holds. If the journal is smaller, it was rolled back."
    )]
    Ask(Ask),
    /// Signs the head that the journal had at the end of a day, or has now.
    #[command(
        after_help = "Example:\n  signerctl audit export --journal journal.db --until 2026-11-21T00:00:00Z >day"
    )]
    Export(Export),
}

#[derive(Args)]
struct File {
    /// The journal, or a copy of it with its -wal file beside it.
    #[arg(long, value_name = "FILE", default_value = "./journal.sqlite")]
    journal: PathBuf,
}

#[derive(Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    file: File,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(crate) struct Prove {
    #[command(flatten)]
    file: File,
    /// Its number, as an answer, `log` and a freeze name it.
    #[arg(long)]
    leaf: u64,
}

#[derive(Args)]
pub(crate) struct Ask {
    #[command(flatten)]
    file: File,
    /// The size that the witness holds; 0 if it holds none, or to be told.
    #[arg(long, value_name = "SIZE", default_value_t = 0)]
    old: u64,
}

#[derive(Args)]
pub(crate) struct Export {
    #[command(flatten)]
    file: File,
    /// Of the leaves before then: 2026-11-21T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

pub(crate) fn run(verb: &Verb) -> Result<Said, Refusal> {
    match verb {
        Verb::Verify(args) => verify(args),
        Verb::Prove(args) => prove(args),
        Verb::Ask(args) => ask(args),
        Verb::Export(args) => export(args),
    }
}

fn verify(args: &Verify) -> Result<Said, Refusal> {
    let audited = Audited::read(&args.file.journal)?;
    let head = audited.newest()?;
    Ok(facts(
        args.json,
        &[
            fact("origin", &head.origin),
            fact("leaves", head.size),
            fact("root", head.root.to_base64()),
            fact("heads", audited.heads),
            fact("log_key", &audited.log),
        ],
    ))
}

/// The proof as C2SP's tlog-proof has it, with the leaf's own bytes as its
/// extra data: who trusts the head needs nothing else.
fn prove(args: &Prove) -> Result<Said, Refusal> {
    let path = &args.file.journal;
    let audited = Audited::read(path)?;
    let index = usize::try_from(args.leaf).ok();
    let Some(leaf) = index.and_then(|index| audited.leaves.get(index)) else {
        let problem = format_args!("has no leaf {}", args.leaf);
        return Err(refusal(
            path,
            problem,
            "name one that `audit verify` counts",
        ));
    };
    let spelled = audited.spelled(path, args.leaf)?;
    if tlog::leaf_hash(&spelled) != *leaf {
        return Err(refusal(path, "changes while it is read", "use a copy"));
    }
    let head = audited.newest()?;
    let broken = || refusal(path, "is too large", "report it");
    let proof = tlog::inclusion(args.leaf, head.size, &mut |level, index| {
        audited.node(level, index).ok_or(())
    });
    let proof = proof.ok().flatten().ok_or_else(broken)?;
    if !tlog::is_included(leaf, args.leaf, head.size, &head.root, &proof) {
        return Err(broken());
    }
    let mut said = Said::default();
    put(&mut said.out, "c2sp.org/tlog-proof@v1");
    put(&mut said.out, format_args!("extra {}", base64(&spelled)));
    put(&mut said.out, format_args!("index {}", args.leaf));
    for hash in proof {
        put(&mut said.out, hash.to_base64());
    }
    put(&mut said.out, "");
    said.out.push_str(&audited.signed(&head)?);
    Ok(said)
}

fn ask(args: &Ask) -> Result<Said, Refusal> {
    let (path, old) = (&args.file.journal, args.old);
    let audited = Audited::read(path)?;
    let head = audited.newest()?;
    let proof = tlog::consistency(old, head.size, &mut |level, index| {
        audited.node(level, index).ok_or(())
    });
    let Some(proof) = proof.ok().flatten() else {
        let problem = format_args!("has {} leaves, and the witness holds {old}", head.size);
        let fix = "it was rolled back: restore the newest copy, and sign nothing with this one";
        return Err(Refusal::new("ROLLED_BACK", path.display(), problem, fix));
    };
    let note = audited.signed(&head)?;
    Ok(Said {
        out: AddCheckpoint { old, proof, note }.body(),
        ..Said::default()
    })
}

fn export(args: &Export) -> Result<Said, Refusal> {
    let audited = Audited::read(&args.file.journal)?;
    let count = match &args.until {
        None => audited.tops.len(),
        Some(text) => {
            let until = values::moment(text).ok_or_else(|| {
                let fix = "write 2026-11-21T00:00:00Z";
                Refusal::new("TIME", "--until", "is no time", fix)
            })?;
            let until_ms = until.get().saturating_mul(1_000);
            let before = |wall_ms: &u64| *wall_ms < until_ms;
            audited
                .wall_ms
                .iter()
                .rposition(before)
                .map_or(0, |last| last.saturating_add(1))
        }
    };
    Ok(Said {
        out: audited.signed(&audited.head(count)?)?,
        ..Said::default()
    })
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// A journal that was found whole.
pub(crate) struct Audited {
    id: [u8; 16],
    birth: Hash,
    log: VerifierKey,
    seed: Seed,
    leaves: Vec<Hash>,
    tops: Vec<Hash>,
    wall_ms: Vec<u64>,
    heads: usize,
}

impl Audited {
    pub(crate) fn read(path: &Path) -> Result<Self, Refusal> {
        let (db, _copy) = log::open(path)?;
        let not_one = |e: rusqlite::Error| {
            let problem = format_args!("cannot be read as a journal: {e}");
            refusal(path, problem, JOURNAL_FIX)
        };
        let born = db.query_row(BIRTH, [], |r| {
            let values = values_of(r, 4)?;
            let birth = tlog::leaf_hash(&tlog::record(&tlog::EMPTY_ROOT, values));
            let seed: [u8; 32] = r.get(3)?;
            Ok((r.get(0)?, birth, Seed::new(seed), r.get::<_, i64>(4)?))
        });
        let (id, birth, seed, schema) = born.map_err(not_one)?;
        if schema != SCHEMA {
            let problem = format_args!("has schema {schema}, and {SCHEMA} is known here");
            return Err(refusal(path, problem, "use the edition that wrote it"));
        }
        let log = VerifierKey::new(&tlog::origin(&id), PublicKey::of_seed(&seed))
            .ok_or_else(|| refusal(path, "has no name", JOURNAL_FIX))?;
        let mut audited = Self {
            id,
            birth,
            log,
            seed,
            leaves: Vec::new(),
            tops: Vec::new(),
            wall_ms: Vec::new(),
            heads: 0,
        };
        let broken = audited.grow(&db).map_err(not_one)?;
        match broken {
            None => Ok(audited),
            Some(problem) => Err(refusal(path, problem, TAMPER_FIX)),
        }
    }

    /// Hashes every row; says what is not as it was recorded.
    fn grow(&mut self, db: &Connection) -> rusqlite::Result<Option<String>> {
        let mut heads = db.prepare(HEADS)?;
        let heads: Vec<(u64, [u8; 32])> = heads
            .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        self.heads = heads.len();
        let mut heads = heads.into_iter().peekable();
        let mut tree = Frontier::new();
        let mut query = db.prepare("SELECT * FROM leaf ORDER BY leaf_index")?;
        let last = query.column_count().saturating_sub(1);
        let mut rows = query.query([])?;
        loop {
            if let Some((size, root)) = heads.next_if(|(size, _)| *size == tree.size())
                && tree.root() != Hash(root)
            {
                return Ok(Some(format!(
                    "leaves before leaf {size} are not those that were recorded"
                )));
            }
            let Some(r) = rows.next()? else { break };
            let (index, size): (u64, u64) = (r.get(0)?, tree.size());
            if index != size {
                return Ok(Some(format!(
                    "leaves from {size} on are missing, up to leaf {index}"
                )));
            }
            let leaf = tlog::leaf_hash(&tlog::record(&self.birth, values_of(r, last)?));
            let stored: [u8; 32] = r.get(last)?;
            let top = tree.append(leaf);
            if top != Some(Hash(stored)) {
                return Ok(Some(format!("leaf {index} is not what was recorded")));
            }
            self.leaves.push(leaf);
            self.tops.push(Hash(stored));
            self.wall_ms.push(r.get("wall_ms")?);
        }
        Ok(heads.next().map(|(size, _)| {
            let from = tree.size();
            format!("leaves from {from} on are missing, up to leaf {size}")
        }))
    }

    /// The head of all leaves.
    pub(crate) fn newest(&self) -> Result<Head, Refusal> {
        self.head(self.tops.len())
    }

    /// The head of the first `count` leaves.
    fn head(&self, count: usize) -> Result<Head, Refusal> {
        let mut tree = Frontier::new();
        let grown = self.leaves.iter().take(count);
        let whole = grown
            .map(|leaf| tree.append(*leaf))
            .all(|top| top.is_some());
        if !whole {
            return Err(Refusal::new("JOURNAL", "leaves", "too many", "report it"));
        }
        Ok(Head {
            origin: tlog::origin(&self.id),
            size: tree.size(),
            root: tree.root(),
        })
    }

    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        let at = |all: &[Hash], index: u64| {
            let found = usize::try_from(index).ok().and_then(|at| all.get(at));
            found.copied().ok_or(())
        };
        let top = |index| at(&self.tops, index);
        let leaf = |index| at(&self.leaves, index);
        tlog::node(level, index, top, leaf).ok().flatten()
    }

    fn spelled(&self, path: &Path, leaf: u64) -> Result<Vec<u8>, Refusal> {
        let (db, _copy) = log::open(path)?;
        let select = "SELECT * FROM leaf WHERE leaf_index = ?1";
        db.query_row(select, [leaf], |r| {
            let last = r.as_ref().column_count().saturating_sub(1);
            Ok(tlog::record(&self.birth, values_of(r, last)?))
        })
        .map_err(|e| refusal(path, e, JOURNAL_FIX))
    }

    fn signed(&self, head: &Head) -> Result<String, Refusal> {
        note::sign(&head.text(), &head.origin, &self.seed)
            .map_err(|e| Refusal::new("CHECKPOINT", &head.origin, e, "report it"))
    }
}

fn values_of<'a>(row: &'a Row<'_>, count: usize) -> rusqlite::Result<Vec<Value<'a>>> {
    (0..count)
        .map(|column| match row.get_ref(column)? {
            ValueRef::Null => Ok(Value::Null),
            ValueRef::Integer(number) => Ok(Value::Integer(number)),
            ValueRef::Text(bytes) => Ok(Value::Text(bytes)),
            ValueRef::Blob(bytes) => Ok(Value::Blob(bytes)),
            ValueRef::Real(_) => Err(rusqlite::Error::IntegralValueOutOfRange(column, 0)),
        })
        .collect()
}
