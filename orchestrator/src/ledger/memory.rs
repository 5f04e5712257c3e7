//! A ledger that is kept nowhere: for dry runs and tests.

use std::collections::{BTreeMap, BTreeSet};

use order::Side;

use super::{
    Adjustment, Bought, Direction, Fill, LedgerStore, Recorded, Tally, Tracking, is_final,
};
use crate::clob::TradeStatus;
use crate::lots::{self, Event, Owner, Position, Source};
use crate::store::StoreError;

/// What changed a position, in the order it was learnt of.
#[derive(Clone, Debug)]
enum Row {
    Fill(Fill, Owner),
    Adjustment(Adjustment),
}

/// A ledger in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryLedger {
    rows: Vec<Row>,
}

impl MemoryLedger {
    fn fills(&self) -> impl Iterator<Item = (&Fill, &Owner)> {
        self.rows.iter().filter_map(|row| match row {
            Row::Fill(fill, owner) => Some((fill, owner)),
            Row::Adjustment(_) => None,
        })
    }

    /// Takes `rows` in place of its own, if they fold; as a transaction would.
    fn put(&mut self, rows: Vec<Row>) -> Result<(), StoreError> {
        let next = Self { rows };
        next.positions()?;
        *self = next;
        Ok(())
    }

    /// All tokens' positions.
    fn positions(&self) -> Result<BTreeMap<String, Position>, StoreError> {
        let mut events: BTreeMap<&str, Vec<Event>> = BTreeMap::new();
        for (row, seq) in self.rows.iter().zip(1_u64..) {
            let (token_id, event) = match row {
                Row::Fill(fill, _) if is_failed(fill) => continue,
                Row::Fill(fill, owner) => (&fill.token_id, filled(fill, owner)?),
                Row::Adjustment(found) => (&found.token_id, adjusted(found, seq)),
            };
            events.entry(token_id).or_default().push(event);
        }
        let fold = |(token_id, events): (&str, Vec<Event>)| {
            let position =
                lots::fold(&events).ok_or(StoreError::Corrupt("a position overflows"))?;
            Ok((token_id.to_owned(), position))
        };
        events.into_iter().map(fold).collect()
    }
}

impl LedgerStore for MemoryLedger {
    fn record(&mut self, fill: &Fill, owner: &Owner) -> Result<Recorded, StoreError> {
        let at = self.rows.iter().position(|row| match row {
            Row::Fill(known, _) => {
                known.trade_id == fill.trade_id && known.order_hash == fill.order_hash
            }
            Row::Adjustment(_) => false,
        });
        let mut rows = self.rows.clone();
        let recorded = match at.and_then(|at| rows.get_mut(at)) {
            Some(Row::Fill(known, _)) if !tells_the_same(known, fill) => {
                return Ok(Recorded::Changed);
            }
            Some(Row::Fill(known, _)) if known.status == fill.status || is_final(&known.status) => {
                return Ok(Recorded::Same);
            }
            Some(Row::Fill(known, _)) => {
                known.status.clone_from(&fill.status);
                Recorded::Moved
            }
            None | Some(Row::Adjustment(_)) => {
                rows.push(Row::Fill(fill.clone(), owner.clone()));
                Recorded::New
            }
        };
        self.put(rows)?;
        Ok(recorded)
    }

    fn adjust(&mut self, adjustment: &Adjustment) -> Result<(), StoreError> {
        let mut rows = self.rows.clone();
        rows.push(Row::Adjustment(adjustment.clone()));
        self.put(rows)
    }

    fn tally(&self, order_hash: &str) -> Result<Tally, StoreError> {
        let mut tally = Tally::default();
        let add = |sum: &mut u64, units: u64| {
            *sum = sum.checked_add(units)?;
            Some(())
        };
        for (fill, _) in self.fills().filter(|(f, _)| f.order_hash == order_hash) {
            let failed = is_failed(fill);
            let count = if failed {
                &mut tally.failed
            } else if is_final(&fill.status) {
                &mut tally.confirmed
            } else {
                &mut tally.pending
            };
            let live = |units: u64| if failed { 0 } else { units };
            add(count, 1)
                .and_then(|()| add(&mut tally.shares_units, fill.shares_units))
                .and_then(|()| add(&mut tally.live_shares_units, live(fill.shares_units)))
                .and_then(|()| {
                    add(
                        &mut tally.live_collateral_units,
                        live(fill.collateral_units),
                    )
                })
                .ok_or(StoreError::Corrupt("a tally overflows"))?;
        }
        Ok(tally)
    }

