//! Lines whose token only an outcome's name tells: whether, and how much a day.
//!
//! Invariant: nobody attests such a line, so all of them, whatever their
//! strategy, share one day of their own; unset, it is nothing.

use order::CollateralUnits;

use super::Desk;
use super::copying::{DAY_MS, draft_of};
use super::reserve::cost;
use crate::intent::{Code, Draft, Intent, Reject};
use crate::store::Turn;
use crate::{Trouble, clock};

impl Desk {
    /// Whether a line may come in whose token only an outcome's name tells.
    pub(super) fn may_be_unattested(&self, draft: &Draft) -> Result<(), Reject> {
        if !draft.is_unattested() || self.copy.unattested_units > 0 {
            return Ok(());
        }
        let sentence = "token_id: missing, and an outcome's name is not attested; write token_id, \
                        or set copy.unattested_day_usdc_max";
        Err(Reject::new(Code::Unattested, sentence.to_owned()))
    }

    /// Whether the day has room for `intent`, if nobody attests its token.
    pub(super) fn within_unattested(
        &self,
        turn: &Turn<'_>,
        intent_id: &str,
        intent: &Intent,
    ) -> Result<Result<(), Reject>, Trouble> {
        let observed = turn.observed()?;
        let line = observed.iter().find(|one| one.intent_id == intent_id);
        if !line
            .and_then(draft_of)
            .is_some_and(|draft| draft.is_unattested())
        {
            return Ok(Ok(()));
        }
        let day_ms = clock::now_ms().saturating_sub(DAY_MS);
        let worth =
            |intent: &Intent| cost(intent, self.trading.fee_reserve_bps).unwrap_or(u64::MAX);
        let taken = turn.unattested_since(day_ms)?;
        let taken = taken.iter().map(worth).fold(0, u64::saturating_add);
        let (need, most) = (worth(intent), self.copy.unattested_units);
        if taken.saturating_add(need) <= most {
            return Ok(Ok(()));
        }
        let [need, taken, most] = [need, taken, most].map(CollateralUnits::new);
        Ok(Err(Reject::new(
            Code::Unattested,
            format!(
                "token_id: missing, and {need} more than the day's {taken} is above \
                 copy.unattested_day_usdc_max, {most}; write token_id, or raise it"
            ),
        )))
    }
}
