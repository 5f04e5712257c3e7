//! What was learnt becomes arrows.
//!
//! Invariant: every arrow here comes from [`evidence::decide`], or from the
//! intake. Evidence that contradicts is an incident, kept with everything else
//! that was learnt in the same turn.

use order::{CollateralUnits, ShareUnits};

use super::Desk;
use super::jobs::Done;
use crate::clob::{Cancellation, body};
use crate::evidence::{self, Evidence, Outcome};
use crate::intake::Reply;
use crate::intake::tail::Line;
use crate::intent::{self, Code, Parsed, Reject};
use crate::signer::Answer;
use crate::state::State;
use crate::store::{Admitted, Attempt, Key, News, Turn};
use crate::{Trouble, clock};

/// How long to wait before a signer or a venue that did not answer is asked
/// again.
pub(super) const RETRY_MS: u64 = 500;

impl Desk {
    /// Takes a line in, or writes down why not.
    pub(super) fn admit(
        &mut self,
        turn: &mut Turn<'_>,
        line: &Line,
        at: &str,
        now_ms: u64,
    ) -> Result<Reply, Trouble> {
        let text = match line {
            Line::Text(text) => text,
            Line::Bad(begin) => {
                let sentence = "line: too long, or not UTF-8; write one JSON object";
                let reject = Reject::new(Code::LineTooLong, sentence.to_owned());
                return self.reject(turn, (begin, at), reject, now_ms);
            }
        };
        let parsed = match Parsed::read(text) {
            Ok(parsed) => parsed,
            Err(reject) => return self.reject(turn, (text, at), reject, now_ms),
        };
        if let Err(reject) = self.may_come_in(&parsed) {
            return self.reject(turn, (text, at), reject, now_ms);
        }
        let trade = match &parsed {
            Parsed::Whole(intent) => Some(intent.as_ref()),
            Parsed::Draft(draft) if !self.copy.strategies.is_empty() => {
                return self.admit_trade(turn, draft, (text, at), now_ms);
            }
            Parsed::Draft(draft) => {
                if let Err(reject) = self.may_be_unattested(draft) {
                    return self.reject(turn, (text, at), reject, now_ms);
                }
                None
            }
        };
        let deadline_ms = now_ms.saturating_add(self.intent_ttl_ms);
        let name = (parsed.strategy(), parsed.source_id());
        let admitted = turn.admit(name, trade, text, (now_ms, deadline_ms))?;
        if admitted.new {
            self.metrics.arrow(admitted.state);
            tracing::info!(
                intent = admitted.intent_id,
                strategy = name.0,
                source = name.1,
                "intent"
            );
        } else {
            self.say_known(&admitted, name, at);
        }
        Ok(Reply::Taken {
            intent_id: admitted.intent_id,
            new: admitted.new,
            differs: admitted.differs,
            state: admitted.state,
        })
    }

    /// Says that a line was known already.
    #[expect(clippy::unused_self, reason = "one voice with the rest of the intake")]
    pub(super) fn say_known(&self, admitted: &Admitted, name: (&str, &str), at: &str) {
        if admitted.differs {
            tracing::warn!(
                "KNOWN {at} id={:?}: the first line of that name asked for something else, and \
                 stays; give this one a name of its own",
                name.1
            );
        } else {
            tracing::info!(
                strategy = name.0,
                source = name.1,
                state = admitted.state.name(),
                "intent known already"
            );
        }
    }

    pub(super) fn reject(
        &mut self,
        turn: &mut Turn<'_>,
        (text, at): (&str, &str),
        reject: Reject,
        now_ms: u64,
    ) -> Result<Reply, Trouble> {
        if turn.reject_line(text, &reject, now_ms)?.new {
            self.metrics.arrow(State::Rejected);
            let name = intent::named_in(text).map_or_else(String::new, |id| format!(" id={id:?}"));
            let (code, sentence) = (reject.code.name(), &reject.sentence);
            tracing::warn!("REJECTED {code} {at}{name}: {sentence}");
        }
        Ok(Reply::Rejected(reject))
    }

    /// What a former process left behind.
    pub(super) fn restarted(
        &mut self,
        turn: &mut Turn<'_>,
        row: &mut Attempt,
    ) -> Result<(), Trouble> {
        let news = News::Because {
            code: "RESTARTED",
            detail: "a former process stopped here",
        };
        self.learn(turn, row, Evidence::Restarted, &news)
    }