    fn tokens(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.positions()?.into_keys().collect())
    }

    fn position(&self, token_id: &str) -> Result<Position, StoreError> {
        Ok(self.positions()?.remove(token_id).unwrap_or_default())
    }

    fn held_units(&self, token_id: &str) -> Result<(u64, u64), StoreError> {
        let position = self.position(token_id)?;
        let of = |source| {
            let settled = position.lots.iter().filter(|lot| lot.settled);
            let lots = settled.filter(|lot| lot.owner.source == source);
            lots.map(|lot| lot.left_units).sum()
        };
        Ok((of(Source::Own), of(Source::External)))
    }

    fn bought(&self) -> Result<Vec<Bought>, StoreError> {
        let mut sums: BTreeMap<(String, Owner), Bought> = BTreeMap::new();
        for (token_id, position) in self.positions()? {
            let own = position.lots.into_iter();
            for lot in own.filter(|lot| lot.owner.source == Source::Own) {
                let key = (token_id.clone(), lot.owner.clone());
                let sum = sums.entry(key).or_insert_with(|| Bought {
                    token_id: token_id.clone(),
                    strategy: lot.owner.strategy.clone(),
                    leader: lot.owner.leader.clone(),
                    bought_units: 0,
                    left_units: 0,
                    settled_units: 0,
                    cost_units: 0,
                    cost_left_units: 0,
                });
                let settled = if lot.settled { lot.left_units } else { 0 };
                for (part, units) in [
                    (&mut sum.bought_units, lot.shares_units),
                    (&mut sum.left_units, lot.left_units),
                    (&mut sum.settled_units, settled),
                    (&mut sum.cost_units, lot.cost_units),
                    (&mut sum.cost_left_units, lot.cost_left_units),
                ] {
                    *part = part
                        .checked_add(units)
                        .ok_or(StoreError::Corrupt("a position overflows"))?;
                }
            }
        }
        Ok(sums.into_values().collect())
    }

    fn tracking(&self) -> Result<Tracking, StoreError> {
        let mut found = Tracking::default();
        let mut markets = BTreeSet::new();
        let overflow = StoreError::Corrupt;
        let own = |(fill, owner): &(&Fill, &Owner)| {
            owner.source == Source::Own && fill.side == Side::Buy.as_str() && !is_failed(fill)
        };
        for (fill, _) in self.fills().filter(own) {
            found.total_purchases = found.total_purchases.saturating_add(1);
            markets.insert(fill.market.as_str());
            found.usdc_spent_units = fill
                .collateral_units
                .checked_add(fill.fee_units)
                .and_then(|cost| found.usdc_spent_units.checked_add(cost))
                .ok_or(overflow("a cost overflows"))?;
        }
        found.unique_markets = u64::try_from(markets.len()).unwrap_or(u64::MAX);
        for bought in self.bought()? {
            found.tokens_remaining_units = found
                .tokens_remaining_units
                .checked_add(bought.left_units)
                .ok_or(overflow("a position overflows"))?;
        }
        Ok(found)
    }
}

fn is_failed(fill: &Fill) -> bool {
    matches!(TradeStatus::of(&fill.status), Some(TradeStatus::Failed))
}

fn tells_the_same(known: &Fill, fill: &Fill) -> bool {
    known.token_id == fill.token_id
        && known.side == fill.side
        && known.shares_units == fill.shares_units
        && known.collateral_units == fill.collateral_units
}

fn filled(fill: &Fill, owner: &Owner) -> Result<Event, StoreError> {
    let name = format!("{}/{}", fill.trade_id, fill.order_hash);
    let settled = is_final(&fill.status);
    let (owner, shares_units) = (owner.clone(), fill.shares_units);
    match Side::parse(&fill.side) {
        Some(Side::Buy) => Ok(Event::In {
            name,
            owner,
            shares_units,
            cost_units: fill
                .collateral_units
                .checked_add(fill.fee_units)
                .ok_or(StoreError::Corrupt("a cost overflows"))?,
            settled,
        }),
        Some(Side::Sell) => Ok(Event::Out {
            name,
            owner,
            shares_units,
            proceeds_units: fill.collateral_units.saturating_sub(fill.fee_units),
            settled,
        }),
        None => Err(StoreError::Corrupt("a side")),
    }
}

fn adjusted(found: &Adjustment, seq: u64) -> Event {
    let name = format!("{} {seq}", found.why);
    let (owner, shares_units) = (found.owner.clone(), found.shares_units);
    match found.direction {
        Direction::In => Event::In {
            name,
            owner,
            shares_units,
            cost_units: found.cost_units,
            settled: true,
        },
        Direction::Out => Event::Out {
            name,
            owner,
            shares_units,
            proceeds_units: found.cost_units,
            settled: true,
        },
    }
}
