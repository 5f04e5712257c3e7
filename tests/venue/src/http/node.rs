//! A node of the chain, as far as somebody asks whether it keeps up.

use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Value, json};

use super::App;
use super::reply::{Answer, Json};
use crate::core::refusal::Refusal;

/// A block every two seconds.
const BLOCK_MS: u64 = 2_000;

/// `POST /rpc`: `eth_chainId`, `eth_blockNumber`, `eth_getBlockByNumber`.
pub(crate) async fn rpc(State(app): State<App>, body: Bytes) -> Answer {
    let asked: Value = serde_json::from_slice(&body)
        .map_err(|error| Refusal::Request(format!("Invalid payload: {error}")))?;
    let field = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let (id, method) = (field("id"), field("method"));
    let venue = app.venue();
    let number = venue.exchange.now_ms().div_euclid(BLOCK_MS);
    let hex = |number: u64| json!(format!("{number:#x}"));
    let result = match method.as_str() {
        Some("eth_chainId") => hex(venue.exchange.rules.chain_id),
        Some("eth_blockNumber") => hex(number),
        Some("eth_getBlockByNumber") => {
            let time_s = number.saturating_mul(BLOCK_MS).div_euclid(1_000);
            json!({"number": hex(number), "timestamp": hex(time_s)})
        }
        Some(_) | None => {
            let error = json!({"code": -32601, "message": "method not found"});
            return Ok(Json(json!({"jsonrpc": "2.0", "id": id, "error": error})));
        }
    };
    Ok(Json(json!({"jsonrpc": "2.0", "id": id, "result": result})))
}
