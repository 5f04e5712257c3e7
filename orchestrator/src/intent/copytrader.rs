//! The line that copytrader's signal generator writes (`TradeIntent`).
//!
//! For: taking its fields, and finishing them with what the market says.
//!
//! Never touches: the venue (its facts are arguments).
//!
//! Invariant: the token is named by its id, or by an outcome's name that the
//! market itself writes just so; it is never guessed: that guess is how copy
//! bots buy the wrong side.
//! Invariant: rounding is towards less: a worse price or more shares than the
//! line says are never asked for.

use order::{Address, B256, PriceE4, ShareUnits, Side, TickSize, U256};
use serde::Deserialize;
use serde_json::Value;

use super::shape::{self, Field, Form};
use super::{Code, Intent, Kind, OrderType, Reject, SOURCE_ID_MAX, token};
use crate::clob::MarketFacts;
use crate::day;

/// The year 5000: what our own columns can hold, with room.
const MOMENT_MS_MAX: u64 = 95_617_584_000_000;
/// Whose intents these are.
pub(super) const STRATEGY: &str = "copytrader";

const FIELDS: [Field; 13] = [
    ("intent_id", Form::Text("test-001"), true),
    ("side", Form::Text("BUY"), true),
    ("timestamp", Form::Text("2026-11-20T13:00:00"), false),
    ("source_trader", Form::Text("0x\u{2026}"), false),
    ("market_id", Form::Text("0x\u{2026}"), false),
    ("outcome", Form::Any, false),
    ("size_usdc", Form::Any, false),
    ("size_tokens", Form::Any, false),
    ("price_limit", Form::Any, false),
    ("token_id", Form::Text("31415926"), false),
    ("metadata", Form::Object, false),
    ("watcher", Form::Text("31415926\u{2026}"), false),
    ("signature", Form::Text("27182818\u{2026}"), false),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    intent_id: String,
    timestamp: Option<String>,
    source_trader: Option<String>,
    market_id: Option<String>,
    // Any value; looked at only where no token is named, see the card.
    outcome: Option<Value>,
    side: String,
    size_usdc: Option<Value>,
    size_tokens: Option<Value>,
    price_limit: Option<Value>,
    token_id: Option<String>,
    #[serde(default)]
    metadata: serde_json::Map<String, Value>,
    // Whose word it is: see `attest`, which reads the line itself.
    #[serde(rename = "watcher")]
    _watcher: Option<String>,
    #[serde(rename = "signature")]
    _signature: Option<String>,
}

/// How much is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// That many shares, base units.
    Shares(u64),
    /// Shares for that much collateral, base units.
    Collateral(u64),
}

/// Which token is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// This one.
    Id(U256),
    /// The one that the line's market calls so: nobody attests it.
    Outcome(String),
}

/// A wanted trade without its market's facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The sender's own name for it.
    pub source_id: String,
    /// Outcome token.
    pub token: Token,
    /// Condition id, if the line has a real one; with an outcome's name it has.
    pub market: Option<B256>,
    /// BUY or SELL.
    pub side: Side,
    /// The worst price to accept, millionths, if the line has one.
    pub limit_e6: Option<u64>,
    /// How much.
    pub size: Size,
    /// Whose trade is copied, if the line has an address.
    pub leader: Option<Address>,
    /// When, unix milliseconds.
    pub leader_time_ms: Option<u64>,
    /// Collateral and shares of the line, where it has both.
    pub leader_units: Option<(u64, u64)>,
    /// The line's own price, millionths: not what it saw on the book.
    pub price_e6: Option<u64>,
    /// Shares of the token that the leader held before the trade.
    pub leader_before_units: Option<u64>,
    /// The transaction that settled the trade, if the line names it.
    pub transaction: Option<B256>,
}

fn bad(sentence: String) -> Reject {
    Reject::new(Code::BadLine, sentence)
}

