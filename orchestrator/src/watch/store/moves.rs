//! What a sight of a leader changes, row by row, within its transaction.

use std::collections::BTreeMap;

use order::Address;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::super::gather::{self, Key, Order};
use super::super::rows::{Event, Fill};
use super::{StoreError, Told, wallet};

/// Sizes are below `i64::MAX` base units, or the column refuses them.
type Keyed = (String, String, bool, u64, u64);

fn columns(key: &Key) -> Keyed {
    let (tx, token) = (format!("{:#x}", key.tx), key.token.to_string());
    (tx, token, key.is_buy, key.size_e6, key.price_e10)
}

/// How often each fill of a list was seen.
pub(super) fn seen(
    db: &Connection,
    of: Address,
    fills: &[Fill],
) -> Result<BTreeMap<Key, u64>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT seen FROM fill WHERE wallet = ?1 AND tx = ?2 AND token = ?3 AND is_buy = ?4 \
         AND size_e6 = ?5 AND price_e10 = ?6",
    )?;
    let mut counts = BTreeMap::new();
    for key in gather::counted(fills).into_keys() {
        let (tx, token, is_buy, size_e6, price_e10) = columns(&key);
        let found = query
            .query_row(
                params![wallet(of), tx, token, is_buy, size_e6, price_e10],
                |r| r.get(0),
            )
            .optional()?;
        if let Some(count) = found {
            counts.insert(key, count);
        }
    }
    Ok(counts)
}

pub(super) fn add_fill(
    db: &Transaction<'_>,
    of: Address,
    fill: &Fill,
    is_missed: bool,
) -> Result<(), StoreError> {
    let (tx, token, is_buy, size_e6, price_e10) = columns(&Key::of(fill));
    db.execute(
        "INSERT INTO fill VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8) \
         ON CONFLICT DO UPDATE SET seen = seen + 1, missed = missed + excluded.missed",
        params![
            wallet(of),
            tx,
            token,
            is_buy,
            size_e6,
            price_e10,
            fill.at_s,
            is_missed
        ],
    )?;
    Ok(())
}

/// Whether it was not seen before.
pub(super) fn add_event(
    db: &Transaction<'_>,
    of: Address,
    event: &Event,
) -> Result<bool, StoreError> {
    let added = db.execute(
        "INSERT OR IGNORE INTO event VALUES (?1, ?2, ?3, ?4)",
        params![wallet(of), event.kind, event.rest, event.at_s],
    )?;
    Ok(added > 0)
}

/// How many lines told parts of the same order before.
pub(super) fn parts(db: &Transaction<'_>, of: Address, order: &Order) -> Result<u64, StoreError> {
    let (tx, token) = (format!("{:#x}", order.tx), order.token.to_string());
    Ok(db.query_row(
        "SELECT count(*) FROM intent WHERE wallet = ?1 AND tx = ?2 AND token = ?3 AND is_buy = ?4",
        params![wallet(of), tx, token, order.is_buy],
        |r| r.get(0),
    )?)
}

pub(super) fn add_line(
    db: &Transaction<'_>,
    of: Address,
    told: &Told,
    write: impl Fn(&Told) -> Result<(String, String), String>,
) -> Result<(), StoreError> {
    let (intent_id, line) = write(told).map_err(StoreError::Other)?;
    let (tx, token) = (told.order.tx, told.order.token);
    db.execute(
        "INSERT INTO intent (intent_id, wallet, tx, token, is_buy, ordinal, at_s, line) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            intent_id,
            wallet(of),
            format!("{tx:#x}"),
            token.to_string(),
            told.order.is_buy,
            told.ordinal,
            told.order.at_s,
            line
        ],
    )?;
    Ok(())
}
