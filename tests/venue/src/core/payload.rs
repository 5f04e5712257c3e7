//! The body of `POST /order`, read strictly: names, JSON types and forms.
//!
//! Invariant: a field that is missing, unknown or of another JSON type refuses
//! the order, so that a client's slip shows here and not at the real venue.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::crypto::order::{Order, Side, SignatureType};
use crate::crypto::word::{Address, Word};

/// How long an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrderType {
    Gtc,
    Gtd,
    Fok,
    Fak,
}

impl OrderType {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Gtc => "GTC",
            Self::Gtd => "GTD",
            Self::Fok => "FOK",
            Self::Fak => "FAK",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "GTC" => Some(Self::Gtc),
            "GTD" => Some(Self::Gtd),
            "FOK" => Some(Self::Fok),
            "FAK" => Some(Self::Fak),
            _ => None,
        }
    }

    /// Whether what is not matched at once stays on the book.
    pub(crate) fn rests(self) -> bool {
        match self {
            Self::Gtc | Self::Gtd => true,
            Self::Fok | Self::Fak => false,
        }
    }
}

/// An order as posted: the signed fields and what is not signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Posted {
    pub(crate) order: Order,
    pub(crate) signature: Vec<u8>,
    pub(crate) expiration_s: u64,
    pub(crate) owner: String,
    pub(crate) order_type: OrderType,
    pub(crate) post_only: bool,
    pub(crate) deferred: bool,
}

/// The largest salt that every JSON reader keeps exact: 2^53 - 1.
const SALT_MAX: u64 = 9_007_199_254_740_991;

/// Reads one posted order.
pub(crate) fn parse(body: &Value) -> Result<Posted, Refusal> {
    let body = body.as_object().ok_or(Refusal::Payload)?;
    let order = body
        .get("order")
        .and_then(Value::as_object)
        .ok_or(Refusal::Payload)?;
    // A body of the first generation: the client has not noticed the new one.
    if ["taker", "nonce", "feeRateBps"]
        .iter()
        .any(|name| order.contains_key(*name))
    {
        return Err(Refusal::Version);
    }
    only(
        body,
        &["order", "owner", "orderType", "postOnly", "deferExec"],
    )?;
    only(order, &ORDER_FIELDS)?;
    let posted = Posted {
        order: signed_fields(order)?,
        signature: signature(text(order, "signature")?).ok_or(Refusal::Payload)?,
        expiration_s: text(order, "expiration")?
            .parse()
            .ok()
            .filter(|_| digits(order, "expiration"))
            .ok_or(Refusal::Payload)?,
        owner: text(body, "owner")?.to_owned(),
        order_type: OrderType::parse(text(body, "orderType")?).ok_or(Refusal::Payload)?,
        post_only: flag(body, "postOnly")?,
        deferred: flag(body, "deferExec")?,
    };
    if posted.post_only && !posted.order_type.rests() {
        return Err(Refusal::Payload);
    }
    Ok(posted)
}

const ORDER_FIELDS: [&str; 13] = [
    "salt",
    "maker",
    "signer",
    "tokenId",
    "makerAmount",
    "takerAmount",
    "side",
    "signatureType",
    "timestamp",
    "expiration",
    "metadata",
    "builder",
    "signature",
];

fn signed_fields(order: &Map<String, Value>) -> Result<Order, Refusal> {
    let salt = order
        .get("salt")
        .and_then(Value::as_u64)
        .filter(|salt| *salt <= SALT_MAX);
    let kind = order.get("signatureType").and_then(Value::as_u64);
    let word = |name| {
        text(order, name)
            .map(Word::from_decimal)?
            .ok_or(Refusal::Payload)
    };
    let address = |name| {
        text(order, name)
            .map(Address::parse)?
            .ok_or(Refusal::Payload)
    };
    let bytes32 = |name| {
        text(order, name)
            .map(Word::from_hex)?
            .ok_or(Refusal::Payload)
    };
    Ok(Order {
        salt: salt.map(Word::from_u64).ok_or(Refusal::Payload)?,
        maker: address("maker")?,
        signer: address("signer")?,
        token: word("tokenId")?,
        maker_amount: word("makerAmount")?,
        taker_amount: word("takerAmount")?,
        side: text(order, "side")
            .map(Side::parse)?
            .ok_or(Refusal::Payload)?,
        signature_type: kind
            .and_then(SignatureType::from_number)
            .ok_or(Refusal::Payload)?,
        timestamp: word("timestamp")?,
        metadata: bytes32("metadata")?,
        builder: bytes32("builder")?,
    })
}

