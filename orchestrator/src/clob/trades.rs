//! Our own trades, as the venue tells them.
//!
//! Invariant: token, side and size are those of our own leg; a list with a row
//! that does not parse is refused whole. Nothing is filtered by market or
//! token: a match against the other outcome would be missed.

use std::collections::BTreeMap;

use order::{PriceE4, ShareUnits, TickSize};
use serde_json::Value;

use super::{Clob, ClobError, text};
use crate::day;

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

impl TradeStatus {
    /// What the venue's word means.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "MATCHED_NOT_BROADCASTED" | "MATCHED" | "MINED" | "RETRYING" => Some(Self::Pending),
            "CONFIRMED" => Some(Self::Confirmed),
            "FAILED" => Some(Self::Failed),
            _ => None,
        }
    }
}

/// One leg of ours in a trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnTrade {
    /// The venue's id of the trade.
    pub trade_id: String,
    /// Our order, lower case.
    pub order_hash: String,
    /// Condition id.
    pub market: String,
    /// When it matched, unix seconds.
    pub match_s: u64,
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

/// What makes a leg ours.
struct Ours<'a> {
    owner: &'a str,
    maker: String,
}

impl Ours<'_> {
    fn is(&self, leg: &Value) -> bool {
        let field = |name: &str| leg.get(name).and_then(Value::as_str).unwrap_or("");
        field("owner") == self.owner || field("maker_address").eq_ignore_ascii_case(&self.maker)
    }
}

impl Clob {
    /// Every leg of ours in every trade that matched since `after_s`, oldest
    /// first; whoever sent the order.
    ///
    /// # Errors
    ///
    /// When any page is missing or does not parse: half a list is no list.
    pub async fn trades_since(&self, after_s: u64) -> Result<Vec<OwnTrade>, ClobError> {
        let query = match after_s {
            0 => String::new(),
            after_s => format!("after={after_s}&"),
        };
        let rows = self.all_pages("/data/trades", &query).await?;
        let ours = Ours {
            owner: &self.credentials.api_key,
            maker: self.account.maker.to_string(),
        };
        let mut found = Vec::new();
        for row in &rows {
            found.append(&mut legs(row, &ours)?);
        }
        found.sort_by(|a, b| (a.match_s, &a.trade_id).cmp(&(b.match_s, &b.trade_id)));
        Ok(found)
    }
}

/// Our legs of `row`: more than one if we met ourselves.
fn legs(row: &Value, ours: &Ours<'_>) -> Result<Vec<OwnTrade>, ClobError> {
    let makers = row
        .get("maker_orders")
        .and_then(Value::as_array)
        .ok_or_else(|| ClobError::Shape("maker_orders is missing or not a list".to_owned()))?;
    let mut found = Vec::new();
    if ours.is(row) {
        let mut parts = BTreeMap::new();
        for maker in makers {
            add(&mut parts, price(maker, row, true)?, maker)?;
        }
        found.push(leg(row, row, text(row, "taker_order_id")?, parts, true)?);
    }
    // One order can rest at one price only, but may stand there twice.
    let mut resting: BTreeMap<String, (&Value, BTreeMap<PriceE4, ShareUnits>)> = BTreeMap::new();
    for maker in makers.iter().filter(|maker| ours.is(maker)) {
        let hash = text(maker, "order_id")?.to_lowercase();
        let (_, parts) = resting
            .entry(hash)
            .or_insert_with(|| (maker, BTreeMap::new()));
        add(parts, price(maker, row, false)?, maker)?;
    }
    for (hash, (maker, parts)) in resting {
        found.push(leg(row, maker, &hash, parts, false)?);
    }
    Ok(found)
}

