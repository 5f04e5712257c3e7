//! Why an intent was not approved: an answer with its numbers.
//!
//! The stable codes are in `code`, the sentences and fixes in `sentence`.
//!
//! Invariant: a denial is an answer. Nothing here speaks of faults.
//! Invariant: a denial is small, comparable and safe to show: no text from the
//! caller is in it but what parsed.

use order::strict::Refusal;
use order::{Address, B256, CollateralUnits, Exchange, PriceE4, ShareUnits, TickSize, U256};

use crate::calendar::Day;
use crate::code::Code;
use crate::intent_id::IntentId;
use crate::price::{Implied, PriceE8};
use crate::standing::{Cause, Freeze};

/// An answer that is no. Times are Unix milliseconds; amounts are base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "fields say what the sentence of their code says"
)]
pub enum Denial {
    /// No policy is in force.
    NoPolicy,
    /// Its day lies before the replay set.
    IntentTooOld { day: Day, floor: Day },
    /// Its day lies after tomorrow.
    IntentTooNew {
        day: Day,
        last: Day,
        retry_at_ms: u64,
    },
    /// The intent's deadline has passed.
    DeadlinePassed { deadline_ms: u64, now_ms: u64 },
    /// This (intent, attempt) was signed before, with other content: an alarm.
    IntentReused,
    /// It was signed before, under a key that is no longer used.
    KeyChanged { signed: u32, now: u32 },
    /// Nothing is signed.
    Locked(Cause),
    /// Nothing is signed but tickets.
    Frozen(Freeze),
    /// Nothing is signed but sells.
    ReduceOnly(Cause),
    /// The key at hand is not the policy's.
    WrongWallet { key: Address, policy: Address },
    /// The policy's session key is over.
    SessionExpired { ended_ms: u64 },
    /// Orders of other bots are not taken.
    StrategyOff,
    /// An EXIT only sells.
    ExitMustSell,
    /// A SELL must be given in shares.
    SellInCollateral,
    /// The policy does not list the market.
    MarketNotAllowed { market: B256 },
    /// The market's buys are over.
    MarketEnded { ended_ms: u64 },
    /// The token is of another market, or of none.
    TokenNotOfMarket { token: U256 },
    /// Another exchange than the token's, or one that is not in the policy.
    Venue { asked: Exchange, why: Misroute },
    /// A grid that the policy or the market's listing does not have.
    Tick {
        asked: TickSize,
        listed: Option<TickSize>,
    },
    /// The policy does not name the leader.
    LeaderNotAllowed { leader: Address },
    /// The leader's trade, or its sighting, is too old.
    LeaderAge { age_ms: u64, limit_ms: u64 },
    /// The leader's trade, or its sighting, lies in the future.
    LeaderFuture {
        ahead_ms: u64,
        limit_ms: u64,
        retry_at_ms: u64,
    },
    /// The leader's trade needs watchers' word, and has none.
    AttestationMissing { fill: B256 },
    /// Watchers saw another trade than the caller tells.
    AttestationDiffers { field: &'static str },
    /// Another intent copied the leader's trade.
    AttestationUsed { by: IntentId },
    /// More shares than may copy the leader's trade.
    CopyRatio {
        shares: ShareUnits,
        left: ShareUnits,
    },
    /// The exchange could not take such an order.
    NotAnOrder(Refusal),
    /// The same order, to its last bit, was signed for another attempt.
    OrderTwice,
    /// Below the least notional.
    OrderTooSmall {
        notional: CollateralUnits,
        least: CollateralUnits,
    },
    /// Above the most notional.
    OrderTooLarge {
        notional: CollateralUnits,
        limit: CollateralUnits,
        ceiling: CollateralUnits,
    },
    /// Above the most shares.
    SharesTooMany {
        shares: ShareUnits,
        limit: ShareUnits,
        ceiling: ShareUnits,
    },
    /// The final price is outside the band of its side.
    PriceBand {
        price: Implied,
        least: PriceE4,
        most: PriceE4,
    },
    /// The final price is too much worse than the leader's.
    LeaderDistance {
        price: Implied,
        leader: PriceE4,
        bound: PriceE8,
    },
    /// No meter can hold this charge.
    ChargeOverflow,
    /// Too many orders in a minute.
    Rate {
        count: u64,
        limit: u64,
        ceiling: u64,
        retry_at_ms: Option<u64>,
    },
    /// More than the witnesses let it charge before their next word.
    Ahead {
        charge: CollateralUnits,
        left: CollateralUnits,
    },
    /// A meter has no room for this charge.
    Budget(Short),
    /// The policy's grace for sells is over.
    SellGrace { ended_ms: u64 },
    /// Too many exits in a minute.
    ExitRate {
        count: u64,
        limit: u64,
        retry_at_ms: Option<u64>,
    },
    /// Below the lowest price of a sell.
    SellFloor {
        token: U256,
        shares: ShareUnits,
        price: PriceE4,
        floor: PriceE4,
    },
    /// More than this wallet can hold.
    Holdings {
        token: U256,
        shares: ShareUnits,
        held: ShareUnits,
    },
    /// More than a day may sell of what this wallet can hold.
    SellReuse {
        shares: ShareUnits,
        sold: ShareUnits,
        limit: ShareUnits,
        back: Option<Back>,
    },
}

/// Why an order cannot go to the exchange that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misroute {
    /// The token trades on another one.
    TradesOn(Exchange),
    /// Only position ids trade there, and the token is none.
    NoPosition,
    /// The policy does not have it.
    NotInPolicy,
}

