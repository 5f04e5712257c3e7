//! What was signed, in one `SQLite` file.
//!
//! Invariant: a market, its tokens and the texts about it are one synced
//! transaction (`synchronous=FULL`) with the checks; nothing is signed before
//! it, and what is signed after is what stands there.
//! Invariant: one lister at a time has the file, and it is of one key.

use std::path::Path;
use std::time::Duration;

use note::{Market, UtcSeconds, VerifierKey};
use order::{B256, U256};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::refusal::Refusal;

const SCHEMA: &str = include_str!("schema.sql");
/// The schema that this program reads and writes.
const VERSION: i64 = 1;
const DAY_S: u64 = 86_400;

/// What the store cannot do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed.
    #[error("the lister's database failed: {0}; look at its disk")]
    Database(#[from] rusqlite::Error),
    /// It is not this lister's.
    #[error("{0}; name another file as `database`")]
    Other(String),
}

/// A text to sign, and the name of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The file's name, without its ending.
    pub subject: String,
    /// The first moment at which it is of no use, unix seconds.
    pub apply_before_s: u64,
    /// What is signed.
    pub text: String,
}

/// The open database.
#[derive(Debug)]
pub struct Store(Connection);

impl Store {
    /// Opens or makes the database of `key`, for markets of one chain.
    ///
    /// # Errors
    ///
    /// When it is in use, of another key, chain or schema, or cannot be had.
    pub fn open(path: &Path, key: &VerifierKey, chain_id: u64) -> Result<Self, StoreError> {
        let mut db = Connection::open(path)?;
        db.busy_timeout(Duration::ZERO)?;
        db.execute_batch(
            "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; \
             PRAGMA foreign_keys=ON;",
        )?;
        // Takes the lock now: a second lister fails here.
        db.execute_batch("BEGIN EXCLUSIVE; COMMIT;")?;
        let version: i64 = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
        if !(0..=VERSION).contains(&version) {
            let told = format!("it has schema {version}, this program knows {VERSION}");
            return Err(StoreError::Other(told));
        }
        let birth = db.transaction()?;
        birth.execute_batch(SCHEMA)?;
        let ours = params![key.to_string(), chain_id];
        birth.execute("INSERT OR IGNORE INTO lister VALUES (1, ?1, ?2)", ours)?;
        birth.pragma_update(None, "user_version", VERSION)?;
        let (of, on): (String, u64) =
            birth.query_row("SELECT key, chain_id FROM lister", [], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })?;
        birth.commit()?;
        if of != key.to_string() || on != chain_id {
            let told = format!("it is of {of} on chain {on}");
            return Err(StoreError::Other(told));
        }
        Ok(Self(db))
    }

    /// Whether `condition` was signed.
    pub(super) fn has(&self, condition: B256) -> Result<bool, StoreError> {
        let found = self
            .0
            .query_row(
                "SELECT 1 FROM listing WHERE condition = ?1",
                [condition.to_string()],
                |_| Ok(()),
            )
            .optional()?;
        Ok(found.is_some())
    }

    /// Whether no more may be signed at `now_s`.
    pub(super) fn is_day_full(&self, now_s: u64, new_per_day: u16) -> Result<bool, StoreError> {
        let recent = recent(&self.0, now_s)?;
        Ok(recent >= u64::from(new_per_day))
    }

    /// Takes `market` down with the texts about it, if a listing of it may be
    /// signed at `now_s`; else says why not.
    ///
    /// # Errors
    ///
    /// The database failed: then nothing may be signed.
    pub fn take(
        &mut self,
        market: &Market,
        texts: &[Text],
        now_s: u64,
        new_per_day: u16,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let tx = self
            .0
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for token in [market.yes, market.no] {
            if let Some(condition) = owner(&tx, token)? {
                return Ok(Err(Refusal::TokenListed { condition }));
            }
        }
        if recent(&tx, now_s)? >= u64::from(new_per_day) {
            return Ok(Err(Refusal::DayFull { new_per_day }));
        }
        let condition = market.condition.to_string();
        let end_s = market.end.map(UtcSeconds::get);
        tx.execute(
            "INSERT INTO listing VALUES (?1, ?2, ?3)",
            params![condition, now_s, end_s],
        )?;
        for token in [market.yes, market.no] {
            tx.execute(
                "INSERT INTO token VALUES (?1, ?2)",
                params![token.to_string(), condition],
            )?;
        }
        for text in texts {
            tx.execute(
                "INSERT INTO note VALUES (?1, ?2, ?3, ?4)",
                params![text.subject, condition, text.apply_before_s, text.text],
            )?;
        }
        tx.commit()?;
        Ok(Ok(()))
    }

    /// The texts that are of use at `now_s`: not too late, of a market that has
    /// not ended.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub fn texts(&self, now_s: u64) -> Result<Vec<Text>, StoreError> {
        let mut query = self.0.prepare(
            "SELECT subject, apply_before_s, text FROM note JOIN listing USING (condition) \
             WHERE apply_before_s > ?1 AND end_s > ?1 ORDER BY subject",
        )?;
        let rows = query.query_map([now_s], |r| {
            Ok(Text {
                subject: r.get(0)?,
                apply_before_s: r.get(1)?,
                text: r.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// How many were signed in the day before `now_s`, and after it: a clock that
/// went back allows nothing.
fn recent(db: &Connection, now_s: u64) -> Result<u64, StoreError> {
    let since_s = now_s.saturating_sub(DAY_S);
    let query = "SELECT count(*) FROM listing WHERE signed_s > ?1";
    Ok(db.query_row(query, [since_s], |r| r.get(0))?)
}

/// Whose `token` is.
fn owner(tx: &Transaction<'_>, token: U256) -> Result<Option<B256>, StoreError> {
    let query = "SELECT condition FROM token WHERE token = ?1";
    let found: Option<String> = tx
        .query_row(query, [token.to_string()], |r| r.get(0))
        .optional()?;
    found
        .map(|text| {
            text.parse()
                .map_err(|_ignored| StoreError::Other(format!("it holds the condition {text:?}")))
        })
        .transpose()
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
