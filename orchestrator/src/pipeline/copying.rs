//! Leaders' trades: taken in for each strategy that follows, and decided.
//!
//! Invariant: a trade is decided with the store in hand, in the transaction that
//! writes what came of it: two decisions never count on the same cash or shares.
//! Invariant: a sell waits for what its strategy is still buying of the token;
//! an exit is not lost because it was quick.

use order::{CollateralUnits, Side, U256};
use plan::{Account, Planned, Reason, Refusal, Signal, Strategy};

use super::Desk;
use super::gate::duration;
use super::jobs::Job;
use super::learn::RETRY_MS;
use super::reserve::cost;
use crate::config::Named;
use crate::copy::{self, Facts};
use crate::intake::Reply;
use crate::intent::attest::{self, Attested};
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
const AS_WRITTEN: &str = "copytrader";
/// A strategy's day is the last twenty-four hours.
pub(super) const DAY_MS: u64 = 86_400_000;

impl Desk {
    /// Whether a line may come in as what it is: a strategy is fed by leaders'
    /// trades alone, and where watchers are named, copies come from them alone.
    pub(super) fn may_come_in(&self, parsed: &Parsed) -> Result<(), Reject> {
        let watched = !self.copy.watchers.is_empty();
        match parsed {
            Parsed::Whole(intent) if self.copy.named(&intent.strategy).is_some() => {
                let name = &intent.strategy;
                let fix = "name another, or send the leader's trade as a copytrader line";
                let sentence = format!("strategy: {name:?} takes leaders' trades alone; {fix}");
                Err(Reject::new(Code::NotItsStrategy, sentence))
            }
            Parsed::Whole(intent) if watched && intent.kind == Kind::Copy => {
                let fix = "send exits, or empty copy.watchers";
                let sentence = format!("kind: copies come from watchers alone; {fix}");
                Err(Reject::new(Code::NotSigned, sentence))
            }
            Parsed::Draft(_) if watched && self.copy.strategies.is_empty() => {
                let sentence = "source_trader: nobody is followed; write a [[strategy]]";
                Err(Reject::new(Code::NotItsStrategy, sentence.to_owned()))
            }
            Parsed::Whole(_) | Parsed::Draft(_) => Ok(()),
        }
    }

    /// Takes a leader's trade in, once for each strategy that follows.
    pub(super) fn admit_trade(
        &mut self,
        turn: &mut Turn<'_>,
        draft: &Draft,
        (text, at): (&str, &str),
        now_ms: u64,
    ) -> Result<Reply, Trouble> {
        let signal = match self
            .believed(text)
            .and_then(|()| self.may_be_unattested(draft))
            // Which token an outcome is, its market says; all rules are asked
            // again then.
            .and_then(|()| {
                if draft.is_unattested() {
                    copy::signal(&draft.of_token(U256::ZERO), now_ms)
                } else {
                    copy::signal(draft, now_ms)
                }
            }) {
            Ok(signal) => signal,
            Err(reject) => return self.reject(turn, (text, at), reject, now_ms),
        };
        let followers: Vec<Named> = self.copy.followers(draft).into_iter().cloned().collect();
        let mut reply = None;
        for named in &followers {
            let told = self.admit_for(turn, named, &signal, (draft, text, at), now_ms)?;
            reply = reply.or(Some(told));
        }
        if let Some(reply) = reply {
            return Ok(reply);
        }
        let reason = Reason::TraderNotAllowed;
        self.metrics.refused(reason);
        let sentence = format!("{}: {}; {}", reason.text(), signal.leader, reason.fix());
        let reject = Reject::new(Code::Plan(reason), sentence);
        self.reject(turn, (text, at), reject, now_ms)
    }

    /// Whether the line is of a watcher that is believed.
    fn believed(&self, text: &str) -> Result<(), Reject> {
        if self.copy.watchers.is_empty() {
            return Ok(());
        }
        let problem = match attest::verify(text) {
            Attested::Watcher(key) if self.copy.watchers.contains(&key) => return Ok(()),
            Attested::Watcher(key) => format!("watcher: {key} is not in copy.watchers"),
            Attested::Unsigned => "signature: missing, and only signed trades are taken".to_owned(),
            Attested::Bad => "signature: not of this line".to_owned(),
        };
        let fix = "send what `orchestrator watch` wrote, byte for byte, or correct copy.watchers";
        Err(Reject::new(Code::NotSigned, format!("{problem}; {fix}")))
    }

