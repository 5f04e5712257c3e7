//! The operator's side: faults, audits, and the hand of God.
//!
//! Not part of the venue's protocol. Amounts here are base units as text.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::State;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::App;
use super::reply::{Answer, Json};
use crate::core::exchange::Exchange;
use crate::core::ledger::Asset;
use crate::core::matching::Source;
use crate::core::orders::OrderRecord;
use crate::core::refusal::Refusal;
use crate::core::trades::{Trade, TradeStatus};
use crate::crypto::word::Word;
use crate::journal::Command;
use crate::misbehave::Rule;
use crate::units::format_e4;

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::Request(error.to_string()))
}

/// `POST /sim/misbehave`: adds a rule.
pub(crate) async fn misbehave(State(app): State<App>, body: Bytes) -> Answer {
    let mut venue = app.venue();
    let rule = read::<Rule>(&body)?.completed(venue.exchange.now_ms());
    let answer = json!(rule);
    venue.faults.add(rule);
    Ok(Json(answer))
}

/// `PUT /sim/misbehave`: this rule and no other, with no moment between.
pub(crate) async fn misbehave_so(State(app): State<App>, body: Bytes) -> Answer {
    let mut venue = app.venue();
    let rule = read::<Rule>(&body)?.completed(venue.exchange.now_ms());
    let answer = json!(rule);
    venue.faults.clear();
    venue.faults.add(rule);
    Ok(Json(answer))
}

/// `GET /sim/misbehave`: the rules in force.
pub(crate) async fn faults(State(app): State<App>) -> Answer {
    Ok(Json(json!(app.venue().faults.rules())))
}

/// `DELETE /sim/misbehave`: behaves again.
pub(crate) async fn behave(State(app): State<App>) -> Answer {
    app.venue().faults.clear();
    Ok(Json(json!([])))
}

/// `GET /sim/requests`: what was noted down, oldest first.
pub(crate) async fn requests(State(app): State<App>) -> Answer {
    Ok(Json(json!(
        app.venue().requests.values().collect::<Vec<_>>()
    )))
}

/// `DELETE /sim/requests`
pub(crate) async fn forget_requests(State(app): State<App>) -> Answer {
    app.venue().requests.clear();
    Ok(Json(json!([])))
}

