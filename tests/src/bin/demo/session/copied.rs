//! What became of a leader's order, read from where the orchestrator keeps it.

use std::path::Path;

use rusqlite::Connection;

/// What became of a leader's order.
pub(crate) struct Copied {
    pub(crate) state: String,
    pub(crate) code: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) hashes: Vec<String>,
    pub(crate) attempts: usize,
}

impl Copied {
    /// That of the order of `transaction`; nothing while it was never seen.
    pub(crate) fn of(database: &Path, transaction: &str) -> rusqlite::Result<Option<Self>> {
        let db = Connection::open(database)?;
        let mut query = db.prepare(
            "SELECT a.state, a.code, a.detail, a.order_hash, instr(i.source_id, '/') > 0 \
             FROM attempt a JOIN intent i USING (intent_id) WHERE instr(i.line, ?1) > 0 \
             ORDER BY i.rowid",
        )?;
        let rows = query.query_map([transaction], |r| {
            let copied = Copied {
                state: r.get(0)?,
                code: r.get(1)?,
                detail: r.get(2)?,
                hashes: r.get::<_, Option<String>>(3)?.into_iter().collect(),
                attempts: 1,
            };
            Ok((copied, r.get::<_, bool>(4)?))
        })?;
        let rows: Vec<(Copied, bool)> = rows.collect::<Result<_, _>>()?;
        // Parts of one exit are one copy, which stands where the last of them does.
        let attempts = rows.iter().filter(|(_, is_part)| !is_part).count();
        let hashes = rows
            .iter()
            .flat_map(|(row, _)| row.hashes.clone())
            .collect();
        let open = rows.iter().position(|(row, _)| !row.is_over());
        let shown = rows.into_iter().nth(open.unwrap_or_default());
        Ok(shown.map(|(row, _)| Copied {
            hashes,
            attempts,
            ..row
        }))
    }

    pub(crate) fn is_over(&self) -> bool {
        [
            "REJECTED",
            "DENIED",
            "REFUSED",
            "ABSENT_PROVEN",
            "SETTLED",
            "REVERSED",
            "CANCELLED",
            "EXPIRED",
        ]
        .contains(&self.state.as_str())
    }
}
