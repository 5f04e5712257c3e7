//! The whole state of the venue, and how time moves it.
//!
//! Invariant: `now_ms` never falls. A command that arrives with an older time
//! is treated as arriving now.

use std::collections::{BTreeMap, BTreeSet};

use super::accounts::{ApiKey, Keys};
use super::agenda::{Agenda, Due};
use super::heartbeat::Beat;
use super::ledger::{Asset, Ledger};
use super::market::{Market, MarketFacts};
use super::orders::{OrderRecord, OrderStatus};
use super::refusal::Refusal;
use super::rules::{AvailableAt, Rules};
use super::trades::{Trade, TradeStatus};
use crate::books::BookSeed;
use crate::crypto::order::{OrderId, Side};
use crate::crypto::word::{Address, Word, keccak};

/// The exchange.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) rules: Rules,
    pub(crate) ledger: Ledger,
    pub(super) keys: Keys,
    pub(super) now_ms: u64,
    pub(super) markets: BTreeMap<Word, Market>,
    /// Tokens in the order they were listed, which names their outcomes.
    listed: Vec<Word>,
    pub(super) orders: BTreeMap<OrderId, OrderRecord>,
    /// Orders in the order they were accepted.
    pub(super) accepted: Vec<OrderId>,
    pub(super) open: BTreeSet<OrderId>,
    /// How much of its makerAmount the operator settled of each order that was
    /// never posted.
    pub(super) settled: BTreeMap<OrderId, u64>,
    pub(super) trades: Vec<Trade>,
    pub(super) agenda: Agenda,
    pub(super) beats: BTreeMap<String, Beat>,
    minted: u64,
}

