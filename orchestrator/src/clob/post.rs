//! `POST /order` and `POST /orders`, and what each answer proves.
//!
//! Invariant: only a documented refusal is proof that nothing rests or filled.
//! Everything else may have been accepted.

use reqwest::Method;
use serde_json::Value;

use super::budget::Endpoint;
use super::catalogue::{self, Proof};
use super::{Answer, Clob, shortened};
use crate::evidence::Evidence;

/// Orders in one `POST /orders` (docs).
const BATCH_MAX: usize = 15;

/// What a POST came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// The venue has the order.
    Accepted {
        /// Its word: live, matched or delayed.
        status: String,
    },
    /// The venue has had this very order before.
    Duplicated {
        /// Its words.
        text: String,
    },
    /// The venue refused it, and says so in documented words.
    Refused {
        /// A stable code of ours.
        code: &'static str,
        /// Its words.
        text: String,
    },
    /// Nobody knows whether the venue has it.
    Unknown {
        /// Why.
        text: String,
    },
}

impl Posted {
    /// What was learnt.
    #[must_use]
    pub const fn evidence(&self) -> Evidence {
        match self {
            Self::Accepted { .. } => Evidence::Accepted,
            Self::Duplicated { .. } => Evidence::Duplicated,
            Self::Refused { .. } => Evidence::Refused,
            Self::Unknown { .. } => Evidence::NoProof,
        }
    }

    /// A stable code and the words behind it.
    #[must_use]
    pub fn because(&self) -> (&'static str, &str) {
        match self {
            Self::Accepted { status } => ("ACCEPTED", status),
            Self::Duplicated { text } => ("DUPLICATED", text),
            Self::Refused { code, text } => (code, text),
            Self::Unknown { text } => ("UNKNOWN", text),
        }
    }
}

impl Clob {
    /// Sends `body`, the stored bytes of the order with hash `order_hash`. The
    /// right to do so was taken with [`Clob::permit_post`].
    pub async fn post_order(&self, body: &str, order_hash: &str) -> Posted {
        match self.signed(Method::POST, "/order", "", Some(body)).await {
            Ok(answer) => judge(&answer, order_hash),
            Err(e) => Posted::Unknown {
                text: e.to_string(),
            },
        }
    }

    /// Sends stored bodies, each with its hash, as many at once as the venue
    /// takes; one outcome each, in order.
    pub async fn post_orders(&self, orders: &[(String, String)]) -> Vec<Posted> {
        let mut outcomes = Vec::new();
        for batch in orders.chunks(BATCH_MAX) {
            outcomes.append(&mut self.post_batch(batch).await);
        }
        outcomes
    }

    async fn post_batch(&self, orders: &[(String, String)]) -> Vec<Posted> {
        let bodies: Vec<&str> = orders.iter().map(|(body, _)| body.as_str()).collect();
        let all = |posted: Posted| vec![posted; orders.len()];
        if let Err(e) = self.wait_turn(Endpoint::PostOrders).await {
            // Not a byte was sent; the callers' rows say that it may have been.
            return all(Posted::Unknown {
                text: e.to_string(),
            });
        }
        let body = format!("[{}]", bodies.join(","));
        match self.signed(Method::POST, "/orders", "", Some(&body)).await {
            Ok(answer) if answer.status == 200 => judge_rows(&answer, orders),
            Ok(answer) => all(judge(&answer, "")),
            Err(e) => all(Posted::Unknown {
                text: e.to_string(),
            }),
        }
    }
}

/// What `answer` proves of the order with this hash.
fn judge(answer: &Answer, order_hash: &str) -> Posted {
    let unknown = |why: &str| Posted::Unknown {
        text: format!("{} {why}: {}", answer.status, shortened(&answer.text)),
    };
    if answer.status == 200 {
        let row = serde_json::from_str(&answer.text).ok();
        return row
            .and_then(|row| accepted(&row, order_hash))
            .unwrap_or_else(|| unknown("without a clear word"));
    }
    let Some(text) = error_text(&answer.text) else {
        return unknown("without its documented body");
    };
    let Some(entry) = catalogue::find(answer.status, &text) else {
        return unknown("of an undocumented kind");
    };
    match entry.proof {
        Proof::NotTaken => Posted::Refused {
            code: entry.code,
            text,
        },
        Proof::Had => Posted::Duplicated { text },
        Proof::None => unknown("is no proof"),
    }
}

/// The rows of a batch, one an order; a list of another length says nothing of
/// any of them.
fn judge_rows(answer: &Answer, orders: &[(String, String)]) -> Vec<Posted> {
    let unknown = || Posted::Unknown {
        text: format!("200 without a clear word: {}", shortened(&answer.text)),
    };
    match serde_json::from_str::<Vec<Value>>(&answer.text) {
        Ok(rows) if rows.len() == orders.len() => rows
            .iter()
            .zip(orders)
            .map(|(row, (_, hash))| accepted(row, hash).unwrap_or_else(unknown))
            .collect(),
        Ok(_) | Err(_) => orders.iter().map(|_| unknown()).collect(),
    }
}

