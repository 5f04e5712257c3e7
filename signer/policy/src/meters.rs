//! Sums of charges and counts of orders, as rows make them.
//!
//! No limit is here: a change of policy, a dial and a restart leave every sum
//! as it was.
//!
//! Bounds: the overall meter has at most one mark for each BUY of a day, each
//! of 1 USDC or more, so at most `day_usdc` in number; strategies and leaders
//! likewise; the counts one for each order of a minute. Keys whose day is over
//! are forgotten once an hour.

use alloc::collections::BTreeMap;

use order::Address;

use crate::calendar::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::label::Label;
use crate::meter::Meter;
use crate::row::Approval;

/// Every meter but those of single tokens, which are in `holdings`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meters {
    pub(crate) charged: Meter,
    /// What starts owed, which counts in every sum: whose it was nobody knows.
    pub(crate) owed: Meter,
    strategies: BTreeMap<Label, Meter>,
    leaders: BTreeMap<Address, Meter>,
    /// COPY and STRATEGY orders.
    pub(crate) orders: Meter,
    /// EXIT orders without a ticket.
    pub(crate) exits: Meter,
    /// The same by the fast time, for when the slow one stands still.
    pub(crate) exits_fast: Meter,
    swept_hour: u64,
}

impl Meters {
    pub(crate) fn strategy(&self, strategy: Label) -> Option<&Meter> {
        self.strategies.get(&strategy)
    }

    pub(crate) fn leader(&self, leader: Address) -> Option<&Meter> {
        self.leaders.get(&leader)
    }

    /// Takes an approval made at `slow_ms`, which was `fast_ms`.
    pub(crate) fn add(&mut self, approval: &Approval, slow_ms: u64, fast_ms: u64) {
        match (approval.exit, approval.ticket) {
            (_, Some(_)) => {}
            (false, None) => self.orders.add(slow_ms, 1, MINUTE_MS),
            (true, None) => {
                self.exits.add(slow_ms, 1, MINUTE_MS);
                self.exits_fast.add(fast_ms, 1, MINUTE_MS);
            }
        }
        let units = approval.charge.units().get();
        if units > 0 {
            let strategy = self.strategies.entry(approval.strategy).or_default();
            strategy.add(slow_ms, units, DAY_MS);
            if let Some(leader) = approval.leader {
                let leader = self.leaders.entry(leader).or_default();
                leader.add(slow_ms, units, DAY_MS);
            }
            self.charged.add(slow_ms, units, DAY_MS);
        }
    }

    /// Charges what the journal forgot: to everything together, since whose it
    /// was is forgotten too.
    pub(crate) fn top_up(&mut self, lost: u128, slow_ms: u64) {
        // Sums are of 64-bit charges; what is more than one is more than all.
        let units = u64::try_from(lost).unwrap_or(u64::MAX);
        if units > 0 {
            self.charged.add(slow_ms, units, DAY_MS);
        }
    }

    /// Once in an hour of slow time, forgets keys whose day is over; says
    /// whether it did.
    pub(crate) fn sweep(&mut self, slow_ms: u64) -> bool {
        let hour = slow_ms.div_euclid(HOUR_MS);
        if hour <= self.swept_hour {
            return false;
        }
        self.swept_hour = hour;
        let lives = |meter: &mut Meter| {
            meter.forget(slow_ms, DAY_MS);
            !meter.is_idle()
        };
        self.strategies.retain(|_, meter| lives(meter));
        self.leaders.retain(|_, meter| lives(meter));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charge::Charge;
    use crate::intent_id::IntentId;
    use order::{B256, CollateralUnits, Exchange, Side, U256};

    fn approval(charge: u64, strategy: &str, leader: u8) -> Approval {
        Approval {
            intent_id: IntentId::parse("20261120-a").unwrap(),
            attempt: 0,
            fingerprint: [0; 32],
            exit: false,
            strategy: Label::parse(strategy).unwrap(),
            leader: Some(Address::repeat_byte(leader)),
            fill: None,
            live: false,
            token_id: U256::ONE,
            exchange: Exchange::V3,
            side: Side::Buy,
            maker_amount: 1,
            taker_amount: 1,
            order_hash: B256::ZERO,
            charge: Charge::recorded(CollateralUnits::new(charge)),
            ticket: None,
            generation: 1,
        }
    }

    #[test]
    fn keys_whose_day_is_over_are_forgotten_within_the_hour() {
        let mut meters = Meters::default();
        meters.add(&approval(7, "a", 1), 0, 0);
        meters.add(&approval(7, "b", 2), HOUR_MS, HOUR_MS);
        meters.sweep(DAY_MS);
        assert!(meters.strategy(Label::parse("a").unwrap()).is_none());
        assert!(meters.leader(Address::repeat_byte(1)).is_none());
        assert!(meters.strategy(Label::parse("b").unwrap()).is_some());
        assert!(meters.leader(Address::repeat_byte(2)).is_some());
        assert_eq!(meters.charged.total(), 14);
        // Not twice in an hour, and never back.
        assert!(!meters.sweep(DAY_MS));
        assert!(!meters.sweep(0));
        assert!(meters.sweep(DAY_MS.saturating_add(HOUR_MS)));
    }

    #[test]
    fn what_is_charged_nothing_leaves_no_key() {
        let mut meters = Meters::default();
        meters.add(&approval(0, "a", 1), 0, 0);
        meters.top_up(0, 0);
        assert!(meters.strategy(Label::parse("a").unwrap()).is_none());
        assert!(meters.leader(Address::repeat_byte(1)).is_none());
        assert!(meters.charged.is_idle());
        assert_eq!(meters.orders.total(), 1);
    }
}
