//! A market's row as the catalogue and the order API write it.
//!
//! Invariant: what is missing or of another shape is no row; no figure passes
//! through binary, and a flag that is not there is not false.

use order::{B256, TickSize, U256};
use serde_json::Value;

use super::judge::{Shown, Told};
use crate::day;

/// The catalogue's row of `condition` in a page of them; none if it has none.
///
/// # Errors
///
/// What is not as documented.
pub fn shown(page: &Value, condition: B256) -> Result<Option<Shown>, String> {
    for row in markets(page)? {
        if text(row, "conditionId")?.parse() == Ok(condition) {
            return gamma(row).map(Some);
        }
    }
    Ok(None)
}

/// The conditions of a page.
///
/// # Errors
///
/// What is not as documented.
pub fn conditions(page: &Value) -> Result<Vec<B256>, String> {
    let condition = |row: &Value| parsed(row, "conditionId", |text| text.parse().ok());
    markets(page)?.iter().map(condition).collect()
}

fn markets(page: &Value) -> Result<&Vec<Value>, String> {
    let rows = page.get("markets").and_then(Value::as_array);
    rows.ok_or_else(|| "markets is missing or not a list".to_owned())
}

fn gamma(row: &Value) -> Result<Shown, String> {
    // Lists inside a row are JSON in a text.
    let list = |field: &str| -> Result<Vec<String>, String> {
        serde_json::from_str(text(row, field)?)
            .map_err(|_ignored| format!("{field} is no list of texts"))
    };
    let is_protocol_v2 = match row.get("version").unwrap_or(&Value::Null) {
        Value::Null => false,
        Value::String(version) if version == "v1" => false,
        Value::String(version) if version == "v2" => true,
        other @ (Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_)) => return Err(format!("version {other} is not known")),
    };
    // Positions of the new manager stand elsewhere, and nobody here reads them.
    let tokens = if is_protocol_v2 {
        Vec::new()
    } else {
        let (ids, names) = (list("clobTokenIds")?, list("outcomes")?);
        if ids.len() != names.len() {
            return Err("clobTokenIds and outcomes are of two lengths".to_owned());
        }
        let token = |(id, name): (String, String)| Some((decimal(&id)?, name));
        let tokens: Option<Vec<_>> = ids.into_iter().zip(names).map(token).collect();
        tokens.ok_or("clobTokenIds has what is no number")?
    };
    let flags = ["active", "acceptingOrders", "enableOrderBook"];
    let whole = |field: &str| {
        let said = row.get(field).filter(|value| !value.is_null());
        said.map(|_| digits(row, field).and_then(|text| whole_of(field, &text)))
            .transpose()
    };
    Ok(Shown {
        told: Told {
            tokens,
            neg_risk: flag(row, "negRisk")?,
            tick: tick(row, "orderPriceMinTickSize")?,
            is_open: is_open(row, &flags)?,
            end_ms: moment(row, "endDate")?,
            question: question(row, "questionID")?,
        },
        is_protocol_v2,
        volume_usdc: whole("volume24hr")?,
        liquidity_usdc: whole("liquidityNum")?,
    })
}

/// The order API's row, which must be of `condition`.
///
/// # Errors
///
/// What is not as documented.
pub fn told(row: &Value, condition: B256) -> Result<Told, String> {
    let of: B256 = parsed(row, "condition_id", |text| text.parse().ok())?;
    if of != condition {
        return Err(format!("a row of {of}, which was not asked for"));
    }
    let tokens = row.get("tokens").and_then(Value::as_array);
    let tokens = tokens.ok_or("tokens is missing or not a list")?;
    let token = |row: &Value| {
        let id = parsed(row, "token_id", decimal)?;
        Ok((id, text(row, "outcome")?.to_owned()))
    };
    let flags = ["active", "accepting_orders", "enable_order_book"];
    Ok(Told {
        tokens: tokens.iter().map(token).collect::<Result<_, String>>()?,
        neg_risk: flag(row, "neg_risk")?,
        tick: tick(row, "minimum_tick_size")?,
        is_open: is_open(row, &flags)?,
        end_ms: moment(row, "end_date_iso")?,
        question: question(row, "question_id")?,
    })
}

fn is_open(row: &Value, flags: &[&str]) -> Result<bool, String> {
    let mut is_open = !flag(row, "closed")?;
    for name in flags {
        // Each is looked at, so that one that is missing is found.
        is_open &= flag(row, name)?;
    }
    Ok(is_open)
}

fn flag(row: &Value, field: &str) -> Result<bool, String> {
    let found = row.get(field).and_then(Value::as_bool);
    found.ok_or_else(|| format!("{field} is missing or not true or false"))
}

fn text<'a>(row: &'a Value, field: &str) -> Result<&'a str, String> {
    let found = row.get(field).and_then(Value::as_str);
    found.ok_or_else(|| format!("{field} is missing or not text"))
}

fn parsed<T>(row: &Value, field: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, String> {
    let found = text(row, field)?;
    read(found).ok_or_else(|| format!("{field} {found:?} is none"))
}

/// A number's own digits, whether written as a number or as text.
fn digits(row: &Value, field: &str) -> Result<String, String> {
    match row.get(field) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        None | Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            Err(format!("{field} is missing or not a number"))
        }
    }
}

/// The whole part of a figure that is not negative.
fn whole_of(field: &str, digits: &str) -> Result<u64, String> {
    // A figure below a millionth is written with an exponent.
    if digits.contains("e-") {
        return Ok(0);
    }
    let whole = digits.split('.').next().unwrap_or_default();
    whole
        .parse()
        .map_err(|_ignored| format!("{field} {digits:?} is no amount"))
}

fn tick(row: &Value, field: &str) -> Result<TickSize, String> {
    let digits = digits(row, field)?;
    TickSize::parse(&digits).ok_or_else(|| format!("{field} {digits} is not known"))
}

/// A moment as both write it, or nothing.
fn moment(row: &Value, field: &str) -> Result<Option<u64>, String> {
    let said = row.get(field).filter(|value| !value.is_null());
    said.map(|_| parsed(row, field, day::unix_ms_of))
        .transpose()
}

/// A question's id, or nothing.
fn question(row: &Value, field: &str) -> Result<Option<B256>, String> {
    let said = row.get(field).filter(|value| !value.is_null());
    said.map(|_| parsed(row, field, |text| text.parse().ok()))
        .transpose()
}

fn decimal(text: &str) -> Option<U256> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain
        .then(|| U256::from_str_radix(text, 10).ok())
        .flatten()
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
