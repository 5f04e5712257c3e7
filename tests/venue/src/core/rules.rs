//! What the operator of this venue decided, fixed for the life of a state.

use serde::Deserialize;

/// When what a trade brings in can be spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AvailableAt {
    /// At once.
    Matched,
    /// When the settlement is in a block: until then a sale of what was just
    /// bought is refused, as the field reports say of the real venue.
    #[default]
    Mined,
    /// When it is final.
    Confirmed,
}

/// What a FOK or FAK purchase tries to use up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BuyTarget {
    /// The whole maker amount: a better price brings more shares.
    #[default]
    Collateral,
    /// The taker amount: a better price leaves collateral unspent.
    Shares,
}

/// How many decimals the amounts of a FOK or FAK purchase may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MarketBuyDecimals {
    /// As the tick's row of the rounding table says.
    #[default]
    Tick,
    /// Two for collateral and four for shares at every tick, as field reports
    /// quote the real venue.
    Flat,
}

/// Which requests are noted down, for comparison with other clients'.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Record {
    /// Those of an account, with the headers that identify it.
    #[default]
    Private,
    /// Every one, with every header.
    All,
}

/// The numbers of this venue.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) chain_id: u64,
    pub(crate) seed: String,
    pub(crate) mined_after_ms: u64,
    pub(crate) confirmed_after_ms: u64,
    pub(crate) delayed_ms: u64,
    pub(crate) auth_skew_s: u64,
    pub(crate) gtd_min_s: u64,
    pub(crate) gtd_early_s: u64,
    pub(crate) heartbeat_timeout_ms: u64,
    pub(crate) min_market_buy_e6: u64,
    pub(crate) page_size: usize,
    /// The most the contract lets its operator take of a fill's cash, basis
    /// points; 0 is no ceiling, as on chain.
    pub(crate) fee_ceiling_bps: u64,
    /// When every market is to end, as the catalogue writes it.
    pub(crate) end_date: Option<String>,
    pub(crate) available_at: AvailableAt,
    pub(crate) buy_target: BuyTarget,
    pub(crate) market_buy_decimals: MarketBuyDecimals,
    pub(crate) answer_hashes: bool,
    pub(crate) record: Record,
}

/// Orders in one `POST /orders`.
pub(crate) const BATCH_MAX: usize = 15;
/// Ids in one `DELETE /orders`.
pub(crate) const CANCEL_MAX: usize = 3_000;
