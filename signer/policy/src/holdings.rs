//! Which tokens this wallet can hold, and on which exchange they trade.
//!
//! Until watchers tell of a fill, two numbers stand for the unknown one, each
//! wrong on the safe side: `sellable` for what a SELL may ask (a BUY brings at least
//! takerAmount, and a quarter more where its price improved), and `may_hold`
//! for what could be lost (all of makerAmount at the venue's finest tick).
//!
//! Invariant: neither falls, except that a declaration replaces the one before,
//! and what a BUY was seen to bring replaces what it might have.
//! Bound: one entry for each token ever bought or declared; each cost a
//! charge of 1 USDC or more, or a line in a quorum's note.

use alloc::collections::BTreeMap;

use note::Declare;
use order::{Exchange, ShareUnits, U256};

use crate::calendar::DAY_MS;
use crate::meter::Meter;
use crate::orders::Buy;

/// The finest tick of the venue is 0.0001: 10,000 shares for one of collateral.
///
/// Not the intent's tick, which is the caller's word, and not a listing's
/// either: a market's tick becomes finer near 0 and 1 while a signed BUY waits.
const SHARES_PER_COLLATERAL_MAX: u128 = 10_000;

/// What the journal knows of one token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Token {
    /// The exchange of its first BUY; what it bought stays there. A SELL brings
    /// nothing, so it fixes nothing.
    pub(crate) exchange: Option<Exchange>,
    /// ⌊1.25 × takerAmount⌋ of each BUY.
    bought: u128,
    declared: u128,
    /// Charges of BUYs.
    pub(crate) charged: Meter,
    /// Shares of SELLs without a ticket.
    pub(crate) sold: Meter,
}

impl Token {
    /// The most that one order may sell, shares in base units.
    pub(crate) const fn sellable(&self) -> u128 {
        self.bought.saturating_add(self.declared)
    }

    /// Whether it holds shares that no order of this journal brought.
    pub(crate) const fn is_declared(&self) -> bool {
        self.declared > 0
    }
}

/// Every token, and what all of them may come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holdings {
    tokens: BTreeMap<U256, Token>,
    /// Of every BUY ever signed, at the finest tick.
    may_have_bought: u128,
    declared: u128,
    complete: bool,
}

impl Holdings {
    pub(crate) fn token(&self, token: U256) -> Option<&Token> {
        self.tokens.get(&token)
    }

    /// Takes a signed BUY.
    pub(crate) fn bought(&mut self, token: U256, exchange: Exchange, maker: u64, taker: u64) {
        let entry = self.tokens.entry(token).or_default();
        entry.exchange.get_or_insert(exchange);
        entry.bought = entry.bought.saturating_add(improved(taker));
        let most = u128::from(maker).saturating_mul(SHARES_PER_COLLATERAL_MAX);
        self.may_have_bought = self.may_have_bought.saturating_add(most);
    }

    /// Takes what watchers saw of a BUY, in place of what it might have brought.
    pub(crate) fn filled(&mut self, was: &Buy, now: &Buy) {
        let entry = self.tokens.entry(now.token).or_default();
        entry.bought = entry
            .bought
            .saturating_sub(sell_rights(was))
            .saturating_add(sell_rights(now));
        self.may_have_bought = self
            .may_have_bought
            .saturating_sub(most_shares(was))
            .saturating_add(most_shares(now));
    }

    /// Takes charges of orders that the journal forgot: nothing that was
    /// declared is known to be all.
    pub(crate) const fn lose(&mut self, units: u128) {
        let most = units.saturating_mul(SHARES_PER_COLLATERAL_MAX);
        self.may_have_bought = self.may_have_bought.saturating_add(most);
        self.complete = false;
    }

    /// Takes the charge of a signed BUY.
    pub(crate) fn charged(&mut self, token: U256, slow_ms: u64, units: u64) {
        let entry = self.tokens.entry(token).or_default();
        entry.charged.add(slow_ms, units, DAY_MS);
    }

    /// Takes a signed SELL; one with a ticket is outside the day's measure.
    pub(crate) fn sold(&mut self, token: U256, measured: Option<(u64, u64)>) {
        if let Some((slow_ms, shares)) = measured {
            let entry = self.tokens.entry(token).or_default();
            entry.sold.add(slow_ms, shares, DAY_MS);
        }
    }

    /// Puts a declaration in the place of the one before.
    pub(crate) fn declare(&mut self, declare: &Declare) {
        for token in self.tokens.values_mut() {
            token.declared = 0;
        }
        self.declared = 0;
        self.tokens.retain(|_, token| *token != Token::default());
        for holding in &declare.holdings {
            let shares = u128::from(holding.shares.get());
            let entry = self.tokens.entry(holding.token).or_default();
            entry.declared = entry.declared.saturating_add(shares);
            self.declared = self.declared.saturating_add(shares);
        }
        self.complete = declare.complete;
    }

