//! What decided an intent, as text and back.
//!
//! Invariant: what is read back is what was written, field by field, or an
//! error: a decision is made again on nothing but its own facts.

mod book;

use order::{CollateralUnits, PriceE4, ShareUnits, Side, TickSize};
use plan::fee::{FeeCurve, Rate};
use plan::{
    Account, Book, Bps, Market, Markets, OnCap, OrderType, Percent, ProtocolVersion, Signal,
    Sizing, Strategy, Tiers, UnknownExit,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use book::{AccountText, BookText};

/// Why facts cannot be read back.
pub(super) type Unread = String;

/// All that decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The strategy's settings.
    pub strategy: Strategy,
    /// The leader's trade.
    pub signal: Signal,
    /// The market.
    pub market: Market,
    /// The book.
    pub book: Book,
    /// What we have.
    pub account: Account,
}

/// Facts as values.
pub(super) struct Values {
    pub(super) strategy: Value,
    pub(super) signal: Value,
    pub(super) market: Value,
    pub(super) book: Value,
    pub(super) account: Value,
}

impl Facts {
    pub(super) fn write(&self) -> Result<Values, serde_json::Error> {
        Ok(Values {
            strategy: serde_json::to_value(StrategyText::of(&self.strategy))?,
            signal: serde_json::to_value(SignalText::of(&self.signal))?,
            market: serde_json::to_value(MarketText::of(&self.market))?,
            book: serde_json::to_value(BookText::of(&self.book))?,
            account: serde_json::to_value(AccountText::of(&self.account))?,
        })
    }

    pub(super) fn read(values: Values) -> Result<Self, Unread> {
        Ok(Self {
            strategy: text::<StrategyText>("strategy", values.strategy)?.read()?,
            signal: text::<SignalText>("signal", values.signal)?.read()?,
            market: text::<MarketText>("market", values.market)?.read()?,
            book: text::<BookText>("book", values.book)?.read()?,
            account: text::<AccountText>("account", values.account)?.read(),
        })
    }
}

fn text<T: for<'de> Deserialize<'de>>(name: &str, value: Value) -> Result<T, Unread> {
    serde_json::from_value(value).map_err(|e| {
        let e = e.to_string();
        if !e.starts_with("missing field") {
            return format!("{name}: {e}");
        }
        // What an older edition decided without is not made up: it would be
        // another decision.
        format!(
            "{name}: {e}: it was written by an older edition, whose facts had no such field; \
             replay it with the edition that wrote it (audit verify --file still holds)"
        )
    })
}

/// A value from its own text.
fn parsed<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, Unread> {
    text.parse()
        .map_err(|_ignored| format!("{name}: {text:?} is none"))
}

fn all<T: std::str::FromStr>(name: &str, texts: &[String]) -> Result<Vec<T>, Unread> {
    texts.iter().map(|text| parsed(name, text)).collect()
}

