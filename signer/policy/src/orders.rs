//! Every signed order that may still fill: it never expires, and a cancel at
//! the API proves nothing.
//!
//! Invariant: an order leaves only by a quorum's write-off, which names
//! finalised evidence.
//! Bound: one entry of about 90 bytes for each order signed and not yet
//! written off.

use alloc::collections::BTreeMap;

use order::{B256, PriceE4, Side};

use crate::price::ratio_price;
use crate::row::Approval;

/// What an order may still do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Buy { maker: u64, charge: u64 },
    Sell { price: PriceE4 },
}

/// The signed orders not known filled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Orders {
    open: BTreeMap<B256, Open>,
    buys: u128,
    charges: u128,
    /// How many SELLs stand at each price.
    sells: BTreeMap<PriceE4, u64>,
}

impl Orders {
    pub(crate) fn contains(&self, hash: B256) -> bool {
        self.open.contains_key(&hash)
    }

    pub(crate) fn add(&mut self, approval: &Approval) {
        let open = match approval.side {
            Side::Buy => {
                let (maker, charge) = (approval.maker_amount, approval.charge.units().get());
                self.buys = self.buys.saturating_add(u128::from(maker));
                self.charges = self.charges.saturating_add(u128::from(charge));
                Open::Buy { maker, charge }
            }
            Side::Sell => {
                let price = ratio_price(approval.taker_amount, approval.maker_amount);
                let count = self.sells.entry(price).or_default();
                *count = count.saturating_add(1);
                Open::Sell { price }
            }
        };
        self.open.insert(approval.order_hash, open);
    }

    /// Takes away an order that can fill no more; one that is not here, and
    /// one that was written off before, changes nothing.
    pub(crate) fn write_off(&mut self, hash: B256) {
        match self.open.remove(&hash) {
            None => {}
            Some(Open::Buy { maker, charge }) => {
                self.buys = self.buys.saturating_sub(u128::from(maker));
                self.charges = self.charges.saturating_sub(u128::from(charge));
            }
            Some(Open::Sell { price }) => {
                if let Some(count) = self.sells.get_mut(&price) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        self.sells.remove(&price);
                    }
                }
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
        self.open.len()
    }
}
