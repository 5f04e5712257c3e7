//! What there is for a copy: cash, shares, and what is left of a day.
//!
//! Invariant: what is decided and not set aside yet counts as gone.

use order::{CollateralUnits, Side};
use plan::{Account, Signal, Strategy};

use super::Desk;
use super::copying::DAY_MS;
use super::reserve::cost;
use crate::Trouble;
use crate::config::Named;
use crate::state::State;
use crate::store::{Pile, Turn};

impl Desk {
    /// The strategy's rules, its day cut to what the account's day has left.
    pub(super) fn rules_today(
        &self,
        turn: &Turn<'_>,
        named: &Named,
        now_ms: u64,
    ) -> Result<Strategy, Trouble> {
        let mut rules = named.rules.clone();
        if let Some(account) = self.copy.day_usdc_max {
            let day_ms = now_ms.saturating_sub(DAY_MS);
            let own = turn.spent_since(&named.name, day_ms)?;
            let others = turn.spent_by_all_since(day_ms)?.saturating_sub(own);
            let planned = self.planned_buys(turn, |strategy| strategy != named.name)?;
            let left = account.get().saturating_sub(others).saturating_sub(planned);
            let most = rules.day_usdc_max.map_or(left, |day| day.get().min(left));
            rules.day_usdc_max = Some(CollateralUnits::new(most));
        }
        Ok(rules)
    }

    /// What buys that are decided and not set aside yet will take.
    pub(super) fn planned_buys(
        &self,
        turn: &Turn<'_>,
        of: impl Fn(&str) -> bool,
    ) -> Result<u64, Trouble> {
        let mut planned = 0_u64;
        for row in turn.open_attempts()? {
            let buys = row.state == State::Intent && row.intent.side == Side::Buy;
            if buys && of(&row.intent.strategy) {
                let units = cost(&row.intent, self.trading.fee_reserve_bps).unwrap_or(u64::MAX);
                planned = planned.saturating_add(units);
            }
        }
        Ok(planned)
    }

    /// What there is for one strategy, leader and token, less what is planned
    /// and not set aside yet.
    pub(super) fn account(
        &self,
        turn: &Turn<'_>,
        named: &Named,
        signal: &Signal,
        now_ms: u64,
    ) -> Result<Account, Trouble> {
        let token_id = signal.token.to_string();
        let leader = signal.leader.to_string();
        let day_ms = now_ms.saturating_sub(DAY_MS);
        let planned = self.planned_buys(turn, |_| true)?;
        let own = self.planned_buys(turn, |strategy| strategy == named.name)?;
        let balance = turn.balance("")?.map_or(0, |(units, _)| units);
        let held = turn.held_of(&named.name, Some(&leader), &token_id)?;
        let pile = Pile {
            strategy: &named.name,
            leader: Some(&leader),
            token_id: &token_id,
            side: signal.side,
        };
        let since_ms = now_ms.saturating_sub(named.aggregate_ms);
        let carried_units = match named.aggregate_ms {
            0 => 0,
            _ => turn.carry_total(&pile, since_ms)?,
        };
        let (all_own, external) = turn.held_units(&token_id)?;
        Ok(Account {
            cash_units: balance
                .saturating_sub(turn.reserved_units(None)?)
                .saturating_sub(planned),
            held_units: held.shares_units,
            spent_day_units: turn.spent_since(&named.name, day_ms)?.saturating_add(own),
            carried_units,
            all_held_units: all_own.saturating_add(external),
        })
    }
}
