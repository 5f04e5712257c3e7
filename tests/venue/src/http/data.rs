//! An account's own orders and trades, by pages.
//!
//! A cursor is the base64 of an offset: "MA==" is 0 and "LTE=" is -1, the end.

use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::App;
use super::course::Hidden;
use super::login::Private;
use super::reply::{Answer, Json};
use super::rows::{order_row, seconds, trade_row};
use crate::core::orders::OrderRecord;
use crate::core::refusal::Refusal;
use crate::core::trades::Trade;
use crate::crypto::order::OrderId;
use crate::crypto::word::Address;
use crate::venue::Venue;

const END: &str = "LTE=";

/// One page of rows.
pub(super) fn page(rows: &[Value], cursor: Option<&String>, size: usize) -> Answer {
    let start = match cursor.map(String::as_str) {
        None | Some("") => 0,
        Some(END) => rows.len(),
        Some(text) => STANDARD
            .decode(text)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok()?.parse::<usize>().ok())
            .ok_or_else(|| Refusal::Request("invalid next_cursor".to_owned()))?,
    };
    let end = start.saturating_add(size).min(rows.len());
    let data = rows.get(start.min(end)..end).unwrap_or_default();
    let next = if end < rows.len() {
        STANDARD.encode(end.to_string())
    } else {
        END.to_owned()
    };
    Ok(Json(
        json!({"data": data, "next_cursor": next, "limit": size, "count": data.len()}),
    ))
}

/// Whether a record belongs to the address behind this key.
fn is_own(venue: &Venue, key: &str, owner: &str) -> bool {
    let address = |key| venue.exchange.key(key).map(|key| key.address);
    address(key) == address(owner)
}

fn is_hidden(request: &Private, id: &str) -> bool {
    match &request.view.hidden {
        Hidden::None => false,
        Hidden::All => true,
        Hidden::One(hidden) => hidden == id,
    }
}

/// `GET /data/order/{id}`: open or closed, as long as it was accepted.
pub(crate) async fn order(
    State(app): State<App>,
    Path(id): Path<String>,
    request: Private,
) -> Answer {
    let venue = app.venue();
    let found = OrderId::parse(&id).and_then(|id| venue.exchange.order(id));
    found
        .filter(|record| is_own(&venue, &request.key, &record.owner))
        .filter(|record| !is_hidden(&request, &record.id.to_string()))
        .map(|record| Json(order_row(record, &venue.exchange)))
        .ok_or(Refusal::NotFound("order"))
}

/// `GET /data/orders`: what is open.
pub(crate) async fn orders(State(app): State<App>, request: Private) -> Answer {
    let venue = app.venue();
    let param = |name: &str| request.query.get(name).filter(|text| !text.is_empty());
    let wanted = |record: &&OrderRecord| {
        let id = record.id.to_string();
        record.is_open()
            && is_own(&venue, &request.key, &record.owner)
            && !is_hidden(&request, &id)
            && param("id").is_none_or(|wanted| *wanted == id)
            && param("market").is_none_or(|wanted| *wanted == record.condition)
            && param("asset_id").is_none_or(|wanted| *wanted == record.order.token.to_decimal())
    };
    let rows: Vec<Value> = venue
        .exchange
        .orders()
        .filter(wanted)
        .map(|record| order_row(record, &venue.exchange))
        .collect();
    page(
        &rows,
        request.query.get("next_cursor"),
        venue.exchange.rules.page_size,
    )
}

/// `GET /data/trades`: newest first; times are seconds and inclusive.
pub(crate) async fn trades(State(app): State<App>, request: Private) -> Answer {
    let venue = app.venue();
    let param = |name: &str| request.query.get(name).filter(|text| !text.is_empty());
    let bound = |name: &str| match param(name).map(|text| text.parse::<u64>()) {
        None => Ok(None),
        Some(Ok(value)) => Ok(Some(value)),
        Some(Err(_)) => Err(Refusal::Request(format!("invalid {name}"))),
    };
    let (before_s, after_s) = (bound("before")?, bound("after")?);
    let maker = param("maker_address").map(|text| Address::parse(text));
    let parties = |trade: &Trade| {
        venue
            .exchange
            .orders_in(trade)
            .map(|record| {
                (
                    is_own(&venue, &request.key, &record.owner),
                    record.order.maker,
                )
            })
            .collect::<Vec<_>>()
    };
    let wanted = |trade: &&Trade| {
        let matched_s = seconds(trade.matched_ms);
        let parties = parties(trade);
        parties.iter().any(|(own, _)| *own)
            && request
                .view
                .trades_until_ms
                .is_none_or(|until_ms| trade.matched_ms <= until_ms)
            && param("id").is_none_or(|wanted| *wanted == trade.id)
            && param("market").is_none_or(|wanted| *wanted == trade.condition)
            && param("asset_id").is_none_or(|wanted| *wanted == trade.token.to_decimal())
            && maker.is_none_or(|maker| parties.iter().any(|(_, of)| Some(*of) == maker))
            && before_s.is_none_or(|before_s| matched_s <= before_s)
            && after_s.is_none_or(|after_s| matched_s >= after_s)
    };
    let rows: Vec<Value> = venue
        .exchange
        .trades()
        .iter()
        .rev()
        .filter(wanted)
        .map(|trade| trade_row(trade, &request.key, &venue.exchange))
        .collect();
    page(
        &rows,
        request.query.get("next_cursor"),
        venue.exchange.rules.page_size,
    )
}
