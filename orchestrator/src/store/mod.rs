//! The outbox and the ledger, in one `SQLite` file.
//!
//! Invariant: every arrow is one synced transaction, committed before the
//! effect it announces.

mod ledger;

use std::path::Path;

use order::{B256, PriceE4, ShareUnits, Side, TickSize, U256};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::clock;
use crate::intent::{Intent, Kind, OrderType};
use crate::signer::SignedOrder;
use crate::state::State;

pub use ledger::{Fill, Totals};

/// What the store cannot do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// A row holds what this program cannot have written.
    #[error("the database does not hold together: {0}")]
    Corrupt(&'static str),
    /// An arrow that does not exist.
    #[error("{intent_id}/{attempt} cannot go from {from} to {to}")]
    Arrow {
        /// Whose attempt.
        intent_id: String,
        /// Which one.
        attempt: u16,
        /// Where it stands.
        from: &'static str,
        /// Where it was to go.
        to: &'static str,
    },
    /// Another process has the database.
    #[error("the database {0} is in use by another orchestrator; stop it, or name another file")]
    InUse(String),
}

/// One attempt with its intent.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The intent's name, given at first sight.
    pub intent_id: String,
    /// Which try.
    pub attempt: u16,
    /// Where it stands.
    pub state: State,
    /// What is wanted.
    pub intent: Intent,
    /// Unix milliseconds after which it is neither signed nor sent.
    pub deadline_ms: u64,
    /// The venue's order id, once signed.
    pub order_hash: Option<String>,
    /// The exact bytes to send, once signed.
    pub body: Option<String>,
}

/// The open database.
#[derive(Debug)]
pub struct Store {
    db: Connection,
}

impl Store {
    /// Opens or makes the database at `path`, for this process alone.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`] when another process has it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let db = Connection::open(path)?;
        db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        db.pragma_update(None, "journal_mode", "WAL")
            .map_err(|e| in_use(path, e))?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "foreign_keys", true)?;
        db.execute_batch("BEGIN EXCLUSIVE; COMMIT;")
            .map_err(|e| in_use(path, e))?;
        db.execute_batch(include_str!("schema.sql"))?;
        Ok(Self { db })
    }

    /// Takes an intent in, unless its sender's name for it is known already.
    /// Returns whether it is new.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    pub fn admit(
        &mut self,
        intent: &Intent,
        intent_id: &str,
        seen_ms: u64,
        deadline_ms: u64,
    ) -> Result<bool, StoreError> {
        let tx = self.db.transaction()?;
        let added = tx.execute(
            "INSERT INTO intent (intent_id, source_id, seen_ms, deadline_ms, kind, market, \
             token_id, side, limit_price_e4, shares_units, tick_size_e4, order_type) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) \
             ON CONFLICT (source_id) DO NOTHING",
            params![
                intent_id,
                intent.source_id,
                seen_ms,
                deadline_ms,
                match intent.kind {
                    Kind::Copy => "copy",
                    Kind::Exit => "exit",
                },
                intent.market.to_string(),
                intent.token_id.to_string(),
                intent.side.as_str(),
                intent.limit_price.get(),
                intent.shares.get(),
                intent.tick_size.e4(),
                match intent.order_type {
                    OrderType::Fok => "FOK",
                    OrderType::Fak => "FAK",
                },
            ],
        )?;
        if added == 1 {
            tx.execute(
                "INSERT INTO attempt (intent_id, attempt, state) VALUES (?1, 0, ?2)",
                params![intent_id, State::Intent.name()],
            )?;
            note(&tx, intent_id, 0, State::Intent, None)?;
        }
        tx.commit()?;
        Ok(added == 1)
    }

    /// Every attempt that is not terminal, oldest first.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn open_attempts(&self) -> Result<Vec<Attempt>, StoreError> {
        let mut query = self.db.prepare(
            "SELECT a.intent_id, a.attempt, a.state, a.order_hash, a.body, i.source_id, i.kind, \
             i.market, i.token_id, i.side, i.limit_price_e4, i.shares_units, i.tick_size_e4, \
             i.order_type, i.deadline_ms FROM attempt a JOIN intent i USING (intent_id) \
             WHERE a.state NOT IN ('DENIED', 'REFUSED', 'SETTLED', 'REVERSED', 'EXPIRED') \
             ORDER BY i.seen_ms, i.rowid, a.attempt",
        )?;
        let rows = query.query_and_then([], read_attempt)?;
        rows.collect()
    }

    /// Takes one arrow, with what it brought.
    ///
    /// # Errors
    ///
    /// [`StoreError::Arrow`] when there is no such arrow; then nothing changed.
    pub fn advance(
        &mut self,
        row: &mut Attempt,
        to: State,
        news: &News<'_>,
    ) -> Result<(), StoreError> {
        if !row.state.may_become(to) {
            return Err(StoreError::Arrow {
                intent_id: row.intent_id.clone(),
                attempt: row.attempt,
                from: row.state.name(),
                to: to.name(),
            });
        }
        let tx = self.db.transaction()?;
        let changed = tx.execute(
            "UPDATE attempt SET state = ?3 WHERE intent_id = ?1 AND attempt = ?2 AND state = ?4",
            params![row.intent_id, row.attempt, to.name(), row.state.name()],
        )?;
        if changed != 1 {
            return Err(StoreError::Corrupt("an attempt changed under us"));
        }
        let detail = match news {
            News::Nothing => None,
            News::Signed { order, body } => {
                tx.execute(
                    "UPDATE attempt SET order_hash = ?3, leaf_index = ?4, charge_units = ?5, \
                     body = ?6 WHERE intent_id = ?1 AND attempt = ?2",
                    params![
                        row.intent_id,
                        row.attempt,
                        order.order_hash.to_string(),
                        order.leaf_index,
                        order.charge_units,
                        body,
                    ],
                )?;
                None
            }
            News::Because { code, detail } => {
                tx.execute(
                    "UPDATE attempt SET code = ?3, detail = ?4 WHERE intent_id = ?1 AND attempt = ?2",
                    params![row.intent_id, row.attempt, code, detail],
                )?;
                Some(*detail)
            }
        };
        note(&tx, &row.intent_id, row.attempt, to, detail)?;
        tx.commit()?;
        row.state = to;
        if let News::Signed { order, body } = news {
            row.order_hash = Some(order.order_hash.to_string());
            row.body = Some((*body).to_owned());
        }
        Ok(())
    }

    /// The hash of the one order of ours that `order_hash` names, if any.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn knows(&self, order_hash: &str) -> Result<bool, StoreError> {
        let found: Option<i64> = self
            .db
            .query_row(
                "SELECT 1 FROM attempt WHERE order_hash = ?1",
                [order_hash],
                |r| r.get(0),
            )
            .optional()?;
        Ok(found.is_some())
    }
}

