//! What an exit did not sell: tried again while that may help, and told when it
//! stays.
//!
//! Invariant: nothing is tried again before the try before it is over: refused,
//! final, or proven absent. One exit has five tries, each on a fresh book, each
//! after a pause twice as long as the last, none older than an exit may be. All but
//! the first are asked for as our own way out, and no more as a copy.
//! Invariant: what no further try sells is written down and told, never dropped.

use order::{LOT_UNITS, ShareUnits, Side};
use plan::{Account, Reason, Refusal, Signal};

use super::Desk;
use super::copying::draft_of;
use super::learn::RETRY_MS;
use crate::config::Named;
use crate::copy;
use crate::intent::Kind;
use crate::state::State;
use crate::store::{Attempt, Observed, Pile, Turn, sells};
use crate::{Trouble, clock};

/// So many tries has one exit, the first one with them.
const TRIES_MAX: u32 = 5;
/// A rate's window is a minute: it has room again by then.
const ROOM_MS_MAX: u64 = 60_000;
/// The pause before the second try; it doubles with each.
const PAUSE_MS_MIN: u64 = 2_000;

/// An exit as its tries know it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exit<'a> {
    pub(super) intent_id: &'a str,
    pub(super) strategy: &'a str,
    pub(super) leader: &'a str,
    pub(super) token_id: &'a str,
    pub(super) seen_ms: u64,
}

impl<'a> Exit<'a> {
    /// The exit `intent_id`, first seen then, of `pile`, whose leader that is.
    pub(super) const fn of(
        pile: &Pile<'a>,
        leader: &'a str,
        (intent_id, seen_ms): (&'a str, u64),
    ) -> Self {
        Self {
            intent_id,
            strategy: pile.strategy,
            leader,
            token_id: pile.token_id,
            seen_ms,
        }
    }
}

impl Desk {
    /// `row` is over: what a copied sale did not sell is tried again, or told.
    pub(super) fn exit_over(
        &mut self,
        turn: &mut Turn<'_>,
        row: &Attempt,
        why: &str,
    ) -> Result<(), Trouble> {
        let intent = &row.intent;
        let Some(leader) = intent.leader.map(|leader| leader.to_string()) else {
            return Ok(());
        };
        let copied = self.copy.named(&intent.strategy).is_some();
        if intent.side == Side::Buy || !copied || self.shadow {
            return Ok(());
        }
        let sold_units = match &row.order_hash {
            Some(hash) => turn.tally(hash)?.live_shares_units,
            None => 0,
        };
        // With what the book was too thin for, which was never asked for.
        let wanted = turn.owed(&row.intent_id)?;
        let wanted = wanted.unwrap_or_else(|| intent.shares.get());
        let token_id = intent.token_id.to_string();
        let exit = Exit {
            intent_id: &row.intent_id,
            strategy: &intent.strategy,
            leader: &leader,
            token_id: &token_id,
            seen_ms: row.seen_ms,
        };
        let unsold = wanted.saturating_sub(sold_units);
        let why = format!("{} {why}", row.state.name());
        match row.state {
            State::Refused
            | State::AbsentProven
            | State::Settled
            | State::Reversed
            | State::Cancelled
            | State::Expired => self.exit_again(turn, exit, &intent.source_id, (unsold, &why)),
            // What a copy must keep, an exit need not: another question.
            State::Denied if intent.kind == Kind::Copy => {
                self.exit_again(turn, exit, &intent.source_id, (unsold, &why))
            }
            // Its own answer to the same question would be the same.
            State::Rejected | State::Denied => self.exit_left(turn, exit, (unsold, &why)),
            State::Observed
            | State::Intent
            | State::Reserved
            | State::SignRequested
            | State::SignUnknown
            | State::Signed
            | State::Posting
            | State::Unknown
            | State::Acked
            | State::Working
            | State::Partial
            | State::CancelRequested
            | State::Matched => Ok(()),
        }
    }

