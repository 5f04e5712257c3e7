//! What the rows add up to, for people and for halts.

use rusqlite::params;

use super::{Store, StoreError, Turn};

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
    /// Fills that failed after they had matched.
    pub failed: u64,
    /// Proceeds less cost of what was sold, both ends final.
    pub realised_units: i64,
    /// The same of what is not final yet.
    pub realised_provisional_units: i64,
}

/// How many attempts ended, or stand, where and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The state.
    pub state: String,
    /// The code of the last reason.
    pub code: Option<String>,
    /// How many.
    pub count: u64,
}

/// The attempts of which nobody knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unknowns {
    /// How many.
    pub count: u64,
    /// Since when the oldest, unix milliseconds.
    pub oldest_ms: Option<u64>,
}

/// One token's position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// The token, decimal.
    pub token_id: String,
    /// Condition id, where an intent or a fill says so.
    pub market: Option<String>,
    /// The market's price step, where an intent says so.
    pub tick_size_e4: Option<u16>,
    /// Whether it trades on the neg-risk exchange, where an intent says so.
    pub neg_risk: Option<bool>,
    /// Shares of ours that are final.
    pub settled_units: u64,
    /// Shares of ours that are not final.
    pub provisional_units: u64,
    /// Shares that others brought.
    pub external_units: u64,
    /// What is left of our lots' cost, with fees.
    pub cost_units: u64,
    /// Shares set aside by sells that are not over.
    pub reserved_units: u64,
    /// Proceeds less cost of what was sold, both ends final.
    pub realised_units: i64,
}

impl Store {
    /// What all fills add up to.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn totals(&self) -> Result<Totals, StoreError> {
        let (realised_units, realised_provisional_units) = self.db.query_row(
            "SELECT coalesce(sum(iif(settled, proceeds_units - cost_units, 0)), 0), \
             coalesce(sum(iif(settled, 0, proceeds_units - cost_units)), 0) \
             FROM closing WHERE lot IS NOT NULL",
            [],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?;
        let totals = self.db.query_row(
            "SELECT coalesce(sum(status <> 'FAILED'), 0), \
             coalesce(sum(iif(side = 'BUY' AND status <> 'FAILED', collateral_units, 0)), 0), \
             coalesce(sum(iif(side = 'SELL' AND status <> 'FAILED', collateral_units, 0)), 0), \
             coalesce(sum(iif(status = 'FAILED', 0, fee_units)), 0), \
             coalesce(sum(status = 'FAILED'), 0) FROM fill",
            [],
            |r| {
                Ok(Totals {
                    fills: r.get(0)?,
                    bought_units: r.get(1)?,
                    sold_units: r.get(2)?,
                    fee_units: r.get(3)?,
                    failed: r.get(4)?,
                    realised_units,
                    realised_provisional_units,
                })
            },
        )?;
        Ok(totals)
    }

    /// How many attempts stand where, and why.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn counts(&self) -> Result<Vec<Count>, StoreError> {
        let mut query = self.db.prepare(
            "SELECT state, code, count(*) FROM attempt GROUP BY state, code ORDER BY 1, 2",
        )?;
        let rows = query.query_map([], |r| {
            Ok(Count {
                state: r.get(0)?,
                code: r.get(1)?,
                count: r.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The attempts of which nobody knows: hash, side, notional, since when.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn unknown_rows(&self) -> Result<Vec<(String, String, u64, u64)>, StoreError> {
        let mut query = self.db.prepare(
            "SELECT coalesce(a.order_hash, ''), i.side, \
             i.shares_units * i.limit_price_e4 / 10000, a.since_ms \
             FROM attempt a JOIN intent i USING (intent_id) WHERE a.state = 'UNKNOWN' \
             ORDER BY a.since_ms",
        )?;
        let rows = query.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every token with shares or a history, by token.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn holdings(&self) -> Result<Vec<Holding>, StoreError> {
        let tokens: Vec<String> = {
            let mut query = self
                .db
                .prepare("SELECT DISTINCT token_id FROM lot ORDER BY 1")?;
            let rows = query.query_map([], |r| r.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        tokens.iter().map(|token| self.holding(token)).collect()
    }

    /// One token's position.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn holding(&self, token_id: &str) -> Result<Holding, StoreError> {
        Ok(self.db.query_row(
            // What was filled knows its market; a line that was denied or refused
            // may have said anything.
            "WITH told AS (SELECT market, tick_size_e4, neg_risk, seen_ms, EXISTS (SELECT 1 \
             FROM attempt a JOIN fill USING (order_hash) WHERE a.intent_id = i.intent_id) AS filled \
             FROM intent i WHERE token_id = ?1) \
             SELECT (SELECT market FROM told ORDER BY filled DESC, seen_ms DESC LIMIT 1), \
             (SELECT tick_size_e4 FROM told ORDER BY filled DESC, seen_ms DESC LIMIT 1), \
             (SELECT neg_risk FROM told WHERE neg_risk IS NOT NULL \
              ORDER BY filled DESC, seen_ms DESC LIMIT 1), \
             coalesce(sum(iif(source = 'OWN' AND settled, left_units, 0)), 0), \
             coalesce(sum(iif(source = 'OWN' AND NOT settled, left_units, 0)), 0), \
             coalesce(sum(iif(source = 'OWN', 0, left_units)), 0), \
             coalesce(sum(iif(source = 'OWN', cost_left_units, 0)), 0), \
             (SELECT coalesce(sum(i.shares_units), 0) FROM attempt a JOIN intent i \
              USING (intent_id) WHERE i.token_id = ?1 AND i.side = 'SELL' AND a.state IN \
              ('INTENT', 'RESERVED', 'SIGN_REQUESTED', 'SIGN_UNKNOWN', 'SIGNED', 'POSTING', \
              'UNKNOWN', 'ACKED', 'WORKING', 'PARTIAL', 'CANCEL_REQUESTED', 'MATCHED')), \
             (SELECT coalesce(sum(proceeds_units - cost_units), 0) FROM closing \
              WHERE token_id = ?1 AND settled AND lot IS NOT NULL) \
             FROM lot WHERE token_id = ?1",
            params![token_id],
            |r| {
                Ok(Holding {
                    token_id: token_id.to_owned(),
                    market: r.get(0)?,
                    tick_size_e4: r.get(1)?,
                    neg_risk: r.get(2)?,
                    settled_units: r.get(3)?,
                    provisional_units: r.get(4)?,
                    external_units: r.get(5)?,
                    cost_units: r.get(6)?,
                    reserved_units: r.get(7)?,
                    realised_units: r.get(8)?,
                })
            },
        )?)
    }
}

impl Turn<'_> {
    /// The attempts of which nobody knows.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn unknowns(&self) -> Result<Unknowns, StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT count(*), min(since_ms) FROM attempt WHERE state = 'UNKNOWN'",
        )?;
        Ok(query.query_one([], |r| {
            Ok(Unknowns {
                count: r.get(0)?,
                oldest_ms: r.get(1)?,
            })
        })?)
    }
}
