//! What may begin now: the arrows that announce an effect.
//!
//! Invariant: an effect is returned only beside its arrow, in the same turn;
//! the caller lets it begin after the commit.

use order::Side;

use super::jobs::Job;
use super::reserve::{self, Reserve};
use super::{Desk, LOOK_MS_MIN};
use crate::Trouble;
use crate::config::OnUnknown;
use crate::evidence::Evidence;
use crate::intent::Kind;
use crate::signer::NOT_ASKABLE;
use crate::state::State;
use crate::store::{Attempt, News, Turn};

/// The identical bytes are sent again so often at most.
const REPOSTS_MAX: u8 = 3;

const TOO_LATE: News<'_> = News::Because {
    code: "DEADLINE_PASSED",
    detail: "not sent in time",
};

/// How a decision ends that nobody is asked for.
const SHADOW: News<'_> = News::Because {
    code: "SHADOW",
    detail: "decided, and not asked for: shadow mode",
};

impl Desk {
    /// Takes every arrow that is ready, and returns what may then begin.
    pub(super) fn begin(&mut self, turn: &mut Turn<'_>, now_ms: u64) -> Result<Vec<Job>, Trouble> {
        self.gate.unknowns = turn.unknowns()?;
        self.gate.mode = self.clob.mode(now_ms).0;
        let mut rows = turn.open_attempts()?;
        let mut jobs = Vec::new();
        jobs.extend(self.gate.place.due(now_ms).map(Job::Place));
        self.begin_observed(turn, now_ms, &mut jobs)?;
        for row in &mut rows {
            let key = row.key();
            if self.flying.contains(&key) {
                continue;
            }
            if self.next_try.get(&key).is_some_and(|at| now_ms < *at) {
                continue;
            }
            self.next_try.remove(&key);
            if let Some(job) = self.step(turn, row, now_ms, jobs.len())? {
                jobs.push(job);
            }
        }
        if let Some(plan) = self.plan(turn, &rows, now_ms)? {
            jobs.push(Job::Look(plan));
        } else if !rows.iter().any(|row| row.state.is_at_venue()) {
            // Nothing moves: the next look is the next full one.
            self.looks.next_ms = self.looks.next_ms.max(self.looks.next_full_ms);
        }
        self.metrics.standing(rows.len(), self.gate.unknowns.count);
        self.tell_stop(now_ms);
        Ok(jobs)
    }

    fn begin_observed(
        &mut self,
        turn: &mut Turn<'_>,
        now_ms: u64,
        jobs: &mut Vec<Job>,
    ) -> Result<(), Trouble> {
        for observed in turn.observed()? {
            let key = (observed.intent_id.clone(), 0);
            if self.flying.contains(&key) {
                continue;
            }
            if now_ms >= observed.deadline_ms {
                if self.exit_waits(turn, &observed, now_ms)? {
                    continue;
                }
                turn.observed_too_late(&observed.intent_id)?;
                let intent = &observed.intent_id;
                tracing::warn!(
                    "EXPIRED {intent}/0 DEADLINE_PASSED: the market did not say in time what \
                     the line lacks; send it again"
                );
                self.metrics.arrow(State::Expired);
                self.next_try.remove(&key);
                self.exit_undecided(turn, &observed, None, now_ms)?;
                continue;
            }
            let wait = self.next_try.get(&key).is_some_and(|at| now_ms < *at);
            if wait {
                continue;
            }
            // What is due and cannot begin waits for what stops it, not for time.
            self.next_try.remove(&key);
            if !self.has_room(jobs.len()) {
                continue;
            }
            if let Some(job) = self.question(turn, observed, now_ms)? {
                jobs.push(job);
            }
        }
        Ok(())
    }

    fn has_room(&self, more: usize) -> bool {
        self.flying.len().saturating_add(more) < self.trading.in_flight_max
    }

    /// Takes `row` as far as it goes without an answer.
    fn step(
        &mut self,
        turn: &mut Turn<'_>,
        row: &mut Attempt,
        now_ms: u64,
        begun: usize,
    ) -> Result<Option<Job>, Trouble> {
        if now_ms >= row.deadline_ms {
            self.learn(turn, row, Evidence::DeadlinePassed, &TOO_LATE)?;
        }
        if self.shadow && row.state != State::Intent {
            return Ok(None);
        }
        let has_room = self.has_room(begun);
        match row.state {
            State::Intent => {
                if self.left_out_as_overtaken(turn, row, now_ms)? {
                    return Ok(None);
                }
                if has_room && self.may_begin(row, now_ms) && self.set_aside(turn, row, now_ms)? {
                    return self.ask_signer(turn, row);
                }
                Ok(None)
            }
            State::Reserved if has_room && self.may_begin(row, now_ms) => {
                self.ask_signer(turn, row)
            }
            State::SignRequested | State::SignUnknown
                if has_room && self.may_begin(row, now_ms) =>
            {
                Ok(Some(Job::Sign(Box::new(row.clone()))))
            }
            State::Signed if has_room && self.may_begin(row, now_ms) => {
                self.post(turn, row, now_ms)
            }
            State::Unknown if has_room => self.resolve_unknown(turn, row, now_ms),
            State::CancelRequested if has_room => Ok(Some(cancel(row)?)),
            State::Acked | State::Working | State::Partial if has_room => {
                let due = self
                    .watched
                    .get(&row.key())
                    .is_some_and(|w| w.absence.is_due());
                due.then(|| cancel(row)).transpose()
            }
            State::Observed
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
            | State::Matched
            | State::Rejected
            | State::Denied
            | State::Refused
            | State::AbsentProven
            | State::Settled
            | State::Reversed
            | State::Cancelled
            | State::Expired => Ok(None),
        }
    }

