//! Gamma: markets as the catalogue shows them.
//!
//! Lists within a market are JSON text inside a string, but `positionIds` is a
//! real list. Fields may be overridden by hand: it often says otherwise than
//! the order API does.

use std::collections::BTreeSet;

use axum::extract::{Path, Query, State};
use serde_json::{Value, json};

use super::App;
use super::reply::{Answer, Json};
use super::rows::json_number;
use crate::core::market::Market;
use crate::core::refusal::Refusal;
use crate::crypto::domain::Protocol;
use crate::crypto::order::Side;
use crate::units::{format_e4, format_e6};
use crate::venue::Venue;

type Params = Vec<(String, String)>;

/// A list parameter, repeated or by commas.
fn listed<'a>(query: &'a Params, name: &str) -> BTreeSet<&'a str> {
    let values = query.iter().filter(|(named, _)| named == name);
    values
        .flat_map(|(_, value)| value.split(','))
        .filter(|value| !value.is_empty())
        .collect()
}

fn one<'a>(query: &'a Params, name: &str) -> Option<&'a str> {
    query
        .iter()
        .find(|(named, _)| named == name)
        .map(|(_, value)| value.as_str())
}

/// Every market, tokens in the order they were listed.
fn rows(venue: &Venue) -> Vec<Value> {
    let mut conditions = Vec::new();
    for market in venue.exchange.markets() {
        if !conditions.contains(&&market.condition) {
            conditions.push(&market.condition);
        }
    }
    conditions
        .into_iter()
        .map(|condition| row(venue, condition))
        .collect()
}

fn row(venue: &Venue, condition: &str) -> Value {
    let own = venue
        .exchange
        .markets()
        .filter(|market| market.condition == condition);
    let tokens: Vec<&Market> = own.collect();
    let ids: Vec<String> = tokens
        .iter()
        .map(|market| market.token.to_decimal())
        .collect();
    let outcomes: Vec<&str> = tokens
        .iter()
        .map(|market| market.outcome.as_str())
        .collect();
    let prices: Vec<String> = tokens
        .iter()
        .map(|market| format_e4(market.last_price_e4.unwrap_or(5_000)))
        .collect();
    let Some(first) = tokens.first() else {
        return Value::Null;
    };
    let quote = |side| first.best(side).map(|price| json_number(&format_e4(price)));
    let is_v2 = first.protocol == Protocol::V2;
    let name: String = condition.chars().skip(2).take(8).collect();
    let mut row = json!({
        "id": name,
        "question": format!("Market {name}?"),
        "conditionId": condition,
        "slug": format!("market-{name}"),
        "outcomes": json!(outcomes).to_string(),
        "outcomePrices": json!(prices).to_string(),
        "version": if is_v2 { "v2" } else { "v1" },
        "clobTokenIds": if is_v2 { Value::Null } else { json!(json!(ids).to_string()) },
        "positionIds": if is_v2 { json!(ids) } else { Value::Null },
        "negRisk": first.neg_risk,
        "orderPriceMinTickSize": json_number(&format_e4(first.grid.tick_e4)),
        "orderMinSize": json_number(&format_e6(first.grid.min_size_e6)),
        "bestBid": quote(Side::Buy),
        "bestAsk": quote(Side::Sell),
        "endDate": venue.exchange.rules.end_date,
        "active": true,
        "closed": false,
        "archived": false,
        "acceptingOrders": first.accepting,
        "enableOrderBook": true,
        "feesEnabled": first.curve.rate_e6 > 0,
        "feeSchedule": {
            "exponent": first.curve.exponent,
            "rate": json_number(&first.curve.rate_text()),
            "takerOnly": true,
        },
        if is_v2 { "resolutionStatus" } else { "umaResolutionStatus" }: "active",
    });
    let shown = venue.leaders.shown.get(condition);
    if let (Some(row), Some(shown)) = (row.as_object_mut(), shown) {
        row.extend(shown.clone());
    }
    row
}

/// What a list was asked for.
fn wanted(query: &Params, rows: Vec<Value>) -> Vec<Value> {
    let (conditions, tokens) = (
        listed(query, "condition_ids"),
        listed(query, "clob_token_ids"),
    );
    let named = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let has_token = |row: &Value| {
        let ids: Vec<String> =
            serde_json::from_str(&named(row, "clobTokenIds")).unwrap_or_default();
        ids.iter().any(|id| tokens.contains(id.as_str()))
    };
    let closed = one(query, "closed").map(|text| text == "true");
    rows.into_iter()
        .filter(|row| {
            conditions.is_empty() || conditions.contains(named(row, "conditionId").as_str())
        })
        .filter(|row| tokens.is_empty() || has_token(row))
        .filter(|row| closed.is_none_or(|closed| row["closed"] == closed))
        .collect()
}

fn limit(query: &Params) -> Result<usize, Refusal> {
    match one(query, "limit").map(str::parse) {
        None => Ok(20),
        Some(Ok(limit)) => Ok(limit),
        Some(Err(_)) => Err(Refusal::Request("invalid limit".to_owned())),
    }
}

/// `GET /markets`: by condition or token; offsets are past their sunset.
pub(crate) async fn markets(State(app): State<App>, Query(query): Query<Params>) -> Answer {
    if one(&query, "offset").is_some() {
        return Err(Refusal::Request(
            "offset is not supported, use /markets/keyset".to_owned(),
        ));
    }
    let mut rows = wanted(&query, rows(&app.venue()));
    rows.truncate(limit(&query)?);
    Ok(Json(json!(rows)))
}

/// `GET /markets/keyset`: by pages; the cursor is the last market's condition.
pub(crate) async fn keyset(State(app): State<App>, Query(query): Query<Params>) -> Answer {
    let mut rows = wanted(&query, rows(&app.venue()));
    if let Some(after) = one(&query, "after_cursor") {
        let at = rows.iter().position(|row| row["conditionId"] == after);
        let at = at.ok_or_else(|| Refusal::Request("invalid after_cursor".to_owned()))?;
        rows.drain(..=at);
    }
    let limit = limit(&query)?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| has_more);
    let next = last.map(|row| row["conditionId"].clone());
    let page = next.map_or_else(
        || json!({"markets": rows}),
        |next| json!({"markets": rows, "next_cursor": next}),
    );
    Ok(Json(page))
}

/// `GET /markets/slug/{slug}`
pub(crate) async fn slug(State(app): State<App>, Path(slug): Path<String>) -> Answer {
    let rows = rows(&app.venue());
    let found = rows.into_iter().find(|row| row["slug"] == slug.as_str());
    found.map(Json).ok_or(Refusal::NotFound("market"))
}
