//! The figures of a policy: one order, many orders, ways out, silence.
//!
//! Only their names and units; how they may stand together is in `rules`, and
//! what they mean for an intent is the policy room's business.
//!
//! Invariant: every name ends in its unit, and is the same in policy and dial.

use alloc::format;

use order::{CollateralUnits, PriceE4, ShareUnits};

use crate::spelling::{labelled, spelled};
use crate::text::{Item, Spelling, canonical, record};
use crate::time::MinuteOfDay;

record! {
    /// Bounds on one order, tested on its final integers.
    pub struct OrderLimits {
        /// Least notional, USDC without fee; the venue's minimum, never below 1.
        pub order_usdc_min: CollateralUnits,
        /// Most notional, USDC without fee.
        pub order_usdc_max: CollateralUnits,
        /// Most shares.
        pub order_shares_max: ShareUnits,
        /// Lowest price of a BUY.
        pub buy_price_min: PriceE4,
        /// Highest price of a BUY.
        pub buy_price_max: PriceE4,
        /// Lowest price of a SELL that copies a leader.
        pub sell_price_min: PriceE4,
        /// Highest price of a SELL that copies a leader.
        pub sell_price_max: PriceE4,
        /// How much worse than the leader's price, basis points of it; the
        /// larger of this and `leader_distance_ticks` counts.
        pub leader_distance_bps: u16,
        /// The same in ticks, at least 2: below that, one step of the book denies all.
        pub leader_distance_ticks: u16,
        /// Oldest leader's trade, milliseconds.
        pub leader_age_ms_max: u32,
        /// How far a leader's trade may lie in the future, milliseconds.
        pub leader_skew_ms_max: u32,
        /// The most the exchange may take of a fill's cash value, basis points.
        pub fee_ceiling_bps: u16,
    }
}

record! {
    /// Sums of charges over rolling windows, USDC, and a count of orders.
    pub struct Budgets {
        /// In a minute.
        pub minute_usdc: Option<CollateralUnits>,
        /// In an hour.
        pub hour_usdc: Option<CollateralUnits>,
        /// In a day: the one that is never absent.
        pub day_usdc: CollateralUnits,
        /// Ever.
        pub lifetime_usdc: Option<CollateralUnits>,
        /// In a day, for each strategy.
        pub strategy_day_usdc: Option<CollateralUnits>,
        /// In a day, for each market.
        pub market_day_usdc: Option<CollateralUnits>,
        /// In a day, for each leader: a label until watchers attest it.
        pub leader_day_usdc: Option<CollateralUnits>,
        /// Orders in a minute, exits left out.
        pub orders_per_minute: u16,
    }
}

record! {
    /// The ways out.
    pub struct Exits {
        /// EXIT orders in a minute, a rate of their own.
        pub exits_per_minute: u16,
        /// Lowest price of every SELL but an attested COPY and a ticket.
        pub sell_floor: PriceE4,
        /// How often a day may sell what the wallet can hold, so that killed
        /// sells can be tried again.
        pub sell_reuse: u16,
        /// How long sells run on after the policy expired, days.
        pub sell_grace_days: u16,
    }
}

record! {
    /// What silence does, and how long the key stays.
    pub struct Presence {
        /// The longest an `alive` reaches ahead, hours; then buys stop.
        pub dead_man_reduce_hours: u16,
        /// Hours from an `alive` at its longest until the key is gone.
        pub dead_man_lock_hours: u16,
        /// The longest lease, hours.
        pub lease_hours: u16,
        /// The time of day at which a lease ends.
        pub lease_end_utc: MinuteOfDay,
    }
}

/// Smaller ceilings from a day on, counted from the first signed order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stage {
    /// The day it begins, 0 for the first.
    pub from_day: u16,
    /// Most notional of one order.
    pub order_usdc_max: CollateralUnits,
    /// Charged in a rolling day.
    pub day_usdc: CollateralUnits,
}

spelled! {
    Stage, "<from day> order_usdc_max <USDC> day_usdc <USDC>, such as 0 order_usdc_max 1 \
    day_usdc 20",
        |text| {
            let (day, [order, budget]) = labelled(text, ["order_usdc_max", "day_usdc"])?;
            Some(Self {
                from_day: canonical(day)?,
                order_usdc_max: canonical(order)?,
                day_usdc: canonical(budget)?,
            })
        },
        |stage| format!(
            "{} order_usdc_max {} day_usdc {}",
            stage.from_day,
            stage.order_usdc_max.spell(),
            stage.day_usdc.spell(),
        );
}

impl Item for Stage {
    const NAME: &'static str = "stage";
    const MAX: usize = 8;
}
