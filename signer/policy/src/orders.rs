//! Every signed order that may still fill: it never expires, and a cancel at
//! the API proves nothing.
//!
//! Invariant: an order leaves only by a quorum's write-off, which names
//! finalised evidence.
//! Bound: one entry of about 35 bytes for each order signed and not yet
//! written off. It is kept under the first half of its hash: nobody can make
//! two orders that share 128 bits of Keccak, and a row that would is refused.

use alloc::collections::BTreeMap;

use order::{B256, PriceE4, Side};

use crate::price::ratio_price;
use crate::row::Approval;
use crate::shelf::Shelves;

/// What a BUY may still take. Of bytes, so that nothing is spent on alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Buy {
    maker: [u8; 8],
    charge: [u8; 8],
}

/// The signed orders not known filled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Orders {
    open_buys: Shelves<16, Buy>,
    open_sells: Shelves<16, PriceE4>,
    buys: u128,
    charges: u128,
    /// How many SELLs stand at each price.
    sells: BTreeMap<PriceE4, u64>,
}

impl Orders {
    pub(crate) fn contains(&self, hash: B256) -> bool {
        let tag = half(hash);
        self.open_buys.get(&tag).is_some() || self.open_sells.get(&tag).is_some()
    }

    pub(crate) fn add(&mut self, approval: &Approval) {
        let tag = half(approval.order_hash);
        match approval.side {
            Side::Buy => {
                let (maker, charge) = (approval.maker_amount, approval.charge.units().get());
                self.buys = self.buys.saturating_add(u128::from(maker));
                self.charges = self.charges.saturating_add(u128::from(charge));
                let buy = Buy {
                    maker: maker.to_be_bytes(),
                    charge: charge.to_be_bytes(),
                };
                self.open_buys.insert(tag, buy);
            }
            Side::Sell => {
                let price = ratio_price(approval.taker_amount, approval.maker_amount);
                let count = self.sells.entry(price).or_default();
                *count = count.saturating_add(1);
                self.open_sells.insert(tag, price);
            }
        }
    }

    /// Takes away an order that can fill no more; one that is not here, and
    /// one that was written off before, changes nothing.
    pub(crate) fn write_off(&mut self, hash: B256) {
        let tag = half(hash);
        if let Some(buy) = self.open_buys.remove(&tag) {
            let (maker, charge) = (
                u64::from_be_bytes(buy.maker),
                u64::from_be_bytes(buy.charge),
            );
            self.buys = self.buys.saturating_sub(u128::from(maker));
            self.charges = self.charges.saturating_sub(u128::from(charge));
        } else if let Some(price) = self.open_sells.remove(&tag)
            && let Some(count) = self.sells.get_mut(&price)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.sells.remove(&price);
            }
        }
    }

    /// Collateral that signed BUYs may still spend, without fees.
    pub(crate) const fn buys(&self) -> u128 {
        self.buys
    }

    /// The same as it was charged, fees included.
    pub(crate) const fn charges(&self) -> u128 {
        self.charges
    }

    /// The lowest price of a signed SELL.
    pub(crate) fn lowest_sell(&self) -> Option<PriceE4> {
        self.sells.first_key_value().map(|(price, _)| *price)
    }

    pub(crate) fn len(&self) -> usize {
        self.open_buys.len().saturating_add(self.open_sells.len())
    }
}

fn half(hash: B256) -> [u8; 16] {
    hash.0.first_chunk().copied().unwrap_or_default()
}
