//! The market feed: a WebSocket that answers a subscription with the books.
//!
//! Only what a client sees first: each known token's book once, and `PONG`.
//! Changes are not told.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use hyper_util::rt::TokioIo;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::{Value, json};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::App;
use super::rows::book_row;
use crate::core::refusal::Refusal;
use crate::crypto::word::Word;

/// What RFC 6455 has a server hash with the client's key.
const GREETING: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// `GET /ws/market`
pub(crate) async fn market(
    State(app): State<App>,
    mut request: Request,
) -> Result<Response, Refusal> {
    let key = request.headers().get(SEC_WEBSOCKET_KEY);
    let key = key.ok_or_else(|| Refusal::Request("not a WebSocket".to_owned()))?;
    let greeting = [key.as_bytes(), GREETING.as_bytes()].concat();
    let accept = STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &greeting));
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        // Whoever goes away before the upgrade wanted nothing.
        let Ok(upgraded) = upgrade.await else { return };
        let io = TokioIo::new(upgraded);
        serve(
            &app,
            WebSocketStream::from_raw_socket(io, Role::Server, None).await,
        )
        .await;
    });
    let headers = [
        (CONNECTION, "upgrade".to_owned()),
        (UPGRADE, "websocket".to_owned()),
        (SEC_WEBSOCKET_ACCEPT, accept),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

async fn serve<S>(app: &App, mut socket: WebSocketStream<S>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else {
            continue;
        };
        let answer = if text.as_str() == "PING" {
            Some("PONG".to_owned())
        } else {
            books(app, &text)
        };
        if let Some(answer) = answer
            && socket.send(Message::text(answer)).await.is_err()
        {
            return;
        }
    }
}

/// The books that a subscription asks for; nothing for what is none.
fn books(app: &App, text: &str) -> Option<String> {
    let wanted: Value = serde_json::from_str(text).ok()?;
    if wanted.get("type")?.as_str() != Some("market") {
        return None;
    }
    let venue = app.venue();
    let tokens = wanted.get("assets_ids")?.as_array()?.iter();
    let events: Vec<Value> = tokens
        .filter_map(|token| {
            let token = Word::from_decimal(token.as_str()?)?;
            let row = book_row(venue.exchange.market(token)?).ok()?;
            let mut event = json!(row);
            let fields = event.as_object_mut()?;
            fields.insert("event_type".to_owned(), json!("book"));
            Some(event)
        })
        .collect();
    (!events.is_empty()).then(|| json!(events).to_string())
}
