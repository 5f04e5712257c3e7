//! Incidents: what cannot be, and was; and what a person said of it.
//!
//! Invariant: an incident is never deleted; while one is open, nothing starts.

use rusqlite::params;

use super::{Store, StoreError, Turn};

/// Something that cannot be, and was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Its number.
    pub id: i64,
    /// When, unix milliseconds.
    pub at_ms: u64,
    /// A stable code.
    pub code: String,
    /// What was seen.
    pub detail: String,
    /// What a person said when it was resolved.
    pub because: Option<String>,
}

impl Turn<'_> {
    /// Writes down what cannot be. Returns its number.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    pub fn incident(&mut self, code: &str, detail: &str, now_ms: u64) -> Result<i64, StoreError> {
        self.tx.execute(
            "INSERT INTO incident (at_ms, code, detail) VALUES (?1, ?2, ?3)",
            params![now_ms, code, detail],
        )?;
        Ok(self.tx.last_insert_rowid())
    }

    /// A person looked, and says why it may go on. Who says so of a signer
    /// that was another, means the one that is there now.
    ///
    /// # Errors
    ///
    /// When it could not be recorded. False when there is no such open one.
    pub fn resolve_incident(
        &mut self,
        id: i64,
        because: &str,
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        let changed = self.tx.execute(
            "UPDATE incident SET resolved_ms = ?2, because = ?3 \
             WHERE id = ?1 AND resolved_ms IS NULL",
            params![id, now_ms, because],
        )?;
        self.tx.execute(
            "DELETE FROM signer_seen WHERE EXISTS (SELECT 1 FROM incident \
             WHERE id = ?1 AND code = 'SIGNER_ROLLED_BACK' AND resolved_ms = ?2)",
            params![id, now_ms],
        )?;
        Ok(changed == 1)
    }
}

impl Store {
    /// Incidents, oldest first; with `all`, resolved ones too.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn incidents(&self, all: bool) -> Result<Vec<Incident>, StoreError> {
        let mut query = self.db.prepare(
            "SELECT id, at_ms, code, detail, because FROM incident \
             WHERE ?1 OR resolved_ms IS NULL ORDER BY id",
        )?;
        let rows = query.query_map([all], |r| {
            Ok(Incident {
                id: r.get(0)?,
                at_ms: r.get(1)?,
                code: r.get(2)?,
                detail: r.get(3)?,
                because: r.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
