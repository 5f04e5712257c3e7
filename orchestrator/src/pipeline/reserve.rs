//! Setting cash or shares aside before anyone is asked for an order.
//!
//! Invariant: what is set aside is held until the attempt is over; UNKNOWN
//! holds it like everything else that may be at the venue.
//! Invariant: nothing is rejected on a balance older than the intent.
//! Invariant: a copied sale takes final shares that its strategy bought after its
//! leader, and no others; for its own that are not final it waits, until its
//! deadline.

use order::Side;

use crate::intent::{Code, Intent, Kind, Reject};
use crate::store::{Attempt, StoreError, Turn};

/// What can be set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reserve {
    /// So much: collateral for a BUY, shares for a SELL.
    Units(u64),
    /// Something may still come free, or arrive.
    Wait,
    /// The balance must be asked for first.
    Look,
    /// There is not enough, and nothing will come.
    Reject(Reject),
}

/// What is there for one side of one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Funds {
    held: u64,
    set_aside: u64,
    /// Read since the intent was seen.
    fresh: bool,
    /// More may come free, or arrive.
    moving: bool,
}

/// Sets aside what `row` needs, if it is there. What is `copied` sells its own.
pub(super) fn reserve(
    turn: &Turn<'_>,
    row: &Attempt,
    fee_reserve_bps: u64,
    copied: bool,
) -> Result<Reserve, StoreError> {
    let intent = &row.intent;
    let token = intent.token_id.to_string();
    match intent.side {
        Side::Buy => {
            let Some((held, at_ms)) = turn.balance("")? else {
                return Ok(Reserve::Look);
            };
            let set_aside = turn.reserved_units(None)?;
            let funds = Funds {
                held,
                set_aside,
                fresh: at_ms >= row.seen_ms,
                moving: set_aside > 0,
            };
            Ok(judge(intent, cost(intent, fee_reserve_bps), funds))
        }
        Side::Sell => {
            let (own, external) = turn.held_units(&token)?;
            let set_aside = turn.reserved_units(Some(&token))?;
            let held = match (intent.leader, intent.kind) {
                (Some(leader), Kind::Copy | Kind::Exit) if copied => {
                    let its = turn.free_of(&intent.strategy, &leader.to_string(), &token)?;
                    own.min(its.saturating_add(set_aside))
                }
                // What others brought is sold only when a person says so.
                (Some(_) | None, Kind::Exit) => own.saturating_add(external),
                (Some(_) | None, Kind::Copy) => own,
            };
            let fresh = turn
                .balance(&token)?
                .is_some_and(|(_, at_ms)| at_ms >= row.seen_ms);
            let funds = Funds {
                held,
                set_aside,
                fresh,
                moving: turn.is_moving(&token, Some(&row.intent_id))?,
            };
            Ok(judge(intent, Some(intent.shares.get()), funds))
        }
    }
}

/// Most that a BUY can take with fees, rounded up.
pub(super) fn cost(intent: &Intent, fee_reserve_bps: u64) -> Option<u64> {
    let factor = u128::from(fee_reserve_bps).checked_add(10_000)?;
    u128::from(intent.notional_units()?)
        .checked_mul(factor)
        .map(|scaled| scaled.div_ceil(10_000))
        .and_then(|units| u64::try_from(units).ok())
}

fn judge(intent: &Intent, need: Option<u64>, funds: Funds) -> Reserve {
    let free = funds.held.saturating_sub(funds.set_aside);
    match need {
        Some(need) if need <= free => return Reserve::Units(need),
        None | Some(_) => {}
    }
    if !funds.fresh {
        return Reserve::Look;
    }
    if funds.moving {
        return Reserve::Wait;
    }
    let units = |n: u64| order::CollateralUnits::new(n).to_string();
    let need = need.map_or_else(|| "more than 64 bits".to_owned(), units);
    let free = units(free);
    Reserve::Reject(match intent.side {
        Side::Buy => Reject::new(
            Code::NoCash,
            format!(
                "it needs {need} with room for fees, {free} is free; fund the wallet, or ask for less"
            ),
        ),
        Side::Sell => Reject::new(
            Code::NotHeld,
            format!("it sells {need} shares, {free} are held and free; ask for at most that"),
        ),
    })
}

#[cfg(test)]
#[path = "reserve_tests.rs"]
mod tests;
