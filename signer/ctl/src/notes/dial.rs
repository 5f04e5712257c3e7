//! `note new dial`: a flag for each figure that can be dialled.
//!
//! Invariant: the flags are the fields of [`Dialed`], all of them.

use clap::Args;
use note::{Body, Dial, Dialed, TokenFloor, UtcSeconds};
use order::{CollateralUnits, PriceE4, ShareUnits};

use super::draft::set;
use super::facts::{About, Known};
use super::new::{Numbered, OPERATOR_MINUTES};
use crate::say::Refusal;
use crate::{status, values};

macro_rules! flags {
    ($($(#[$about:meta])* $field:ident: $type:ty = $($short:literal)?, $parse:expr;)*) => {
        #[derive(Args)]
        pub(crate) struct NewDial {
            #[command(flatten)]
            about: About,
            #[command(flatten)]
            numbered: Numbered,
            $($(#[$about])* #[arg(long, $(visible_alias = $short,)? value_parser = $parse)]
            $field: Option<$type>,)*
            /// A token, and the lowest price it is sold at; again for each.
            #[arg(long, value_name = "TOKEN=PRICE", value_parser = values::token_floor)]
            token_floor: Vec<TokenFloor>,
        }

        impl NewDial {
            fn dialed(&self) -> Result<Dialed, Refusal> {
                Ok(Dialed {
                    $($field: self.$field,)*
                    token_floors: set("--token-floor", &self.token_floor)?,
                })
            }
        }
    };
}

flags! {
    /// Most notional of one order, USDC.
    order_usdc_max: CollateralUnits = "order", values::usdc;
    /// Most shares of one order.
    order_shares_max: ShareUnits = "shares", values::shares;
    /// Lowest price of a BUY.
    buy_price_min: PriceE4 = , values::price;
    /// Highest price of a BUY.
    buy_price_max: PriceE4 = , values::price;
    /// Distance from the leader's price, basis points.
    leader_distance_bps: u16 = , clap::value_parser!(u16);
    /// Oldest leader's trade, milliseconds.
    leader_age_ms_max: u32 = , clap::value_parser!(u32);
    /// Charged in a minute, USDC.
    minute_usdc: CollateralUnits = "minute", values::usdc;
    /// Charged in an hour, USDC.
    hour_usdc: CollateralUnits = "hour", values::usdc;
    /// Charged in a day, USDC.
    day_usdc: CollateralUnits = "day", values::usdc;
    /// Charged ever, USDC.
    lifetime_usdc: CollateralUnits = "lifetime", values::usdc;
    /// Charged in a day to each strategy, USDC.
    strategy_day_usdc: CollateralUnits = "strategy-day", values::usdc;
    /// Charged in a day to each market, USDC.
    market_day_usdc: CollateralUnits = "market-day", values::usdc;
    /// Charged in a day to each leader, USDC.
    leader_day_usdc: CollateralUnits = "leader-day", values::usdc;
    /// Orders in a minute, exits left out.
    orders_per_minute: u16 = "rate", clap::value_parser!(u16);
    /// Most notional of one STRATEGY order, USDC.
    strategy_order_usdc_max: CollateralUnits = , values::usdc;
    /// Charged in a day to all STRATEGY orders, USDC.
    strategy_total_day_usdc: CollateralUnits = , values::usdc;
    /// STRATEGY orders in a minute.
    strategy_orders_per_minute: u16 = , clap::value_parser!(u16);
}

impl NewDial {
    pub(crate) fn body(&self, now: UtcSeconds) -> Result<Body, Refusal> {
        let known = Known::new(&self.about, now);
        let dialed = self.dialed()?;
        if dialed == Dialed::NONE {
            return Err(Refusal::new(
                "DRAFT",
                "dial",
                "sets nothing",
                "give at least one figure, such as --day 2000",
            ));
        }
        Ok(Body::Dial(Dial {
            journal: known.journal()?,
            policy: known.number(self.numbered.policy, "--policy", status::POLICY_VERSION)?,
            serial: known.serial(self.numbered.serial, status::DIAL_SERIAL)?,
            window: known.window(OPERATOR_MINUTES)?,
            dialed,
        }))
    }
}
