//! Our own orders, as the venue tells them.
//!
//! Invariant: "not found" is an answer, and never proof of absence alone: the
//! venue keeps only active orders there.

use order::ShareUnits;
use serde_json::Value;

use super::budget::Endpoint;
use super::{Clob, ClobError, shortened, text};

/// What the venue says of one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderSeen {
    /// It rests, or is held for a moment.
    Open {
        /// Filled so far.
        matched: ShareUnits,
    },
    /// It is over.
    Over {
        /// Filled in all.
        matched: ShareUnits,
    },
    /// The venue has no active order of this hash.
    Missing,
}

/// One order that rests at the venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOrder {
    /// Its hash.
    pub order_hash: String,
    /// The token, decimal.
    pub token_id: String,
    /// BUY or SELL.
    pub side: String,
}

impl Clob {
    /// What the venue says of the order with `order_hash`.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape.
    pub async fn order(&self, order_hash: &str) -> Result<OrderSeen, ClobError> {
        let path = format!("/data/order/{order_hash}");
        match self.private(Endpoint::Data, &path, "").await {
            Ok(Value::Null) | Err(ClobError::Refused { status: 404, .. }) => Ok(OrderSeen::Missing),
            Ok(row) => seen(&row, order_hash),
            Err(e) => Err(e),
        }
    }

    /// Every order of ours that rests.
    ///
    /// # Errors
    ///
    /// When any page is missing or does not parse.
    pub async fn open_orders(&self) -> Result<Vec<OpenOrder>, ClobError> {
        let rows = self.all_pages("/data/orders", "").await?;
        rows.iter()
            .map(|row| {
                Ok(OpenOrder {
                    order_hash: text(row, "id")?.to_lowercase(),
                    token_id: text(row, "asset_id")?.to_owned(),
                    side: text(row, "side")?.to_owned(),
                })
            })
            .collect()
    }
}

fn seen(row: &Value, order_hash: &str) -> Result<OrderSeen, ClobError> {
    let id = text(row, "id")?;
    if !id.eq_ignore_ascii_case(order_hash) {
        let id = shortened(id);
        let told = format!("order {order_hash} was asked for, and {id} answered");
        return Err(ClobError::Shape(told));
    }
    let written = text(row, "size_matched")?;
    let written = if written.is_empty() { "0" } else { written };
    let matched = ShareUnits::parse(written)
        .map_err(|e| ClobError::Shape(format!("size_matched {written:?}: {e}")))?;
    let status = text(row, "status")?.trim_start_matches("ORDER_STATUS_");
    match status {
        "LIVE" | "DELAYED" => Ok(OrderSeen::Open { matched }),
        "MATCHED" | "UNMATCHED" | "INVALID" => Ok(OrderSeen::Over { matched }),
        // With a reason behind it, or even free text.
        other if other.starts_with("CANCELED") => Ok(OrderSeen::Over { matched }),
        other => Err(ClobError::Shape(format!(
            "order status {other:?} is not known"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_status_has_its_meaning() {
        let row = |status: &str| serde_json::json!({"id": "0xAB", "status": status, "size_matched": "2.5"});
        let seen = |row: &Value| seen(row, "0xab");
        let matched = ShareUnits::new(2_500_000);
        for status in ["LIVE", "DELAYED", "ORDER_STATUS_LIVE"] {
            assert_eq!(seen(&row(status)).unwrap(), OrderSeen::Open { matched });
        }
        for status in [
            "MATCHED",
            "UNMATCHED",
            "INVALID",
            "CANCELED",
            "CANCELED_MARKET_RESOLVED",
            "CANCELED_the market is closed",
        ] {
            assert_eq!(seen(&row(status)).unwrap(), OrderSeen::Over { matched });
        }
        assert!(seen(&row("SLEEPING")).is_err());
        assert!(seen(&serde_json::json!({"id": "0xab", "status": "LIVE"})).is_err());
        // An edge that mixes two answers up must not end the wrong one.
        let mut other = row("CANCELED");
        other["id"] = "0xcd".into();
        assert!(seen(&other).is_err());
        other["id"] = Value::Null;
        assert!(seen(&other).is_err());
    }
}
