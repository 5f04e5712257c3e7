//! Cancelling: one, many, a market's, all.
//!
//! Invariant: an order counts as cancelled, late or missing only when the
//! venue names it so; a list without it says nothing.

use reqwest::Method;
use serde_json::{Value, json};

use super::budget::Endpoint;
use super::{Clob, ClobError, json as body_of, shortened};
use crate::evidence::Evidence;

/// Ids in one `DELETE /orders` (docs).
const CANCEL_MAX: usize = 3_000;

/// What a cancellation came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cancellation {
    /// The venue took the order off its book.
    Cancelled,
    /// It could not: matched, ended or held.
    Late(String),
    /// It knows no such order.
    Missing(String),
    /// There is no answer.
    Silent(String),
}

impl Cancellation {
    /// What was learnt.
    #[must_use]
    pub const fn evidence(&self) -> Evidence {
        match self {
            Self::Cancelled => Evidence::Cancelled,
            Self::Late(_) => Evidence::CancelLate,
            Self::Missing(_) => Evidence::CancelMissing,
            Self::Silent(_) => Evidence::CancelSilent,
        }
    }

    /// A stable code and the words behind it.
    #[must_use]
    pub fn because(&self) -> (&'static str, &str) {
        match self {
            Self::Cancelled => ("CANCELLED_BY_US", "the venue cancelled it on our word"),
            Self::Late(text) => ("CANCEL_LATE", text),
            Self::Missing(text) => ("CANCEL_MISSING", text),
            Self::Silent(text) => ("CANCEL_SILENT", text),
        }
    }
}

impl Clob {
    /// Cancels one order.
    pub async fn cancel(&self, order_hash: &str) -> Cancellation {
        let body = json!({"orderID": order_hash}).to_string();
        let answer = self.delete(Endpoint::Cancel, "/order", Some(&body)).await;
        of_one(answer, order_hash)
    }

    /// Cancels orders, as many at once as the venue takes; one outcome each, in
    /// order.
    pub async fn cancel_many(&self, hashes: &[String]) -> Vec<Cancellation> {
        let mut outcomes = Vec::new();
        for batch in hashes.chunks(CANCEL_MAX) {
            let body = json!(batch).to_string();
            let path = "/orders";
            let answer = self.delete(Endpoint::CancelMany, path, Some(&body)).await;
            outcomes.extend(batch.iter().map(|hash| match &answer {
                Ok(value) => judge(value, hash),
                Err(e) => Cancellation::Silent(e.to_string()),
            }));
        }
        outcomes
    }

    /// Cancels what rests in one market, or of one token of it. Returns how
    /// many were cancelled.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape.
    pub async fn cancel_market(
        &self,
        market: &str,
        token: Option<&str>,
    ) -> Result<usize, ClobError> {
        // The official clients name no token rather than an empty one.
        let body = match token {
            Some(token) => json!({"market": market, "asset_id": token}),
            None => json!({"market": market}),
        }
        .to_string();
        let path = "/cancel-market-orders";
        let answer = self.delete(Endpoint::CancelMany, path, Some(&body)).await?;
        cancelled(&answer)
    }

    /// Cancels everything that rests. Returns how many were cancelled.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape.
    pub async fn cancel_all(&self) -> Result<usize, ClobError> {
        let answer = self
            .delete(Endpoint::CancelMany, "/cancel-all", None)
            .await?;
        cancelled(&answer)
    }

    async fn delete(
        &self,
        endpoint: Endpoint,
        path: &str,
        body: Option<&str>,
    ) -> Result<Value, ClobError> {
        self.wait_turn(endpoint).await?;
        body_of(&self.signed(Method::DELETE, path, "", body).await?)
    }
}

fn of_one(answer: Result<Value, ClobError>, hash: &str) -> Cancellation {
    match answer {
        Ok(value) => judge(&value, hash),
        Err(ClobError::Refused { status: 404, text }) => Cancellation::Missing(text),
        Err(e) => Cancellation::Silent(e.to_string()),
    }
}

/// What the venue says of one of the orders.
fn judge(value: &Value, hash: &str) -> Cancellation {
    let same = |text: &str| text.eq_ignore_ascii_case(hash);
    let cancelled = value.get("canceled").and_then(Value::as_array);
    if cancelled.is_some_and(|ids| ids.iter().filter_map(Value::as_str).any(same)) {
        return Cancellation::Cancelled;
    }
    let why = value
        .get("not_canceled")
        .and_then(Value::as_object)
        .and_then(|rest| rest.iter().find(|(id, _)| same(id)))
        .and_then(|(_, why)| why.as_str());
    let Some(why) = why.map(shortened) else {
        return Cancellation::Silent("the answer does not name the order".to_owned());
    };
    let lower = why.to_lowercase();
    if lower.contains("not found") {
        Cancellation::Missing(why)
    } else if ["already", "matched", "delayed"]
        .iter()
        .any(|word| lower.contains(word))
    {
        Cancellation::Late(why)
    } else {
        Cancellation::Silent(why)
    }
}

fn cancelled(value: &Value) -> Result<usize, ClobError> {
    value
        .get("canceled")
        .and_then(Value::as_array)
        .map(Vec::len)
        .ok_or_else(|| ClobError::Shape("canceled is missing or not a list".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_to_a_cancellation_has_one_meaning() {
        let not = |why: &str| json!({"canceled": [], "not_canceled": {"0xAB": why}});
        for (answer, evidence) in [
            (
                json!({"canceled": ["0xAB"], "not_canceled": {}}),
                Evidence::Cancelled,
            ),
            (not("already canceled or matched"), Evidence::CancelLate),
            (not("order is delayed"), Evidence::CancelLate),
            (not("order not found"), Evidence::CancelMissing),
            (not("try again"), Evidence::CancelSilent),
            (
                json!({"canceled": ["0xcd"], "not_canceled": {}}),
                Evidence::CancelSilent,
            ),
            (json!({}), Evidence::CancelSilent),
        ] {
            assert_eq!(judge(&answer, "0xab").evidence(), evidence, "{answer}");
        }
        let missing = ClobError::Refused {
            status: 404,
            text: "order not found".to_owned(),
        };
        assert_eq!(
            of_one(Err(missing), "0xab").evidence(),
            Evidence::CancelMissing
        );
        let refused = ClobError::Refused {
            status: 503,
            text: "disabled".to_owned(),
        };
        assert_eq!(
            of_one(Err(refused), "0xab").evidence(),
            Evidence::CancelSilent
        );
    }
}
