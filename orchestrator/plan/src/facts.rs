//! What is known when a copy is decided.

use order::{Address, B256, Exchange, ShareUnits, Side, TickSize, U256};

use crate::fee::FeeCurve;

/// One order of a leader: its fills, summed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// Who traded.
    pub leader: Address,
    /// In which market, where the source says so.
    pub condition: Option<B256>,
    /// Which outcome.
    pub token: U256,
    /// Which way.
    pub side: Side,
    /// Shares that changed hands.
    pub shares_units: u64,
    /// Collateral that did.
    pub collateral_units: u64,
    /// Average price in millionths; it need not lie on any grid.
    pub price_e6: u64,
    /// When the leader traded, Unix milliseconds.
    pub time_ms: u64,
    /// When we first saw it, Unix milliseconds.
    pub seen_ms: u64,
    /// Shares of this token that the leader held before the trade.
    pub leader_before_units: Option<u64>,
}

/// Which generation of the venue's contracts a market trades on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolVersion {
    /// Two exchanges, one for neg-risk markets.
    V2,
    /// One exchange for all.
    V3,
}

/// What the venue says of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Market {
    /// Its condition id.
    pub condition: B256,
    /// Its price step.
    pub tick: TickSize,
    /// Least shares of an order that rests. Orders of this room never rest, so
    /// no rule here asks for it: a market order has a minimum in dollars.
    pub order_shares_min: ShareUnits,
    /// Whether its outcomes exclude one another across markets.
    pub neg_risk: bool,
    /// Which contracts it trades on.
    pub version: ProtocolVersion,
    /// Active, not closed, with a book, and taking orders.
    pub accepting: bool,
    /// When it ends, Unix milliseconds, where that is known.
    pub end_ms: Option<u64>,
    /// What the venue takes from a fill.
    pub fee: FeeCurve,
}

impl Market {
    /// The exchange that its orders are for.
    #[must_use]
    pub const fn exchange(&self) -> Exchange {
        match (self.version, self.neg_risk) {
            (ProtocolVersion::V3, true | false) => Exchange::V3,
            (ProtocolVersion::V2, true) => Exchange::V2NegRisk,
            (ProtocolVersion::V2, false) => Exchange::V2Standard,
        }
    }
}

/// What we have, as far as this strategy, leader and token are concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Collateral that is not set aside.
    pub cash_units: u64,
    /// Shares of this token that this strategy bought after this leader, and
    /// that are not set aside.
    pub held_units: u64,
    /// What this strategy's buys took today, with fees.
    pub spent_day_units: u64,
    /// What earlier trades of this leader, token and side were sized to, that
    /// were too small and not used since: collateral of buys, shares of sells.
    pub carried_units: u64,
    /// Shares of this token that we hold for whatever reason; told, not sold.
    pub all_held_units: u64,
}