pub(super) fn read(value: Value) -> Result<Draft, Reject> {
    shape::check(&value, &FIELDS).map_err(bad)?;
    let line: Line = serde_json::from_value(value).map_err(|e| bad(shape::complaint(&e)))?;
    if line.intent_id.is_empty() || line.intent_id.len() > SOURCE_ID_MAX {
        let length = line.intent_id.len();
        return Err(bad(format!(
            "intent_id: {length} bytes long; write 1 to {SOURCE_ID_MAX}"
        )));
    }
    let side = side(&line.side)?;
    let market = line.market_id.as_deref().and_then(|text| text.parse().ok());
    let token = token_of(&line, market)?;
    let time = |text: &String| {
        let ms = day::unix_ms_of(text).filter(|ms| *ms <= MOMENT_MS_MAX);
        let fix = "write 2026-11-20T13:00:00, UTC";
        ms.ok_or_else(|| bad(format!("timestamp: {text:?} is not a time; {fix}")))
    };
    let leader_time_ms = line.timestamp.as_ref().map(time).transpose()?;
    let leader = line.source_trader.as_deref();
    let leader = leader.and_then(|text| text.parse().ok()).ok_or_else(|| {
        let fix = "write the address of whose trade is copied, 0x and 40 hex digits";
        bad(format!("source_trader: missing, or not an address; {fix}"))
    })?;
    if leader_time_ms.is_none() {
        let fix = "write when the leader traded, 2026-11-20T13:00:00, UTC";
        return Err(bad(format!(
            "timestamp: missing, and a copy needs it; {fix}"
        )));
    }
    let written = |value: &Option<Value>| value.as_ref().and_then(|v| millionths(v, false));
    let transaction = line.metadata.get("source_tx_hash").and_then(Value::as_str);
    let before = line.metadata.get("trader_position_size");
    Ok(Draft {
        price_e6: written(&line.price_limit),
        leader_before_units: before.and_then(|value| millionths(value, false)),
        token,
        market,
        side,
        limit_e6: limit_e6(&line, side)?,
        size: size(&line)?,
        leader_units: both(&line),
        leader: Some(leader),
        leader_time_ms,
        transaction: transaction.and_then(|hash| hash.parse().ok()),
        source_id: line.intent_id,
    })
}

/// The token's id beside the line or in its metadata; else the outcome's name,
/// which names one only within a market.
fn token_of(line: &Line, market: Option<B256>) -> Result<Token, Reject> {
    let within = || line.metadata.get("token_id").and_then(Value::as_str);
    if let Some(id) = line.token_id.as_deref().or_else(within) {
        return token(id).map(Token::Id).map_err(bad);
    }
    match line.outcome.as_ref().and_then(Value::as_str) {
        Some(name) if market.is_some() && !name.is_empty() => Ok(Token::Outcome(name.to_owned())),
        None | Some(_) => Err(no_token(
            "token_id: missing, and an outcome's name is one only beside its market's condition \
             id; write token_id beside it or in metadata"
                .to_owned(),
        )),
    }
}

fn no_token(sentence: String) -> Reject {
    Reject::new(Code::NoToken, sentence)
}

fn side(text: &str) -> Result<Side, Reject> {
    Side::parse(text).ok_or_else(|| {
        let fix = "write BUY or SELL";
        bad(format!("side: {text:?} is not a side; {fix}"))
    })
}

/// The line's own limit, else the best price it saw on the other side.
fn limit_e6(line: &Line, side: Side) -> Result<Option<u64>, Reject> {
    let seen = match side {
        Side::Buy => "best_ask",
        Side::Sell => "best_bid",
    };
    let (name, value) = match &line.price_limit {
        Some(value) if !value.is_null() => ("price_limit", value),
        None | Some(_) => match line.metadata.get(seen) {
            Some(value) if !value.is_null() => (seen, value),
            None | Some(_) => return Ok(None),
        },
    };
    match millionths(value, side == Side::Sell) {
        Some(e6) if (1..1_000_000).contains(&e6) => Ok(Some(e6)),
        None | Some(_) => Err(bad(format!(
            "{name}: {value} is not a price; write one between 0 and 1"
        ))),
    }
}

fn size(line: &Line) -> Result<Size, Reject> {
    let read = |name: &str, value: &Option<Value>| match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match millionths(value, false) {
            Some(units) if (1..=super::UNITS_MAX).contains(&units) => Ok(Some(units)),
            None | Some(_) => Err(bad(format!(
                "{name}: {value} is not an amount; write one above 0 and at most a billion"
            ))),
        },
    };
    if let Some(units) = read("size_tokens", &line.size_tokens)? {
        return Ok(Size::Shares(units));
    }
    match read("size_usdc", &line.size_usdc)? {
        Some(units) => Ok(Size::Collateral(units)),
        None => Err(bad(
            "size_usdc: missing, and so is size_tokens; write one of them".to_owned(),
        )),
    }
}

fn both(line: &Line) -> Option<(u64, u64)> {
    let collateral = millionths(line.size_usdc.as_ref()?, false)?;
    let shares = millionths(line.size_tokens.as_ref()?, false)?;
    Some((collateral, shares))
}

/// A decimal number or text as millionths, further digits cut, or counted as
/// one more with `up`: its own digits, never arithmetic in binary.
fn millionths(value: &Value, up: bool) -> Option<u64> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    let kept: String = fraction.chars().take(6).collect();
    let mut rest = fraction.chars().skip(6);
    if !rest.clone().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let more = u64::from(up && rest.any(|c| c != '0'));
    let units = order::parse_decimal(&format!("{whole}.{kept}"), 6).ok()?;
    units.checked_add(more)
}

