//! The largest head of each log, in one `SQLite` file.
//!
//! Invariant: a head is replaced by one that continues it and by nothing else,
//! in one synced transaction (`synchronous=FULL`) with the check.
//! Invariant: one witness at a time has the file, and it is of one key.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, TransactionBehavior, params};
use tlog::{AddCheckpoint, EMPTY_ROOT, Hash, Head, WitnessKey, is_consistent};

use super::Reply;

const SCHEMA: &str = include_str!("schema.sql");
/// The schema that this program reads and writes.
const VERSION: i64 = 1;

/// What the store cannot do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed.
    #[error("{0}; look at its disk")]
    Database(#[from] rusqlite::Error),
    /// It is not this witness's.
    #[error("{0}")]
    Other(String),
}

/// The open database.
#[derive(Debug)]
pub struct Store(Connection);

fn other(problem: &str, fix: &str) -> StoreError {
    StoreError::Other(format!("{problem}; {fix}"))
}

impl Store {
    /// Makes an empty database, where there is none yet.
    ///
    /// # Errors
    ///
    /// When there is one, or it cannot be made.
    pub fn init(path: &Path, key: &WitnessKey) -> Result<(), StoreError> {
        if path.symlink_metadata().is_ok() {
            let fix = "a new one would forget what it cosigned; name a file that is not there yet";
            return Err(other("there is one already", fix));
        }
        let mut db = Connection::open(path)?;
        db.pragma_update(None, "synchronous", "FULL")?;
        let birth = db.transaction()?;
        birth.execute_batch(SCHEMA)?;
        birth.execute("INSERT INTO witness VALUES (1, ?1)", [key.to_string()])?;
        birth.pragma_update(None, "user_version", VERSION)?;
        birth.commit()?;
        Ok(())
    }

    /// Opens the database of `key`, which must be there.
    ///
    /// # Errors
    ///
    /// When it is missing, in use, of another key or schema, or cannot be had.
    pub fn open(path: &Path, key: &WitnessKey) -> Result<Self, StoreError> {
        if !path.is_file() {
            let fix = "restore nothing: retire this witness's key, unless it never cosigned; \
                       only then make its first database with `orchestrator witness init`";
            return Err(other("there is none", fix));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(Duration::ZERO)?;
        db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        // Takes the lock now: a second witness fails here.
        db.execute_batch("BEGIN EXCLUSIVE; COMMIT;")?;
        let version: i64 = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
        if version != VERSION {
            let problem = format!("it has schema {version}, this program knows {VERSION}");
            return Err(other(&problem, "run the program that wrote it"));
        }
        let of: String = db.query_row("SELECT key FROM witness", [], |r| r.get(0))?;
        if of != key.to_string() {
            let fix = "name that key, or another file as `database`";
            return Err(other(&format!("it is of the key {of}"), fix));
        }
        Ok(Self(db))
    }

    /// Takes the head as the largest of its log, if it continues the one that
    /// is remembered; else says what to answer.
    pub(super) fn advance(
        &mut self,
        asked: &AddCheckpoint,
        head: &Head,
    ) -> Result<Option<Reply>, StoreError> {
        let tx = self
            .0
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let known: Option<(u64, [u8; 32])> = tx
            .query_row(
                "SELECT size, root FROM log WHERE origin = ?1",
                [&head.origin],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .optional()?;
        let (size, root) = known.map_or((0, EMPTY_ROOT), |(size, root)| (size, Hash(root)));
        if asked.old != size || (head.size == size && head.root != root) {
            return Ok(Some(Reply::Conflict(size)));
        }
        if !is_consistent(size, &root, head.size, &head.root, &asked.proof) {
            return Ok(Some(Reply::NotConsistent));
        }
        if i64::try_from(head.size).is_err() {
            return Ok(Some(Reply::NotOne("no log is that large")));
        }
        tx.execute(
            "INSERT INTO log VALUES (?1, ?2, ?3, ?4) ON CONFLICT (origin) DO UPDATE \
             SET size = excluded.size, root = excluded.root, note = excluded.note",
            params![head.origin, head.size, head.root.0, asked.note],
        )?;
        tx.commit()?;
        Ok(None)
    }
}
