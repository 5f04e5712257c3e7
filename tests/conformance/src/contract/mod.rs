//! Verdicts of the exchange contracts themselves, against our reading of them.
//!
//! For: the hashes; whether a signature is valid (a model of the contract,
//! laxer than strict); and that strict never accepts what the contract refuses.

mod facts;
mod model;
#[cfg(test)]
mod tests;
mod wallet;

use crate::report::{Agreement, Report};
use crate::text::{self, OrderText, same, same_hex};
use facts::{Facts, State};
use order::raw::{self, SignatureType};
use order::strict::{self, KeyKind, Pricing, Signing};
use order::{Exchange, TickSize, Venue};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

pub(crate) const FILE: &str = "exchange-contract.json";

#[derive(Deserialize)]
struct File {
    meta: Meta,
    #[serde(default)]
    domains: BTreeMap<String, Domain>,
    vectors: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Meta {
    produced: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Domain {
    version: String,
    domain_separator: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    chain_id: u64,
    exchange: String,
    verifying_contract: String,
    domain_separator: String,
    order: OrderText,
    signature: String,
    pre: Vec<State>,
    order_hash: Option<String>,
    struct_hash: Option<String>,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Expect {
    signature_valid: bool,
}

pub(crate) fn run(text: &str, report: &mut Report) -> Result<(), String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let now_s = facts::midnight_s(&file.meta.produced).ok_or("meta.produced is not a date")?;
    for (key, domain) in &file.domains {
        report.record(
            FILE,
            "domains",
            key,
            separator(key, domain).map(|()| Agreement::Same),
        );
    }
    for (place, raw_case) in text::cases(file.vectors, "vectors")?.iter().enumerate() {
        let id = text::id(raw_case, place);
        match text::case(raw_case).and_then(|case: Case| Ok((venue_of(&case)?, case))) {
            Err(error) => report.record(FILE, "raw", &id, Err(error)),
            Ok((venue, case)) => one(report, &id, venue, &case, now_s),
        }
    }
    Ok(())
}

fn one(report: &mut Report, id: &str, venue: Venue, case: &Case, now_s: u64) {
    let (order, hash) = match (case.order.parse(), &case.order_hash) {
        (Err(_), None) => {
            return report.record(FILE, "raw", id, refused_by_decoder(case));
        }
        (Ok(_), None) => {
            let error = "an order that the contract's decoder refuses was read".to_owned();
            return report.record(FILE, "raw", id, Err(error));
        }
        (Err(error), Some(_)) => return report.record(FILE, "raw", id, Err(error)),
        (Ok(order), Some(hash)) => (order, hash),
    };
    let hashes = hashes(venue, &order, case, hash);
    report.record(FILE, "raw", id, hashes.map(|()| Agreement::Same));

    let read =
        Facts::read(&case.pre, now_s).and_then(|facts| Ok((facts, text::bytes(&case.signature)?)));
    match read {
        Err(error) => report.record(FILE, "verdict", id, Err(error)),
        Ok((facts, signature)) => {
            let theirs = case.expect.signature_valid;
            let verdict = verdict(venue, &order, &signature, &facts, theirs);
            report.record(FILE, "verdict", id, verdict);
            if facts.undecidable.is_none() {
                let judged = judge(venue, &order, &signature, &facts, theirs);
                report.record(FILE, "strict", id, judged);
            }
        }
    }
}

/// We refused to read the fields, and so did the contract.
fn refused_by_decoder(case: &Case) -> Result<Agreement, String> {
    same("signature valid", false, case.expect.signature_valid)?;
    same("struct hash", None, case.struct_hash.as_deref())?;
    Ok(Agreement::Same)
}

fn separator(key: &str, domain: &Domain) -> Result<(), String> {
    let (chain, contract) = key.split_once(':').ok_or("key is not chain:contract")?;
    let chain = chain.parse().map_err(|error| format!("{chain}: {error}"))?;
    let venue = text::venue(chain, &domain.version, contract)?;
    same_hex(
        "domain separator",
        &venue.domain_separator(),
        &domain.domain_separator,
    )
}

fn venue_of(case: &Case) -> Result<Venue, String> {
    let exchange = match case.exchange.as_str() {
        "ctf-exchange-v2" => Exchange::V2Standard,
        "neg-risk-exchange-v2" => Exchange::V2NegRisk,
        "combos-exchange-v3" => Exchange::V3,
        other => return Err(format!("no such exchange: {other}")),
    };
    let chain = order::Chain::from_id(case.chain_id).ok_or("no such chain")?;
    let venue = Venue { chain, exchange };
    same_hex(
        "verifying contract",
        &venue.verifying_contract(),
        &case.verifying_contract,
    )?;
    same_hex(
        "domain separator",
        &venue.domain_separator(),
        &case.domain_separator,
    )?;
    Ok(venue)
}

fn hashes(venue: Venue, order: &raw::Order, case: &Case, hash: &str) -> Result<(), String> {
    let theirs = case
        .struct_hash
        .as_deref()
        .ok_or("an order hash without a struct hash")?;
    same_hex("struct hash", &raw::struct_hash(order), theirs)?;
    same_hex("order hash", &raw::order_hash(venue, order), hash)
}

fn verdict(
    venue: Venue,
    order: &raw::Order,
    signature: &[u8],
    facts: &Facts,
    theirs: bool,
) -> Result<Agreement, String> {
    if let Some(needs) = facts.undecidable {
        return Ok(Agreement::Undecidable(needs.to_owned()));
    }
    let ours = model::is_signature_valid(venue, order, signature, facts);
    same("signature valid", ours, theirs)?;
    Ok(Agreement::Same)
}

/// Strict may refuse what the contract accepts, and says why; never the reverse.
fn judge(
    venue: Venue,
    order: &raw::Order,
    signature: &[u8],
    facts: &Facts,
    theirs: bool,
) -> Result<Agreement, String> {
    match strict::check(
        venue,
        order,
        signature,
        expected_signing(order, signature, facts),
    ) {
        Ok(_) if !theirs => Err("strict accepts what the contract refuses".to_owned()),
        Ok(_) => Ok(Agreement::Same),
        Err(refusal) if theirs => Ok(Agreement::Refused(format!(
            "(the contract accepts it) {refusal}"
        ))),
        Err(refusal) => Ok(Agreement::Refused(refusal.to_string())),
    }
}

/// Whose signature strict should look for: the owner's, unless a session key of
/// this wallet is live and the signature comes in an envelope's length.
fn expected_signing(order: &raw::Order, signature: &[u8], facts: &Facts) -> Signing {
    let pricing = Pricing::Limit(TickSize::TenThousandth);
    let owner = if order.signatureType == SignatureType::Deposit.to_u8() {
        facts.owners.get(&order.maker).copied().unwrap_or_default()
    } else {
        order.signer
    };
    match facts.live_session_of(order.maker) {
        Some(address) if signature.len() == raw::signature::SESSION_BYTES => Signing {
            address,
            key: KeyKind::Session,
            pricing,
        },
        Some(_) | None => Signing {
            address: owner,
            key: KeyKind::Owner,
            pricing,
        },
    }
}
