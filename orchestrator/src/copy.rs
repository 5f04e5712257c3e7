//! A leader's trade, decided: what was seen, what the market says, what we have.
//!
//! For: bringing `plan` its arguments, and its answer back as an intent.
//!
//! Never touches: signer and outbox. What is decided here the signer decides
//! again, by limits that this program does not know.
//!
//! Invariant: `plan` alone says yes; a fact that is missing is asked for again
//! or refused, never assumed.

mod facts;
mod signal;

pub use facts::{Facts, facts, token};
pub use signal::signal;

use order::{CollateralUnits, ShareUnits, Side};
use plan::{Planned, Refusal};

use crate::config::{Copying, Named};
use crate::intent::{Code, Draft, Intent, Kind, OrderType, Reject};
use crate::notes::Attestations;

/// The most parts of one exit; the last takes what is left.
const PARTS_MAX: usize = 16;

/// What `run` knows of copying: none of it without a strategy.
#[derive(Clone, Debug, Default)]
pub struct Copy {
    /// Every strategy, in the order of the configuration.
    pub strategies: Vec<Named>,
    /// The watchers whose signature a leader's trade must have; empty: any
    /// sender that reaches the intake is believed.
    pub watchers: Vec<String>,
    /// The account's day: what all senders' buys together may take of it.
    pub day_usdc_max: Option<CollateralUnits>,
    /// What a day may take of trades whose token only an outcome's name tells.
    pub unattested_units: u64,
    /// Where what watchers signed is found, if they sign.
    pub attestations: Option<Attestations>,
}

impl From<Copying> for Copy {
    fn from(config: Copying) -> Self {
        Self {
            strategies: config.strategies,
            watchers: config.watchers,
            day_usdc_max: config.day_usdc_max,
            unattested_units: config.unattested_units,
            attestations: config.notes,
        }
    }
}

impl Copy {
    /// The strategies that follow, or only watch, the leader of `draft`.
    #[must_use]
    pub fn followers(&self, draft: &Draft) -> Vec<&Named> {
        let Some(leader) = draft.leader else {
            return Vec::new();
        };
        let follows = |named: &&Named| {
            named.rules.leaders.contains(&leader) || named.rules.watch_only.contains(&leader)
        };
        self.strategies.iter().filter(follows).collect()
    }

    /// The strategy of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Named> {
        self.strategies.iter().find(|named| named.name == name)
    }
}

/// A refusal of `plan`, as intents are rejected.
#[must_use]
pub fn reject(refusal: &Refusal) -> Reject {
    let sentence = format!("{refusal}; {}", refusal.reason.fix());
    Reject::new(Code::Plan(refusal.reason), sentence)
}

/// What was planned, as an intent of `strategy`.
#[must_use]
pub fn intent(
    named: &Named,
    draft: &Draft,
    facts: &Facts,
    planned: &Planned,
    now_ms: u64,
) -> Intent {
    let age_ms = now_ms.saturating_sub(draft.leader_time_ms.unwrap_or_default());
    // A leader's sale too old to be called a copy is our own way out.
    let kind = if planned.side == Side::Sell && age_ms > named.rules.age_ms_max {
        Kind::Exit
    } else {
        Kind::Copy
    };
    Intent {
        strategy: named.name.clone(),
        source_id: draft.source_id.clone(),
        kind,
        market: facts.market.condition,
        token_id: facts.token,
        side: planned.side,
        limit_price: planned.limit,
        shares: planned.shares,
        tick_size: facts.market.tick,
        order_type: match planned.order_type {
            plan::OrderType::Fok => OrderType::Fok,
            plan::OrderType::Fak => OrderType::Fak,
        },
        neg_risk: Some(facts.market.neg_risk),
        leader: draft.leader,
        leader_price: Some(planned.leader_price),
        leader_time_ms: draft.leader_time_ms,
    }
}

/// A sell above `cap` at its limit, in parts of at most `cap`, each named after
/// the whole: an exit is not refused because it is large. Anything else is its
/// own only part.
#[must_use]
pub fn parts(whole: &Intent, cap: CollateralUnits) -> Vec<Intent> {
    let price = u128::from(whole.limit_price.get());
    let most = u128::from(cap.get())
        .saturating_mul(10_000)
        .checked_div(price)
        .and_then(|units| u64::try_from(units).ok())
        .and_then(|units| units.checked_sub(units.checked_rem(order::LOT_UNITS)?))
        .filter(|units| whole.side == Side::Sell && *units > 0)
        .unwrap_or(u64::MAX);
    let mut parts = Vec::new();
    let mut left = whole.shares.get();
    while left > 0 && parts.len() < PARTS_MAX {
        let units = if parts.len().saturating_add(1) == PARTS_MAX {
            left
        } else {
            left.min(most)
        };
        left = left.saturating_sub(units);
        let mut part = whole.clone();
        part.shares = ShareUnits::new(units);
        if !parts.is_empty() {
            let nth = parts.len().saturating_add(1);
            part.source_id = format!("{}/{nth}", whole.source_id);
        }
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent(side: &str, shares: &str) -> Intent {
        let line = serde_json::json!({"v": 1, "id": "t", "kind": "copy", "side": side,
            "market": format!("0x{}", "11".repeat(32)), "token": "7", "price": "0.33",
            "shares": shares, "tick": "0.01", "order_type": "FAK",
            "leader": format!("0x{}", "22".repeat(20)), "leader_price": "0.33",
            "leader_time_ms": 1_795_132_800_000_u64});
        Intent::parse(&line.to_string()).unwrap()
    }

    fn shares(parts: &[Intent]) -> Vec<u64> {
        parts.iter().map(|part| part.shares.get()).collect()
    }

    #[test]
    fn a_large_exit_goes_out_in_parts_within_the_cap_and_a_buy_never_does() {
        let cap = CollateralUnits::new(10_000_000);
        // 30.30 shares at 0.33 are 9.999; a lot more is 10.0023.
        assert_eq!(shares(&parts(&intent("SELL", "30.3"), cap)), [30_300_000]);
        let three = parts(&intent("SELL", "61"), cap);
        assert_eq!(shares(&three), [30_300_000, 30_300_000, 400_000]);
        let names: Vec<&str> = three.iter().map(|part| part.source_id.as_str()).collect();
        assert_eq!(names, ["t", "t/2", "t/3"]);
        assert!(
            three
                .iter()
                .all(|part| part.notional_units() <= Some(cap.get()))
        );
        assert_eq!(shares(&parts(&intent("BUY", "61"), cap)), [61_000_000]);
        // Nothing is left over, however small the cap.
        let many = parts(&intent("SELL", "61"), CollateralUnits::new(10_000));
        assert_eq!(many.len(), PARTS_MAX);
        assert_eq!(shares(&many).iter().sum::<u64>(), 61_000_000);
        let none = parts(&intent("SELL", "61"), CollateralUnits::new(1));
        assert_eq!(shares(&none), [61_000_000]);
    }
}
