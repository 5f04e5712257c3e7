//! What a leader holds, as far as it is known.
//!
//! Invariant: a token without a row is unknown, or after a whole reading of the
//! positions zero, unless it is in doubt since.
//! Invariant: whatever moved after the time that a reading is settled for is not
//! taken from it.

use std::collections::BTreeMap;

use order::Address;
use rusqlite::{OptionalExtension, Transaction, params};

use super::super::gather::Order;
use super::super::rows::{Event, Position};
use super::moves::add_event;
use super::{StoreError, wallet};

/// Activity that moves shares of the condition that it names, and no others; a
/// conversion moves those of its sisters, a migration renames them.
const WITHIN_CONDITION: [&str; 3] = ["SPLIT", "MERGE", "REDEEM"];
/// Everything, as something in doubt.
const ALL: &str = "";

/// Puts a token, a condition or everything in doubt.
fn doubt(db: &Transaction<'_>, of: Address, what: &str, since_s: u64) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO doubt VALUES (?1, ?2, ?3) \
         ON CONFLICT DO UPDATE SET since_s = max(since_s, excluded.since_s)",
        params![wallet(of), what, since_s],
    )?;
    db.execute(
        "UPDATE leader SET to_ask = 1 WHERE wallet = ?1",
        [wallet(of)],
    )?;
    Ok(())
}

/// A trade of the token that moved nothing here.
pub(super) fn unknown(
    db: &Transaction<'_>,
    of: Address,
    token: &str,
    since_s: u64,
) -> Result<(), StoreError> {
    db.execute(
        "DELETE FROM holding WHERE wallet = ?1 AND token = ?2",
        params![wallet(of), token],
    )?;
    doubt(db, of, token, since_s)
}

/// Forgets what an event may have moved: its condition's tokens, or everything
/// where that is not what it says.
fn forget(db: &Transaction<'_>, of: Address, event: &Event) -> Result<(), StoreError> {
    let own = wallet(of);
    let token = event.token.map(|token| token.to_string());
    let market = match (event.market, &token) {
        (Some(market), _) => Some(format!("{market:#x}")),
        (None, Some(token)) => db
            .query_row(
                "SELECT market FROM holding WHERE wallet = ?1 AND token = ?2",
                params![own, token],
                |r| r.get::<_, Option<String>>(0),
            )
            .optional()?
            .flatten(),
        (None, None) => None,
    };
    let market = market.filter(|_| WITHIN_CONDITION.contains(&event.kind.as_str()));
    let Some(market) = market else {
        db.execute("DELETE FROM holding WHERE wallet = ?1", [&own])?;
        db.execute("UPDATE leader SET whole_s = NULL WHERE wallet = ?1", [&own])?;
        return doubt(db, of, ALL, event.at_s);
    };
    let moved = {
        let mut query = db.prepare(
            "SELECT token FROM holding WHERE wallet = ?1 AND (market = ?2 OR market IS NULL)",
        )?;
        let rows = query.query_map(params![own, market], |r| r.get::<_, String>(0))?;
        rows.collect::<Result<Vec<_>, _>>()?
    };
    for token in moved.iter().chain(&token) {
        unknown(db, of, token, event.at_s)?;
    }
    doubt(db, of, &market, event.at_s)
}

/// Takes events down; how many were not seen before.
pub(super) fn take_events(
    db: &Transaction<'_>,
    of: Address,
    events: &[Event],
) -> Result<u64, StoreError> {
    let mut count = 0_u64;
    for event in events {
        if add_event(db, of, event)? {
            // What it moved is not told by trades.
            forget(db, of, event)?;
            count = count.saturating_add(1);
        }
    }
    Ok(count)
}

/// What is held of an order's token, where that is known.
fn known(db: &Transaction<'_>, of: Address, order: &Order) -> Result<Option<u64>, StoreError> {
    let (own, token) = (wallet(of), order.token.to_string());
    let row = db
        .query_row(
            "SELECT size_e6 FROM holding WHERE wallet = ?1 AND token = ?2",
            params![own, token],
            |r| r.get(0),
        )
        .optional()?;
    if row.is_some() {
        return Ok(row);
    }
    let is_none: bool = db.query_row(
        "SELECT whole_s IS NOT NULL AND NOT EXISTS (SELECT 1 FROM doubt \
         WHERE doubt.wallet = ?1 AND what IN (?2, ?3, ?4)) FROM leader WHERE wallet = ?1",
        params![own, token, format!("{:#x}", order.market), ALL],
        |r| r.get(0),
    )?;
    Ok(is_none.then_some(0))
}