/// A row counts only with `success`, no error, the right id and a known status.
fn accepted(value: &Value, order_hash: &str) -> Option<Posted> {
    let field = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or("");
    let success = value.get("success").and_then(Value::as_bool)?;
    let (error, id, status) = (field("errorMsg"), field("orderID"), field("status"));
    if success
        && error.is_empty()
        && id.eq_ignore_ascii_case(order_hash)
        && matches!(status, "live" | "matched" | "delayed")
    {
        return Some(Posted::Accepted {
            status: status.to_owned(),
        });
    }
    if error.is_empty() || !id.is_empty() {
        return None;
    }
    let entry = catalogue::find_in_row(error)?;
    let text = shortened(error);
    match entry.proof {
        Proof::NotTaken => Some(Posted::Refused {
            code: entry.code,
            text,
        }),
        Proof::Had => Some(Posted::Duplicated { text }),
        Proof::None => None,
    }
}

/// The text of a documented error body.
pub(super) fn error_text(body: &str) -> Option<String> {
    let value: Value = serde_json::from_str(body).ok()?;
    value.get("error").and_then(Value::as_str).map(shortened)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "0xab";

    fn judged(status: u16, text: &str) -> Posted {
        judge(
            &Answer {
                status,
                text: text.to_owned(),
                age_ms: 0,
            },
            HASH,
        )
    }

    #[test]
    fn only_a_clear_word_is_an_acceptance() {
        let good = r#"{"success":true,"errorMsg":"","orderID":"0xAB","status":"matched"}"#;
        assert_eq!(
            judged(200, good),
            Posted::Accepted {
                status: "matched".to_owned()
            }
        );
        for bad in [
            good.replace("true", "false"),
            good.replace("0xAB", ""),
            good.replace("0xAB", "0xcd"),
            good.replace("matched", "unmatched"),
            good.replace("matched", ""),
            good.replace(r#""errorMsg":"""#, r#""errorMsg":"odd""#),
            "{}".to_owned(),
            "<html>".to_owned(),
        ] {
            assert!(matches!(judged(200, &bad), Posted::Unknown { .. }), "{bad}");
        }
    }

    #[test]
    fn only_documented_texts_are_refusals() {
        let body = |text: &str| format!(r#"{{"error":"{text}"}}"#);
        let killed = "order couldn't be fully filled. FOK orders are fully filled or killed.";
        for (status, text, code) in [
            (400, killed, "KILLED_FOK"),
            (425, "the matching engine is restarting", "RESTARTING"),
            (
                403,
                "Trading restricted in your region, please refer to",
                "GEO_BLOCKED",
            ),
        ] {
            let found = judged(status, &body(text));
            assert_eq!(found.because().0, code);
            assert_eq!(found.evidence(), Evidence::Refused);
        }
        assert_eq!(
            judged(400, &body("order 0xab is invalid. Duplicated.")).evidence(),
            Evidence::Duplicated
        );
        for (status, text) in [
            (400, body("something new")),
            (400, killed.to_owned()),
            (425, "<html>restarting</html>".to_owned()),
            (500, body(killed)),
            (502, "<html>".to_owned()),
            (503, body("Trading is currently disabled")),
            (429, body("Too Many Requests")),
            (403, body("blocked")),
        ] {
            assert!(
                matches!(judged(status, &text), Posted::Unknown { .. }),
                "{status} {text}"
            );
        }
    }

    #[test]
    fn each_row_of_a_batch_is_judged_for_itself() {
        let orders: Vec<(String, String)> = ["0x1", "0x2", "0x3", "0x4"]
            .map(|hash| (String::new(), hash.to_owned()))
            .into();
        let text = serde_json::json!([
            {"success": true, "orderID": "0x1", "errorMsg": null, "status": "matched"},
            {"success": true, "orderID": "", "errorMsg": "not enough balance / allowance: x"},
            {"success": false, "orderID": null, "errorMsg": "order 0x3 is invalid. Duplicated."},
            {"success": true, "orderID": "0x4", "errorMsg": null},
        ])
        .to_string();
        let found: Vec<Evidence> = judge_rows(
            &Answer {
                status: 200,
                text,
                age_ms: 0,
            },
            &orders,
        )
        .iter()
        .map(Posted::evidence)
        .collect();
        assert_eq!(
            found,
            [
                Evidence::Accepted,
                Evidence::Refused,
                Evidence::Duplicated,
                Evidence::NoProof
            ]
        );
        let short = Answer {
            status: 200,
            text: "[]".to_owned(),
            age_ms: 0,
        };
        assert!(
            judge_rows(&short, &orders)
                .iter()
                .all(|p| p.evidence() == Evidence::NoProof)
        );
    }
}
