//! Wallet addresses from keys, and position ids by their bits.

use crate::report::{Agreement, Report};
use crate::text::{self, same, same_hex};
use order::raw::position_id::{self, Module, Outcome};
use order::raw::wallet;
use serde::Deserialize;
use serde_json::value::RawValue;

pub(crate) const FILE: &str = "wallets_and_ids.json";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    wallets: Vec<Box<RawValue>>,
    asset_ids: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wallets {
    eoa: String,
    proxy: String,
    safe: String,
    deposit_beacon: String,
    deposit_uups: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssetId {
    id: String,
    #[serde(rename = "isV2PositionIdNamespace")]
    is_namespace: bool,
    decode: Decode,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Decode {
    error: Option<String>,
    condition_id_bytes31: Option<String>,
    outcome_index: Option<u8>,
    module: Option<u8>,
}

pub(crate) fn run(text: &str, report: &mut Report) -> Result<(), String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    for (place, raw_case) in text::cases(file.wallets, "wallets")?.iter().enumerate() {
        let outcome = text::case(raw_case).and_then(|case| derive(&case));
        let id = text::id(raw_case, place);
        report.record(FILE, "wallets", &id, outcome.map(|()| Agreement::Same));
    }
    for (place, raw_case) in text::cases(file.asset_ids, "assetIds")?.iter().enumerate() {
        let outcome = text::case(raw_case).and_then(|case| decode(&case));
        let id = text::id(raw_case, place);
        report.record(FILE, "ids", &id, outcome.map(|()| Agreement::Same));
    }
    Ok(())
}

fn derive(case: &Wallets) -> Result<(), String> {
    let eoa = text::address(&case.eoa)?;
    same_hex("proxy", &wallet::proxy(eoa), &case.proxy)?;
    same_hex("safe", &wallet::safe(eoa), &case.safe)?;
    same_hex(
        "beacon deposit wallet",
        &wallet::deposit_beacon(eoa),
        &case.deposit_beacon,
    )?;
    same_hex(
        "UUPS deposit wallet",
        &wallet::deposit_uups(eoa),
        &case.deposit_uups,
    )
}

fn decode(case: &AssetId) -> Result<(), String> {
    let id = text::number(&case.id)?;
    same(
        "namespace",
        position_id::is_protocol_v2_namespace(id),
        case.is_namespace,
    )?;
    let ours = position_id::decode(id);
    if case.decode.error.is_some() {
        return same("decodes", ours.is_ok(), false);
    }
    let ours = ours.map_err(|error| format!("refused as no position: {error:?}"))?;
    let module = match ours.module {
        Module::Binary => 1,
        Module::NegRisk => 2,
        Module::Combo => 3,
    };
    let outcome = match ours.outcome {
        Outcome::Yes => 0,
        Outcome::No => 1,
    };
    same("module", Some(module), case.decode.module)?;
    same("outcome", Some(outcome), case.decode.outcome_index)?;
    let theirs = case
        .decode
        .condition_id_bytes31
        .as_deref()
        .ok_or("no condition id")?;
    same_hex("condition", &ours.condition, &format!("{theirs}00"))
}
