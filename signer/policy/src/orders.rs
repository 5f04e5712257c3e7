//! Every signed order that may still fill: it never expires, and a cancel at
//! the API proves nothing.
//!
//! Invariant: an order leaves only by a quorum's write-off, which names
//! finalised evidence, or when watchers saw it filled whole.
//! Bound: 26 bytes for each BUY, and 20 for each SELL, signed and not yet
//! written off or seen filled. It is kept under a tag of its hash; a row whose
//! order shares that of another is refused.

use alloc::collections::BTreeMap;

use frame::tags::{Tag, TagKey};
use note::Filled;
use order::{B256, PriceE4, Side, U256};

use crate::charge::with_bps;
use crate::price::{LEAST, ratio_price};
use crate::row::Approval;
use crate::shelf::{Shelves, number};

/// A BUY, and how far watchers saw it filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Buy {
    pub(crate) token: U256,
    pub(crate) maker: u64,
    pub(crate) taker: u64,
    /// Of `maker`.
    pub(crate) spent: u64,
    /// Shares it brought.
    pub(crate) got: u64,
}

impl Buy {
    /// Collateral that it may still spend.
    pub(crate) const fn left(&self) -> u64 {
        self.maker.saturating_sub(self.spent)
    }
}

/// An amount, base units: no order's is above `AMOUNT_UNITS_MAX`, which has 50
/// bits.
type Units = [u8; 7];

/// What is kept of a BUY. Of bytes, so that nothing is spent on alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct KeptBuy {
    /// The token's last bytes: enough to see that a fill is of another.
    token: [u8; 4],
    maker: Units,
    taker: Units,
    /// Of the maker's amount, charged on top of it.
    bps: [u8; 2],
}

/// What is kept of a SELL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct KeptSell {
    token: [u8; 4],
    maker: Units,
    price: PriceE4,
}

/// The signed orders not known filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Orders {
    key: TagKey,
    open_buys: Shelves<KeptBuy>,
    open_sells: Shelves<KeptSell>,
    /// Spent and brought, of the open BUYs that watchers saw filled in part.
    partly: BTreeMap<Tag, (u64, u64)>,
    buys: u128,
    charges: u128,
    /// How many SELLs stand at each price.
    sells: BTreeMap<PriceE4, u64>,
    /// Charged to orders that the journal forgot: any of them may be open.
    lost: u128,
    /// Whether the journal ever forgot any.
    forgot: bool,
}

impl Orders {
    /// Of a journal without rows, whose tags are made with `key`.
    pub(crate) fn new(key: TagKey) -> Self {
        Self {
            key,
            open_buys: Shelves::default(),
            open_sells: Shelves::default(),
            partly: BTreeMap::new(),
            buys: 0,
            charges: 0,
            sells: BTreeMap::new(),
            lost: 0,
            forgot: false,
        }
    }

    pub(crate) fn contains(&self, hash: B256) -> bool {
        let tag = self.tag(hash);
        self.open_buys.get(tag).is_some() || self.open_sells.get(tag).is_some()
    }

    pub(crate) fn add(&mut self, approval: &Approval) {
        let tag = self.tag(approval.order_hash);
        let (token, maker) = (tail(approval.token_id), approval.maker_amount);
        match approval.side {
            Side::Buy => {
                let buy = KeptBuy {
                    token,
                    maker: packed(maker),
                    taker: packed(approval.taker_amount),
                    bps: approval.charge.bps_over(maker).to_be_bytes(),
                };
                self.count(&buy, 0);
                self.open_buys.insert(tag, buy);
            }
            Side::Sell => {
                let price = ratio_price(approval.taker_amount, maker);
                let count = self.sells.entry(price).or_default();
                *count = count.saturating_add(1);
                let kept = KeptSell {
                    token,
                    maker: packed(maker),
                    price,
                };
                self.open_sells.insert(tag, kept);
            }
        }
    }

