//! The venue's order API.
//!
//! For: every REST call of the CLOB that trading and reconciling need, each
//! with a timeout, a budget and an ear for the venue's mode.
//!
//! Never touches: the store; what an answer means for an attempt.
//!
//! Invariant: an answer is proof only when it is one of the documented ones;
//! everything else (a timeout, a reset, HTML, a 5xx) is a lack of answer.
//! Invariant: half a list is no list: a page that is missing or does not parse
//! is an error, never an end.

mod account;
pub mod age;
pub mod body;
mod book;
pub mod budget;
mod cancel;
pub mod catalogue;
mod credentials;
mod edge;
mod gamma;
pub mod l2;
mod market;
pub mod mode;
mod orders;
mod pages;
mod post;
mod sealed;
pub mod slots;
mod trades;
mod venue_market;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use order::{Address, Exchange};
use plan::fee::FeeCurve;
use reqwest::Method;
use serde_json::Value;

use crate::{clock, config};
use budget::{Budgets, Endpoint};
use mode::{Mode, Modes};

pub use account::{Asset, Wallet};
pub use book::Book;
pub use cancel::Cancellation;
pub use credentials::Credentials;
pub use gamma::{Gamma, GammaMarket};
pub use market::MarketFacts;
pub use orders::{OpenOrder, OrderSeen};
pub use post::Posted;
pub use trades::{OwnTrade, TradeStatus};
pub use venue_market::ListedMarket;

/// The largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Why there is no usable answer to a question. Never an empty list.
#[derive(Debug, thiserror::Error)]
pub enum ClobError {
    /// Nothing came back, or not whole.
    #[error("no answer from the venue: {0}")]
    NoAnswer(String),
    /// It was not asked: the venue wants to be left alone, or our own budget
    /// for such questions is used up.
    #[error("the venue was not asked: {0}")]
    Held(&'static str),
    /// The venue refused the question.
    #[error("the venue answered {status}: {text}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its words.
        text: String,
    },
    /// An answer of another shape than documented.
    #[error("the venue's answer has another shape: {0}")]
    Shape(String),
}

/// Whose account it is.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    /// Who the API key belongs to.
    pub address: Address,
    /// Whose funds move.
    pub maker: Address,
    /// Where its orders trade.
    pub exchange: Exchange,
}

/// The way to the venue.
#[derive(Clone)]
pub struct Clob {
    http: reqwest::Client,
    url: String,
    credentials: Arc<Credentials>,
    account: Account,
    signature_type: u8,
    timeout_ms: u64,
    shared: Arc<Mutex<Shared>>,
}

/// What all clones of a [`Clob`] know together.
struct Shared {
    budgets: Budgets,
    modes: Modes,
    curves: BTreeMap<String, (FeeCurve, u64)>,
}

/// An answer as it came.
struct Answer {
    status: u16,
    text: String,
    /// How old it was when it came, milliseconds.
    age_ms: u64,
}

impl Clob {
    /// Prepares the way for the API key of `account`.
    ///
    /// # Errors
    ///
    /// A sentence that names the file or setting, its problem and the fix.
    pub fn new(config: &config::Clob, account: Account) -> Result<Self, String> {
        let credentials = Credentials::read(config, &account.address)?;
        Self::with(config, account, credentials)
    }

    /// The same with credentials that are not in their place.
    ///
    /// # Errors
    ///
    /// A sentence that names the setting, its problem and the fix.
    pub fn with(
        config: &config::Clob,
        account: Account,
        credentials: Credentials,
    ) -> Result<Self, String> {
        let http = crate::http::client(config.timeout_ms)
            .map_err(|e| format!("CONFIG clob: {e}; check clob.url"))?;
        Ok(Self {
            http,
            url: config.url.clone(),
            credentials: credentials.into(),
            account,
            signature_type: config.signature_type,
            timeout_ms: config.timeout_ms,
            shared: Arc::new(Mutex::new(Shared {
                budgets: Budgets::default(),
                modes: Modes::new(config.post_only_after_restart_ms),
                curves: BTreeMap::new(),
            })),
        })
    }

