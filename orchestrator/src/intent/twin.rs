//! The line's twin in protobuf, and the way between both.
//!
//! For: senders that have a schema compiler and no wish to write JSON.
//!
//! Never touches: what a field means. A message becomes its line, and there is
//! one reader of lines.
//!
//! Invariant: both ways lose nothing; a field that the schema does not have is
//! refused, not skipped.

use prost::Message as _;
use serde::{Deserialize, Serialize};

/// `countersign.intent.v1.TradeIntent`, field by field as its schema has it.
#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TradeIntent {
    /// The line's version.
    #[prost(uint32, optional, tag = "1")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v: Option<u32>,
    /// The sender's own name for it.
    #[prost(string, optional, tag = "2")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whose trade it is.
    #[prost(string, optional, tag = "3")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Condition id.
    #[prost(string, optional, tag = "4")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// Outcome token.
    #[prost(string, optional, tag = "5")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// BUY or SELL.
    #[prost(string, optional, tag = "6")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<String>,
    /// The worst price to accept.
    #[prost(string, optional, tag = "7")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// How many shares.
    #[prost(string, optional, tag = "8")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shares: Option<String>,
    /// The market's price step.
    #[prost(string, optional, tag = "9")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tick: Option<String>,
    /// How the venue is to treat it.
    #[prost(string, optional, tag = "10")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_type: Option<String>,
    /// On whose behalf.
    #[prost(string, optional, tag = "11")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// Whether it goes to the neg-risk exchange.
    #[prost(bool, optional, tag = "12")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neg_risk: Option<bool>,
    /// Whose trade is copied.
    #[prost(string, optional, tag = "13")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader: Option<String>,
    /// At what price the leader traded.
    #[prost(string, optional, tag = "14")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader_price: Option<String>,
    /// When the leader traded, unix milliseconds.
    #[prost(uint64, optional, tag = "15")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader_time_ms: Option<u64>,
}

/// The line of an encoded message.
///
/// # Errors
///
/// A sentence, when it is none, or has more in it than the schema.
pub fn line_of(bytes: &[u8]) -> Result<String, String> {
    let fix = "encode countersign.intent.v1.TradeIntent";
    let message = TradeIntent::decode(bytes).map_err(|e| format!("message: {e}; {fix}"))?;
    // Decoding skips what it does not know; what is skipped is not in here.
    if message.encode_to_vec() != bytes {
        return Err(format!(
            "message: it has fields that the schema has not, or in another order; {fix}"
        ));
    }
    serde_json::to_string(&message).map_err(|e| format!("message: {e}; {fix}"))
}

/// The encoded message of a line.
///
/// # Errors
///
/// A sentence, when it is none of our own lines.
pub fn message_of(line: &str) -> Result<Vec<u8>, String> {
    let message: TradeIntent =
        serde_json::from_str(line).map_err(|e| format!("line: {e}; write one JSON object"))?;
    Ok(message.encode_to_vec())
}

#[cfg(test)]
#[path = "twin_tests.rs"]
mod tests;
