//! Books: what is offered, at which price.
//!
//! Invariant: the best price is computed, never taken from a place in a list:
//! the venue lists both sides worst first.
//! Invariant: a book that an edge kept says for how long: one moment of the venue
//! is not taken for another.

use order::{PriceE4, ShareUnits, Side, TickSize};
use reqwest::header::CACHE_CONTROL;
use serde_json::{Value, json};

use super::budget::Endpoint;
use super::{Clob, ClobError, json as body_of, text};

/// One token's book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    /// The token, decimal.
    pub token_id: String,
    /// Unix milliseconds of its last change, as the venue says.
    pub changed_ms: u64,
    /// How old the answer was when it came, milliseconds.
    pub age_ms: u64,
    /// Offers to buy, best first.
    pub bids: Vec<(PriceE4, ShareUnits)>,
    /// Offers to sell, best first.
    pub asks: Vec<(PriceE4, ShareUnits)>,
}

impl Book {
    /// The best price that an order of `side` would meet.
    #[must_use]
    pub fn best_for(&self, side: Side) -> Option<PriceE4> {
        let levels = match side {
            Side::Buy => &self.asks,
            Side::Sell => &self.bids,
        };
        levels.first().map(|(price, _)| *price)
    }
}

impl Clob {
    /// The book of `token`.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape.
    pub async fn book(&self, token: &str) -> Result<Book, ClobError> {
        let path = format!("/book?token_id={token}");
        self.wait_turn(Endpoint::Book).await?;
        // No further query field to get past a cache: which ones the venue bears
        // is not documented.
        let request = self.http.get(format!("{}{path}", self.url));
        let request = request.header(CACHE_CONTROL, "no-cache");
        let answer = self.send(request).await?;
        read(&body_of(&answer)?, answer.age_ms)
    }

    /// The books of several tokens; those that the venue does not know are
    /// left out by it.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one book of another shape.
    pub async fn books(&self, tokens: &[String]) -> Result<Vec<Book>, ClobError> {
        self.wait_turn(Endpoint::Books).await?;
        let wanted: Vec<Value> = tokens.iter().map(|t| json!({"token_id": t})).collect();
        let request = self
            .http
            .post(format!("{}/books", self.url))
            .header("Content-Type", "application/json")
            .body(json!(wanted).to_string());
        let answer = self.send(request).await?;
        match body_of(&answer)? {
            Value::Array(rows) => rows.iter().map(|row| read(row, answer.age_ms)).collect(),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_) => Err(ClobError::Shape("books are not a list".to_owned())),
        }
    }
}

fn read(row: &Value, age_ms: u64) -> Result<Book, ClobError> {
    let mut bids = levels(row, "bids")?;
    let mut asks = levels(row, "asks")?;
    bids.sort_unstable_by_key(|(price, _)| std::cmp::Reverse(*price));
    asks.sort_unstable_by_key(|(price, _)| *price);
    let timestamp = text(row, "timestamp")?;
    Ok(Book {
        token_id: text(row, "asset_id")?.to_owned(),
        changed_ms: timestamp
            .parse()
            .map_err(|_ignored| ClobError::Shape(format!("timestamp {timestamp:?}")))?,
        age_ms,
        bids,
        asks,
    })
}

fn levels(row: &Value, side: &str) -> Result<Vec<(PriceE4, ShareUnits)>, ClobError> {
    let rows = row
        .get(side)
        .and_then(Value::as_array)
        .ok_or_else(|| ClobError::Shape(format!("{side} is missing or not a list")))?;
    rows.iter()
        .map(|level| {
            let (price, shares) = (text(level, "price")?, text(level, "size")?);
            let shape = || ClobError::Shape(format!("{side}: {price:?} x {shares:?}"));
            Ok((
                PriceE4::parse(price, TickSize::TenThousandth).map_err(|_ignored| shape())?,
                ShareUnits::parse(shares).map_err(|_ignored| shape())?,
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_level_is_found_wherever_it_stands() {
        let row = json!({"asset_id": "7", "timestamp": "1", "bids": [
            {"price": "0.01", "size": "5"}, {"price": "0.3", "size": "1.5"},
        ], "asks": [{"price": "0.99", "size": "5"}, {"price": "0.31", "size": "2"}]});
        let book = read(&row, 0).unwrap();
        assert_eq!(book.best_for(Side::Buy), PriceE4::new(3_100));
        assert_eq!(book.best_for(Side::Sell), PriceE4::new(3_000));
        let bad = json!({"asset_id": "7", "timestamp": "1", "bids": [{"price": "2", "size": "1"}],
            "asks": []});
        assert!(read(&bad, 0).is_err(), "half a book is no book");
    }
}
