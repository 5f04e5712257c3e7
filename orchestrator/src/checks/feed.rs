//! Whether the venue's market feed can be reached: a connection, a
//! subscription, and the first message of its book.
//!
//! For: `health` alone; nothing is decided on what the feed says.
//!
//! Invariant: a connection that says nothing of our market is not reached.
//! Invariant: it is reached as everything else is (`http.rs`): TLS but on this
//! host, no redirect, no proxy.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use reqwest::header::{CONNECTION, HeaderMap, SEC_WEBSOCKET_ACCEPT, UPGRADE};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::{Check, Level};

/// The check's name.
pub const FEED: &str = "Market feed reachable";
/// The largest message that is read, in bytes.
const MESSAGE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// What RFC 6455 has a server hash with the client's key.
const GREETING: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Subscribes to `token` at `url`, and waits for what it says of it first.
/// Returns that message's kind.
///
/// # Errors
///
/// Why nothing was heard of it within the time.
pub async fn first(url: &str, token: &str, timeout_ms: u64) -> Result<String, String> {
    let limit = Duration::from_millis(timeout_ms);
    match tokio::time::timeout(limit, reach(url, token, timeout_ms)).await {
        Ok(heard) => heard,
        Err(_elapsed) => Err(format!("nothing was heard within {timeout_ms} ms")),
    }
}

async fn reach(url: &str, token: &str, timeout_ms: u64) -> Result<String, String> {
    let limits = WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    let stream = upgraded(url, timeout_ms).await?;
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Client, Some(limits)).await;
    let wanted = json!({"type": "market", "assets_ids": [token]}).to_string();
    socket
        .send(Message::text(wanted))
        .await
        .map_err(|e| format!("the subscription was not sent: {e}"))?;
    while let Some(message) = socket.next().await {
        let message = message.map_err(|e| format!("the feed broke off: {e}"))?;
        let Message::Text(text) = message else {
            continue;
        };
        if let Some(kind) = kind_for(&text, token) {
            // How the goodbye arrives is of no interest any more.
            drop(socket.close(None).await);
            return Ok(kind);
        }
    }
    Err("the feed closed without a word of the market".to_owned())
}

/// A connection that was an HTTP request and is a WebSocket now: the way of all
/// other questions, TLS and roots included.
async fn upgraded(url: &str, timeout_ms: u64) -> Result<reqwest::Upgraded, String> {
    let told = |e: reqwest::Error| format!("no connection: {}", e.without_url());
    let mut nonce = [0_u8; 16];
    SystemRandom::new()
        .fill(&mut nonce)
        .map_err(|_ignored| "the system gives no randomness; check the host")?;
    let key = STANDARD.encode(nonce);
    // `ws` is `http`, `wss` is `https`.
    let address = url.replacen("ws", "http", 1);
    let request = crate::http::client(timeout_ms)
        .map_err(told)?
        .get(address)
        .header("Connection", "Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", &key);
    let answer = request.send().await.map_err(told)?;
    let status = answer.status().as_u16();
    if status != 101 || !is_greeted(answer.headers(), &key) {
        return Err(format!("no WebSocket: it answered {status}"));
    }
    answer.upgrade().await.map_err(told)
}

/// Whether a server has understood what was asked with `key`.
fn is_greeted(headers: &HeaderMap, key: &str) -> bool {
    let hash = digest(
        &SHA1_FOR_LEGACY_USE_ONLY,
        format!("{key}{GREETING}").as_bytes(),
    );
    let says = |name, wanted: &str| {
        let said = headers.get(name).and_then(|value| value.to_str().ok());
        said.is_some_and(|said: &str| said.eq_ignore_ascii_case(wanted))
    };
    let accept = headers.get(SEC_WEBSOCKET_ACCEPT);
    says(CONNECTION, "upgrade")
        && says(UPGRADE, "websocket")
        && accept.is_some_and(|accept| accept.as_bytes() == STANDARD.encode(hash).as_bytes())
}

/// The kind of the event in `text` that is of `token`, if there is one.
fn kind_for(text: &str, token: &str) -> Option<String> {
    // A frame is one event or a list of them.
    let events = match serde_json::from_str(text).ok()? {
        Value::Array(events) => events,
        event @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Object(_)) => vec![event],
    };
    let ours = events
        .iter()
        .find(|event| event.get("asset_id").and_then(Value::as_str) == Some(token))?;
    let kind = ours.get("event_type").and_then(Value::as_str)?;
    Some(kind.to_owned())
}

/// Whether the feed was reached.
#[must_use]
pub fn check(found: Option<&Result<String, String>>) -> Check {
    match found {
        None => {
            let words = "not configured: set checks.market_feed to have it tried";
            (FEED, Level::Unset, words.to_owned())
        }
        Some(Err(e)) => (FEED, Level::Fails, format!("{e}; check checks.market_feed")),
        Some(Ok(kind)) => {
            let words = format!("connected, subscribed, first message a {kind}");
            (FEED, Level::Well, words)
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    /// M67: only a word of our own market is one, whether alone or in a list.
    #[test]
    fn a_message_of_another_market_is_not_what_was_waited_for() {
        let kind = |text: &str| kind_for(text, "7");
        let book = "{\"event_type\": \"book\", \"asset_id\": \"7\"}";
        assert_eq!(kind(book).as_deref(), Some("book"));
        assert_eq!(kind(&format!("[{{}}, {book}]")).as_deref(), Some("book"));
        for other in [
            "PONG",
            "[]",
            "{\"event_type\": \"book\", \"asset_id\": \"8\"}",
            "{\"event_type\": \"new_market\"}",
            "{\"asset_id\": \"7\"}",
        ] {
            assert_eq!(kind(other), None, "{other}");
        }
        assert_eq!(check(None).1, Level::Unset, "nobody tried is no pass");
        assert_eq!(check(Some(&Err("no".to_owned()))).1, Level::Fails);
        assert_eq!(check(Some(&Ok("book".to_owned()))).1, Level::Well);
    }

    /// M67: the greeting of RFC 6455's own example, and one that is off by a letter.
    #[test]
    fn only_who_hashed_our_key_has_understood() {
        let greeted = |accept: &str| {
            let pairs = [
                (CONNECTION, "Upgrade"),
                (UPGRADE, "websocket"),
                (SEC_WEBSOCKET_ACCEPT, accept),
            ];
            let pairs = pairs.map(|(name, value)| (name, value.parse().unwrap()));
            is_greeted(&HeaderMap::from_iter(pairs), "dGhlIHNhbXBsZSBub25jZQ==")
        };
        assert!(greeted("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert!(!greeted("s3pPLMBiTxaQ9kYGzzhZRbK+xOO="));
        assert!(!is_greeted(&HeaderMap::new(), "dGhlIHNhbXBsZSBub25jZQ=="));
    }

    /// M67: who accepts and says nothing, or is no WebSocket, is not reached.
    #[tokio::test]
    async fn a_feed_that_says_nothing_is_not_reached() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/ws", silent.local_addr().unwrap());
        let said = first(&url, "7", 50).await;
        assert_eq!(said, Err("nothing was heard within 50 ms".to_owned()));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = silent.accept().await {
                // A request's first bytes, then the end.
                drop(stream.read(&mut [0_u8; 16]).await);
            }
        });
        assert!(first(&url, "7", 5_000).await.is_err());
        assert!(first("ws://127.0.0.1:1/ws", "7", 5_000).await.is_err());
    }
}
