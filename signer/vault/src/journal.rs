//! The journal: every decision on disk before its answer.
//!
//! Invariant: [`Recorded`] has no public constructor; holding one means its
//! row was committed with `synchronous=FULL`, or was synced at this start.
//! Invariant: rows are only added.

use std::path::Path;
use std::time::Duration;

use order::strict;
use policy::{Fingerprint, IntentId, TagKey};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::entry::{Entry, What};
use super::fault::{Fault, OpenError};
use super::leaf::{Heads, Signed, Tree};
use super::log;
use super::login::Login;
use super::replayed::Replayed;
use super::row;

/// The schema that this program reads and writes.
const SCHEMA: i64 = 4;
/// What a journal was born with; each leaf is bound to all of it.
const BIRTH: &str = "SELECT journal_id, salt_key, created_ms, log_key FROM journal WHERE one = 1";

/// How long a salt may be: the official client sends it as a JSON number.
const SALT_MASK: u64 = (1 << 53) - 1;

/// The open journal.
pub(crate) struct Journal {
    db: Connection,
    id: [u8; 16],
    salt_key: ring::hmac::Key,
    tree: Tree,
    next_leaf: u64,
}

/// A committed approval: the ticket to sign with.
///
/// Only [`Journal`] makes one, from a row that is on disk.
pub(crate) struct Recorded {
    order: strict::Order,
    leaf_index: u64,
    charge_units: u64,
}

impl Recorded {
    pub(crate) const fn order(&self) -> &strict::Order {
        &self.order
    }
    pub(crate) const fn leaf_index(&self) -> u64 {
        self.leaf_index
    }
    pub(crate) const fn charge_units(&self) -> u64 {
        self.charge_units
    }
}

/// A committed login: the ticket to sign it with, which only [`Journal`] makes.
pub(crate) struct RecordedLogin(Login);

impl RecordedLogin {
    pub(crate) const fn login(&self) -> &Login {
        &self.0
    }
}

/// One leaf, on disk.
pub(crate) enum Leaf {
    Approved(Recorded),
    Login(RecordedLogin),
    Other,
}

/// A journal that is this process's own, and of which no row was read yet.
pub(crate) struct Locked {
    journal: Journal,
    path: String,
    birth: Birth,
}

/// What the rows of a journal are counted from.
struct Birth {
    created_ms: u64,
    tags: TagKey,
    /// Whether a log belongs to it that is not there.
    misses_log: bool,
}

impl Locked {
    /// Takes the journal at `path`, which must exist, for this process alone.
    ///
    /// A missing file is refused, never created: an empty journal has
    /// forgotten every charge.
    pub(crate) fn take(path: &Path) -> Result<Self, OpenError> {
        let shown = path.display().to_string();
        if !path.is_file() {
            return Err(OpenError::missing(shown));
        }
        match Journal::take(path) {
            Ok((journal, birth)) => Ok(Self {
                journal,
                path: shown,
                birth,
            }),
            Err(fault) => Err(OpenError::of(shown, &fault)),
        }
    }

    pub(crate) const fn id(&self) -> [u8; 16] {
        self.journal.id
    }

    /// Reads it whole, and hands every row to `each`, with the moment of its
    /// birth first. It must hold together.
    pub(crate) fn read(
        self,
        each: impl FnMut(Replayed) -> Result<(), Fault>,
    ) -> Result<Journal, OpenError> {
        let (mut journal, path) = (self.journal, self.path);
        match journal.replay(self.birth, each) {
            Ok(()) => Ok(journal),
            Err(fault) => Err(OpenError::of(path, &fault)),
        }
    }
}

impl Journal {
    /// Takes and reads it in one.
    #[cfg(test)]
    pub(crate) fn open(
        path: &Path,
        each: impl FnMut(Replayed) -> Result<(), Fault>,
    ) -> Result<Self, OpenError> {
        Locked::take(path)?.read(each)
    }

