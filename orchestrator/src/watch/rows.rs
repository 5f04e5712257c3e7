//! What a row of the Data API says, or that it says it otherwise.
//!
//! Invariant: a row is understood whole or not at all; an outcome's number is
//! never looked at (999 means that nobody knows), nor its name interpreted.

use order::{Address, B256, Side, U256};
use serde_json::Value;

use super::digits::units;

/// The year 2001, and the year 5138, which only milliseconds look like.
const SECONDS: std::ops::Range<u64> = 978_307_200..100_000_000_000;
/// Text of others that is passed on is no longer than this.
const TEXT_MAX: usize = 1_024;

/// One row of `/v2/trades`: a part of a leader's order that met another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fill {
    /// When its block was made, unix seconds.
    pub at_s: u64,
    /// The transaction it is in.
    pub tx: B256,
    /// Outcome token.
    pub token: U256,
    /// BUY or SELL, from the leader's side.
    pub is_buy: bool,
    /// Shares, base units.
    pub size_e6: u64,
    /// A mean over levels, so not on any grid: ten digits, the rest cut.
    pub price_e10: u64,
    /// Condition id.
    pub market: B256,
    /// The outcome's name, as it is.
    pub outcome: String,
}

/// One row of `/v2/positions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Outcome token.
    pub token: U256,
    /// What is held now, base units.
    pub size_e6: u64,
    /// Condition id, where it is named.
    pub market: Option<B256>,
}

/// One row of `/v2/activity`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// When its block was made, unix seconds.
    pub at_s: u64,
    /// `TRADE`, or what else was done.
    pub kind: String,
    /// The transaction and everything else that tells it from others.
    pub rest: String,
    /// Condition id, where it is named.
    pub market: Option<B256>,
    /// Outcome token, where it is named.
    pub token: Option<U256>,
}

/// A row that can be understood.
pub trait Row: Sized {
    /// Reads a row that must be `user`'s.
    ///
    /// # Errors
    ///
    /// The field that is not as documented.
    fn read(row: &Value, user: Address) -> Result<Self, &'static str>;
}

impl Fill {
    /// Its side.
    #[must_use]
    pub const fn side(&self) -> Side {
        if self.is_buy { Side::Buy } else { Side::Sell }
    }
}

impl Row for Fill {
    fn read(row: &Value, user: Address) -> Result<Self, &'static str> {
        is_of(row, user)?;
        let side = text(row, "side").and_then(Side::parse).ok_or("side")?;
        let size_e6 = row.get("size").and_then(|size| units(size, 6));
        let price_e10 = row.get("price").and_then(|price| units(price, 10));
        Ok(Self {
            at_s: at_s(row)?,
            tx: parsed(row, "transaction_hash").ok_or("transaction_hash")?,
            token: token(row).ok_or("token_id")?,
            is_buy: side == Side::Buy,
            size_e6: size_e6.filter(|size| *size > 0).ok_or("size")?,
            price_e10: price_e10
                .filter(|price| *price <= 10_000_000_000)
                .ok_or("price")?,
            market: parsed(row, "condition_id").ok_or("condition_id")?,
            outcome: named(row, "outcome")?,
        })
    }
}

impl Row for Position {
    fn read(row: &Value, user: Address) -> Result<Self, &'static str> {
        is_of(row, user)?;
        let size_e6 = row.get("current_size").and_then(|size| units(size, 6));
        Ok(Self {
            token: token(row).ok_or("token_id")?,
            size_e6: size_e6.ok_or("current_size")?,
            market: market(row),
        })
    }
}

impl Row for Event {
    fn read(row: &Value, user: Address) -> Result<Self, &'static str> {
        is_of(row, user)?;
        let kind = text(row, "type").filter(|kind| !kind.is_empty() && kind.len() < 64);
        let part = |name: &str| row.get(name).map(Value::to_string).unwrap_or_default();
        let parts = [
            "transaction_hash",
            "condition_id",
            "token_id",
            "side",
            "size",
            "usdc_size",
        ];
        Ok(Self {
            at_s: at_s(row)?,
            kind: kind.ok_or("type")?.to_owned(),
            rest: parts.map(part).join(" "),
            market: market(row),
            token: token(row).filter(|token| !token.is_zero()),
        })
    }
}

