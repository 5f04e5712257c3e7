//! The venue's order API.
//!
//! Invariant: an answer is proof only when it is one of the documented ones;
//! everything else (a timeout, a reset, HTML, a 5xx) is a lack of answer.

pub mod body;
mod credentials;
pub mod l2;
mod market;
mod post;
mod trades;

use std::time::Duration;

use order::Address;
use reqwest::Method;
use serde_json::Value;

use crate::clock;
use crate::config;

pub use credentials::Credentials;
pub use post::Posted;
pub use trades::{OwnTrade, TradeStatus};

/// The largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Why there is no usable answer to a question. Never an empty list.
#[derive(Debug, thiserror::Error)]
pub enum ClobError {
    /// Nothing came back, or not whole.
    #[error("no answer from the venue: {0}")]
    NoAnswer(String),
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

/// The way to the venue.
#[derive(Clone)]
pub struct Clob {
    http: reqwest::Client,
    url: String,
    credentials: std::sync::Arc<Credentials>,
    address: Address,
}

/// An answer as it came.
struct Answer {
    status: u16,
    text: String,
}

impl Clob {
    /// Prepares the way for the API key that belongs to `address`.
    ///
    /// # Errors
    ///
    /// A sentence that names the file or setting, its problem and the fix.
    pub fn new(config: &config::Clob, address: Address) -> Result<Self, String> {
        let credentials = Credentials::read(&config.credentials)?;
        let limit = Duration::from_millis(config.timeout_ms);
        let http = reqwest::Client::builder()
            .timeout(limit)
            .connect_timeout(limit)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| format!("CONFIG clob: {e}; check clob.url"))?;
        Ok(Self {
            http,
            url: config.url.clone(),
            credentials: credentials.into(),
            address,
        })
    }

    /// The owner that a POST body must name: the API key's own id.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.credentials.api_key
    }

    /// Asks a public question.
    async fn public(&self, path_and_query: &str) -> Result<Value, ClobError> {
        let request = self.http.get(format!("{}{path_and_query}", self.url));
        json(&Self::send(request).await?)
    }

    /// Asks a question of our own account. The query is not part of what is
    /// signed.
    async fn private(&self, path: &str, query: &str) -> Result<Value, ClobError> {
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
            .header("POLY_ADDRESS", self.address.to_checksum(None))
            .header("POLY_SIGNATURE", signature)
            .header("POLY_TIMESTAMP", timestamp_s.to_string())
            .header("POLY_API_KEY", &keys.api_key)
            .header("POLY_PASSPHRASE", keys.passphrase.as_str());
        if let Some(body) = body {
            request = request
                .header("Content-Type", "application/json")
                .body(body.to_owned());
        }
        Self::send(request).await
    }

    async fn send(request: reqwest::RequestBuilder) -> Result<Answer, ClobError> {
        let no_answer = |e: reqwest::Error| ClobError::NoAnswer(e.without_url().to_string());
        let mut response = request.send().await.map_err(no_answer)?;
        let status = response.status().as_u16();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
            if bytes.len().saturating_add(chunk.len()) > ANSWER_BYTES_MAX {
                return Err(ClobError::NoAnswer("the answer is too large".to_owned()));
            }
            bytes.extend_from_slice(&chunk);
        }
        let text = String::from_utf8(bytes)
            .map_err(|_ignored| ClobError::Shape("the answer is not UTF-8".to_owned()))?;
        Ok(Answer { status, text })
    }
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
