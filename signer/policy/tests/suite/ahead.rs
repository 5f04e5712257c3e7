//! Authority taken ahead of its use, so that a journal that is restored or
//! copied has paid for what it does not know.
//!
//! A start charges nothing that others did not have: it *owes* what was
//! advanced and not charged, whoever may have spent it since, and an advance
//! after that start marks what is owed in the meters. Levels are sums of all
//! charges ever, so an advance tops up and never adds.
//!
//! Invariant: whatever a process may still charge was advanced by that process,
//! on a leaf that the witnesses hold. So of all that begin from one journal, one
//! at most may charge, and it has owed what any before it may have charged:
//! `tests/suite/clones.rs` holds this against crashes, copies and witnesses
//! that are asked late.

/// What was advanced, charged and owed, as the rows have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ahead {
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
    pub(crate) fn started(&mut self, leaf: u64) {
        let unspent = self.level.saturating_sub(self.charged);
        self.owed = self.owed.saturating_add(unspent);
        self.charged = self.charged.saturating_add(unspent);
        self.level = 0;
        self.started = Some(leaf);
        self.advances = [None; 2];
    }

    /// A clean stop's leaf, behind which nothing is charged: what it had
    /// advanced and not charged, nobody has spent.
    pub(crate) const fn stopped(&mut self) {
        self.level = 0;
        self.advances = [None; 2];
    }

    /// An order's leaf.
    pub(crate) fn charged(&mut self, units: u64) {
        self.charged = self.charged.saturating_add(u128::from(units));
    }

    /// An advance's leaf. Returns what was owed: the meters take it now, since
    /// its start is cosigned now, and whoever else may spend it stops soon.
    pub(crate) fn advanced(&mut self, leaf: u64, units: u64) -> u64 {
        let level = self.charged.saturating_add(u128::from(units));
        self.level = self.level.max(level);
        self.advances = [Some(Advance { leaf, level }), self.advances[0]];
        u64::try_from(core::mem::take(&mut self.owed)).unwrap_or(u64::MAX)
    }

    /// What is owed and in no meter yet: it counts in every window.
    #[must_use]
    pub(crate) const fn owed(&self) -> u128 {
        self.owed
    }

    /// Whether the witnesses hold the last start's leaf, if they hold the first
    /// `cosigned` leaves.
    #[must_use]
    pub(crate) fn has_begun(&self, cosigned: u64) -> bool {
        self.started.is_some_and(|leaf| leaf < cosigned)
    }

    /// Whether the last advance is on a leaf that they hold, or there is none.
    #[must_use]
    pub(crate) fn is_settled(&self, cosigned: u64) -> bool {
        let [last, _] = self.advances;
        last.is_none_or(|last| last.leaf < cosigned)
    }

    /// What may still be charged, if the witnesses hold the first `cosigned` leaves.
    #[must_use]
    pub(crate) fn room(&self, cosigned: u64) -> u128 {
        let held = self.advances.iter().flatten();
        let last = held.copied().find(|advance| advance.leaf < cosigned);
        last.map_or(0, |advance| advance.level.saturating_sub(self.charged))
    }
}
