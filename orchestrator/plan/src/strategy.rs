//! One strategy: whom to copy, how much of it, and on which terms.
//!
//! Invariant: [`Strategy::check`] is asked once at start; what it passes has no
//! pair of limits that contradict each other.

use alloc::vec::Vec;
use core::fmt;

use order::{Address, B256, CollateralUnits, PriceE4, U256};

use crate::number::Bps;
use crate::size::{MARKET_BUY_UNITS_MIN, Sizing};

/// Everything that one strategy is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strategy {
    /// Whose trades are copied.
    pub leaders: Vec<Address>,
    /// Whose trades are seen and never copied.
    pub watch_only: Vec<Address>,
    /// Where.
    pub markets: Markets,
    /// How much.
    pub sizing: Sizing,
    /// Most of our own notional that one buy may have.
    pub intent_usdc_max: CollateralUnits,
    /// Least of it.
    pub intent_usdc_min: CollateralUnits,
    /// Least collateral of a leader's buy that is copied at a size that does not
    /// shrink with it; a PERCENTAGE is not asked.
    pub leader_usdc_min: CollateralUnits,
    /// What becomes of a buy above a cap.
    pub on_cap: OnCap,
    /// Oldest buy of a leader, by its own time.
    pub age_ms_max: u64,
    /// Longest that a buy may have lain here since it was first seen.
    pub seen_age_ms_max: u64,
    /// Oldest sell of a leader, by both: a late exit is better than none.
    pub exit_age_ms_max: u64,
    /// Furthest that our limit may be from the leader's price; a tick is
    /// always allowed.
    pub slippage_max: Bps,
    /// Furthest that the best price may have moved against us for a buy.
    pub movement_max: Bps,
    /// Largest part of the depth within the limit that a buy may take.
    pub impact_max: Bps,
    /// From beyond which part a plan carries a warning.
    pub impact_warn: Bps,
    /// Widest distance between best bid and best ask at which we buy.
    pub spread_max: Option<PriceE4>,
    /// Least collateral on offer within the limit at which we buy.
    pub depth_usdc_min: CollateralUnits,
    /// Largest part of everything on offer that we may buy.
    pub book_share_max: Bps,
    /// Lowest best price at which we buy.
    pub price_min: PriceE4,
    /// Highest price at which we buy.
    pub price_max: PriceE4,
    /// Closest to a market's end that we buy; exits are not asked.
    pub end_ms_min: u64,
    /// Oldest book that is decided on.
    pub book_age_ms_max: u64,
    /// What a sell means whose part of the leader's holding is not known.
    pub unknown_exit: UnknownExit,
    /// How the venue is to treat the order.
    pub order_type: OrderType,
    /// Most that this strategy's buys may take in a day, with fees.
    pub day_usdc_max: Option<CollateralUnits>,
}

/// Where a strategy trades.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Markets {
    /// Wherever its leaders do.
    All,
    /// In what is listed by condition, or by token.
    Only {
        /// Whole markets.
        conditions: Vec<B256>,
        /// Single outcomes.
        tokens: Vec<U256>,
    },
}

/// What becomes of a buy above a cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnCap {
    /// It is made as large as the cap.
    Clamp,
    /// It is not made.
    Reject,
}

/// What a sell means whose part of the leader's holding is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownExit {
    /// Keep what we hold.
    Hold,
    /// Sell all of it.
    Full,
    /// Keep it, and call a person.
    Alert,
}

/// How the venue is to treat an order of this room: none of them rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderType {
    /// All or nothing, now.
    Fok,
    /// What there is, now.
    Fak,
}

/// Two settings that cannot both be meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misconfigured {
    /// Nobody to copy.
    NoLeaders,
    /// A leader is both copied and only watched.
    LeaderOnlyWatched(Address),
    /// The least is above the most.
    SizeRange,
    /// The most is below what the venue takes.
    BelowVenue,
    /// No price is inside the band.
    PriceBand,
    /// A warning would never be reached before the refusal.
    WarnAboveMax,
}

impl fmt::Display for Misconfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoLeaders => "no leader to copy: list at least one address",
            Self::LeaderOnlyWatched(leader) => {
                return write!(f, "{leader} is copied and only watched: list it once");
            }
            Self::SizeRange => "the least size is above the most: lower it",
            Self::BelowVenue => "the most is below the venue's minimum of $1: raise it",
            Self::PriceBand => "the lowest price is above the highest: lower it",
            Self::WarnAboveMax => "the impact to warn at is above the one to refuse: lower it",
        })
    }
}

impl core::error::Error for Misconfigured {}

impl Strategy {
    /// Makes sure that no two settings contradict each other.
    ///
    /// # Errors
    ///
    /// The first contradiction found.
    pub fn check(&self) -> Result<(), Misconfigured> {
        if self.leaders.is_empty() {
            return Err(Misconfigured::NoLeaders);
        }
        if let Some(both) = self.leaders.iter().find(|a| self.watch_only.contains(*a)) {
            return Err(Misconfigured::LeaderOnlyWatched(*both));
        }
        if self.intent_usdc_min > self.intent_usdc_max {
            return Err(Misconfigured::SizeRange);
        }
        if self.intent_usdc_max.get() < MARKET_BUY_UNITS_MIN {
            return Err(Misconfigured::BelowVenue);
        }
        if self.price_min > self.price_max {
            return Err(Misconfigured::PriceBand);
        }
        if self.impact_warn > self.impact_max {
            return Err(Misconfigured::WarnAboveMax);
        }
        Ok(())
    }
}
