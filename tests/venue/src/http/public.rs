//! What anyone may ask: time, books, and the parameters of markets.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::App;
use super::reply::{Answer, Json, json_response};
use super::rows::{BookRow, book_row, json_number};
use crate::core::market::Market;
use crate::core::refusal::Refusal;
use crate::crypto::order::Side;
use crate::crypto::word::Word;
use crate::units::{format_decimal, format_e4, format_e6};

pub(super) type Params = Query<BTreeMap<String, String>>;

/// `GET /ok`
pub(crate) async fn ok() -> Response {
    Json(json!("OK")).into_response()
}

/// `GET /time`: whole seconds.
pub(crate) async fn time(State(app): State<App>) -> Response {
    let seconds = app.venue().exchange.now_ms().checked_div(1_000);
    Json(json!(seconds)).into_response()
}

/// `GET /version`: always 2, also where markets are of the second protocol.
pub(crate) async fn version() -> Response {
    Json(json!({"version": 2})).into_response()
}

/// The page of the venue's site that says whether its reader may trade.
pub(crate) async fn geoblock() -> Response {
    let here = json!({"blocked": false, "ip": "127.0.0.1", "country": "CH", "region": "ZH"});
    Json(here).into_response()
}

/// Anything else.
pub(crate) async fn nowhere() -> Refusal {
    Refusal::NotFound("page")
}

pub(super) fn answer_of<T>(
    app: &App,
    token: Option<&String>,
    answer: impl FnOnce(&Market) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let token = token.and_then(|text| Word::from_decimal(text));
    let token = token.ok_or_else(|| Refusal::Request("Invalid token id".to_owned()))?;
    let venue = app.venue();
    answer(
        venue
            .exchange
            .market(token)
            .ok_or(Refusal::NotFound("orderbook"))?,
    )
}

/// `GET /book`
pub(crate) async fn book(
    State(app): State<App>,
    Query(query): Params,
) -> Result<Response, Refusal> {
    let row = answer_of(&app, query.get("token_id"), book_row)?;
    Ok(json_response(StatusCode::OK, &row))
}

/// `POST /books`: unknown tokens are left out.
pub(crate) async fn books(State(app): State<App>, body: Bytes) -> Result<Response, Refusal> {
    let rows: Vec<BTreeMap<String, Value>> = serde_json::from_slice(&body)
        .map_err(|error| Refusal::Request(format!("Invalid payload: {error}")))?;
    let venue = app.venue();
    let tokens = rows
        .iter()
        .filter_map(|row| row.get("token_id").and_then(Value::as_str));
    let markets = tokens.filter_map(|text| venue.exchange.market(Word::from_decimal(text)?));
    let rows: Vec<BookRow> = markets.map(book_row).collect::<Result<_, _>>()?;
    Ok(json_response(StatusCode::OK, &rows))
}

/// `GET /tick-size`
pub(crate) async fn tick_size(State(app): State<App>, Query(query): Params) -> Answer {
    answer_of(&app, query.get("token_id"), |market| {
        let tick = json_number(&format_e4(market.grid.tick_e4));
        Ok(Json(json!({"minimum_tick_size": tick})))
    })
}

/// `GET /neg-risk`
pub(crate) async fn neg_risk(State(app): State<App>, Query(query): Params) -> Answer {
    answer_of(&app, query.get("token_id"), |market| {
        Ok(Json(json!({"neg_risk": market.neg_risk})))
    })
}

/// The best bid and ask, or that one is missing.
pub(super) fn best(market: &Market) -> Result<(u64, u64), Refusal> {
    match (market.best(Side::Buy), market.best(Side::Sell)) {
        (Some(bid), Some(ask)) => Ok((bid, ask)),
        (None | Some(_), _) => Err(Refusal::NotFound("price")),
    }
}

/// Half way between the best bid and the best ask.
pub(super) fn mid_text(market: &Market) -> Result<String, Refusal> {
    let (bid, ask) = best(market)?;
    // Half a ten-thousandth needs one digit more.
    let doubled = bid.saturating_add(ask).saturating_mul(5);
    Ok(format_decimal(doubled, 5))
}

