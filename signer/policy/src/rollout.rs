//! Smaller ceilings for the first days.
//!
//! Invariant: days are counted on the slow time from the first signed order,
//! so neither a jump of the clock nor time spent off makes them pass; with real
//! money from the first that was signed for it, so a paper month buys nothing.
//! Invariant: a day's cap that was reached is not raised before its UTC day is
//! over, by no dial and no policy.

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
    let slow_ms = state.slow_ms(time);
    let (today, policy) = (facts.today(), facts.policy());
    let days = days(state.first_order_ms(policy.wallet.mode), slow_ms);
    let reached = state.day_reached(slow_ms);
    let held = |day: CollateralUnits| reached.map_or(day, |reached| day.min(reached));
    let now = stage(policy, days);
    let cut = |own: CollateralUnits, staged: Option<CollateralUnits>| {
        staged.map_or(own, |staged| own.min(staged))
    };
    let order = now.map(|stage| stage.order_usdc_max);
    let day = now.map(|stage| stage.day_usdc);
    Staged {
        order_max: cut(today.order.order_usdc_max, order),
        order_ceiling: cut(policy.order.order_usdc_max, order),
        day: held(cut(today.budgets.day_usdc, day)),
        day_ceiling: cut(policy.budgets.day_usdc, day),
    }
}

/// What a rolling day may be charged at `time`, rollout and dial included.
#[must_use]
pub fn day_limit(facts: &Facts, state: &State, time: Time) -> CollateralUnits {
    staged(facts, state, time).day
}

/// The day's cap, if buys reached it by `time`; one that was dialled below what
/// was charged before is no cap that anyone reached.
#[must_use]
pub fn day_reached(facts: &Facts, state: &State, time: Time) -> Option<CollateralUnits> {
    let limit = day_limit(facts, state, time);
    (state.charged(time).day_units <= u128::from(limit.get())).then_some(limit)
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
