//! Whether every meter has room for a BUY's charge, and the minute for an order.
//!
//! Invariant: a charge passes only if the sum with it is within every limit
//! that is set; a sum that does not fit 64 bits is within none.

use note::Budgets;
use order::CollateralUnits;

use crate::calendar::{DAY_MS, Day, HOUR_MS, MINUTE_MS, ms_of};
use crate::case::Case;
use crate::charge::Charge;
use crate::denial::{Back, Budget, Denial, Short};
use crate::meter::{Meter, Sum};
use crate::rollout::Staged;
use crate::scope::Route;
use crate::state::State;
use crate::time::Time;

const SECOND_MS: u64 = 1_000;

/// One limit: its name, what it limits, over how long, today and at most.
struct Limit<'a> {
    budget: Budget,
    sum: Sum<'a>,
    window_ms: u64,
    today: Option<CollateralUnits>,
    ceiling: Option<CollateralUnits>,
}

/// Makes sure that every meter has room for `charge`.
pub(crate) fn room(
    case: Case<'_>,
    route: &Route,
    charge: Charge,
    staged: &Staged,
) -> Result<(), Denial> {
    ahead(case, charge)?;
    let (today, policy) = (&case.facts.today().budgets, &case.facts.policy().budgets);
    let charged = case.state.lifetime();
    lifetime(charge, charged, today.lifetime_usdc, policy.lifetime_usdc)?;
    overall(case.state, staged, today, policy)
        .iter()
        .chain(&parts(case, route, today, policy))
        .try_for_each(|limit| limit.holds(charge, case))
}

/// Makes sure that the witnesses hold an advance with room for it, where the
/// policy names any.
fn ahead(case: Case<'_>, charge: Charge) -> Result<(), Denial> {
    let left = case.state.ahead.room(case.facts.host().held.leaves);
    let is_free = case.facts.policy().witnessing.witness_threshold == 0;
    if is_free || left >= u128::from(charge.units().get()) {
        return Ok(());
    }
    Err(Denial::Ahead {
        charge: charge.units(),
        left: shown(left),
    })
}

/// The limits on everything together.
fn overall<'a>(
    state: &'a State,
    staged: &Staged,
    today: &Budgets,
    policy: &Budgets,
) -> [Limit<'a>; 3] {
    let limit = |budget, window_ms, today, ceiling| Limit {
        budget,
        sum: Sum([Some(&state.meters.charged), Some(&state.meters.owed), None]),
        window_ms,
        today,
        ceiling,
    };
    let (minute, hour) = (policy.minute_usdc, policy.hour_usdc);
    let (day, day_ceiling) = (Some(staged.day), Some(staged.day_ceiling));
    [
        limit(Budget::Minute, MINUTE_MS, today.minute_usdc, minute),
        limit(Budget::Hour, HOUR_MS, today.hour_usdc, hour),
        limit(Budget::Day, DAY_MS, day, day_ceiling),
    ]
}

/// The limits on one market, new or not, one strategy, one leader.
fn parts<'a>(case: Case<'a>, route: &Route, today: &Budgets, policy: &Budgets) -> [Limit<'a>; 4] {
    let (intent, state) = (case.intent, case.state);
    let token = |token| state.token(token).map(|token| &token.charged);
    let sum = |one, other| Sum([one, other, Some(&state.meters.owed)]);
    let market = sum(token(intent.token_id), route.sibling.and_then(token));
    let strategy = sum(state.meters.strategy(intent.strategy), None);
    let leader = intent.kind.leader();
    let followed = leader.and_then(|leader| state.meters.leader(leader));
    let followed = sum(followed, None);
    let leader_day = leader.and(today.leader_day_usdc);
    let limit = |budget, sum, today, ceiling| Limit {
        budget,
        sum,
        window_ms: DAY_MS,
        today,
        ceiling,
    };
    let (market_day, strategy_day) = (policy.market_day_usdc, policy.strategy_day_usdc);
    let first_day = first_day(case);
    [
        limit(Budget::Listing, market, first_day, first_day),
        limit(Budget::Market, market, today.market_day_usdc, market_day),
        limit(
            Budget::Strategy,
            strategy,
            today.strategy_day_usdc,
            strategy_day,
        ),
        limit(Budget::Leader, followed, leader_day, policy.leader_day_usdc),
    ]
}

