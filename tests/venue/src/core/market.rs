//! One token's book: recorded liquidity and the accounts' resting orders.
//!
//! At one price the recorded liquidity was there first; orders follow in the
//! order they came.

use std::collections::BTreeMap;

use super::checks::Grid;
use super::fees::Curve;
use super::matching::{Quote, Source};
use crate::books::{BookSeed, Levels};
use crate::crypto::domain::Protocol;
use crate::crypto::order::{OrderId, Side};
use crate::crypto::word::Word;

/// A token and its book.
#[derive(Clone, Debug)]
pub(crate) struct Market {
    pub(crate) condition: String,
    pub(crate) token: Word,
    pub(crate) outcome: String,
    pub(crate) grid: Grid,
    pub(crate) neg_risk: bool,
    pub(crate) protocol: Protocol,
    pub(crate) curve: Curve,
    pub(crate) accepting: bool,
    pub(crate) last_price_e4: Option<u64>,
    pub(crate) changed_ms: u64,
    levels: BTreeMap<Side, Levels>,
    resting: BTreeMap<(Side, u64), Vec<(OrderId, u64)>>,
}

/// What a market is beyond its recorded book.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MarketFacts {
    pub(crate) protocol: Protocol,
    pub(crate) curve: Curve,
    pub(crate) accepting: bool,
}

impl Market {
    pub(crate) fn new(seed: &BookSeed, facts: MarketFacts, outcome: &str, now_ms: u64) -> Self {
        Self {
            condition: seed.condition.clone(),
            token: seed.token,
            outcome: outcome.to_owned(),
            grid: Grid {
                tick_e4: seed.tick_e4,
                min_size_e6: seed.min_size_e6,
            },
            neg_risk: seed.neg_risk,
            protocol: facts.protocol,
            curve: facts.curve,
            accepting: facts.accepting,
            last_price_e4: seed.last_price_e4,
            changed_ms: now_ms,
            levels: BTreeMap::from([
                (Side::Buy, seed.bids.clone()),
                (Side::Sell, seed.asks.clone()),
            ]),
            resting: BTreeMap::new(),
        }
    }

    /// Replaces what was recorded; resting orders stay.
    pub(crate) fn replace(&mut self, seed: &BookSeed, now_ms: u64) {
        self.levels.insert(Side::Buy, seed.bids.clone());
        self.levels.insert(Side::Sell, seed.asks.clone());
        self.grid = Grid {
            tick_e4: seed.tick_e4,
            min_size_e6: seed.min_size_e6,
        };
        self.neg_risk = seed.neg_risk;
        self.last_price_e4 = seed.last_price_e4.or(self.last_price_e4);
        self.changed_ms = now_ms;
    }

    /// Liquidity an order of `side` would meet, best first.
    pub(crate) fn quotes_against(&self, side: Side) -> Vec<Quote> {
        let resting_side = side.opposite();
        let mut prices: Vec<u64> = self.depth(resting_side).into_keys().collect();
        if resting_side == Side::Buy {
            prices.reverse();
        }
        let mut quotes = Vec::new();
        for price_e4 in prices {
            if let Some(shares_e6) = self
                .levels
                .get(&resting_side)
                .and_then(|l| l.get(&price_e4))
            {
                quotes.push(Quote {
                    price_e4,
                    shares_e6: *shares_e6,
                    source: Source::Level,
                });
            }
            for (id, shares_e6) in self
                .resting
                .get(&(resting_side, price_e4))
                .into_iter()
                .flatten()
            {
                quotes.push(Quote {
                    price_e4,
                    shares_e6: *shares_e6,
                    source: Source::Order(*id),
                });
            }
        }
        quotes
    }

    /// Prices and sizes of one side, orders included.
    pub(crate) fn depth(&self, side: Side) -> Levels {
        let mut depth = self.levels.get(&side).cloned().unwrap_or_default();
        for ((_, price_e4), orders) in self.resting.iter().filter(|((of, _), _)| *of == side) {
            for (_, shares_e6) in orders {
                let size_e6 = depth.entry(*price_e4).or_default();
                *size_e6 = size_e6.saturating_add(*shares_e6);
            }
        }
        depth
    }

