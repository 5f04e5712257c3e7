//! A recorded book, read as far as planning a trade against it needs.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// One token's book: prices in ten-thousandths, sizes in base units (1e-6).
#[derive(Clone, Debug)]
pub struct Book {
    /// Condition id.
    pub market: String,
    /// Token id, decimal.
    pub token: String,
    /// Smallest price step, ten-thousandths.
    pub tick_e4: u64,
    /// Whether its orders go to the neg-risk exchange.
    pub neg_risk: bool,
    /// Sell offers, best first.
    pub asks: Vec<(u64, u64)>,
    /// Buy offers, best first.
    pub bids: Vec<(u64, u64)>,
}

/// The book files at `path`: itself, or those in the folder, by name.
///
/// # Errors
///
/// Why there are none, and what to name instead.
pub fn list(path: &Path) -> Result<Vec<PathBuf>, String> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let none = |problem: String| {
        format!(
            "BOOKS {}: {problem}; name a book file or a folder of them",
            path.display()
        )
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(|e| none(e.to_string()))? {
        let file = entry.map_err(|e| none(e.to_string()))?.path();
        if file.extension().is_some_and(|e| e == "json") {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(none("no .json file in it".to_owned()));
    }
    Ok(files)
}

/// The same of a path that must have some.
pub fn files(path: &Path) -> Vec<PathBuf> {
    list(path).unwrap_or_else(|problem| panic!("{problem}"))
}

/// Reads the first book of a file that must have one.
pub fn read(path: &Path) -> Book {
    let mut books = load(path).unwrap_or_else(|problem| panic!("{problem}"));
    books.swap_remove(0)
}

/// Reads the books of a file: one or a list, bare or wrapped in `data`. As
/// strict as the simulator, which would refuse to start with any other.
///
/// # Errors
///
/// A sentence that names the file, its problem and the fix.
pub fn load(path: &Path) -> Result<Vec<Book>, String> {
    const FIX: &str = "name the JSON that GET /book or the market channel answered";
    let bad = |problem: String| format!("BOOKS {}: {problem}; {FIX}", path.display());
    let text = fs::read_to_string(path).map_err(|e| bad(e.to_string()))?;
    let value: Value = serde_json::from_str(&text).map_err(|e| bad(e.to_string()))?;
    let inner = match value.get("data") {
        Some(data) if value.get("asset_id").is_none() => data,
        Some(_) | None => &value,
    };
    let rows = inner
        .as_array()
        .map_or(std::slice::from_ref(inner), Vec::as_slice);
    if rows.is_empty() {
        return Err(bad("an empty list".to_owned()));
    }
    rows.iter().map(|row| book(row).map_err(bad)).collect()
}

fn book(row: &Value) -> Result<Book, String> {
    let needed = |field: &str| {
        let text = row[field].as_str();
        text.ok_or_else(|| format!("{field} is missing"))
    };
    let token = needed("asset_id")?;
    if order::U256::from_str_radix(token, 10).is_err() {
        return Err(format!("asset_id {token:?} is not a token id"));
    }
    let (mut asks, mut bids) = (side(row, "asks")?, side(row, "bids")?);
    asks.sort_unstable();
    bids.sort_unstable_by_key(|level| std::cmp::Reverse(level.0));
    let prices = || asks.iter().chain(&bids).map(|level| level.0);
    let tick_e4 = match &row["tick_size"] {
        Value::String(text) if !text.is_empty() => tick(text)?,
        Value::Number(number) => tick(&number.to_string())?,
        _ => assumed_tick(prices()),
    };
    if let Some(stray) = prices().find(|price| !price.is_multiple_of(tick_e4)) {
        let (price, tick) = (decimal(stray, 4), decimal(tick_e4, 4));
        return Err(format!("price {price} is off the tick {tick}"));
    }
    if let (Some((ask, _)), Some((bid, _))) = (asks.first(), bids.first())
        && bid >= ask
    {
        let (bid, ask) = (decimal(*bid, 4), decimal(*ask, 4));
        return Err(format!("bid {bid} crosses ask {ask}"));
    }
    Ok(Book {
        market: needed("market")?.to_owned(),
        token: token.to_owned(),
        tick_e4,
        neg_risk: row["neg_risk"].as_bool().unwrap_or(false),
        asks,
        bids,
    })
}

fn tick(text: &str) -> Result<u64, String> {
    let tick = scaled(text, 4).filter(|tick| *tick > 0 && 10_000_u64.is_multiple_of(*tick));
    tick.ok_or_else(|| format!("tick_size {text} is not a tick"))
}

/// One side's levels, in no order.
fn side(row: &Value, name: &str) -> Result<Vec<(u64, u64)>, String> {
    let levels = row[name]
        .as_array()
        .ok_or_else(|| format!("{name} are missing"))?;
    let mut found: Vec<(u64, u64)> = Vec::new();
    for level in levels {
        let field = |field: &str, digits, most: u64| {
            scaled(level[field].as_str().unwrap_or_default(), digits)
                .filter(|value| (1..=most).contains(value))
                .ok_or_else(|| format!("a level of {name} has the {field} {}", level[field]))
        };
        let (price, size) = (field("price", 4, 9_999)?, field("size", 6, u64::MAX)?);
        if found.iter().any(|(other, _)| *other == price) {
            let price = decimal(price, 4);
            return Err(format!("price {price} stands twice among the {name}"));
        }
        found.push((price, size));
    }
    Ok(found)
}

/// The tick of a book that does not say: a cent, or the finer one that its own
/// levels need, as the simulator assumes too.
fn assumed_tick(prices: impl Iterator<Item = u64>) -> u64 {
    let prices: Vec<u64> = prices.collect();
    let fits = |tick: &u64| prices.iter().all(|price| price.is_multiple_of(*tick));
    [100, 10].into_iter().find(fits).unwrap_or(1)
}

/// Decimal text as an integer of 10^-`digits`.
pub fn scaled(text: &str, digits: usize) -> Option<u64> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let rest = rest.trim_end_matches('0');
    if rest.len() > digits || whole.is_empty() {
        return None;
    }
    format!("{whole}{rest:0<digits$}").parse().ok()
}

