//! Leaders' trades: taken in for each strategy that follows, and decided.
//!
//! Invariant: a trade is decided with the store in hand, in the transaction that
//! writes what came of it: two decisions never count on the same cash or shares.
//! Invariant: a sell waits for what its strategy is still buying of the token;
//! an exit is not lost because it was quick.

use order::Side;
use plan::{Planned, Reason, Refusal, Signal};

use super::Desk;
use super::exits::{self, Exit};
use super::gate::duration;
use super::jobs::Job;
use super::learn::RETRY_MS;
use crate::config::Named;
use crate::copy::{self, Facts};
use crate::intent::{Code, Draft, Intent, Kind, Parsed, Reject, Token};
use crate::state::State;
use crate::store::{Attempt, News, Observed, Pile, Turn};
use crate::{Trouble, audit};

/// What was decided may wait so long for its turn at least: looks and other
/// orders come between.
const WAIT_MS_MIN: u64 = 5_000;
/// An exit waits so long for buys on their way, at most.
const EXIT_WAIT_MS_MAX: u64 = 10_000;
/// The strategy of copytrader lines that are taken as they are written.
pub const AS_WRITTEN: &str = "copytrader";
/// A strategy's day is the last twenty-four hours.
pub(super) const DAY_MS: u64 = 86_400_000;

impl Desk {
    /// What must be asked about `observed`; nothing while it must wait.
    pub(super) fn question(
        &mut self,
        turn: &mut Turn<'_>,
        observed: Observed,
        now_ms: u64,
    ) -> Result<Option<Job>, Trouble> {
        let draft = draft_of(&observed);
        if self.copy.named(&observed.strategy).is_none() {
            let as_written = draft
                .as_ref()
                .is_none_or(|_| observed.strategy == AS_WRITTEN);
            if as_written {
                return Ok(Some(Job::Resolve(observed)));
            }
            // Whoever takes a strategy away does not want its trades at full size.
            let name = &observed.strategy;
            let sentence = format!("strategy: {name:?} is configured no more; nothing is copied");
            let reject = Reject::new(Code::NotItsStrategy, sentence);
            self.ended(turn, &observed.intent_id, &Err(reject))?;
            return Ok(None);
        }
        let Some((draft, gamma)) = draft.zip(self.gamma.clone()) else {
            return Err(Trouble::Invariant("a strategy's row is a leader's trade"));
        };
        // What could not begin anyway is decided when it can: on a fresh book.
        if self.gate.stops(draft.side, now_ms).is_some() {
            return Ok(None);
        }
        if self.must_wait(turn, &observed, &draft, now_ms)? {
            self.later((observed.intent_id, 0), RETRY_MS);
            return Ok(None);
        }
        let bought = match (draft.side, &draft.token) {
            (Side::Sell, Token::Id(token)) => turn.bought_in(&token.to_string())?,
            (Side::Buy, Token::Id(_)) | (Side::Buy | Side::Sell, Token::Outcome(_)) => None,
        };
        Ok(Some(Job::Facts {
            intent_id: observed.intent_id,
            draft: Box::new(draft),
            gamma,
            bought,
            attested: self.copy.attestations.clone().map(|notes| {
                let until_ms = observed.seen_ms.saturating_add(notes.wait_ms);
                (notes, until_ms)
            }),
        }))
    }

    /// A sell waits while its strategy still buys of its token, for as long as
    /// the buys can go on, and never into its own deadline.
    fn must_wait(
        &self,
        turn: &Turn<'_>,
        observed: &Observed,
        draft: &Draft,
        now_ms: u64,
    ) -> Result<bool, Trouble> {
        let waited_ms = now_ms.saturating_sub(observed.seen_ms);
        if draft.side == Side::Buy || waited_ms > EXIT_WAIT_MS_MAX {
            return Ok(false);
        }
        let buys_go_on = self.gate.stops(Side::Buy, now_ms).is_none();
        let blocks = |row: &Attempt| {
            let intent = &row.intent;
            intent.strategy == observed.strategy
                && draft.may_be_of(&Token::Id(intent.token_id), Some(intent.market))
                && intent.side == Side::Buy
                && row.state != State::Matched
                && (buys_go_on || !matches!(row.state, State::Intent | State::Reserved))
        };
        let on_the_way = turn.open_attempts()?.iter().any(blocks);
        let undecided = buys_go_on
            && turn
                .observed_by(&observed.strategy)?
                .iter()
                .take_while(|other| other.intent_id != observed.intent_id)
                .filter_map(draft_of)
                .any(|other| draft.may_be_of(&other.token, other.market));
        Ok(on_the_way || undecided)
    }