/// What lies between the best bid and the best ask.
pub(super) fn spread_text(market: &Market) -> Result<String, Refusal> {
    let (bid, ask) = best(market)?;
    Ok(format_e4(ask.saturating_sub(bid)))
}

/// `GET /midpoint`
pub(crate) async fn midpoint(State(app): State<App>, Query(query): Params) -> Answer {
    answer_of(&app, query.get("token_id"), |market| {
        Ok(Json(json!({"mid": mid_text(market)?})))
    })
}

/// `GET /spread`
pub(crate) async fn spread(State(app): State<App>, Query(query): Params) -> Answer {
    answer_of(&app, query.get("token_id"), |market| {
        Ok(Json(json!({"spread": spread_text(market)?})))
    })
}

/// `GET /price`: the best price on the named side of the book.
pub(crate) async fn price(State(app): State<App>, Query(query): Params) -> Answer {
    let side = query
        .get("side")
        .and_then(|side| Side::parse(&side.to_ascii_uppercase()));
    let side = side.ok_or_else(|| Refusal::Request("Invalid side".to_owned()))?;
    answer_of(&app, query.get("token_id"), |market| {
        let price = market.best(side).ok_or(Refusal::NotFound("price"))?;
        Ok(Json(json!({"price": format_e4(price)})))
    })
}

/// `GET /last-trade-price`
pub(crate) async fn last_trade_price(State(app): State<App>, Query(query): Params) -> Answer {
    last_row(&app, query.get("token_id"))
}

/// The price and the side of a token's last trade.
pub(super) fn last_row(app: &App, token: Option<&String>) -> Answer {
    let id = token.and_then(|text| Word::from_decimal(text));
    let side = {
        let venue = app.venue();
        let mut trades = venue.exchange.trades().iter().rev();
        let last = trades.find(|trade| Some(trade.token) == id);
        last.map_or("", |trade| trade.side.text())
    };
    answer_of(app, token, |market| {
        let price = format_e4(market.last_price_e4.unwrap_or(5_000));
        Ok(Json(json!({"price": price, "side": side})))
    })
}

/// `GET /clob-markets/{condition}`: the market's parameters under short names.
pub(crate) async fn clob_market(State(app): State<App>, Path(condition): Path<String>) -> Answer {
    let venue = app.venue();
    let tokens: Vec<&Market> = venue
        .exchange
        .markets()
        .filter(|market| market.condition == condition)
        .collect();
    let first = tokens.first().ok_or(Refusal::NotFound("market"))?;
    let rows: Vec<Value> = tokens
        .iter()
        .map(|market| json!({"t": market.token.to_decimal(), "o": market.outcome}))
        .collect();
    let free = first.curve.rate_e6 == 0;
    let curve = json!({
        "r": json_number(&first.curve.rate_text()),
        "e": first.curve.exponent,
        "to": true,
    });
    // The two base fees are legacy figures, wrong on purpose as they are there.
    let mut row = json!({
        "c": first.condition,
        "t": rows,
        "mos": json_number(&format_e6(first.grid.min_size_e6)),
        "mts": json_number(&format_e4(first.grid.tick_e4)),
        "mbf": 1000,
        "tbf": 1000,
        "sd": 0,
        "fd": curve,
    });
    if let Some(fields) = row.as_object_mut() {
        if free {
            fields.remove("fd");
        }
        // Left out when false: the clients then sign for the other exchange.
        if first.neg_risk {
            fields.insert("nr".to_owned(), json!(true));
        }
    }
    Ok(Json(row))
}

/// `GET /markets-by-token/{token}`
pub(crate) async fn market_by_token(State(app): State<App>, Path(token): Path<String>) -> Answer {
    answer_of(&app, Some(&token), |market| {
        Ok(Json(json!({"condition_id": market.condition})))
    })
}
