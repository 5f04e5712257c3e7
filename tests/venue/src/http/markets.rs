//! What the official clients also ask of markets: their rows, prices of
//! several tokens at once, and the legacy fee.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use serde_json::{Map, Value, json};

use super::App;
use super::data::page;
use super::public::{Params, answer_of, best, last_row, mid_text, spread_text};
use super::reply::{Answer, Json};
use super::rows::json_number;
use crate::core::market::Market;
use crate::core::refusal::Refusal;
use crate::crypto::order::Side;
use crate::crypto::word::Word;
use crate::units::{format_e4, format_e6};
use crate::venue::Venue;

/// `GET /fee-rate`: a legacy figure in basis points, no fee at all, and wrong
/// on purpose as it is there.
pub(crate) async fn fee_rate(State(app): State<App>, Query(query): Params) -> Answer {
    answer_of(&app, query.get("token_id"), |_| {
        Ok(Json(json!({"base_fee": 1000})))
    })
}

/// `GET /markets`: every market, by pages.
pub(crate) async fn markets(State(app): State<App>, Query(query): Params) -> Answer {
    let venue = app.venue();
    let mut by_condition: BTreeMap<&str, Vec<&Market>> = BTreeMap::new();
    for market in venue.exchange.markets() {
        by_condition
            .entry(&market.condition)
            .or_default()
            .push(market);
    }
    let rows: Vec<Value> = by_condition
        .values()
        .filter_map(|all| row(&venue, all))
        .collect();
    let size = venue.exchange.rules.page_size;
    page(&rows, query.get("next_cursor"), size)
}

/// `GET /markets/{condition}`
pub(crate) async fn market(State(app): State<App>, Path(condition): Path<String>) -> Answer {
    let venue = app.venue();
    let all: Vec<&Market> = venue
        .exchange
        .markets()
        .filter(|market| market.condition == condition)
        .collect();
    row(&venue, &all)
        .map(Json)
        .ok_or(Refusal::NotFound("market"))
}

/// A market as `GET /markets` tells it, as far as the simulator knows it.
fn row(venue: &Venue, all: &[&Market]) -> Option<Value> {
    let first = all.first()?;
    // Of its end this interface knows the day.
    let end = venue.exchange.rules.end_date.as_deref();
    let end = end.and_then(|end| end.split_once('T'));
    let token = |market: &&Market| {
        let mid = best(market).map(|(bid, ask)| bid.midpoint(ask));
        json!({
            "token_id": market.token.to_decimal(),
            "outcome": market.outcome,
            "price": json_number(&format_e4(mid.unwrap_or(5_000))),
            "winner": false,
        })
    };
    Some(json!({
        "condition_id": first.condition,
        "enable_order_book": true,
        "active": true,
        "closed": false,
        "archived": false,
        "accepting_orders": first.accepting,
        "minimum_order_size": json_number(&format_e6(first.grid.min_size_e6)),
        "minimum_tick_size": json_number(&format_e4(first.grid.tick_e4)),
        "end_date_iso": end.map(|(day, _)| format!("{day}T00:00:00Z")),
        "seconds_delay": 0,
        "maker_base_fee": 1000,
        "taker_base_fee": 1000,
        "neg_risk": first.neg_risk,
        "tokens": all.iter().map(token).collect::<Vec<_>>(),
    }))
}

/// What is asked of one token in a list of them.
struct Wanted {
    token: String,
    side: Option<Side>,
}

/// Answers for each token of the list; those unknown, or without an answer,
/// are left out.
fn each(app: &App, body: &Bytes, mut answer: impl FnMut(&Wanted, &Market)) -> Result<(), Refusal> {
    let rows: Vec<BTreeMap<String, Value>> = serde_json::from_slice(body)
        .map_err(|error| Refusal::Request(format!("Invalid payload: {error}")))?;
    let venue = app.venue();
    for row in rows {
        let text = |name: &str| row.get(name).and_then(Value::as_str);
        let Some(token) = text("token_id") else {
            return Err(Refusal::Request("Invalid token id".to_owned()));
        };
        let wanted = Wanted {
            token: token.to_owned(),
            side: text("side").and_then(Side::parse),
        };
        if let Some(market) = Word::from_decimal(token).and_then(|id| venue.exchange.market(id)) {
            answer(&wanted, market);
        }
    }
    Ok(())
}

/// `POST /midpoints`
pub(crate) async fn midpoints(State(app): State<App>, body: Bytes) -> Answer {
    let mut found = Map::new();
    each(&app, &body, |wanted, market| {
        if let Ok(text) = mid_text(market) {
            found.insert(wanted.token.clone(), text.into());
        }
    })?;
    Ok(Json(Value::Object(found)))
}

/// `POST /spreads`
pub(crate) async fn spreads(State(app): State<App>, body: Bytes) -> Answer {
    let mut found = Map::new();
    each(&app, &body, |wanted, market| {
        if let Ok(text) = spread_text(market) {
            found.insert(wanted.token.clone(), text.into());
        }
    })?;
    Ok(Json(Value::Object(found)))
}

/// `POST /prices`: the best price on the named side of each book.
pub(crate) async fn prices(State(app): State<App>, body: Bytes) -> Answer {
    let mut found: BTreeMap<String, BTreeMap<&str, String>> = BTreeMap::new();
    each(&app, &body, |wanted, market| {
        if let Some(side) = wanted.side
            && let Some(price_e4) = market.best(side)
        {
            let row = found.entry(wanted.token.clone()).or_default();
            row.insert(side.text(), format_e4(price_e4));
        }
    })?;
    Ok(Json(json!(found)))
}

/// `POST /last-trades-prices`
pub(crate) async fn last_trades_prices(State(app): State<App>, body: Bytes) -> Answer {
    let mut wanted = Vec::new();
    each(&app, &body, |row, _| wanted.push(row.token.clone()))?;
    let rows = wanted.iter().map(|token| {
        let Json(mut row) = last_row(&app, Some(token))?;
        if let Some(fields) = row.as_object_mut() {
            fields.insert("token_id".to_owned(), json!(token));
        }
        Ok(row)
    });
    Ok(Json(Value::Array(rows.collect::<Result<_, Refusal>>()?)))
}
