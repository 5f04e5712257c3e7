//! Our own line, version 1: one JSON object that says everything.
//!
//! Invariant: numbers of money are text; unknown fields are refused.

use order::{PriceE4, ShareUnits, Side, TickSize};
use serde::Deserialize;

use super::shape::{self, Field, Form};
use super::{Intent, Kind, OrderType, SOURCE_ID_MAX, is_strategy, token};

/// The format's version, `v` of every line.
pub const VERSION: u32 = 1;
/// Whose intents those are that do not say.
const STRATEGY: &str = "default";

/// The year 2001, unix milliseconds.
const MOMENT_MS_MIN: u64 = 978_307_200_000;
/// What the venue and our own columns can hold: the year 5000.
const MOMENT_MS_MAX: u64 = 95_617_584_000_000;

/// Every field, the required first, in the order in which they are missed.
const FIELDS: [Field; 15] = [
    ("v", Form::Whole, true),
    ("id", Form::Text("my-7"), true),
    ("kind", Form::Word(&["copy", "exit"]), true),
    ("market", Form::Text("0x\u{2026}"), true),
    ("token", Form::Text("31415926"), true),
    ("side", Form::Text("BUY"), true),
    ("price", Form::Text("0.41"), true),
    ("shares", Form::Text("12.5"), true),
    ("tick", Form::Text("0.01"), true),
    ("order_type", Form::Word(&["FOK", "FAK"]), true),
    ("strategy", Form::Text("default"), false),
    ("neg_risk", Form::Flag, false),
    ("leader", Form::Text("0x\u{2026}"), false),
    ("leader_price", Form::Text("0.41"), false),
    ("leader_time_ms", Form::Whole, false),
];

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
    strategy: Option<String>,
    neg_risk: Option<bool>,
    leader: Option<String>,
    leader_price: Option<String>,
    leader_time_ms: Option<u64>,
}

/// Understands one line.
pub(super) fn parse(line: &str) -> Result<Intent, String> {
    let value = shape::object(line)?;
    // Another version may have other fields: nothing else is looked at.
    if let Some(v) = value.get("v").filter(|v| **v != VERSION) {
        return Err(format!("v: {v} is not known; write {VERSION}"));
    }
    shape::check(&value, &FIELDS)?;
    let line: Line = serde_json::from_str(line).map_err(|e| shape::complaint(&e))?;
    if line.v != VERSION {
        return Err(format!("v: {} is not known; write {VERSION}", line.v));
    }
    if line.id.is_empty() || line.id.len() > SOURCE_ID_MAX {
        return Err(format!(
            "id: {} bytes long; write 1 to {SOURCE_ID_MAX}",
            line.id.len()
        ));
    }
    let strategy = line.strategy.clone().unwrap_or_else(|| STRATEGY.to_owned());
    if !is_strategy(&strategy) {
        return Err(format!(
            "strategy: {strategy:?} is not a name; write 1 to 32 of a-z, 0-9 and -"
        ));
    }
    let tick_size = TickSize::parse(&line.tick).ok_or_else(|| {
        format!(
            "tick: {:?} is not a tick; write 0.1, 0.01, 0.005, 0.0025, 0.001 or 0.0001",
            line.tick
        )
    })?;
    let (leader, leader_price, leader_time_ms) = leader(&line)?;
    Ok(Intent {
        shares: shares(&line.shares)?,
        strategy,
        kind: line.kind,
        market: line.market.parse().map_err(|_ignored| {
            format!(
                "market: {:?} is not a condition id; write 0x and 64 hex digits",
                line.market
            )
        })?,
        token_id: token(&line.token)?,
        side: Side::parse(&line.side)
            .ok_or_else(|| format!("side: {:?} is not a side; write BUY or SELL", line.side))?,
        limit_price: PriceE4::parse(&line.price, tick_size)
            .map_err(|e| format!("price: {:?}: {e}", line.price))?,
        tick_size,
        order_type: line.order_type,
        neg_risk: line.neg_risk,
        leader,
        leader_price,
        leader_time_ms,
        source_id: line.id,
    })
}

