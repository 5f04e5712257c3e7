//! What was seen and told, in one `SQLite` file.
//!
//! Invariant: one sight of a leader is one synced transaction
//! (`synchronous=FULL`): fills, holdings, position and lines together.
//! Invariant: one watcher at a time has the file.

mod holdings;
mod moves;

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::path::Path;

use holdings::move_holding;
use moves::{add_fill, add_line, parts, seen};
use order::{Address, U256};
use rusqlite::{Connection, params};

use super::gather::{self, Order};
use super::rows::{Event, Fill, Position};

/// The schema that this program reads and writes.
const SCHEMA: i64 = 2;
/// What the first schema did not have; what was held is asked for again.
const FROM_FIRST: &str = "ALTER TABLE leader ADD COLUMN whole_s INTEGER; \
    ALTER TABLE holding ADD COLUMN market TEXT; UPDATE leader SET to_ask = 1;";

/// What the store cannot do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed.
    #[error("the watcher's database failed: {0}; look at its disk")]
    Database(#[from] rusqlite::Error),
    /// It is not this watcher's.
    #[error("{0}; name another file as `database`")]
    Other(String),
    /// What it holds cannot be.
    #[error("the watcher's database does not hold together: {0}; begin a new one")]
    Corrupt(&'static str),
}

/// The open database.
#[derive(Debug)]
pub struct Store {
    db: Connection,
    // Held for as long as the process may write.
    _lock: File,
}

/// Where a leader's lists are to be read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) position_s: u64,
    pub(super) activity_s: u64,
    pub(super) to_ask: bool,
}

/// One whole look at a leader.
#[derive(Debug)]
pub(super) struct Sight<'a> {
    pub(super) fills: &'a [Fill],
    /// Activity that moves shares and is no trade, where it was read whole.
    pub(super) events: Option<&'a [Event]>,
    /// The youngest row of that reading.
    pub(super) activity_s: u64,
    /// No list is younger.
    pub(super) now_s: u64,
    /// Before this, nothing has to be remembered.
    pub(super) horizon_s: u64,
    /// Whether tokens that he sells are left for another look.
    pub(super) keeps_back: bool,
    /// When the positions that are believed were read; zero where none were.
    pub(super) asked_s: u64,
}

/// A leader's order that a line tells.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) order: Order,
    pub(super) ordinal: u64,
    pub(super) held_before_e6: Option<u64>,
}

/// What one look brought.
#[derive(Clone, Debug, Default)]
pub(super) struct Brought {
    pub(super) told: Vec<Told>,
    /// Fills from before the watch began.
    pub(super) missed: u64,
    /// Activity that was not seen before.
    pub(super) events: u64,
    /// Fills that were left for another look.
    pub(super) kept_back: u64,
}

/// A line that waits to be sent.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) seq: i64,
    pub(super) intent_id: String,
    pub(super) line: String,
}

/// How many there are, in all.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) told: u64,
    pub(super) waiting: u64,
    pub(super) missed: u64,
}

fn wallet(of: Address) -> String {
    format!("{of:#x}")
}

