//! What became of an intent, for the person who asks.

use rusqlite::{Row, params};

use super::{Store, StoreError};
use crate::intent;

/// The rows that are told unless a name is given.
const ROWS_MAX: i64 = 50;

/// One attempt of one intent, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The sender's own name for it; none where a refused line had none.
    pub source_id: Option<String>,
    /// On whose behalf; `unread` for a line that is no intent.
    pub strategy: String,
    /// Our name for it.
    pub intent_id: String,
    /// Which try.
    pub attempt: u16,
    /// What was asked: side, shares, worst price in ten-thousandths, token;
    /// none where the line did not say, or the market has not said the rest.
    pub asked: Option<(String, u64, u64, String)>,
    /// Where it stands.
    pub state: String,
    /// The stable code of why.
    pub code: Option<String>,
    /// Why.
    pub detail: Option<String>,
    /// The venue's order id, once signed.
    pub order_hash: Option<String>,
    /// When it was first seen, unix milliseconds.
    pub seen_ms: u64,
    /// When it may first have been sent, unix milliseconds.
    pub posted_ms: Option<u64>,
    /// When it came to where it stands, unix milliseconds.
    pub since_ms: u64,
}

impl Store {
    /// What became of intents, newest first: all of the sender's name `id`, or
    /// the last fifty. Our own name for one finds it too, and a refused line is
    /// found by the name that stands in it.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn told(&self, id: Option<&str>) -> Result<Vec<Told>, StoreError> {
        let limit = if id.is_some() { -1 } else { ROWS_MAX };
        let mut query = self.db.prepare(
            "SELECT i.source_id, i.strategy, i.intent_id, a.attempt, i.side, i.shares_units, \
             i.limit_price_e4, i.token_id, a.state, a.code, a.detail, a.order_hash, i.seen_ms, \
             a.posted_ms, a.since_ms, i.line FROM intent i JOIN attempt a USING (intent_id) \
             WHERE ?1 IS NULL OR i.source_id = ?1 OR i.intent_id = ?1 \
             OR (i.strategy = 'unread' AND CASE WHEN json_valid(i.line) THEN CAST(coalesce( \
             json_extract(i.line, '$.id'), json_extract(i.line, '$.intent_id')) AS TEXT) END = ?1) \
             ORDER BY i.seen_ms DESC, i.rowid DESC, a.attempt DESC LIMIT ?2",
        )?;
        let rows = query.query_map(params![id, limit], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn read(r: &Row<'_>) -> Result<Told, rusqlite::Error> {
    let (source_id, strategy): (String, String) = (r.get(0)?, r.get(1)?);
    // Refused lines are known by their bytes; people know them by their name.
    let source_id = if strategy == "unread" {
        intent::named_in(&r.get::<_, String>(15)?)
    } else {
        Some(source_id)
    };
    let asked = match r.get::<_, Option<String>>(4)? {
        None => None,
        Some(side) => Some((side, r.get(5)?, r.get(6)?, r.get(7)?)),
    };
    Ok(Told {
        source_id,
        strategy,
        intent_id: r.get(2)?,
        attempt: r.get(3)?,
        asked,
        state: r.get(8)?,
        code: r.get(9)?,
        detail: r.get(10)?,
        order_hash: r.get(11)?,
        seen_ms: r.get(12)?,
        posted_ms: r.get(13)?,
        since_ms: r.get(14)?,
    })
}
