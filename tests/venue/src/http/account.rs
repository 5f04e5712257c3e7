//! An account's standing: balances, signs of life, restrictions.

use axum::extract::State;
use serde_json::{Map, Value, json};

use super::App;
use super::login::Private;
use super::reply::{Answer, Json};
use crate::core::ledger::Asset;
use crate::core::refusal::Refusal;
use crate::crypto::domain::{Protocol, exchange};
use crate::crypto::order::SignatureType;
use crate::crypto::word::Word;
use crate::journal::Command;

/// What an unlimited permission looks like on chain: 2^256 - 1.
const UNLIMITED: &str =
    "115792089237316195423570985008687907853269984665640564039457584007913129639935";

/// `GET /balance-allowance`: base units as text, and what each exchange may take.
pub(crate) async fn balance(State(app): State<App>, request: Private) -> Answer {
    let venue = app.venue();
    let account = venue
        .exchange
        .key(&request.key)
        .ok_or(Refusal::Unauthorized)?;
    let bad = |what: &str| Refusal::Request(format!("invalid {what}"));
    let kind = match request.query.get("signature_type") {
        None => account.signature_type,
        Some(text) => text
            .parse()
            .ok()
            .and_then(SignatureType::from_number)
            .ok_or_else(|| bad("signature_type"))?,
    };
    let wallet = account
        .wallet_of(kind)
        .ok_or_else(|| bad("signature_type"))?;
    let asset = match request.query.get("asset_type").map(String::as_str) {
        Some("COLLATERAL") => Asset::Collateral,
        Some("CONDITIONAL" | "CONDITIONAL-V2") => {
            let token = request
                .query
                .get("token_id")
                .and_then(|text| Word::from_decimal(text));
            Asset::Shares(token.ok_or_else(|| bad("token_id"))?)
        }
        None | Some(_) => return Err(bad("asset_type")),
    };
    let limit = match asset {
        Asset::Collateral => venue.exchange.ledger.allowance_e6(wallet),
        Asset::Shares(_) => None,
    };
    let limit = limit.map_or_else(|| UNLIMITED.to_owned(), |limit_e6| limit_e6.to_string());
    let chain_id = venue.exchange.rules.chain_id;
    let spenders = [
        (Protocol::V1, false),
        (Protocol::V1, true),
        (Protocol::V2, false),
    ];
    let allowances: Map<String, Value> = spenders
        .iter()
        .filter_map(|(protocol, neg_risk)| exchange(chain_id, *protocol, *neg_risk))
        .map(|exchange| (exchange.contract.to_string(), json!(limit)))
        .collect();
    let balance_e6 = venue.exchange.ledger.holding(wallet, asset).balance_e6;
    Ok(Json(
        json!({"balance": balance_e6.to_string(), "allowances": allowances}),
    ))
}

/// `GET /balance-allowance/update`: nothing is cached here, so nothing to do.
pub(crate) async fn balance_update(request: Private) -> Answer {
    drop(request);
    Ok(Json(json!("")))
}

/// `POST /v1/heartbeats`
pub(crate) async fn heartbeat(State(app): State<App>, request: Private) -> Answer {
    let body: Value = serde_json::from_slice(&request.body).map_err(|_syntax| Refusal::Payload)?;
    // The first one may say null.
    let heartbeat_id = body
        .get("heartbeat_id")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let heartbeat_id = heartbeat_id.to_owned();
    app.venue()
        .submit(Command::Heartbeat {
            api_key: request.key,
            heartbeat_id,
        })
        .map(Json)
}

/// `GET /auth/ban-status/closed-only`
pub(crate) async fn closed_only(State(app): State<App>, request: Private) -> Answer {
    let venue = app.venue();
    let account = venue
        .exchange
        .key(&request.key)
        .ok_or(Refusal::Unauthorized)?;
    Ok(Json(json!({"closed_only": account.closed_only})))
}
