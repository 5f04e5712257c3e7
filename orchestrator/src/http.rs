//! How `run` and the checks ask over HTTP: one way for all of them. The watcher
//! shares nothing with those who trade, and has its own.
//!
//! Invariant: no redirect is followed and no proxy of the environment is used:
//! who was named in the configuration answers, or nobody does.

use std::time::Duration;

/// A client that waits so long for a connection, and for an answer.
///
/// # Errors
///
/// When the host has no means for one.
pub fn client(timeout_ms: u64) -> Result<reqwest::Client, reqwest::Error> {
    let limit = Duration::from_millis(timeout_ms);
    reqwest::Client::builder()
        .timeout(limit)
        .connect_timeout(limit)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// The largest answer to a check or an alert that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Sends `body` as JSON, and reads status and answer whole.
///
/// # Errors
///
/// Why there is no answer; never the address, which may hold a token.
pub async fn post_json(
    client: &reqwest::Client,
    url: &str,
    body: String,
) -> Result<(u16, String), String> {
    let told = |e: reqwest::Error| e.without_url().to_string();
    let request = client.post(url).header("Content-Type", "application/json");
    let mut response = request.body(body).send().await.map_err(told)?;
    let status = response.status().as_u16();
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(told)? {
        if bytes.len().saturating_add(chunk.len()) > ANSWER_BYTES_MAX {
            return Err("the answer is too large".to_owned());
        }
        bytes.extend_from_slice(&chunk);
    }
    let text = String::from_utf8(bytes).map_err(|_ignored| "the answer is not UTF-8")?;
    Ok((status, text))
}
