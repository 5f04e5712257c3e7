//! A deposit wallet's order, signed by its owner's key or by one that was lent:
//! each in its own form, as another implementation signed both.

use frame::intent::{Intent, Kind, Size};
use frame::intent_id::IntentId;
use frame::label::Label;
use order::{Chain, PriceE4, ShareUnits, Side, TickSize, U256};
use serde_json::Value;

use super::*;

const OWNERS: &str = include_str!("../../../proto/order/vectors/orders.json");
const LENT: &str = include_str!("../../../proto/order/vectors/session_signer_orders.json");
const VENUE: Venue = Venue {
    chain: Chain::Polygon,
    exchange: Exchange::V2Standard,
};

fn row(file: &str, id: &str) -> Value {
    let file: Value = serde_json::from_str(file).unwrap();
    let rows = file["vectors"].as_array().unwrap();
    rows.iter().find(|row| row["id"] == id).unwrap().clone()
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap()
}

fn order_of(row: &Value) -> raw::Order {
    let row = &row["order"];
    let number = |name| -> U256 { text(row, name).parse().unwrap() };
    raw::Order {
        salt: number("salt"),
        maker: text(row, "maker").parse().unwrap(),
        signer: text(row, "signer").parse().unwrap(),
        tokenId: number("tokenId"),
        makerAmount: number("makerAmount"),
        takerAmount: number("takerAmount"),
        side: Side::Buy.to_u8(),
        signatureType: 3,
        timestamp: number("timestamp"),
        metadata: B256::ZERO,
        builder: text(row, "builder").parse().unwrap(),
    }
}

/// What the order asks for: 927.09 shares at 0.426.
fn intent_of(order: &raw::Order) -> Intent {
    Intent {
        kind: Kind::Exit,
        id: IntentId::parse("20261120-1").unwrap(),
        attempt: 0,
        market: B256::ZERO,
        token_id: order.tokenId,
        exchange: VENUE.exchange,
        side: Side::Buy,
        limit_price: PriceE4::new(4_260).unwrap(),
        size: Size::Shares(ShareUnits::new(927_090_000)),
        tick_size: TickSize::Thousandth,
        deadline_ms: 1_795_622_800_000,
        strategy: Label::parse("default").unwrap(),
    }
}

/// What a desk whose key is `key` says to `order` with this signature.
fn judged(order: &raw::Order, signature: &str, key: &str) -> Result<(), String> {
    let approval = frame::Approval {
        venue: VENUE,
        order: order.clone(),
        order_hash: raw::order_hash(VENUE, order),
        signature: hex::decode(signature.trim_start_matches("0x")).unwrap(),
        leaf_index: 6,
        charge_units: 394_940_340,
    };
    let expected = config::Signer {
        maker: order.maker,
        builder: order.builder,
        venue: VENUE,
        ..tests::expected(key.parse().unwrap())
    };
    check(approval, &intent_of(order), &expected).map(|_| ())
}

/// The owner's key signs for the wallet that follows from it; of any other key, who
/// lent it is what makes it good. Neither is believed in the other's form.
#[test]
fn a_lent_keys_order_is_believed_in_its_envelope_and_an_owners_without() {
    let owners = row(OWNERS, "v2-137-std-t3-buy-07");
    let lent = row(LENT, "session-p-0");
    let order = order_of(&lent);
    assert_eq!(order, order_of(&owners), "one order, signed twice");
    let [owner, key] = [text(&owners, "eoa"), text(&lent, "sessionKeyAddress")];
    let [plain, envelope] = [text(&owners, "signature"), text(&lent, "signature")];
    assert_eq!(judged(&order, plain, owner), Ok(()));
    assert_eq!(judged(&order, envelope, key), Ok(()));
    for (signature, key) in [
        (text(&lent, "erc7739Signature"), key),
        (plain, key),
        (envelope, owner),
    ] {
        let refused = judged(&order, signature, key).unwrap_err();
        assert!(refused.contains("the wrong form"), "{refused}");
    }
}