    /// Decides, now that the market has answered.
    pub(super) fn facts_known(
        &mut self,
        turn: &mut Turn<'_>,
        intent_id: String,
        facts: Option<Result<Box<Facts>, Reject>>,
        now_ms: u64,
    ) -> Result<(), Trouble> {
        let Some(facts) = facts else {
            self.later((intent_id, 0), RETRY_MS);
            return Ok(());
        };
        let Some(observed) = turn.observed_as(&intent_id)? else {
            // Its time was over while the market was asked.
            return Ok(());
        };
        let named = self.copy.named(&observed.strategy).cloned();
        let Some((named, draft)) = named.zip(draft_of(&observed)) else {
            return Err(Trouble::Invariant("a question has its strategy"));
        };
        let facts = match facts {
            Ok(facts) => facts,
            Err(reject) => {
                let code = reject.code.name();
                self.ended(turn, &intent_id, &Err(reject))?;
                return self.exit_undecided(turn, &observed, Some(code), now_ms);
            }
        };
        let draft = draft.of_token(facts.token);
        let signal = match copy::signal(&draft, observed.seen_ms) {
            Ok(signal) => signal,
            Err(reject) => return self.ended(turn, &intent_id, &Err(reject)),
        };
        let on = self.all_of(turn, (&named, &intent_id), (signal, &facts), now_ms)?;
        let decided = plan::decide(
            &on.strategy,
            &on.signal,
            &on.market,
            &on.book,
            &on.account,
            now_ms,
        );
        if let Err(refusal) = decided.as_ref()
            && refusal.retry
        {
            // Asked again, decided once more, and recorded then.
            let (code, detail) = (refusal.reason.code(), &refusal.detail);
            tracing::warn!("{intent_id}/0 {code}: {detail}; it is looked at again");
            self.look_fully(now_ms);
            self.later((intent_id, 0), RETRY_MS);
            return Ok(());
        }
        let who = (
            intent_id.as_str(),
            named.name.as_str(),
            observed.line.as_str(),
        );
        let record = audit::Decision::new(who, &on, now_ms, &decided);
        let body = record.and_then(|record| record.body());
        let body = body.map_err(|_ignored| Trouble::Invariant("a decision is JSON"))?;
        turn.audit(audit::DECISION, &body)?;
        let about = (&named, &draft, facts.as_ref());
        let source_id = observed.source_id.as_str();
        self.decided(turn, about, (&intent_id, source_id, &on), decided, now_ms)
    }

    /// All that decides: of a further try of an exit, what is left of that.
    fn all_of(
        &self,
        turn: &Turn<'_>,
        (named, intent_id): (&Named, &str),
        (mut signal, facts): (Signal, &Facts),
        now_ms: u64,
    ) -> Result<audit::Facts, Trouble> {
        let mut account = self.account(turn, named, &signal, now_ms)?;
        if let Some(owed_units) = turn.owed(intent_id)? {
            exits::narrowed(&mut signal, &mut account, owed_units);
        }
        Ok(audit::Facts {
            strategy: self.rules_today(turn, named, now_ms)?,
            account,
            signal,
            market: facts.market,
            book: facts.book.clone(),
        })
    }

    /// Writes what was decided for good.
    fn decided(
        &mut self,
        turn: &mut Turn<'_>,
        (named, draft, facts): (&Named, &Draft, &Facts),
        (intent_id, source_id, on): (&str, &str, &audit::Facts),
        decided: Result<Planned, Refusal>,
        now_ms: u64,
    ) -> Result<(), Trouble> {
        let signal = &on.signal;
        let (leader, token_id) = (signal.leader.to_string(), signal.token.to_string());
        let asked_for = exits::asked_for(named, signal, &on.account);
        let pile = Pile {
            strategy: &named.name,
            leader: Some(&leader),
            token_id: &token_id,
            side: signal.side,
        };
        match decided {
            Ok(planned) => {
                if planned.uses_carried {
                    let since_ms = now_ms.saturating_sub(named.aggregate_ms);
                    turn.carry_use(&pile, since_ms, intent_id)?;
                }
                if let Some(warning) = planned.warning {
                    tracing::warn!("{intent_id}/0 {}: {warning}", named.name);
                }
                self.metrics.validated();
                not_too_late(turn, named, signal, intent_id)?;
                let mut whole = copy::intent(named, draft, facts, &planned, now_ms);
                if turn.owed(intent_id)?.is_some() {
                    whole.kind = Kind::Exit;
                }
                let parts = copy::parts(&whole, named.rules.intent_usdc_max);
                let Some((first, rest)) = parts.split_first() else {
                    return Err(Trouble::Invariant("a plan has shares"));
                };
                let mut here = asked_for.unwrap_or(0);
                for part in rest {
                    here = here.saturating_sub(part.shares.get());
                    self.admit_part(turn, part, intent_id)?;
                }
                if here > 0 {
                    turn.owe(&pile, intent_id, here, now_ms)?;
                }
                if let Some(attested) = facts.attested.as_ref().filter(|_| first.kind == Kind::Copy)
                {
                    turn.attest(intent_id, attested)?;
                }
                self.ended(turn, intent_id, &Ok(first.clone()))
            }
            Err(refusal) => {
                if let Some(units) = refusal
                    .carry_units
                    .filter(|units| *units > 0 && named.aggregate_ms > 0)
                {
                    turn.carry_add(&pile, intent_id, units, now_ms)?;
                }
                if refusal.alert {
                    tracing::error!("ALERT {intent_id}/0 {}: {refusal}", named.name);
                }
                self.refused(turn, intent_id, &refusal)?;
                let exit = Exit::of(&pile, &leader, (intent_id, signal.seen_ms));
                let further = turn.owed(intent_id)?.is_some();
                let asked_for = asked_for.filter(|_| further || exits::is_of_the_order(&refusal));
                self.exit_refused(turn, (exit, source_id), asked_for, refusal.reason)
            }
        }
    }