    fn take(path: &Path) -> Result<(Self, Birth), Fault> {
        let has_log = log::of(path).is_file();
        let db = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        // Whoever holds it holds it for as long as it runs: waiting is no use.
        db.busy_timeout(Duration::ZERO)?;
        log::keep(&db, has_log)?;
        db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", synchronous())?;
        db.pragma_update(None, "trusted_schema", false)?;
        // KiB: rows are added at the end and read one by one, or all in turn.
        db.pragma_update(None, "cache_size", -256)?;
        // SQLite falls back in silence; a signer does not.
        let mode: String = db.query_row("PRAGMA journal_mode", [], |r| r.get(0))?;
        let level: u32 = db.query_row("PRAGMA synchronous", [], |r| r.get(0))?;
        if mode != "wal" || level != SYNCHRONOUS_LEVEL {
            return Err(Fault::Corrupt(
                "SQLite does not take the settings that make it durable",
            ));
        }
        // Takes the exclusive lock now: a second signer fails here.
        db.execute_batch("BEGIN EXCLUSIVE; COMMIT;")?;
        let misses_log = !has_log && log::is_missed(&db)?;
        log::sync_what_was_left(&db)?;
        let schema: i64 = db.query_row("SELECT schema FROM journal", [], |r| r.get(0))?;
        if schema != SCHEMA {
            return Err(Fault::Schema(schema));
        }
        let (id, salt_key, created_ms, tree) = db.query_row(BIRTH, [], |r| {
            let id: [u8; 16] = r.get(0)?;
            let salt_key: [u8; 32] = r.get(1)?;
            Ok((id, salt_key, r.get(2)?, Tree::born(r)))
        })?;
        let tags = TagKey::of_journal(&salt_key, &id);
        let journal = Self {
            db,
            id,
            salt_key: ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &salt_key),
            tree: tree?,
            next_leaf: 0,
        };
        let birth = Birth {
            created_ms,
            tags,
            misses_log,
        };
        Ok((journal, birth))
    }

    /// Reads every row once: all that is counted comes from the rows
    /// themselves, so nothing else can disagree with them. Each must be the
    /// leaf that was recorded, and all of them come to every head that was kept.
    fn replay(
        &mut self,
        birth: Birth,
        mut each: impl FnMut(Replayed) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let check: String = self
            .db
            .query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?;
        if check != "ok" {
            return Err(Fault::Corrupt("SQLite's own check fails"));
        }
        let Birth {
            created_ms,
            tags,
            misses_log,
        } = birth;
        each(Replayed::Born {
            id: self.id,
            created_ms,
            tags,
        })?;
        let mut heads = Heads::read(&self.db)?;
        let mut query = self.db.prepare(row::SELECT_REPLAY)?;
        let mut rows = query.query([])?;
        while let Some(r) = rows.next()? {
            let leaf_index: u64 = r.get(0)?;
            if leaf_index != self.next_leaf {
                return Err(Fault::Missing {
                    from: self.next_leaf,
                    to: leaf_index,
                });
            }
            heads.check(&self.tree)?;
            self.tree.reread(r)?;
            let leaf = row::read_replay(r)?;
            self.next_leaf = next(self.next_leaf)?;
            each(Replayed::Leaf(leaf))?;
        }
        heads.check(&self.tree)?;
        heads.end(&self.tree)?;
        if misses_log {
            // Nor may the next start find one, which this one made.
            log::keep(&self.db, false)?;
            return Err(Fault::NoLog);
        }
        Ok(())
    }

    pub(crate) const fn id(&self) -> [u8; 16] {
        self.id
    }
    pub(crate) const fn size(&self) -> u64 {
        self.next_leaf
    }
    /// The database, and the tree over it.
    pub(super) const fn parts(&self) -> (&Connection, &Tree) {
        (&self.db, &self.tree)
    }
    /// The signed head of all that is recorded.
    pub(crate) fn checkpoint(&self) -> Signed {
        self.tree.signed()
    }

    /// Closes it for good: nothing of it is left in its log.
    pub(crate) fn close(self) -> Result<(), Fault> {
        log::keep(&self.db, false)
    }

    /// Copies its log, and may empty it, if the disk has room for that.
    pub(crate) fn copy_log(&self, empties: bool) -> Result<(), Fault> {
        log::copy(&self.db, empties)
    }

    /// Whether this is a backup, without a leaf since.
    pub(crate) fn is_restored(&self) -> Result<bool, Fault> {
        log::is_restored(&self.db)
    }

    /// The salt of an attempt: HMAC-SHA256 of its name under this journal's
    /// own key, cut to 53 bits. The same attempt has the same salt for ever,
    /// so rebuilding it yields the same order.
    pub(crate) fn salt(&self, id: &IntentId, attempt: u16) -> u64 {
        let mut mac = ring::hmac::Context::with_key(&self.salt_key);
        mac.update(b"countersign/salt/v1\n");
        mac.update(&self.id);
        mac.update(id.as_str().as_bytes());
        mac.update(b"\n");
        mac.update(&attempt.to_be_bytes());
        let tag = mac.sign();
        let head = tag.as_ref().first_chunk::<8>().copied().unwrap_or_default();
        u64::from_be_bytes(head) & SALT_MASK
    }

    /// Writes all `entries` in one transaction and returns after its sync.
    ///
    /// # Errors
    ///
    /// Then nothing was recorded for certain, and nothing may be signed.
    pub(crate) fn record(&mut self, entries: Vec<Entry>) -> Result<Vec<Leaf>, Fault> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        #[cfg(not(countersign_record_off))]
        {
            // Prepared once. After a fault nothing more is written, and closing
            // takes back what was begun.
            self.db.prepare_cached("BEGIN")?.execute([])?;
            let mut leaf_index = self.next_leaf;
            for entry in &entries {
                row::insert(&self.db, &mut self.tree, leaf_index, entry)?;
                leaf_index = next(leaf_index)?;
            }
            let keeps = |entry: &Entry| matches!(entry.what, What::Started { .. } | What::Stopped);
            if entries.iter().any(keeps) {
                super::leaf::keep_head(&self.db, &self.tree)?;
            }
            self.db.prepare_cached("COMMIT")?.execute([])?;
        }
        let mut leaves = Vec::with_capacity(entries.len());
        for entry in entries {
            let leaf_index = self.next_leaf;
            self.next_leaf = next(leaf_index)?;
            leaves.push(if let What::Approved { approved, .. } = entry.what {
                let charge_units = approved.charge().units().get();
                let order = approved.into_order();
                Leaf::Approved(Recorded {
                    order,
                    leaf_index,
                    charge_units,
                })
            } else if let What::Login(login) = entry.what {
                Leaf::Login(RecordedLogin(login))
            } else {
                Leaf::Other
            });
        }
        Ok(leaves)
    }

    /// The words of whoever asked for the freeze at `leaf_index`; none before
    /// it is committed.
    pub(crate) fn freeze_words(&self, leaf_index: u64) -> Result<Option<String>, Fault> {
        let read = self
            .db
            .query_row(row::SELECT_REASON, params![leaf_index], |r| r.get(0));
        let reason: Option<String> = read.optional()?;
        let words = reason.as_deref().and_then(|r| r.split_once(": "));
        Ok(words.map(|(_, words)| words.to_owned()))
    }

    /// The approval at `leaf_index`, as it was committed, and the fingerprint of
    /// what was asked. The disk may be somebody else's: the row counts if the
    /// tree in memory has it.
    pub(crate) fn recall(&self, leaf_index: u64) -> Result<(Recorded, Fingerprint), Fault> {
        let (hash, read) = self
            .db
            .query_row(row::SELECT_ORDER, params![leaf_index], |r| {
                Ok((self.tree.hash(r), row::read_order(r)?))
            })?;
        if !self.holds(leaf_index, &hash?)? {
            return Err(Fault::Altered(leaf_index));
        }
        let (order, charge_units, fingerprint) = read?;
        let recorded = Recorded {
            order,
            leaf_index,
            charge_units,
        };
        Ok((recorded, fingerprint))
    }
}

fn next(leaf: u64) -> Result<u64, Fault> {
    leaf.checked_add(1).ok_or(Fault::Corrupt("a leaf index"))
}

/// The one setting that makes a commit mean "on disk".
#[cfg(not(countersign_sync_off))]
const fn synchronous() -> &'static str {
    "FULL"
}
#[cfg(not(countersign_sync_off))]
const SYNCHRONOUS_LEVEL: u32 = 2;

// The control of the sync test: it must fail on a build that does not sync.
#[cfg(countersign_sync_off)]
const fn synchronous() -> &'static str {
    "OFF"
}
#[cfg(countersign_sync_off)]
const SYNCHRONOUS_LEVEL: u32 = 0;
// Nor is the bench's, which records nothing at all: what recording costs is the
// difference; nor that of `make residue`, which leaves secrets about for a scan
// to find. A release has no debug assertions, so none of them can be one.
#[cfg(all(
    any(countersign_sync_off, countersign_record_off, countersign_leak_on),
    not(debug_assertions)
))]
compile_error!(
    "a signer that does not sync, does not record or leaks is for measuring and never released"
);
