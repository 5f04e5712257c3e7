//! Intents as they arrive: one JSON object a line.
//!
//! Invariant: a line is understood whole or refused whole; no field has a
//! default that could turn one trade into another.

use order::{B256, PriceE4, ShareUnits, Side, TickSize, U256};
use serde::Deserialize;

/// The format's version, `v` of every line.
pub const VERSION: u32 = 1;
/// The longest name a sender may give an intent, in bytes.
const SOURCE_ID_MAX: usize = 128;

/// Whose trade it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A leader's trade, copied.
    Copy,
    /// A sell of what we hold.
    Exit,
}

/// How the venue is to treat the order. Not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum OrderType {
    /// All or nothing, now.
    Fok,
    /// What there is, now.
    Fak,
}

/// One intent, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The sender's own name for it: the same name is the same intent.
    pub source_id: String,
    /// Whose trade it is.
    pub kind: Kind,
    /// Condition id.
    pub market: B256,
    /// Outcome token.
    pub token_id: U256,
    /// BUY or SELL.
    pub side: Side,
    /// The worst price to accept.
    pub limit_price: PriceE4,
    /// How many shares.
    pub shares: ShareUnits,
    /// The market's price step.
    pub tick_size: TickSize,
    /// How the venue is to treat it.
    pub order_type: OrderType,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    v: u32,
    id: String,
    kind: Kind,
    market: String,
    token: String,
    side: String,
    price: String,
    shares: String,
    tick: String,
    order_type: OrderType,
}

impl Intent {
    /// Understands one line.
    ///
    /// # Errors
    ///
    /// A sentence that names the field, its problem and the fix.
    pub fn parse(line: &str) -> Result<Self, String> {
        let line: Line = serde_json::from_str(line)
            .map_err(|e| format!("line: {e}; write one JSON object with the documented fields"))?;
        if line.v != VERSION {
            return Err(format!("v: {} is not known; write {VERSION}", line.v));
        }
        if line.id.is_empty() || line.id.len() > SOURCE_ID_MAX {
            return Err(format!(
                "id: {} bytes long; write 1 to {SOURCE_ID_MAX}",
                line.id.len()
            ));
        }
        let tick_size = TickSize::parse(&line.tick).ok_or_else(|| {
            format!(
                "tick: {:?} is not a tick; write 0.1, 0.01, 0.005, 0.0025, 0.001 or 0.0001",
                line.tick
            )
        })?;
        let shares = ShareUnits::parse(&line.shares).map_err(|e| {
            format!(
                "shares: {:?}: {e}; write decimal text with at most 2 digits after the point",
                line.shares
            )
        })?;
        if shares.get() == 0 || shares.get().checked_rem(order::LOT_UNITS) != Some(0) {
            return Err(format!(
                "shares: {shares} is not a whole number of hundredths; round it down"
            ));
        }
        Ok(Self {
            source_id: line.id,
            kind: line.kind,
            market: line.market.parse().map_err(|_ignored| {
                format!(
                    "market: {:?} is not a condition id; write 0x and 64 hex digits",
                    line.market
                )
            })?,
            token_id: token(&line.token)?,
            side: match line.side.as_str() {
                "BUY" => Side::Buy,
                "SELL" => Side::Sell,
                other => return Err(format!("side: {other:?} is not a side; write BUY or SELL")),
            },
            limit_price: PriceE4::parse(&line.price, tick_size)
                .map_err(|e| format!("price: {:?}: {e}", line.price))?,
            shares,
            tick_size,
            order_type: line.order_type,
        })
    }
}

/// Token ids are decimal text, as the venue writes them.
fn token(text: &str) -> Result<U256, String> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!(
            "token: {text:?} is not decimal; write the token id's digits"
        ));
    }
    U256::from_str_radix(text, 10)
        .map_err(|_ignored| format!("token: {text:?} is above 2^256; write the token id's digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(edit: impl Fn(&mut serde_json::Value)) -> String {
        let mut value = serde_json::json!({
            "v": 1, "id": "t-1", "kind": "copy", "market": format!("0x{}", "11".repeat(32)),
            "token": "7", "side": "BUY", "price": "0.14", "shares": "100", "tick": "0.01",
            "order_type": "FOK",
        });
        edit(&mut value);
        value.to_string()
    }

    #[test]
    fn a_line_is_understood_whole() {
        let intent = Intent::parse(&line(|_| ())).unwrap();
        assert_eq!(intent.limit_price.get(), 1_400);
        assert_eq!(intent.shares.get(), 100_000_000);
    }

    #[test]
    fn every_bad_field_is_named() {
        for (field, value) in [
            ("v", serde_json::json!(2)),
            ("id", serde_json::json!("")),
            ("market", serde_json::json!("0x11")),
            ("token", serde_json::json!("0x7")),
            ("token", serde_json::json!("")),
            ("side", serde_json::json!("buy")),
            ("price", serde_json::json!("0.145")),
            ("price", serde_json::json!("0")),
            ("price", serde_json::json!("1")),
            ("shares", serde_json::json!("0")),
            ("shares", serde_json::json!("1.001")),
            ("shares", serde_json::json!("-1")),
            ("tick", serde_json::json!("0.02")),
        ] {
            let error = Intent::parse(&line(|v| v[field] = value.clone())).unwrap_err();
            assert!(error.starts_with(field), "{field} {value}: {error}");
        }
        assert!(Intent::parse(&line(|v| v["surprise"] = 1.into())).is_err());
        assert!(
            Intent::parse(&line(|v| v["shares"] = 100.into())).is_err(),
            "numbers are text"
        );
        assert!(Intent::parse("{").is_err());
    }
}