impl Draft {
    /// Its token, where the line names it by its id.
    ///
    /// # Errors
    ///
    /// That the market must name it first.
    pub fn token_id(&self) -> Result<U256, Reject> {
        match &self.token {
            Token::Id(id) => Ok(*id),
            Token::Outcome(name) => Err(no_token(format!(
                "outcome: {name:?} is not yet known as a token; write token_id"
            ))),
        }
    }

    /// Only an outcome's name says which token it is.
    #[must_use]
    pub const fn is_unattested(&self) -> bool {
        matches!(self.token, Token::Outcome(_))
    }

    /// The same of `token`, as its market named it.
    #[must_use]
    pub fn of_token(&self, token: U256) -> Self {
        Self {
            token: Token::Id(token),
            ..self.clone()
        }
    }

    /// Whether it may be of `token` in `market`, as far as the line says.
    #[must_use]
    pub fn may_be_of(&self, token: &Token, market: Option<B256>) -> bool {
        match (&self.token, token) {
            (Token::Id(one), Token::Id(other)) => one == other,
            (Token::Id(_) | Token::Outcome(_), _) => self
                .market
                .zip(market)
                .is_none_or(|(one, other)| one == other),
        }
    }

    /// The whole intent, with what the market says; `best` is the best price on
    /// the other side of its book, used where the line names no limit.
    ///
    /// # Errors
    ///
    /// Why it cannot be one, with a stable code.
    pub fn finish(
        &self,
        facts: &MarketFacts,
        best: Option<PriceE4>,
        order_type: OrderType,
    ) -> Result<Intent, Reject> {
        if self.market.is_some_and(|market| market != facts.market) {
            return Err(Reject::new(
                Code::MarketMismatch,
                format!(
                    "market_id: the token belongs to {}; correct one of them",
                    facts.market
                ),
            ));
        }
        let token_id = self.token_id()?;
        let limit_price = self.limit_on(facts.tick_size, best)?;
        let units = match self.size {
            Size::Shares(units) => Some(units),
            Size::Collateral(units) => u128::from(units)
                .checked_mul(10_000)
                .and_then(|scaled| scaled.checked_div(u128::from(limit_price.get())))
                .and_then(|units| u64::try_from(units).ok()),
        };
        let shares = units
            .and_then(|units| units.checked_sub(units.checked_rem(order::LOT_UNITS)?))
            .filter(|units| *units > 0)
            .ok_or_else(|| {
                let what = "size: not a number of shares that can be ordered at";
                let fix = "ask for at least 0.01 shares";
                Reject::new(Code::TooSmall, format!("{what} {limit_price}; {fix}"))
            })?;
        Ok(Intent {
            strategy: STRATEGY.to_owned(),
            source_id: self.source_id.clone(),
            kind: Kind::Copy,
            market: facts.market,
            token_id,
            side: self.side,
            limit_price,
            shares: ShareUnits::new(shares),
            tick_size: facts.tick_size,
            order_type,
            neg_risk: Some(facts.neg_risk),
            leader: self.leader,
            leader_price: Some(self.leader_price(limit_price)),
            leader_time_ms: self.leader_time_ms,
        })
    }

    /// The mean price of the leader's trade where the line has both its sizes.
    /// Otherwise the line does not say, and the limit stands for it: it is the
    /// sender's word either way, and proves nothing.
    fn leader_price(&self, limit: PriceE4) -> PriceE4 {
        let mean = self.leader_units.and_then(|(collateral, shares)| {
            u128::from(collateral)
                .checked_mul(10_000)?
                .checked_div(u128::from(shares))
                .and_then(|e4| u16::try_from(e4).ok())
                .and_then(PriceE4::new)
        });
        mean.unwrap_or(limit)
    }

    /// The limit on the market's grid, moved to where less is given or more is
    /// received.
    fn limit_on(&self, tick: TickSize, best: Option<PriceE4>) -> Result<PriceE4, Reject> {
        let Some(limit_e6) = self.limit_e6 else {
            return best.ok_or_else(|| {
                let what = "price_limit: missing, and nobody offers the other side";
                Reject::new(Code::NoPrice, format!("{what}; write price_limit"))
            });
        };
        let step = u64::from(tick.e4()).saturating_mul(100);
        let steps = match self.side {
            Side::Buy => limit_e6.checked_div(step),
            Side::Sell => Some(limit_e6.div_ceil(step)),
        };
        steps
            .and_then(|steps| steps.checked_mul(u64::from(tick.e4())))
            .and_then(|e4| u16::try_from(e4).ok())
            .and_then(PriceE4::new)
            .ok_or_else(|| {
                let what = format!("price_limit: no price of tick {tick} is as good");
                Reject::new(Code::OffTick, format!("{what}; write one that is"))
            })
    }
}

#[cfg(test)]
#[path = "copytrader_tests.rs"]
mod tests;
