//! Our own trades and orders, as the venue tells them.
//!
//! Invariant: token, side and size are those of our own leg, found by our
//! order's hash; a list with a row that does not parse is refused whole.

use std::collections::BTreeMap;

use order::{PriceE4, ShareUnits, TickSize};
use serde_json::Value;

use super::{Clob, ClobError, text};

/// Pages of trades that are read for one question at most.
const PAGES_MAX: usize = 100;
const FIRST_CURSOR: &str = "MA==";
const LAST_CURSOR: &str = "LTE=";

/// Where a trade stands on its way to the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TradeStatus {
    /// Matched, not final.
    Pending,
    /// On chain for good.
    Confirmed,
    /// It failed for good; nothing changed hands.
    Failed,
}

/// One trade of one of our orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnTrade {
    /// The venue's id of the trade.
    pub trade_id: String,
    /// Its status in the venue's own word.
    pub status_text: String,
    /// What that word means.
    pub status: TradeStatus,
    /// Our token, decimal.
    pub token_id: String,
    /// Our side.
    pub side: String,
    /// What changed hands, by price: fees and collateral are rounded once a
    /// price, however many orders rested there.
    pub parts: BTreeMap<PriceE4, ShareUnits>,
    /// Whether we crossed the book, and so pay the fee.
    pub taker: bool,
}

impl Clob {
    /// Every trade in which the order with `order_hash` took part.
    ///
    /// # Errors
    ///
    /// When any page is missing or does not parse: half a list is no list.
    pub async fn trades_of(&self, order_hash: &str) -> Result<Vec<OwnTrade>, ClobError> {
        let mut found = Vec::new();
        let mut cursor = FIRST_CURSOR.to_owned();
        for _ in 0..PAGES_MAX {
            let page = self
                .private("/data/trades", &format!("?next_cursor={cursor}"))
                .await?;
            let rows = page
                .get("data")
                .and_then(Value::as_array)
                .ok_or_else(|| ClobError::Shape("data is missing or not a list".to_owned()))?;
            for row in rows {
                if let Some(trade) = own_trade(row, order_hash)? {
                    found.push(trade);
                }
            }
            let next = text(&page, "next_cursor")?;
            if next == LAST_CURSOR {
                return Ok(found);
            }
            next.clone_into(&mut cursor);
        }
        Err(ClobError::Shape(format!(
            "more than {PAGES_MAX} pages of trades"
        )))
    }

    /// Whether the venue knows the order with `order_hash` as active, and its
    /// word for it.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape. Not found is an
    /// answer, but no proof of absence: filled orders are not active.
    pub async fn order_status(&self, order_hash: &str) -> Result<Option<String>, ClobError> {
        match self.private(&format!("/data/order/{order_hash}"), "").await {
            Ok(Value::Null) | Err(ClobError::Refused { status: 404, .. }) => Ok(None),
            Ok(value) => {
                let status = text(&value, "status")?;
                Ok(Some(status.trim_start_matches("ORDER_STATUS_").to_owned()))
            }
            Err(e) => Err(e),
        }
    }
}

/// Our leg of `row`, if the order with `order_hash` has one.
fn own_trade(row: &Value, order_hash: &str) -> Result<Option<OwnTrade>, ClobError> {
    let makers = row
        .get("maker_orders")
        .and_then(Value::as_array)
        .ok_or_else(|| ClobError::Shape("maker_orders is missing or not a list".to_owned()))?;
    let taker = text(row, "taker_order_id")?.eq_ignore_ascii_case(order_hash);
    let mut own = None;
    let mut parts: BTreeMap<PriceE4, ShareUnits> = BTreeMap::new();
    for maker in makers {
        let ours = text(maker, "order_id")?.eq_ignore_ascii_case(order_hash);
        if taker || ours {
            let part = parts
                .entry(price(maker, row, taker)?)
                .or_insert(ShareUnits::new(0));
            *part = shares(text(maker, "matched_amount")?)?
                .checked_add(*part)
                .ok_or_else(|| ClobError::Shape("a trade is larger than 64 bits".to_owned()))?;
        }
        if ours {
            own = Some(maker);
        }
    }
    let leg = match (taker, own) {
        (true, _) => row,
        (false, Some(maker)) => maker,
        (false, None) => return Ok(None),
    };
    let status_text = text(row, "status")?
        .trim_start_matches("TRADE_STATUS_")
        .to_owned();
    let status = match status_text.as_str() {
        "MATCHED_NOT_BROADCASTED" | "MATCHED" | "MINED" | "RETRYING" => TradeStatus::Pending,
        "CONFIRMED" => TradeStatus::Confirmed,
        "FAILED" => TradeStatus::Failed,
        other => {
            return Err(ClobError::Shape(format!(
                "trade status {other:?} is not known"
            )));
        }
    };
    Ok(Some(OwnTrade {
        trade_id: text(row, "id")?.to_owned(),
        status_text,
        status,
        token_id: text(leg, "asset_id")?.to_owned(),
        side: text(leg, "side")?.to_owned(),
        parts,
        taker,
    }))
}

/// What we paid or received a share against this maker order. Against an order
/// of the other outcome the two prices add up to one (mint and merge).
fn price(maker: &Value, row: &Value, taker: bool) -> Result<PriceE4, ClobError> {
    let written = text(maker, "price")?;
    let price = PriceE4::parse(written, TickSize::TenThousandth)
        .map_err(|e| ClobError::Shape(format!("price {written:?}: {e}")))?;
    if taker && text(maker, "asset_id")? != text(row, "asset_id")? {
        return 10_000_u16
            .checked_sub(price.get())
            .and_then(PriceE4::new)
            .ok_or_else(|| ClobError::Shape(format!("price {written:?} has no complement")));
    }
    Ok(price)
}

fn shares(written: &str) -> Result<ShareUnits, ClobError> {
    ShareUnits::parse(written).map_err(|e| ClobError::Shape(format!("size {written:?}: {e}")))
}
