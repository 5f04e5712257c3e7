//! What the orchestrator asks for, once it is only types that cannot be wrong.
//!
//! Invariant: an [`Intent`] exists only after its names and sizes were parsed;
//! no rule below meets text from the network.
//! Invariant: a copy without its leader's trade cannot be written down.

use alloc::vec::Vec;

use order::strict::AMOUNT_UNITS_MAX;
use order::{Address, B256, CollateralUnits, Exchange, PriceE4, ShareUnits, Side, TickSize, U256};

use crate::intent_id::IntentId;
use crate::label::Label;
use crate::read::Reader;

/// The latest moment there is: the year 2286, within what a row can hold.
pub const MOMENT_MS_MAX: u64 = 9_999_999_999_999;
/// What every frame of an intent begins with.
const NAME: &[u8] = b"countersign/intent/v1\n";

/// Who is behind an intent, and so which rules apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A leader's trade, copied.
    Copy(Observed),
    /// A sell of what the wallet holds.
    Exit,
    /// Another bot's order.
    Strategy,
}

impl Kind {
    /// The word the journal and people use.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Copy(_) => "COPY",
            Self::Exit => "EXIT",
            Self::Strategy => "STRATEGY",
        }
    }

    /// Whose trade is copied, if one is.
    #[must_use]
    pub const fn leader(&self) -> Option<Address> {
        match self {
            Self::Copy(observed) => Some(observed.leader),
            Self::Exit | Self::Strategy => None,
        }
    }
}

/// The leader's trade, as the caller says it was. Without attestations this is
/// a word: it is checked, and never lowers a loss figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The trader.
    pub leader: Address,
    /// The caller's name for the fill: a hash over chain, transaction and log.
    pub fill: B256,
    /// At what price.
    pub price: PriceE4,
    /// How many shares.
    pub size: ShareUnits,
    /// When it was matched, Unix milliseconds.
    pub traded_ms: u64,
    /// When the caller first saw it, Unix milliseconds.
    pub observed_ms: u64,
}

/// How much: the side of the trade that the caller fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Outcome shares, a whole number of lots.
    Shares(ShareUnits),
    /// Collateral to spend; a BUY only.
    Collateral(CollateralUnits),
}

/// SHA-256 of [`Intent::frame`]: two requests are the same exactly when their
/// fingerprints are.
pub type Fingerprint = [u8; 32];

/// One request for one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Which rules apply, and the leader's trade if it is a copy.
    pub kind: Kind,
    /// The intent's name, unique for ever.
    pub id: IntentId,
    /// 0 is the first try; each number is one order and one charge.
    pub attempt: u16,
    /// Condition id.
    pub market: B256,
    /// Outcome token, or V3 position id.
    pub token_id: U256,
    /// The exchange contract that the market trades on; the policy, the
    /// token's bits and the journal decide whether that can be.
    pub exchange: Exchange,
    /// BUY or SELL.
    pub side: Side,
    /// The worst price the caller accepts.
    pub limit_price: PriceE4,
    /// How much.
    pub size: Size,
    /// The market's smallest price step.
    pub tick_size: TickSize,
    /// Unix milliseconds after which it must not be signed.
    pub deadline_ms: u64,
    /// Whose budget it is, beside the overall one.
    pub strategy: Label,
}

impl Intent {
    /// The intent's fixed encoding, the same for the same content on every
    /// machine: a label, then every field at a fixed width. The kind's byte
    /// says whether the leader's trade follows at the end.
    #[must_use]
    pub fn frame(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(352);
        out.extend_from_slice(NAME);
        out.push(match self.kind {
            Kind::Copy(_) => 1,
            Kind::Exit => 2,
            Kind::Strategy => 3,
        });
        let (len, id) = self.id.fixed();
        out.push(len);
        out.extend_from_slice(id);
        out.extend_from_slice(&self.attempt.to_be_bytes());
        out.extend_from_slice(self.market.as_slice());
        out.extend_from_slice(&self.token_id.to_be_bytes::<32>());
        out.push(match self.exchange {
            Exchange::V2Standard => 1,
            Exchange::V2NegRisk => 2,
            Exchange::V3 => 3,
        });
        out.push(match self.side {
            Side::Buy => 1,
            Side::Sell => 2,
        });
        out.extend_from_slice(&self.limit_price.get().to_be_bytes());
        let (tag, units) = match self.size {
            Size::Shares(shares) => (1, shares.get()),
            Size::Collateral(collateral) => (2, collateral.get()),
        };
        out.push(tag);
        out.extend_from_slice(&units.to_be_bytes());
        out.extend_from_slice(&self.tick_size.e4().to_be_bytes());
        out.extend_from_slice(&self.deadline_ms.to_be_bytes());
        let (len, label) = self.strategy.fixed();
        out.push(len);
        out.extend_from_slice(label);
        if let Kind::Copy(observed) = self.kind {
            observed.frame(&mut out);
        }
        out
    }
}

