//! What the orchestrator asks for, once it is only types that cannot be wrong.
//!
//! Invariant: an [`Intent`] exists only after [`IntentId`] and the sizes were
//! parsed; no rule below meets text from the network.

use alloc::vec::Vec;
use core::fmt;
use core::str;

use order::{B256, CollateralUnits, PriceE4, ShareUnits, Side, TickSize, U256};

/// Who is behind an intent, and so which rules apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A leader's trade, copied.
    Copy,
    /// A sell of what the wallet holds.
    Exit,
}

/// How much: the side of the trade that the caller fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Outcome shares, a whole number of lots.
    Shares(ShareUnits),
    /// Collateral to spend; a BUY only.
    Collateral(CollateralUnits),
}

/// An intent's name: its UTC day, a dash, then at most 55 of `[a-z0-9-]`.
///
/// The day is what lets the replay set be pruned, so it is part of the name
/// and not a field beside it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IntentId {
    len: u8,
    bytes: [u8; Self::LEN_MAX],
}

impl IntentId {
    /// The longest name, in bytes.
    pub const LEN_MAX: usize = 64;
    const DAY_LEN: usize = 8;

    /// Parses a name such as `20261120-3f9a`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let raw = text.as_bytes();
        let len = u8::try_from(raw.len()).ok()?;
        let (day, rest) = raw.split_at_checked(Self::DAY_LEN)?;
        let (dash, name) = rest.split_first()?;
        let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-';
        if !day.iter().all(u8::is_ascii_digit)
            || *dash != b'-'
            || name.is_empty()
            || !name.iter().all(plain)
        {
            return None;
        }
        let mut bytes = [0; Self::LEN_MAX];
        bytes.get_mut(..raw.len())?.copy_from_slice(raw);
        Some(Self { len, bytes })
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII passed `parse`, so neither step can fail.
        self.bytes
            .get(..usize::from(self.len))
            .and_then(|b| str::from_utf8(b).ok())
            .unwrap_or("")
    }
}

impl fmt::Debug for IntentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for IntentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// SHA-256 of [`Intent::frame`]: two requests are the same exactly when their
/// fingerprints are.
pub type Fingerprint = [u8; 32];

/// One request for one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Which rules apply.
    pub kind: Kind,
    /// The intent's name, unique for ever.
    pub id: IntentId,
    /// 0 is the first try; each number is one order and one charge.
    pub attempt: u16,
    /// Condition id.
    pub market: B256,
    /// Outcome token, or V3 position id.
    pub token_id: U256,
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
}

impl Intent {
    /// The intent's fixed encoding, the same for the same content on every
    /// machine: a label, then every field at a fixed width.
    #[must_use]
    pub fn frame(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        out.extend_from_slice(b"countersign/intent/v1\n");
        out.push(match self.kind {
            Kind::Copy => 1,
            Kind::Exit => 2,
        });
        out.push(self.id.len);
        out.extend_from_slice(&self.id.bytes);
        out.extend_from_slice(&self.attempt.to_be_bytes());
        out.extend_from_slice(self.market.as_slice());
        out.extend_from_slice(&self.token_id.to_be_bytes::<32>());
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
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn an_id_begins_with_its_day() {
        for good in ["20261120-a", "20261120-3f9a-7"] {
            assert_eq!(IntentId::parse(good).unwrap().as_str(), good);
        }
        let longest = format!("20261120-{}", "a".repeat(55));
        assert!(IntentId::parse(&longest).is_some());
        for bad in [
            "",
            "20261120",
            "20261120-",
            "2026112-aa",
            "20261120_a",
            "20261120-A",
            "20261120-é",
        ] {
            assert_eq!(IntentId::parse(bad), None, "{bad}");
        }
        assert_eq!(IntentId::parse(&format!("{longest}a")), None);
    }
}
