//! Gamma: what the venue's catalogue says of a market.
//!
//! For: the protocol version of a market, and its second opinion on whether the
//! market trades at all: closed markets have been seen to accept orders.
//!
//! Never touches: the order API's mode: a catalogue that is down stops nothing
//! but the question.
//!
//! Invariant: a market is chosen by its condition id, its protocol by `version`
//! and never by which other fields are there.

use order::B256;
use serde_json::Value;

use super::{ClobError, fetch, json, text};
use crate::day;

/// The way to the catalogue.
#[derive(Clone, Debug)]
pub struct Gamma {
    http: reqwest::Client,
    url: String,
}

/// What the catalogue says of one market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GammaMarket {
    /// Protocol V2: its tokens are positions of the new manager.
    pub is_protocol_v2: bool,
    /// Whether it trades: active, not closed, accepting orders, with a book.
    pub accepting: bool,
    /// Whether its orders go to the neg-risk exchange.
    pub neg_risk: bool,
    /// When it is to end, unix milliseconds.
    pub end_ms: Option<u64>,
}

impl Gamma {
    /// Prepares the way to `url`.
    ///
    /// # Errors
    ///
    /// A sentence that names the setting.
    pub fn new(url: &str, timeout_ms: u64) -> Result<Self, String> {
        let http = crate::http::client(timeout_ms)
            .map_err(|e| format!("CONFIG copy: {e}; check copy.gamma_url"))?;
        Ok(Self {
            http,
            url: url.to_owned(),
        })
    }

    /// The market of this condition; none if the catalogue has none.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape.
    pub async fn market(&self, condition: B256) -> Result<Option<GammaMarket>, ClobError> {
        let url = format!("{}/markets/keyset?condition_ids={condition}", self.url);
        let (answer, _) = fetch(self.http.get(url)).await?;
        let page = json(&answer)?;
        let rows = page
            .get("markets")
            .and_then(Value::as_array)
            .ok_or_else(|| ClobError::Shape("markets is missing or not a list".to_owned()))?;
        for row in rows {
            if text(row, "conditionId")?.parse() == Ok(condition) {
                return read(row).map(Some);
            }
        }
        Ok(None)
    }

    /// Conditions of the `count` markets that trade most and are not closed.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape.
    pub async fn busiest(&self, count: usize) -> Result<Vec<B256>, ClobError> {
        let url = format!(
            "{}/markets/keyset?closed=false&order=volume24hr&ascending=false&limit={count}",
            self.url
        );
        let (answer, _) = fetch(self.http.get(url)).await?;
        let page = json(&answer)?;
        let rows = page
            .get("markets")
            .and_then(Value::as_array)
            .ok_or_else(|| ClobError::Shape("markets is missing or not a list".to_owned()))?;
        rows.iter()
            .take(count)
            .map(|row| {
                let condition = text(row, "conditionId")?;
                condition
                    .parse()
                    .map_err(|_ignored| ClobError::Shape(format!("conditionId {condition:?}")))
            })
            .collect()
    }
}

fn read(row: &Value) -> Result<GammaMarket, ClobError> {
    let flag = |field: &str| {
        row.get(field)
            .and_then(Value::as_bool)
            .ok_or_else(|| ClobError::Shape(format!("{field} is missing or not true or false")))
    };
    let is_protocol_v2 = match row.get("version").unwrap_or(&Value::Null) {
        Value::Null => false,
        Value::String(version) if version == "v1" => false,
        Value::String(version) if version == "v2" => true,
        other @ (Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_)) => {
            return Err(ClobError::Shape(format!("version {other} is not known")));
        }
    };
    let end = row.get("endDate").filter(|end| !end.is_null());
    let end_ms = end
        .map(|end| {
            end.as_str()
                .and_then(day::unix_ms_of)
                .ok_or_else(|| ClobError::Shape(format!("endDate {end} is not a time")))
        })
        .transpose()?;
    Ok(GammaMarket {
        is_protocol_v2,
        accepting: flag("active")?
            && !flag("closed")?
            && flag("acceptingOrders")?
            && flag("enableOrderBook")?,
        neg_risk: flag("negRisk")?,
        end_ms,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row() -> Value {
        json!({"conditionId": format!("0x{}", "11".repeat(32)), "active": true, "closed": false,
            "acceptingOrders": true, "enableOrderBook": true, "negRisk": false,
            "endDate": "2026-11-20T12:00:00Z"})
    }

    #[test]
    fn one_flag_of_four_is_enough_to_say_that_it_does_not_trade() {
        assert!(read(&row()).unwrap().accepting);
        for (field, value) in [
            ("active", false),
            ("closed", true),
            ("acceptingOrders", false),
            ("enableOrderBook", false),
        ] {
            let mut row = row();
            row[field] = json!(value);
            assert!(!read(&row).unwrap().accepting, "{field}");
        }
    }

    #[test]
    fn the_protocol_is_its_version_and_nothing_else() {
        let mut with = row();
        with["positionIds"] = json!(["1", "2"]);
        assert!(!read(&with).unwrap().is_protocol_v2);
        with["version"] = json!("v2");
        assert!(read(&with).unwrap().is_protocol_v2);
        for bad in [json!("v3"), json!(2)] {
            with["version"] = bad;
            assert!(read(&with).is_err(), "an unknown version is no guess");
        }
    }

    #[test]
    fn what_is_missing_is_no_default() {
        for field in [
            "active",
            "closed",
            "acceptingOrders",
            "enableOrderBook",
            "negRisk",
        ] {
            let mut row = row();
            drop(row.as_object_mut().unwrap().remove(field));
            assert!(read(&row).is_err(), "{field}");
        }
    }
}