    pub(crate) fn best(&self, side: Side) -> Option<u64> {
        let depth = self.depth(side);
        match side {
            Side::Buy => depth.last_key_value().map(|(price, _)| *price),
            Side::Sell => depth.first_key_value().map(|(price, _)| *price),
        }
    }

    pub(crate) fn take_level(&mut self, side: Side, price_e4: u64, shares_e6: u64) {
        if let Some(levels) = self.levels.get_mut(&side) {
            let left_e6 = levels
                .get(&price_e4)
                .map_or(0, |size_e6| size_e6.saturating_sub(shares_e6));
            if left_e6 == 0 {
                levels.remove(&price_e4);
            } else {
                levels.insert(price_e4, left_e6);
            }
        }
    }

    /// Puts an order on the book, sets what is left of it, or with zero removes it.
    pub(crate) fn set_resting(&mut self, side: Side, price_e4: u64, id: OrderId, shares_e6: u64) {
        let queue = self.resting.entry((side, price_e4)).or_default();
        match queue.iter_mut().find(|(other, _)| *other == id) {
            Some((_, size_e6)) => *size_e6 = shares_e6,
            None => queue.push((id, shares_e6)),
        }
        queue.retain(|(_, size_e6)| *size_e6 > 0);
        if queue.is_empty() {
            self.resting.remove(&(side, price_e4));
        }
    }

    /// Resting orders of one side, best price first, oldest first.
    pub(crate) fn resting(&self, side: Side) -> Vec<OrderId> {
        let mut rows: Vec<_> = self
            .resting
            .iter()
            .filter(|((of, _), _)| *of == side)
            .collect();
        if side == Side::Buy {
            rows.reverse();
        }
        rows.into_iter()
            .flat_map(|(_, queue)| queue.iter().map(|(id, _)| *id))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn market() -> Market {
        let seed = BookSeed {
            condition: "0xc0".into(),
            token: Word::from_u64(7),
            bids: Levels::from([(4_000, 10), (3_000, 20)]),
            asks: Levels::from([(6_000, 10), (7_000, 20)]),
            tick_e4: 100,
            min_size_e6: 5,
            neg_risk: false,
            last_price_e4: None,
            outcome: None,
        };
        let facts = MarketFacts {
            protocol: Protocol::V1,
            curve: Curve::FREE,
            accepting: true,
        };
        Market::new(&seed, facts, "Yes", 0)
    }

    fn id(number: u64) -> OrderId {
        OrderId(Word::from_u64(number))
    }

    #[test]
    fn quotes_come_best_first_and_recorded_liquidity_before_orders() {
        let mut market = market();
        market.set_resting(Side::Sell, 6_000, id(1), 5);
        market.set_resting(Side::Sell, 6_000, id(2), 6);
        market.set_resting(Side::Sell, 5_500, id(3), 7);
        let met: Vec<_> = market
            .quotes_against(Side::Buy)
            .iter()
            .map(|quote| (quote.price_e4, quote.shares_e6, quote.source))
            .collect();
        assert_eq!(
            met,
            [
                (5_500, 7, Source::Order(id(3))),
                (6_000, 10, Source::Level),
                (6_000, 5, Source::Order(id(1))),
                (6_000, 6, Source::Order(id(2))),
                (7_000, 20, Source::Level),
            ]
        );
        let bids: Vec<u64> = market
            .quotes_against(Side::Sell)
            .iter()
            .map(|quote| quote.price_e4)
            .collect();
        assert_eq!(bids, [4_000, 3_000]);
        assert_eq!(
            (market.best(Side::Buy), market.best(Side::Sell)),
            (Some(4_000), Some(5_500))
        );
        assert_eq!(market.resting(Side::Sell), [id(3), id(1), id(2)]);
    }

    #[test]
    fn what_is_taken_is_gone() {
        let mut market = market();
        market.take_level(Side::Sell, 6_000, 4);
        assert_eq!(market.depth(Side::Sell).get(&6_000), Some(&6));
        market.take_level(Side::Sell, 6_000, 6);
        assert_eq!(market.best(Side::Sell), Some(7_000));
        market.set_resting(Side::Sell, 6_500, id(1), 5);
        market.set_resting(Side::Sell, 6_500, id(1), 0);
        assert_eq!(market.best(Side::Sell), Some(7_000));
    }
}
