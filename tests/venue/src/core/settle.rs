//! Applying a match: the book, both orders, the balances, the trade.

use super::admit::group_fee_e6;
use super::exchange::{Exchange, uuid};
use super::ledger::{Asset, Move};
use super::matching::{Fill, Source, Target, Walk, cost_e6, walk};
use super::orders::{OrderRecord, OrderStatus};
use super::trades::{Leg, Trade, TradeStatus};
use crate::crypto::order::{OrderId, Side};
use crate::crypto::word::Word;

impl Exchange {
    /// Applies a match and rests or closes what is left.
    pub(super) fn settle(&mut self, id: OrderId, found: &Walk) {
        let Some(record) = self.orders.get(&id) else {
            return;
        };
        let (token, terms, rests) = (record.order.token, record.terms, record.order_type.rests());
        for group in found
            .fills
            .chunk_by(|one, other| one.price_e4 == other.price_e4)
        {
            for fill in group.iter().filter(|fill| fill.source == Source::Level) {
                if let Some(market) = self.markets.get_mut(&token) {
                    market.take_level(terms.side.opposite(), fill.price_e4, fill.shares_e6);
                }
            }
            self.record_trade(token, Some(id), terms.side, group);
        }
        let left_e6 = self.orders.get(&id).map_or(0, OrderRecord::remaining_e6);
        if rests && left_e6 > 0 {
            if let Some(market) = self.markets.get_mut(&token) {
                market.set_resting(terms.side, terms.limit_e4, id, left_e6);
                market.changed_ms = self.now_ms;
            }
        } else {
            self.close(id, OrderStatus::Matched);
        }
    }

    /// Lets recorded liquidity that crosses resting orders trade with them, at
    /// the orders' prices: they were there first.
    pub(super) fn sweep(&mut self, token: Word) {
        for side in [Side::Buy, Side::Sell] {
            let Some(market) = self.markets.get(&token) else {
                return;
            };
            for id in market.resting(side) {
                self.sweep_one(token, id);
            }
        }
    }

    fn sweep_one(&mut self, token: Word, id: OrderId) {
        let (Some(market), Some(record)) = (self.markets.get_mut(&token), self.orders.get(&id))
        else {
            return;
        };
        let terms = record.terms;
        let levels = market.quotes_against(terms.side).into_iter();
        let levels = levels.filter(|quote| quote.source == Source::Level);
        let wanted = Target::Shares(record.remaining_e6());
        let found = walk(&terms, wanted, levels);
        let mut shares_e6 = 0_u64;
        for fill in &found.fills {
            market.take_level(terms.side.opposite(), fill.price_e4, fill.shares_e6);
            shares_e6 = shares_e6.saturating_add(fill.shares_e6);
        }
        if shares_e6 > 0 {
            let fill = Fill {
                price_e4: terms.limit_e4,
                shares_e6,
                collateral_e6: cost_e6(shares_e6, terms.limit_e4),
                source: Source::Order(id),
            };
            self.record_trade(token, None, terms.side.opposite(), &[fill]);
        }
    }

    /// Writes one trade: the taker against all it met at one price.
    fn record_trade(&mut self, token: Word, taker: Option<OrderId>, side: Side, group: &[Fill]) {
        let id = uuid(self.mint("trade"));
        let (Some(market), Some(first)) = (self.markets.get_mut(&token), group.first()) else {
            return;
        };
        let sum = |of: fn(&Fill) -> u64| {
            group
                .iter()
                .fold(0_u64, |sum, fill| sum.saturating_add(of(fill)))
        };
        let (shares_e6, collateral_e6) = (sum(|fill| fill.shares_e6), sum(|f| f.collateral_e6));
        let fee_e6 = if taker.is_some() {
            group_fee_e6(market, group)
        } else {
            0
        };
        market.last_price_e4 = Some(first.price_e4);
        market.changed_ms = self.now_ms;
        let trade = Trade {
            number: self.trades.len(),
            id,
            condition: market.condition.clone(),
            token,
            outcome: market.outcome.clone(),
            price_e4: first.price_e4,
            shares_e6,
            collateral_e6,
            fee_e6,
            side,
            taker,
            legs: group.iter().map(leg).collect(),
            moves: Vec::new(),
            status: TradeStatus::Matched,
            arrived: false,
            matched_ms: self.now_ms,
            updated_ms: self.now_ms,
            hash: None,
            next: None,
        };
        self.book_trade(trade, group);
    }

    /// Books a trade with every order it concerns, and starts its settlement.
    fn book_trade(&mut self, mut trade: Trade, group: &[Fill]) {
        let mut fails = false;
        if let Some(record) = trade.taker.and_then(|id| self.orders.get_mut(&id)) {
            fails = record.fail_trades;
            record.fee_e6 = record.fee_e6.saturating_add(trade.fee_e6);
            let part = (trade.shares_e6, trade.collateral_e6);
            trade.moves.push(take_part(
                record,
                &trade.id,
                trade.token,
                part,
                trade.fee_e6,
            ));
        }
        for fill in group {
            let Source::Order(id) = fill.source else {
                continue;
            };
            let Some(record) = self.orders.get_mut(&id) else {
                continue;
            };
            let part = (fill.shares_e6, fill.collateral_e6);
            trade
                .moves
                .push(take_part(record, &trade.id, trade.token, part, 0));
            let (left_e6, terms) = (record.remaining_e6(), record.terms);
            if left_e6 == 0 {
                self.close(id, OrderStatus::Matched);
            } else if let Some(market) = self.markets.get_mut(&trade.token) {
                market.set_resting(terms.side, terms.limit_e4, id, left_e6);
            }
        }
        for part in &trade.moves {
            self.ledger.matched(part);
        }
        let number = trade.number;
        self.trades.push(trade);
        self.move_trade(number, TradeStatus::Matched);
        if fails && let Some(trade) = self.trades.get_mut(number) {
            trade.next = trade.next.map(|(at_ms, _)| (at_ms, TradeStatus::Failed));
        }
    }
}

fn leg(fill: &Fill) -> Leg {
    Leg {
        source: fill.source,
        shares_e6: fill.shares_e6,
        collateral_e6: fill.collateral_e6,
    }
}

/// Notes a part of a trade on an order, and says what it moves.
fn take_part(
    record: &mut OrderRecord,
    trade: &str,
    token: Word,
    (shares_e6, collateral_e6): (u64, u64),
    fee_e6: u64,
) -> Move {
    record.matched_shares_e6 = record.matched_shares_e6.saturating_add(shares_e6);
    record.matched_collateral_e6 = record.matched_collateral_e6.saturating_add(collateral_e6);
    record.trades.push(trade.to_owned());
    let (wallet, shares) = (record.order.maker, Asset::Shares(token));
    match record.terms.side {
        Side::Buy => Move {
            wallet,
            gives: Asset::Collateral,
            gives_e6: collateral_e6.saturating_add(fee_e6),
            takes: shares,
            takes_e6: shares_e6,
        },
        Side::Sell => Move {
            wallet,
            gives: shares,
            gives_e6: shares_e6,
            takes: Asset::Collateral,
            takes_e6: collateral_e6.saturating_sub(fee_e6),
        },
    }
}