/// A copy without its leader's trade is one that the signer would not read.
fn needed(field: &str, is_there: bool, what: &str) -> Result<(), String> {
    if is_there {
        Ok(())
    } else {
        Err(format!(
            "{field}: missing, and a copy needs it; write {what}"
        ))
    }
}

/// A leader's time; nobody traded here before 2001, but seconds look like it.
fn moment(ms: u64) -> Result<u64, String> {
    if ms < MOMENT_MS_MIN {
        return Err(format!(
            "leader_time_ms: {ms} is before 2001, as if it were seconds; write milliseconds, \
             1000 to the second"
        ));
    }
    if ms > MOMENT_MS_MAX {
        return Err(format!(
            "leader_time_ms: {ms} is after the year 5000; write unix milliseconds"
        ));
    }
    Ok(ms)
}

fn shares(text: &str) -> Result<ShareUnits, String> {
    let shares = ShareUnits::parse(text).map_err(|e| {
        format!("shares: {text:?}: {e}; write decimal text with at most 2 digits after the point")
    })?;
    if shares.get() == 0 {
        return Err("shares: must be more than 0; write at least 0.01".to_owned());
    }
    if shares.get() > super::UNITS_MAX {
        return Err(format!("shares: {shares} is more than a billion; split it"));
    }
    if shares.get().checked_rem(order::LOT_UNITS) != Some(0) {
        return Err(format!(
            "shares: {shares} is not a whole number of hundredths; round it down"
        ));
    }
    Ok(shares)
}

/// The leader's trade: who, at what price, when.
type Leader = (Option<order::Address>, Option<PriceE4>, Option<u64>);

