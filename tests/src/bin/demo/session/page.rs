//! A recorded page of trades: read, put in order, and given books to trade on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tests::book::Book;
use tests::clock::now_ms;

/// One order of a wallet: its rows of one transaction, token and side.
pub(crate) struct Order {
    pub(crate) wallet: String,
    pub(crate) token: String,
    pub(crate) asked: String,
    rows: Vec<Value>,
}

/// Reads a page of `/v2/trades`, bare or wrapped; oldest order first.
///
/// # Errors
///
/// A sentence that names the file, its problem and the fix.
pub(crate) fn read(path: &Path) -> Result<Vec<Order>, String> {
    const FIX: &str = "name what GET /v2/trades of the Data API answered";
    let bad = |problem: &str| format!("TRADES {}: {problem}; {FIX}", path.display());
    let text = fs::read_to_string(path).map_err(|e| bad(&e.to_string()))?;
    let page: Value = serde_json::from_str(&text).map_err(|e| bad(&e.to_string()))?;
    let mut inner = &page;
    while let Some(data) = inner.get("data") {
        inner = data;
    }
    let rows = inner.as_array().ok_or_else(|| bad("no list of trades"))?;
    if rows.is_empty() {
        return Err(bad("an empty list"));
    }
    let mut orders: BTreeMap<(u64, usize), Order> = BTreeMap::new();
    let mut places: BTreeMap<[String; 4], (u64, usize)> = BTreeMap::new();
    for (nth, row) in rows.iter().rev().enumerate() {
        let text = |field: &str| {
            let found = row.get(field).and_then(Value::as_str).map(str::to_owned);
            found.ok_or_else(|| bad(&format!("row {}: {field} is missing", rows.len() - nth)))
        };
        let key = [
            text("transaction_hash")?,
            text("proxy_wallet")?,
            text("token_id")?,
            text("side")?,
        ];
        text("condition_id")?;
        let at_s = row["timestamp"].as_u64().unwrap_or_default();
        let place = *places.entry(key.clone()).or_insert((at_s, nth));
        let [_, wallet, token, side] = key;
        let order = orders.entry(place).or_insert_with(|| Order {
            wallet,
            token,
            asked: format!("{side} {} at {}", row["size"], row["price"]),
            rows: Vec::new(),
        });
        order.rows.push(row.clone());
    }
    Ok(orders.into_values().collect())
}

impl Order {
    /// Its rows, as if they happened now in the transaction `nth`.
    pub(crate) fn now(&self, transaction: &str) -> Value {
        let mut rows = self.rows.clone();
        for row in &mut rows {
            row["timestamp"] = json!(now_ms() / 1_000);
            row["transaction_hash"] = json!(transaction);
        }
        Value::Array(rows)
    }
}

/// Writes a book for each token of `orders` that `books` lacks, around its
/// first price, into `folder`; how many.
pub(crate) fn assume_books(
    orders: &[Order],
    books: &[Book],
    folder: &Path,
) -> Result<usize, String> {
    let mut made = BTreeSet::new();
    for order in orders {
        if made.contains(&order.token) || books.iter().any(|book| book.token == order.token) {
            continue;
        }
        let row = &order.rows[0];
        let market = row["condition_id"].as_str().unwrap_or_default();
        let (bid, ask) = around(&row["price"].to_string());
        let levels = |first: u64, down: bool| -> Vec<Value> {
            (0..6_u64)
                .rev()
                .filter_map(|nth| {
                    let price = if down {
                        first.checked_sub(nth)?
                    } else {
                        first + nth
                    };
                    (1..1_000)
                        .contains(&price)
                        .then(|| json!({"price": format!("0.{price:03}"), "size": "20000"}))
                })
                .collect()
        };
        let book = json!({
            "market": market, "asset_id": order.token, "timestamp": now_ms().to_string(),
            "hash": "", "bids": levels(bid, true), "asks": levels(ask, false),
            "min_order_size": "5", "tick_size": "0.001", "neg_risk": false,
        });
        let path = folder.join(format!("assumed-{:04}.json", made.len()));
        fs::write(path, book.to_string()).map_err(|e| e.to_string())?;
        made.insert(order.token.clone());
    }
    Ok(made.len())
}

/// The thousandths below and from a price: best bid and best ask.
fn around(price: &str) -> (u64, u64) {
    let digits: String = price
        .split_once('.')
        .map_or("0", |(_, fraction)| fraction)
        .chars()
        .chain("000".chars())
        .take(3)
        .collect();
    let bid: u64 = digits.parse().unwrap_or(500);
    let bid = bid.clamp(2, 997);
    let exact = price.len() <= 5;
    (
        if exact { bid - 1 } else { bid },
        if exact { bid } else { bid + 1 },
    )
}