/// What a market's meter may hold while it was listed within a day.
fn first_day(case: Case<'_>) -> Option<CollateralUnits> {
    let listers = case.facts.policy().scope.markets.listers()?;
    let listed = case.facts.listed(case.intent.market)?;
    // Listed within the second that `since` names.
    let old_ms = ms_of(listed.since).saturating_add(SECOND_MS + DAY_MS);
    (case.slow_ms() < old_ms).then_some(listers.listing_day_usdc)
}

/// What was charged ever is in no window, and never returns.
fn lifetime(
    charge: Charge,
    charged: u128,
    today: Option<CollateralUnits>,
    ceiling: Option<CollateralUnits>,
) -> Result<(), Denial> {
    let Some(limit) = today else {
        return Ok(());
    };
    let units = charge.units();
    if charged.saturating_add(u128::from(units.get())) <= u128::from(limit.get()) {
        return Ok(());
    }
    Err(Denial::Budget(Short {
        budget: Budget::Lifetime,
        charge: units,
        charged: shown(charged),
        limit,
        ceiling,
        back: None,
    }))
}

impl Limit<'_> {
    fn holds(&self, charge: Charge, case: Case<'_>) -> Result<(), Denial> {
        let Some(limit) = self.today else {
            return Ok(());
        };
        let (units, slow_ms) = (charge.units(), case.slow_ms());
        // Owed and in no window yet: it counts in all.
        let owed = case.state.ahead.owed();
        let charged = self.sum.within(slow_ms, self.window_ms);
        let room = u128::from(limit.get()).checked_sub(u128::from(units.get()));
        let room = room.and_then(|room| room.checked_sub(owed));
        if room.is_some_and(|room| charged <= room) {
            return Ok(());
        }
        let back = room
            .and_then(|room| self.sum.falls_to(room, slow_ms, self.window_ms))
            .map(|at_ms| back(self.sum, charged, at_ms, self.window_ms, case.time));
        Err(Denial::Budget(Short {
            budget: self.budget,
            charge: units,
            charged: shown(charged.saturating_add(owed)),
            limit,
            ceiling: self.ceiling,
            back,
        }))
    }
}

/// What rolls off by the slow time `at_ms`, and when that is on the wall.
pub(crate) fn back(sum: Sum<'_>, now: u128, at_ms: u64, window_ms: u64, time: Time) -> Back {
    let then = sum.within(at_ms, window_ms);
    let wall_ms = time.wall_at(at_ms);
    Back {
        at_ms: wall_ms,
        another_day: Day::of_ms(wall_ms) != Day::of_ms(time.wall_ms),
        units: u64::try_from(now.saturating_sub(then)).unwrap_or(u64::MAX),
    }
}

/// Makes sure that the minute before `now_ms` has room for one more; else how
/// many there are, and when there is room again, in the time that `meter` runs on.
pub(crate) fn rate(meter: &Meter, limit: u16, now_ms: u64) -> Result<(), (u64, Option<u64>)> {
    let sum = Sum::of(Some(meter));
    let count = sum.within(now_ms, MINUTE_MS);
    let room = u128::from(limit).checked_sub(1);
    if room.is_some_and(|room| count <= room) {
        return Ok(());
    }
    let retry = room.and_then(|room| sum.falls_to(room, now_ms, MINUTE_MS));
    Err((u64::try_from(count).unwrap_or(u64::MAX), retry))
}

fn shown(sum: u128) -> CollateralUnits {
    CollateralUnits::new(u64::try_from(sum).unwrap_or(u64::MAX))
}
