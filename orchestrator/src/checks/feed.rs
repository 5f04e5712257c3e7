//! Whether the venue's market feed can be reached: a connection, a
//! subscription, and the first message of its book.
//!
//! For: `health` alone; nothing is decided on what the feed says.
//!
//! Invariant: a connection that says nothing of our market is not reached.
//! Invariant: other than on this host it is TLS, under the host's own roots.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::Url;
use rustls_pki_types::ServerName;
use rustls_platform_verifier::ConfigVerifierExt;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::{Check, Level};

/// The check's name.
pub const FEED: &str = "Market feed reachable";
/// The largest message that is read, in bytes.
const MESSAGE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Subscribes to `token` at `url`, and waits for what it says of it first.
/// Returns that message's kind.
///
/// # Errors
///
/// Why nothing was heard of it within the time.
pub async fn first(url: &str, token: &str, timeout_ms: u64) -> Result<String, String> {
    let limit = Duration::from_millis(timeout_ms);
    match tokio::time::timeout(limit, reach(url, token)).await {
        Ok(heard) => heard,
        Err(_elapsed) => Err(format!("nothing was heard within {timeout_ms} ms")),
    }
}

async fn reach(url: &str, token: &str) -> Result<String, String> {
    let parsed = Url::parse(url).map_err(|e| e.to_string())?;
    let host = parsed.host_str().ok_or("the address has no host")?;
    let port = parsed.port_or_known_default().ok_or("it has no port")?;
    let stream = TcpStream::connect((host, port))
        .await
        .map_err(|e| format!("no connection: {e}"))?;
    if parsed.scheme() != "wss" {
        return listen(url, stream, token).await;
    }
    let config = rustls::ClientConfig::with_platform_verifier().map_err(|e| e.to_string())?;
    let name = ServerName::try_from(host.to_owned()).map_err(|e| e.to_string())?;
    let tls = tokio_rustls::TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .map_err(|e| format!("no TLS: {e}"))?;
    listen(url, tls, token).await
}

async fn listen<S>(url: &str, stream: S, token: &str) -> Result<String, String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let limits = WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    let (mut socket, _) = client_async_with_config(url, stream, Some(limits))
        .await
        .map_err(|e| format!("no WebSocket: {e}"))?;
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