fn only(object: &Map<String, Value>, names: &[&str]) -> Result<(), Refusal> {
    let known = object.keys().all(|name| names.contains(&name.as_str()));
    if known { Ok(()) } else { Err(Refusal::Payload) }
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refusal> {
    object
        .get(name)
        .and_then(Value::as_str)
        .ok_or(Refusal::Payload)
}

fn digits(object: &Map<String, Value>, name: &str) -> bool {
    text(object, name).is_ok_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Absent reads as false.
fn flag(object: &Map<String, Value>, name: &str) -> Result<bool, Refusal> {
    match object.get(name) {
        None => Ok(false),
        Some(value) => value.as_bool().ok_or(Refusal::Payload),
    }
}

fn signature(text: &str) -> Option<Vec<u8>> {
    hex::decode(text.strip_prefix("0x")?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn vector_bodies() -> Vec<(String, Value)> {
        let text = include_str!("../../../../proto/order/vectors/orders.json");
        let file: Value = serde_json::from_str(text).unwrap();
        let rows = file["vectors"].as_array().unwrap();
        rows.iter()
            .filter_map(|row| {
                let body = row["postOrderBodyJson"].as_str()?;
                Some((
                    row["id"].as_str().unwrap().to_owned(),
                    serde_json::from_str(body).unwrap(),
                ))
            })
            .collect()
    }

    #[test]
    fn bodies_of_the_clients_are_read_and_old_ones_named() {
        let bodies = vector_bodies();
        assert!(bodies.len() >= 64);
        for (id, body) in bodies {
            match parse(&body) {
                Ok(posted) => assert_eq!(posted.order_type.text(), body["orderType"], "{id}"),
                Err(refusal) => {
                    assert!(id.starts_with("v1-"), "{id}");
                    assert_eq!(refusal, Refusal::Version);
                }
            }
        }
    }

    #[test]
    fn every_field_has_one_json_type() {
        let (_, body) = vector_bodies().swap_remove(0);
        let set = |path: &str, value: Value| {
            let mut changed = body.clone();
            *changed.pointer_mut(path).unwrap() = value;
            parse(&changed)
        };
        for (path, value) in [
            ("/order/salt", json!("1")),
            ("/order/salt", json!(1.5)),
            ("/order/salt", json!(9_007_199_254_740_992_u64)),
            ("/order/maker", json!("0x12")),
            ("/order/tokenId", json!(7)),
            ("/order/makerAmount", json!(1_000_000)),
            ("/order/makerAmount", json!("1.0")),
            ("/order/takerAmount", json!("-1")),
            ("/order/side", json!(0)),
            ("/order/side", json!("buy")),
            ("/order/signatureType", json!("0")),
            ("/order/signatureType", json!(4)),
            ("/order/timestamp", json!(1)),
            ("/order/expiration", json!(0)),
            ("/order/expiration", json!("+1")),
            ("/order/metadata", json!("")),
            ("/order/builder", json!("0x00")),
            ("/order/signature", json!("00")),
            ("/owner", json!(null)),
            ("/orderType", json!("GTX")),
            ("/postOnly", json!("false")),
            ("/deferExec", json!(0)),
        ] {
            assert_eq!(set(path, value), Err(Refusal::Payload), "{path}");
        }
        let mut extra = body.clone();
        extra["order"]["memo"] = json!("x");
        assert_eq!(parse(&extra), Err(Refusal::Payload));
        let mut missing = body;
        missing["order"]
            .as_object_mut()
            .unwrap()
            .remove("timestamp");
        assert_eq!(parse(&missing), Err(Refusal::Payload));
    }
}
