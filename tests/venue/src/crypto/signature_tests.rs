//! The signature forms against vectors of other clients, whole and damaged.

use serde_json::Value;

use super::*;
use crate::crypto::domain::{Protocol, exchange};
use crate::crypto::order::Side;
use crate::crypto::{wallet, word::Address};

struct Vector {
    id: String,
    owner: Address,
    order: Order,
    exchange: Exchange,
    signature: Vec<u8>,
    hash: Word,
}

fn read_order(value: &Value) -> Order {
    let text = |name: &str| value[name].as_str().unwrap().to_owned();
    let number = |name: &str| Word::from_decimal(&text(name)).unwrap();
    Order {
        salt: number("salt"),
        maker: Address::parse(&text("maker")).unwrap(),
        signer: Address::parse(&text("signer")).unwrap(),
        token: number("tokenId"),
        maker_amount: number("makerAmount"),
        taker_amount: number("takerAmount"),
        side: Side::parse(&text("side")).unwrap(),
        signature_type: SignatureType::from_number(value["signatureType"].as_u64().unwrap())
            .unwrap(),
        timestamp: number("timestamp"),
        metadata: Word::from_hex(&text("metadata")).unwrap(),
        builder: Word::from_hex(&text("builder")).unwrap(),
    }
}

fn decode(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap().trim_start_matches("0x")).unwrap()
}

fn protocol(row: &Value) -> Protocol {
    if row["exchangeVersion"] == 3 {
        Protocol::V2
    } else {
        Protocol::V1
    }
}

fn vectors() -> Vec<Vector> {
    let text = include_str!("../../../../proto/order/vectors/orders.json");
    let file: Value = serde_json::from_str(text).unwrap();
    let rows = file["vectors"].as_array().unwrap();
    rows.iter()
        .filter(|row| row["exchangeVersion"] != 1)
        .map(|row| Vector {
            id: row["id"].as_str().unwrap().to_owned(),
            owner: Address::parse(row["eoa"].as_str().unwrap()).unwrap(),
            order: read_order(&row["order"]),
            exchange: exchange(
                row["chainId"].as_u64().unwrap(),
                protocol(row),
                row["negRisk"].as_bool().unwrap(),
            )
            .unwrap(),
            signature: decode(&row["signature"]),
            hash: Word::from_hex(row["orderHash"].as_str().unwrap()).unwrap(),
        })
        .collect()
}

/// M141: a signature recovers to its signer and to nobody else.
#[test]
fn every_vector_verifies_under_its_own_exchange_and_no_other() {
    let vectors = vectors();
    assert!(vectors.len() >= 64);
    for vector in &vectors {
        let Vector {
            id,
            owner,
            order,
            exchange: own,
            signature,
            hash,
        } = vector;
        assert_eq!(order.id(own).0, *hash, "{id}");
        assert_eq!(signed_by(order, own, signature), Some(*owner), "{id}");
        for chain_id in [137, 80_002] {
            for (protocol, neg_risk) in [
                (Protocol::V1, false),
                (Protocol::V1, true),
                (Protocol::V2, false),
            ] {
                let other = exchange(chain_id, protocol, neg_risk).unwrap();
                if other != *own {
                    assert_ne!(signed_by(order, &other, signature), Some(*owner), "{id}");
                }
            }
        }
    }
}

#[test]
fn makers_are_the_wallets_of_their_owners() {
    for vector in vectors() {
        let maker = match vector.order.signature_type {
            SignatureType::Eoa => Some(vector.owner),
            SignatureType::Proxy => wallet::proxy(vector.owner),
            SignatureType::Safe => wallet::safe(vector.owner),
            SignatureType::Deposit => wallet::deposit_beacon(vector.owner),
        };
        assert_eq!(maker, Some(vector.order.maker), "{}", vector.id);
    }
}

