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