    /// Takes away an order that can fill no more; one that is not here, and
    /// one that was written off before, changes nothing.
    pub(crate) fn write_off(&mut self, hash: B256) {
        let tag = self.tag(hash);
        if let Some(buy) = self.open_buys.remove(tag) {
            let (spent, _) = self.partly.remove(&tag).unwrap_or_default();
            self.discount(&buy, spent);
        } else if let Some(KeptSell { price, .. }) = self.open_sells.remove(tag)
            && let Some(count) = self.sells.get_mut(&price)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.sells.remove(&price);
            }
        }
    }

    /// Takes what watchers saw of an order, if it is more than they saw before.
    /// Of a BUY it says how it stood and stands; what is filled whole is gone.
    pub(crate) fn filled(&mut self, seen: &Filled) -> Option<(Buy, Buy)> {
        let tag = self.tag(seen.order);
        let (collateral, shares) = (seen.collateral.get(), seen.shares.get());
        if let Some(kept) = self.open_buys.get(tag) {
            let (spent, got) = self.partly.get(&tag).copied().unwrap_or_default();
            if kept.token != tail(seen.token) || collateral <= spent {
                return None;
            }
            let was = Buy {
                token: seen.token,
                maker: units(kept.maker),
                taker: units(kept.taker),
                spent,
                got,
            };
            let now = Buy {
                spent: collateral.min(was.maker),
                got: shares.max(got),
                ..was
            };
            self.discount(&kept, was.spent);
            if now.left() == 0 {
                self.open_buys.remove(tag);
                self.partly.remove(&tag);
            } else {
                self.count(&kept, now.spent);
                self.partly.insert(tag, (now.spent, now.got));
            }
            return Some((was, now));
        }
        let kept = self.open_sells.get(tag)?;
        if kept.token == tail(seen.token) && shares >= units(kept.maker) {
            self.write_off(seen.order);
        }
        None
    }

    /// Takes charges of orders that the journal forgot, and that may be open.
    pub(crate) const fn lose(&mut self, units: u128) {
        self.lost = self.lost.saturating_add(units);
        self.forgot = true;
    }

    fn tag(&self, hash: B256) -> Tag {
        self.key.order(&hash.0)
    }

    fn count(&mut self, buy: &KeptBuy, spent: u64) {
        let (left, charge) = buy.left(spent);
        self.buys = self.buys.saturating_add(left);
        self.charges = self.charges.saturating_add(charge);
    }

    fn discount(&mut self, buy: &KeptBuy, spent: u64) {
        let (left, charge) = buy.left(spent);
        self.buys = self.buys.saturating_sub(left);
        self.charges = self.charges.saturating_sub(charge);
    }

    /// Collateral that signed BUYs may still spend, without fees.
    pub(crate) const fn buys(&self) -> u128 {
        self.buys.saturating_add(self.lost)
    }

    /// The same as it was charged, fees included.
    pub(crate) const fn charges(&self) -> u128 {
        self.charges.saturating_add(self.lost)
    }

    /// The lowest price of a signed SELL; of one that the journal forgot, the
    /// least there is.
    pub(crate) fn lowest_sell(&self) -> Option<PriceE4> {
        if self.forgot {
            return Some(LEAST);
        }
        self.sells.first_key_value().map(|(price, _)| *price)
    }

    pub(crate) fn len(&self) -> usize {
        self.open_buys.len().saturating_add(self.open_sells.len())
    }
}

impl KeptBuy {
    /// Collateral that it may still spend when `spent` is gone; and of what it
    /// was charged, that part, rounded up.
    fn left(&self, spent: u64) -> (u128, u128) {
        let maker = units(self.maker);
        let left = u128::from(maker.saturating_sub(spent));
        let charge = with_bps(maker, u16::from_be_bytes(self.bps)).saturating_mul(left);
        (left, charge.div_ceil(u128::from(maker.max(1))))
    }
}

fn packed(units: u64) -> Units {
    let [_, kept @ ..] = units.to_be_bytes();
    kept
}

fn units(kept: Units) -> u64 {
    number(&kept)
}

fn tail(token: U256) -> [u8; 4] {
    let bytes = token.to_be_bytes::<32>();
    bytes.last_chunk().copied().unwrap_or_default()
}