    /// What came of an effect.
    pub(super) fn done(&mut self, turn: &mut Turn<'_>, done: Done) -> Result<(), Trouble> {
        if let Some(key) = done.key() {
            self.flying.remove(&key);
        }
        match done {
            Done::Resolved { intent_id, outcome } => {
                match outcome {
                    Some(outcome) => self.ended(turn, &intent_id, &outcome)?,
                    None => self.later((intent_id, 0), RETRY_MS),
                }
                Ok(())
            }
            Done::Facts { intent_id, facts } => {
                self.facts_known(turn, intent_id, facts, clock::now_ms())
            }
            Done::Signed { key, answer } => self.signed(turn, &key, answer),
            Done::Posted { key, posted } => {
                let mut row = turn.attempt(&key)?;
                let (code, detail) = posted.because();
                let watched = self.watched.entry(key).or_default();
                watched.absence.begin_anew();
                watched.sent_ms = clock::now_ms();
                // Of bytes that went out before, a refusal speaks for one of two:
                // the venue may have taken the other, and shown it already.
                let mut evidence = posted.evidence();
                if evidence == Evidence::Refused && watched.reposts > 0 {
                    evidence = Evidence::NoProof;
                }
                let news = News::Because { code, detail };
                self.learn(turn, &mut row, evidence, &news)
            }
            Done::Cancelled { key, outcome } => self.cancelled(turn, &key, &outcome),
            Done::Looked { full, found } => self.looked(turn, full, *found),
            Done::Placed { asked_ms, standing } => {
                let now_ms = clock::now_ms();
                if let Some(why) = self.gate.place.heard(standing, asked_ms, now_ms) {
                    tracing::warn!(why, "the page of checks.geoblock gives no answer");
                }
                Ok(())
            }
        }
    }

    fn signed(&mut self, turn: &mut Turn<'_>, key: &Key, answer: Answer) -> Result<(), Trouble> {
        let mut row = turn.attempt(key)?;
        match answer {
            Answer::Signed(order) => {
                let owner = self.clob.owner();
                let body =
                    body::post_order(&order.order, &order.signature, owner, row.intent.order_type)
                        .ok_or(Trouble::Invariant("a checked order has a body"))?;
                let news = News::Signed {
                    order: &order,
                    body: &body,
                };
                self.learn(turn, &mut row, Evidence::Signed, &news)
            }
            Answer::Denied {
                code,
                sentence,
                retry_at_ms,
            } => {
                let news = News::Because {
                    code: &code,
                    detail: &sentence,
                };
                let Some(wait_ms) = self.room_in_ms(&row, retry_at_ms) else {
                    return self.learn(turn, &mut row, Evidence::Denied, &news);
                };
                tracing::warn!(
                    intent = row.intent_id,
                    code,
                    wait_ms,
                    "the exit waits for room"
                );
                self.later(key.clone(), wait_ms);
                self.learn(turn, &mut row, Evidence::SignerSilent, &news)
            }
            Answer::Failed(why) => {
                tracing::warn!(intent = row.intent_id, why, "no answer from the signer");
                self.later(key.clone(), RETRY_MS);
                let news = News::Because {
                    code: "SIGNER_SILENT",
                    detail: &why,
                };
                self.learn(turn, &mut row, Evidence::SignerSilent, &news)
            }
            Answer::Wrong(why) => {
                let detail = format!("{}: {why}; freeze the signer, look at its host", key.0);
                self.incidents.push(("SIGNER_WRONG".to_owned(), detail));
                Ok(())
            }
        }
    }

    fn cancelled(
        &mut self,
        turn: &mut Turn<'_>,
        key: &Key,
        outcome: &Cancellation,
    ) -> Result<(), Trouble> {
        let mut row = turn.attempt(key)?;
        let (code, detail) = outcome.because();
        let disturbed_ms = self.clob.disturbed_ms();
        let watched = self.watched.entry(key.clone()).or_default();
        let evidence = outcome.evidence();
        let proven =
            evidence == Evidence::CancelMissing && watched.absence.nothing_to_cancel(disturbed_ms);
        watched.cancel_answered |= evidence != Evidence::CancelSilent;
        turn.remark(&row, code, detail)?;
        let wait_ms = self.trading.poll_ms.min(RETRY_MS);
        self.later(key.clone(), wait_ms);
        let (evidence, news) = if proven {
            let news = News::Because {
                code: "ABSENCE_PROVEN",
                detail: "two complete looks were empty, and there was nothing to cancel",
            };
            (Evidence::AbsenceProven, news)
        } else {
            (evidence, News::Because { code, detail })
        };
        self.learn(turn, &mut row, evidence, &news)
    }