    /// In how long a copied sale that the signer has no room for now is asked for
    /// again, if that passes within its minute: who trades fast enough after our
    /// leader, or is him, fills the minute before he sells for real.
    pub(super) fn room_in_ms(&self, row: &Attempt, retry_at_ms: Option<u64>) -> Option<u64> {
        let wait_ms = retry_at_ms?.saturating_sub(clock::now_ms());
        let copied = self.copy.named(&row.intent.strategy).is_some();
        let waits = copied && row.intent.side == Side::Sell && wait_ms <= ROOM_MS_MAX;
        waits.then_some(wait_ms.max(RETRY_MS))
    }

    /// Sells what is left in a further try, if there may be one.
    fn exit_again(
        &mut self,
        turn: &mut Turn<'_>,
        exit: Exit<'_>,
        source_id: &str,
        (unsold_units, why): (u64, &str),
    ) -> Result<(), Trouble> {
        let units = still_held(turn, exit, unsold_units)?;
        if units < LOT_UNITS {
            return Ok(());
        }
        let (base, done) = try_of(source_id);
        if done >= TRIES_MAX {
            return self.exit_left(turn, exit, (unsold_units, why));
        }
        let next = done.saturating_add(1);
        let pause_ms = PAUSE_MS_MIN.saturating_mul(1 << done.saturating_sub(1));
        let now_ms = clock::now_ms();
        let deadline_ms = now_ms
            .saturating_add(pause_ms)
            .saturating_add(self.intent_ttl_ms);
        let line = turn.line_of(exit.intent_id)?;
        let name = format!("{base}~{next}");
        let times = (exit.seen_ms, deadline_ms);
        let admitted = turn.admit((exit.strategy, &name), None, &line, times)?;
        if !admitted.new {
            // Somebody took that name before: a person decides.
            return self.exit_left(turn, exit, (unsold_units, why));
        }
        let pile = sells(exit.strategy, exit.leader, exit.token_id);
        turn.owe(&pile, &admitted.intent_id, units, now_ms)?;
        self.metrics.arrow(admitted.state);
        let (from, shares) = (exit.intent_id, ShareUnits::new(units));
        tracing::warn!(
            "EXIT AGAIN {from}: {shares} unsold ({why}); try {next} of {TRIES_MAX} is {}",
            admitted.intent_id
        );
        self.later((admitted.intent_id, 0), pause_ms);
        Ok(())
    }

    /// Writes down, and tells, what stays unsold.
    #[expect(clippy::unused_self, reason = "one voice with the rest of the exits")]
    fn exit_left(
        &self,
        turn: &mut Turn<'_>,
        exit: Exit<'_>,
        (unsold_units, why): (u64, &str),
    ) -> Result<(), Trouble> {
        let units = still_held(turn, exit, unsold_units)?;
        if units < LOT_UNITS {
            return Ok(());
        }
        let pile = sells(exit.strategy, exit.leader, exit.token_id);
        turn.leave(&pile, exit.intent_id, units, clock::now_ms())?;
        let (shares, token) = (ShareUnits::new(units), exit.token_id);
        let (intent, strategy) = (exit.intent_id, exit.strategy);
        tracing::error!(
            "ALERT {intent} {strategy}: EXIT LEFT {shares} unsold, and no try is to come: {why}. \
             orchestrator exit {token} --price P"
        );
        Ok(())
    }

