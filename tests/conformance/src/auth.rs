//! Logging in at the CLOB: the signed message (L1) and the request HMAC (L2).

use crate::key::TestKey;
use crate::report::{Agreement, Report};
use crate::text::{self, same, same_bytes, same_hex};
use orchestrator::clob::l2::{self, Secret};
use order::Chain;
use order::raw::clob_auth;
use serde::Deserialize;
use serde_json::value::RawValue;

pub(crate) const FILE: &str = "auth.json";

#[derive(Deserialize)]
struct File {
    l1: Vec<Box<RawValue>>,
    l2: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct L1 {
    private_key: String,
    chain_id: u64,
    nonce: u64,
    timestamp: u64,
    address: String,
    struct_hash: String,
    domain_separator: String,
    digest: String,
    headers: L1Headers,
}

#[derive(Deserialize)]
struct L1Headers {
    #[serde(rename = "POLY_ADDRESS")]
    address: String,
    #[serde(rename = "POLY_SIGNATURE")]
    signature: String,
    #[serde(rename = "POLY_TIMESTAMP")]
    timestamp: String,
    #[serde(rename = "POLY_NONCE")]
    nonce: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct L2 {
    secret: String,
    timestamp: u64,
    method: String,
    request_path: String,
    body: Option<String>,
    preimage: String,
    headers: L2Headers,
}

#[derive(Deserialize)]
struct L2Headers {
    #[serde(rename = "POLY_SIGNATURE")]
    signature: String,
    #[serde(rename = "POLY_TIMESTAMP")]
    timestamp: String,
}

pub(crate) fn run(text: &str, report: &mut Report) -> Result<(), String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    for (place, raw_case) in text::cases(file.l1, "l1")?.iter().enumerate() {
        let outcome = text::case(raw_case).and_then(|case| attest(&case));
        let id = text::id(raw_case, place);
        report.record(FILE, "L1", &id, outcome.map(|()| Agreement::Same));
    }
    for (place, raw_case) in text::cases(file.l2, "l2")?.iter().enumerate() {
        let outcome = text::case(raw_case).and_then(|case| authenticate(&case));
        let id = text::id(raw_case, place);
        report.record(FILE, "L2", &id, outcome.map(|()| Agreement::Same));
    }
    Ok(())
}

fn attest(case: &L1) -> Result<(), String> {
    let chain = Chain::from_id(case.chain_id).ok_or("no such chain")?;
    let address = text::address(&case.address)?;
    let separator = clob_auth::domain_separator(chain);
    same_hex("domain separator", &separator, &case.domain_separator)?;
    let fields = clob_auth::struct_hash(address, case.timestamp, case.nonce);
    same_hex("struct hash", &fields, &case.struct_hash)?;
    let digest = clob_auth::digest(chain, address, case.timestamp, case.nonce);
    same_hex("digest", &digest, &case.digest)?;

    let key = TestKey::parse(&case.private_key)?;
    same("address", key.address(), Some(address))?;
    let signature = key.sign(&digest).to_bytes();
    same_bytes("POLY_SIGNATURE", &signature, &case.headers.signature)?;
    same_hex("POLY_ADDRESS", &address, &case.headers.address)?;
    same(
        "POLY_TIMESTAMP",
        case.timestamp.to_string(),
        case.headers.timestamp.clone(),
    )?;
    same(
        "POLY_NONCE",
        case.nonce.to_string(),
        case.headers.nonce.clone(),
    )
}

fn authenticate(case: &L2) -> Result<(), String> {
    let secret = Secret::from_base64(&case.secret).map_err(|error| error.to_string())?;
    let body = case.body.as_deref();
    let preimage = [
        case.timestamp.to_string().as_str(),
        &case.method,
        &case.request_path,
        body.unwrap_or_default(),
    ]
    .concat();
    same("preimage", preimage.as_str(), case.preimage.as_str())?;
    let ours = l2::sign(
        &secret,
        case.timestamp,
        &case.method,
        &case.request_path,
        body,
    );
    same(
        "POLY_SIGNATURE",
        ours.as_str(),
        case.headers.signature.as_str(),
    )?;
    same(
        "POLY_TIMESTAMP",
        case.timestamp.to_string(),
        case.headers.timestamp.clone(),
    )
}
