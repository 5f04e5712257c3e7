//! The Data API, version 2: what anyone did, by pages, newest first.
//!
//! A cursor names the last row of its page and the filters it was asked with;
//! another page with other filters is refused, as is an offset.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::Uri;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::App;
use super::reply::{Answer, Json};
use crate::core::refusal::Refusal;
use crate::leaders::{Happened, Leaders, number};
use crate::units::{format_e6, parse_e6};

type Params = BTreeMap<String, String>;

/// What every page must repeat; anything else in a query is ignored.
const FILTERS: [&str; 15] = [
    "user",
    "condition",
    "event_id",
    "side",
    "taker_only",
    "filter_type",
    "filter_amount",
    "start",
    "end",
    "type",
    "status",
    "sort_by",
    "sort_direction",
    "include_archived",
    "exclude_deposits_withdrawals",
];

/// The newest row that a page does not have: its time and number.
type Key = (u64, usize);

fn bad(what: &str) -> Refusal {
    Refusal::Request(format!("invalid {what}"))
}

fn filters(query: &Params) -> String {
    let named = FILTERS
        .iter()
        .filter_map(|name| Some((name, query.get(*name)?)));
    let asked: Vec<String> = named
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    asked.join("&")
}

fn key_of(query: &Params) -> Result<Option<Key>, Refusal> {
    if query.contains_key("offset") {
        return Err(Refusal::Request(
            "offset is not supported, use cursor".to_owned(),
        ));
    }
    let Some(cursor) = query.get("cursor").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let bytes = URL_SAFE_NO_PAD
        .decode(cursor)
        .map_err(|_ignored| bad("cursor"))?;
    let (at_s, serial, asked): (u64, usize, String) =
        serde_json::from_slice(&bytes).map_err(|_ignored| bad("cursor"))?;
    if asked != filters(query) {
        return Err(Refusal::Request("cursor does not match filters".to_owned()));
    }
    Ok(Some((at_s, serial)))
}

/// One page of `rows`, which are sorted, newest first.
fn page(rows: Vec<(Key, Value)>, query: &Params, limit_max: usize) -> Answer {
    let after = key_of(query)?;
    let limit = match query.get("limit").map(|text| text.parse::<usize>()) {
        None => 100,
        Some(Ok(limit)) if limit > 0 => limit.min(limit_max),
        Some(_) => return Err(bad("limit")),
    };
    let mut rows: Vec<(Key, Value)> = rows
        .into_iter()
        .filter(|(key, _)| after.is_none_or(|after| *key < after))
        .collect();
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = match rows.last() {
        Some(((at_s, serial), _)) if has_more => {
            let key = json!([at_s, serial, filters(query)]).to_string();
            json!(URL_SAFE_NO_PAD.encode(key))
        }
        Some(_) | None => Value::Null,
    };
    let data: Vec<Value> = rows.into_iter().map(|(_, row)| row).collect();
    let pagination =
        json!({"limit": limit, "offset": 0, "has_more": has_more, "next_cursor": next});
    Ok(Json(json!({"data": data, "pagination": pagination})))
}

fn bound(query: &Params, name: &str) -> Result<Option<u64>, Refusal> {
    let text = query.get(name).map(|text| text.parse());
    text.transpose().map_err(|_ignored| bad(name))
}

/// The amount below which rows are left out, and whether of tokens.
fn floor(query: &Params, usual_e6: u64) -> Result<(u64, bool), Refusal> {
    let amount_e6 = match query.get("filter_amount") {
        None => usual_e6,
        Some(text) => parse_e6(text).ok_or_else(|| bad("filter_amount"))?,
    };
    match query.get("filter_type").map(String::as_str) {
        None | Some("TOKENS") => Ok((amount_e6, true)),
        Some("CASH") => Ok((amount_e6, false)),
        Some(_) => Err(bad("filter_type")),
    }
}

/// A list parameter, by commas.
fn listed<'a>(query: &'a Params, name: &str) -> Option<Vec<&'a str>> {
    let text = query.get(name).filter(|text| !text.is_empty())?;
    Some(text.split(',').collect())
}

