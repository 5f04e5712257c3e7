//! An accepted order and what has become of it.

use super::payload::{OrderType, Posted};
use crate::crypto::order::{Order, OrderId, Side};
use crate::units::mul_div_up;

/// Where an accepted order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrderStatus {
    Live,
    Matched,
    Canceled,
    Delayed,
    Unmatched,
}

impl OrderStatus {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Live => "LIVE",
            Self::Matched => "MATCHED",
            Self::Canceled => "CANCELED",
            Self::Delayed => "DELAYED",
            Self::Unmatched => "UNMATCHED",
        }
    }
}

/// The order's amounts as trading terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) side: Side,
    /// Wanted by a buyer, offered by a seller.
    pub(crate) shares_e6: u64,
    /// The most a buyer gives, the least a seller takes, for all the shares.
    pub(crate) collateral_e6: u64,
    /// The tick price the amounts stand for.
    pub(crate) limit_e4: u64,
}

/// One accepted order.
#[derive(Clone, Debug)]
pub(crate) struct OrderRecord {
    pub(crate) id: OrderId,
    pub(crate) order: Order,
    pub(crate) terms: Terms,
    pub(crate) owner: String,
    pub(crate) order_type: OrderType,
    pub(crate) post_only: bool,
    pub(crate) expiration_s: u64,
    pub(crate) condition: String,
    pub(crate) status: OrderStatus,
    pub(crate) placed_ms: u64,
    pub(crate) matched_shares_e6: u64,
    pub(crate) matched_collateral_e6: u64,
    pub(crate) fee_e6: u64,
    pub(crate) trades: Vec<String>,
    pub(crate) fail_trades: bool,
}

impl OrderRecord {
    pub(crate) fn new(
        id: OrderId,
        posted: &Posted,
        terms: Terms,
        condition: &str,
        now_ms: u64,
    ) -> Self {
        Self {
            id,
            order: posted.order,
            terms,
            owner: posted.owner.clone(),
            order_type: posted.order_type,
            post_only: posted.post_only,
            expiration_s: posted.expiration_s,
            condition: condition.to_owned(),
            status: OrderStatus::Live,
            placed_ms: now_ms,
            matched_shares_e6: 0,
            matched_collateral_e6: 0,
            fee_e6: 0,
            trades: Vec::new(),
            fail_trades: false,
        }
    }

    /// Shares still to trade.
    pub(crate) fn remaining_e6(&self) -> u64 {
        self.terms.shares_e6.saturating_sub(self.matched_shares_e6)
    }

    /// Whether it may still trade, and so still holds what it would give.
    pub(crate) fn is_open(&self) -> bool {
        match self.status {
            OrderStatus::Live | OrderStatus::Delayed => true,
            OrderStatus::Matched | OrderStatus::Canceled | OrderStatus::Unmatched => false,
        }
    }

    /// What it holds back of its maker's collateral or shares.
    pub(crate) fn reserved_e6(&self) -> u64 {
        if !self.is_open() {
            return 0;
        }
        match self.terms.side {
            Side::Sell => self.remaining_e6(),
            Side::Buy if self.matched_shares_e6 == 0 => self.terms.collateral_e6,
            Side::Buy => {
                mul_div_up(self.remaining_e6(), self.terms.limit_e4, 10_000).unwrap_or(u64::MAX)
            }
        }
    }
}
