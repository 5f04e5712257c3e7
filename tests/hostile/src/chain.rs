//! An exchange's settlement in memory, for a world without a simulator: the
//! contract's rules of a fill, and what a wallet holds.

use std::collections::BTreeMap;

use order::Side;

use crate::world::{Fill, Wallet};

/// One wallet and what was filled of its orders.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// What the wallet holds.
    pub wallet: Wallet,
    filled: BTreeMap<[u8; 32], u64>,
}

impl Chain {
    /// Nothing was filled yet.
    pub const fn of(wallet: Wallet) -> Self {
        Self {
            wallet,
            filled: BTreeMap::new(),
        }
    }

    /// Settles a fill as the contract does.
    ///
    /// # Errors
    ///
    /// The rule that it breaks.
    pub fn settle(&mut self, fill: Fill<'_>) -> Result<(), String> {
        let order = fill.order;
        let filled = self.filled.get(&order.hash).copied().unwrap_or(0);
        if fill.making == 0 || filled + fill.making > order.maker {
            return Err("a fill exceeds what remains".to_owned());
        }
        let due = u128::from(fill.making) * u128::from(order.taker) / u128::from(order.maker);
        let due = u64::try_from(due).expect("a part of an amount");
        let taking = fill.taking.unwrap_or(due);
        if taking < due {
            return Err("a fill brings less than its part".to_owned());
        }
        let held = self.wallet.held.entry(order.token).or_default();
        match order.side {
            Side::Buy => {
                let paid = i128::from(fill.making) + i128::from(fill.fee);
                if self.wallet.cash < paid {
                    return Err("not enough balance".to_owned());
                }
                *held += taking;
                self.wallet.cash -= paid;
            }
            Side::Sell => {
                if *held < fill.making || taking < fill.fee {
                    return Err("not enough balance".to_owned());
                }
                *held -= fill.making;
                self.wallet.cash += i128::from(taking - fill.fee);
            }
        }
        self.filled.insert(order.hash, filled + fill.making);
        Ok(())
    }
}
