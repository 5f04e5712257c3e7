//! Intents: what somebody wants traded, understood.
//!
//! For: one type for a wanted trade, whichever line it came from.
//!
//! Never touches: the venue, the store, a clock.
//!
//! Invariant: a line is understood whole or refused whole; no field has a
//! default that could turn one trade into another.

pub mod attest;
mod copytrader;
mod line;
mod reject;
mod shape;
pub mod twin;

use order::{Address, B256, PriceE4, ShareUnits, Side, TickSize, U256};
use serde::Deserialize;

pub use copytrader::{Draft, Size, Token};
pub use line::VERSION;
pub use reject::{Code, Reject};

/// The longest name a sender may give an intent, in bytes.
pub const SOURCE_ID_MAX: usize = 128;
/// The longest line that is read, in bytes.
pub const LINE_BYTES_MAX: usize = 64 * 1024;
/// The most of anything that a line may ask for, base units: a billion.
const UNITS_MAX: u64 = 1_000_000_000_000_000;
/// The longest name of a strategy, in bytes.
const STRATEGY_MAX: usize = 32;

/// Whose trade it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A leader's trade, copied.
    Copy,
    /// A sell of what we hold.
    Exit,
}

impl Kind {
    /// Its name in lines and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Exit => "exit",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::Copy, Self::Exit]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// How the venue is to treat the order. Not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum OrderType {
    /// All or nothing, now.
    Fok,
    /// What there is, now.
    Fak,
}

impl OrderType {
    /// Its name in lines, at the venue and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fok => "FOK",
            Self::Fak => "FAK",
        }
    }

    /// The type of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::Fok, Self::Fak]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// One intent, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// On whose behalf; names are the sender's own within it.
    pub strategy: String,
    /// The sender's own name for it: the same name is the same intent.
    pub source_id: String,
    /// Whose trade it is.
    pub kind: Kind,
    /// Condition id.
    pub market: B256,
    /// Outcome token.
    pub token_id: U256,
    /// BUY or SELL.
    pub side: Side,
    /// The worst price to accept.
    pub limit_price: PriceE4,
    /// How many shares.
    pub shares: ShareUnits,
    /// The market's price step.
    pub tick_size: TickSize,
    /// How the venue is to treat it.
    pub order_type: OrderType,
    /// Whether it goes to the neg-risk exchange, where that is known.
    pub neg_risk: Option<bool>,
    /// Whose trade is copied.
    pub leader: Option<Address>,
    /// At what price the leader traded.
    pub leader_price: Option<PriceE4>,
    /// When the leader traded, unix milliseconds.
    pub leader_time_ms: Option<u64>,
}

impl Intent {
    /// Understands one line of our own format.
    ///
    /// # Errors
    ///
    /// A sentence that names the field, its problem and the fix.
    pub fn parse(line: &str) -> Result<Self, String> {
        line::parse(line)
    }

    /// Most collateral that can leave, or be received, without fee.
    #[must_use]
    pub fn notional_units(&self) -> Option<u64> {
        u128::from(self.shares.get())
            .checked_mul(u128::from(self.limit_price.get()))?
            .checked_div(10_000)
            .and_then(|units| u64::try_from(units).ok())
    }
}

/// A line that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// It says everything.
    Whole(Box<Intent>),
    /// The market must say the rest.
    Draft(Box<Draft>),
}

impl Parsed {
    /// Understands a line, ours or a copytrader's: the latter has `intent_id`.
    ///
    /// # Errors
    ///
    /// Why not, with a stable code. The sender's name for it is not used up:
    /// a corrected line may use it again.
    pub fn read(text: &str) -> Result<Self, Reject> {
        if text.len() > LINE_BYTES_MAX {
            return Err(Reject::new(
                Code::LineTooLong,
                format!("line: {} bytes; write at most {LINE_BYTES_MAX}", text.len()),
            ));
        }
        let value = shape::object(text).map_err(|said| Reject::new(Code::BadLine, said))?;
        if value.get("intent_id").is_some() && value.get("v").is_none() {
            return copytrader::read(value).map(|draft| Self::Draft(Box::new(draft)));
        }
        line::parse(text)
            .map(|intent| Self::Whole(Box::new(intent)))
            .map_err(|sentence| Reject::new(Code::BadLine, sentence))
    }

    /// On whose behalf.
    #[must_use]
    pub fn strategy(&self) -> &str {
        match self {
            Self::Whole(intent) => &intent.strategy,
            Self::Draft(_) => copytrader::STRATEGY,
        }
    }

    /// The sender's own name for it.
    #[must_use]
    pub fn source_id(&self) -> &str {
        match self {
            Self::Whole(intent) => &intent.source_id,
            Self::Draft(draft) => &draft.source_id,
        }
    }
}

/// Whether two lines ask for the same: spaces, the order of fields, and how a
/// number is written make no difference.
#[must_use]
pub fn is_same(first: &str, second: &str) -> bool {
    if first == second {
        return true;
    }
    match (Parsed::read(first), Parsed::read(second)) {
        (Ok(first), Ok(second)) => first == second,
        // What older rules let in is compared as it is written.
        (Err(_), _) | (_, Err(_)) => matches!(
            (shape::object(first), shape::object(second)),
            (Ok(first), Ok(second)) if first == second
        ),
    }
}

/// The sender's own name in a line that is no intent, where it can be read.
#[must_use]
pub fn named_in(text: &str) -> Option<String> {
    let value = shape::object(text).ok()?;
    let id = value.get("id").or_else(|| value.get("intent_id"))?;
    let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    Some(id.chars().take(SOURCE_ID_MAX).collect())
}

/// Whether `text` may name a strategy.
#[must_use]
pub fn is_strategy(text: &str) -> bool {
    (1..=STRATEGY_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Token ids are decimal text, as the venue writes them.
fn token(text: &str) -> Result<U256, String> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!(
            "token: {text:?} is not decimal; write the token id's digits"
        ));
    }
    U256::from_str_radix(text, 10)
        .map_err(|_ignored| format!("token: {text:?} is above 2^256; write the token id's digits"))
}
