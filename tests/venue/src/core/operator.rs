//! What the exchange's operator settles by itself: any order that it has a
//! signature of, posted or not, at any later time, in parts, against whomever
//! it likes, with the largest fee that the contract lets it take.
//!
//! As the contract has it (V2 exchange, `matchOrders`): the signature must be
//! the maker's, fills never exceed makerAmount, a fill brings its part of
//! takerAmount or more, rounded down, and a fee is at most the ceiling's share
//! of the cash, of which 0 means that there is none. Nothing else is asked: no
//! book, no tick, no listing, no time.
//!
//! Invariant: what was refused moved nothing.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::accounts::derived;
use super::exchange::Exchange;
use super::ledger::{Asset, Move};
use super::payload::{Posted, parse};
use super::refusal::Refusal;
use crate::crypto::domain::{Protocol, exchange};
use crate::crypto::order::{OrderId, Side, SignatureType};
use crate::crypto::signature::signed_by;
use crate::units::{ONE_E4, mul_div};

/// One fill; amounts are base units as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settlement {
    /// The body of `POST /order`.
    pub(crate) posted: Value,
    pub(crate) neg_risk: bool,
    /// Of the order's makerAmount.
    pub(crate) making: String,
    /// Left out: the part of takerAmount that is due.
    pub(crate) taking: Option<String>,
    pub(crate) fee: String,
}

impl Exchange {
    /// Settles one fill, or says which rule of the contract it breaks.
    pub(crate) fn settle_by_operator(
        &mut self,
        now_ms: u64,
        settlement: &Settlement,
    ) -> Result<Value, Refusal> {
        self.advance(now_ms);
        let posted = parse(&settlement.posted)?;
        let id = self.signed_by_its_maker(&posted, settlement.neg_risk)?;
        if self.orders.contains_key(&id) {
            return Err(broken("the order settles through the book that it is in"));
        }
        let (making_e6, taking_e6, fee_e6) = self.fill(id, &posted, settlement)?;
        let order = &posted.order;
        let shares = Asset::Shares(order.token);
        let (gives, gives_e6, takes, takes_e6) = match order.side {
            Side::Buy => {
                let paid_e6 = making_e6.saturating_add(fee_e6);
                (Asset::Collateral, paid_e6, shares, taking_e6)
            }
            Side::Sell => {
                let got_e6 = taking_e6.saturating_sub(fee_e6);
                (shares, making_e6, Asset::Collateral, got_e6)
            }
        };
        if self.ledger.holding(order.maker, gives).balance_e6 < i128::from(gives_e6) {
            return Err(Refusal::Balance(order.maker.to_string()));
        }
        let part = Move {
            wallet: order.maker,
            gives,
            gives_e6,
            takes,
            takes_e6,
        };
        self.ledger.matched(&part);
        self.ledger.arrived(&part);
        let filled_e6 = self.settled.entry(id).or_default();
        *filled_e6 = filled_e6.saturating_add(making_e6);
        Ok(json!({
            "order_hash": id.to_string(),
            "gave": gives_e6.to_string(),
            "took": takes_e6.to_string(),
            "filled": filled_e6.to_string(),
        }))
    }

    fn signed_by_its_maker(&self, posted: &Posted, neg_risk: bool) -> Result<OrderId, Refusal> {
        let order = &posted.order;
        if order.signature_type == SignatureType::Deposit
            || derived(order.signature_type, order.signer) != Some(order.maker)
        {
            return Err(Refusal::Maker);
        }
        let protocol = if order.token.is_position_id() {
            Protocol::V2
        } else {
            Protocol::V1
        };
        let own = exchange(self.rules.chain_id, protocol, neg_risk).ok_or(Refusal::Version)?;
        if signed_by(order, &own, &posted.signature) != Some(order.signer) {
            return Err(Refusal::Signature);
        }
        Ok(order.id(&own))
    }

    /// What the fill gives, takes and costs, if the contract lets it.
    fn fill(
        &self,
        id: OrderId,
        posted: &Posted,
        settlement: &Settlement,
    ) -> Result<(u64, u64, u64), Refusal> {
        let order = &posted.order;
        let read = |text: &str| text.parse::<u64>().ok().ok_or(Refusal::Payload);
        let (making_e6, fee_e6) = (read(&settlement.making)?, read(&settlement.fee)?);
        let amount = |word: crate::crypto::word::Word| word.to_u64().ok_or(Refusal::Payload);
        let (maker_e6, taker_e6) = (amount(order.maker_amount)?, amount(order.taker_amount)?);
        let filled_e6 = self.settled.get(&id).copied().unwrap_or(0);
        let left_e6 = maker_e6.saturating_sub(filled_e6);
        if making_e6 == 0 || making_e6 > left_e6 {
            return Err(broken("a fill exceeds what remains"));
        }
        let due_e6 = mul_div(making_e6, taker_e6, maker_e6).ok_or(Refusal::Payload)?;
        let taking_e6 = match &settlement.taking {
            None => due_e6,
            Some(text) => read(text)?,
        };
        if taking_e6 < due_e6 {
            return Err(broken("a fill brings less than its part"));
        }
        let cash_e6 = match order.side {
            Side::Buy => making_e6,
            Side::Sell => taking_e6,
        };
        let ceiling_bps = self.rules.fee_ceiling_bps;
        let most_e6 = mul_div(cash_e6, ceiling_bps, ONE_E4).ok_or(Refusal::Payload)?;
        if ceiling_bps > 0 && fee_e6 > most_e6 {
            return Err(broken("a fee exceeds the ceiling"));
        }
        if order.side == Side::Sell && fee_e6 > taking_e6 {
            return Err(broken("a fee exceeds what it is taken of"));
        }
        Ok((making_e6, taking_e6, fee_e6))
    }
}

fn broken(rule: &str) -> Refusal {
    Refusal::Request(rule.to_owned())
}
