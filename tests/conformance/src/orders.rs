//! Orders signed by the official clients: every hash and every byte again.

use crate::grid;
use crate::key::TestKey;
use crate::report::{Agreement, Report};
use crate::text::{self, OrderText, same, same_bytes, same_hex};
use order::raw::signature::{Form, recover};
use order::raw::{self, SignatureType};
use order::strict::{self, KeyKind, Pricing, Signing};
use order::{Address, TickSize, Venue};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

pub(crate) const FILE: &str = "orders.json";

#[derive(Deserialize)]
struct File {
    vectors: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    #[serde(rename = "exchangeVersion")]
    number: u64,
    chain_id: u64,
    domain: Domain,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Domain {
    name: String,
    version: String,
    chain_id: u64,
    verifying_contract: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    exchange_version: u64,
    chain_id: u64,
    neg_risk: bool,
    private_key: String,
    eoa: String,
    domain: Domain,
    order: OrderText,
    side_uint8: u8,
    typed_data_sign: Option<TypedDataSign>,
    struct_hash: String,
    domain_separator: String,
    order_hash: String,
    digest: String,
    ecdsa_signature: String,
    signature: String,
    signature_bytes: usize,
    post_order_body_json: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypedDataSign {
    struct_hash: String,
}

pub(crate) fn run(text: &str, report: &mut Report) -> Result<(), String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    for (place, raw_case) in text::cases(file.vectors, "vectors")?.iter().enumerate() {
        let id = text::id(raw_case, place);
        let version: Result<Version, String> = text::case(raw_case);
        if version.as_ref().is_ok_and(|version| version.number == 1) {
            report.record(
                FILE,
                "V1",
                &id,
                version.and_then(|version| refuse_v1(&version)),
            );
            continue;
        }
        let parsed = text::case::<Case>(raw_case).and_then(|case| {
            let venue = venue_of(&case)?;
            Ok((venue, case.order.parse()?, text::address(&case.eoa)?, case))
        });
        match parsed {
            Err(error) => report.record(FILE, "raw", &id, Err(error)),
            Ok((venue, order, eoa, case)) => {
                let hashes = reproduce(venue, &order, &case);
                report.record(FILE, "raw", &id, hashes.map(|()| Agreement::Same));
                let judged = text::bytes(&case.signature).and_then(|signature| {
                    let key = KeyKind::Owner;
                    judge(venue, &order, &signature, eoa, key)
                });
                report.record(FILE, "strict", &id, judged);
            }
        }
    }
    Ok(())
}

/// The dead first exchange has no venue of ours, whatever it calls itself.
fn refuse_v1(case: &Version) -> Result<Agreement, String> {
    let domain = &case.domain;
    match text::venue(case.chain_id, &domain.version, &domain.verifying_contract) {
        Ok(venue) => Err(format!("a V1 order found a venue: {venue}")),
        Err(_) => Ok(Agreement::Refused(
            "exchange V1: no venue has its domain".to_owned(),
        )),
    }
}

fn venue_of(case: &Case) -> Result<Venue, String> {
    let domain = &case.domain;
    same("domain name", domain.name.as_str(), order::DOMAIN_NAME)?;
    same("domain chain", domain.chain_id, case.chain_id)?;
    same(
        "domain version",
        domain.version.clone(),
        case.exchange_version.to_string(),
    )?;
    let venue = text::venue(case.chain_id, &domain.version, &domain.verifying_contract)?;
    let neg_risk = venue.exchange == order::Exchange::V2NegRisk;
    same("neg-risk", neg_risk, case.neg_risk)?;
    Ok(venue)
}

fn reproduce(venue: Venue, order: &raw::Order, case: &Case) -> Result<(), String> {
    same("side", order.side, case.side_uint8)?;
    same_hex(
        "domain separator",
        &venue.domain_separator(),
        &case.domain_separator,
    )?;
    same_hex("struct hash", &raw::struct_hash(order), &case.struct_hash)?;
    let hash = raw::order_hash(venue, order);
    let digest = raw::signed_digest(venue, order);
    same_hex("order hash", &hash, &case.order_hash)?;
    same_hex("digest", &digest, &case.digest)?;
    let is_deposit = order.signatureType == SignatureType::Deposit.to_u8();
    same("digest apart from order hash", hash != digest, is_deposit)?;
    same(
        "wrapper present",
        case.typed_data_sign.is_some(),
        is_deposit,
    )?;
    if let Some(wrapper) = &case.typed_data_sign {
        let ours = raw::typed_data_sign_hash(venue, order);
        same_hex("wrapper struct hash", &ours, &wrapper.struct_hash)?;
    }

    let key = TestKey::parse(&case.private_key)?;
    let eoa = text::address(&case.eoa)?;
    same("address", key.address(), Some(eoa))?;
    let ecdsa = key.sign(&digest);
    same_bytes("ECDSA signature", &ecdsa.to_bytes(), &case.ecdsa_signature)?;
    same("recovered address", recover(&digest, &ecdsa), Some(eoa))?;
    let form = Form::of(venue, order, &ecdsa, None);
    same_bytes("signature", form.as_bytes(), &case.signature)?;
    same(
        "signature length",
        form.as_bytes().len(),
        case.signature_bytes,
    )?;
    body_carries(&case.post_order_body_json, order, &case.signature)
}

/// The body that the client posted holds this order and this signature.
fn body_carries(body: &str, order: &raw::Order, signature: &str) -> Result<(), String> {
    let body: Value = serde_json::from_str(body).map_err(|error| format!("body: {error}"))?;
    let posted = body.get("order").ok_or("body holds no order")?;
    let mut posted_order = posted.clone();
    // The body writes the salt as a number; everything else is as in the order.
    if let Some(salt) = posted_order.get_mut("salt") {
        *salt = Value::String(salt.to_string());
    }
    let read: OrderText =
        serde_json::from_value(posted_order).map_err(|error| format!("body: {error}"))?;
    same("posted order", &read.parse()?, order)?;
    same(
        "posted signature",
        posted.get("signature").and_then(Value::as_str),
        Some(signature),
    )
}

/// Strict's answer to a finished limit order, against the second reading.
pub(crate) fn judge(
    venue: Venue,
    order: &raw::Order,
    signature: &[u8],
    address: Address,
    key: KeyKind,
) -> Result<Agreement, String> {
    let pricing = Pricing::Limit(TickSize::TenThousandth);
    let expected = grid::is_strict_limit_order(venue, order);
    match strict::check(
        venue,
        order,
        signature,
        Signing {
            address,
            key,
            pricing,
        },
    ) {
        Ok(_) if !expected => Err("strict accepts an order that is off the grid".to_owned()),
        Ok(made) => {
            same("rebuilt order", &made.raw(), order)?;
            Ok(Agreement::Same)
        }
        Err(refusal) if expected => Err(format!("strict refuses a good order: {refusal}")),
        Err(refusal) => Ok(Agreement::Refused(refusal.to_string())),
    }
}
