//! The ledger's rows: fills of this wallet, and the lots they fold into.
//!
//! Invariant: one row a (trade, order), whichever way and however often it was
//! learnt of; a fill is money only when confirmed, and a failed one is none.
//! Invariant: lots are folded again, from all fills of their token, in the same
//! transaction that changes one of them.

use order::Side;
use rusqlite::{OptionalExtension, params};

use super::{StoreError, Turn};
use crate::ledger::{Adjustment, Bought, Fill, LedgerStore, Recorded, Tally, Tracking, is_final};
use crate::lots::{self, Closing, Event, Lot, Owner, Position, Source};

impl LedgerStore for Turn<'_> {
    fn record(&mut self, fill: &Fill, owner: &Owner) -> Result<Recorded, StoreError> {
        let known: Option<(String, bool)> = {
            let mut query = self.tx.prepare_cached(
                "SELECT status, token_id = ?3 AND side = ?4 AND shares_units = ?5 \
                 AND collateral_units = ?6 FROM fill WHERE trade_id = ?1 AND order_hash = ?2",
            )?;
            let mut rows = query.query_map(
                params![
                    fill.trade_id,
                    fill.order_hash,
                    fill.token_id,
                    fill.side,
                    fill.shares_units,
                    fill.collateral_units,
                ],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )?;
            rows.next().transpose()?
        };
        let recorded = match known {
            None => {
                self.insert_fill(fill, owner)?;
                Recorded::New
            }
            Some((_, false)) => return Ok(Recorded::Changed),
            Some((status, true)) if status == fill.status || is_final(&status) => Recorded::Same,
            Some((_, true)) => {
                self.tx.execute(
                    "UPDATE fill SET status = ?3 WHERE trade_id = ?1 AND order_hash = ?2",
                    params![fill.trade_id, fill.order_hash, fill.status],
                )?;
                Recorded::Moved
            }
        };
        if recorded != Recorded::Same {
            self.fold(&fill.token_id)?;
        }
        Ok(recorded)
    }

    fn adjust(&mut self, adjustment: &Adjustment) -> Result<(), StoreError> {
        let owner = &adjustment.owner;
        let strategy = (!owner.strategy.is_empty()).then_some(&owner.strategy);
        self.tx.execute(
            "INSERT INTO adjustment (seq, token_id, at_ms, direction, source, shares_units, why, \
             strategy, leader, cost_units) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                self.next_seq()?,
                adjustment.token_id,
                adjustment.at_ms,
                adjustment.direction.name(),
                owner.source.name(),
                adjustment.shares_units,
                adjustment.why,
                strategy,
                owner.leader,
                adjustment.cost_units,
            ],
        )?;
        self.fold(&adjustment.token_id)
    }

    fn tally(&self, order_hash: &str) -> Result<Tally, StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT coalesce(sum(status NOT IN ('CONFIRMED', 'FAILED')), 0), \
             coalesce(sum(status = 'CONFIRMED'), 0), coalesce(sum(status = 'FAILED'), 0), \
             coalesce(sum(shares_units), 0), \
             coalesce(sum(iif(status = 'FAILED', 0, shares_units)), 0), \
             coalesce(sum(iif(status = 'FAILED', 0, collateral_units)), 0) \
             FROM fill WHERE order_hash = ?1",
        )?;
        Ok(query.query_one([order_hash], |r| {
            Ok(Tally {
                pending: r.get(0)?,
                confirmed: r.get(1)?,
                failed: r.get(2)?,
                shares_units: r.get(3)?,
                live_shares_units: r.get(4)?,
                live_collateral_units: r.get(5)?,
            })
        })?)
    }

    fn tokens(&self) -> Result<Vec<String>, StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT DISTINCT token_id FROM lot UNION \
             SELECT DISTINCT token_id FROM closing ORDER BY 1",
        )?;
        let rows = query.query_map([], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn position(&self, token_id: &str) -> Result<Position, StoreError> {
        let mut lots = self.tx.prepare_cached(
            "SELECT name, source, strategy, leader, shares_units, left_units, cost_units, \
             cost_left_units, settled FROM lot WHERE token_id = ?1 ORDER BY nth",
        )?;
        let lots = lots.query_and_then([token_id], |r| {
            let source: String = r.get(1)?;
            Ok(Lot {
                name: r.get(0)?,
                owner: Owner {
                    source: Source::of(&source).ok_or(StoreError::Corrupt("a source"))?,
                    strategy: r.get(2)?,
                    leader: r.get(3)?,
                },
                shares_units: r.get(4)?,
                left_units: r.get(5)?,
                cost_units: r.get(6)?,
                cost_left_units: r.get(7)?,
                settled: r.get(8)?,
            })
        })?;
        let mut closings = self.tx.prepare_cached(
            "SELECT sale, lot, shares_units, cost_units, proceeds_units, settled FROM closing \
             WHERE token_id = ?1 ORDER BY nth",
        )?;
        let closings = closings.query_map([token_id], |r| {
            Ok(Closing {
                sale: r.get(0)?,
                lot: r.get(1)?,
                shares_units: r.get(2)?,
                cost_units: r.get(3)?,
                proceeds_units: r.get(4)?,
                settled: r.get(5)?,
            })
        })?;
        Ok(Position {
            lots: lots.collect::<Result<_, StoreError>>()?,
            closings: closings.collect::<Result<_, _>>()?,
        })
    }

    fn held_units(&self, token_id: &str) -> Result<(u64, u64), StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT coalesce(sum(iif(source = 'OWN', left_units, 0)), 0), \
             coalesce(sum(iif(source = 'OWN', 0, left_units)), 0) \
             FROM lot WHERE token_id = ?1 AND settled = 1",
        )?;
        Ok(query.query_one([token_id], |r| Ok((r.get(0)?, r.get(1)?)))?)
    }

    fn bought(&self) -> Result<Vec<Bought>, StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT token_id, strategy, leader, sum(shares_units), sum(left_units), \
             sum(iif(settled, left_units, 0)), sum(cost_units), sum(cost_left_units) FROM lot \
             WHERE source = 'OWN' GROUP BY token_id, strategy, leader ORDER BY 1, 2, 3",
        )?;
        let rows = query.query_map([], |r| {
            Ok(Bought {
                token_id: r.get(0)?,
                strategy: r.get(1)?,
                leader: r.get(2)?,
                bought_units: r.get(3)?,
                left_units: r.get(4)?,
                settled_units: r.get(5)?,
                cost_units: r.get(6)?,
                cost_left_units: r.get(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn tracking(&self) -> Result<Tracking, StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT count(*), count(DISTINCT market), coalesce(sum(collateral_units + fee_units), 0), \
             (SELECT coalesce(sum(left_units), 0) FROM lot WHERE source = 'OWN') FROM fill \
             WHERE source = 'OWN' AND side = 'BUY' AND status <> 'FAILED'",
        )?;
        Ok(query.query_one([], |r| {
            Ok(Tracking {
                total_purchases: r.get(0)?,
                unique_markets: r.get(1)?,
                usdc_spent_units: r.get(2)?,
                tokens_remaining_units: r.get(3)?,
            })
        })?)
    }
}

impl Turn<'_> {
    /// What the fills of one order add up to.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn tally(&self, order_hash: &str) -> Result<Tally, StoreError> {
        LedgerStore::tally(self, order_hash)
    }

    /// Shares of a token in settled lots: ours, and those of others.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn held_units(&self, token_id: &str) -> Result<(u64, u64), StoreError> {
        LedgerStore::held_units(self, token_id)
    }

    /// Records `fill`, or the news of one already recorded, for whom the outbox
    /// says its order was.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    pub fn record_fill(&mut self, fill: &Fill) -> Result<Recorded, StoreError> {
        let owner = self.owner_of(&fill.order_hash)?;
        self.record(fill, &owner)
    }

    fn insert_fill(&self, fill: &Fill, owner: &Owner) -> Result<(), StoreError> {
        let strategy = (owner.source == Source::Own).then_some(&owner.strategy);
        self.tx.execute(
            "INSERT INTO fill (trade_id, order_hash, seq, source, market, token_id, side, \
             shares_units, collateral_units, fee_units, match_s, status, strategy, leader) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            params![
                fill.trade_id,
                fill.order_hash,
                self.next_seq()?,
                owner.source.name(),
                fill.market,
                fill.token_id,
                fill.side,
                fill.shares_units,
                fill.collateral_units,
                fill.fee_units,
                fill.match_s,
                fill.status,
                strategy,
                owner.leader,
            ],
        )?;
        Ok(())
    }

    /// Whose order it is: the strategy's whose attempt it was, or nobody's here.
    fn owner_of(&self, order_hash: &str) -> Result<Owner, StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT i.strategy, i.leader FROM attempt a JOIN intent i USING (intent_id) \
             WHERE a.order_hash = ?1",
        )?;
        let found = query.query_row([order_hash], |r| {
            Ok(Owner {
                source: Source::Own,
                strategy: r.get(0)?,
                leader: r.get(1)?,
            })
        });
        Ok(found.optional()?.unwrap_or(Owner::external()))
    }

    pub(super) fn next_seq(&self) -> Result<i64, StoreError> {
        Ok(self.tx.query_row(
            "SELECT 1 + max((SELECT coalesce(max(seq), 0) FROM fill), \
             (SELECT coalesce(max(seq), 0) FROM adjustment))",
            [],
            |r| r.get(0),
        )?)
    }

    /// Folds every token's lots again.
    pub(super) fn fold_all(&self) -> Result<(), StoreError> {
        let tokens: Vec<String> = {
            let mut query = self.tx.prepare(
                "SELECT token_id FROM fill UNION SELECT token_id FROM adjustment ORDER BY 1",
            )?;
            let rows = query.query_map([], |r| r.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        tokens.iter().try_for_each(|token_id| self.fold(token_id))
    }

    /// Folds one token's lots again.
    pub(super) fn fold(&self, token_id: &str) -> Result<(), StoreError> {
        let events = self.events(token_id)?;
        let position = lots::fold(&events).ok_or(StoreError::Corrupt("a position overflows"))?;
        self.tx
            .execute("DELETE FROM lot WHERE token_id = ?1", [token_id])?;
        self.tx
            .execute("DELETE FROM closing WHERE token_id = ?1", [token_id])?;
        for (nth, lot) in position.lots.iter().enumerate() {
            self.tx.execute(
                "INSERT INTO lot (token_id, nth, name, source, shares_units, left_units, \
                 cost_units, cost_left_units, settled, strategy, leader) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                params![
                    token_id,
                    nth,
                    lot.name,
                    lot.owner.source.name(),
                    lot.shares_units,
                    lot.left_units,
                    lot.cost_units,
                    lot.cost_left_units,
                    lot.settled,
                    lot.owner.strategy,
                    lot.owner.leader,
                ],
            )?;
        }
        for (nth, closing) in position.closings.iter().enumerate() {
            self.tx.execute(
                "INSERT INTO closing (token_id, nth, sale, lot, shares_units, cost_units, \
                 proceeds_units, settled) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    token_id,
                    nth,
                    closing.sale,
                    closing.lot,
                    closing.shares_units,
                    closing.cost_units,
                    closing.proceeds_units,
                    closing.settled,
                ],
            )?;
        }
        Ok(())
    }

    /// What changed one token's position, in the order it was learnt of.
    fn events(&self, token_id: &str) -> Result<Vec<Event>, StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT seq, trade_id || '/' || order_hash, source, side, shares_units, \
             collateral_units, fee_units, status = 'CONFIRMED', strategy, leader FROM fill \
             WHERE token_id = ?1 AND status <> 'FAILED' \
             UNION ALL SELECT seq, why || ' ' || seq, source, iif(direction = 'IN', 'BUY', 'SELL'), \
             shares_units, cost_units, 0, 1, strategy, leader FROM adjustment WHERE token_id = ?1 ORDER BY 1",
        )?;
        let mut rows = query.query([token_id])?;
        let mut events = Vec::new();
        while let Some(r) = rows.next()? {
            let (source, side): (String, String) = (r.get(2)?, r.get(3)?);
            let (name, shares_units) = (r.get(1)?, r.get(4)?);
            let (collateral, fee): (u64, u64) = (r.get(5)?, r.get(6)?);
            let settled = r.get(7)?;
            let owner = Owner {
                source: Source::of(&source).ok_or(StoreError::Corrupt("a source"))?,
                strategy: r.get::<_, Option<String>>(8)?.unwrap_or_default(),
                leader: r.get(9)?,
            };
            events.push(match Side::parse(&side) {
                Some(Side::Buy) => Event::In {
                    name,
                    owner,
                    shares_units,
                    cost_units: collateral
                        .checked_add(fee)
                        .ok_or(StoreError::Corrupt("a cost overflows"))?,
                    settled,
                },
                Some(Side::Sell) => Event::Out {
                    name,
                    owner,
                    shares_units,
                    // A fee above the proceeds would be the venue's error.
                    proceeds_units: collateral.saturating_sub(fee),
                    settled,
                },
                None => return Err(StoreError::Corrupt("a side")),
            });
        }
        Ok(events)
    }
}
