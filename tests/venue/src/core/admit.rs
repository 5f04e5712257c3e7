//! Whether an order may come in: who sent it, what it says, what it costs.
//!
//! Invariant: nothing here changes anything.

use super::accounts::ApiKey;
use super::checks::terms;
use super::exchange::Exchange;
use super::ledger::Asset;
use super::market::Market;
use super::matching::{Fill, Walk};
use super::orders::Terms;
use super::payload::{OrderType, Posted};
use super::refusal::Refusal;
use crate::crypto::domain::{Protocol, exchange};
use crate::crypto::order::{Order, OrderId, Side, SignatureType};
use crate::crypto::signature::{is_enveloped, signed_by};
use crate::crypto::word::{Address, Word};
use crate::units::format_e6;

impl Exchange {
    /// Everything about an order that does not depend on the book or the balance.
    pub(super) fn admissible(
        &self,
        key: &str,
        posted: &Posted,
    ) -> Result<(OrderId, Terms, String), Refusal> {
        let account = self.keys.get(key).ok_or(Refusal::Unauthorized)?;
        if posted.owner != account.key {
            return Err(Refusal::Owner);
        }
        if account.banned {
            return Err(Refusal::Banned(account.address));
        }
        if account.closed_only && posted.order.side == Side::Buy {
            return Err(Refusal::ClosedOnly(account.address));
        }
        let market = self
            .markets
            .get(&posted.order.token)
            .ok_or(Refusal::NotFound("market"))?;
        if !market.accepting {
            return Err(Refusal::MarketNotReady);
        }
        let id = authentic(account, posted, market, self.rules.chain_id)?;
        if self.orders.contains_key(&id) || self.settled.contains_key(&id) {
            return Err(Refusal::Duplicated(id));
        }
        let terms = terms(id, posted, market.grid, &self.rules)?;
        let least_s = (self.now_ms.checked_div(1_000))
            .unwrap_or(0)
            .saturating_add(self.rules.gtd_min_s);
        let in_time = match posted.order_type {
            OrderType::Gtd => posted.expiration_s >= least_s,
            OrderType::Gtc | OrderType::Fok | OrderType::Fak => posted.expiration_s == 0,
        };
        if !in_time {
            return Err(Refusal::Expiration);
        }
        Ok((id, terms, market.condition.clone()))
    }

    /// Whether the maker has what this match, and what rests of it, will take.
    ///
    /// `held_e6` is what an order already holds back for itself.
    pub(super) fn affordable(
        &self,
        order: &Order,
        terms: &Terms,
        found: &Walk,
        held_e6: u64,
    ) -> Result<(), Refusal> {
        let wallet = order.maker;
        let (asset, needed_e6) = match terms.side {
            Side::Sell => (Asset::Shares(order.token), terms.shares_e6),
            Side::Buy => {
                let fee_e6 = self.fees_e6(order.token, &found.fills);
                (
                    Asset::Collateral,
                    terms.collateral_e6.saturating_add(fee_e6),
                )
            }
        };
        let short = |what: &str, have_e6: u64| {
            let (have, needed) = (format_e6(have_e6), format_e6(needed_e6));
            Refusal::Balance(format!(
                "the {what} is not enough -> {what}: {have}, order amount: {needed}"
            ))
        };
        let free_e6 = self
            .free_e6(wallet, asset)
            .saturating_add(i128::from(held_e6));
        if free_e6 < i128::from(needed_e6) {
            return Err(short("balance", u64::try_from(free_e6).unwrap_or(0)));
        }
        match (asset, self.ledger.allowance_e6(wallet)) {
            (Asset::Collateral, Some(allowed_e6)) if allowed_e6 < needed_e6 => {
                Err(short("allowance", allowed_e6))
            }
            (Asset::Collateral | Asset::Shares(_), _) => Ok(()),
        }
    }

    /// The fees of these fills: one per price, as each price is one trade.
    fn fees_e6(&self, token: Word, fills: &[Fill]) -> u64 {
        let Some(market) = self.markets.get(&token) else {
            return 0;
        };
        let groups = fills.chunk_by(|one, other| one.price_e4 == other.price_e4);
        groups.fold(0, |sum: u64, group| {
            sum.saturating_add(group_fee_e6(market, group))
        })
    }
}

/// The fee of one trade.
pub(super) fn group_fee_e6(market: &Market, group: &[Fill]) -> u64 {
    let shares_e6 = group
        .iter()
        .fold(0_u64, |sum, fill| sum.saturating_add(fill.shares_e6));
    let price_e4 = group.first().map_or(0, |fill| fill.price_e4);
    market.curve.fee_e6(shares_e6, price_e4).unwrap_or(u64::MAX)
}

/// The order's id, if its key may trade for its maker and signed exactly this.
fn authentic(
    account: &ApiKey,
    posted: &Posted,
    market: &Market,
    chain_id: u64,
) -> Result<OrderId, Refusal> {
    let order = &posted.order;
    let expected: Address = match order.signature_type {
        SignatureType::Eoa | SignatureType::Proxy | SignatureType::Safe => account.address,
        SignatureType::Deposit => order.maker,
    };
    if order.signer != expected {
        return Err(Refusal::Signer);
    }
    if !account.may_trade_for(order.signature_type, order.maker) {
        return Err(Refusal::Maker);
    }
    let verifies = |protocol| {
        let own = exchange(chain_id, protocol, market.neg_risk)?;
        let signer = signed_by(order, &own, &posted.signature)?;
        let form = is_enveloped(order, &posted.signature) == account.session;
        (signer == account.address && form).then(|| order.id(&own))
    };
    let other = match market.protocol {
        Protocol::V1 => Protocol::V2,
        Protocol::V2 => Protocol::V1,
    };
    match verifies(market.protocol) {
        Some(id) => Ok(id),
        // Signed well, but for the exchange of the other protocol.
        None if verifies(other).is_some() => Err(Refusal::Version),
        None => Err(Refusal::Signature),
    }
}
