//! What other wallets did: the trades, positions and activity that the Data API
//! tells of anyone, as a test's script wrote them.
//!
//! Never touches: the books; a leader's trade here moves no price.
//!
//! Invariant: rows are kept as they were given, with what they left out filled
//! in, so that a recorded page plays as it was recorded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::core::market::Market;
use crate::core::refusal::Refusal;
use crate::crypto::word::{Address, Word, keccak};
use crate::units::{format_e6, mul_div, parse_e6};

/// Which list a row belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    Trade,
    Position,
    Activity,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub(crate) struct Happened {
    pub(crate) at_s: u64,
    pub(crate) wallet: String,
    pub(crate) condition: String,
    pub(crate) side: String,
    /// `TRADE`, or another type of activity.
    pub(crate) kind: String,
    pub(crate) size_e6: u64,
    pub(crate) cash_e6: u64,
    /// Whether the wallet's order was the resting one.
    pub(crate) is_maker: bool,
    /// As `/v2/trades` shows it, or `/v2/activity` what is no trade.
    pub(crate) row: Map<String, Value>,
}

/// What a wallet holds of a token.
#[derive(Clone, Debug)]
struct Held {
    size_e6: u64,
    row: Map<String, Value>,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leaders {
    pub(crate) happened: Vec<Happened>,
    /// By wallet and token.
    held: BTreeMap<(String, String), Held>,
    /// Fields of a market, by condition, that Gamma shows instead of its own.
    pub(crate) shown: BTreeMap<String, Map<String, Value>>,
}

fn bad(what: &str) -> Refusal {
    Refusal::Request(format!("invalid {what}"))
}

/// A decimal, written as a number or as text.
fn amount_e6(row: &Map<String, Value>, name: &str) -> Result<Option<u64>, Refusal> {
    let text = match row.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => return Err(bad(name)),
    };
    // Means of several levels have more digits than an amount.
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    let fraction: String = fraction.chars().take(6).collect();
    let read = parse_e6(&format!("{whole}.{fraction}"));
    read.map(Some).ok_or_else(|| bad(name))
}

fn text<'a>(row: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    row.get(name).and_then(Value::as_str)
}

/// A decimal as a JSON number, as all amounts of the Data API are.
pub(crate) fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// Puts what the row does not say.
fn fill(row: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    row.entry(name).or_insert_with(|| value.into());
}

impl Leaders {
    /// Takes one row; `market` finds a token's, for what the row leaves out.
    pub(crate) fn take<'a>(
        &mut self,
        part: Part,
        row: &Value,
        now_ms: u64,
        market: impl Fn(&str) -> Option<&'a Market>,
    ) -> Result<Value, Refusal> {
        let mut row = row.as_object().cloned().ok_or_else(|| bad("row"))?;
        let wallet = text(&row, "proxy_wallet").and_then(Address::parse);
        let wallet = wallet.ok_or_else(|| bad("proxy_wallet"))?.to_string();
        let wallet = wallet.to_ascii_lowercase();
        row.insert("proxy_wallet".to_owned(), wallet.clone().into());
        if let Some(market) = text(&row, "token_id").and_then(market) {
            fill(&mut row, "condition_id", market.condition.clone());
            fill(&mut row, "outcome", market.outcome.clone());
        }
        match part {
            Part::Position => self.position(wallet, row),
            Part::Trade | Part::Activity => self.event(part, wallet, row, now_ms),
        }
    }

    fn event(
        &mut self,
        part: Part,
        wallet: String,
        mut row: Map<String, Value>,
        now_ms: u64,
    ) -> Result<Value, Refusal> {
        let size_e6 = amount_e6(&row, "size")?.ok_or_else(|| bad("size"))?;
        let price_e6 = amount_e6(&row, "price")?;
        let is_trade = part == Part::Trade;
        let side = text(&row, "side").unwrap_or_default().to_owned();
        let token = text(&row, "token_id").unwrap_or_default().to_owned();
        if is_trade {
            let known = Word::from_decimal(&token).is_some();
            let named = ["BUY", "SELL"].contains(&side.as_str());
            let rest = known.then_some(()).ok_or("token_id");
            rest.and(named.then_some(()).ok_or("side")).map_err(bad)?;
            price_e6.ok_or_else(|| bad("price"))?;
        }
        let condition = text(&row, "condition_id").ok_or_else(|| bad("condition_id"))?;
        let condition = condition.to_owned();
        let kind = text(&row, "type").unwrap_or("TRADE").to_owned();
        if is_trade != (kind == "TRADE") {
            return Err(bad("type"));
        }
        let serial = self.happened.len().to_string();
        let hash = keccak(&[b"leader", wallet.as_bytes(), serial.as_bytes()]);
        fill(&mut row, "transaction_hash", hash.to_string());
        let at_s = now_ms.checked_div(1_000).unwrap_or(0);
        fill(&mut row, "timestamp", at_s);
        let at_s = row.get("timestamp").and_then(Value::as_u64);
        let at_s = at_s.ok_or_else(|| bad("timestamp"))?;
        let cash_e6 = match amount_e6(&row, "usdc_size")? {
            Some(cash_e6) => cash_e6,
            None => mul_div(size_e6, price_e6.unwrap_or(0), 1_000_000).unwrap_or(0),
        };
        complete(&mut row);
        let is_maker = row.remove("maker") == Some(Value::Bool(true));
        let stays = row.remove("moves_position") == Some(Value::Bool(false));
        if is_trade && !stays {
            self.move_position(&wallet, &token, &condition, (&side, size_e6), &row);
        }
        let answer = Value::Object(row.clone());
        self.happened.push(Happened {
            at_s,
            wallet,
            condition,
            side,
            kind,
            size_e6,
            cash_e6,
            is_maker,
            row,
        });
        Ok(answer)
    }

    fn move_position(
        &mut self,
        wallet: &str,
        token: &str,
        condition: &str,
        (side, size_e6): (&str, u64),
        row: &Map<String, Value>,
    ) {
        let key = (wallet.to_owned(), token.to_owned());
        let held = self.held.entry(key).or_insert_with(|| Held {
            size_e6: 0,
            row: Map::new(),
        });
        held.size_e6 = match side {
            "BUY" => held.size_e6.saturating_add(size_e6),
            _ => held.size_e6.saturating_sub(size_e6),
        };
        fill(&mut held.row, "condition_id", condition);
        for name in ["outcome", "outcome_index", "title", "slug"] {
            let value = row.get(name).cloned().unwrap_or_default();
            fill(&mut held.row, name, value);
        }
    }

    fn position(&mut self, wallet: String, row: Map<String, Value>) -> Result<Value, Refusal> {
        let size_e6 = amount_e6(&row, "current_size")?.ok_or_else(|| bad("current_size"))?;
        let token = text(&row, "token_id")
            .ok_or_else(|| bad("token_id"))?
            .to_owned();
        text(&row, "condition_id").ok_or_else(|| bad("condition_id"))?;
        self.held.insert(
            (wallet, token),
            Held {
                size_e6,
                row: row.clone(),
            },
        );
        Ok(Value::Object(row))
    }

    /// Shows these fields of a market from now on.
    pub(crate) fn show(&mut self, condition: &str, fields: &Map<String, Value>) -> Value {
        let shown = self.shown.entry(condition.to_owned()).or_default();
        shown.extend(fields.clone());
        json!({"condition_id": condition})
    }

    /// The positions of one wallet, in the shape of `/v2/positions`, and their
    /// sizes.
    pub(crate) fn positions(&self, wallet: &str) -> Vec<(u64, Value)> {
        let own = self.held.iter().filter(|((of, _), _)| of == wallet);
        own.map(|((_, token), held)| (held.size_e6, position_row(wallet, token, held)))
            .collect()
    }
}

