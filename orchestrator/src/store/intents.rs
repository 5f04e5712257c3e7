//! Intents: what was asked for, once each.
//!
//! Invariant: (strategy, source id) names one intent for ever; its intent id
//! is given at first sight.

use order::PriceE4;
use rusqlite::{OptionalExtension, params};
use serde_json::json;

use super::{StoreError, Turn};
use crate::audit;
use crate::clock;
use crate::day;
use crate::digest;
use crate::intent::{self, Intent, Reject};
use crate::state::State;

/// An intent whose market must still say what the line does not.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The intent's name.
    pub intent_id: String,
    /// On whose behalf.
    pub strategy: String,
    /// The sender's name for it.
    pub source_id: String,
    /// The line as it came.
    pub line: String,
    /// When it was first seen, unix milliseconds.
    pub seen_ms: u64,
    /// After this it is not worth asking.
    pub deadline_ms: u64,
}

/// What became of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// The intent's name.
    pub intent_id: String,
    /// Whether it was not known before.
    pub new: bool,
    /// Known, and the first line of that name asked for something else.
    pub differs: bool,
    /// Where its first attempt stands.
    pub state: State,
}

impl Turn<'_> {
    /// Takes in an intent, unless its sender's name for it is known already.
    /// `trade` is none while the market must still say the rest.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    pub fn admit(
        &mut self,
        (strategy, source_id): (&str, &str),
        trade: Option<&Intent>,
        line: &str,
        (seen_ms, deadline_ms): (u64, u64),
    ) -> Result<Admitted, StoreError> {
        let state = if trade.is_some() {
            State::Intent
        } else {
            State::Observed
        };
        if let Some(known) = self.known(strategy, source_id, Some(line))? {
            return Ok(known);
        }
        let intent_id = intent_id(strategy, source_id, seen_ms);
        self.tx.execute(
            "INSERT INTO intent (intent_id, strategy, source_id, seen_ms, deadline_ms, line) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![intent_id, strategy, source_id, seen_ms, deadline_ms, line],
        )?;
        if let Some(trade) = trade {
            self.write_trade(&intent_id, trade)?;
        }
        self.open_attempt(&intent_id, state, seen_ms)?;
        self.told(&intent_id, (strategy, source_id), line, seen_ms, None)?;
        Ok(Admitted {
            intent_id,
            new: true,
            differs: false,
            state,
        })
    }

    /// Records a line that is no intent. Its sender's name for it is not used
    /// up: it is known by its own bytes.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    pub fn reject_line(
        &mut self,
        line: &str,
        reject: &Reject,
        seen_ms: u64,
    ) -> Result<Admitted, StoreError> {
        let source_id = digest::of(&[line.as_bytes()]);
        let strategy = "unread";
        if let Some(known) = self.known(strategy, &source_id, None)? {
            return Ok(known);
        }
        let intent_id = intent_id(strategy, &source_id, seen_ms);
        let kept: String = line.chars().take(1_000).collect();
        self.tx.execute(
            "INSERT INTO intent (intent_id, strategy, source_id, seen_ms, deadline_ms, line) \
             VALUES (?1, ?2, ?3, ?4, ?4, ?5)",
            params![intent_id, strategy, source_id, seen_ms, kept],
        )?;
        self.open_attempt(&intent_id, State::Observed, seen_ms)?;
        self.move_observed(
            &intent_id,
            State::Rejected,
            Some((reject.code.name(), &reject.sentence)),
        )?;
        let name = (strategy, source_id.as_str());
        self.told(&intent_id, name, &kept, seen_ms, Some(reject))?;
        Ok(Admitted {
            intent_id,
            new: true,
            differs: false,
            state: State::Rejected,
        })
    }

    /// Adds the record of an intent that came in.
    fn told(
        &self,
        intent_id: &str,
        (strategy, source_id): (&str, &str),
        line: &str,
        seen_ms: u64,
        reject: Option<&Reject>,
    ) -> Result<(), StoreError> {
        let body = json!({
            "intent_id": intent_id,
            "strategy": strategy,
            "source_id": source_id,
            "seen_ms": seen_ms,
            "line": line,
            "accepted": reject.is_none(),
            "code": reject.map(|reject| reject.code.name()),
            "detail": reject.map(|reject| reject.sentence.as_str()),
        });
        self.append(audit::INTENT, &body.to_string())
    }

    fn known(
        &self,
        strategy: &str,
        source_id: &str,
        line: Option<&str>,
    ) -> Result<Option<Admitted>, StoreError> {
        let found: Option<(String, String, String)> = self
            .tx
            .query_row(
                "SELECT i.intent_id, a.state, i.line FROM intent i JOIN attempt a USING (intent_id) \
                 WHERE i.strategy = ?1 AND i.source_id = ?2 ORDER BY a.attempt DESC LIMIT 1",
                [strategy, source_id],
                |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
            )
            .optional()?;
        found
            .map(|(intent_id, state, first)| {
                Ok(Admitted {
                    intent_id,
                    new: false,
                    differs: line.is_some_and(|line| !intent::is_same(&first, line)),
                    state: State::of(&state).ok_or(StoreError::Corrupt("a state"))?,
                })
            })
            .transpose()
    }

    fn open_attempt(&self, intent_id: &str, state: State, now_ms: u64) -> Result<(), StoreError> {
        self.tx.execute(
            "INSERT INTO attempt (intent_id, attempt, state, since_ms) VALUES (?1, 0, ?2, ?3)",
            params![intent_id, state.name(), now_ms],
        )?;
        self.note(intent_id, 0, state, None)
    }

    fn write_trade(&self, intent_id: &str, trade: &Intent) -> Result<(), StoreError> {
        self.tx.execute(
            "UPDATE intent SET kind = ?2, market = ?3, token_id = ?4, side = ?5, \
             limit_price_e4 = ?6, shares_units = ?7, tick_size_e4 = ?8, order_type = ?9, \
             neg_risk = ?10, leader = ?11, leader_price_e4 = ?12, leader_time_ms = ?13 \
             WHERE intent_id = ?1",
            params![
                intent_id,
                trade.kind.name(),
                trade.market.to_string(),
                trade.token_id.to_string(),
                trade.side.as_str(),
                trade.limit_price.get(),
                trade.shares.get(),
                trade.tick_size.e4(),
                trade.order_type.name(),
                trade.neg_risk,
                trade.leader.map(|leader| leader.to_string()),
                trade.leader_price.map(PriceE4::get),
                trade.leader_time_ms,
            ],
        )?;
        Ok(())
    }

    /// What was observed is an intent now, or rejected.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    pub fn resolved(
        &mut self,
        intent_id: &str,
        outcome: &Result<Intent, Reject>,
    ) -> Result<State, StoreError> {
        match outcome {
            Ok(trade) => {
                self.write_trade(intent_id, trade)?;
                self.move_observed(intent_id, State::Intent, None)?;
                let body = json!({
                    "intent_id": intent_id,
                    "market": trade.market.to_string(),
                    "token_id": trade.token_id.to_string(),
                    "side": trade.side.as_str(),
                    "limit_price_e4": trade.limit_price.get(),
                    "shares_units": trade.shares.get(),
                    "tick_size_e4": trade.tick_size.e4(),
                    "order_type": trade.order_type.name(),
                    "neg_risk": trade.neg_risk,
                });
                self.append(audit::RESOLVED, &body.to_string())?;
                Ok(State::Intent)
            }
            Err(reject) => {
                self.finish(intent_id, State::Rejected, reject)?;
                Ok(State::Rejected)
            }
        }
    }

    /// What was observed came too late.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    pub fn observed_too_late(&mut self, intent_id: &str) -> Result<(), StoreError> {
        let detail = "the market did not say in time what the line lacks";
        let because = ("DEADLINE_PASSED", detail);
        self.move_observed(intent_id, State::Expired, Some(because))?;
        self.unresolved(intent_id, because)
    }

    fn finish(&self, intent_id: &str, state: State, reject: &Reject) -> Result<(), StoreError> {
        let because = (reject.code.name(), reject.sentence.as_str());
        self.move_observed(intent_id, state, Some(because))?;
        self.unresolved(intent_id, because)
    }

    fn unresolved(&self, intent_id: &str, because: (&str, &str)) -> Result<(), StoreError> {
        let body = json!({"intent_id": intent_id, "code": because.0, "detail": because.1});
        self.append(audit::RESOLVED, &body.to_string())
    }

    fn move_observed(
        &self,
        intent_id: &str,
        to: State,
        because: Option<(&str, &str)>,
    ) -> Result<(), StoreError> {
        let changed = self.tx.execute(
            "UPDATE attempt SET state = ?2, since_ms = ?3, code = ?4, detail = ?5 \
             WHERE intent_id = ?1 AND attempt = 0 AND state = 'OBSERVED'",
            params![
                intent_id,
                to.name(),
                clock::now_ms(),
                because.map(|b| b.0),
                because.map(|b| b.1),
            ],
        )?;
        if changed != 1 {
            return Err(StoreError::Corrupt("an observed intent changed under us"));
        }
        self.note(intent_id, 0, to, because)
    }
}

/// The day of first sight, and a name made of the sender's.
fn intent_id(strategy: &str, source_id: &str, seen_ms: u64) -> String {
    let name = digest::of(&[strategy.as_bytes(), source_id.as_bytes()]);
    let name: String = name.chars().take(24).collect();
    format!("{}-{name}", day::utc_day(seen_ms))
}
