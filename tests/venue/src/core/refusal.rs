//! What the venue says when it says no: its texts, word for word.
//!
//! Clients match on these texts, so each stands here once. Three are not in the
//! published catalogue and are as users quote them: the bad signature, the
//! foreign maker, and the amounts' decimals.

use crate::crypto::order::OrderId;
use crate::crypto::word::Address;
use crate::units::{format_e4, format_e6};

/// A refusal, before anything was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("Unauthorized/Invalid api key")]
    Unauthorized,
    #[error("Invalid L1 Request headers")]
    LoginHeaders,
    #[error("Could not create api key")]
    KeyExists,
    #[error("api key not found")]
    NoKey,
    #[error("Invalid order payload")]
    Payload,
    #[error("order_version_mismatch")]
    Version,
    #[error("the order owner has to be the owner of the API KEY")]
    Owner,
    #[error("the order signer address has to be the address of the API KEY")]
    Signer,
    #[error("maker address not allowed, please use the deposit wallet flow")]
    Maker,
    #[error("invalid signature")]
    Signature,
    #[error("'{0}' address banned")]
    Banned(Address),
    #[error("'{0}' address in closed only mode")]
    ClosedOnly(Address),
    #[error("Too many orders in payload: {found}, max allowed: {max}")]
    TooMany { found: usize, max: usize },
    #[error("the market is not yet ready to process new orders")]
    MarketNotReady,
    #[error("invalid post-only order: order crosses book")]
    PostOnlyCrosses,
    #[error("order {id} is invalid. Price ({price}) breaks minimum tick size rule: {}", format_e4(*tick_e4))]
    Tick {
        id: OrderId,
        price: String,
        tick_e4: u64,
    },
    #[error("order {id} is invalid. Size ({}) lower than the minimum: {}", format_e6(*size_e6), format_e6(*min_e6))]
    Size {
        id: OrderId,
        size_e6: u64,
        min_e6: u64,
    },
    #[error(
        "invalid amounts, the {kind} orders maker amount supports a max accuracy of {maker} decimals, taker amount a max of {taker} decimals"
    )]
    Decimals {
        kind: &'static str,
        maker: u32,
        taker: u32,
    },
    #[error("order {0} is invalid. Duplicated.")]
    Duplicated(OrderId),
    #[error("invalid expiration")]
    Expiration,
    #[error("not enough balance / allowance: {0}")]
    Balance(String),
    #[error("order couldn't be fully filled. FOK orders are fully filled or killed.")]
    FokUnfilled,
    #[error(
        "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."
    )]
    FakUnmatched,
    #[error("{0} not found")]
    NotFound(&'static str),
    /// Carries the id that was expected.
    #[error("Invalid Heartbeat ID")]
    Heartbeat(String),
    #[error("{0}")]
    Request(String),
}

impl Refusal {
    /// The HTTP status that carries this text.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Unauthorized | Self::LoginHeaders => 401,
            Self::NotFound(_) | Self::NoKey => 404,
            Self::KeyExists
            | Self::Payload
            | Self::Version
            | Self::Owner
            | Self::Signer
            | Self::Maker
            | Self::Signature
            | Self::Banned(_)
            | Self::ClosedOnly(_)
            | Self::TooMany { .. }
            | Self::MarketNotReady
            | Self::PostOnlyCrosses
            | Self::Tick { .. }
            | Self::Size { .. }
            | Self::Decimals { .. }
            | Self::Duplicated(_)
            | Self::Expiration
            | Self::Balance(_)
            | Self::FokUnfilled
            | Self::FakUnmatched
            | Self::Heartbeat(_)
            | Self::Request(_) => 400,
        }
    }
}