    /// An exit that was refused for good, by `plan`, before it was an order.
    pub(super) fn exit_refused(
        &mut self,
        turn: &mut Turn<'_>,
        (exit, source_id): (Exit<'_>, &str),
        units: Option<u64>,
        reason: Reason,
    ) -> Result<(), Trouble> {
        let Some(units) = units.filter(|_| !self.shadow) else {
            return Ok(());
        };
        // The book's fault: another one may be better. And who says that a market
        // does not trade may say so of a pause.
        let passes = [
            Reason::SlippageTooHigh,
            Reason::DepthTooThin,
            Reason::BookEmpty,
            Reason::NotTrading,
        ];
        if passes.contains(&reason) {
            return self.exit_again(turn, exit, source_id, (units, reason.code()));
        }
        self.exit_left(turn, exit, (units, reason.code()))
    }

    /// The time of an observed line is over. Whether it stays, because nothing
    /// could have begun for it: an exit waits for what stops it.
    pub(super) fn exit_waits(
        &mut self,
        turn: &mut Turn<'_>,
        observed: &Observed,
        now_ms: u64,
    ) -> Result<bool, Trouble> {
        let Some((named, signal)) = self.sale_of(observed) else {
            return Ok(false);
        };
        let age_ms = now_ms.saturating_sub(signal.time_ms.min(signal.seen_ms));
        let stopped = self.gate.stops(Side::Sell, now_ms).is_some();
        if !stopped || age_ms > named.rules.exit_age_ms_max {
            return Ok(false);
        }
        let until_ms = now_ms.saturating_add(self.intent_ttl_ms);
        turn.prolong(&observed.intent_id, until_ms)?;
        Ok(true)
    }

    /// An observed line is over before it was decided: because the market did not
    /// say in time, which another try may change, or for what it said.
    pub(super) fn exit_undecided(
        &mut self,
        turn: &mut Turn<'_>,
        observed: &Observed,
        said: Option<&'static str>,
        now_ms: u64,
    ) -> Result<(), Trouble> {
        let Some((named, signal)) = self.sale_of(observed) else {
            return Ok(());
        };
        let mut units = turn.owed(&observed.intent_id)?;
        if units.is_none() {
            let account = self.account(turn, &named, &signal, now_ms)?;
            units = asked_for(&named, &signal, &account);
        }
        let (leader, token_id) = (signal.leader.to_string(), signal.token.to_string());
        let exit = Exit {
            intent_id: &observed.intent_id,
            strategy: &named.name,
            leader: &leader,
            token_id: &token_id,
            seen_ms: observed.seen_ms,
        };
        let Some(units) = units.filter(|_| !self.shadow) else {
            return Ok(());
        };
        match said {
            None => {
                let why = "EXPIRED the market did not answer";
                self.exit_again(turn, exit, &observed.source_id, (units, why))
            }
            Some(code) if code == Reason::NotTrading.code() => {
                self.exit_again(turn, exit, &observed.source_id, (units, code))
            }
            Some(code) => self.exit_left(turn, exit, (units, code)),
        }
    }

    /// A leader's sale that a strategy copies, if `observed` is one.
    fn sale_of(&self, observed: &Observed) -> Option<(Named, Signal)> {
        let named = self.copy.named(&observed.strategy)?;
        let draft = draft_of(observed).filter(|draft| draft.side == Side::Sell)?;
        let signal = copy::signal(&draft, observed.seen_ms).ok()?;
        Some((named.clone(), signal))
    }
}

/// What `signal` asks of what is held, if it does.
pub(super) fn asked_for(named: &Named, signal: &Signal, account: &Account) -> Option<u64> {
    let part = plan::exits::part(named.rules.unknown_exit, signal, account);
    part.ok()
        .map(|exit| exit.units)
        .filter(|_| signal.side == Side::Sell)
}

/// A further try sells what is left of its exit: all of that, and nothing that
/// small trades carried.
pub(super) fn narrowed(signal: &mut Signal, account: &mut Account, owed_units: u64) {
    signal.leader_before_units = Some(signal.shares_units);
    account.held_units = account.held_units.min(owed_units);
    account.carried_units = 0;
}

/// Whether `refusal` of a sale is about the order, not about whether there is
/// anything to sell.
pub(super) fn is_of_the_order(refusal: &Refusal) -> bool {
    matches!(
        refusal.reason,
        Reason::SlippageTooHigh
            | Reason::DepthTooThin
            | Reason::BookEmpty
            | Reason::NotTrading
            | Reason::NotAnOrder
            | Reason::FeeUnknown
    )
}

/// At most what is still there of what was bought after that leader.
fn still_held(turn: &Turn<'_>, exit: Exit<'_>, units: u64) -> Result<u64, Trouble> {
    let held = turn.held_of(exit.strategy, Some(exit.leader), exit.token_id)?;
    Ok(units.min(held.shares_units))
}

/// The name of an exit's first try, and which one `source_id` is.
fn try_of(source_id: &str) -> (&str, u32) {
    let split = source_id.rsplit_once('~');
    let read = split.and_then(|(base, nth)| Some((base, nth.parse().ok()?)));
    read.filter(|(_, nth)| (2..=TRIES_MAX).contains(nth))
        .unwrap_or((source_id, 1))
}

#[cfg(test)]
#[path = "exits_tests.rs"]
mod tests;