impl Store {
    /// Opens or makes the database at `path`, for trades of one chain.
    ///
    /// # Errors
    ///
    /// When it is in use, of another chain, or cannot be had.
    pub fn open(path: &Path, chain_id: u64) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        let mut db = Connection::open(path)?;
        db.execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        )?;
        let version: i64 = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
        if !(0..=SCHEMA).contains(&version) {
            let told = format!("the database has schema {version}, this program knows {SCHEMA}");
            return Err(StoreError::Other(told));
        }
        let birth = db.transaction()?;
        if version == 1 {
            birth.execute_batch(FROM_FIRST)?;
        }
        birth.execute_batch(include_str!("schema.sql"))?;
        birth.execute("INSERT OR IGNORE INTO chain VALUES (1, ?1)", [chain_id])?;
        birth.pragma_update(None, "user_version", SCHEMA)?;
        let found: u64 = birth.query_row("SELECT chain_id FROM chain", [], |r| r.get(0))?;
        birth.commit()?;
        if found != chain_id {
            let told = format!("the database holds trades of chain {found}, not {chain_id}");
            return Err(StoreError::Other(told));
        }
        Ok(Self { db, _lock: lock })
    }

    /// Where to read on for a leader; one that is new begins now.
    pub(super) fn place(&mut self, of: Address, now_s: u64) -> Result<Place, StoreError> {
        let tx = self.db.transaction()?;
        tx.execute(
            "INSERT OR IGNORE INTO leader (wallet, begin_s, position_s, activity_s) \
             VALUES (?1, ?2, ?2, ?2)",
            params![wallet(of), now_s],
        )?;
        let place = tx.query_row(
            "SELECT position_s, activity_s, to_ask FROM leader WHERE wallet = ?1",
            [wallet(of)],
            |r| {
                Ok(Place {
                    position_s: r.get(0)?,
                    activity_s: r.get(1)?,
                    to_ask: r.get(2)?,
                })
            },
        )?;
        tx.commit()?;
        Ok(place)
    }

    /// Of a whole list, what was not seen before, oldest first.
    pub(super) fn fresh(&self, of: Address, fills: &[Fill]) -> Result<Vec<Fill>, StoreError> {
        Ok(gather::fresh(fills, &seen(&self.db, of, fills)?))
    }

    /// Takes one look at a leader down, with the line that `write` gives for
    /// each of its orders that was not told.
    pub(super) fn record(
        &mut self,
        of: Address,
        sight: &Sight<'_>,
        write: impl Fn(&Told) -> Result<(String, String), String>,
    ) -> Result<Brought, StoreError> {
        let tx = self.db.transaction()?;
        let begin_s: u64 = tx.query_row(
            "SELECT begin_s FROM leader WHERE wallet = ?1",
            [wallet(of)],
            |r| r.get(0),
        )?;
        let mut brought = Brought {
            events: holdings::take_events(&tx, of, sight.events.unwrap_or_default())?,
            ..Brought::default()
        };
        let fresh = gather::fresh(sight.fills, &seen(&tx, of, sight.fills)?);
        // All of a token, so that its fills stay in their order.
        let kept_back: BTreeSet<U256> = fresh
            .iter()
            .filter(|fill| sight.keeps_back && !fill.is_buy && fill.at_s >= begin_s)
            .map(|fill| fill.token)
            .collect();
        let mut ahead = Vec::new();
        let mut newest_s = sight.fills.iter().map(|fill| fill.at_s).max().unwrap_or(0);
        for fill in fresh {
            if kept_back.contains(&fill.token) {
                brought.kept_back = brought.kept_back.saturating_add(1);
                // It has to be read again.
                newest_s = newest_s.min(fill.at_s);
                continue;
            }
            let is_missed = fill.at_s < begin_s;
            add_fill(&tx, of, &fill, is_missed)?;
            if is_missed {
                holdings::unknown(&tx, of, &fill.token.to_string(), fill.at_s)?;
                brought.missed = brought.missed.saturating_add(1);
            } else {
                ahead.push(fill);
            }
        }
        let orders = gather::orders(&ahead).ok_or(StoreError::Corrupt("a sum is too large"))?;
        for order in orders {
            let held_before_e6 = move_holding(&tx, of, &order, sight.asked_s)?;
            let told = Told {
                ordinal: parts(&tx, of, &order)?,
                // A merge may stand in what could not be read.
                held_before_e6: held_before_e6.filter(|_| sight.events.is_some()),
                order,
            };
            add_line(&tx, of, &told, &write)?;
            brought.told.push(told);
        }
        // A row from the future must not hide those before it.
        tx.execute(
            "UPDATE leader SET position_s = max(position_s, ?2), activity_s = max(activity_s, ?3) \
             WHERE wallet = ?1",
            params![
                wallet(of),
                newest_s.min(sight.now_s),
                sight.activity_s.min(sight.now_s),
            ],
        )?;
        // Read again or not, it is before every list to come.
        let before = params![wallet(of), sight.horizon_s];
        tx.execute(
            "DELETE FROM fill WHERE wallet = ?1 AND at_s < ?2 AND missed = 0",
            before,
        )?;
        tx.commit()?;
        Ok(brought)
    }

    /// Takes all that a leader holds now, as the venue tells it, where no trade or
    /// other move of the token is younger than `settled_s`.
    pub(super) fn hold(
        &mut self,
        of: Address,
        positions: &[Position],
        settled_s: u64,
    ) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        holdings::hold(&tx, of, positions, settled_s)?;
        tx.commit()?;
        Ok(())
    }

    /// Lines that wait to be sent, oldest first.
    pub(super) fn pending(&self, most: u64) -> Result<Vec<Pending>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT seq, intent_id, line FROM intent WHERE sent IS NULL ORDER BY seq LIMIT ?1",
        )?;
        let rows = query.query_map([most], |r| {
            Ok(Pending {
                seq: r.get(0)?,
                intent_id: r.get(1)?,
                line: r.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// These lines were sent, and `said` is what came of it.
    pub(super) fn sent(&mut self, lines: &[Pending], said: &str) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        for line in lines {
            tx.execute(
                "UPDATE intent SET sent = ?2 WHERE seq = ?1",
                params![line.seq, said],
            )?;
        }
        tx.commit()?;
        Ok(())
    }

    /// How much there is, for whoever asks.
    pub(super) fn totals(&self) -> Result<Totals, StoreError> {
        let count = |query: &str| self.db.query_row(query, [], |r| r.get::<_, u64>(0));
        Ok(Totals {
            told: count("SELECT count(*) FROM intent")?,
            waiting: count("SELECT count(*) FROM intent WHERE sent IS NULL")?,
            missed: count("SELECT coalesce(sum(missed), 0) FROM fill")?,
        })
    }
}

fn lock(path: &Path) -> Result<File, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = File::options().create(true).append(true).open(&name);
    let file = file
        .map_err(|e| StoreError::Other(format!("the lock {}: {e}", Path::new(&name).display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let told = format!("another watcher has {}", path.display());
            Err(StoreError::Other(told))
        }
        Err(TryLockError::Error(e)) => Err(StoreError::Other(format!("the lock: {e}"))),
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
