//! Book files: what `GET /book` answered once, as the liquidity to trade against.
//!
//! A file holds one book or a list, bare or wrapped in `{"data": …}`; the
//! stream's `book` event has the same fields. Old captures lack tick size,
//! minimum and neg risk: those are assumed, and each assumption is reported.
//!
//! Invariant: a level that does not fit the integer units, lies off the tick
//! or crosses the other side is refused, never rounded or dropped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::crypto::word::Word;
use crate::units::{ONE_E4, ONE_E6, format_e4, parse_decimal, parse_e4, parse_e6, split};

/// Prices to sizes.
pub(crate) type Levels = BTreeMap<u64, u64>;

/// One recorded book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BookSeed {
    pub(crate) condition: String,
    pub(crate) token: Word,
    pub(crate) bids: Levels,
    pub(crate) asks: Levels,
    pub(crate) tick_e4: u64,
    pub(crate) min_size_e6: u64,
    pub(crate) neg_risk: bool,
    pub(crate) last_price_e4: Option<u64>,
    pub(crate) outcome: Option<String>,
}

/// Something the files did not say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Assumption {
    /// The token concerned.
    pub asset_id: String,
    /// The field that was missing.
    pub field: String,
    /// What stands in its place.
    pub value: String,
}

/// Why a book was refused.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The file could not be read.
    #[error("{path}: {cause}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        cause: std::io::Error,
    },
    /// The file is not JSON.
    #[error("{path}: {cause}")]
    Json {
        /// Which file.
        path: PathBuf,
        /// The parser's reason.
        cause: serde_json::Error,
    },
    /// A field is missing or unusable.
    #[error("book {token}: {reason}")]
    Field {
        /// Which book, as far as known.
        token: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Reads a file, or every `.json` file of a directory in name order.
pub(crate) fn load(path: &Path, assumed: &mut Vec<Assumption>) -> Result<Vec<BookSeed>, BookError> {
    let unread = |cause| BookError::Read {
        path: path.to_path_buf(),
        cause,
    };
    if !path.is_dir() {
        let text = std::fs::read_to_string(path).map_err(unread)?;
        let value = serde_json::from_str(&text).map_err(|cause| BookError::Json {
            path: path.to_path_buf(),
            cause,
        })?;
        return parse(&value, assumed);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unread)? {
        let file = entry.map_err(unread)?.path();
        if file
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(file);
        }
    }
    files.sort();
    let mut books = Vec::new();
    for file in files {
        books.extend(load(&file, assumed)?);
    }
    Ok(books)
}

/// What is known of a token whose book is read again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) tick_e4: u64,
    pub(crate) min_size_e6: u64,
    pub(crate) neg_risk: bool,
}

/// Reads one book or a list, wrapped or bare.
pub(crate) fn parse(
    value: &Value,
    assumed: &mut Vec<Assumption>,
) -> Result<Vec<BookSeed>, BookError> {
    parse_again(value, assumed, |_| None)
}

/// Reads books of which some are known: what a book leaves out stays as it is.
pub(crate) fn parse_again(
    value: &Value,
    assumed: &mut Vec<Assumption>,
    known: impl Fn(Word) -> Option<Known>,
) -> Result<Vec<BookSeed>, BookError> {
    let inner = match value.get("data") {
        Some(data) if value.get("asset_id").is_none() => data,
        Some(_) | None => value,
    };
    match inner {
        Value::Array(rows) => rows.iter().map(|row| book(row, assumed, &known)).collect(),
        Value::Object(_) => Ok(vec![book(inner, assumed, &known)?]),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Err(refusal("?", "neither a book nor a list of books"))
        }
    }
}

fn refusal(token: &str, reason: impl Into<String>) -> BookError {
    BookError::Field {
        token: token.to_owned(),
        reason: reason.into(),
    }
}

fn book(
    value: &Value,
    assumed: &mut Vec<Assumption>,
    known: &impl Fn(Word) -> Option<Known>,
) -> Result<BookSeed, BookError> {
    let row = value
        .as_object()
        .ok_or_else(|| refusal("?", "not an object"))?;
    let text = |name: &str| row.get(name).and_then(Value::as_str);
    let id = text("asset_id").ok_or_else(|| refusal("?", "asset_id is not text"))?;
    let fail = |reason: String| refusal(id, reason);
    let token = Word::from_decimal(id).ok_or_else(|| fail("asset_id is no number".into()))?;
    let condition = text("market").ok_or_else(|| fail("market is not text".into()))?;
    let known = known(token);
    let mut assume = |field: &str, value: &str| {
        if known.is_none() {
            assumed.push(Assumption {
                asset_id: id.to_owned(),
                field: field.to_owned(),
                value: value.to_owned(),
            });
        }
    };
    let (bids, asks) = (
        side(row, "bids").map_err(fail)?,
        side(row, "asks").map_err(fail)?,
    );
    let tick_e4 = if let Some(text) = number_text(row, "tick_size") {
        parse_e4(&text)
            .filter(|tick| *tick > 0 && split(ONE_E4, *tick).1 == 0)
            .ok_or_else(|| fail(format!("tick_size {text} does not divide 1")))?
    } else {
        let tick_e4 = known.map_or_else(|| coarsest_tick(&bids, &asks), |known| known.tick_e4);
        assume("tick_size", &format_e4(tick_e4));
        tick_e4
    };
    let min_size_e6 = if let Some(text) = number_text(row, "min_order_size") {
        parse_e6(&text).ok_or_else(|| fail(format!("min_order_size {text}")))?
    } else {
        assume("min_order_size", "5");
        known.map_or(ONE_E6.saturating_mul(5), |known| known.min_size_e6)
    };
    let neg_risk = row
        .get("neg_risk")
        .and_then(Value::as_bool)
        .unwrap_or_else(|| {
            assume("neg_risk", "false");
            known.is_some_and(|known| known.neg_risk)
        });
    consistent(&bids, &asks, tick_e4).map_err(fail)?;
    Ok(BookSeed {
        condition: condition.to_owned(),
        token,
        bids,
        asks,
        tick_e4,
        min_size_e6,
        neg_risk,
        last_price_e4: text("last_trade_price").and_then(parse_e4),
        outcome: text("outcome").map(str::to_owned),
    })
}