    fn admit_for(
        &mut self,
        turn: &mut Turn<'_>,
        named: &Named,
        signal: &Signal,
        (draft, text, at): (&Draft, &str, &str),
        now_ms: u64,
    ) -> Result<Reply, Trouble> {
        let name = (named.name.as_str(), draft.source_id.as_str());
        let deadline_ms = now_ms.saturating_add(self.intent_ttl_ms);
        let admitted = turn.admit(name, None, text, (now_ms, deadline_ms))?;
        let mut state = admitted.state;
        if admitted.new {
            self.metrics.arrow(admitted.state);
            tracing::info!(
                intent = admitted.intent_id,
                strategy = name.0,
                source = name.1,
                "leader's trade"
            );
            if let Err(refusal) = plan::admit(&named.rules, signal, now_ms) {
                state = self.refused(turn, &admitted.intent_id, &refusal)?;
            }
        } else {
            self.say_known(&admitted, name, at);
        }
        Ok(Reply::Taken {
            intent_id: admitted.intent_id,
            new: admitted.new,
            differs: admitted.differs,
            state,
        })
    }

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
        Ok(Some(Job::Facts {
            intent_id: observed.intent_id,
            draft: Box::new(draft),
            gamma,
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
                .observed()?
                .iter()
                .take_while(|other| other.intent_id != observed.intent_id)
                .filter(|other| other.strategy == observed.strategy)
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
        let observed = turn.observed()?;
        let Some(observed) = observed.into_iter().find(|o| o.intent_id == intent_id) else {
            // Its time was over while the market was asked.
            return Ok(());
        };
        let named = self.copy.named(&observed.strategy).cloned();
        let Some((named, draft)) = named.zip(draft_of(&observed)) else {
            return Err(Trouble::Invariant("a question has its strategy"));
        };
        let facts = match facts {
            Ok(facts) => facts,
            Err(reject) => return self.ended(turn, &intent_id, &Err(reject)),
        };
        let draft = draft.of_token(facts.token);
        let signal = match copy::signal(&draft, observed.seen_ms) {
            Ok(signal) => signal,
            Err(reject) => return self.ended(turn, &intent_id, &Err(reject)),
        };
        let on = audit::Facts {
            strategy: self.rules_today(turn, &named, now_ms)?,
            account: self.account(turn, &named, &signal, now_ms)?,
            signal,
            market: facts.market,
            book: facts.book.clone(),
        };
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
        self.decided(turn, about, (&intent_id, &on.signal), decided, now_ms)
    }

    /// Writes what was decided for good.
    fn decided(
        &mut self,
        turn: &mut Turn<'_>,
        (named, draft, facts): (&Named, &Draft, &Facts),
        (intent_id, signal): (&str, &Signal),
        decided: Result<Planned, Refusal>,
        now_ms: u64,
    ) -> Result<(), Trouble> {
        let (leader, token_id) = (signal.leader.to_string(), signal.token.to_string());
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
                if signal.side == Side::Buy {
                    let traded_ms = signal.time_ms.saturating_add(named.rules.age_ms_max);
                    let seen_ms = signal.seen_ms.saturating_add(named.rules.seen_age_ms_max);
                    turn.not_after(intent_id, traded_ms.min(seen_ms))?;
                }
                let whole = copy::intent(named, draft, facts, &planned, now_ms);
                let parts = copy::parts(&whole, named.rules.intent_usdc_max);
                let Some((first, rest)) = parts.split_first() else {
                    return Err(Trouble::Invariant("a plan has shares"));
                };
                for part in rest {
                    self.admit_part(turn, part, intent_id)?;
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
                Ok(())
            }
        }
    }

    /// The strategy's rules, its day cut to what the account's day has left.
    fn rules_today(
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
    fn planned_buys(&self, turn: &Turn<'_>, of: impl Fn(&str) -> bool) -> Result<u64, Trouble> {
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

    /// Takes in a further part of the exit `of`, as an intent of its own: same
    /// line, same deadline.
    fn admit_part(&mut self, turn: &mut Turn<'_>, part: &Intent, of: &str) -> Result<(), Trouble> {
        let observed = turn.observed()?;
        let whole = observed.iter().find(|o| o.intent_id == of);
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

    /// What there is for one strategy, leader and token, less what is planned
    /// and not set aside yet.
    fn account(
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

    /// `plan` said no, for good.
    fn refused(
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

pub(super) fn draft_of(observed: &Observed) -> Option<Draft> {
    match Parsed::read(&observed.line) {
        Ok(Parsed::Draft(draft)) => Some(*draft),
        Ok(Parsed::Whole(_)) | Err(_) => None,
    }
}

#[cfg(test)]
#[path = "copying_tests.rs"]
mod tests;