/// A row of `/v2/trades` as it is shown.
fn complete(row: &mut Map<String, Value>) {
    for name in ["size", "price"] {
        if let Some(Value::String(written)) = row.get(name) {
            let written = number(written);
            row.insert(name.to_owned(), written);
        }
    }
    fill(row, "outcome_index", 999);
    for name in ["outcome", "title", "slug", "icon", "event_slug", "name"] {
        fill(row, name, "");
    }
    for name in [
        "pseudonym",
        "bio",
        "profile_image",
        "profile_image_optimized",
    ] {
        fill(row, name, "");
    }
}

fn position_row(wallet: &str, token: &str, held: &Held) -> Value {
    let mut row = held.row.clone();
    row.insert("proxy_wallet".to_owned(), wallet.into());
    row.insert("token_id".to_owned(), token.into());
    row.insert("current_size".to_owned(), number(&format_e6(held.size_e6)));
    let status = if held.size_e6 > 0 { "OPEN" } else { "CLOSED" };
    fill(&mut row, "status", status);
    fill(&mut row, "total_size", number(&format_e6(held.size_e6)));
    for name in [
        "avg_price",
        "entry_cost_usdc",
        "entry_fees_usdc",
        "total_cost_usdc",
        "current_price",
        "current_value",
        "realized_pnl",
        "unrealized_pnl",
        "total_pnl",
        "percent_pnl",
        "percent_realized_pnl",
    ] {
        fill(&mut row, name, number("0.0"));
    }
    for name in [
        "redeemable",
        "mergeable",
        "negative_risk",
        "archived",
        "verified",
    ] {
        fill(&mut row, name, false);
    }
    fill(&mut row, "outcome_index", 999);
    for name in ["outcome", "title", "slug", "icon", "event_id", "event_slug"] {
        fill(&mut row, name, "");
    }
    fill(&mut row, "opposite_outcome", json!(""));
    Value::Object(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALLET: &str = "0x00000000000000000000000000000000000000Aa";

    #[test]
    fn a_trade_moves_what_its_wallet_holds_unless_told_not_to() {
        let mut leaders = Leaders::default();
        let mut trade = |side: &str, size: Value, more: &[(&str, Value)]| {
            let mut row = json!({"proxy_wallet": WALLET, "token_id": "7", "condition_id": "0xc",
                "side": side, "size": size, "price": 0.297_258_196_7});
            for (name, value) in more {
                row[*name] = value.clone();
            }
            leaders.take(Part::Trade, &row, 5_000, |_| None)
        };
        let row = trade("BUY", json!(244), &[]).unwrap();
        assert_eq!(
            (&row["timestamp"], &row["outcome_index"]),
            (&json!(5), &json!(999))
        );
        trade("SELL", json!("1.464786"), &[]).unwrap();
        trade("SELL", json!(9.5), &[("moves_position", false.into())]).unwrap();
        assert!(trade("HOLD", json!(1), &[]).is_err());
        assert!(trade("BUY", json!(1), &[("timestamp", "soon".into())]).is_err());
        let held = leaders.positions(&WALLET.to_ascii_lowercase());
        assert_eq!(held.len(), 1);
        assert_eq!(held[0].0, 242_535_214);
        assert_eq!(held[0].1["current_size"], json!(242.535_214));
        assert_eq!(leaders.happened.len(), 3);
        assert_eq!(leaders.happened[0].cash_e6, 72_530_952);
    }
}
