//! The shapes of books, orders and trades, as clients read them.
//!
//! Sizes are shares as decimal text. A trade's top-level fields are the
//! taker's; whoever was resting finds its part among the maker orders.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde::Serialize;
use serde_json::{Number, Value, json};

use crate::books::Levels;
use crate::core::exchange::{Exchange, uuid};
use crate::core::market::Market;
use crate::core::matching::Source;
use crate::core::orders::OrderRecord;
use crate::core::refusal::Refusal;
use crate::core::trades::{Leg, Trade};
use crate::crypto::order::{OrderId, Side};
use crate::crypto::word::{Address, Word, keccak};
use crate::units::{format_e4, format_e6};

/// Decimal text as a JSON number, without arithmetic on it.
pub(crate) fn json_number(text: &str) -> Value {
    serde_json::from_str::<Number>(text).map_or(Value::Null, Value::Number)
}

/// Milliseconds as whole seconds.
pub(crate) fn seconds(ms: u64) -> u64 {
    ms.checked_div(1_000).unwrap_or(0)
}

#[derive(Serialize)]
struct LevelRow {
    price: String,
    size: String,
}

/// The field order matters: the hash is over exactly this text.
#[derive(Serialize)]
pub(crate) struct BookRow {
    market: String,
    asset_id: String,
    timestamp: String,
    hash: String,
    bids: Vec<LevelRow>,
    asks: Vec<LevelRow>,
    min_order_size: String,
    tick_size: String,
    neg_risk: bool,
    last_trade_price: String,
}

fn level_rows<'a>(levels: impl Iterator<Item = (&'a u64, &'a u64)>) -> Vec<LevelRow> {
    levels
        .map(|(price, size)| LevelRow {
            price: format_e4(*price),
            size: format_e6(*size),
        })
        .collect()
}

/// A book: bids rise, asks fall, so the best of each is last.
pub(crate) fn book_row(market: &Market) -> Result<BookRow, Refusal> {
    let (bids, asks): (Levels, Levels) = (market.depth(Side::Buy), market.depth(Side::Sell));
    let mut row = BookRow {
        market: market.condition.clone(),
        asset_id: market.token.to_decimal(),
        timestamp: market.changed_ms.to_string(),
        hash: String::new(),
        bids: level_rows(bids.iter()),
        asks: level_rows(asks.iter().rev()),
        min_order_size: format_e6(market.grid.min_size_e6),
        tick_size: format_e4(market.grid.tick_e4),
        neg_risk: market.neg_risk,
        last_trade_price: market.last_price_e4.map(format_e4).unwrap_or_default(),
    };
    let text = serde_json::to_vec(&row).map_err(|error| Refusal::Request(error.to_string()))?;
    row.hash = hex::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &text));
    Ok(row)
}

/// An order as its owner sees it.
pub(crate) fn order_row(record: &OrderRecord, exchange: &Exchange) -> Value {
    let outcome = exchange
        .market(record.order.token)
        .map(|market| market.outcome.as_str());
    json!({
        "id": record.id.to_string(),
        "status": record.status.text(),
        "market": record.condition,
        "asset_id": record.order.token.to_decimal(),
        "outcome": outcome,
        "owner": record.owner,
        "maker_address": record.order.maker.to_string(),
        "side": record.terms.side.text(),
        "price": format_e4(record.terms.limit_e4),
        "original_size": format_e6(record.terms.shares_e6),
        "size_matched": format_e6(record.matched_shares_e6),
        "order_type": record.order_type.text(),
        "expiration": record.expiration_s.to_string(),
        "created_at": seconds(record.placed_ms),
        "associate_trades": record.trades,
    })
}

/// Who stands behind recorded liquidity.
struct Nobody;

impl Nobody {
    fn address() -> Address {
        Address::from_hash(keccak(&[b"recorded liquidity"]))
    }

    fn owner() -> String {
        uuid(keccak(&[b"recorded liquidity"]))
    }

    fn order(trade: &Trade) -> OrderId {
        OrderId(keccak(&[b"recorded liquidity", trade.id.as_bytes()]))
    }
}

fn leg_row(leg: &Leg, trade: &Trade, exchange: &Exchange) -> Value {
    let record = match leg.source {
        Source::Order(id) => exchange.order(id),
        Source::Level => None,
    };
    json!({
        "order_id": record.map_or(Nobody::order(trade), |record| record.id).to_string(),
        "owner": record.map_or_else(Nobody::owner, |record| record.owner.clone()),
        "maker_address": record.map_or(Nobody::address(), |record| record.order.maker).to_string(),
        "matched_amount": format_e6(leg.shares_e6),
        "price": format_e4(trade.price_e4),
        "fee_rate_bps": "0",
        "asset_id": trade.token.to_decimal(),
        "outcome": trade.outcome,
        "side": trade.side.opposite().text(),
    })
}

/// A trade as one of its parties sees it.
pub(crate) fn trade_row(trade: &Trade, viewer: &str, exchange: &Exchange) -> Value {
    let taker = trade.taker.and_then(|id| exchange.order(id));
    let mine = taker.is_some_and(|record| record.owner == viewer);
    let taker_id = taker.map_or(Nobody::order(trade), |record| record.id);
    let hash = trade.hash.as_ref().map(Word::to_string).unwrap_or_default();
    json!({
        "id": trade.id,
        "taker_order_id": taker_id.to_string(),
        "market": trade.condition,
        "asset_id": trade.token.to_decimal(),
        "side": trade.side.text(),
        "size": format_e6(trade.shares_e6),
        "fee_rate_bps": "0",
        "price": format_e4(trade.price_e4),
        "status": trade.status.text(),
        "match_time": seconds(trade.matched_ms).to_string(),
        "last_update": seconds(trade.updated_ms).to_string(),
        "outcome": trade.outcome,
        "bucket_index": 0,
        "owner": taker.map_or_else(Nobody::owner, |record| record.owner.clone()),
        "maker_address": taker.map_or(Nobody::address(), |record| record.order.maker).to_string(),
        "transaction_hash": hash,
        "maker_orders":
            trade.legs.iter().map(|leg| leg_row(leg, trade, exchange)).collect::<Vec<_>>(),
        "trader_side": if mine { "TAKER" } else { "MAKER" },
    })
}
