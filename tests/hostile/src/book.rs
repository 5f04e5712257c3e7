//! The signed orders that an adversary holds, and what they are still good for.

use std::collections::BTreeMap;

use frame::intent::Intent;
use order::Side;

use crate::LOT;
use crate::notes::Seen;
use crate::world::{Signed, Wallet};

/// A signed order, what it was asked as, and what is left of it.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    pub(crate) signed: Signed,
    pub(crate) intent: Intent,
    pub(crate) left: u64,
    /// What its fills brought.
    pub(crate) got: u64,
}

impl Open {
    /// What watchers see of it, if there is anything.
    pub(crate) fn seen(&self) -> Option<Seen> {
        let Signed { hash, token, .. } = self.signed;
        let made = self.signed.maker - self.left;
        let (collateral, shares) = match self.signed.side {
            Side::Buy => (made, self.got),
            Side::Sell => (self.got, made),
        };
        (made > 0).then_some((hash, token, collateral, shares))
    }

    /// What a part brings, rounded down as the contract does.
    pub(crate) fn due(&self, making: u64) -> u64 {
        let due = u128::from(making) * u128::from(self.signed.taker);
        u64::try_from(due / u128::from(self.signed.maker)).expect("a part of an amount")
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) open: Vec<Open>,
    /// By (intent, attempt), the one order that it is.
    names: BTreeMap<(String, u16), [u8; 32]>,
}

pub(crate) fn part(units: u64, bps: u64) -> u64 {
    let scaled = u128::from(units) * u128::from(bps) / 10_000;
    u64::try_from(scaled).expect("a part of an amount")
}

impl Book {
    /// Takes an order in; whether it is a new one.
    pub(crate) fn take(&mut self, intent: &Intent, signed: &Signed) -> Result<bool, String> {
        let name = (intent.id.as_str().to_owned(), intent.attempt);
        if let Some(hash) = self.names.get(&name) {
            if *hash != signed.hash {
                return Err(format!("{name:?} is two orders"));
            }
            return Ok(false);
        }
        self.names.insert(name, signed.hash);
        self.open.push(Open {
            left: signed.maker,
            got: 0,
            signed: signed.clone(),
            intent: intent.clone(),
        });
        Ok(true)
    }

    /// What may still fill, of one side.
    pub(crate) fn live(&self, side: Side) -> Vec<usize> {
        let live = |at: &usize| self.open[*at].signed.side == side && self.open[*at].left > 0;
        (0..self.open.len()).filter(live).collect()
    }

    /// Sells that may still fill, those that give most away first.
    pub(crate) fn cheapest(&self) -> Vec<usize> {
        let mut sells = self.live(Side::Sell);
        let price = |at: &usize| {
            let signed = &self.open[*at].signed;
            u128::from(signed.taker) * 100_000_000 / u128::from(signed.maker)
        };
        sells.sort_by_key(price);
        sells
    }

    /// What a wallet would be worth if the exchange filled all of this now, at
    /// the limits and with its whole fee: bought shares are worth nothing.
    pub(crate) fn emptied(&self, now: &Wallet, before: &Wallet, fee_bps: u64) -> i128 {
        let mut wallet = now.clone();
        for at in self.live(Side::Buy) {
            let left = self.open[at].left;
            wallet.cash -= i128::from(left + part(left, fee_bps));
        }
        for at in self.cheapest() {
            let open = &self.open[at];
            let held = wallet.held.entry(open.signed.token).or_default();
            let had = before.held.get(&open.signed.token).copied().unwrap_or(0);
            let making = open.left.min(*held).min(had) / LOT * LOT;
            *held -= making;
            let got = open.due(making);
            wallet.cash += i128::from(got - part(got, fee_bps));
        }
        wallet.worth(before)
    }
}