/// Which meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Budget {
    /// Overall, a rolling minute.
    Minute,
    /// Overall, a rolling hour.
    Hour,
    /// Overall, a rolling day.
    Day,
    /// Overall, for ever.
    Lifetime,
    /// One market that was listed within a day, a rolling day.
    Listing,
    /// One market, a rolling day.
    Market,
    /// One strategy, a rolling day.
    Strategy,
    /// One leader, a rolling day.
    Leader,
}

/// A meter without room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    /// Which.
    pub budget: Budget,
    /// What this order would be charged.
    pub charge: CollateralUnits,
    /// What the window holds.
    pub charged: CollateralUnits,
    /// What it may hold today.
    pub limit: CollateralUnits,
    /// How far a dial reaches; `None` if the policy sets no limit.
    pub ceiling: Option<CollateralUnits>,
    /// When there is room again, if nothing else is charged.
    pub back: Option<Back>,
}

/// What rolls off by when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Back {
    /// At the earliest, on the wall, Unix milliseconds.
    pub at_ms: u64,
    /// Whether that is on another UTC day than the wall's today.
    pub another_day: bool,
    /// How much has rolled off by then, base units.
    pub units: u64,
}

impl Denial {
    /// The stable code as a program sees it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.catalogued().word()
    }

    /// Its row of the catalogue.
    #[must_use]
    pub const fn catalogued(&self) -> Code {
        match self {
            Self::NoPolicy => Code::NoPolicy,
            Self::IntentTooOld { .. } => Code::IntentTooOld,
            Self::IntentTooNew { .. } => Code::IntentTooNew,
            Self::DeadlinePassed { .. } => Code::DeadlinePassed,
            Self::IntentReused => Code::IntentReused,
            Self::KeyChanged { .. } => Code::KeyChanged,
            Self::Locked(_) => Code::Locked,
            Self::Frozen(_) => Code::Frozen,
            Self::ReduceOnly(_) => Code::ReduceOnly,
            Self::WrongWallet { .. } => Code::WrongWallet,
            Self::SessionExpired { .. } => Code::SessionExpired,
            Self::StrategyOff => Code::StrategyOff,
            Self::ExitMustSell => Code::ExitMustSell,
            Self::SellInCollateral => Code::SellInCollateral,
            Self::MarketNotAllowed { .. } => Code::MarketNotAllowed,
            Self::MarketEnded { .. } => Code::MarketEnded,
            Self::TokenNotOfMarket { .. } => Code::TokenNotOfMarket,
            Self::Venue { .. } => Code::Venue,
            Self::Tick { .. } => Code::Tick,
            Self::LeaderNotAllowed { .. } => Code::LeaderNotAllowed,
            Self::LeaderAge { .. } => Code::LeaderAge,
            Self::LeaderFuture { .. } => Code::LeaderFuture,
            Self::AttestationMissing { .. } => Code::AttestationMissing,
            Self::AttestationDiffers { .. } => Code::AttestationDiffers,
            Self::AttestationUsed { .. } => Code::AttestationUsed,
            Self::CopyRatio { .. } => Code::CopyRatio,
            Self::NotAnOrder(_) | Self::OrderTwice => Code::NotAnOrder,
            Self::OrderTooSmall { .. } => Code::OrderTooSmall,
            Self::OrderTooLarge { .. } => Code::OrderTooLarge,
            Self::SharesTooMany { .. } => Code::SharesTooMany,
            Self::PriceBand { .. } => Code::PriceBand,
            Self::LeaderDistance { .. } => Code::LeaderDistance,
            Self::ChargeOverflow => Code::ChargeOverflow,
            Self::Rate { .. } => Code::Rate,
            Self::Ahead { .. } => Code::Ahead,
            Self::Budget(short) => short.budget.code(),
            Self::SellGrace { .. } => Code::SellGrace,
            Self::ExitRate { .. } => Code::ExitRate,
            Self::SellFloor { .. } => Code::SellFloor,
            Self::Holdings { .. } => Code::Holdings,
            Self::SellReuse { .. } => Code::SellReuse,
        }
    }

    /// When it may pass by itself, at the earliest; `None` if it never does.
    #[must_use]
    pub const fn retry_at_ms(&self) -> Option<u64> {
        if let Self::IntentTooNew { retry_at_ms, .. } | Self::LeaderFuture { retry_at_ms, .. } =
            self
        {
            return Some(*retry_at_ms);
        }
        if let Self::Rate { retry_at_ms, .. } | Self::ExitRate { retry_at_ms, .. } = self {
            return *retry_at_ms;
        }
        if let Self::Budget(Short { back, .. }) | Self::SellReuse { back, .. } = self
            && let Some(back) = back
        {
            return Some(back.at_ms);
        }
        None
    }

    /// Whether someone should look now: no honest caller gets this answer in
    /// ordinary times.
    #[must_use]
    pub const fn is_alarm(&self) -> bool {
        matches!(self, Self::IntentReused)
    }

    /// Whether a ticket for this very exit would let it pass.
    #[must_use]
    pub const fn ticket_passes(&self) -> bool {
        matches!(
            self,
            Self::Frozen(_)
                | Self::SellGrace { .. }
                | Self::ExitRate { .. }
                | Self::SellFloor { .. }
                | Self::Holdings { .. }
                | Self::SellReuse { .. }
        )
    }
}

impl Budget {
    /// Its row of the catalogue.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Minute => Code::BudgetMinute,
            Self::Hour => Code::BudgetHour,
            Self::Day => Code::BudgetDay,
            Self::Lifetime => Code::BudgetLifetime,
            Self::Listing => Code::BudgetListing,
            Self::Market => Code::BudgetMarket,
            Self::Strategy => Code::BudgetStrategy,
            Self::Leader => Code::BudgetLeader,
        }
    }
}
