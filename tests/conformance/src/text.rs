//! Reading the vectors' text into values, and comparing both ways.
//!
//! Never touches: floating point. A JSON number keeps the text it was written with.

use order::raw::{self, Side, SignatureType};
use order::{Address, B256, U256, Venue};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt::{Debug, LowerHex};

/// A list of cases, each still text; an empty one is a failure.
pub(crate) fn cases(list: Vec<Box<RawValue>>, name: &str) -> Result<Vec<Box<RawValue>>, String> {
    if list.is_empty() {
        Err(format!("{name} holds no case"))
    } else {
        Ok(list)
    }
}

/// Reads one case.
pub(crate) fn case<'a, T: Deserialize<'a>>(text: &'a RawValue) -> Result<T, String> {
    serde_json::from_str(text.get()).map_err(|error| error.to_string())
}

/// The case's own name, or its place in the list.
pub(crate) fn id(text: &RawValue, place: usize) -> String {
    #[derive(Deserialize)]
    struct Named {
        id: Option<String>,
    }
    let named: Option<Named> = serde_json::from_str(text.get()).ok();
    named
        .and_then(|named| named.id)
        .unwrap_or_else(|| format!("#{place}"))
}

/// Says what differs.
pub(crate) fn same<T: PartialEq + Debug>(what: &str, ours: T, theirs: T) -> Result<(), String> {
    match (ours, theirs) {
        (ours, theirs) if ours == theirs => Ok(()),
        (ours, theirs) => Err(format!("{what}: ours {ours:?}, theirs {theirs:?}")),
    }
}

/// Compares hex of any case.
pub(crate) fn same_hex(what: &str, ours: &impl LowerHex, theirs: &str) -> Result<(), String> {
    same(what, format!("{ours:#x}"), theirs.to_ascii_lowercase())
}

/// Compares bytes with hex of any case.
pub(crate) fn same_bytes(what: &str, ours: &[u8], theirs: &str) -> Result<(), String> {
    same(
        what,
        format!("0x{}", hex::encode(ours)),
        theirs.to_ascii_lowercase(),
    )
}

pub(crate) fn bytes(text: &str) -> Result<Vec<u8>, String> {
    let digits = text
        .strip_prefix("0x")
        .ok_or_else(|| format!("{text}: hex needs 0x"))?;
    hex::decode(digits).map_err(|error| format!("{text}: {error}"))
}

pub(crate) fn word(text: &str) -> Result<B256, String> {
    B256::try_from(bytes(text)?.as_slice()).map_err(|error| format!("{text}: {error}"))
}

pub(crate) fn address(text: &str) -> Result<Address, String> {
    Address::try_from(bytes(text)?.as_slice()).map_err(|error| format!("{text}: {error}"))
}

/// A whole number below 2^256 in plain decimal digits.
pub(crate) fn number(text: &str) -> Result<U256, String> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("{text:?} is not a whole number"));
    }
    U256::from_str_radix(text, 10).map_err(|error| format!("{text}: {error}"))
}

/// A JSON number's decimal text, its exponent written out.
pub(crate) fn decimal(raw: &RawValue) -> String {
    let text = raw.get().trim_matches('"');
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return text.to_owned();
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    match exponent
        .strip_prefix('-')
        .and_then(|digits| digits.parse::<usize>().ok())
    {
        // Only small numbers are written this way: 1e-05.
        Some(places) if places <= 40 => {
            let padded = format!("{}{whole}", "0".repeat(places));
            let (head, tail) = padded.split_at(whole.len());
            format!(
                "{}.{tail}{fraction}",
                if head.is_empty() { "0" } else { head }
            )
        }
        Some(_) | None => text.to_owned(),
    }
}

/// The eleven fields as the vectors write them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderText {
    salt: String,
    maker: String,
    signer: String,
    token_id: String,
    maker_amount: String,
    taker_amount: String,
    side: Value,
    signature_type: Value,
    timestamp: String,
    metadata: String,
    builder: String,
}

impl OrderText {
    /// Reads the fields as the contract's decoder would: any word, but only
    /// sides and signature types that exist.
    pub(crate) fn parse(&self) -> Result<raw::Order, String> {
        let side = self
            .side
            .as_str()
            .map_or_else(|| small(&self.side).and_then(Side::from_u8), Side::parse);
        let signature_type = small(&self.signature_type).and_then(SignatureType::from_u8);
        Ok(raw::Order {
            salt: number(&self.salt)?,
            maker: address(&self.maker)?,
            signer: address(&self.signer)?,
            tokenId: number(&self.token_id)?,
            makerAmount: number(&self.maker_amount)?,
            takerAmount: number(&self.taker_amount)?,
            side: side
                .ok_or_else(|| format!("no such side: {}", self.side))?
                .to_u8(),
            signatureType: signature_type
                .ok_or_else(|| format!("no such signature type: {}", self.signature_type))?
                .to_u8(),
            timestamp: number(&self.timestamp)?,
            metadata: word(&self.metadata)?,
            builder: word(&self.builder)?,
        })
    }
}

fn small(value: &Value) -> Option<u8> {
    value.as_u64().and_then(|number| u8::try_from(number).ok())
}

/// The venue of a chain, a domain version and a contract, if there is one.
pub(crate) fn venue(chain_id: u64, version: &str, contract: &str) -> Result<Venue, String> {
    let contract = address(contract)?;
    Venue::ALL
        .into_iter()
        .find(|venue| {
            venue.chain.id() == chain_id
                && venue.domain_version() == version
                && venue.verifying_contract() == contract
        })
        .ok_or_else(|| format!("no venue of version {version} at {contract} on {chain_id}"))
}

#[cfg(test)]
mod tests {
    use super::{decimal, number};
    use serde_json::value::RawValue;

    #[test]
    fn numbers_keep_their_text_and_exponents_are_written_out() {
        for (json, text) in [
            ("0.07", "0.07"),
            ("1190.59", "1190.59"),
            ("1e-05", "0.00001"),
            ("2.5e-3", "0.0025"),
            ("12e-1", "01.2"),
            ("\"0.66\"", "0.66"),
            ("1e30", "1e30"),
        ] {
            let raw = RawValue::from_string(json.to_owned()).unwrap();
            assert_eq!(decimal(&raw), text);
        }
    }

    #[test]
    fn a_word_holds_two_hundred_and_fifty_six_bits() {
        let most = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
        assert!(number(most).is_ok());
        let over = most.replace("935", "936");
        for text in [over.as_str(), "", "-1", "0x1", "1_0", "1.0"] {
            assert!(number(text).is_err(), "{text}");
        }
    }
}
