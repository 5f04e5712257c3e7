//! A match on its way to the chain.
//!
//! MATCHED, MINED, CONFIRMED, each at its time; RETRYING and FAILED on command.
//! CONFIRMED and FAILED end it.

use serde::{Deserialize, Serialize};

use super::ledger::Move;
use super::matching::Source;
use crate::crypto::order::{OrderId, Side};
use crate::crypto::word::Word;

/// How far settlement has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum TradeStatus {
    Matched,
    Mined,
    Confirmed,
    Retrying,
    Failed,
}

impl TradeStatus {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Matched => "MATCHED",
            Self::Mined => "MINED",
            Self::Confirmed => "CONFIRMED",
            Self::Retrying => "RETRYING",
            Self::Failed => "FAILED",
        }
    }

    pub(crate) fn is_final(self) -> bool {
        match self {
            Self::Confirmed | Self::Failed => true,
            Self::Matched | Self::Mined | Self::Retrying => false,
        }
    }
}

/// One resting part of a trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leg {
    pub(crate) source: Source,
    pub(crate) shares_e6: u64,
    pub(crate) collateral_e6: u64,
}

impl Leg {
    /// Whether it is this order's part.
    pub(crate) fn is_of(&self, id: OrderId) -> bool {
        self.source == Source::Order(id)
    }
}

/// One taker against everything it met at one price.
#[derive(Clone, Debug)]
pub(crate) struct Trade {
    pub(crate) number: usize,
    pub(crate) id: String,
    pub(crate) condition: String,
    pub(crate) token: Word,
    pub(crate) outcome: String,
    pub(crate) price_e4: u64,
    pub(crate) shares_e6: u64,
    pub(crate) collateral_e6: u64,
    pub(crate) fee_e6: u64,
    /// The taker's side.
    pub(crate) side: Side,
    /// `None` when new recorded liquidity crossed resting orders.
    pub(crate) taker: Option<OrderId>,
    pub(crate) legs: Vec<Leg>,
    pub(crate) moves: Vec<Move>,
    pub(crate) status: TradeStatus,
    pub(crate) arrived: bool,
    pub(crate) matched_ms: u64,
    pub(crate) updated_ms: u64,
    pub(crate) hash: Option<Word>,
    /// What comes next, and when.
    pub(crate) next: Option<(u64, TradeStatus)>,
}

impl Trade {
    /// The orders that had a part in it.
    pub(crate) fn orders(&self) -> impl Iterator<Item = OrderId> {
        let resting = self.legs.iter().filter_map(|leg| match leg.source {
            Source::Order(id) => Some(id),
            Source::Level => None,
        });
        self.taker.into_iter().chain(resting)
    }
}
