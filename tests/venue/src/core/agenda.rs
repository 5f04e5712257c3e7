//! What is due when. The only way time changes anything.
//!
//! Invariant: events come in order of their time, so advancing in one step or
//! in many gives the same state.

use std::collections::BTreeSet;

use crate::crypto::order::OrderId;

/// Something that happens by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// The next step of a trade, by number.
    Trade(usize),
    /// A held order is executed.
    Execute(OrderId),
    /// A dated order dies.
    Expire(OrderId),
    /// A key that promised heartbeats has been silent.
    Silence(String),
}

/// Everything that is due, soonest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Agenda(BTreeSet<(u64, Due)>);

impl Agenda {
    pub(crate) fn add(&mut self, at_ms: u64, due: Due) {
        self.0.insert((at_ms, due));
    }

    /// The soonest event that is due by `now_ms`.
    pub(crate) fn pop(&mut self, now_ms: u64) -> Option<(u64, Due)> {
        let soonest = self.0.first().is_some_and(|(at_ms, _)| *at_ms <= now_ms);
        if soonest { self.0.pop_first() } else { None }
    }
}