/// An integer of 10^-`digits` as decimal text.
pub fn decimal(value: u64, digits: usize) -> String {
    let text = format!("{value:0>width$}", width = digits + 1);
    let (whole, rest) = text.split_at(text.len() - digits);
    let rest = rest.trim_end_matches('0');
    if rest.is_empty() {
        whole.to_owned()
    } else {
        format!("{whole}.{rest}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{book, decimal, scaled};

    #[test]
    fn what_is_no_book_is_named() {
        let level = |price: &str, size: &str| json!([{"price": price, "size": size}]);
        let good = json!({"market": "0x1", "asset_id": "7", "tick_size": "0.01",
            "bids": level("0.4", "5"), "asks": level("0.41", "5")});
        assert_eq!(book(&good).expect("a book").asks, [(4_100, 5_000_000)]);
        for (field, value, problem) in [
            ("market", json!(null), "market is missing"),
            ("asset_id", json!("0x7"), "not a token id"),
            ("bids", json!(null), "bids are missing"),
            ("bids", level("0.41", "5"), "crosses"),
            ("asks", level("0.415", "5"), "off the tick"),
            ("asks", level("1", "5"), "has the price"),
            ("asks", level("0.5", "0"), "has the size"),
            ("tick_size", json!("0.03"), "not a tick"),
        ] {
            let mut bent = good.clone();
            bent[field] = value;
            let said = book(&bent).expect_err("no book");
            assert!(said.contains(problem), "{field}: {said}");
        }
        let mut twice = good;
        twice["asks"] = json!([{"price": "0.5", "size": "1"}, {"price": "0.50", "size": "1"}]);
        assert!(book(&twice).expect_err("no book").contains("twice"));
    }

    #[test]
    fn decimals_there_and_back() {
        for (text, digits, value) in [
            ("0.14", 4, 1_400),
            ("1", 4, 10_000),
            ("192.3", 6, 192_300_000),
            ("0.000001", 6, 1),
        ] {
            assert_eq!(scaled(text, digits), Some(value));
            assert_eq!(decimal(value, digits), text);
        }
        assert_eq!(scaled("0.00001", 4), None);
        assert_eq!(scaled("", 4), None);
    }
}
