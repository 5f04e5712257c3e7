//! The outbox: arrows, each with what it brought and a line of explanation.
//!
//! Invariant: no arrow but those of [`State::may_become`], from where the row
//! stands on disk.

use rusqlite::params;
use serde_json::json;

use super::{Attempt, StoreError, Turn};
use crate::audit;
use crate::clock;
use crate::signer::SignedOrder;
use crate::state::State;

/// What an arrow brought.
#[derive(Debug)]
pub enum News<'a> {
    /// Nothing but itself.
    Nothing,
    /// So much is set aside.
    Reserved(u64),
    /// The signer's order, and the body that will be sent.
    Signed {
        /// The order as checked.
        order: &'a SignedOrder,
        /// The exact bytes.
        body: &'a str,
    },
    /// A reason.
    Because {
        /// A stable code.
        code: &'a str,
        /// A sentence.
        detail: &'a str,
    },
}

impl Turn<'_> {
    /// Takes one arrow, with what it brought.
    ///
    /// # Errors
    ///
    /// [`StoreError::Arrow`] when there is no such arrow; then nothing changed.
    pub fn advance(
        &mut self,
        row: &mut Attempt,
        to: State,
        news: &News<'_>,
    ) -> Result<(), StoreError> {
        if !row.state.may_become(to) {
            return Err(StoreError::Arrow {
                intent_id: row.intent_id.clone(),
                attempt: row.attempt,
                from: row.state.name(),
                to: to.name(),
            });
        }
        let now_ms = clock::now_ms();
        let posted_ms = (to == State::Posting).then_some(now_ms);
        let changed = self.tx.execute(
            "UPDATE attempt SET state = ?3, since_ms = ?5, posted_ms = coalesce(posted_ms, ?6) \
             WHERE intent_id = ?1 AND attempt = ?2 AND state = ?4",
            params![
                row.intent_id,
                row.attempt,
                to.name(),
                row.state.name(),
                now_ms,
                posted_ms,
            ],
        )?;
        if changed != 1 {
            return Err(StoreError::Corrupt("an attempt changed under us"));
        }
        let because = self.bring(row, news)?;
        self.note(&row.intent_id, row.attempt, to, because)?;
        if to == State::Rejected {
            let body = json!({
                "intent_id": row.intent_id,
                "attempt": row.attempt,
                "code": because.map(|b| b.0),
                "detail": because.map(|b| b.1),
            });
            self.append(audit::REJECTED, &body.to_string())?;
        }
        row.state = to;
        row.since_ms = now_ms;
        row.posted_ms = row.posted_ms.or(posted_ms);
        Ok(())
    }

    /// Writes what an arrow brought; returns the reason, if that is it.
    fn bring<'n>(
        &self,
        row: &mut Attempt,
        news: &'n News<'_>,
    ) -> Result<Option<(&'n str, &'n str)>, StoreError> {
        match news {
            News::Nothing => Ok(None),
            News::Reserved(units) => {
                self.tx.execute(
                    "UPDATE attempt SET reserved_units = ?3 WHERE intent_id = ?1 AND attempt = ?2",
                    params![row.intent_id, row.attempt, units],
                )?;
                row.reserved_units = *units;
                Ok(None)
            }
            News::Signed { order, body } => {
                let order_hash = order.order_hash.to_string();
                self.tx.execute(
                    "UPDATE attempt SET order_hash = ?3, leaf_index = ?4, charge_units = ?5, \
                     body = ?6 WHERE intent_id = ?1 AND attempt = ?2",
                    params![
                        row.intent_id,
                        row.attempt,
                        order_hash,
                        order.leaf_index,
                        order.charge_units,
                        body,
                    ],
                )?;
                row.order_hash = Some(order_hash);
                row.body = Some((*body).to_owned());
                Ok(None)
            }
            News::Because { code, detail } => {
                self.tx.execute(
                    "UPDATE attempt SET code = ?3, detail = ?4 \
                     WHERE intent_id = ?1 AND attempt = ?2",
                    params![row.intent_id, row.attempt, code, detail],
                )?;
                Ok(Some((code, detail)))
            }
        }
    }

    /// Writes down what happened without an arrow: the explanation has it.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    pub fn remark(&mut self, row: &Attempt, code: &str, detail: &str) -> Result<(), StoreError> {
        self.note(&row.intent_id, row.attempt, row.state, Some((code, detail)))
    }

    pub(super) fn note(
        &self,
        intent_id: &str,
        attempt: u16,
        state: State,
        because: Option<(&str, &str)>,
    ) -> Result<(), StoreError> {
        self.tx.execute(
            "INSERT INTO step (intent_id, attempt, state, at_us, code, detail) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                intent_id,
                attempt,
                state.name(),
                clock::now_us(),
                because.map(|b| b.0),
                because.map(|b| b.1),
            ],
        )?;
        Ok(())
    }
}
