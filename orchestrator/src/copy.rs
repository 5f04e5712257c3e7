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

pub use facts::{Facts, facts};
pub use signal::signal;

use plan::{Planned, Refusal};

use crate::config::Named;
use crate::intent::{Code, Draft, Intent, Kind, OrderType, Reject};

/// What `run` knows of copying: none of it without a strategy.
#[derive(Clone, Debug, Default)]
pub struct Copy {
    /// Every strategy, in the order of the configuration.
    pub strategies: Vec<Named>,
    /// The watchers whose signature a leader's trade must have; empty: any
    /// sender that reaches the intake is believed.
    pub watchers: Vec<String>,
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
pub fn intent(strategy: &str, draft: &Draft, facts: &Facts, planned: &Planned) -> Intent {
    Intent {
        strategy: strategy.to_owned(),
        source_id: draft.source_id.clone(),
        kind: Kind::Copy,
        market: facts.market.condition,
        token_id: draft.token_id,
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
