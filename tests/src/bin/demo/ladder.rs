//! What a recorded book can bear: sizes and prices that must fill, and those
//! that cannot.

use tests::book::{Book, decimal};
use tests::desk::ORDER_MAX_UNITS;

/// One share, base units.
pub(crate) const SHARE: u64 = 1_000_000;
/// What the venue and the policy ask of a BUY at least, and a cent more.
pub(crate) const BUY_MIN_UNITS: u64 = 1_010_000;

/// Shares at a worst price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Take {
    pub(crate) price_e4: u64,
    pub(crate) shares_units: u64,
}

impl Take {
    /// Collateral for all of it, base units, rounded up.
    pub(crate) fn notional(self) -> u64 {
        let scaled = u128::from(self.shares_units) * u128::from(self.price_e4);
        u64::try_from(scaled.div_ceil(10_000)).unwrap_or(u64::MAX)
    }
}

/// Whole shares for `units` of collateral at a price.
fn affordable(units: u64, price_e4: u64) -> u64 {
    units * 10_000 / price_e4 / SHARE * SHARE
}

/// Whole shares, five or more, worth at least `units` at a price.
pub(crate) fn at_least(units: u64, price_e4: u64) -> u64 {
    (units * 10_000).div_ceil(price_e4).div_ceil(SHARE).max(5) * SHARE
}

/// The worst price at which `shares_units` are there.
pub(crate) fn depth(levels: &[(u64, u64)], shares_units: u64) -> Option<u64> {
    let mut there = 0_u64;
    levels.iter().find_map(|(price, size)| {
        there = there.saturating_add(*size);
        (there >= shares_units).then_some(*price)
    })
}

/// A BUY of at most half of what one order may be, that must fill; of at least
/// a dollar and five shares.
pub(crate) fn buy(book: &Book) -> Result<Take, String> {
    let mut there = 0_u64;
    for (price_e4, size) in &book.asks {
        there = there.saturating_add(*size);
        let most = affordable(ORDER_MAX_UNITS / 2, *price_e4);
        let take = Take {
            price_e4: *price_e4,
            shares_units: most.min(there / SHARE * SHARE),
        };
        if take.shares_units >= 5 * SHARE && take.notional() >= BUY_MIN_UNITS {
            return Ok(take);
        }
    }
    Err("nobody sells five shares for a dollar or more".to_owned())
}

/// The smallest one.
pub(crate) fn small_buy(book: &Book) -> Result<Take, String> {
    let take = buy(book)?;
    let least = at_least(BUY_MIN_UNITS, take.price_e4);
    Ok(Take {
        shares_units: least.min(take.shares_units),
        ..take
    })
}

/// A price at which somebody trades: the ask, or where nobody sells the bid.
pub(crate) fn quoted(book: &Book) -> u64 {
    let level = book.asks.first().or(book.bids.first());
    level.expect("empty books are not staged").0
}

/// A BUY that finds nobody: below the best ask, or where nobody sells.
pub(crate) fn unfillable(book: &Book) -> Result<Take, String> {
    let price = quoted(book);
    let step = if book.asks.is_empty() {
        0
    } else {
        book.tick_e4
    };
    let lower = price.saturating_sub(step);
    if lower == 0 {
        return Err(format!("no price is below the ask {}", decimal(price, 4)));
    }
    Ok(Take {
        price_e4: lower,
        shares_units: at_least(BUY_MIN_UNITS, lower),
    })
}

/// A SELL of shares worth at least a dollar, that must fill; `held` are there.
pub(crate) fn sell(book: &Book, held: u64) -> Result<Take, String> {
    let mut there = 0_u64;
    for (price_e4, size) in &book.bids {
        there = there.saturating_add(*size);
        let take = Take {
            price_e4: *price_e4,
            shares_units: at_least(BUY_MIN_UNITS, *price_e4),
        };
        if take.shares_units > held {
            let (price, need) = (decimal(*price_e4, 4), decimal(take.shares_units, 6));
            let have = decimal(held, 6);
            return Err(format!(
                "a dollar at the bid {price} is {need} shares, and {have} are bought"
            ));
        }
        if there >= take.shares_units {
            return Ok(take);
        }
    }
    Err("nobody buys shares for a dollar or more".to_owned())
}
