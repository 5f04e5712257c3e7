//! One token's book, as it was taken, and what it says.
//!
//! Invariant: best levels are computed, never taken from a place in a list: the
//! venue lists both sides worst first.

use alloc::format;
use alloc::vec::Vec;

use order::{PriceE4, ShareUnits, Side};

use crate::firewall::{FUTURE_MS_MAX, seconds};
use crate::reason::{Reason, Refusal};

/// Offers of one side, in any order.
pub type Levels = Vec<(PriceE4, ShareUnits)>;

/// One token's book.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    /// Offers to buy, in any order.
    pub bids: Levels,
    /// Offers to sell, in any order.
    pub asks: Levels,
    /// When it was taken, Unix milliseconds.
    pub taken_ms: u64,
}

/// What is on offer to an order, summed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Shares.
    pub shares_units: u64,
    /// Collateral, cut.
    pub collateral_units: u64,
}

impl Depth {
    /// What an order of `side` uses up: a buy that does not rest spends its
    /// collateral, at better prices on more shares; a sell gives its shares.
    #[must_use]
    pub const fn used_by(&self, side: Side) -> u64 {
        match side {
            Side::Buy => self.collateral_units,
            Side::Sell => self.shares_units,
        }
    }
}

impl Book {
    /// The highest bid.
    #[must_use]
    pub fn best_bid(&self) -> Option<PriceE4> {
        self.bids.iter().map(|(price, _)| *price).max()
    }

    /// The lowest ask.
    #[must_use]
    pub fn best_ask(&self) -> Option<PriceE4> {
        self.asks.iter().map(|(price, _)| *price).min()
    }

    /// The best price that an order of `side` would meet.
    #[must_use]
    pub fn touch(&self, side: Side) -> Option<PriceE4> {
        match side {
            Side::Buy => self.best_ask(),
            Side::Sell => self.best_bid(),
        }
    }

    /// What an order of `side` would meet at `limit` or better.
    #[must_use]
    pub fn depth(&self, side: Side, limit: PriceE4) -> Depth {
        let within = |price: PriceE4| match side {
            Side::Buy => price <= limit,
            Side::Sell => price >= limit,
        };
        let (mut shares, mut scaled) = (0_u128, 0_u128);
        for (price, there) in self.met_by(side) {
            if !within(*price) {
                continue;
            }
            let units = u128::from(there.get());
            shares = shares.saturating_add(units);
            scaled = scaled.saturating_add(units.saturating_mul(u128::from(price.get())));
        }
        Depth {
            shares_units: u64::try_from(shares).unwrap_or(u64::MAX),
            collateral_units: u64::try_from(scaled.div_euclid(10_000)).unwrap_or(u64::MAX),
        }
    }

    /// The levels that an order of `side` would meet.
    fn met_by(&self, side: Side) -> &Levels {
        match side {
            Side::Buy => &self.asks,
            Side::Sell => &self.bids,
        }
    }

    /// Makes sure that this is a book to decide an order of `side` on, and says
    /// the best price it would meet.
    ///
    /// # Errors
    ///
    /// Old, empty where it matters, with levels that cannot be, or crossed.
    pub fn check(&self, side: Side, age_ms_max: u64, now_ms: u64) -> Result<PriceE4, Refusal> {
        let refuse = |reason, detail| Err(Refusal::new(reason, detail));
        let age_ms = now_ms.saturating_sub(self.taken_ms);
        if age_ms > age_ms_max {
            let detail = format!(
                "taken {} ago, most {}",
                seconds(age_ms),
                seconds(age_ms_max)
            );
            return refuse(Reason::BookStale, detail);
        }
        let ahead_ms = self.taken_ms.saturating_sub(now_ms);
        if ahead_ms > FUTURE_MS_MAX {
            let (ahead, most) = (seconds(ahead_ms), seconds(FUTURE_MS_MAX));
            return refuse(
                Reason::BookStale,
                format!("taken {ahead} ahead of our clock, most {most}"),
            );
        }
        for (name, levels) in [("bids", &self.bids), ("asks", &self.asks)] {
            if let Some(problem) = impossible(levels) {
                return refuse(Reason::BookInvalid, format!("{name}: {problem}"));
            }
        }
        let (bid, ask) = (self.best_bid(), self.best_ask());
        if let (Some(bid), Some(ask)) = (bid, ask)
            && bid >= ask
        {
            return refuse(Reason::BookCrossed, format!("bid ${bid}, ask ${ask}"));
        }
        self.touch(side).ok_or_else(|| {
            let missing = match side {
                Side::Buy => "asks",
                Side::Sell => "bids",
            };
            Refusal {
                // Bids may come back while there is time; a buy missed is no loss.
                retry: side == Side::Sell,
                ..Refusal::new(Reason::BookEmpty, format!("No {missing} available"))
            }
        })
    }
}

/// What no book of the venue has: a level of nothing, or one level twice.
fn impossible(levels: &Levels) -> Option<alloc::string::String> {
    if let Some((price, _)) = levels.iter().find(|(_, size)| size.get() == 0) {
        return Some(format!("nothing at ${price}"));
    }
    let mut prices: Vec<PriceE4> = levels.iter().map(|(price, _)| *price).collect();
    prices.sort_unstable();
    let mut pairs = prices.iter().zip(prices.iter().skip(1));
    let twice = pairs.find(|(one, next)| one == next);
    twice.map(|(price, _)| format!("${price} stands twice"))
}