    /// Takes in a further part of the exit `of`, as an intent of its own: same
    /// line, same deadline.
    fn admit_part(&mut self, turn: &mut Turn<'_>, part: &Intent, of: &str) -> Result<(), Trouble> {
        let whole = turn.observed_as(of)?;
        let whole = whole.ok_or(Trouble::Invariant("a part is of what is being decided"))?;
        let times = (whole.seen_ms, whole.deadline_ms);
        let mut source_id = part.source_id.clone();
        let admitted = loop {
            let name = (part.strategy.as_str(), source_id.as_str());
            let admitted = turn.admit(name, Some(part), &whole.line, times)?;
            if admitted.new {
                break admitted;
            }
            // Somebody took that name before; the part is not theirs.
            source_id.push('+');
        };
        self.metrics.arrow(admitted.state);
        let intent = &admitted.intent_id;
        tracing::info!(intent, of, "a part of an exit too large for one order");
        Ok(())
    }

    /// Leaves `row` out if its decision is too old to begin on; whether it did.
    pub(super) fn left_out_as_overtaken(
        &mut self,
        turn: &mut Turn<'_>,
        row: &mut Attempt,
        now_ms: u64,
    ) -> Result<bool, Trouble> {
        let Some(detail) = self.overtaken(row, now_ms) else {
            return Ok(false);
        };
        let reason = Reason::BookStale;
        let news = News::Because {
            code: reason.code(),
            detail: &detail,
        };
        self.metrics.refused(reason);
        self.go(turn, row, State::Rejected, &news)?;
        Ok(true)
    }

    /// Why a copy that was decided and has waited since is not begun any more:
    /// its book is not today's. An exit goes on, to its limit.
    fn overtaken(&self, row: &Attempt, now_ms: u64) -> Option<String> {
        let rules = &self.copy.named(&row.intent.strategy)?.rules;
        let waited_ms = now_ms.saturating_sub(row.since_ms);
        let most_ms = rules.book_age_ms_max.max(WAIT_MS_MIN);
        // A line of our own is an intent at first sight: no book decided it.
        let was_decided = row.since_ms > row.seen_ms && row.intent.kind == Kind::Copy;
        (was_decided && row.intent.side == Side::Buy && waited_ms > most_ms).then(|| {
            let waited = duration(waited_ms);
            format!("decided {waited} ago, and not begun since; the book has moved on")
        })
    }

    /// `plan` said no, for good.
    pub(super) fn refused(
        &mut self,
        turn: &mut Turn<'_>,
        intent_id: &str,
        refusal: &Refusal,
    ) -> Result<State, Trouble> {
        self.metrics.refused(refusal.reason);
        self.ended(turn, intent_id, &Err(copy::reject(refusal)))?;
        Ok(State::Rejected)
    }

    /// Writes what became of an observed line.
    pub(super) fn ended(
        &mut self,
        turn: &mut Turn<'_>,
        intent_id: &str,
        outcome: &Result<Intent, Reject>,
    ) -> Result<(), Trouble> {
        let over = match outcome {
            Ok(intent) => self.within_unattested(turn, intent_id, intent)?.err(),
            Err(_) => None,
        };
        let over = over.map(Err);
        let outcome = over.as_ref().unwrap_or(outcome);
        let state = turn.resolved(intent_id, outcome)?;
        self.metrics.arrow(state);
        if let Err(reject) = outcome {
            let (code, sentence) = (reject.code.name(), &reject.sentence);
            tracing::warn!("REJECTED {intent_id}/0 {code}: {sentence}");
        }
        Ok(())
    }
}

/// A buy is neither signed nor sent once its trade is too old.
fn not_too_late(
    turn: &mut Turn<'_>,
    named: &Named,
    signal: &Signal,
    intent_id: &str,
) -> Result<(), Trouble> {
    if signal.side == Side::Buy {
        let traded_ms = signal.time_ms.saturating_add(named.rules.age_ms_max);
        let seen_ms = signal.seen_ms.saturating_add(named.rules.seen_age_ms_max);
        turn.not_after(intent_id, traded_ms.min(seen_ms))?;
    }
    Ok(())
}

pub(super) fn draft_of(observed: &Observed) -> Option<Draft> {
    match Parsed::read(&observed.line) {
        Ok(Parsed::Draft(draft)) => Some(*draft),
        Ok(Parsed::Whole(_)) | Err(_) => None,
    }
}

#[cfg(test)]
#[path = "copying_tests.rs"]
pub(super) mod tests;