fn texts<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn price(name: &str, e4: u16) -> Result<PriceE4, Unread> {
    PriceE4::new(e4).ok_or_else(|| format!("{name}: {e4} is no price"))
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum SizingText {
    Fixed(u64),
    Percentage(u64),
    Tiered(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OnCapText {
    Clamp,
    Reject,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum UnknownExitText {
    Hold,
    Full,
    Alert,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MarketsText {
    conditions: Vec<String>,
    tokens: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StrategyText {
    leaders: Vec<String>,
    watch_only: Vec<String>,
    /// None: all of them.
    markets: Option<MarketsText>,
    sizing: SizingText,
    intent_usdc_max: u64,
    intent_usdc_min: u64,
    leader_usdc_min: u64,
    on_cap: OnCapText,
    age_ms_max: u64,
    seen_age_ms_max: u64,
    exit_age_ms_max: u64,
    slippage_max_bps: u32,
    movement_max_bps: u32,
    impact_max_bps: u32,
    impact_warn_bps: u32,
    spread_max_e4: Option<u16>,
    depth_usdc_min: u64,
    book_share_max_bps: u32,
    price_min_e4: u16,
    price_max_e4: u16,
    end_ms_min: u64,
    book_age_ms_max: u64,
    unknown_exit: UnknownExitText,
    order_type: String,
    day_usdc_max: Option<u64>,
}

impl StrategyText {
    fn of(strategy: &Strategy) -> Self {
        Self {
            leaders: texts(&strategy.leaders),
            watch_only: texts(&strategy.watch_only),
            markets: match &strategy.markets {
                Markets::All => None,
                Markets::Only { conditions, tokens } => Some(MarketsText {
                    conditions: texts(conditions),
                    tokens: texts(tokens),
                }),
            },
            sizing: match &strategy.sizing {
                Sizing::Fixed(units) => SizingText::Fixed(units.get()),
                Sizing::Percentage(percent) => SizingText::Percentage(percent.0),
                Sizing::Tiered(tiers) => SizingText::Tiered(tiers.to_string()),
            },
            intent_usdc_max: strategy.intent_usdc_max.get(),
            intent_usdc_min: strategy.intent_usdc_min.get(),
            leader_usdc_min: strategy.leader_usdc_min.get(),
            on_cap: match strategy.on_cap {
                OnCap::Clamp => OnCapText::Clamp,
                OnCap::Reject => OnCapText::Reject,
            },
            age_ms_max: strategy.age_ms_max,
            seen_age_ms_max: strategy.seen_age_ms_max,
            exit_age_ms_max: strategy.exit_age_ms_max,
            slippage_max_bps: strategy.slippage_max.0,
            movement_max_bps: strategy.movement_max.0,
            impact_max_bps: strategy.impact_max.0,
            impact_warn_bps: strategy.impact_warn.0,
            spread_max_e4: strategy.spread_max.map(PriceE4::get),
            depth_usdc_min: strategy.depth_usdc_min.get(),
            book_share_max_bps: strategy.book_share_max.0,
            price_min_e4: strategy.price_min.get(),
            price_max_e4: strategy.price_max.get(),
            end_ms_min: strategy.end_ms_min,
            book_age_ms_max: strategy.book_age_ms_max,
            unknown_exit: match strategy.unknown_exit {
                UnknownExit::Hold => UnknownExitText::Hold,
                UnknownExit::Full => UnknownExitText::Full,
                UnknownExit::Alert => UnknownExitText::Alert,
            },
            order_type: order_type_name(strategy.order_type).to_owned(),
            day_usdc_max: strategy.day_usdc_max.map(CollateralUnits::get),
        }
    }

    fn read(self) -> Result<Strategy, Unread> {
        Ok(Strategy {
            leaders: all("leader", &self.leaders)?,
            watch_only: all("leader", &self.watch_only)?,
            markets: match self.markets {
                None => Markets::All,
                Some(only) => Markets::Only {
                    conditions: all("condition", &only.conditions)?,
                    tokens: all("token", &only.tokens)?,
                },
            },
            sizing: match self.sizing {
                SizingText::Fixed(units) => Sizing::Fixed(CollateralUnits::new(units)),
                SizingText::Percentage(percent) => Sizing::Percentage(Percent(percent)),
                SizingText::Tiered(text) => {
                    Sizing::Tiered(Tiers::parse(&text).map_err(|e| format!("tiers: {e}"))?)
                }
            },
            intent_usdc_max: CollateralUnits::new(self.intent_usdc_max),
            intent_usdc_min: CollateralUnits::new(self.intent_usdc_min),
            leader_usdc_min: CollateralUnits::new(self.leader_usdc_min),
            on_cap: match self.on_cap {
                OnCapText::Clamp => OnCap::Clamp,
                OnCapText::Reject => OnCap::Reject,
            },
            age_ms_max: self.age_ms_max,
            seen_age_ms_max: self.seen_age_ms_max,
            exit_age_ms_max: self.exit_age_ms_max,
            slippage_max: Bps(self.slippage_max_bps),
            movement_max: Bps(self.movement_max_bps),
            impact_max: Bps(self.impact_max_bps),
            impact_warn: Bps(self.impact_warn_bps),
            spread_max: self
                .spread_max_e4
                .map(|e4| price("spread", e4))
                .transpose()?,
            depth_usdc_min: CollateralUnits::new(self.depth_usdc_min),
            book_share_max: Bps(self.book_share_max_bps),
            price_min: price("price", self.price_min_e4)?,
            price_max: price("price", self.price_max_e4)?,
            end_ms_min: self.end_ms_min,
            book_age_ms_max: self.book_age_ms_max,
            unknown_exit: match self.unknown_exit {
                UnknownExitText::Hold => UnknownExit::Hold,
                UnknownExitText::Full => UnknownExit::Full,
                UnknownExitText::Alert => UnknownExit::Alert,
            },
            order_type: [OrderType::Fok, OrderType::Fak]
                .into_iter()
                .find(|kind| order_type_name(*kind) == self.order_type)
                .ok_or_else(|| format!("order type: {:?} is none", self.order_type))?,
            day_usdc_max: self.day_usdc_max.map(CollateralUnits::new),
        })
    }
}

/// An order type as the venue names it.
pub(super) const fn order_type_name(kind: OrderType) -> &'static str {
    match kind {
        OrderType::Fok => "FOK",
        OrderType::Fak => "FAK",
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignalText {
    leader: String,
    condition: Option<String>,
    token: String,
    side: String,
    shares_units: u64,
    collateral_units: u64,
    price_e6: u64,
    time_ms: u64,
    seen_ms: u64,
    leader_before_units: Option<u64>,
}

impl SignalText {
    fn of(signal: &Signal) -> Self {
        Self {
            leader: signal.leader.to_string(),
            condition: signal.condition.map(|id| id.to_string()),
            token: signal.token.to_string(),
            side: signal.side.as_str().to_owned(),
            shares_units: signal.shares_units,
            collateral_units: signal.collateral_units,
            price_e6: signal.price_e6,
            time_ms: signal.time_ms,
            seen_ms: signal.seen_ms,
            leader_before_units: signal.leader_before_units,
        }
    }

    fn read(self) -> Result<Signal, Unread> {
        Ok(Signal {
            leader: parsed("leader", &self.leader)?,
            condition: self
                .condition
                .map(|id| parsed("condition", &id))
                .transpose()?,
            token: parsed("token", &self.token)?,
            side: Side::parse(&self.side)
                .ok_or_else(|| format!("side: {:?} is none", self.side))?,
            shares_units: self.shares_units,
            collateral_units: self.collateral_units,
            price_e6: self.price_e6,
            time_ms: self.time_ms,
            seen_ms: self.seen_ms,
            leader_before_units: self.leader_before_units,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MarketText {
    condition: String,
    tick_e4: u16,
    order_shares_min: u64,
    neg_risk: bool,
    version: u8,
    accepting: bool,
    end_ms: Option<u64>,
    fee_rate: String,
    fee_exponent: u8,
}

impl MarketText {
    fn of(market: &Market) -> Self {
        Self {
            condition: market.condition.to_string(),
            tick_e4: market.tick.e4(),
            order_shares_min: market.order_shares_min.get(),
            neg_risk: market.neg_risk,
            version: match market.version {
                ProtocolVersion::V2 => 2,
                ProtocolVersion::V3 => 3,
            },
            accepting: market.accepting,
            end_ms: market.end_ms,
            fee_rate: market.fee.rate.to_string(),
            fee_exponent: market.fee.exponent,
        }
    }

    fn read(self) -> Result<Market, Unread> {
        Ok(Market {
            condition: parsed("condition", &self.condition)?,
            tick: TickSize::from_e4(self.tick_e4)
                .ok_or_else(|| format!("tick: {} is none", self.tick_e4))?,
            order_shares_min: ShareUnits::new(self.order_shares_min),
            neg_risk: self.neg_risk,
            version: match self.version {
                2 => ProtocolVersion::V2,
                3 => ProtocolVersion::V3,
                other => return Err(format!("version: {other} is none")),
            },
            accepting: self.accepting,
            end_ms: self.end_ms,
            fee: FeeCurve {
                rate: Rate::parse(&self.fee_rate).map_err(|e| format!("fee: {e}"))?,
                exponent: self.fee_exponent,
            },
        })
    }
}