    /// Forgets marks that every window has left behind.
    pub(crate) fn forget(&mut self, slow_ms: u64) {
        for token in self.tokens.values_mut() {
            token.charged.forget(slow_ms, DAY_MS);
            token.sold.forget(slow_ms, DAY_MS);
        }
    }

    /// Every share that the wallet may hold, base units.
    pub(crate) const fn may_hold(&self) -> u128 {
        self.may_have_bought.saturating_add(self.declared)
    }

    /// Whether the last declaration said that it left nothing out.
    pub(crate) const fn complete(&self) -> bool {
        self.complete
    }
}

/// ⌊1.25 × taker⌋, as taker + ⌊taker / 4⌋.
fn improved(taker: u64) -> u128 {
    u128::from(taker).saturating_add(u128::from(taker.div_euclid(4)))
}

/// What a BUY gives the right to sell: what it brought, and of what is left the
/// same as of a whole one; never more than that of all of it.
fn sell_rights(buy: &Buy) -> u128 {
    let scaled = u128::from(buy.taker).saturating_mul(u128::from(buy.left()));
    let left = scaled.div_ceil(u128::from(buy.maker.max(1)));
    let left = u64::try_from(left).unwrap_or(buy.taker);
    u128::from(buy.got)
        .saturating_add(improved(left))
        .min(improved(buy.taker))
}

/// What it may have brought: what it did, and of what is left the most.
fn most_shares(buy: &Buy) -> u128 {
    let left = u128::from(buy.left()).saturating_mul(SHARES_PER_COLLATERAL_MAX);
    let all = u128::from(buy.maker).saturating_mul(SHARES_PER_COLLATERAL_MAX);
    u128::from(buy.got).saturating_add(left).min(all)
}

/// A sum of shares as a number that can be shown; more than any order has is
/// shown as the most.
pub(crate) fn shares(sum: u128) -> ShareUnits {
    ShareUnits::new(u64::try_from(sum).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use note::{Holding, JournalId, UtcSeconds, Window};

    fn declared(tokens: &[u64]) -> Declare {
        let start = UtcSeconds::new(0).unwrap();
        let holdings = tokens.iter().map(|token| Holding {
            token: U256::from(*token),
            shares: ShareUnits::new(1),
        });
        Declare {
            journal: JournalId([1; 16]),
            policy: 1,
            serial: 1,
            window: Window {
                not_before: start,
                apply_before: start,
            },
            complete: true,
            holdings: holdings.collect(),
        }
    }

    #[test]
    fn tokens_that_were_only_declared_go_with_their_declaration() {
        let mut holdings = Holdings::default();
        holdings.declare(&declared(&[1, 2, 3]));
        holdings.bought(U256::from(2), Exchange::V3, 4, 5);
        holdings.declare(&declared(&[]));
        assert_eq!(holdings.tokens.len(), 1);
        assert_eq!(holdings.token(U256::from(2)).unwrap().sellable(), 6);
        assert_eq!(holdings.may_hold(), 40_000);
    }

    #[test]
    fn a_token_keeps_no_mark_that_its_windows_left_behind() {
        let mut holdings = Holdings::default();
        let token = U256::from(1);
        holdings.charged(token, 5, 7);
        holdings.sold(token, Some((5, 7)));
        let is_idle = |holdings: &Holdings| {
            let token = holdings.token(token).unwrap();
            (token.charged.is_idle(), token.sold.is_idle())
        };
        holdings.forget(DAY_MS + 4);
        assert_eq!(is_idle(&holdings), (false, false));
        holdings.forget(DAY_MS + 5);
        assert_eq!(is_idle(&holdings), (true, true));
    }

    #[test]
    fn sums_stop_at_their_edge() {
        let mut holdings = Holdings::default();
        let token = U256::from(1);
        for _ in 0..3 {
            holdings.bought(token, Exchange::V3, u64::MAX, u64::MAX);
        }
        let all = 3 * u128::from(u64::MAX) * 10_000;
        assert_eq!(holdings.may_hold(), all);
        let sellable = holdings.token(token).unwrap().sellable();
        let quarter = u128::from(u64::MAX.div_euclid(4));
        assert_eq!(sellable, 3 * (u128::from(u64::MAX) + quarter));
        assert_eq!(shares(sellable), ShareUnits::new(u64::MAX));
        assert_eq!(shares(7), ShareUnits::new(7));
    }
}