fn leader(line: &Line) -> Result<Leader, String> {
    let leader = match &line.leader {
        None => None,
        Some(text) => Some(text.parse().map_err(|_ignored| {
            format!("leader: {text:?} is not an address; write 0x and 40 hex digits")
        })?),
    };
    let price = match &line.leader_price {
        None => None,
        // A leader's price is a mean of fills and need not lie on a grid.
        Some(text) => Some(
            PriceE4::parse(text, TickSize::TenThousandth)
                .map_err(|e| format!("leader_price: {text:?}: {e}"))?,
        ),
    };
    let time_ms = line.leader_time_ms.map(moment).transpose()?;
    if line.kind == Kind::Copy {
        let who = "whose trade is copied, 0x and 40 hex digits";
        needed("leader", leader.is_some(), who)?;
        let at = "the leader's price, as \"0.41\"";
        needed("leader_price", price.is_some(), at)?;
        let when = "when the leader traded, unix milliseconds";
        needed("leader_time_ms", time_ms.is_some(), when)?;
    }
    Ok((leader, price, time_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(edit: impl Fn(&mut serde_json::Value)) -> String {
        let mut value = serde_json::json!({
            "v": 1, "id": "t-1", "kind": "copy", "market": format!("0x{}", "11".repeat(32)),
            "token": "7", "side": "BUY", "price": "0.14", "shares": "100", "tick": "0.01",
            "order_type": "FOK", "leader": format!("0x{}", "22".repeat(20)),
            "leader_price": "0.14", "leader_time_ms": 1_795_132_800_000_u64,
        });
        edit(&mut value);
        value.to_string()
    }

    #[test]
    fn numbers_that_no_column_holds_are_refused_as_numbers() {
        let moment = |ms: u64| parse(&line(|v| v["leader_time_ms"] = ms.into()));
        assert!(moment(MOMENT_MS_MAX).is_ok());
        for ms in [MOMENT_MS_MAX + 1, u64::MAX] {
            assert!(moment(ms).unwrap_err().starts_with("leader_time_ms: "));
        }
        let shares = |text: &str| parse(&line(|v| v["shares"] = text.into()));
        assert!(shares("1000000000").is_ok());
        for text in ["1000000000.01", "18446744073709.55"] {
            assert!(shares(text).unwrap_err().starts_with("shares: "), "{text}");
        }
    }

    #[test]
    fn a_line_is_understood_whole() {
        let intent = parse(&line(|_| ())).unwrap();
        assert_eq!(intent.limit_price.get(), 1_400);
        assert_eq!(intent.shares.get(), 100_000_000);
        assert_eq!(intent.notional_units(), Some(14_000_000));
        assert_eq!(
            (intent.strategy.as_str(), intent.neg_risk),
            ("default", None)
        );
        let full = parse(&line(|v| {
            v["strategy"] = "copy-1".into();
            v["leader_price"] = "0.1375".into();
            v["neg_risk"] = true.into();
        }))
        .unwrap();
        assert_eq!(full.leader_price.map(PriceE4::get), Some(1_375));
        assert_eq!(full.leader_time_ms, Some(1_795_132_800_000));
        assert_eq!(
            (full.strategy.as_str(), full.neg_risk),
            ("copy-1", Some(true))
        );
    }

    #[test]
    fn every_bad_field_is_named() {
        for (field, value) in [
            ("v", serde_json::json!(2)),
            ("id", serde_json::json!("")),
            ("id", serde_json::json!("x".repeat(129))),
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
            ("strategy", serde_json::json!("")),
            ("strategy", serde_json::json!("Copy")),
            ("strategy", serde_json::json!("x".repeat(33))),
            ("leader", serde_json::json!("0xabc")),
            ("leader_price", serde_json::json!("1.5")),
            ("leader_time_ms", serde_json::json!(1_795_132_800_u64)),
        ] {
            let error = parse(&line(|v| v[field] = value.clone())).unwrap_err();
            assert!(error.starts_with(field), "{field} {value}: {error}");
        }
        assert!(parse(&line(|v| v["surprise"] = 1.into())).is_err());
        assert!(parse("[1]").is_err(), "fields have names");
        assert!(
            parse(&line(|v| v["shares"] = 100.into())).is_err(),
            "numbers are text"
        );
        assert!(parse("{").is_err());
    }

    #[test]
    fn a_complaint_is_in_plain_words_and_says_what_to_write() {
        let said = |text: &str| parse(text).unwrap_err();
        let with =
            |field: &str, value: serde_json::Value| said(&line(|v| v[field] = value.clone()));
        assert_eq!(
            with("price", serde_json::json!(0.41)),
            "price: write it as text, \"0.41\""
        );
        assert_eq!(said(r#"{"v":2,"id":"a"}"#), "v: 2 is not known; write 1");
        assert_eq!(
            said(r#"{"id":"a"}"#),
            "v: missing; write a whole number without quotes"
        );
        assert_eq!(
            with("shares", "0".into()),
            "shares: must be more than 0; write at least 0.01"
        );
        assert_eq!(
            with("leader_time_ms", "17".into()),
            "leader_time_ms: write it without quotes, 17"
        );
        assert_eq!(
            with("kind", "Copy".into()),
            "kind: \"Copy\" is not known; write copy or exit"
        );
        let twice = line(|_| ()).replacen('{', "{\"price\":\"0.13\",", 1);
        assert_eq!(said(&twice), "price: written twice; write it once");
        for text in ["{", "{v:1}", "17", "[1]", "{\"v\":1,\"id\":true}", ""] {
            let said = said(text);
            for jargon in ["expected", "invalid type", "struct", "EOF", "u32", "line 1"] {
                assert!(!said.contains(jargon), "{said}");
            }
        }
    }

    #[test]
    fn a_copy_names_its_leaders_trade_and_an_exit_need_not() {
        for field in ["leader", "leader_price", "leader_time_ms"] {
            let without = |kind: &str| {
                parse(&line(|v| {
                    v["kind"] = kind.into();
                    v.as_object_mut().unwrap().remove(field);
                }))
            };
            let error = without("copy").unwrap_err();
            assert!(error.starts_with(&format!("{field}: missing")), "{error}");
            assert!(without("exit").is_ok(), "{field}");
        }
        let seconds = line(|v| v["leader_time_ms"] = 1_795_132_800_u64.into());
        assert!(parse(&seconds).unwrap_err().contains("milliseconds"));
    }
}
