//! The body of `POST /order`, as exact bytes.
//!
//! Invariant: what is stored is what is signed is what is sent; a body is
//! written once and never rebuilt.

use order::Side;
use order::raw::Order;
use serde::Serialize;

use crate::intent::OrderType;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    defer_exec: bool,
    post_only: bool,
    order: Fields<'a>,
    owner: &'a str,
    order_type: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    // A JSON number: the venue's own client reads it as one, hence below 2^53.
    salt: u64,
    maker: String,
    signer: String,
    token_id: String,
    maker_amount: String,
    taker_amount: String,
    side: &'a str,
    signature_type: u8,
    timestamp: String,
    // Seconds; not signed. Neither FOK nor FAK can have one.
    expiration: &'a str,
    metadata: String,
    builder: String,
    signature: String,
}

/// The body for `order` under `signature`, owned by the API key `owner`.
///
/// `None` when the salt does not fit the venue's JSON number or the side is
/// none: no order of ours is so.
#[must_use]
pub fn post_order(
    order: &Order,
    signature: &[u8],
    owner: &str,
    order_type: OrderType,
) -> Option<String> {
    let body = Body {
        defer_exec: false,
        post_only: false,
        order: Fields {
            salt: u64::try_from(order.salt)
                .ok()
                .filter(|salt| *salt < 1 << 53)?,
            maker: order.maker.to_checksum(None),
            signer: order.signer.to_checksum(None),
            token_id: order.tokenId.to_string(),
            maker_amount: order.makerAmount.to_string(),
            taker_amount: order.takerAmount.to_string(),
            side: Side::from_u8(order.side)?.as_str(),
            signature_type: order.signatureType,
            timestamp: order.timestamp.to_string(),
            expiration: "0",
            metadata: order.metadata.to_string(),
            builder: order.builder.to_string(),
            signature: format!("0x{}", hex::encode(signature)),
        },
        owner,
        order_type: match order_type {
            OrderType::Fok => "FOK",
            OrderType::Fak => "FAK",
        },
    };
    serde_json::to_string(&body).ok()
}
