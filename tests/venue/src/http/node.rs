//! A node of the chain, as far as somebody asks whether it keeps up.

use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Value, json};

use super::App;
use super::reply::{Answer, Json};
use crate::chain;
use crate::contracts;
use crate::core::refusal::Refusal;

/// `POST /rpc`: `eth_chainId`, `eth_blockNumber`, `eth_getBlockByNumber`,
/// `eth_getBalance`, `eth_getLogs` of `OrderFilled`, `eth_call` of what contracts
/// say of markets.
pub(crate) async fn rpc(State(app): State<App>, body: Bytes) -> Answer {
    let asked: Value = serde_json::from_slice(&body)
        .map_err(|error| Refusal::Request(format!("Invalid payload: {error}")))?;
    let field = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let (id, method) = (field("id"), field("method"));
    let venue = app.venue();
    let params = field("params");
    let result = match method.as_str() {
        Some("eth_chainId") => Some(chain::quantity(venue.exchange.rules.chain_id)),
        Some("eth_blockNumber") => chain::block(&venue, &Value::Null).get("number").cloned(),
        Some("eth_getBlockByNumber") => Some(chain::block(&venue, &params)),
        Some("eth_getBalance") => chain::balance(&venue, &params),
        Some("eth_getLogs") => chain::logs(&venue, &params),
        Some("eth_call") => contracts::call(&venue, &params),
        Some(_) | None => {
            let error = json!({"code": -32601, "message": "method not found"});
            return Ok(Json(json!({"jsonrpc": "2.0", "id": id, "error": error})));
        }
    };
    let Some(result) = result else {
        let error = json!({"code": -32602, "message": "invalid params"});
        return Ok(Json(json!({"jsonrpc": "2.0", "id": id, "error": error})));
    };
    Ok(Json(json!({"jsonrpc": "2.0", "id": id, "result": result})))
}
