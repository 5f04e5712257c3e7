//! Authority taken ahead of its use, so that a journal that is restored or
//! copied has paid for what it does not know.
//!
//! A start charges nothing that others did not have: it *owes* what was
//! advanced and not charged, whoever may have spent it since, and an advance
//! after that start marks what is owed in the meters. Levels are sums of all
//! charges ever, so an advance tops up and never adds.
//!
//! A policy that names no witnesses advances nothing, and so owes nothing.
//!
//! Invariant: whatever a process may still charge was advanced by that process,
//! on a leaf that the witnesses hold. So of all that begin from one journal, one
//! at most may charge, and it has owed what any before it may have charged:
//! `tests/suite/clones.rs` holds this against crashes, copies and witnesses
//! that are asked late.

use alloc::vec::Vec;

use crate::facts::Facts;
use crate::state::State;

/// How much of the journal enough witnesses hold, and since when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// So many leaves, from the first on.
    pub leaves: u64,
    /// When the last of them said so, on the fast reading.
    pub at_ms: u64,
}

impl Held {
    /// What `threshold` of them hold, out of what each one holds.
    #[must_use]
    pub fn by(threshold: u8, each: &[Self]) -> Self {
        let nth = |of: fn(&Self) -> u64| {
            let mut all: Vec<u64> = each.iter().map(of).collect();
            all.sort_unstable_by(|a, b| b.cmp(a));
            let last = usize::from(threshold).checked_sub(1);
            last.and_then(|last| all.get(last)).copied().unwrap_or(0)
        };
        Self {
            leaves: nth(|held| held.leaves),
            at_ms: nth(|held| held.at_ms),
        }
    }
}

/// What was advanced, charged and owed, as the rows have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ahead {
    /// Everything that was ever charged, with what starts came to owe.
    charged: u128,
    /// The sum of charges that the advances since the start allow.
    level: u128,
    owed: u128,
    started: Option<u64>,
    /// The last two advances since the start: the next is written once the
    /// last is cosigned, so older ones allow less.
    advances: [Option<Advance>; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Advance {
    leaf: u64,
    level: u128,
}

impl Ahead {
    /// A start's leaf: what was advanced and not charged is owed from now on,
    /// cosigned or not, and no advance before it counts any more.
    pub fn started(&mut self, leaf: u64) {
        let unspent = self.level.saturating_sub(self.charged);
        self.owed = self.owed.saturating_add(unspent);
        self.charged = self.charged.saturating_add(unspent);
        self.level = 0;
        self.started = Some(leaf);
        self.advances = [None; 2];
    }

    /// A clean stop's leaf, behind which nothing is charged: what it had
    /// advanced and not charged, nobody has spent.
    pub const fn stopped(&mut self) {
        self.level = 0;
        self.advances = [None; 2];
    }

    /// An order's leaf.
    pub fn charged(&mut self, units: u64) {
        self.charged = self.charged.saturating_add(u128::from(units));
    }

    /// An advance's leaf. Returns what was owed: the meters take it now, since
    /// its start is cosigned now, and whoever else may spend it stops soon.
    pub fn advanced(&mut self, leaf: u64, units: u64) -> u64 {
        let level = self.charged.saturating_add(u128::from(units));
        self.level = self.level.max(level);
        self.advances = [Some(Advance { leaf, level }), self.advances[0]];
        u64::try_from(core::mem::take(&mut self.owed)).unwrap_or(u64::MAX)
    }

    /// What is owed and in no meter yet: it counts in every window.
    #[must_use]
    pub const fn owed(&self) -> u128 {
        self.owed
    }

    /// Whether the witnesses, who hold the first `cosigned` leaves, hold the last
    /// start's and the last advance's. The next is written only then.
    #[must_use]
    pub fn is_settled(&self, cosigned: u64) -> bool {
        self.started.is_some() && self.needs() <= cosigned
    }

    /// How many leaves they must hold, so that all counts that was written.
    #[must_use]
    pub fn needs(&self) -> u64 {
        let [last, _] = self.advances;
        let last = last.map(|last| last.leaf).or(self.started);
        last.map_or(0, |leaf| leaf.saturating_add(1))
    }

    /// Whether they hold an advance of this start, and so the start as well.
    #[must_use]
    pub fn is_open(&self, cosigned: u64) -> bool {
        self.held(cosigned).is_some()
    }

    /// What may still be charged, if the witnesses hold the first `cosigned` leaves.
    #[must_use]
    pub fn room(&self, cosigned: u64) -> u128 {
        let last = self.held(cosigned);
        last.map_or(0, |advance| advance.level.saturating_sub(self.charged))
    }

    fn held(&self, cosigned: u64) -> Option<Advance> {
        let mut newest_first = self.advances.iter().flatten();
        newest_first
            .find(|advance| advance.leaf < cosigned)
            .copied()
    }
}

/// What is to be advanced now: as much as the policy says, once the witnesses
/// hold all that was written and what is left might be too little for an order.
#[must_use]
pub fn advance(facts: &Facts, state: &State) -> Option<u64> {
    let (policy, held) = (facts.policy(), facts.host().held);
    let witnessing = &policy.witnessing;
    if witnessing.witness_threshold == 0 {
        // What a start owed to witnesses that no policy names any more would
        // count for ever: it is marked, and nothing is advanced.
        return (state.ahead.owed() > 0).then_some(0);
    }
    if !state.ahead.is_settled(held.leaves) {
        return None;
    }
    let units = witnessing.advance_usdc.get();
    let largest = facts.fee().charge(policy.order.order_usdc_max);
    let largest = largest.map_or(units, |charge| charge.units().get());
    let enough = largest.max(units.div_ceil(2));
    (state.ahead.room(held.leaves) < u128::from(enough)).then_some(units)
}

/// When the witnesses' word is too old, on the fast reading; `None` where no
/// policy asks for it.
pub(crate) fn late_ms(facts: &Facts) -> Option<u64> {
    let witnessing = &facts.policy().witnessing;
    let late_ms = u64::from(witnessing.witness_late_seconds).saturating_mul(1_000);
    let at_ms = facts.host().held.at_ms;
    (witnessing.witness_threshold > 0).then(|| at_ms.saturating_add(late_ms))
}