fn leg(
    row: &Value,
    own: &Value,
    order_hash: &str,
    parts: BTreeMap<PriceE4, ShareUnits>,
    taker: bool,
) -> Result<OwnTrade, ClobError> {
    let status_text = text(row, "status")?
        .trim_start_matches("TRADE_STATUS_")
        .to_owned();
    let status = TradeStatus::of(&status_text)
        .ok_or_else(|| ClobError::Shape(format!("trade status {status_text:?} is not known")))?;
    let matched = text(row, "match_time")?;
    let match_s = day::unix_ms_of(matched)
        .and_then(|ms| ms.checked_div(1_000))
        .ok_or_else(|| ClobError::Shape(format!("match_time {matched:?}")))?;
    if parts.is_empty() {
        return Err(ClobError::Shape("a trade without its makers".to_owned()));
    }
    Ok(OwnTrade {
        trade_id: text(row, "id")?.to_owned(),
        order_hash: order_hash.to_lowercase(),
        market: text(row, "market")?.to_owned(),
        match_s,
        status_text,
        status,
        token_id: text(own, "asset_id")?.to_owned(),
        side: text(own, "side")?.to_owned(),
        parts,
        taker,
    })
}

fn add(
    parts: &mut BTreeMap<PriceE4, ShareUnits>,
    price: PriceE4,
    maker: &Value,
) -> Result<(), ClobError> {
    let part = parts.entry(price).or_insert(ShareUnits::new(0));
    let written = text(maker, "matched_amount")?;
    let shares = ShareUnits::parse(written)
        .map_err(|e| ClobError::Shape(format!("size {written:?}: {e}")))?;
    *part = shares
        .checked_add(*part)
        .ok_or_else(|| ClobError::Shape("a trade is larger than 64 bits".to_owned()))?;
    Ok(())
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OURS: Ours<'_> = Ours {
        owner: "us",
        maker: String::new(),
    };

    fn maker(id: &str, owner: &str, asset: &str, price: &str, size: &str) -> Value {
        json!({"order_id": id, "owner": owner, "maker_address": "0x0", "matched_amount": size,
            "price": price, "asset_id": asset, "side": "SELL"})
    }

    fn row(owner: &str, makers: &[Value]) -> Value {
        json!({"id": "t", "taker_order_id": "0xAA", "market": "0xc", "asset_id": "7",
            "side": "BUY", "size": "9", "price": "0.4", "status": "TRADE_STATUS_MINED",
            "match_time": "1700000000", "owner": owner, "maker_address": "0x0",
            "maker_orders": makers})
    }

    #[test]
    fn as_taker_the_parts_add_up_by_price_and_the_other_outcome_is_turned_round() {
        let makers = [
            maker("0x1", "a", "7", "0.4", "2"),
            maker("0x2", "b", "7", "0.4", "3"),
            maker("0x3", "c", "8", "0.55", "4"),
        ];
        let found = legs(&row("us", &makers), &OURS).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].order_hash, "0xaa");
        assert!(found[0].taker);
        let parts: Vec<_> = found[0]
            .parts
            .iter()
            .map(|(p, s)| (p.get(), s.get()))
            .collect();
        assert_eq!(parts, [(4_000, 5_000_000), (4_500, 4_000_000)]);
        assert_eq!(found[0].status, TradeStatus::Pending);
    }

    #[test]
    fn as_maker_token_and_side_are_our_own() {
        let makers = [
            maker("0x1", "a", "7", "0.4", "2"),
            maker("0xBB", "us", "8", "0.6", "3"),
        ];
        let found = legs(&row("a", &makers), &OURS).unwrap();
        assert_eq!(found.len(), 1);
        let leg = &found[0];
        assert_eq!(
            (leg.order_hash.as_str(), leg.token_id.as_str()),
            ("0xbb", "8")
        );
        assert_eq!((leg.side.as_str(), leg.taker), ("SELL", false));
    }

    #[test]
    fn a_row_that_does_not_parse_refuses_the_list() {
        let good = row("us", &[maker("0x1", "a", "7", "0.4", "2")]);
        assert!(legs(&good, &OURS).is_ok());
        for (field, value) in [
            ("status", json!("SLEEPING")),
            ("match_time", json!("soon")),
            ("maker_orders", json!(null)),
            ("maker_orders", json!([])),
            ("asset_id", json!(null)),
        ] {
            let mut bad = good.clone();
            bad[field] = value;
            assert!(legs(&bad, &OURS).is_err(), "{field}");
        }
        let foreign = legs(&row("a", &[maker("0x1", "b", "7", "0.4", "2")]), &OURS);
        assert_eq!(foreign.unwrap(), []);
    }
}
