//! A market as the order API lists it: `GET /markets/{condition}`.
//!
//! For: which tokens it has, whether it trades, the least that may rest.

use order::{B256, ShareUnits, TickSize, U256};
use serde_json::Value;

use super::budget::Endpoint;
use super::{Clob, ClobError, digits, text};
use crate::day;
use crate::intent::{Code, Reject};

/// One market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedMarket {
    /// Condition id.
    pub condition: B256,
    /// Its outcome tokens, each with its name.
    pub tokens: Vec<(U256, String)>,
    /// The smallest price step.
    pub tick_size: TickSize,
    /// The least that may rest on its book.
    pub shares_min: ShareUnits,
    /// Whether its orders go to the neg-risk exchange.
    pub neg_risk: bool,
    /// Whether it trades: active, not closed, accepting orders, with a book.
    pub accepting: bool,
    /// When it is to end, unix milliseconds.
    pub end_ms: Option<u64>,
}

impl ListedMarket {
    /// The one token that this market calls `outcome`, letter for letter.
    ///
    /// # Errors
    ///
    /// When none, or more than one, is called so.
    pub fn token_called(&self, outcome: &str) -> Result<U256, Reject> {
        let mut called = self.tokens.iter().filter(|(_, name)| name == outcome);
        match (called.next(), called.next()) {
            (Some((token, _)), None) => Ok(*token),
            (found, _) => {
                let how_many = found.map_or("no token", |_| "two tokens");
                let condition = self.condition;
                let sentence = format!(
                    "outcome: {condition} has {how_many} called {outcome:?}; write token_id"
                );
                Err(Reject::new(Code::NoToken, sentence))
            }
        }
    }
}

impl Clob {
    /// The market of this condition; none if the venue knows none.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape.
    pub async fn listed_market(&self, condition: B256) -> Result<Option<ListedMarket>, ClobError> {
        let path = format!("/markets/{condition}");
        match self.public(Endpoint::General, &path).await {
            Ok(answer) => read(&answer).map(Some),
            Err(ClobError::Refused { status: 404, .. }) => Ok(None),
            Err(e) => Err(e),
        }
    }
}

fn read(value: &Value) -> Result<ListedMarket, ClobError> {
    let shape = |what: String| ClobError::Shape(what);
    let flag = |field: &str| {
        value
            .get(field)
            .and_then(Value::as_bool)
            .ok_or_else(|| shape(format!("{field} is missing or not true or false")))
    };
    let tick = digits(value, "minimum_tick_size")?;
    let least = digits(value, "minimum_order_size")?;
    let tokens = value
        .get("tokens")
        .and_then(Value::as_array)
        .ok_or_else(|| shape("tokens is missing or not a list".to_owned()))?;
    let token = |row: &Value| {
        let id = text(row, "token_id")?;
        let parsed = U256::from_str_radix(id, 10);
        let parsed = parsed.map_err(|_ignored| shape(format!("token_id {id:?}")))?;
        Ok((parsed, text(row, "outcome")?.to_owned()))
    };
    let end = value.get("end_date_iso").and_then(Value::as_str);
    Ok(ListedMarket {
        condition: text(value, "condition_id")?
            .parse()
            .map_err(|_ignored| shape("condition_id is not 32 bytes".to_owned()))?,
        tokens: tokens.iter().map(token).collect::<Result<_, _>>()?,
        tick_size: TickSize::parse(&tick)
            .ok_or_else(|| shape(format!("tick size {tick:?} is not known")))?,
        shares_min: ShareUnits::parse(&least)
            .map_err(|_ignored| shape(format!("minimum_order_size {least:?}")))?,
        neg_risk: flag("neg_risk")?,
        accepting: flag("active")?
            && !flag("closed")?
            && flag("accepting_orders")?
            && flag("enable_order_book")?,
        end_ms: end
            .map(|text| {
                day::unix_ms_of(text)
                    .ok_or_else(|| shape(format!("end_date_iso {text:?} is not a time")))
            })
            .transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_closed_market_that_accepts_orders_does_not_trade() {
        let mut row = json!({"condition_id": format!("0x{}", "11".repeat(32)),
            "tokens": [{"token_id": "7", "outcome": "Up"}, {"token_id": "8", "outcome": "Down"}],
            "minimum_tick_size": 0.001, "minimum_order_size": 5, "neg_risk": true,
            "active": true, "closed": false, "accepting_orders": true, "enable_order_book": true,
            "end_date_iso": null});
        let market = read(&row).unwrap();
        let tokens = [
            (U256::from(7), "Up".to_owned()),
            (U256::from(8), "Down".to_owned()),
        ];
        assert_eq!(market.tokens, tokens);
        assert_eq!(market.shares_min, ShareUnits::new(5_000_000));
        assert!(market.accepting && market.neg_risk && market.end_ms.is_none());
        row["closed"] = json!(true);
        assert!(!read(&row).unwrap().accepting);
        row["tokens"] = json!([{"outcome": "Up"}]);
        assert!(read(&row).is_err(), "half a list is no list");
    }

    /// M61: a name is a token's only letter for letter, and only where it is
    /// one's alone.
    #[test]
    fn an_outcome_names_a_token_only_if_it_equals_exactly_one_name() {
        let names = |names: &[&str]| ListedMarket {
            condition: B256::repeat_byte(0x11),
            tokens: (7..)
                .zip(names)
                .map(|(id, name)| (U256::from(id), (*name).to_owned()))
                .collect(),
            tick_size: TickSize::Cent,
            shares_min: ShareUnits::new(5_000_000),
            neg_risk: false,
            accepting: true,
            end_ms: None,
        };
        let usual = names(&["Yes", "No"]);
        assert_eq!(usual.token_called("Yes"), Ok(U256::from(7)));
        assert_eq!(usual.token_called("No"), Ok(U256::from(8)));
        for other in ["YES", "yes", "Yes ", "Y", "", "0"] {
            let reject = usual.token_called(other).unwrap_err();
            assert_eq!(reject.code, Code::NoToken, "{other:?}");
        }
        let twice = names(&["Yes", "Yes"]).token_called("Yes").unwrap_err();
        assert!(twice.sentence.contains("two tokens"), "{twice:?}");
    }
}