#[test]
fn any_flipped_byte_of_a_signature_is_refused() {
    for vector in vectors() {
        for at in 0..vector.signature.len() {
            let mut changed = vector.signature.clone();
            changed[at] ^= 1;
            let found = signed_by(&vector.order, &vector.exchange, &changed);
            assert_ne!(found, Some(vector.owner), "{} byte {at}", vector.id);
        }
        let mut longer = vector.signature.clone();
        longer.push(0);
        assert_eq!(signed_by(&vector.order, &vector.exchange, &longer), None);
        let shorter = vector.signature.split_last().unwrap().1;
        assert_eq!(signed_by(&vector.order, &vector.exchange, shorter), None);
    }
}

/// An order with one bit of one field changed.
type Change = fn(&mut Order, usize);

const WORDS: [(&str, Change); 7] = [
    ("salt", |order, at| order.salt.0[at] ^= 1),
    ("token", |order, at| order.token.0[at] ^= 1),
    ("maker amount", |order, at| order.maker_amount.0[at] ^= 1),
    ("taker amount", |order, at| order.taker_amount.0[at] ^= 1),
    ("timestamp", |order, at| order.timestamp.0[at] ^= 1),
    ("metadata", |order, at| order.metadata.0[at] ^= 1),
    ("builder", |order, at| order.builder.0[at] ^= 1),
];

const ADDRESSES: [(&str, Change); 2] = [
    ("maker", |order, at| order.maker.0[at] ^= 1),
    ("signer", |order, at| order.signer.0[at] ^= 1),
];

#[test]
fn any_flipped_byte_of_a_field_is_refused() {
    for vector in vectors() {
        let words = WORDS
            .iter()
            .flat_map(|change| (0..32).map(move |at| (change, at)));
        let addresses = ADDRESSES
            .iter()
            .flat_map(|change| (0..20).map(move |at| (change, at)));
        for ((name, change), at) in words.chain(addresses) {
            let mut order = vector.order;
            change(&mut order, at);
            let found = signed_by(&order, &vector.exchange, &vector.signature);
            assert_ne!(found, Some(vector.owner), "{} {name} byte {at}", vector.id);
        }
        let order = Order {
            side: vector.order.side.opposite(),
            ..vector.order
        };
        let found = signed_by(&order, &vector.exchange, &vector.signature);
        assert_ne!(found, Some(vector.owner), "{} side", vector.id);
    }
}

#[test]
fn malleated_forms_are_refused() {
    let vector = &vectors()[0];
    for v in [0, 1, 29, 26] {
        let mut changed = vector.signature.clone();
        changed[64] = v;
        assert_eq!(signed_by(&vector.order, &vector.exchange, &changed), None);
    }
    // The high-s twin, from the contract's own verdicts: valid there, not here.
    let text = include_str!("../../../../proto/order/vectors/exchange-contract.json");
    let file: Value = serde_json::from_str(text).unwrap();
    let twin = file["vectors"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["id"] == "enc-t0-high-s")
        .unwrap();
    let order = read_order(&twin["order"]);
    let own = exchange(twin["chainId"].as_u64().unwrap(), Protocol::V1, false).unwrap();
    assert_eq!(signed_by(&order, &own, &decode(&twin["signature"])), None);
}

#[test]
fn session_keys_sign_in_their_envelope_alone() {
    let text = include_str!("../../../../proto/order/vectors/session_signer_orders.json");
    let file: Value = serde_json::from_str(text).unwrap();
    for row in file["vectors"].as_array().unwrap() {
        let order = read_order(&row["order"]);
        let chain_id = row["chainId"].as_u64().unwrap();
        let contract = Address::parse(row["verifyingContract"].as_str().unwrap()).unwrap();
        let own = exchange(chain_id, protocol(row), false)
            .filter(|own| own.contract == contract)
            .or_else(|| exchange(chain_id, protocol(row), true))
            .unwrap();
        let key = Address::parse(row["sessionKeyAddress"].as_str().unwrap()).unwrap();
        let signature = decode(&row["signature"]);
        assert_eq!(
            signed_by(&order, &own, &signature),
            Some(key),
            "{}",
            row["id"]
        );
        assert!(is_enveloped(&order, &signature));
        for at in 0..signature.len() {
            let mut changed = signature.clone();
            changed[at] ^= 1;
            assert_ne!(signed_by(&order, &own, &changed), Some(key), "byte {at}");
        }
    }
}