/// The usual tick, or the coarsest of the common ones on which every level lies.
fn coarsest_tick(bids: &Levels, asks: &Levels) -> u64 {
    let fits = |tick: &u64| {
        bids.keys()
            .chain(asks.keys())
            .all(|price| split(*price, *tick).1 == 0)
    };
    [100, 10, 1].into_iter().find(fits).unwrap_or(1)
}

fn consistent(bids: &Levels, asks: &Levels, tick_e4: u64) -> Result<(), String> {
    let stray = bids
        .keys()
        .chain(asks.keys())
        .find(|price| split(**price, tick_e4).1 != 0);
    if let Some(price) = stray {
        return Err(format!(
            "price {} is off the tick {}",
            format_e4(*price),
            format_e4(tick_e4)
        ));
    }
    match (bids.last_key_value(), asks.first_key_value()) {
        (Some((bid, _)), Some((ask, _))) if bid >= ask => Err(format!(
            "bid {} crosses ask {}",
            format_e4(*bid),
            format_e4(*ask)
        )),
        (Some(_) | None, _) => Ok(()),
    }
}

/// A field that is text today and was a number in some captures.
fn number_text(row: &Map<String, Value>, name: &str) -> Option<String> {
    match row.get(name)? {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn side(row: &Map<String, Value>, name: &str) -> Result<Levels, String> {
    let rows = row
        .get(name)
        .and_then(Value::as_array)
        .ok_or(format!("{name} is not a list"))?;
    let mut levels = Levels::new();
    for level in rows {
        let text = |field: &str| {
            level
                .get(field)
                .and_then(Value::as_str)
                .ok_or(format!("{name}: {field} is not text"))
        };
        let (price, size) = (text("price")?, text("size")?);
        let price_e4 = parse_e4(price)
            .filter(|price| *price > 0 && *price < ONE_E4)
            .ok_or(format!(
                "{name}: price {price} is not four decimals between 0 and 1"
            ))?;
        let size_e6 = parse_decimal(size, 6)
            .filter(|size| *size > 0)
            .ok_or(format!("{name}: size {size} is not six decimals above 0"))?;
        if levels.insert(price_e4, size_e6).is_some() {
            return Err(format!("{name}: price {price} stands twice"));
        }
    }
    Ok(levels)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn old_capture() -> Value {
        json!({"market": "0xc0", "asset_id": "7",
            "bids": [{"price": "0.1", "size": "5"}], "asks": [{"price": "0.12", "size": "192.3"}]})
    }

    #[test]
    fn an_old_capture_is_read_and_its_gaps_are_named() {
        for value in [
            old_capture(),
            json!({"data": old_capture()}),
            json!([old_capture()]),
            json!({"data": [old_capture()], "_note": "x"}),
        ] {
            let mut assumed = Vec::new();
            let books = parse(&value, &mut assumed).unwrap();
            assert_eq!(books.len(), 1);
            assert_eq!(books[0].asks.get(&1_200), Some(&192_300_000));
            assert_eq!((books[0].tick_e4, books[0].min_size_e6), (100, 5_000_000));
            let fields: Vec<&str> = assumed.iter().map(|row| row.field.as_str()).collect();
            assert_eq!(fields, ["tick_size", "min_order_size", "neg_risk"]);
        }
    }

    #[test]
    fn a_missing_tick_is_the_usual_one_unless_the_levels_need_a_finer() {
        for (price, tick) in [("0.12", "0.01"), ("0.125", "0.001"), ("0.1205", "0.0001")] {
            let mut value = old_capture();
            value["asks"][0]["price"] = json!(price);
            let mut assumed = Vec::new();
            parse(&value, &mut assumed).unwrap();
            assert_eq!(
                (assumed[0].field.as_str(), assumed[0].value.as_str()),
                ("tick_size", tick)
            );
        }
    }

    #[test]
    fn a_present_book_needs_no_assumption() {
        let mut value = old_capture();
        value["tick_size"] = json!("0.0025");
        value["min_order_size"] = json!("15");
        value["neg_risk"] = json!(true);
        let mut assumed = Vec::new();
        let books = parse(&value, &mut assumed).unwrap();
        assert!(assumed.is_empty() && books[0].neg_risk);
        assert_eq!((books[0].tick_e4, books[0].min_size_e6), (25, 15_000_000));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_reason() {
        let level = |price: Value, size: Value| json!([{"price": price, "size": size}]);
        for (asks, reason) in [
            (level(json!("0.125"), json!("1")), "off the tick"),
            (level(json!("0.12001"), json!("1")), "four decimals"),
            (level(json!("1"), json!("1")), "between 0 and 1"),
            (level(json!(0.12), json!("1")), "not text"),
            (level(json!("0.12"), json!("0.0000001")), "six decimals"),
            (level(json!("0.12"), json!("0")), "above 0"),
            (level(json!("0.1"), json!("1")), "crosses"),
            (
                json!([{"price": "0.2", "size": "1"}, {"price": "0.20", "size": "1"}]),
                "twice",
            ),
        ] {
            let mut value = old_capture();
            value["tick_size"] = json!("0.01");
            value["asks"] = asks;
            let error = parse(&value, &mut Vec::new()).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
