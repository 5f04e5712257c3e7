//! What each wallet holds, and what a trade moves.
//!
//! What a trade takes leaves at once; what it brings arrives when the rules say
//! it can be spent. A failed trade gives back exactly what it moved.
//!
//! Invariant: balances are signed, so that a reversal after the proceeds were
//! spent shows as a debt and not as money from nowhere.

use std::collections::BTreeMap;

use crate::crypto::word::{Address, Word};

/// Collateral, or shares of one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asset {
    Collateral,
    Shares(Word),
}

/// One wallet's part in a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) wallet: Address,
    pub(crate) gives: Asset,
    pub(crate) gives_e6: u64,
    pub(crate) takes: Asset,
    pub(crate) takes_e6: u64,
}

/// What one wallet holds of one asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holding {
    /// What can be spent, before open orders.
    pub(crate) balance_e6: i128,
    /// What matched trades will bring.
    pub(crate) incoming_e6: i128,
}

/// All wallets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    holdings: BTreeMap<(Address, Asset), Holding>,
    allowances: BTreeMap<Address, u64>,
}

impl Ledger {
    pub(crate) fn deposit(&mut self, wallet: Address, asset: Asset, amount_e6: i128) {
        self.change(wallet, asset, amount_e6, 0);
    }

    /// Limits what the exchange may take; without it there is no limit.
    pub(crate) fn allow(&mut self, wallet: Address, allowance_e6: u64) {
        self.allowances.insert(wallet, allowance_e6);
    }

    pub(crate) fn allowance_e6(&self, wallet: Address) -> Option<u64> {
        self.allowances.get(&wallet).copied()
    }

    pub(crate) fn holding(&self, wallet: Address, asset: Asset) -> Holding {
        self.holdings
            .get(&(wallet, asset))
            .copied()
            .unwrap_or_default()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (Address, Asset, Holding)> {
        self.holdings
            .iter()
            .map(|((wallet, asset), holding)| (*wallet, *asset, *holding))
    }

    /// A match: the given leaves, the taken is on its way.
    pub(crate) fn matched(&mut self, part: &Move) {
        self.change(part.wallet, part.gives, negative(part.gives_e6), 0);
        self.change(part.wallet, part.takes, 0, i128::from(part.takes_e6));
    }

    /// What was on its way has arrived.
    pub(crate) fn arrived(&mut self, part: &Move) {
        let amount_e6 = i128::from(part.takes_e6);
        self.change(part.wallet, part.takes, amount_e6, negative(part.takes_e6));
    }

    /// The trade never was.
    pub(crate) fn reversed(&mut self, part: &Move, had_arrived: bool) {
        self.change(part.wallet, part.gives, i128::from(part.gives_e6), 0);
        let back_e6 = negative(part.takes_e6);
        if had_arrived {
            self.change(part.wallet, part.takes, back_e6, 0);
        } else {
            self.change(part.wallet, part.takes, 0, back_e6);
        }
    }

    fn change(&mut self, wallet: Address, asset: Asset, balance_e6: i128, incoming_e6: i128) {
        let holding = self.holdings.entry((wallet, asset)).or_default();
        holding.balance_e6 = holding.balance_e6.saturating_add(balance_e6);
        holding.incoming_e6 = holding.incoming_e6.saturating_add(incoming_e6);
    }
}

fn negative(amount_e6: u64) -> i128 {
    i128::from(amount_e6).saturating_neg()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reversed_trade_leaves_no_trace_whenever_it_fails() {
        let wallet = Address([1; 20]);
        let token = Asset::Shares(Word::from_u64(7));
        let part = Move {
            wallet,
            gives: Asset::Collateral,
            gives_e6: 5_010,
            takes: token,
            takes_e6: 10_000,
        };
        for arrives in [false, true] {
            let mut ledger = Ledger::default();
            ledger.deposit(wallet, Asset::Collateral, 6_000);
            ledger.matched(&part);
            assert_eq!(ledger.holding(wallet, Asset::Collateral).balance_e6, 990);
            assert_eq!(
                ledger.holding(wallet, token),
                Holding {
                    balance_e6: 0,
                    incoming_e6: 10_000
                }
            );
            if arrives {
                ledger.arrived(&part);
                assert_eq!(ledger.holding(wallet, token).balance_e6, 10_000);
            }
            ledger.reversed(&part, arrives);
            assert_eq!(ledger.holding(wallet, Asset::Collateral).balance_e6, 6_000);
            assert_eq!(ledger.holding(wallet, token), Holding::default());
        }
    }
}