fn text<'a>(row: &'a Value, name: &str) -> Option<&'a str> {
    row.get(name).and_then(Value::as_str)
}

/// Hex of the right length, or an address, whatever its letters' case.
fn parsed<T: std::str::FromStr>(row: &Value, name: &str) -> Option<T> {
    let text = text(row, name).filter(|text| text.starts_with("0x"))?;
    text.parse().ok()
}

fn is_of(row: &Value, user: Address) -> Result<(), &'static str> {
    let of: Option<Address> = parsed(row, "proxy_wallet");
    (of == Some(user)).then_some(()).ok_or("proxy_wallet")
}

fn at_s(row: &Value) -> Result<u64, &'static str> {
    let at_s = row.get("timestamp").and_then(Value::as_u64);
    at_s.filter(|at_s| SECONDS.contains(at_s))
        .ok_or("timestamp")
}

fn token(row: &Value) -> Option<U256> {
    let text = text(row, "token_id")?;
    let is_decimal = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_decimal.then(|| U256::from_str_radix(text, 10).ok())?
}

/// A condition that may be left out, or be nothing but zeros.
fn market(row: &Value) -> Option<B256> {
    parsed(row, "condition_id").filter(|market: &B256| !market.is_zero())
}

/// A name that may be missing, but not be something else.
fn named(row: &Value, name: &'static str) -> Result<String, &'static str> {
    match row.get(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) if text.len() <= TEXT_MAX => Ok(text.clone()),
        Some(
            Value::String(_)
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_),
        ) => Err(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn user() -> Address {
        Address::repeat_byte(0x11)
    }

    fn trade() -> Value {
        json!({
            "proxy_wallet": format!("0x{}", "11".repeat(20)), "side": "BUY", "token_id": "71",
            "condition_id": format!("0x{}", "cc".repeat(32)), "size": 1.464_786,
            "price": 0.709_999_959, "timestamp": 1_786_179_730, "outcome": "Trump",
            "outcome_index": 999, "transaction_hash": format!("0x{}", "bb".repeat(32)),
            "title": "?", "a_new_field": [1],
        })
    }

    /// M63: any outcome is passed on as it is; the token is named by its id.
    #[test]
    fn a_trade_is_read_whole_and_its_outcome_is_not_interpreted() {
        let fill = Fill::read(&trade(), user()).unwrap();
        assert_eq!((fill.size_e6, fill.price_e10), (1_464_786, 7_099_999_590));
        assert_eq!(
            (fill.token, fill.outcome.as_str()),
            (U256::from(71), "Trump")
        );
        let mut nameless = trade();
        nameless["outcome"] = Value::Null;
        nameless.as_object_mut().unwrap().remove("outcome_index");
        assert_eq!(Fill::read(&nameless, user()).unwrap().outcome, "");
    }

    #[test]
    fn a_row_of_another_shape_is_no_row() {
        for (field, value) in [
            ("proxy_wallet", json!(format!("0x{}", "12".repeat(20)))),
            ("proxy_wallet", Value::Null),
            ("side", json!("buy")),
            ("token_id", json!(71)),
            ("token_id", json!("0x47")),
            ("token_id", json!("")),
            ("condition_id", json!("0xcc")),
            ("size", json!(0)),
            ("size", json!(-1)),
            ("size", json!("many")),
            ("price", json!(1.01)),
            ("price", Value::Null),
            ("timestamp", json!(1_786_179_730_000_u64)),
            ("timestamp", json!(17)),
            ("timestamp", json!("1786179730")),
            ("outcome", json!(1)),
            ("transaction_hash", json!("")),
        ] {
            let mut row = trade();
            row[field] = value.clone();
            assert_eq!(Fill::read(&row, user()), Err(field), "{value}");
        }
        assert!(Fill::read(&json!([1]), user()).is_err());
        let mut position = trade();
        assert_eq!(Position::read(&position, user()), Err("current_size"));
        position["current_size"] = json!(400_000.0);
        let size_e6 = Position::read(&position, user()).unwrap().size_e6;
        assert_eq!(size_e6, 400_000_000_000);
        assert_eq!(Event::read(&position, user()), Err("type"));
    }
}
