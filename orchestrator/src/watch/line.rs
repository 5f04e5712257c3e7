//! The line that tells a leader's order: copytrader's `TradeIntent`.
//!
//! Invariant: what is not known is not in it; amounts are written by their own
//! digits; the same order has the same name wherever it is seen.

use order::Address;
use ring::digest::{SHA256, digest};
use serde_json::Value;

use super::digits;
use super::gather::Order;
use crate::day;

/// What the name of a leader's order is a hash of begins so.
const LABEL: &str = "countersign leader order v1";

/// What is known beside the order itself.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Whose it is.
    pub leader: Address,
    /// On which chain.
    pub chain_id: u64,
    /// How many lines told other parts of the same order before.
    pub ordinal: u64,
    /// Shares that the leader held before it, base units, where known.
    pub held_before_e6: Option<u64>,
    /// When it was seen, unix milliseconds.
    pub now_ms: u64,
}

/// The name of a leader's order.
#[must_use]
pub fn intent_id(order: &Order, seen: &Seen) -> String {
    let text = format!(
        "{LABEL}\n{}\n{:#x}\n{:#x}\n{}\n{}\n{}\n",
        seen.chain_id,
        order.tx,
        seen.leader,
        order.token,
        order.side(),
        seen.ordinal
    );
    format!("dl-{}", hex::encode(digest(&SHA256, text.as_bytes())))
}

/// The line, unsigned.
#[must_use]
pub fn intent_line(order: &Order, seen: &Seen) -> String {
    let millions = |units: u64| digits::text(units, 6);
    let at_ms = order.at_s.saturating_mul(1_000);
    let cash = millions(order.cash_e6);
    let held = seen
        .held_before_e6
        .map(|held| format!("\"trader_position_size\":{},", millions(held)));
    format!(
        "{{\"intent_id\":\"{}\",\"timestamp\":\"{}\",\"source_trader\":\"{:#x}\",\
         \"market_id\":\"{:#x}\",\"outcome\":{},\"side\":\"{}\",\"size_usdc\":{cash},\
         \"size_tokens\":{},\"token_id\":\"{}\",\"metadata\":{{\"detection_latency_ms\":{},{}\
         \"trader_order_usd\":{cash},\"source_tx_hash\":\"{:#x}\",\"extra\":{{\"price\":{},\
         \"fills\":{},\"part\":{}}}}}}}",
        intent_id(order, seen),
        day::utc_second(at_ms),
        seen.leader,
        order.market,
        Value::String(order.outcome.clone()),
        order.side(),
        millions(order.size_e6),
        order.token,
        seen.now_ms.saturating_sub(at_ms),
        held.unwrap_or_default(),
        order.tx,
        digits::text(order.price_e10, 10),
        order.fills,
        seen.ordinal,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::{Parsed, attest};
    use order::{B256, Side, U256};

    fn order() -> Order {
        Order {
            tx: B256::repeat_byte(0xaa),
            token: U256::from(71),
            is_buy: false,
            market: B256::repeat_byte(0xcc),
            outcome: "Hanwha \"Life\"\u{2028}\n".to_owned(),
            at_s: 1_795_132_800,
            size_e6: 92_590_000,
            cash_e6: 64_813_000,
            price_e10: 7_000_000_000,
            fills: 3,
        }
    }

    fn seen() -> Seen {
        Seen {
            leader: Address::repeat_byte(0xAB),
            chain_id: 137,
            ordinal: 0,
            held_before_e6: Some(100_000_001),
            now_ms: 1_795_132_804_321,
        }
    }

    /// M4: the line is what its reader understands, field for field, and no other.
    /// M63: all of the document's fields, the outcome's text as it is.
    #[test]
    fn a_line_has_every_field_that_is_known_and_its_reader_understands_it() {
        let line = intent_line(&order(), &seen());
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["timestamp"], "2026-11-20T00:00:00");
        assert_eq!(value["outcome"], "Hanwha \"Life\"\u{2028}\n");
        assert_eq!(value["metadata"]["detection_latency_ms"], 4_321);
        assert!(
            line.contains("\"size_tokens\":92.59,\"token_id\":\"71\""),
            "{line}"
        );
        assert!(
            line.contains("\"trader_position_size\":100.000001,"),
            "{line}"
        );
        assert!(
            line.contains("\"size_usdc\":64.813,") && !line.contains('\n'),
            "{line}"
        );
        assert!(
            !line.contains("price_limit") && !line.contains("best_"),
            "{line}"
        );
        let key = attest::WatcherKey::read(&[7; 32]).unwrap();
        let sealed = attest::seal(&line, &key).unwrap();
        let Parsed::Draft(draft) = Parsed::read(&sealed).unwrap() else {
            panic!("a copytrader's line is a draft");
        };
        assert_eq!(draft.source_id, intent_id(&order(), &seen()));
        assert_eq!(
            (draft.side, draft.token_id()),
            (Side::Sell, Ok(U256::from(71)))
        );
        assert_eq!(draft.leader, Some(seen().leader));
        assert_eq!(draft.leader_time_ms, Some(1_795_132_800_000));
        assert_eq!(draft.leader_units, Some((64_813_000, 92_590_000)));
        assert_eq!(draft.market, Some(order().market));
        assert!(Parsed::read(&sealed.replacen('{', "{\"v2\":1,", 1)).is_err());
    }

    /// M53: an unknown holding is left out, never guessed.
    #[test]
    fn what_is_not_known_is_not_in_the_line() {
        let unknown = Seen {
            held_before_e6: None,
            ..seen()
        };
        assert!(!intent_line(&order(), &unknown).contains("trader_position_size"));
        let zero = Seen {
            held_before_e6: Some(0),
            ..seen()
        };
        assert!(intent_line(&order(), &zero).contains("\"trader_position_size\":0,"));
    }

    /// M44: the name follows from the trade, so that a second sight is no second copy.
    #[test]
    fn a_name_follows_from_the_trade_alone() {
        let id = intent_id(&order(), &seen());
        assert!(id.starts_with("dl-") && id.len() == 67, "{id}");
        let later = Seen {
            now_ms: 1,
            held_before_e6: None,
            ..seen()
        };
        let mut resized = order();
        resized.size_e6 = 1;
        resized.outcome = String::new();
        assert_eq!(intent_id(&resized, &later), id);
        let mut other = order();
        other.is_buy = true;
        let part = Seen {
            ordinal: 1,
            ..seen()
        };
        let chain = Seen {
            chain_id: 80_002,
            ..seen()
        };
        for different in [
            intent_id(&other, &seen()),
            intent_id(&order(), &part),
            intent_id(&order(), &chain),
        ] {
            assert_ne!(different, id);
        }
    }
}
