//! The market of the session: what the book offers, and what leaders do in it.

use serde_json::{Value, json};
use tests::book::{Book, decimal};
use tests::clock::now_ms;

/// A leader's order, as the Data API will tell it.
#[derive(Clone, Debug)]
pub(crate) struct Trade {
    pub(crate) wallet: &'static str,
    pub(crate) book: usize,
    pub(crate) side: &'static str,
    /// One row a fill: shares in hundredths, price in ten-thousandths.
    pub(crate) fills: Vec<(u64, u64)>,
    /// How long ago, seconds.
    pub(crate) age_s: u64,
    /// What the wallet held of it before, hundredths of shares.
    pub(crate) held_before: u64,
}

/// A book with `levels` of `shares` hundredths on either side of the touch.
pub(crate) fn offer(book: &Book, touch: (u64, u64), levels: u64, shares: u64) -> Value {
    let (bid, ask) = touch;
    let level = |price: u64| json!({"price": decimal(price, 4), "size": decimal(shares, 2)});
    let bids: Vec<Value> = (0..levels)
        .rev()
        .filter_map(|nth| {
            bid.checked_sub(nth * book.tick_e4)
                .filter(|price| *price > 0)
        })
        .map(level)
        .collect();
    let asks: Vec<Value> = (0..levels)
        .rev()
        .map(|nth| ask + nth * book.tick_e4)
        .filter(|price| *price < 10_000)
        .map(level)
        .collect();
    json!({
        "market": book.market, "asset_id": book.token, "timestamp": now_ms().to_string(),
        "hash": "", "bids": bids, "asks": asks, "min_order_size": "5",
        "tick_size": decimal(book.tick_e4, 4), "neg_risk": book.neg_risk,
    })
}

/// Best bid and best ask to play around: the recorded ones where they leave
/// room on both sides, otherwise the middle.
pub(crate) fn touch(book: &Book) -> (u64, u64) {
    let (bid, ask) = (book.bids.first(), book.asks.first());
    match (bid, ask) {
        (Some((bid, _)), Some((ask, _)))
            if bid < ask && *bid >= 1_000 && *ask <= 9_000 && (ask - bid) * 5 <= *ask =>
        {
            (*bid, *ask)
        }
        (Some(_) | None, Some(_) | None) => (4_900 / book.tick_e4 * book.tick_e4, 5_000),
    }
}

/// The rows of a leader's order.
pub(crate) fn rows(trade: &Trade, book: &Book, transaction: &str) -> Value {
    let at_s = now_ms() / 1_000 - trade.age_s;
    let row = |(shares, price): &(u64, u64)| {
        json!({
            "proxy_wallet": trade.wallet, "token_id": book.token, "side": trade.side,
            "size": decimal(*shares, 2), "price": decimal(*price, 4),
            "timestamp": at_s, "transaction_hash": transaction, "condition_id": book.market,
        })
    };
    Value::Array(trade.fills.iter().map(row).collect())
}
