//! Taking an order in: every check, then the match, then what rests.
//!
//! Invariant: a refused order leaves no trace. Nothing changes before the last
//! check has passed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::agenda::Due;
use super::exchange::Exchange;
use super::matching::{Walk, target, walk};
use super::orders::{OrderRecord, OrderStatus, Terms};
use super::payload::{OrderType, parse};
use super::refusal::Refusal;
use crate::crypto::domain::exchange;
use crate::crypto::order::{OrderId, Side};
use crate::crypto::word::Word;

/// How the venue misbehaves with one order; nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Treatment {
    /// Hold it this long and answer "delayed".
    pub(crate) held_ms: Option<u64>,
    /// After holding it, let it come to nothing.
    pub(crate) unmatched: bool,
    /// Let its trades fail instead of being mined.
    pub(crate) fail_trades: bool,
}

/// The answer to an accepted order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) id: OrderId,
    pub(crate) status: &'static str,
    pub(crate) making_e6: u64,
    pub(crate) taking_e6: u64,
    pub(crate) trades: Vec<String>,
}

impl Exchange {
    /// Takes an order in, or says why not.
    pub(crate) fn place(
        &mut self,
        now_ms: u64,
        key: &str,
        payload: &Value,
        treatment: &Treatment,
    ) -> Result<Placed, Refusal> {
        self.advance(now_ms);
        let posted = parse(payload)?;
        let (id, terms, condition) = self.admissible(key, &posted)?;
        let held_ms = treatment
            .held_ms
            .or(posted.deferred.then_some(self.rules.delayed_ms));
        let mut found = Walk::default();
        if held_ms.is_none() {
            found = self.find_match(posted.order.token, &terms, posted.order_type.rests());
            killed(posted.order_type, posted.post_only, &found).map_or(Ok(()), Err)?;
        }
        self.affordable(&posted.order, &terms, &found, 0)?;
        let mut record = OrderRecord::new(id, &posted, terms, &condition, self.now_ms);
        record.fail_trades = treatment.fail_trades;
        self.accepted.push(id);
        self.open.insert(id);
        if posted.order_type == OrderType::Gtd {
            let dies_s = posted.expiration_s.saturating_sub(self.rules.gtd_early_s);
            self.agenda
                .add(dies_s.saturating_mul(1_000), Due::Expire(id));
        }
        if let Some(held_ms) = held_ms {
            record.status = OrderStatus::Delayed;
            self.orders.insert(id, record);
            let due = if treatment.unmatched {
                Due::Expire(id)
            } else {
                Due::Execute(id)
            };
            self.agenda.add(self.now_ms.saturating_add(held_ms), due);
        } else {
            self.orders.insert(id, record);
            self.settle(id, &found);
        }
        self.placed(id).ok_or(Refusal::NotFound("order"))
    }

    /// The id a posted body would have, whether or not it is acceptable.
    pub(crate) fn id_of(&self, body: &[u8]) -> Option<OrderId> {
        let posted = parse(&serde_json::from_slice(body).ok()?).ok()?;
        let market = self.markets.get(&posted.order.token)?;
        let own = exchange(self.rules.chain_id, market.protocol, market.neg_risk)?;
        Some(posted.order.id(&own))
    }

    fn placed(&self, id: OrderId) -> Option<Placed> {
        let record = self.orders.get(&id)?;
        let (making_e6, taking_e6) = match record.terms.side {
            Side::Buy => (record.matched_collateral_e6, record.matched_shares_e6),
            Side::Sell => (record.matched_shares_e6, record.matched_collateral_e6),
        };
        let status = match record.status {
            OrderStatus::Delayed => "delayed",
            _ if !record.trades.is_empty() => "matched",
            OrderStatus::Unmatched => "unmatched",
            OrderStatus::Live | OrderStatus::Matched | OrderStatus::Canceled => "live",
        };
        Some(Placed {
            id,
            status,
            making_e6,
            taking_e6,
            trades: record.trades.clone(),
        })
    }

    fn find_match(&self, token: Word, terms: &Terms, rests: bool) -> Walk {
        let target = target(terms, rests, self.rules.buy_target);
        let quotes = self
            .markets
            .get(&token)
            .map(|market| market.quotes_against(terms.side));
        walk(terms, target, quotes.unwrap_or_default().into_iter())
    }

    /// Executes a held order now. Book and balance may have moved meanwhile.
    pub(super) fn execute_held(&mut self, id: OrderId) {
        let Some(record) = self.orders.get(&id) else {
            return;
        };
        if record.status != OrderStatus::Delayed {
            return;
        }
        let (order, terms) = (record.order, record.terms);
        let found = self.find_match(order.token, &terms, record.order_type.rests());
        let dead = killed(record.order_type, record.post_only, &found).is_some();
        let held_e6 = record.reserved_e6();
        if dead || self.affordable(&order, &terms, &found, held_e6).is_err() {
            self.close(id, OrderStatus::Unmatched);
            return;
        }
        if let Some(record) = self.orders.get_mut(&id) {
            record.status = OrderStatus::Live;
        }
        self.settle(id, &found);
    }
}

/// Why this order type cannot live with what the book offers.
fn killed(order_type: OrderType, post_only: bool, found: &Walk) -> Option<Refusal> {
    match order_type {
        OrderType::Fok if !found.complete => Some(Refusal::FokUnfilled),
        OrderType::Fak if found.fills.is_empty() => Some(Refusal::FakUnmatched),
        OrderType::Gtc | OrderType::Gtd if post_only && !found.fills.is_empty() => {
            Some(Refusal::PostOnlyCrosses)
        }
        OrderType::Gtc | OrderType::Gtd | OrderType::Fok | OrderType::Fak => None,
    }
}
