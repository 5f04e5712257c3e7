//! What is left to sell of an exit that was decided: how much, and whether any
//! try is still to come.
//!
//! Invariant: what is left of an exit is on no pile of small trades, and no trade
//! takes it along but its own next try.

use order::{B256, Side};
use rusqlite::{OptionalExtension, params};

use super::{Pile, StoreError, Turn};

/// `used_by` of what no further try sells.
const LEFT: &str = "left";

/// What a strategy's exits after one leader left unsold for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExitLeft {
    /// The token, decimal.
    pub token_id: String,
    /// On whose behalf.
    pub strategy: String,
    /// Whose exit it was.
    pub leader: Option<String>,
    /// Shares that are still held of it.
    pub shares_units: u64,
    /// When the last try gave up, unix milliseconds.
    pub at_ms: u64,
}

impl Turn<'_> {
    /// Writes down that the exit `intent_id` is to sell `units` in all.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    pub fn owe(
        &mut self,
        pile: &Pile<'_>,
        intent_id: &str,
        units: u64,
        at_ms: u64,
    ) -> Result<(), StoreError> {
        self.set_owed(pile, intent_id, (units, intent_id), at_ms)
    }

    /// Writes down that `units` of the exit `intent_id` stay unsold.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    pub fn leave(
        &mut self,
        pile: &Pile<'_>,
        intent_id: &str,
        units: u64,
        at_ms: u64,
    ) -> Result<(), StoreError> {
        self.set_owed(pile, intent_id, (units, LEFT), at_ms)
    }

    fn set_owed(
        &mut self,
        pile: &Pile<'_>,
        intent_id: &str,
        (units, used_by): (u64, &str),
        at_ms: u64,
    ) -> Result<(), StoreError> {
        self.tx.execute(
            "INSERT INTO carry (intent_id, strategy, leader, token_id, side, units, at_ms, used_by) \
             VALUES (?1, ?2, ?3, ?4, 'SELL', ?5, ?6, ?7) ON CONFLICT (intent_id) DO UPDATE SET \
             units = excluded.units, at_ms = excluded.at_ms, used_by = excluded.used_by",
            params![
                intent_id,
                pile.strategy,
                pile.leader,
                pile.token_id,
                units,
                at_ms,
                used_by,
            ],
        )?;
        Ok(())
    }

    /// What the exit `intent_id` is to sell in all, if that was written down.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn owed(&self, intent_id: &str) -> Result<Option<u64>, StoreError> {
        let mut query = self
            .tx
            .prepare_cached("SELECT units FROM carry WHERE intent_id = ?1 AND used_by = ?1")?;
        Ok(query.query_row([intent_id], |r| r.get(0)).optional()?)
    }

    /// What was recorded of the market of `token_id` when it was bought: condition
    /// id and neg-risk.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn bought_in(&self, token_id: &str) -> Result<Option<(B256, bool)>, StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT i.market, i.neg_risk FROM intent i JOIN attempt a USING (intent_id) \
             JOIN fill f USING (order_hash) WHERE i.token_id = ?1 AND i.side = 'BUY' \
             AND i.neg_risk IS NOT NULL AND f.status <> 'FAILED' \
             ORDER BY i.seen_ms DESC LIMIT 1",
        )?;
        let found: Option<(String, bool)> = query
            .query_row([token_id], |r| Ok((r.get(0)?, r.get(1)?)))
            .optional()?;
        found
            .map(|(market, neg_risk)| {
                let market = market.parse();
                let market = market.map_err(|_ignored| StoreError::Corrupt("a market"))?;
                Ok((market, neg_risk))
            })
            .transpose()
    }

    /// The line that `intent_id` came as.
    ///
    /// # Errors
    ///
    /// When there is none, or it could not be read.
    pub fn line_of(&self, intent_id: &str) -> Result<String, StoreError> {
        let mut query = self
            .tx
            .prepare_cached("SELECT line FROM intent WHERE intent_id = ?1")?;
        Ok(query.query_one([intent_id], |r| r.get(0))?)
    }

    /// What nothing could begin for has until `ms`.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    pub fn prolong(&mut self, intent_id: &str, ms: u64) -> Result<(), StoreError> {
        self.tx.execute(
            "UPDATE intent SET deadline_ms = max(deadline_ms, ?2) WHERE intent_id = ?1",
            params![intent_id, ms],
        )?;
        Ok(())
    }

    /// What exits left unsold and is still held, by token, strategy and leader.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn exits_left(&self) -> Result<Vec<ExitLeft>, StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT token_id, strategy, leader, min(sum(units), (SELECT \
             coalesce(sum(l.left_units), 0) FROM lot l WHERE l.token_id = carry.token_id AND \
             l.source = 'OWN' AND l.strategy = carry.strategy AND l.leader IS carry.leader)), \
             max(at_ms) FROM carry WHERE used_by = ?1 GROUP BY token_id, strategy, leader \
             ORDER BY 1, 2, 3",
        )?;
        let rows = query.query_map([LEFT], |r| {
            Ok(ExitLeft {
                token_id: r.get(0)?,
                strategy: r.get(1)?,
                leader: r.get(2)?,
                shares_units: r.get(3)?,
                at_ms: r.get(4)?,
            })
        })?;
        let left = rows.collect::<Result<Vec<_>, _>>()?;
        Ok(left.into_iter().filter(|l| l.shares_units > 0).collect())
    }
}

/// The pile of one leader's sells.
#[must_use]
pub const fn sells<'a>(strategy: &'a str, leader: &'a str, token_id: &'a str) -> Pile<'a> {
    Pile {
        strategy,
        leader: Some(leader),
        token_id,
        side: Side::Sell,
    }
}
