//! Dial: today's values inside the policy's, by one operator, both ways, at once.
//!
//! A dial names only what it changes; what it leaves out stays as it was. Going
//! back is dialling to the policy's own figure.
//!
//! Invariant: no dial loosens a policy. What is beyond the policy's figure is
//! refused when applied, and dropped when a later policy is narrower.

use alloc::collections::BTreeSet;
use alloc::format;

use order::{CollateralUnits, PriceE4, ShareUnits, U256};

use crate::kind::Window;
use crate::policy::{Policy, Strategy, StrategyCaps};
use crate::spelling::{JournalId, labelled, spelled};
use crate::text::{Field, Item, Reader, Spelling, Writer, canonical, record};
use crate::text_refusal::TextRefusal;

record! {
    /// What an operator sets today.
    pub struct Dial {
        /// The one journal it is for.
        pub journal: JournalId,
        /// The policy version whose operator signs.
        pub policy: u64,
        /// Above the last dial of this policy version.
        pub serial: u64,
        /// When it may be applied.
        pub window: Window,
        /// What it sets.
        pub dialed: Dialed,
    }
}

impl Dial {
    pub(crate) fn check(&self) -> Result<(), TextRefusal> {
        let floors = &self.dialed.token_floors;
        let tokens: BTreeSet<_> = floors.iter().map(|floor| floor.token).collect();
        if tokens.len() != floors.len() {
            return Err(TextRefusal::Rule {
                field: "token_floors",
                rule: "a token may stand once",
            });
        }
        if self.dialed == Dialed::default() {
            return Err(TextRefusal::Rule {
                field: "figures",
                rule: "must set at least one",
            });
        }
        Ok(())
    }
}

/// The lowest price at which one token may be sold without a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenFloor {
    /// The token.
    pub token: U256,
    /// The price.
    pub price: PriceE4,
}

spelled! {
    TokenFloor, "<token> price <price>",
        |text| {
            let (token, [price]) = labelled(text, ["price"])?;
            Some(Self { token: canonical(token)?, price: canonical(price)? })
        },
        |floor| format!("{} price {}", floor.token.spell(), floor.price.spell());
}

impl Item for TokenFloor {
    const NAME: &'static str = "token_floor";
    const MAX: usize = 256;
}