impl Exchange {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules,
            ledger: Ledger::default(),
            keys: Keys::default(),
            now_ms: 0,
            markets: BTreeMap::new(),
            listed: Vec::new(),
            orders: BTreeMap::new(),
            accepted: Vec::new(),
            open: BTreeSet::new(),
            settled: BTreeMap::new(),
            trades: Vec::new(),
            agenda: Agenda::default(),
            beats: BTreeMap::new(),
            minted: 0,
        }
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.now_ms
    }

    pub(crate) fn key(&self, key: &str) -> Option<&ApiKey> {
        self.keys.get(key)
    }

    pub(crate) fn keys_of(&self, address: Address) -> impl Iterator<Item = &ApiKey> {
        self.keys.of(address)
    }

    /// Forgets a key, whether it was known or not; what is answered says neither.
    pub(crate) fn forget_key(&mut self, key: &str) -> &'static str {
        self.keys.remove(key);
        "OK"
    }

    pub(crate) fn add_key(&mut self, key: ApiKey) {
        self.keys.insert(key);
    }

    /// Sets what an account may do; `None` leaves it.
    pub(crate) fn restrict(
        &mut self,
        key: &str,
        banned: Option<bool>,
        closed_only: Option<bool>,
    ) -> Result<(), Refusal> {
        let account = self.keys.get_mut(key).ok_or(Refusal::NoKey)?;
        account.banned = banned.unwrap_or(account.banned);
        account.closed_only = closed_only.unwrap_or(account.closed_only);
        Ok(())
    }

    pub(crate) fn market(&self, token: Word) -> Option<&Market> {
        self.markets.get(&token)
    }

    /// All markets, in the order they were listed.
    pub(crate) fn markets(&self) -> impl Iterator<Item = &Market> {
        self.listed
            .iter()
            .filter_map(|token| self.markets.get(token))
    }

    pub(crate) fn market_mut(&mut self, token: Word) -> Option<&mut Market> {
        self.markets.get_mut(&token)
    }

    pub(crate) fn order(&self, id: OrderId) -> Option<&OrderRecord> {
        self.orders.get(&id)
    }

    /// All accepted orders, oldest first.
    pub(crate) fn orders(&self) -> impl Iterator<Item = &OrderRecord> {
        self.accepted.iter().filter_map(|id| self.orders.get(id))
    }

    /// All trades, oldest first.
    pub(crate) fn trades(&self) -> &[Trade] {
        &self.trades
    }

    /// The orders that had a part in a trade.
    pub(crate) fn orders_in(&self, trade: &Trade) -> impl Iterator<Item = &OrderRecord> {
        trade
            .orders()
            .filter_map(|id| self.orders.get(&id))
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// Adds a book, or replaces the recorded part of one that is there.
    ///
    /// Outcomes are named by the order in which a condition's tokens come.
    pub(crate) fn set_book(&mut self, seed: &BookSeed, facts: MarketFacts) {
        let now_ms = self.now_ms;
        if let Some(market) = self.markets.get_mut(&seed.token) {
            market.replace(seed, now_ms);
        } else {
            let sisters = self
                .markets
                .values()
                .filter(|market| market.condition == seed.condition)
                .count();
            let named = match sisters {
                0 => "Yes",
                1 => "No",
                _ => "Other",
            };
            let outcome = seed.outcome.as_deref().unwrap_or(named);
            self.markets
                .insert(seed.token, Market::new(seed, facts, outcome, now_ms));
            self.listed.push(seed.token);
        }
        self.sweep(seed.token);
    }

    /// An identifier nobody has seen before, and the same on every replay.
    pub(super) fn mint(&mut self, label: &str) -> Word {
        self.minted = self.minted.saturating_add(1);
        keccak(&[
            self.rules.seed.as_bytes(),
            label.as_bytes(),
            &self.minted.to_be_bytes(),
        ])
    }

    /// Lets everything happen that is due by `now_ms`.
    pub(crate) fn advance(&mut self, now_ms: u64) {
        while let Some((at_ms, due)) = self.agenda.pop(now_ms) {
            self.now_ms = self.now_ms.max(at_ms);
            match due {
                Due::Trade(number) => self.step_trade(number, at_ms),
                Due::Execute(id) => self.execute_held(id),
                Due::Expire(id) => self.expire(id),
                Due::Silence(key) => self.silence(&key, at_ms),
            }
        }
        self.now_ms = self.now_ms.max(now_ms);
    }

    fn step_trade(&mut self, number: usize, at_ms: u64) {
        // A command may have changed the plan since this was noted down.
        let planned = self.trades.get(number).and_then(|trade| trade.next);
        if let Some((due_ms, status)) = planned
            && due_ms == at_ms
        {
            self.move_trade(number, status);
        }
    }

    /// Moves a trade on command.
    pub(crate) fn command_trade(&mut self, id: &str, status: TradeStatus) -> Result<(), Refusal> {
        let found = self.trades.iter().find(|trade| trade.id == id);
        let trade = found.ok_or(Refusal::NotFound("trade"))?;
        if trade.status.is_final() {
            return Err(Refusal::Request(format!(
                "trade is {}",
                trade.status.text()
            )));
        }
        let number = trade.number;
        self.move_trade(number, status);
        Ok(())
    }

    pub(super) fn move_trade(&mut self, number: usize, status: TradeStatus) {
        let now_ms = self.now_ms;
        let mined_ms = now_ms.saturating_add(self.rules.mined_after_ms);
        let wait_ms = self
            .rules
            .confirmed_after_ms
            .saturating_sub(self.rules.mined_after_ms);
        let confirmed_ms = now_ms.saturating_add(wait_ms);
        let available_at = self.rules.available_at;
        // A settlement that is sent again has another hash.
        let hash = match status {
            TradeStatus::Mined => Some(self.mint("transaction")),
            TradeStatus::Matched
            | TradeStatus::Confirmed
            | TradeStatus::Retrying
            | TradeStatus::Failed => None,
        };
        let Some(trade) = self.trades.get_mut(number) else {
            return;
        };
        trade.status = status;
        trade.updated_ms = now_ms;
        trade.hash = hash.or(trade.hash);
        let (reached, next) = match status {
            TradeStatus::Matched | TradeStatus::Retrying => {
                (AvailableAt::Matched, Some((mined_ms, TradeStatus::Mined)))
            }
            TradeStatus::Mined => (
                AvailableAt::Mined,
                Some((confirmed_ms, TradeStatus::Confirmed)),
            ),
            TradeStatus::Confirmed => (AvailableAt::Confirmed, None),
            TradeStatus::Failed => {
                trade.next = None;
                for part in &trade.moves {
                    self.ledger.reversed(part, trade.arrived);
                }
                return;
            }
        };
        trade.next = next;
        if let Some((at_ms, _)) = next {
            self.agenda.add(at_ms, Due::Trade(number));
        }
        if reached >= available_at && !trade.arrived {
            trade.arrived = true;
            for part in &trade.moves {
                self.ledger.arrived(part);
            }
        }
    }

    /// A held order that comes to nothing, or a dated one whose time is over.
    fn expire(&mut self, id: OrderId) {
        let held = self
            .orders
            .get(&id)
            .is_some_and(|r| r.status == OrderStatus::Delayed);
        self.close(
            id,
            if held {
                OrderStatus::Unmatched
            } else {
                OrderStatus::Canceled
            },
        );
    }

    /// Ends an open order and takes it off the book.
    pub(super) fn close(&mut self, id: OrderId, status: OrderStatus) {
        let Some(record) = self.orders.get_mut(&id).filter(|record| record.is_open()) else {
            return;
        };
        record.status = status;
        let (token, terms) = (record.order.token, record.terms);
        self.open.remove(&id);
        if let Some(market) = self.markets.get_mut(&token) {
            market.set_resting(terms.side, terms.limit_e4, id, 0);
            market.changed_ms = self.now_ms;
        }
    }

    /// What a wallet can still commit: its balance less what open orders hold.
    pub(crate) fn free_e6(&self, wallet: Address, asset: Asset) -> i128 {
        let held = self
            .open
            .iter()
            .filter_map(|id| self.orders.get(id))
            .filter(|record| {
                let gives = match record.terms.side {
                    Side::Buy => Asset::Collateral,
                    Side::Sell => Asset::Shares(record.order.token),
                };
                record.order.maker == wallet && gives == asset
            });
        held.fold(
            self.ledger.holding(wallet, asset).balance_e6,
            |free, record| free.saturating_sub(i128::from(record.reserved_e6())),
        )
    }
}

/// A hash in the shape of a UUID, as keys and trades are named.
pub(crate) fn uuid(hash: Word) -> String {
    let digits = hex::encode(hash.0);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default().to_owned();
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}