    fn may_begin(&self, row: &Attempt, now_ms: u64) -> bool {
        self.gate.stops(row.intent.side, now_ms).is_none()
    }

    /// Sets aside what `row` needs. Whether it could.
    fn set_aside(
        &mut self,
        turn: &mut Turn<'_>,
        row: &mut Attempt,
        now_ms: u64,
    ) -> Result<bool, Trouble> {
        // Before anything is set aside: later it could only be called denied,
        // and the signer was never asked.
        if let Err(sentence) = self.signer.can_ask(row) {
            let news = News::Because {
                code: NOT_ASKABLE,
                detail: &sentence,
            };
            self.go(turn, row, State::Rejected, &news)?;
            return Ok(false);
        }
        if self.shadow {
            self.go(turn, row, State::Rejected, &SHADOW)?;
            return Ok(false);
        }
        // A strategy takes leaders' trades alone: whatever it sells is copied, be it
        // too late to be called so.
        let intent = &row.intent;
        let copied = intent.kind == Kind::Copy || self.copy.named(&intent.strategy).is_some();
        match reserve::reserve(turn, row, self.trading.fee_reserve_bps, copied)? {
            Reserve::Units(units) => {
                self.go(turn, row, State::Reserved, &News::Reserved(units))?;
                return Ok(true);
            }
            Reserve::Wait => self.later(row.key(), LOOK_MS_MIN),
            Reserve::Look => {
                self.look_fully(now_ms);
                self.later(row.key(), LOOK_MS_MIN);
            }
            Reserve::Reject(reject) => {
                let news = News::Because {
                    code: reject.code.name(),
                    detail: &reject.sentence,
                };
                self.go(turn, row, State::Rejected, &news)?;
            }
        }
        Ok(false)
    }

    fn ask_signer(
        &mut self,
        turn: &mut Turn<'_>,
        row: &mut Attempt,
    ) -> Result<Option<Job>, Trouble> {
        self.go(turn, row, State::SignRequested, &News::Nothing)?;
        Ok(Some(Job::Sign(Box::new(row.clone()))))
    }

    fn post(
        &mut self,
        turn: &mut Turn<'_>,
        row: &mut Attempt,
        now_ms: u64,
    ) -> Result<Option<Job>, Trouble> {
        if let Err(wait_ms) = self.clob.permit_post(now_ms) {
            self.later(row.key(), wait_ms);
            return Ok(None);
        }
        self.go(turn, row, State::Posting, &News::Nothing)?;
        Ok(Some(send(row)?))
    }

    /// What is done about an UNKNOWN beside looking.
    fn resolve_unknown(
        &mut self,
        turn: &mut Turn<'_>,
        row: &mut Attempt,
        now_ms: u64,
    ) -> Result<Option<Job>, Trouble> {
        let may_post = self.may_begin_again(row, now_ms);
        let on_unknown = self.trading.on_unknown;
        let watched = self.watched.entry(row.key()).or_default();
        if watched.absence.is_due() {
            return Ok(Some(cancel(row)?));
        }
        match on_unknown {
            OnUnknown::Cancel if !watched.cancel_answered => Ok(Some(cancel(row)?)),
            OnUnknown::Repost if may_post && watched.reposts < REPOSTS_MAX => {
                if let Err(wait_ms) = self.clob.permit_post(now_ms) {
                    self.later(row.key(), wait_ms);
                    return Ok(None);
                }
                watched.reposts = watched.reposts.saturating_add(1);
                watched.absence.begin_anew();
                turn.remark(row, "REPOSTED", "the identical bytes, once more")?;
                self.later(row.key(), self.trading.poll_ms);
                Ok(Some(send(row)?))
            }
            OnUnknown::Cancel | OnUnknown::Repost | OnUnknown::Wait => Ok(None),
        }
    }

    /// The identical bytes may go out again: in time, and to a venue that is
    /// well.
    fn may_begin_again(&self, row: &Attempt, now_ms: u64) -> bool {
        let side = row.intent.side;
        now_ms < row.deadline_ms && self.gate.stops_again(side, now_ms).is_none()
    }

    /// Says once when something stops buys, and once when it is over.
    fn tell_stop(&mut self, now_ms: u64) {
        let stop = self.gate.stops(Side::Buy, now_ms);
        let code = stop.as_ref().map(|(code, _)| *code);
        self.metrics.stopped(code.is_some());
        if code == self.told {
            return;
        }
        if let Some((code, words)) = stop {
            tracing::warn!("{code} {words}");
        } else {
            // The signer may still say no to each of them.
            tracing::info!("buys go on, as far as this program is concerned");
        }
        self.told = code;
    }
}

fn cancel(row: &Attempt) -> Result<Job, Trouble> {
    Ok(Job::Cancel {
        key: row.key(),
        order_hash: row
            .order_hash
            .clone()
            .ok_or(Trouble::Invariant("a sent order has a hash"))?,
    })
}

fn send(row: &Attempt) -> Result<Job, Trouble> {
    Ok(Job::Post {
        key: row.key(),
        body: row
            .body
            .clone()
            .ok_or(Trouble::Invariant("a signed order has a body"))?,
        order_hash: row
            .order_hash
            .clone()
            .ok_or(Trouble::Invariant("a signed order has a hash"))?,
    })
}