impl Intent {
    /// The intent with these very bytes as its frame, if it is one that a door
    /// would have let in: every number within its bounds, nothing beside it.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut frame = Reader::new(bytes);
        if frame.take(NAME.len())? != NAME {
            return None;
        }
        let kind = frame.u8()?;
        let intent = Self {
            // A copy's own trade stands at the end.
            kind: if kind == 3 {
                Kind::Strategy
            } else {
                Kind::Exit
            },
            id: short::<{ IntentId::LEN_MAX }, _>(&mut frame, IntentId::parse)?,
            attempt: frame.u16()?,
            market: B256::from(frame.fixed::<32>()?),
            token_id: U256::from_be_bytes(frame.fixed::<32>()?),
            exchange: match frame.u8()? {
                1 => Exchange::V2Standard,
                2 => Exchange::V2NegRisk,
                3 => Exchange::V3,
                _ => return None,
            },
            side: match frame.u8()? {
                1 => Side::Buy,
                2 => Side::Sell,
                _ => return None,
            },
            limit_price: PriceE4::new(frame.u16()?)?,
            size: match (frame.u8()?, amount(&mut frame)?) {
                (1, units) => Size::Shares(ShareUnits::new(units)),
                (2, units) => Size::Collateral(CollateralUnits::new(units)),
                _ => return None,
            },
            tick_size: TickSize::from_e4(frame.u16()?)?,
            deadline_ms: moment(&mut frame)?,
            strategy: short::<{ Label::LEN_MAX }, _>(&mut frame, Label::parse)?,
        };
        let kind = match kind {
            1 => Kind::Copy(Observed::parse(&mut frame)?),
            2 | 3 => intent.kind,
            _ => return None,
        };
        let intent = frame.end(Self { kind, ..intent })?;
        // One spelling: what stands behind a short name is zeros, for one.
        (intent.frame() == bytes).then_some(intent)
    }
}

/// A name in its fixed width.
fn short<const N: usize, T>(frame: &mut Reader<'_>, of: impl Fn(&str) -> Option<T>) -> Option<T> {
    let length = usize::from(frame.u8()?);
    let bytes = frame.take(N)?.get(..length)?;
    of(core::str::from_utf8(bytes).ok()?)
}

/// No order has more, and no row can hold a number without bounds.
fn amount(frame: &mut Reader<'_>) -> Option<u64> {
    frame
        .u64()
        .filter(|units| (1..=AMOUNT_UNITS_MAX).contains(units))
}

fn moment(frame: &mut Reader<'_>) -> Option<u64> {
    frame.u64().filter(|ms| *ms <= MOMENT_MS_MAX)
}

impl Observed {
    fn parse(frame: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            leader: Address::from(frame.fixed::<20>()?),
            fill: B256::from(frame.fixed::<32>()?),
            price: PriceE4::new(frame.u16()?)?,
            size: ShareUnits::new(amount(frame)?),
            traded_ms: moment(frame)?,
            observed_ms: moment(frame)?,
        })
    }

    fn frame(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.leader.as_slice());
        out.extend_from_slice(self.fill.as_slice());
        out.extend_from_slice(&self.price.get().to_be_bytes());
        out.extend_from_slice(&self.size.get().to_be_bytes());
        out.extend_from_slice(&self.traded_ms.to_be_bytes());
        out.extend_from_slice(&self.observed_ms.to_be_bytes());
    }
}
