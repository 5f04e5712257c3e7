//! The ledger: our own fills, and what they add up to.
//!
//! Invariant: one row a (trade, order), whichever way and however often it was
//! learnt of; a fill is money only when confirmed, and a failed one is none.

use rusqlite::params;

use super::{Store, StoreError};

/// One fill of one of our orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The venue's trade id.
    pub trade_id: String,
    /// Our order.
    pub order_hash: String,
    /// The token, decimal.
    pub token_id: String,
    /// BUY or SELL, of our own leg.
    pub side: String,
    /// Shares, base units.
    pub shares_units: u64,
    /// Collateral that changed hands without fee, base units.
    pub collateral_units: u64,
    /// Fee, base units.
    pub fee_units: u64,
    /// The venue's word for where it stands.
    pub status: String,
}

/// What the fills add up to; failed ones are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Number of fills.
    pub fills: u64,
    /// Collateral given for BUYs, without fee.
    pub bought_units: u64,
    /// Collateral received for SELLs, before fee.
    pub sold_units: u64,
    /// Fees of both.
    pub fee_units: u64,
}

impl Store {
    /// Records `fill`, or the news of one already recorded.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the venue now tells another amount for
    /// the same fill.
    pub fn record_fill(&mut self, fill: &Fill) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        tx.execute(
            "INSERT INTO fill (trade_id, order_hash, token_id, side, shares_units, \
             collateral_units, fee_units, status) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
             ON CONFLICT (trade_id, order_hash) DO UPDATE SET status = excluded.status \
             WHERE fill.status NOT IN ('CONFIRMED', 'FAILED')",
            params![
                fill.trade_id,
                fill.order_hash,
                fill.token_id,
                fill.side,
                fill.shares_units,
                fill.collateral_units,
                fill.fee_units,
                fill.status,
            ],
        )?;
        let same: bool = tx.query_row(
            "SELECT token_id = ?3 AND side = ?4 AND shares_units = ?5 AND collateral_units = ?6 \
             AND fee_units = ?7 FROM fill WHERE trade_id = ?1 AND order_hash = ?2",
            params![
                fill.trade_id,
                fill.order_hash,
                fill.token_id,
                fill.side,
                fill.shares_units,
                fill.collateral_units,
                fill.fee_units,
            ],
            |r| r.get(0),
        )?;
        if !same {
            return Err(StoreError::Corrupt(
                "the venue tells two amounts for one fill",
            ));
        }
        tx.commit()?;
        Ok(())
    }

    /// The fills of one order.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn fills(&self, order_hash: &str) -> Result<Vec<Fill>, StoreError> {
        let mut query = self.db.prepare(
            "SELECT trade_id, order_hash, token_id, side, shares_units, collateral_units, \
             fee_units, status FROM fill WHERE order_hash = ?1 ORDER BY trade_id",
        )?;
        let rows = query.query_map([order_hash], |r| {
            Ok(Fill {
                trade_id: r.get(0)?,
                order_hash: r.get(1)?,
                token_id: r.get(2)?,
                side: r.get(3)?,
                shares_units: r.get(4)?,
                collateral_units: r.get(5)?,
                fee_units: r.get(6)?,
                status: r.get(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What all fills add up to.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn totals(&self) -> Result<Totals, StoreError> {
        let totals = self.db.query_row(
            "SELECT count(*), coalesce(sum(iif(side = 'BUY', collateral_units, 0)), 0), \
             coalesce(sum(iif(side = 'SELL', collateral_units, 0)), 0), \
             coalesce(sum(fee_units), 0) FROM fill WHERE status <> 'FAILED'",
            [],
            |r| {
                Ok(Totals {
                    fills: r.get(0)?,
                    bought_units: r.get(1)?,
                    sold_units: r.get(2)?,
                    fee_units: r.get(3)?,
                })
            },
        )?;
        Ok(totals)
    }
}
