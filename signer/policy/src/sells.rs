//! What a SELL may ask, and the tickets that pass it.
//!
//! A SELL cannot lose shares twice, so it is not charged; what bounds it is how
//! many shares there can be, how often they may be offered, and how cheaply.
//!
//! Invariant: every SELL without a ticket, of any kind, keeps the floor, but for
//! a copy of a sale that watchers saw: that one keeps the band of its leader's.

use order::{PriceE4, ShareUnits, U256};

use crate::budget;
use crate::calendar::DAY_MS;
use crate::case::Case;
use crate::denial::Denial;
use crate::holdings::{Token, shares};
use crate::meter::Sum;
use crate::standing::Clocks;

/// What a SELL offers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer {
    pub(crate) token: U256,
    pub(crate) shares: ShareUnits,
    /// Exact: the strict order's SELLs lie on a tick.
    pub(crate) price: PriceE4,
    /// It copies a sale that watchers saw, whose price it keeps to.
    pub(crate) with_leader: bool,
}

/// Makes sure that the policy's grace is not over.
pub(crate) fn grace(case: Case<'_>) -> Result<(), Denial> {
    let sells_until_ms = Clocks::of(case.facts).sells_until_ms;
    if case.time.fast_ms >= sells_until_ms {
        return Err(Denial::SellGrace {
            ended_ms: sells_until_ms,
        });
    }
    Ok(())
}

/// Makes sure that the minute has room for one more exit.
///
/// While the clocks disagree the slow time stands still, and a minute of it
/// would never be over: exits then go by the fast one. No loss hangs on it.
pub(crate) fn exit_rate(case: Case<'_>) -> Result<(), Denial> {
    let limit = case.facts.today().exits.exits_per_minute;
    let (meters, time) = (&case.state.meters, case.time);
    let counted = if case.state.clock_jumped().is_some() {
        budget::rate(&meters.exits_fast, limit, time.fast_ms).map_err(|(count, at_ms)| {
            let at_ms = at_ms.map(|at_ms| time.wall_at_fast(at_ms));
            (count, at_ms)
        })
    } else {
        budget::rate(&meters.exits, limit, case.slow_ms())
            .map_err(|(count, at_ms)| (count, at_ms.map(|at_ms| time.wall_at(at_ms))))
    };
    counted.map_err(|(count, retry_at_ms)| Denial::ExitRate {
        count,
        limit: u64::from(limit),
        retry_at_ms,
    })
}

/// Makes sure that the minute has room for one more order that is no exit.
pub(crate) fn order_rate(case: Case<'_>) -> Result<(), Denial> {
    let limit = case.facts.today().budgets.orders_per_minute;
    budget::rate(&case.state.meters.orders, limit, case.slow_ms()).map_err(|(count, at_ms)| {
        Denial::Rate {
            count,
            limit: u64::from(limit),
            ceiling: u64::from(case.facts.policy().budgets.orders_per_minute),
            retry_at_ms: at_ms.map(|at_ms| case.time.wall_at(at_ms)),
        }
    })
}

/// Makes sure of floor, holdings and the day's measure.
pub(crate) fn offer(offer: Offer, case: Case<'_>) -> Result<(), Denial> {
    let facts = case.facts;
    let floor = facts.floor(offer.token);
    if offer.price < floor && !offer.with_leader {
        return Err(Denial::SellFloor {
            token: offer.token,
            shares: offer.shares,
            price: offer.price,
            floor,
        });
    }
    let token = case.state.token(offer.token);
    let held = token.map_or(0, Token::sellable);
    let asked = u128::from(offer.shares.get());
    if asked > held {
        return Err(Denial::Holdings {
            token: offer.token,
            shares: offer.shares,
            held: shares(held),
        });
    }
    let limit = held.saturating_mul(u128::from(facts.today().exits.sell_reuse));
    let sum = Sum::of(token.map(|token| &token.sold));
    let slow_ms = case.slow_ms();
    let sold = sum.within(slow_ms, DAY_MS);
    let room = limit.checked_sub(asked);
    if room.is_none_or(|room| sold > room) {
        let at = room.and_then(|room| sum.falls_to(room, slow_ms, DAY_MS));
        return Err(Denial::SellReuse {
            shares: offer.shares,
            sold: shares(sold),
            limit: shares(limit),
            back: at.map(|at_ms| budget::back(sum, sold, at_ms, DAY_MS, case.time)),
        });
    }
    Ok(())
}
