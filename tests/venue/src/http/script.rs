//! What a test's script says that others did.
//!
//! Not part of the venue's protocol. Rows are written as the Data API writes
//! them, one, a list, or a whole recorded page.

use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::App;
use super::reply::{Answer, Json};
use crate::core::refusal::Refusal;
use crate::crypto::word::Address;
use crate::journal::Command;
use crate::leaders::Part;

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::Request(error.to_string()))
}

/// The rows of a body, in the order in which they are to happen.
fn rows(body: Value) -> Vec<Value> {
    match body {
        Value::Array(rows) => rows,
        // A page, or a file that holds one: the newest stands first.
        Value::Object(mut page) if page.contains_key("data") => {
            let mut rows = rows(page.remove("data").unwrap_or_default());
            rows.reverse();
            rows
        }
        row @ (Value::Object(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)) => vec![row],
    }
}

fn take(app: &App, part: Part, body: &[u8]) -> Answer {
    let rows = rows(read(body)?);
    let mut venue = app.venue();
    let mut taken = Vec::new();
    for row in rows {
        taken.push(venue.submit(Command::Leader { part, row })?);
    }
    Ok(Json(json!(taken)))
}

/// `POST /sim/leader-trade`
pub(crate) async fn trade(State(app): State<App>, body: Bytes) -> Answer {
    take(&app, Part::Trade, &body)
}

/// `POST /sim/leader-position`
pub(crate) async fn position(State(app): State<App>, body: Bytes) -> Answer {
    take(&app, Part::Position, &body)
}

/// `POST /sim/leader-activity`
pub(crate) async fn activity(State(app): State<App>, body: Bytes) -> Answer {
    take(&app, Part::Activity, &body)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MarketBody {
    condition_id: String,
    fields: Map<String, Value>,
}

/// `POST /sim/market`: what Gamma shows of a market.
pub(crate) async fn market(State(app): State<App>, body: Bytes) -> Answer {
    let MarketBody {
        condition_id,
        fields,
    } = read(&body)?;
    let command = Command::Market {
        condition_id,
        fields,
    };
    app.venue().submit(command).map(Json)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EdgeBody {
    cache_ms: u64,
}

/// `POST /sim/edge`: how long the very same question gets the same answer.
pub(crate) async fn edge(State(app): State<App>, body: Bytes) -> Answer {
    let EdgeBody { cache_ms } = read(&body)?;
    let mut venue = app.venue();
    venue.edge.cache_ms = cache_ms;
    venue.edge.held.clear();
    Ok(Json(json!({"cache_ms": cache_ms})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GasBody {
    address: String,
    wei: String,
}

/// `POST /sim/gas`: what an address has of the chain's own coin.
pub(crate) async fn gas(State(app): State<App>, body: Bytes) -> Answer {
    let GasBody { address, wei } = read(&body)?;
    let bad = |what: &str| Refusal::Request(format!("{what} is none"));
    let owner = Address::parse(&address).ok_or_else(|| bad("address"))?;
    let amount = wei.parse().map_err(|_ignored| bad("wei"))?;
    app.venue().gas.insert(owner, amount);
    Ok(Json(json!({"address": address, "wei": wei})))
}