/// Moves what is held of the token; what was held before, where that is known
/// the order fits into it, and it is not older than the reading of the positions
/// at `asked_s`, which had not seen it.
pub(super) fn move_holding(
    db: &Transaction<'_>,
    of: Address,
    order: &Order,
    asked_s: u64,
) -> Result<Option<u64>, StoreError> {
    let before = known(db, of, order)?;
    // Positions may be ahead of the list of trades: what was read after this trade
    // may have it already, and it must not count twice.
    let before = before.filter(|held| *held == 0 || order.at_s >= asked_s);
    let after = before.and_then(|held| {
        if order.is_buy {
            held.checked_add(order.size_e6)
        } else {
            held.checked_sub(order.size_e6)
        }
    });
    let token = order.token.to_string();
    let Some(after) = after else {
        // Unknown, or more was sold than was there, so that it was wrong.
        unknown(db, of, &token, order.at_s)?;
        return Ok(None);
    };
    let market = format!("{:#x}", order.market);
    put(db, of, &token, after, Some(&market))?;
    Ok(before)
}

fn put(
    db: &Transaction<'_>,
    of: Address,
    token: &str,
    size_e6: u64,
    market: Option<&str>,
) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO holding (wallet, token, size_e6, market) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT DO UPDATE SET size_e6 = excluded.size_e6, \
         market = coalesce(excluded.market, market)",
        params![wallet(of), token, size_e6, market],
    )?;
    Ok(())
}

/// By name, a number of this leader's.
fn numbers(
    db: &Transaction<'_>,
    query: &str,
    of: Address,
    after_s: u64,
) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut query = db.prepare(query)?;
    let rows = query.query_map(params![wallet(of), after_s], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes a whole reading of the positions, as of `settled_s`: nothing of a token
/// that was traded or moved since.
pub(super) fn hold(
    db: &Transaction<'_>,
    of: Address,
    positions: &[Position],
    settled_s: u64,
) -> Result<(), StoreError> {
    let own = wallet(of);
    db.execute(
        "DELETE FROM doubt WHERE wallet = ?1 AND since_s <= ?2",
        params![own, settled_s],
    )?;
    let doubts = "SELECT what, since_s FROM doubt WHERE wallet = ?1 AND since_s > ?2";
    let doubts = numbers(db, doubts, of, settled_s)?;
    if doubts.contains_key(ALL) {
        return Ok(());
    }
    let moving = "SELECT token, max(at_s) FROM fill WHERE wallet = ?1 AND at_s > ?2 GROUP BY token";
    let moving = numbers(db, moving, of, settled_s)?;
    let known = "SELECT token, size_e6 FROM holding WHERE wallet = ?1 AND ?2 >= 0";
    let known = numbers(db, known, of, settled_s)?;
    db.execute(
        "UPDATE leader SET whole_s = ?2, to_ask = 0 WHERE wallet = ?1",
        params![own, settled_s],
    )?;
    for (what, since_s) in &doubts {
        doubt(db, of, what, *since_s)?;
    }
    for (token, at_s) in &moving {
        if !known.contains_key(token) {
            doubt(db, of, token, *at_s)?;
        }
    }
    let mut told: BTreeMap<String, (u64, Option<String>)> = BTreeMap::new();
    for position in positions {
        let (sum, market) = told.entry(position.token.to_string()).or_default();
        *sum = sum.saturating_add(position.size_e6);
        *market = position.market.map(|market| format!("{market:#x}"));
    }
    for token in known.keys() {
        // Absence is zero, as for all tokens that have no row.
        if !moving.contains_key(token) && !told.contains_key(token) {
            db.execute(
                "DELETE FROM holding WHERE wallet = ?1 AND token = ?2",
                params![own, token],
            )?;
        }
    }
    for (token, (size_e6, market)) in told {
        if moving.contains_key(&token) {
            continue;
        }
        // Of a condition that nobody names, any that is in doubt may be it.
        let since_s = match &market {
            Some(market) => doubts.get(market).or_else(|| doubts.get(&token)).copied(),
            None => doubts.values().copied().max(),
        };
        match since_s {
            Some(since_s) => unknown(db, of, &token, since_s)?,
            None => put(db, of, &token, size_e6, market.as_deref())?,
        }
    }
    Ok(())
}
