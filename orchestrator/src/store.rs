//! The outbox and the ledger, in one `SQLite` file.
//!
//! For: the one owner of what this program remembers.
//!
//! Never touches: the venue, the signer; what an arrow should be.
//!
//! Invariant: every arrow is in a synced transaction (`synchronous=FULL`),
//! committed before the effect it announces. Arrows that are ready together
//! share one: a [`Turn`].
//! Invariant: one `run` at a time holds the lock beside the database; other
//! verbs read, or add what `run` will find.

mod alarming;
mod attempts;
mod audit;
mod cursor;
mod exits;
mod facts;
mod incidents;
mod intents;
mod ledger;
mod outbox;
mod report;
mod strategies;
mod told;
mod verdicts;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE as KEEP_LOG_ON_CLOSE;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};

pub use crate::ledger::{Fill, Recorded, Tally};
pub use alarming::Alarming;
pub use attempts::{Attempt, Key};
pub use audit::AuditError;
pub use exits::{ExitLeft, sells};
pub use facts::{Compared, SignerSeen};
pub use incidents::Incident;
pub use intents::{Admitted, Observed};
pub use outbox::News;
pub use report::{Count, Holding, Totals, Unknowns};
pub use strategies::{HeldOf, Pile};
pub use told::Told;
pub use verdicts::{OfLeader, Verdicts};

/// The schema that this program reads and writes.
pub const SCHEMA: i64 = 4;
/// The one before it, which [`Store::open`] brings up to date.
const FORMER: i64 = 3;
/// How long a writer waits for another one's transaction.
const BUSY: Duration = Duration::from_secs(5);

/// What the store cannot do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// A row holds what this program cannot have written.
    #[error("the database does not hold together: {0}; restore a copy, or start a new one")]
    Corrupt(&'static str),
    /// The file is of another edition.
    #[error(
        "the database has schema {found}, this program knows {SCHEMA}; use the matching program, or name a new file"
    )]
    Schema {
        /// What it has.
        found: i64,
    },
    /// The file is of the edition before ours.
    #[error(
        "the database has schema {FORMER}, this program knows {SCHEMA}; keep a copy of it, then start `orchestrator run` once, which brings it up to date"
    )]
    Former,
    /// There is no such file.
    #[error("there is no database {0}; start `orchestrator run` once, or correct `database`")]
    Missing(String),
    /// An arrow that does not exist.
    #[error("{intent_id}/{attempt} cannot go from {from} to {to}")]
    Arrow {
        /// Whose attempt.
        intent_id: String,
        /// Which one.
        attempt: u16,
        /// Where it stands.
        from: &'static str,
        /// Where it was to go.
        to: &'static str,
    },
    /// Another process has the database.
    #[error("the database {0} is in use by another `run`; stop it, or name another file")]
    InUse(String),
    /// The lock beside the database cannot be had.
    #[error("the lock {0}: {1}; make its folder writable")]
    Lock(String, std::io::Error),
}

/// The open database.
#[derive(Debug)]
pub struct Store {
    db: Connection,
    // Held for as long as the process may take arrows.
    _locks: Option<[File; 2]>,
}

/// One transaction: what is done in it is done together or not at all.
#[derive(Debug)]
pub struct Turn<'a> {
    tx: Transaction<'a>,
}

impl Store {
    /// Opens or makes the database at `path`, for this process alone to take
    /// arrows in.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`] when another process has it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let locks = take_locks(path)?;
        let mut db = Connection::open(path)?;
        prepare(&db)?;
        write_again(&db, path)?;
        let former = match check_schema(&db) {
            Ok(()) => false,
            Err(StoreError::Former) => true,
            Err(e) => return Err(e),
        };
        // Born whole or not at all: a table without its row would be taken for
        // damage at the next start. So is what is brought up to date.
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if former {
            tx.execute_batch(include_str!("store/from_3_to_4.sql"))?;
        }
        tx.execute_batch(include_str!("store/schema.sql"))?;
        let birth = Turn { tx };
        if former {
            birth.fold_all()?;
        }
        birth.begin_audit()?;
        birth.commit()?;
        let whole: String = db.query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?;
        if whole != "ok" {
            return Err(StoreError::Corrupt("its pages are damaged"));
        }
        Ok(Self {
            db,
            _locks: Some(locks),
        })
    }

    /// Opens the database at `path` beside a `run` that may have it: to add
    /// what that will find, never to take an arrow.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] when there is none.
    pub fn beside(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing(path.display().to_string()));
        }
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        prepare(&db)?;
        check_schema(&db)?;
        Ok(Self { db, _locks: None })
    }

    /// Opens the database at `path` to read it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] when there is none.
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing(path.display().to_string()));
        }
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        db.busy_timeout(BUSY)?;
        check_schema(&db)?;
        Ok(Self { db, _locks: None })
    }

    /// Begins a transaction.
    ///
    /// # Errors
    ///
    /// When another writer keeps it too long.
    pub fn turn(&mut self) -> Result<Turn<'_>, StoreError> {
        let tx = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        Ok(Turn { tx })
    }

    /// Begins a transaction that only reads: one view of all tables.
    ///
    /// # Errors
    ///
    /// When it could not be begun.
    pub fn view(&mut self) -> Result<Turn<'_>, StoreError> {
        let tx = self.db.transaction()?;
        Ok(Turn { tx })
    }

    /// Whether the pages hold together.
    ///
    /// # Errors
    ///
    /// When they could not be read at all.
    pub fn is_whole(&self) -> Result<bool, StoreError> {
        let whole: String = self
            .db
            .query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?;
        Ok(whole == "ok")
    }
}

