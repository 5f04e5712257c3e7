//! Posting and cancelling.

use axum::extract::State;
use serde_json::{Value, json};

use super::App;
use super::login::Private;
use super::reply::{Answer, Json};
use crate::core::refusal::Refusal;
use crate::core::rules::{BATCH_MAX, CANCEL_MAX};
use crate::crypto::word::Word;
use crate::journal::Command;
use crate::venue::Venue;

fn read(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|_syntax| Refusal::Payload)
}

/// `POST /order`
pub(crate) async fn post(State(app): State<App>, request: Private) -> Answer {
    let payload = read(&request.body)?;
    let Private { key, treatment, .. } = request;
    app.venue()
        .submit(Command::Order {
            api_key: key,
            payload,
            treatment,
        })
        .map(Json)
}

/// `POST /orders`: each order for itself, one row each.
///
/// A refused row says success and an error text at once, which is what clients
/// of the real venue must cope with.
pub(crate) async fn post_many(State(app): State<App>, request: Private) -> Answer {
    let Value::Array(orders) = read(&request.body)? else {
        return Err(Refusal::Payload);
    };
    if orders.len() > BATCH_MAX {
        return Err(Refusal::TooMany {
            found: orders.len(),
            max: BATCH_MAX,
        });
    }
    let mut venue = app.venue();
    let mut rows = Vec::new();
    for payload in orders {
        let treatment = request.treatment.clone();
        let command = Command::Order {
            api_key: request.key.clone(),
            payload,
            treatment,
        };
        rows.push(venue.submit(command).unwrap_or_else(
            |refusal| json!({"success": true, "errorMsg": refusal.to_string(), "orderID": ""}),
        ));
    }
    Ok(Json(Value::Array(rows)))
}

/// Cancels, and writes it down if anything was cancelled.
fn cancel(venue: &mut Venue, key: &str, ids: Vec<String>) -> Answer {
    if ids.len() > CANCEL_MAX {
        return Err(Refusal::TooMany {
            found: ids.len(),
            max: CANCEL_MAX,
        });
    }
    venue
        .submit(Command::Cancel {
            api_key: key.to_owned(),
            ids,
        })
        .map(Json)
}

/// `DELETE /order`
pub(crate) async fn cancel_one(State(app): State<App>, request: Private) -> Answer {
    let body = read(&request.body)?;
    let id = body
        .get("orderID")
        .and_then(Value::as_str)
        .ok_or(Refusal::Payload)?;
    cancel(&mut app.venue(), &request.key, vec![id.to_owned()])
}

/// `DELETE /orders`
pub(crate) async fn cancel_many(State(app): State<App>, request: Private) -> Answer {
    let ids: Vec<String> =
        serde_json::from_slice(&request.body).map_err(|_syntax| Refusal::Payload)?;
    cancel(&mut app.venue(), &request.key, ids)
}

/// `DELETE /cancel-market-orders`: a market, a token, or both.
///
/// Neither is refused: older text reads it as everything, and a client that
/// means that has another call for it.
pub(crate) async fn cancel_market(State(app): State<App>, request: Private) -> Answer {
    let body = read(&request.body)?;
    let field = |name| {
        body.get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let (condition, token) = (field("market"), field("asset_id"));
    if condition.is_none() && token.is_none() {
        return Err(Refusal::Payload);
    }
    let token = match token {
        Some(text) => Some(Word::from_decimal(text).ok_or(Refusal::Payload)?),
        None => None,
    };
    let mut venue = app.venue();
    let ids = venue.exchange.live(&request.key, condition, token);
    cancel(&mut venue, &request.key, ids)
}

/// `DELETE /cancel-all`
pub(crate) async fn cancel_all(State(app): State<App>, request: Private) -> Answer {
    let mut venue = app.venue();
    let ids = venue.exchange.live(&request.key, None, None);
    cancel(&mut venue, &request.key, ids)
}
