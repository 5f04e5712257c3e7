//! What a person should be called for.

use super::{Store, StoreError};

/// Why somebody is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarming {
    /// Its own name, for ever the same: nobody is called twice for it.
    pub id: String,
    /// A stable code.
    pub code: String,
}

impl Store {
    /// Open incidents, attempts of which nobody knows since before
    /// `unknown_since_ms`, and exits that a strategy leaves to a person, of the
    /// audit's records after `seen_seq`; with the last record there is.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn alarming(
        &self,
        unknown_since_ms: u64,
        seen_seq: u64,
    ) -> Result<(Vec<Alarming>, u64), StoreError> {
        // First: what is added meanwhile is found by the next look.
        let last = "SELECT coalesce(max(seq), 0) FROM audit";
        let last_seq = self.db.query_row(last, [], |r| r.get(0))?;
        let mut query = self.db.prepare(
            "SELECT 'incident-' || id || '-' || at_ms, code FROM incident \
             WHERE resolved_ms IS NULL \
             UNION ALL SELECT 'unknown-' || intent_id || '-' || attempt, 'UNKNOWN' FROM attempt \
             WHERE state = 'UNKNOWN' AND since_ms <= ?1 \
             UNION ALL SELECT 'exit-' || seq || '-' || at_ms, 'EXIT_LEFT_TO_YOU' FROM audit \
             WHERE seq > ?2 AND kind = 'DECISION' AND json_extract(body, '$.decision.refused.alert')",
        )?;
        let rows = query.query_map([unknown_since_ms, seen_seq], |r| {
            Ok(Alarming {
                id: r.get(0)?,
                code: r.get(1)?,
            })
        })?;
        Ok((rows.collect::<Result<_, _>>()?, last_seq))
    }
}