impl Turn<'_> {
    /// Makes it durable. Only now may effects begin.
    ///
    /// # Errors
    ///
    /// When it could not be made so; then nothing changed.
    pub fn commit(self) -> Result<(), StoreError> {
        Ok(self.tx.commit()?)
    }
}

/// Whether a `run` has the database at `path`.
///
/// # Errors
///
/// When the locks beside it cannot be looked at.
pub fn is_run(path: &Path) -> Result<bool, StoreError> {
    let (name, file) = lock_file(path, ".running")?;
    match file.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(e)) => Err(StoreError::Lock(name, e)),
    }
}

/// The locks of a `run`: one that no other run gets, and one that says so to
/// who only asks. Asking must not keep a run from starting, hence two.
fn take_locks(path: &Path) -> Result<[File; 2], StoreError> {
    let (name, alone) = lock_file(path, ".lock")?;
    match alone.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(StoreError::InUse(path.display().to_string()));
        }
        Err(TryLockError::Error(e)) => return Err(StoreError::Lock(name, e)),
    }
    let (name, told) = lock_file(path, ".running")?;
    // Who asks holds it for a moment at most.
    told.lock_shared().map_err(|e| StoreError::Lock(name, e))?;
    Ok([alone, told])
}

/// The file beside the database that ends so, and its name.
fn lock_file(path: &Path, end: &str) -> Result<(String, File), StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    let name = PathBuf::from(name);
    let text = name.display().to_string();
    let file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&name)
        .map_err(|e| StoreError::Lock(text.clone(), e))?;
    Ok((text, file))
}

fn prepare(db: &Connection) -> Result<(), StoreError> {
    db.busy_timeout(BUSY)?;
    // Whoever has not written the log again must not copy it either.
    db.set_db_config(KEEP_LOG_ON_CLOSE, true)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

/// Copies the log into the database and syncs it, before anything rests on it,
/// and begins the log anew.
///
/// Where a sync failed, the page cache may show what the disk does not have, and
/// take it for written: behind such a hole no later commit of the log survives.
/// That the log was emptied is not synced: a power cut would bring it back up to
/// its hole, and over a newer database. So a commit of what is there already
/// syncs the new one, and until then SQLite, which forgets that a sync failed,
/// may not copy it on closing.
fn write_again(db: &Connection, path: &Path) -> Result<(), StoreError> {
    let busy: i64 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0))?;
    if busy != 0 {
        return Err(StoreError::InUse(path.display().to_string()));
    }
    let version: i64 = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    db.pragma_update(None, "user_version", version)?;
    db.set_db_config(KEEP_LOG_ON_CLOSE, false)?;
    Ok(())
}

/// Refuses a file of another edition before anything is written to it.
fn check_schema(db: &Connection) -> Result<(), StoreError> {
    let has: bool = db.query_row(
        "SELECT count(*) > 0 FROM sqlite_schema WHERE name = 'meta'",
        [],
        |r| r.get(0),
    )?;
    if !has {
        return Ok(());
    }
    let found: Option<i64> = db
        .query_row("SELECT schema FROM meta WHERE one = 1", [], |r| r.get(0))
        .optional()?;
    match found {
        Some(SCHEMA) => Ok(()),
        Some(FORMER) => Err(StoreError::Former),
        Some(found) => Err(StoreError::Schema { found }),
        None => Err(StoreError::Corrupt("it names no schema")),
    }
}

#[cfg(test)]
#[path = "store/tests.rs"]
mod tests;
