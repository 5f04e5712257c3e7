//! The audit's rows.
//!
//! Invariant: a record is in the same transaction as what it tells of.

use rusqlite::{OptionalExtension, Row, params};
use serde_json::{Value, json};

use super::{Store, StoreError, Turn};
use crate::audit::{self, Broken, Chain, Entry};
use crate::clock;

impl Turn<'_> {
    /// Adds a record; `body` is canonical JSON.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    pub fn audit(&mut self, kind: &str, body: &str) -> Result<(), StoreError> {
        self.append(kind, body)
    }

    pub(super) fn append(&self, kind: &str, body: &str) -> Result<(), StoreError> {
        let mut query = self
            .tx
            .prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?;
        let last: Option<(u64, String)> = query
            .query_row([], |r| Ok((r.get(0)?, r.get(1)?)))
            .optional()?;
        let chain = last.map_or_else(Chain::default, |(seq, head)| Chain {
            count: seq.saturating_add(1),
            head,
        });
        let entry = chain.next(clock::now_ms(), kind, body);
        let mut insert = self.tx.prepare_cached(
            "INSERT INTO audit (seq, at_ms, kind, body, prev, hash) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        insert.execute(params![
            entry.seq,
            entry.at_ms,
            entry.kind,
            entry.body,
            entry.prev,
            entry.hash
        ])?;
        Ok(())
    }

    /// The chain's first record, where it has none: how many intents there
    /// were before it.
    pub(super) fn begin_audit(&self) -> Result<(), StoreError> {
        let (begun, intents): (bool, u64) = self.tx.query_row(
            "SELECT EXISTS (SELECT 1 FROM audit), (SELECT count(*) FROM intent)",
            [],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?;
        if begun {
            return Ok(());
        }
        self.append(audit::BEGIN, &json!({ "intents": intents }).to_string())
    }
}

/// What is wrong with the audit.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// It could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It does not hold together.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// It holds together, and tells of fewer or more intents than there are.
    #[error("the audit tells of {told} intents, and there are {are}: records or rows are gone")]
    Intents {
        /// As many it tells of.
        told: u64,
        /// As many there are.
        are: u64,
    },
}

impl From<rusqlite::Error> for AuditError {
    fn from(e: rusqlite::Error) -> Self {
        Self::Store(e.into())
    }
}

impl Store {
    /// Reads the whole audit, record by record, and checks that it holds
    /// together and tells of every intent.
    ///
    /// # Errors
    ///
    /// At the first record that does not follow, or what `each` says.
    pub fn audit<E: From<AuditError>>(
        &mut self,
        mut each: impl FnMut(&Entry) -> Result<(), E>,
    ) -> Result<Chain, E> {
        let database = |e: rusqlite::Error| E::from(e.into());
        // One view of both tables, whatever a `run` adds meanwhile.
        let tx = self.db.transaction().map_err(database)?;
        let mut query = tx
            .prepare("SELECT seq, at_ms, kind, body, prev, hash FROM audit ORDER BY seq")
            .map_err(database)?;
        let mut rows = query.query([]).map_err(database)?;
        let (mut chain, mut told) = (Chain::default(), 0_u64);
        while let Some(row) = rows.next().map_err(database)? {
            let (at, why) = (chain.count, "it is no text");
            let broken = |_ignored| AuditError::Broken(Broken { at, why });
            let entry = entry(row).map_err(broken)?;
            chain.take(&entry).map_err(AuditError::Broken)?;
            told = told.saturating_add(intents_in(&entry));
            each(&entry)?;
        }
        let are: u64 = tx
            .query_row("SELECT count(*) FROM intent", [], |r| r.get(0))
            .map_err(database)?;
        if told != are {
            return Err(AuditError::Intents { told, are }.into());
        }
        Ok(chain)
    }
}

fn entry(row: &Row<'_>) -> Result<Entry, rusqlite::Error> {
    Ok(Entry {
        seq: row.get(0)?,
        at_ms: row.get(1)?,
        kind: row.get(2)?,
        body: row.get(3)?,
        prev: row.get(4)?,
        hash: row.get(5)?,
    })
}

/// The intents that a record tells of for the first time.
fn intents_in(entry: &Entry) -> u64 {
    match entry.kind.as_str() {
        audit::INTENT => 1,
        audit::BEGIN => serde_json::from_str::<Value>(&entry.body)
            .ok()
            .and_then(|body| body.get("intents")?.as_u64())
            .unwrap_or(0),
        _ => 0,
    }
}
