//! `POST /order`, and what each answer proves.
//!
//! Invariant: only a documented refusal is proof that nothing rests or filled.
//! Everything else may have been accepted.

use reqwest::Method;
use serde_json::Value;

use super::{Answer, Clob, ClobError, shortened};

/// What a POST came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// The venue has the order.
    Accepted {
        /// Its word: live, matched or delayed.
        status: String,
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

/// Documented texts of HTTP 400 that prove the order neither rests nor filled.
/// `Duplicated` is not among them: it proves that the venue had it before.
const REFUSALS: &[(&str, &str)] = &[
    ("fully filled or killed", "KILLED_FOK"),
    ("no orders found to match with FAK", "KILLED_FAK"),
    ("not enough balance / allowance", "NO_BALANCE"),
    ("breaks minimum tick size", "TICK"),
    ("lower than the minimum", "BELOW_MINIMUM"),
    ("invalid post-only order", "POST_ONLY_CROSSES"),
    ("crosses the book", "POST_ONLY_CROSSES"),
    ("invalid expiration", "EXPIRATION"),
    ("Invalid order payload", "PAYLOAD"),
    ("invalid signature", "SIGNATURE"),
    ("has to be the owner of the API KEY", "OWNER"),
    ("has to be the address of the API KEY", "SIGNER_ADDRESS"),
    ("address banned", "BANNED"),
    ("closed only mode", "CLOSED_ONLY"),
    ("not yet ready to process new orders", "MARKET_NOT_READY"),
    ("order_version_mismatch", "VERSION_MISMATCH"),
];

impl Clob {
    /// Sends `body`, the stored bytes of the order with hash `order_hash`.
    pub async fn post_order(&self, body: &str, order_hash: &str) -> Posted {
        match self.signed(Method::POST, "/order", "", Some(body)).await {
            Ok(answer) => judge(&answer, order_hash),
            Err(ClobError::NoAnswer(text) | ClobError::Shape(text)) => Posted::Unknown { text },
            Err(ClobError::Refused { status, text }) => Posted::Unknown {
                text: format!("{status}: {text}"),
            },
        }
    }
}

/// What `answer` proves of the order with this hash.
fn judge(answer: &Answer, order_hash: &str) -> Posted {
    let unknown = |why: &str| Posted::Unknown {
        text: format!("{} {why}: {}", answer.status, shortened(&answer.text)),
    };
    match answer.status {
        200 => {
            accepted(&answer.text, order_hash).unwrap_or_else(|| unknown("without a clear word"))
        }
        400 => match error_text(&answer.text) {
            Some(text) => match REFUSALS.iter().find(|(part, _)| text.contains(part)) {
                Some((_, code)) => Posted::Refused { code, text },
                None => unknown("of an undocumented kind"),
            },
            None => unknown("without its documented body"),
        },
        401 => match error_text(&answer.text) {
            Some(text) => Posted::Refused {
                code: "UNAUTHORIZED",
                text,
            },
            None => unknown("without its documented body"),
        },
        _ => unknown("is no proof"),
    }
}

/// A 200 counts only with `success`, no error, the right id and a known status.
fn accepted(text: &str, order_hash: &str) -> Option<Posted> {
    let value: Value = serde_json::from_str(text).ok()?;
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
    if !error.is_empty() && id.is_empty() {
        let (_, code) = REFUSALS.iter().find(|(part, _)| error.contains(part))?;
        return Some(Posted::Refused {
            code,
            text: error.to_owned(),
        });
    }
    None
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
        assert!(matches!(
            judged(400, &body(killed)),
            Posted::Refused {
                code: "KILLED_FOK",
                ..
            }
        ));
        for (status, text) in [
            (400, body("order 0xab is invalid. Duplicated.")),
            (400, body("something new")),
            (400, killed.to_owned()),
            (500, body(killed)),
            (502, "<html>".to_owned()),
            (503, body("Trading is currently disabled")),
            (425, body("engine restarting")),
            (429, body("Too Many Requests")),
            (403, body("blocked")),
        ] {
            assert!(
                matches!(judged(status, &text), Posted::Unknown { .. }),
                "{status} {text}"
            );
        }
    }
}
