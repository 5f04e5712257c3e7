//! Every order read off the wire, hashed by our own crate and signed again with
//! the same key by a library that no party here signs with: RFC 6979 leaves no
//! choice, so the bytes must be the same.

use std::collections::BTreeMap;

use order::raw::signature::{Ecdsa65, Form};
use order::raw::{self, Order};
use order::{Chain, Side, U256, Venue};
use secp256k1::ecdsa::RecoverableSignature;
use secp256k1::{Message, SecretKey};
use serde_json::Value;
use tests::desk::CHAIN_ID;

use crate::say;
use crate::stage::{Market, Stage};
use crate::wire::{Log, Request};

/// Signs all again; prints a row a party, exchange and wallet.
pub(crate) fn all(stage: &Stage, logs: &[(&str, &Log)]) -> Vec<String> {
    say("\nOrders off the wire, hashed by order::raw and signed again with the same key:");
    let mut problems = Vec::new();
    for (party, log) in logs {
        let mut counts: BTreeMap<(&str, u8), (u64, u64, usize)> = BTreeMap::new();
        for row in log.requests.iter().flat_map(Request::orders) {
            match again(stage, &row["order"]) {
                Err(problem) => problems.push(format!("{party}: {problem}: {row}")),
                Ok(again) => {
                    let key = (again.market.name, again.order.signatureType);
                    let (all, same, bytes) = counts.entry(key).or_default();
                    *all += 1;
                    *bytes = again.sent.len();
                    if again.sent == again.ours {
                        *same += 1;
                    } else {
                        problems.push(format!(
                            "{party}: signed 0x{}, and again 0x{}: {row}",
                            hex::encode(&again.sent),
                            hex::encode(&again.ours)
                        ));
                    }
                }
            }
        }
        for ((market, kind), (all, same, bytes)) in &counts {
            let mark = if all == same { "OK" } else { "!!" };
            say(&format!(
                "{mark:4} {party:6} {market:10} signature type {kind}, {bytes} bytes: {same} of {all} the same"
            ));
        }
        if counts.is_empty() {
            problems.push(format!("{party} posted no order at all"));
        }
    }
    problems
}

/// One order, and both its signatures.
struct Again<'a> {
    market: &'a Market,
    order: Order,
    sent: Vec<u8>,
    ours: Vec<u8>,
}

fn again<'a>(stage: &'a Stage, row: &Value) -> Result<Again<'a>, &'static str> {
    let text = |name: &str| row[name].as_str();
    let number = |name: &str| U256::from_str_radix(text(name)?, 10).ok();
    let token = text("tokenId").unwrap_or_default();
    let market = stage.market_of(token).ok_or("an unknown token")?;
    let read = || {
        Some(Order {
            salt: U256::from(row["salt"].as_u64()?),
            maker: text("maker")?.parse().ok()?,
            signer: text("signer")?.parse().ok()?,
            tokenId: number("tokenId")?,
            makerAmount: number("makerAmount")?,
            takerAmount: number("takerAmount")?,
            side: Side::parse(text("side")?)?.to_u8(),
            signatureType: row["signatureType"].as_u64()?.try_into().ok()?,
            timestamp: number("timestamp")?,
            metadata: text("metadata")?.parse().ok()?,
            builder: text("builder")?.parse().ok()?,
        })
    };
    let order = read().ok_or("not an order")?;
    let venue = Venue {
        chain: Chain::from_id(CHAIN_ID).ok_or("an unknown chain")?,
        exchange: market.exchange,
    };
    let digest = raw::signed_digest(venue, &order);
    let ecdsa = sign(stage.desk.key.bytes, digest.0);
    let ours = Form::of(venue, &order, &ecdsa, None).as_bytes().to_vec();
    let sent = text("signature").and_then(|hex| hex::decode(hex.strip_prefix("0x")?).ok());
    Ok(Again {
        market,
        order,
        sent: sent.ok_or("no signature")?,
        ours,
    })
}

fn sign(key: [u8; 32], digest: [u8; 32]) -> Ecdsa65 {
    let key = SecretKey::from_secret_bytes(key).expect("the desk's key");
    let signature =
        RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(digest), &key);
    let (id, compact) = signature.serialize_compact();
    let mut bytes = [0; 65];
    bytes[..64].copy_from_slice(&compact);
    bytes[64] = u8::from(id) + 27;
    Ecdsa65::from_bytes(&bytes)
}