/// `GET /sim/assumptions`: what the book files did not say.
pub(crate) async fn assumptions(State(app): State<App>) -> Answer {
    Ok(Json(json!(app.venue().assumptions)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TickBody {
    asset_id: String,
    tick_size: String,
}

/// `POST /sim/book`: a book or a list of books, or only another tick.
pub(crate) async fn book(State(app): State<App>, body: Bytes) -> Answer {
    let command = match read::<TickBody>(&body) {
        Ok(TickBody {
            asset_id,
            tick_size,
        }) => Command::Tick {
            asset_id,
            tick_size,
        },
        Err(_) => Command::Books {
            books: read(&body)?,
        },
    };
    app.venue().submit(command).map(Json)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TradeBody {
    id: String,
    status: TradeStatus,
}

/// `POST /sim/trade`: moves a trade by hand.
pub(crate) async fn trade(State(app): State<App>, body: Bytes) -> Answer {
    let TradeBody { id, status } = read(&body)?;
    app.venue().submit(Command::Trade { id, status }).map(Json)
}

/// `POST /sim/settle`: the operator fills what it has a signature of.
pub(crate) async fn settle(State(app): State<App>, body: Bytes) -> Answer {
    let settlement = read(&body)?;
    app.venue().submit(Command::Settle { settlement }).map(Json)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountBody {
    api_key: String,
    banned: Option<bool>,
    closed_only: Option<bool>,
    deposit_collateral: Option<String>,
}

/// `POST /sim/account`: restricts an account, or gives it money.
pub(crate) async fn account(State(app): State<App>, body: Bytes) -> Answer {
    let AccountBody {
        api_key,
        banned,
        closed_only,
        deposit_collateral,
    } = read(&body)?;
    let command = Command::Account {
        api_key,
        banned,
        closed_only,
        deposit_collateral,
    };
    app.venue().submit(command).map(Json)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockBody {
    advance_ms: u64,
}

/// `POST /sim/clock`: sets the venue's clock ahead.
pub(crate) async fn clock(State(app): State<App>, body: Bytes) -> Answer {
    let ClockBody { advance_ms } = read(&body)?;
    app.venue().submit(Command::Clock { advance_ms })?;
    Ok(Json(json!({"now_ms": app.venue().exchange.now_ms()})))
}

/// `GET /sim/state`: everything an audit needs.
pub(crate) async fn state(State(app): State<App>) -> Answer {
    let venue = app.venue();
    let exchange = &venue.exchange;
    Ok(Json(json!({
        "now_ms": exchange.now_ms(),
        "chain_id": exchange.rules.chain_id,
        "orders": exchange.orders().map(order).collect::<Vec<_>>(),
        "trades": exchange
            .trades()
            .iter()
            .flat_map(|trade| trade_rows(trade, exchange))
            .collect::<Vec<_>>(),
        "balances": balances(exchange),
    })))
}

fn order(record: &OrderRecord) -> Value {
    let order = &record.order;
    json!({
        "order_hash": record.id.to_string(),
        "status": record.status.text(),
        "order_type": record.order_type.text(),
        "post_only": record.post_only,
        "expiration": record.expiration_s.to_string(),
        "owner": record.owner,
        "market": record.condition,
        "placed_ms": record.placed_ms,
        "limit_price": format_e4(record.terms.limit_e4),
        "shares_matched": record.matched_shares_e6.to_string(),
        "collateral_matched": record.matched_collateral_e6.to_string(),
        "fee": record.fee_e6.to_string(),
        "trades": record.trades,
        "order": {
            "salt": order.salt.to_decimal(),
            "maker": order.maker.to_string(),
            "signer": order.signer.to_string(),
            "tokenId": order.token.to_decimal(),
            "makerAmount": order.maker_amount.to_decimal(),
            "takerAmount": order.taker_amount.to_decimal(),
            "side": order.side.text(),
            "signatureType": order.signature_type.number(),
            "timestamp": order.timestamp.to_decimal(),
            "metadata": order.metadata.to_string(),
            "builder": order.builder.to_string(),
        },
    })
}

/// One row for each order that had a part in the trade.
fn trade_rows(trade: &Trade, exchange: &Exchange) -> Vec<Value> {
    let row = |record: &OrderRecord, role: &str, shares_e6: u64, cost_e6: u64, fee_e6: u64| {
        json!({
            "id": trade.id,
            "order_hash": record.id.to_string(),
            "role": role,
            "owner": record.owner,
            "side": record.terms.side.text(),
            "token": trade.token.to_decimal(),
            "market": trade.condition,
            "price": format_e4(trade.price_e4),
            "shares": shares_e6.to_string(),
            "collateral": cost_e6.to_string(),
            "fee": fee_e6.to_string(),
            "status": trade.status.text(),
            "matched_ms": trade.matched_ms,
            "updated_ms": trade.updated_ms,
            "transaction_hash": trade.hash.as_ref().map(Word::to_string),
        })
    };
    let taker = trade.taker.and_then(|id| exchange.order(id)).map(|record| {
        row(
            record,
            "TAKER",
            trade.shares_e6,
            trade.collateral_e6,
            trade.fee_e6,
        )
    });
    let makers = trade.legs.iter().filter_map(|leg| match leg.source {
        Source::Level => None,
        Source::Order(id) => {
            let record = exchange.order(id)?;
            Some(row(record, "MAKER", leg.shares_e6, leg.collateral_e6, 0))
        }
    });
    taker.into_iter().chain(makers).collect()
}

#[derive(Serialize)]
struct WalletRow {
    collateral: String,
    collateral_incoming: String,
    positions: BTreeMap<String, String>,
    positions_incoming: BTreeMap<String, String>,
}

impl Default for WalletRow {
    fn default() -> Self {
        Self {
            collateral: "0".to_owned(),
            collateral_incoming: "0".to_owned(),
            positions: BTreeMap::new(),
            positions_incoming: BTreeMap::new(),
        }
    }
}

fn balances(exchange: &Exchange) -> BTreeMap<String, WalletRow> {
    let mut wallets: BTreeMap<String, WalletRow> = BTreeMap::new();
    for (wallet, asset, holding) in exchange.ledger.all() {
        let row = wallets.entry(wallet.to_string()).or_default();
        let (balance, incoming) = (
            holding.balance_e6.to_string(),
            holding.incoming_e6.to_string(),
        );
        match asset {
            Asset::Collateral => (row.collateral, row.collateral_incoming) = (balance, incoming),
            Asset::Shares(token) => {
                row.positions.insert(token.to_decimal(), balance);
                row.positions_incoming.insert(token.to_decimal(), incoming);
            }
        }
    }
    wallets
}