    /// Takes the arrows that `evidence` proves, if any.
    pub(super) fn learn(
        &mut self,
        turn: &mut Turn<'_>,
        row: &mut Attempt,
        evidence: Evidence,
        news: &News<'_>,
    ) -> Result<(), Trouble> {
        if evidence.shows_presence() {
            let watched = self.watched.entry(row.key()).or_default();
            watched.absence.begin_anew();
        }
        let mut moved = false;
        loop {
            match evidence::decide(row.state, evidence) {
                Outcome::Stay => {
                    // What came too late for an attempt that is over.
                    if row.state.is_terminal() {
                        self.forget(&row.key());
                    }
                    return Ok(());
                }
                Outcome::Go(next) => {
                    self.go(turn, row, next, news)?;
                    moved = true;
                }
                // The arrow that it proved was taken: it is used up.
                Outcome::Incident(_) if moved => return Ok(()),
                Outcome::Incident(code) => {
                    let hash = row.order_hash.as_deref().unwrap_or("no order");
                    let state = row.state.name();
                    let detail = format!(
                        "{}/{} ({hash}) is {state}, and {} was learnt; \
                         look at the venue's own pages",
                        row.intent_id,
                        row.attempt,
                        evidence.name()
                    );
                    self.incidents.push((code.to_owned(), detail));
                    return Ok(());
                }
            }
        }
    }

    /// Takes one arrow.
    pub(super) fn go(
        &mut self,
        turn: &mut Turn<'_>,
        row: &mut Attempt,
        next: State,
        news: &News<'_>,
    ) -> Result<(), Trouble> {
        turn.advance(row, next, news)?;
        self.metrics.arrow(next);
        if next == State::Settled {
            settled(turn, row)?;
        } else {
            say(row, next, news);
        }
        if next.is_at_venue() {
            self.look_soon();
        }
        if next.is_terminal() {
            self.forget(&row.key());
            let why = match news {
                News::Because { code, .. } => *code,
                News::Nothing | News::Reserved(_) | News::Signed { .. } => "",
            };
            self.exit_over(turn, row, why)?;
        }
        Ok(())
    }

    /// Nothing is left to try or to watch; else the loop would be woken for it.
    fn forget(&mut self, key: &Key) {
        self.watched.remove(key);
        self.next_try.remove(key);
    }

    pub(super) fn later(&mut self, key: Key, wait_ms: u64) {
        self.next_try
            .insert(key, clock::now_ms().saturating_add(wait_ms));
    }
}

/// One event an arrow; the last of each attempt in an operator's words: which,
/// where it ended, why.
fn say(row: &Attempt, next: State, news: &News<'_>) {
    let (code, detail) = match news {
        News::Because { code, detail } => (*code, *detail),
        News::Nothing | News::Reserved(_) | News::Signed { .. } => ("", ""),
    };
    let order = row.order_hash.as_deref().unwrap_or("");
    let (intent, state) = (row.intent_id.as_str(), next.name());
    let side = row.intent.side.as_str();
    let notional = CollateralUnits::new(row.intent.notional_units().unwrap_or(u64::MAX));
    let attempt = row.attempt;
    match next {
        State::Unknown => {
            let words = "counted as filled; it is looked for";
            tracing::warn!(
                "UNKNOWN {intent}/{attempt} {code} {side} {notional} {order}, {words}: {detail}"
            );
        }
        State::Rejected
        | State::Denied
        | State::Refused
        | State::Expired
        | State::AbsentProven
        | State::Reversed
        | State::Cancelled => {
            tracing::warn!("{state} {intent}/{attempt} {code} {side} {notional}: {detail}");
        }
        State::Observed
        | State::Intent
        | State::Reserved
        | State::SignRequested
        | State::SignUnknown
        | State::Signed
        | State::Posting
        | State::Acked
        | State::Working
        | State::Partial
        | State::CancelRequested
        | State::Matched
        | State::Settled => tracing::info!(intent, order, code, "{state}"),
    }
}

/// The last line of an attempt whose every fill is final.
fn settled(turn: &Turn<'_>, row: &Attempt) -> Result<(), Trouble> {
    let order = row.order_hash.as_deref().unwrap_or_default();
    let tally = turn.tally(order)?;
    let shares = ShareUnits::new(tally.live_shares_units);
    let collateral = CollateralUnits::new(tally.live_collateral_units);
    let (intent, attempt, side) = (&row.intent_id, row.attempt, row.intent.side.as_str());
    tracing::info!(
        "SETTLED {intent}/{attempt} {side} {shares} shares for {collateral}: every fill of \
         {order} is final"
    );
    Ok(())
}
