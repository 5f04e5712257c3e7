//! What a decision stands on beside the journal's own rows: the policy in
//! force, today's values, and what the host says of itself.
//!
//! Never touches: notes as they arrive (they were admitted by `note`), and
//! anything that is counted (that is [`State`](crate::State)).
//!
//! Invariant: limits on one order or many are today's values; the policy's own
//! are the ceilings that figures are made of.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;

use note::{Authority, Dialed, Listed, Listings, Policy, UtcSeconds};
use order::{Address, B256, PriceE4, U256};

use crate::ahead::Held;
use crate::charge::FeeCeiling;

/// The trading key, as far as the host holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// It is sealed, and nothing can be signed.
    Locked,
    /// It can be used until its lease ends.
    Open {
        /// Counts each sealing of another key; a replay must be of this one.
        generation: u32,
        /// The address it signs for.
        signing_address: Address,
        /// When the lease ends, on the fast reading.
        lease_ends_ms: u64,
    },
}

/// What the host says of itself at the moment of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host {
    /// The trading key.
    pub key: Key,
    /// The disk that its journal grows on.
    pub disk: Disk,
    /// What enough of the policy's witnesses hold of the journal.
    pub held: Held,
}

/// What is left of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    /// Room.
    Ample,
    /// The reserve that exits, notes and freezes keep.
    Low,
    /// The part of it that notes and freezes keep.
    Full,
}

/// A policy that waits for its delay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Announced {
    pub(crate) policy: Policy,
    pub(crate) effective_at: UtcSeconds,
}

/// Everything a decision stands on that no row of orders says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    policy: Policy,
    today: Policy,
    floors: BTreeMap<U256, PriceE4>,
    pending: Option<Announced>,
    alive_until: Option<UtcSeconds>,
    listings: Arc<Listings>,
    host: Host,
}

impl Facts {
    /// The facts of an authority; `None` while no policy is in force, when
    /// every intent is [`Denial::NoPolicy`](crate::Denial::NoPolicy).
    ///
    /// Call [`Authority::settle`] first: a pending policy whose delay is over
    /// is in force only then. Worth keeping until the next note or settling.
    #[must_use]
    pub fn of(authority: &Authority, host: Host) -> Option<Self> {
        let mut facts = Self::new(
            authority.policy()?.body.clone(),
            authority.dialed(),
            authority.alive_until(),
            host,
        );
        facts.listings = Arc::clone(authority.listings());
        if let Some(pending) = authority.pending() {
            facts = facts.announce(pending.policy.body.clone(), pending.effective_at);
        }
        Some(facts)
    }

    /// The facts of a policy in force and what was dialled within it.
    #[must_use]
    pub fn new(
        policy: Policy,
        dialed: &Dialed,
        alive_until: Option<UtcSeconds>,
        host: Host,
    ) -> Self {
        let floors = dialed
            .token_floors
            .iter()
            .map(|floor| (floor.token, floor.price))
            .collect();
        Self {
            today: dialed.over(&policy),
            policy,
            floors,
            pending: None,
            alive_until,
            listings: Arc::default(),
            host,
        }
    }

    /// The same with a policy that waits for its delay.
    #[must_use]
    pub fn announce(mut self, policy: Policy, effective_at: UtcSeconds) -> Self {
        self.pending = Some(Announced {
            policy,
            effective_at,
        });
        self
    }

    /// The same with markets that were listed.
    #[must_use]
    pub fn list(mut self, listings: Arc<Listings>) -> Self {
        self.listings = listings;
        self
    }

    /// Takes what the host now says of itself.
    pub const fn set_host(&mut self, host: Host) {
        self.host = host;
    }

    /// The policy in force: the ceilings, whatever was dialled.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The policy in force with today's values in place of its own.
    #[must_use]
    pub const fn today(&self) -> &Policy {
        &self.today
    }

    /// What the host says of itself.
    #[must_use]
    pub const fn host(&self) -> Host {
        self.host
    }

    /// The listing of a condition, while the policy in force has listers.
    pub(crate) fn listed(&self, condition: B256) -> Option<&Listed> {
        self.policy.scope.markets.listers()?;
        self.listings.get(condition)
    }

    pub(crate) const fn pending(&self) -> Option<&Announced> {
        self.pending.as_ref()
    }

    pub(crate) const fn alive_until(&self) -> Option<UtcSeconds> {
        self.alive_until
    }

    pub(crate) fn fee(&self) -> FeeCeiling {
        FeeCeiling::of_policy(self.policy.order.fee_ceiling_bps)
    }

    /// The lowest price of a SELL of `token` without a ticket: the policy's
    /// floor, or the one that was dialled for this token if it is higher.
    #[must_use]
    pub fn floor(&self, token: U256) -> PriceE4 {
        let policy = self.today.exits.sell_floor;
        self.floors
            .get(&token)
            .map_or(policy, |raised| policy.max(*raised))
    }
}
