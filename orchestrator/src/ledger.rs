//! The ledger: what this wallet bought and sold, for whom, and what is left.
//!
//! For: the one way in which fills and adjustments are recorded and positions
//! read, whatever keeps them.
//!
//! Never touches: where it is kept; the outbox; the venue.
//!
//! Invariant: one row a (trade, order), whichever way and however often it was
//! learnt of; a fill is money only when confirmed, and a failed one is none.
//! Invariant: the lots of a token are the fold of its fills and adjustments.

pub mod memory;

use crate::clob::TradeStatus;
use crate::lots::{self, Owner, Position, Source};
use crate::store::StoreError;

pub use memory::MemoryLedger;

/// What keeps a ledger. One suite of tests holds for all that do.
pub trait LedgerStore {
    /// Records a fill of `owner`'s order, or the news of one already recorded.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    fn record(&mut self, fill: &Fill, owner: &Owner) -> Result<Recorded, StoreError>;

    /// Records shares that came or went without a fill.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    fn adjust(&mut self, adjustment: &Adjustment) -> Result<(), StoreError>;

    /// What the fills of one order add up to.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    fn tally(&self, order_hash: &str) -> Result<Tally, StoreError>;

    /// Every token with a history.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    fn tokens(&self) -> Result<Vec<String>, StoreError>;

    /// One token's lots and what closed them.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    fn position(&self, token_id: &str) -> Result<Position, StoreError>;

    /// Shares of a token in settled lots: ours, and those of others.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    fn held_units(&self, token_id: &str) -> Result<(u64, u64), StoreError>;

    /// What was bought, by token, strategy and leader.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    fn bought(&self) -> Result<Vec<Bought>, StoreError>;

    /// What all our purchases add up to.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    fn tracking(&self) -> Result<Tracking, StoreError>;

    /// Makes `owner` the one whose shares they are, of shares that nobody here
    /// had bought: they keep their cost, unless `cost_units` says another.
    ///
    /// # Errors
    ///
    /// When it could not be read or recorded.
    fn adopt(
        &mut self,
        token_id: &str,
        shares_units: u64,
        owner: &Owner,
        cost_units: Option<u64>,
        at_ms: u64,
    ) -> Result<Adopted, StoreError> {
        let overflow = StoreError::Corrupt("a position overflows");
        let (mut rest, mut carried) = (shares_units, 0_u64);
        // In the order in which they will be closed; what is not final may
        // still come to nothing.
        let open = self.position(token_id)?.lots.into_iter();
        let open = open.filter(|lot| lot.owner.source == Source::External && lot.left_units > 0);
        for lot in open.take_while(|lot| lot.settled) {
            let part = lot.left_units.min(rest);
            let cost = lots::share_of(lot.cost_left_units, part, lot.left_units);
            carried = cost
                .and_then(|cost| carried.checked_add(cost))
                .ok_or(StoreError::Corrupt("a cost overflows"))?;
            rest = rest.saturating_sub(part);
        }
        if rest > 0 {
            let free_units = shares_units.checked_sub(rest).ok_or(overflow)?;
            return Ok(Adopted::Short { free_units });
        }
        let cost_units = cost_units.unwrap_or(carried);
        let mut move_ = |direction, owner: &Owner, cost_units| {
            self.adjust(&Adjustment {
                token_id: token_id.to_owned(),
                at_ms,
                direction,
                owner: owner.clone(),
                shares_units,
                cost_units,
                why: "TAKEN_OVER",
            })
        };
        // They go for what they cost: nothing is gained or lost by it.
        move_(Direction::Out, &Owner::external(), carried)?;
        move_(Direction::In, owner, cost_units)?;
        Ok(Adopted::Done { cost_units })
    }
}

/// One fill of an order of this wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The venue's trade id.
    pub trade_id: String,
    /// The order.
    pub order_hash: String,
    /// Condition id.
    pub market: String,
    /// The token, decimal.
    pub token_id: String,
    /// BUY or SELL, of our own leg.
    pub side: String,
    /// Shares, base units.
    pub shares_units: u64,
    /// Collateral that changed hands without fee, base units.
    pub collateral_units: u64,
    /// Fee, base units.
    pub fee_units: u64,
    /// When it matched, unix seconds.
    pub match_s: u64,
    /// The venue's word for where it stands.
    pub status: String,
}

/// What recording a fill changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It was not known.
    New,
    /// It was known, and stands elsewhere now.
    Moved,
    /// Nothing.
    Same,
    /// Nothing, and the venue now tells other amounts for it.
    Changed,
}

/// What the fills of one order add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Fills not final.
    pub pending: u64,
    /// Fills that are money.
    pub confirmed: u64,
    /// Fills that came to nothing.
    pub failed: u64,
    /// Shares of all of them, failed ones too.
    pub shares_units: u64,
    /// Shares of those that did not fail.
    pub live_shares_units: u64,
    /// Collateral without fee of those that did not fail.
    pub live_collateral_units: u64,
}

/// Which way shares went without a fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// They came.
    In,
    /// They went.
    Out,
}

impl Direction {
    /// Its name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::In => "IN",
            Self::Out => "OUT",
        }
    }
}

/// Shares that came or went without a fill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    /// The token, decimal.
    pub token_id: String,
    /// When, unix milliseconds.
    pub at_ms: u64,
    /// Which way.
    pub direction: Direction,
    /// Whose they are, or were.
    pub owner: Owner,
    /// Shares, base units.
    pub shares_units: u64,
    /// What they cost, or take along, base units.
    pub cost_units: u64,
    /// A stable code.
    pub why: &'static str,
}

/// What became of an adoption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adopted {
    /// They are the strategy's now, and count as bought for so much.
    Done {
        /// Collateral, base units.
        cost_units: u64,
    },
    /// Nothing changed: only so many final shares are nobody's.
    Short {
        /// Shares, base units.
        free_units: u64,
    },
}

/// What one strategy bought of one token after one leader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bought {
    /// The token, decimal.
    pub token_id: String,
    /// The strategy; empty where it is not known.
    pub strategy: String,
    /// Whose trades were copied, if anybody's.
    pub leader: Option<String>,
    /// Shares bought, ever.
    pub bought_units: u64,
    /// Shares of them not sold yet: the document's `myBoughtSize`.
    pub left_units: u64,
    /// The part of those that is final.
    pub settled_units: u64,
    /// What all of it cost, with fees.
    pub cost_units: u64,
    /// What is left of it cost.
    pub cost_left_units: u64,
}

/// What all our purchases add up to, in the document's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tracking {
    /// Purchases of ours that did not fail.
    pub total_purchases: u64,
    /// Markets they were in.
    pub unique_markets: u64,
    /// What they cost, with fees, base units.
    pub usdc_spent_units: u64,
    /// Shares of ours not sold yet, base units.
    pub tokens_remaining_units: u64,
}

/// The venue says nothing more about it.
pub(crate) fn is_final(status: &str) -> bool {
    match TradeStatus::of(status) {
        Some(TradeStatus::Confirmed | TradeStatus::Failed) => true,
        Some(TradeStatus::Pending) | None => false,
    }
}

#[cfg(test)]
mod tests;