/// Each row: a figure, its type, when a value is inside the policy, and where
/// the value goes in today's copy of the policy.
macro_rules! figures {
    ($(
        $(#[$about:meta])* $field:ident: $type:ty,
        |$p:ident, $v:ident| $within:expr, |$q:ident, $w:ident| $set:expr;
    )*) => {
        /// Values that were dialled; what is `None` stands at the policy's figure.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Dialed {
            $($(#[$about])* pub $field: Option<$type>,)*
            /// Raised floors, each token once.
            pub token_floors: BTreeSet<TokenFloor>,
        }

        impl Field for Dialed {
            fn read(_name: &'static str, reader: &mut Reader<'_>) -> Result<Self, TextRefusal> {
                // The count makes a cut-off text visible even without its signatures.
                let figures: u16 = reader.value("figures")?;
                $(let $field: Option<$type> = reader.optional(stringify!($field))?;)*
                let token_floors = Field::read("token_floors", reader)?;
                let dialed = Self { $($field,)* token_floors };
                if dialed.figures() != figures {
                    return Err(TextRefusal::Rule {
                        field: "figures",
                        rule: "must be the number of figures that follow",
                    });
                }
                Ok(dialed)
            }

            fn write(&self, _name: &'static str, writer: &mut Writer) {
                writer.line("figures", &self.figures().spell());
                $(writer.optional(stringify!($field), self.$field.as_ref());)*
                self.token_floors.write("token_floors", writer);
            }
        }

        impl Dialed {
            /// Nothing dialled.
            pub const NONE: Self = Self { $($field: None,)* token_floors: BTreeSet::new() };

            fn figures(&self) -> u16 {
                [$(self.$field.is_some(),)*]
                    .into_iter()
                    .fold(0, |sum, set| sum.saturating_add(u16::from(set)))
            }

            /// The first figure that lies beyond `policy`'s own.
            #[must_use]
            pub fn beyond(&self, policy: &Policy) -> Option<&'static str> {
                $(
                    let within = |$p: &Policy, $v: $type| -> bool { $within };
                    if self.$field.is_some_and(|value| !within(policy, value)) {
                        return Some(stringify!($field));
                    }
                )*
                let low = |floor: &TokenFloor| floor.price < policy.exits.sell_floor;
                self.token_floors.iter().any(low).then_some("token_floors")
            }

            /// Lays `newer` over these: what it names replaces, the rest stays.
            pub(crate) fn lay(&mut self, newer: &Self) {
                $(self.$field = newer.$field.or(self.$field);)*
                let renewed: BTreeSet<_> =
                    newer.token_floors.iter().map(|floor| floor.token).collect();
                self.token_floors.retain(|floor| !renewed.contains(&floor.token));
                self.token_floors.extend(&newer.token_floors);
            }

            /// Forgets what `policy` no longer allows, and floors that say no
            /// more than its own.
            pub fn retain_within(&mut self, policy: &Policy) {
                $(
                    let within = |$p: &Policy, $v: $type| -> bool { $within };
                    self.$field = self.$field.filter(|value| within(policy, *value));
                )*
                self.token_floors.retain(|floor| floor.price > policy.exits.sell_floor);
            }

            /// The policy with today's values in place of its own; the raised
            /// floors stay here, token by token.
            #[must_use]
            pub fn over(&self, policy: &Policy) -> Policy {
                let mut today = policy.clone();
                $(
                    let set = |$q: &mut Policy, $w: $type| { $set };
                    if let Some(value) = self.$field {
                        set(&mut today, value);
                    }
                )*
                today
            }
        }
    };
}

/// Says whether a value is within an optional ceiling.
fn under<T: PartialOrd>(ceiling: Option<T>, value: &T) -> bool {
    ceiling.is_none_or(|ceiling| *value <= ceiling)
}

/// Says whether the policy takes STRATEGY intents and `within` holds for their caps.
fn capped(policy: &Policy, within: impl Fn(&StrategyCaps) -> bool) -> bool {
    policy.strategy.caps().is_some_and(within)
}

fn cap(policy: &mut Policy, set: impl Fn(&mut StrategyCaps)) {
    if let Strategy::On(caps) = &mut policy.strategy {
        set(caps);
    }
}

figures! {
    /// Most notional of one order, USDC.
    order_usdc_max: CollateralUnits,
        |p, v| v <= p.order.order_usdc_max, |p, v| p.order.order_usdc_max = v;
    /// Most shares of one order.
    order_shares_max: ShareUnits,
        |p, v| v <= p.order.order_shares_max, |p, v| p.order.order_shares_max = v;
    /// Lowest price of a BUY; the policy's is a floor.
    buy_price_min: PriceE4,
        |p, v| v >= p.order.buy_price_min, |p, v| p.order.buy_price_min = v;
    /// Highest price of a BUY.
    buy_price_max: PriceE4,
        |p, v| v <= p.order.buy_price_max, |p, v| p.order.buy_price_max = v;
    /// Distance from the leader's price, basis points.
    leader_distance_bps: u16,
        |p, v| v <= p.order.leader_distance_bps, |p, v| p.order.leader_distance_bps = v;
    /// Oldest leader's trade, milliseconds.
    leader_age_ms_max: u32,
        |p, v| v <= p.order.leader_age_ms_max, |p, v| p.order.leader_age_ms_max = v;
    /// Charged in a minute, USDC.
    minute_usdc: CollateralUnits,
        |p, v| under(p.budgets.minute_usdc, &v), |p, v| p.budgets.minute_usdc = Some(v);
    /// Charged in an hour, USDC.
    hour_usdc: CollateralUnits,
        |p, v| under(p.budgets.hour_usdc, &v), |p, v| p.budgets.hour_usdc = Some(v);
    /// Charged in a day, USDC.
    day_usdc: CollateralUnits,
        |p, v| v <= p.budgets.day_usdc, |p, v| p.budgets.day_usdc = v;
    /// Charged ever, USDC.
    lifetime_usdc: CollateralUnits,
        |p, v| under(p.budgets.lifetime_usdc, &v), |p, v| p.budgets.lifetime_usdc = Some(v);
    /// Charged in a day to each strategy, USDC.
    strategy_day_usdc: CollateralUnits,
        |p, v| under(p.budgets.strategy_day_usdc, &v), |p, v| p.budgets.strategy_day_usdc = Some(v);
    /// Charged in a day to each market, USDC.
    market_day_usdc: CollateralUnits,
        |p, v| under(p.budgets.market_day_usdc, &v), |p, v| p.budgets.market_day_usdc = Some(v);
    /// Charged in a day to each leader, USDC.
    leader_day_usdc: CollateralUnits,
        |p, v| under(p.budgets.leader_day_usdc, &v), |p, v| p.budgets.leader_day_usdc = Some(v);
    /// Orders in a minute, exits left out.
    orders_per_minute: u16,
        |p, v| v <= p.budgets.orders_per_minute, |p, v| p.budgets.orders_per_minute = v;
    /// Most notional of one STRATEGY order, USDC.
    strategy_order_usdc_max: CollateralUnits,
        |p, v| capped(p, |caps| v <= caps.strategy_order_usdc_max),
        |p, v| cap(p, |caps| caps.strategy_order_usdc_max = v);
    /// Charged in a day to all STRATEGY orders, USDC.
    strategy_total_day_usdc: CollateralUnits,
        |p, v| capped(p, |caps| v <= caps.strategy_total_day_usdc),
        |p, v| cap(p, |caps| caps.strategy_total_day_usdc = v);
    /// STRATEGY orders in a minute.
    strategy_orders_per_minute: u16,
        |p, v| capped(p, |caps| v <= caps.strategy_orders_per_minute),
        |p, v| cap(p, |caps| caps.strategy_orders_per_minute = v);
}
