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
pub fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let mut files: Vec<PathBuf> = fs::read_dir(path)
        .unwrap_or_else(|e| {
            panic!(
                "BOOKS {}: {e}; name a book file or a folder of them",
                path.display()
            )
        })
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    assert!(
        !files.is_empty(),
        "BOOKS {}: no .json file in it",
        path.display()
    );
    files
}

/// Reads the first book of a file, bare or wrapped in `data`.
pub fn read(path: &Path) -> Book {
    let text = fs::read_to_string(path)
        .unwrap_or_else(|e| panic!("BOOKS {}: {e}; name a book file", path.display()));
    let value: Value = serde_json::from_str(&text)
        .unwrap_or_else(|e| panic!("BOOKS {}: {e}; a book is JSON", path.display()));
    let value = value.get("data").unwrap_or(&value);
    let value = value
        .as_array()
        .and_then(|list| list.first())
        .unwrap_or(value);
    let text = |field: &str| value[field].as_str();
    let needed = |field: &str| {
        text(field)
            .unwrap_or_else(|| panic!("BOOKS {}: {field} is missing", path.display()))
            .to_owned()
    };
    let side = |field: &str| -> Vec<(u64, u64)> {
        value[field]
            .as_array()
            .unwrap_or_else(|| panic!("BOOKS {}: {field} is missing", path.display()))
            .iter()
            .map(|level| {
                let field = |name: &str, scale| {
                    scaled(level[name].as_str().unwrap_or_default(), scale)
                        .unwrap_or_else(|| panic!("BOOKS {}: a level's {name}", path.display()))
                };
                (field("price", 4), field("size", 6))
            })
            .collect()
    };
    let (mut asks, mut bids) = (side("asks"), side("bids"));
    asks.sort_unstable();
    bids.sort_unstable_by_key(|level| std::cmp::Reverse(level.0));
    Book {
        market: needed("market"),
        token: needed("asset_id"),
        tick_e4: text("tick_size").map_or_else(
            || assumed_tick(asks.iter().chain(&bids).map(|level| level.0)),
            |t| scaled(t, 4).expect("a tick size"),
        ),
        neg_risk: value["neg_risk"].as_bool().unwrap_or(false),
        asks,
        bids,
    }
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
    use super::{decimal, scaled};

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
