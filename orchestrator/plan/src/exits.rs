//! How much of ours a leader's sell sells.
//!
//! Invariant: a sell is a number of shares from first to last: our shares times
//! what the leader sold, over what the leader held before. Collateral, and what
//! the leader holds afterwards, have no part in it.
//! Invariant: nothing is sold that this strategy did not buy after this leader.

use alloc::format;

use order::ShareUnits;

use crate::facts::{Account, Signal};
use crate::number::mul_div;
use crate::reason::{Reason, Refusal};
use crate::strategy::UnknownExit;

/// What to sell of what we hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// This sell's own part.
    pub own_units: u64,
    /// With what earlier ones left over: never more than is held.
    pub units: u64,
}

/// The part of our holding that `signal`, a sell, asks for.
///
/// # Errors
///
/// When nothing is held, or the part is not known and the strategy does not
/// say that this means all of it.
pub fn part(unknown: UnknownExit, signal: &Signal, account: &Account) -> Result<Exit, Refusal> {
    let held = account.held_units;
    if held == 0 {
        let detail = format!(
            "0 shares bought after this leader, {} held in all",
            ShareUnits::new(account.all_held_units)
        );
        return Err(Refusal::new(Reason::NoTrackedPurchases, detail));
    }
    let own_units = match (signal.leader_before_units, unknown) {
        (Some(before), _) if signal.shares_units >= before => held,
        (Some(before), _) => mul_div(held, signal.shares_units, u128::from(before))
            .unwrap_or(held)
            .min(held),
        (None, UnknownExit::Full) => held,
        (None, UnknownExit::Hold | UnknownExit::Alert) => {
            let detail = format!(
                "{} sold of a holding not known; {} held",
                ShareUnits::new(signal.shares_units),
                ShareUnits::new(held)
            );
            return Err(Refusal {
                alert: unknown == UnknownExit::Alert,
                ..Refusal::new(Reason::UnknownExit, detail)
            });
        }
    };
    let units = own_units.saturating_add(account.carried_units).min(held);
    Ok(Exit { own_units, units })
}