/// What an arrow brought.
#[derive(Debug)]
pub enum News<'a> {
    /// Nothing but itself.
    Nothing,
    /// The signer's order, and the body that will be sent.
    Signed {
        /// The order as checked.
        order: &'a SignedOrder,
        /// The exact bytes.
        body: &'a str,
    },
    /// A reason.
    Because {
        /// A stable code.
        code: &'a str,
        /// A sentence.
        detail: &'a str,
    },
}

fn note(
    db: &Connection,
    intent_id: &str,
    attempt: u16,
    state: State,
    detail: Option<&str>,
) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO step (intent_id, attempt, state, at_us, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![intent_id, attempt, state.name(), clock::now_us(), detail],
    )?;
    Ok(())
}

fn read_attempt(r: &Row<'_>) -> Result<Attempt, StoreError> {
    let state: String = r.get(2)?;
    let kind: String = r.get(6)?;
    let market: String = r.get(7)?;
    let token: String = r.get(8)?;
    let side: String = r.get(9)?;
    let order_type: String = r.get(13)?;
    let intent = Intent {
        source_id: r.get(5)?,
        kind: if kind == "exit" {
            Kind::Exit
        } else {
            Kind::Copy
        },
        market: market
            .parse::<B256>()
            .map_err(|_ignored| StoreError::Corrupt("a market"))?,
        token_id: U256::from_str_radix(&token, 10)
            .map_err(|_ignored| StoreError::Corrupt("a token id"))?,
        side: Side::parse(&side).ok_or(StoreError::Corrupt("a side"))?,
        limit_price: PriceE4::new(r.get(10)?).ok_or(StoreError::Corrupt("a price"))?,
        shares: ShareUnits::new(r.get(11)?),
        tick_size: TickSize::from_e4(r.get(12)?).ok_or(StoreError::Corrupt("a tick size"))?,
        order_type: if order_type == "FAK" {
            OrderType::Fak
        } else {
            OrderType::Fok
        },
    };
    Ok(Attempt {
        intent_id: r.get(0)?,
        attempt: r.get(1)?,
        state: State::of(&state).ok_or(StoreError::Corrupt("a state"))?,
        intent,
        deadline_ms: r.get(14)?,
        order_hash: r.get(3)?,
        body: r.get(4)?,
    })
}

fn in_use(path: &Path, e: rusqlite::Error) -> StoreError {
    match e.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
            StoreError::InUse(path.display().to_string())
        }
        _ => StoreError::Database(e),
    }
}
