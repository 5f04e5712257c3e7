//! The contracts as a node reads them: what the Conditional Tokens know of a
//! condition, and what an exchange hashes its tokens with.
//!
//! A condition stands on this chain if one of its tokens is listed with a book
//! here, and is resolved when a test's script shows it so.

use serde_json::{Value, json};

use crate::crypto::domain::{self, AMOY, POLYGON, Protocol};
use crate::crypto::word::{Address, Word, keccak};
use crate::venue::Venue;

const CTF_POLYGON: &str = "0x4D97DCd97eC945f40cF65F87097ACe5EA0476045";
const CTF_AMOY: &str = "0x69308FB512518e39F9b16112fA8d994F4e2Bf8bB";
/// Bridged USDC, and the neg-risk adapter's wrapping of it.
const COLLATERAL: &str = "0x2791Bca1f2de4661ED88A30C99A7a9449Aa84174";
const WRAPPED: &str = "0x3A3BD7bb9528E159577F7C2e685CC81A765002E2";
/// A selector's hex digits.
const SELECTOR: usize = 8;

/// `eth_call`: one word, or `0x` from where no such contract is.
pub(crate) fn call(venue: &Venue, asked: &Value) -> Option<Value> {
    let text = |name: &str| asked.get(0)?.get(name)?.as_str();
    let to = Address::parse(text("to")?)?;
    let data = text("data")?.strip_prefix("0x")?;
    let (selector, argument) = data.split_at_checked(SELECTOR)?;
    let word = word(venue, to, selector, argument);
    Some(word.map_or_else(|| json!("0x"), |word| json!(word.to_string())))
}

fn word(venue: &Venue, to: Address, selector: &str, argument: &str) -> Option<Word> {
    let is = |signature: &str| {
        let hash = hex::encode(keccak(&[signature.as_bytes()]).0);
        hash.starts_with(selector)
    };
    let chain_id = venue.exchange.rules.chain_id;
    let tokens = match chain_id {
        POLYGON => CTF_POLYGON,
        AMOY => CTF_AMOY,
        _ => return None,
    };
    if to == Address::parse(tokens)? {
        let condition = format!("0x{argument}");
        return if is("getOutcomeSlotCount(bytes32)") {
            Some(Word::from_u64(outcomes(venue, &condition)))
        } else if is("payoutDenominator(bytes32)") {
            Some(Word::from_u64(u64::from(is_resolved(venue, &condition))))
        } else {
            None
        };
    }
    let collateral = [(false, COLLATERAL), (true, WRAPPED)];
    let (_, collateral) = collateral.into_iter().find(|(neg_risk, _)| {
        let exchange = domain::exchange(chain_id, Protocol::V1, *neg_risk);
        exchange.is_some_and(|exchange| exchange.contract == to)
    })?;
    is("getCtfCollateral()")
        .then(|| Address::parse(collateral).map(Address::to_word))
        .flatten()
}

fn outcomes(venue: &Venue, condition: &str) -> u64 {
    let mut markets = venue.exchange.markets();
    let is_there = markets.any(|market| market.condition.eq_ignore_ascii_case(condition));
    if is_there { 2 } else { 0 }
}

fn is_resolved(venue: &Venue, condition: &str) -> bool {
    let shown = venue.leaders.shown.get(condition);
    let status = shown.and_then(|fields| fields.get("umaResolutionStatus"));
    status.and_then(Value::as_str) == Some("resolved")
}
