//! The journal's log: what SQLite keeps beside the database until it is copied
//! into it. A commit writes and syncs the log alone.
//!
//! Invariant: from a start to a clean stop the database itself says that it
//! runs, and the log is there. So a log that was taken away, and every leaf in
//! it, is missed.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE as KEEP_LOG_ON_CLOSE;
use rusqlite::{Connection, OptionalExtension as _};

use super::fault::Fault;

/// Where the log of `journal` stands.
pub(super) fn of(journal: &Path) -> PathBuf {
    let mut name = journal.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// Keeps the log when the journal is closed, or copies and removes it then.
pub(super) fn keep(db: &Connection, keeps: bool) -> Result<(), Fault> {
    db.set_db_config(KEEP_LOG_ON_CLOSE, keeps)?;
    Ok(())
}

/// Whether a log that is not there held leaves: the last one of the database is
/// no end of its vault, nor is it a backup, which has no log.
pub(super) fn is_missed(db: &Connection) -> Result<bool, Fault> {
    let last = "SELECT entry <> 'stopped' FROM leaf ORDER BY leaf_index DESC LIMIT 1";
    let runs = db.query_row(last, [], |r| r.get(0)).optional()?;
    Ok(runs.unwrap_or(false) && !is_restored(db)?)
}

/// Whether this is a backup that `signerctl backup` made, without a leaf since:
/// such a copy names its size, and one more.
pub(super) fn is_restored(db: &Connection) -> Result<bool, Fault> {
    let named = "SELECT user_version = (SELECT coalesce(max(leaf_index), -1) FROM leaf) + 2 \
                 FROM pragma_user_version";
    Ok(db.query_row(named, [], |r| r.get(0))?)
}

/// Makes what an earlier process left behind durable before anything is read.
///
/// A process that died in its sync leaves rows that the page cache shows and
/// the disk may not have. Copying them into the database file and syncing it
/// is what makes "recorded" true of them, also where an earlier sync failed
/// and the cache was marked clean. That the log was emptied is not synced: a
/// power cut would bring it back up to where that sync failed, and over a newer
/// database. So a commit of what is there already syncs a new log, and until
/// then SQLite, which forgets that a sync failed, may not copy it on closing.
pub(super) fn sync_what_was_left(db: &Connection) -> Result<(), Fault> {
    let busy: i64 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0))?;
    if busy != 0 {
        return Err(Fault::Corrupt("its log cannot be written back"));
    }
    let version: i64 = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    db.pragma_update(None, "user_version", version)?;
    keep(db, true)
}

/// Copies the log into the database, and may empty it, unless the disk has no
/// room for that: then commits go on, into what the log has reserved.
pub(super) fn copy(db: &Connection, empties: bool) -> Result<(), Fault> {
    let mode = if empties { "TRUNCATE" } else { "PASSIVE" };
    let pragma = format!("PRAGMA wal_checkpoint({mode})");
    let copied = db.query_row(&pragma, [], |_| Ok(()));
    match copied.map_err(Fault::from) {
        Err(fault) if !fault.is_full() => Err(fault),
        Ok(()) | Err(_) => Ok(()),
    }
}
