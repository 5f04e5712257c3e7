//! Smaller ceilings for the first days.
//!
//! Invariant: days are counted on the slow time from the first signed order,
//! so neither a jump of the clock nor time spent off makes them pass.

use note::{Policy, Stage};
use order::CollateralUnits;

use crate::calendar::DAY_MS;
use crate::facts::Facts;
use crate::state::State;
use crate::time::Time;

/// The two limits that a rollout holds down, today's and as far as a dial reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Staged {
    pub(crate) order_max: CollateralUnits,
    pub(crate) order_ceiling: CollateralUnits,
    pub(crate) day: CollateralUnits,
    pub(crate) day_ceiling: CollateralUnits,
}

/// What one order and one day may come to at `time`.
pub(crate) fn staged(facts: &Facts, state: &State, time: Time) -> Staged {
    let days = days(state.first_order_ms(), state.slow_ms(time));
    let (today, policy) = (facts.today(), facts.policy());
    let now = stage(policy, days);
    let cut = |own: CollateralUnits, staged: Option<CollateralUnits>| {
        staged.map_or(own, |staged| own.min(staged))
    };
    let order = now.map(|stage| stage.order_usdc_max);
    let day = now.map(|stage| stage.day_usdc);
    Staged {
        order_max: cut(today.order.order_usdc_max, order),
        order_ceiling: cut(policy.order.order_usdc_max, order),
        day: cut(today.budgets.day_usdc, day),
        day_ceiling: cut(policy.budgets.day_usdc, day),
    }
}

/// What a rolling day may be charged at `time`, rollout and dial included.
#[must_use]
pub fn day_limit(facts: &Facts, state: &State, time: Time) -> CollateralUnits {
    staged(facts, state, time).day
}

/// The stage that holds after `days` whole days, if the policy has a rollout.
///
/// Before the first stage's day its figures hold too: they are the smallest.
fn stage(policy: &Policy, days: u64) -> Option<&Stage> {
    policy
        .rollout
        .iter()
        .take_while(|stage| u64::from(stage.from_day) <= days)
        .last()
        .or_else(|| policy.rollout.first())
}

/// Whole days since the first signed order; 0 while there is none.
pub(crate) fn days(first_order_ms: Option<u64>, slow_ms: u64) -> u64 {
    let first = first_order_ms.unwrap_or(slow_ms);
    slow_ms.saturating_sub(first).div_euclid(DAY_MS)
}

/// The day cap of a policy after `days` whole days, whatever was dialled.
pub(crate) fn day_cap(policy: &Policy, days: u64) -> CollateralUnits {
    let own = policy.budgets.day_usdc;
    stage(policy, days).map_or(own, |stage| own.min(stage.day_usdc))
}
