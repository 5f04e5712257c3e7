//! What the orchestrator asks for, once it is only types that cannot be wrong.
//!
//! Invariant: an [`Intent`] exists only after its names and sizes were parsed;
//! no rule below meets text from the network.
//! Invariant: a copy without its leader's trade cannot be written down.

use alloc::vec::Vec;

use order::{Address, B256, CollateralUnits, Exchange, PriceE4, ShareUnits, Side, TickSize, U256};

use crate::intent_id::IntentId;
use crate::label::Label;

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
        out.extend_from_slice(b"countersign/intent/v1\n");
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

impl Observed {
    fn frame(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.leader.as_slice());
        out.extend_from_slice(self.fill.as_slice());
        out.extend_from_slice(&self.price.get().to_be_bytes());
        out.extend_from_slice(&self.size.get().to_be_bytes());
        out.extend_from_slice(&self.traded_ms.to_be_bytes());
        out.extend_from_slice(&self.observed_ms.to_be_bytes());
    }
}