    /// The owner that a POST body must name: the API key's own id.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.credentials.api_key
    }

    /// How old our credentials are.
    #[must_use]
    pub fn age(&self) -> age::Age {
        self.credentials.age
    }

    /// The venue's mode at `now_ms`, and until when it is known to last.
    #[must_use]
    pub fn mode(&self, now_ms: u64) -> (Mode, u64) {
        self.shared().modes.at(now_ms)
    }

    /// When the venue last said that it is not well.
    #[must_use]
    pub fn disturbed_ms(&self) -> Option<u64> {
        self.shared().modes.disturbed_ms()
    }

    /// Takes the right to post one order at `now_ms`, before it is written
    /// that it is being posted.
    ///
    /// # Errors
    ///
    /// Milliseconds to wait.
    pub fn permit_post(&self, now_ms: u64) -> Result<(), u64> {
        let mut shared = self.shared();
        let (mode, until_ms) = shared.modes.at(now_ms);
        if !mode.may_post() {
            return Err(until_ms.saturating_sub(now_ms).max(1));
        }
        shared.budgets.take(Endpoint::PostOrder, now_ms)
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        // Nothing in it can be left half-done by a panic.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks a public question.
    async fn public(&self, endpoint: Endpoint, path_and_query: &str) -> Result<Value, ClobError> {
        self.wait_turn(endpoint).await?;
        let request = self.http.get(format!("{}{path_and_query}", self.url));
        json(&self.send(request).await?)
    }

    /// Asks a question of our own account. The query is not part of what is
    /// signed.
    async fn private(
        &self,
        endpoint: Endpoint,
        path: &str,
        query: &str,
    ) -> Result<Value, ClobError> {
        self.wait_turn(endpoint).await?;
        json(&self.signed(Method::GET, path, query, None).await?)
    }

    async fn signed(
        &self,
        method: Method,
        path: &str,
        query: &str,
        body: Option<&str>,
    ) -> Result<Answer, ClobError> {
        let timestamp_s = clock::now_ms().checked_div(1_000).unwrap_or(0);
        let keys = &self.credentials;
        let signature = l2::sign(&keys.secret, timestamp_s, method.as_str(), path, body);
        let mut request = self
            .http
            .request(method, format!("{}{path}{query}", self.url))
            .header("POLY_ADDRESS", self.account.address.to_checksum(None))
            .header("POLY_SIGNATURE", signature)
            .header("POLY_TIMESTAMP", timestamp_s.to_string())
            .header("POLY_API_KEY", &keys.api_key)
            .header("POLY_PASSPHRASE", keys.passphrase.as_str());
        if let Some(body) = body {
            request = request
                .header("Content-Type", "application/json")
                .body(body.to_owned());
        }
        self.send(request).await
    }

    /// Waits for the endpoint's budget; not longer than for an answer.
    async fn wait_turn(&self, endpoint: Endpoint) -> Result<(), ClobError> {
        let started_ms = clock::now_ms();
        loop {
            let now_ms = clock::now_ms();
            let wait_ms = {
                let mut shared = self.shared();
                // A cancellation takes back; it may always be tried.
                let cancels = matches!(endpoint, Endpoint::Cancel | Endpoint::CancelMany);
                if !cancels && shared.modes.at(now_ms).0.holds_questions() {
                    return Err(ClobError::Held("it asked to be left alone for now"));
                }
                match shared.budgets.take(endpoint, now_ms) {
                    Ok(()) => return Ok(()),
                    Err(wait_ms) => wait_ms,
                }
            };
            let waited_ms = now_ms.saturating_sub(started_ms);
            if waited_ms.saturating_add(wait_ms) > self.timeout_ms {
                return Err(ClobError::Held("our budget for such questions is used up"));
            }
            // A budget refills with time alone, and says how much it takes: no
            // event will come, and an earlier look would find it as empty.
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, ClobError> {
        let (answer, retry_after_s) = fetch(request).await?;
        self.hear(&answer, retry_after_s);
        Ok(answer)
    }

    /// Takes the venue's mode from an answer.
    fn hear(&self, answer: &Answer, retry_after_s: Option<u64>) {
        let now_ms = clock::now_ms();
        let mut shared = self.shared();
        if answer.status == 200 {
            shared.modes.answered();
            return;
        }
        let value: Option<Value> = serde_json::from_str(&answer.text).ok();
        let told = value.and_then(|v| v.get("retry_after_seconds")?.as_u64());
        let said = catalogue::find(answer.status, &answer.text).and_then(|entry| entry.mode);
        if let Some(mode) = said {
            shared.modes.heard(mode, told.or(retry_after_s), now_ms);
            let (mode, until_ms) = shared.modes.at(now_ms);
            tracing::warn!(
                mode = mode.name(),
                until_ms,
                status = answer.status,
                "VENUE"
            );
        }
    }
}

/// Sends, and reads the answer whole; with the seconds it asks to be left alone.
async fn fetch(request: reqwest::RequestBuilder) -> Result<(Answer, Option<u64>), ClobError> {
    let no_answer = |e: reqwest::Error| ClobError::NoAnswer(e.without_url().to_string());
    let asked_ms = clock::now_ms();
    let response = request.send().await.map_err(no_answer)?;
    let status = response.status().as_u16();
    let header = response.headers().get(reqwest::header::RETRY_AFTER);
    let retry_after_s = header.and_then(|v| v.to_str().ok()?.trim().parse().ok());
    let age_ms = edge::of(response.headers(), asked_ms);
    let bytes = crate::http::body(response, ANSWER_BYTES_MAX).await;
    let bytes = bytes.map_err(|e| ClobError::NoAnswer(e.to_string()))?;
    let text = String::from_utf8(bytes)
        .map_err(|_ignored| ClobError::Shape("the answer is not UTF-8".to_owned()))?;
    let answer = Answer {
        status,
        text,
        age_ms,
    };
    Ok((answer, retry_after_s))
}

/// The JSON of a good answer.
fn json(answer: &Answer) -> Result<Value, ClobError> {
    if answer.status != 200 {
        let text = post::error_text(&answer.text).unwrap_or_else(|| shortened(&answer.text));
        return Err(ClobError::Refused {
            status: answer.status,
            text,
        });
    }
    serde_json::from_str(&answer.text)
        .map_err(|_ignored| ClobError::Shape(format!("not JSON: {}", shortened(&answer.text))))
}

/// At most 200 characters of somebody else's text, for a log line.
fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// A field that must be text.
fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str, ClobError> {
    value
        .get(field)
        .and_then(Value::as_str)
        .ok_or_else(|| ClobError::Shape(format!("{field} is missing or not text")))
}

/// A number's own digits, whether written as a number or as text: a decimal
/// must not pass through binary.
fn digits(value: &Value, field: &str) -> Result<String, ClobError> {
    match value.get(field) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        None | Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => Err(
            ClobError::Shape(format!("{field} is missing or not a number")),
        ),
    }
}
