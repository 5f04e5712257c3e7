//! Leaders' trades taken in: whose word is believed, and who follows.
//!
//! Invariant: a strategy is fed by leaders' trades alone; a trade is one row for
//! each strategy that follows.

use order::U256;
use plan::{Reason, Signal};

use super::Desk;
use crate::Trouble;
use crate::config::Named;
use crate::copy;
use crate::intake::Reply;
use crate::intent::attest::{self, Attested};
use crate::intent::{Code, Draft, Kind, Parsed, Reject};
use crate::store::Turn;

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
}
