//! Orders signed by a session key: the inner signature, the wrapper, the envelope.

use crate::key::TestKey;
use crate::orders;
use crate::report::{Agreement, Report};
use crate::text::{self, OrderText, same, same_bytes};
use order::raw::signature::{unwrap_session, wrap_erc7739, wrap_session};
use order::raw::{self, SignatureType};
use order::strict::KeyKind;
use order::{Address, Venue};
use serde::Deserialize;
use serde_json::value::RawValue;

pub(crate) const FILE: &str = "session_signer_orders.json";

#[derive(Deserialize)]
struct File {
    vectors: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    exchange_version: u64,
    chain_id: u64,
    verifying_contract: String,
    deposit_wallet: String,
    session_key_private: String,
    session_key_address: String,
    order: OrderText,
    ecdsa_signature: String,
    erc7739_signature: String,
    signature: String,
    signature_bytes: usize,
}

pub(crate) fn run(text: &str, report: &mut Report) -> Result<(), String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    for (place, raw_case) in text::cases(file.vectors, "vectors")?.iter().enumerate() {
        let id = text::id(raw_case, place);
        match text::case(raw_case).and_then(read) {
            Err(error) => report.record(FILE, "raw", &id, Err(error)),
            Ok((case, venue, order, session)) => {
                let bytes = reproduce(&case, venue, &order, session);
                report.record(FILE, "raw", &id, bytes.map(|()| Agreement::Same));
                let judged = text::bytes(&case.signature).and_then(|signature| {
                    orders::judge(venue, &order, &signature, session, KeyKind::Session)
                });
                report.record(FILE, "strict", &id, judged);
            }
        }
    }
    Ok(())
}

fn read(case: Case) -> Result<(Case, Venue, raw::Order, Address), String> {
    let version = case.exchange_version.to_string();
    let venue = text::venue(case.chain_id, &version, &case.verifying_contract)?;
    let order = case.order.parse()?;
    let session = text::address(&case.session_key_address)?;
    Ok((case, venue, order, session))
}

fn reproduce(
    case: &Case,
    venue: Venue,
    order: &raw::Order,
    session: Address,
) -> Result<(), String> {
    let wallet = text::address(&case.deposit_wallet)?;
    same("maker", order.maker, wallet)?;
    same("order.signer", order.signer, wallet)?;
    same(
        "signature type",
        order.signatureType,
        SignatureType::Deposit.to_u8(),
    )?;
    let key = TestKey::parse(&case.session_key_private)?;
    same("session address", key.address(), Some(session))?;

    let ecdsa = key.sign(&raw::signed_digest(venue, order));
    same_bytes("ECDSA signature", &ecdsa.to_bytes(), &case.ecdsa_signature)?;
    let inner = wrap_erc7739(venue, order, &ecdsa);
    same_bytes("wrapper", &inner, &case.erc7739_signature)?;
    let outer = wrap_session(session, &inner);
    same_bytes("envelope", &outer, &case.signature)?;
    same("signature length", outer.len(), case.signature_bytes)?;
    same(
        "opened envelope",
        unwrap_session(&outer),
        Some((session, inner)),
    )
}