fn newest_first<'a>(
    leaders: &'a Leaders,
    query: &Params,
    usual_e6: u64,
) -> Result<Vec<(Key, &'a Happened)>, Refusal> {
    let user = query.get("user").map(|user| user.to_ascii_lowercase());
    let (start_s, end_s) = (bound(query, "start")?, bound(query, "end")?);
    if user.is_none() && (start_s.is_some() || end_s.is_some()) {
        return Err(Refusal::Request("start and end need user".to_owned()));
    }
    let (floor_e6, of_tokens) = floor(query, usual_e6)?;
    let conditions = listed(query, "condition");
    let kinds = listed(query, "type");
    let wanted = |row: &Happened| {
        user.as_ref().is_none_or(|user| row.wallet == *user)
            && start_s.is_none_or(|start_s| row.at_s >= start_s)
            && end_s.is_none_or(|end_s| row.at_s <= end_s)
            && query.get("side").is_none_or(|side| row.side == *side)
            && conditions
                .as_ref()
                .is_none_or(|some| some.contains(&row.condition.as_str()))
            && kinds
                .as_ref()
                .is_none_or(|some| some.contains(&row.kind.as_str()))
            && if of_tokens { row.size_e6 } else { row.cash_e6 } >= floor_e6
    };
    let mut rows: Vec<(Key, &Happened)> = leaders
        .happened
        .iter()
        .enumerate()
        .filter(|(_, row)| wanted(row))
        .map(|(serial, row)| ((row.at_s, serial), row))
        .collect();
    rows.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
    Ok(rows)
}

/// Answers from the edge's cache while it holds the very same question.
fn cached(app: &App, uri: &str, answer: impl FnOnce(&Leaders) -> Answer) -> Answer {
    let mut venue = app.venue();
    let now_ms = venue.exchange.now_ms();
    if let Some((until_ms, value)) = venue.edge.held.get(uri)
        && now_ms < *until_ms
    {
        return Ok(Json(value.clone()));
    }
    let answer = answer(&venue.leaders)?;
    if venue.edge.cache_ms > 0 {
        let until_ms = now_ms.saturating_add(venue.edge.cache_ms);
        venue
            .edge
            .held
            .insert(uri.to_owned(), (until_ms, answer.0.clone()));
    }
    Ok(answer)
}

/// `GET /v2/trades`: taker rows alone, unless asked otherwise.
pub(crate) async fn trades(
    State(app): State<App>,
    uri: Uri,
    Query(query): Query<Params>,
) -> Answer {
    let takers_only = match query.get("taker_only").map(String::as_str) {
        None | Some("true") => true,
        Some("false") => false,
        Some(_) => return Err(bad("taker_only")),
    };
    cached(&app, &uri.to_string(), |leaders| {
        let rows = newest_first(leaders, &query, 10_000)?;
        let rows = rows.into_iter().filter(|(_, row)| row.kind == "TRADE");
        let rows = rows.filter(|(_, row)| !(takers_only && row.is_maker));
        page(
            rows.map(|(key, row)| (key, Value::Object(row.row.clone())))
                .collect(),
            &query,
            500,
        )
    })
}

/// `GET /v2/activity`: trades and whatever else a wallet did.
pub(crate) async fn activity(
    State(app): State<App>,
    uri: Uri,
    Query(query): Query<Params>,
) -> Answer {
    if !query.contains_key("user") {
        return Err(Refusal::Request("user is required".to_owned()));
    }
    cached(&app, &uri.to_string(), |leaders| {
        let rows = newest_first(leaders, &query, 0)?.into_iter();
        let rows = rows.map(|(key, happened)| {
            let mut row = happened.row.clone();
            row.insert("type".to_owned(), json!(happened.kind));
            let cash = number(&format_e6(happened.cash_e6));
            row.insert("usdc_size".to_owned(), cash);
            (key, Value::Object(row))
        });
        page(rows.collect(), &query, 1_000)
    })
}

/// `GET /v2/positions` of one wallet; dust below 0.1 is left out unless asked.
pub(crate) async fn positions(
    State(app): State<App>,
    uri: Uri,
    Query(query): Query<Params>,
) -> Answer {
    let user = query.get("user").map(|user| user.to_ascii_lowercase());
    let user = user.ok_or_else(|| Refusal::Request("user is required".to_owned()))?;
    let (floor_e6, _) = floor(&query, 100_000)?;
    let status = query.get("status").map_or("OPEN", String::as_str);
    cached(&app, &uri.to_string(), |leaders| {
        let held = leaders.positions(&user).into_iter();
        let rows = held
            .filter(|(size_e6, row)| *size_e6 >= floor_e6 && row["status"] == status)
            .enumerate()
            .map(|(at, (_, row))| ((u64::MAX, usize::MAX.saturating_sub(at)), row));
        page(rows.collect(), &query, 500)
    })
}

/// `GET /v2/status`: how far the index has come, which here is the present.
pub(crate) async fn status(State(app): State<App>) -> Answer {
    let now_s = app.venue().exchange.now_ms().checked_div(1_000);
    Ok(Json(json!({"data": {"status": "ok", "timestamp": now_s}})))
}
