//! The state of authority over one journal: who may say what now.
//!
//! Never touches: figures of an intent, shares, the journal itself. It is built
//! by admitting notes and by nothing else, so replaying the journal's notes at
//! their recorded times builds it again.
//!
//! Invariant: what was dialled lies inside the policy in force.
//! Invariant: before the first key set no key is known, so nothing that merely
//! arrives can found an authority.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;

use order::B256;

use crate::chain::{ChainRefusal, Link, check_serial};
use crate::dial::Dialed;
use crate::key::{PublicKey, VerifierKey};
use crate::keyset::KeySet;
use crate::kind::Kind;
use crate::listing::{Listing, Listings};
use crate::market::Markets;
use crate::policy::Policy;
use crate::refusal::NoteRefusal;
use crate::signed::NoteHash;
use crate::spelling::{JournalId, NoteId};
use crate::ticket::Ticket;
use crate::time::{Now, UtcSeconds};

/// How many tickets of one operator may be good at a time, 15 minutes each.
pub const TICKETS_MAX: usize = 256;
/// How many attestations may be good at a time, and how many notes of fills.
pub const ATTESTED_MAX: usize = 1_024;
/// How many tokens may have raised floors.
pub const TOKEN_FLOORS_MAX: usize = 1_024;

/// A text in force, or about to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held<T> {
    /// What it says.
    pub body: T,
    /// The hash that the next version must name.
    pub hash: NoteHash,
}

/// A policy that waits for its delay.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pending {
    /// The policy.
    pub policy: Held<Policy>,
    /// When it comes into force, on the slow reading.
    pub effective_at: UtcSeconds,
}

/// What a note used up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Mark {
    Id(Kind, NoteId),
    Leaf(u64),
    Text(NoteHash),
    /// A leader's fill.
    Fill(B256),
}

/// Until when a mark must be remembered: its note's `apply_before`; and whose
/// word alone it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Used {
    until: UtcSeconds,
    by: Option<PublicKey>,
}

/// The state of authority over one journal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authority {
    journal: JournalId,
    keyset: Option<Held<KeySet>>,
    policy: Option<Held<Policy>>,
    pending: Option<Pending>,
    dialed: Dialed,
    alive_until: Option<UtcSeconds>,
    /// Shared with every copy of the state until one of them lists another.
    listings: Arc<Listings>,
    /// The last serial of each kind, within the policy version in force.
    serials: BTreeMap<Kind, u64>,
    used: BTreeMap<Mark, Used>,
}

impl Authority {
    /// The state of a journal just born: no one may say anything yet.
    #[must_use]
    pub fn born(journal: JournalId) -> Self {
        Self {
            journal,
            keyset: None,
            policy: None,
            pending: None,
            dialed: Dialed::NONE,
            alive_until: None,
            listings: Arc::default(),
            serials: BTreeMap::new(),
            used: BTreeMap::new(),
        }
    }

    /// The journal.
    #[must_use]
    pub const fn journal(&self) -> JournalId {
        self.journal
    }

    /// The key set in force.
    #[must_use]
    pub const fn keyset(&self) -> Option<&Held<KeySet>> {
        self.keyset.as_ref()
    }

    /// The policy in force: the ceilings, whatever was dialled.
    #[must_use]
    pub const fn policy(&self) -> Option<&Held<Policy>> {
        self.policy.as_ref()
    }

    /// The policy that waits for its delay.
    #[must_use]
    pub const fn pending(&self) -> Option<&Pending> {
        self.pending.as_ref()
    }

    /// What was dialled, all of it inside the policy in force.
    #[must_use]
    pub const fn dialed(&self) -> &Dialed {
        &self.dialed
    }

    /// The policy in force with today's values in place of its own. The raised
    /// floors of single tokens are in [`Self::dialed`].
    #[must_use]
    pub fn today(&self) -> Option<Policy> {
        self.policy
            .as_ref()
            .map(|held| self.dialed.over(&held.body))
    }

    /// The last serial of `kind` under the policy in force; 0 before the first.
    #[must_use]
    pub fn last_serial(&self, kind: Kind) -> u64 {
        self.serials.get(&kind).copied().unwrap_or(0)
    }

    /// How far the last `alive` reaches, if there was one.
    #[must_use]
    pub const fn alive_until(&self) -> Option<UtcSeconds> {
        self.alive_until
    }

    /// Every market that was ever listed. They count while the policy in force
    /// has listers.
    #[must_use]
    pub const fn listings(&self) -> &Arc<Listings> {
        &self.listings
    }

    /// Every key that may sign something now: the quorum's, and those of the
    /// operators, listers, watchers and notifier of the policy in force. None before the first key set, so nothing that merely arrives can found
    /// an authority.
    #[must_use]
    pub fn keys(&self) -> Vec<VerifierKey> {
        let quorum = self.keyset.iter().flat_map(|held| &held.body.keys);
        let policy = self.policy.as_ref().map(|held| &held.body);
        let operators = policy.into_iter().flat_map(|policy| &policy.operators);
        let listers = policy.and_then(|policy| policy.scope.markets.listers());
        let watchers = policy.and_then(|policy| policy.watching.watchers());
        let notifier = policy.and_then(|policy| policy.extras.notifier.as_ref());
        quorum
            .chain(operators)
            .chain(listers.into_iter().flat_map(|role| &role.listers))
            .chain(watchers.into_iter().flat_map(|role| &role.watchers))
            .chain(notifier)
            .cloned()
            .collect()
    }

    /// Lets the time pass: a pending policy whose delay is over comes into
    /// force (then `true`), and marks that no note can use again are forgotten.
    pub fn settle(&mut self, now: Now) -> bool {
        self.used.retain(|_, used| used.until > now.slow());
        match self
            .pending
            .take_if(|pending| pending.effective_at <= now.slow())
        {
            None => false,
            Some(pending) => {
                self.enact(pending.policy);
                true
            }
        }
    }

    /// Puts a policy in force. What operators tightened stays tight as far as
    /// the new figures allow: a mere renewal must not undo it.
    fn enact(&mut self, policy: Held<Policy>) {
        self.dialed.retain_within(&policy.body);
        self.serials.clear();
        self.policy = Some(policy);
    }
}

// The steps that `admit` takes. Each checks before it changes anything, but
// only together do they make a note's effect, so none is public.
impl Authority {
    /// Puts the next key set in force, and voids what the old quorum
    /// announced: it may be what its thief announced.
    pub(crate) fn replace_keys(&mut self, keyset: Held<KeySet>) -> Result<(), NoteRefusal> {
        let body = &keyset.body;
        let link = Link {
            version: body.version,
            previous: body.previous,
            hash: keyset.hash,
        };
        link.follows(
            self.keyset
                .as_ref()
                .map(|held| (held.body.version, held.hash)),
        )?;
        self.drop_pending();
        self.keyset = Some(keyset);
        Ok(())
    }

    /// Takes the next policy: at once if it is the first, else to wait for
    /// `effective_at`.
    pub(crate) fn take_policy(
        &mut self,
        policy: Held<Policy>,
        effective_at: UtcSeconds,
    ) -> Result<(), NoteRefusal> {
        let body = &policy.body;
        let link = Link {
            version: body.version,
            previous: body.previous,
            hash: policy.hash,
        };
        link.follows(
            self.policy
                .as_ref()
                .map(|held| (held.body.version, held.hash)),
        )?;
        if let Some(pending) = &self.pending {
            return Err(NoteRefusal::PolicyPending {
                effective_at: pending.effective_at,
            });
        }
        // A policy that was cancelled or voided is signed as well as ever.
        if self.used.contains_key(&Mark::Text(policy.hash)) {
            return Err(NoteRefusal::Used);
        }
        if self.policy.is_none() {
            self.enact(policy);
        } else {
            self.pending = Some(Pending {
                policy,
                effective_at,
            });
        }
        Ok(())
    }

    /// Drops the pending policy for good: its text may not be applied again.
    pub(crate) fn drop_pending(&mut self) {
        if let Some(Pending { policy, .. }) = self.pending.take() {
            let until = policy.body.window.apply_before;
            self.used
                .insert(Mark::Text(policy.hash), Used { until, by: None });
        }
    }

    /// Lays newly dialled figures over the old ones.
    pub(crate) fn dial(&mut self, newer: &Dialed) -> Result<(), NoteRefusal> {
        let policy = self.in_force()?;
        if let Some(field) = newer.beyond(policy) {
            return Err(NoteRefusal::BeyondPolicy { field });
        }
        let mut dialed = self.dialed.clone();
        dialed.lay(newer);
        dialed.retain_within(policy);
        if dialed.token_floors.len() > TOKEN_FLOORS_MAX {
            return Err(NoteRefusal::Crowded);
        }
        self.dialed = dialed;
        Ok(())
    }

    pub(crate) const fn excuse_until(&mut self, until: UtcSeconds) {
        self.alive_until = Some(until);
    }

    pub(crate) fn in_force(&self) -> Result<&Policy, NoteRefusal> {
        self.policy
            .as_ref()
            .map(|held| &held.body)
            .ok_or(NoteRefusal::NoPolicy)
    }

    /// Makes sure that a note was made for the policy in force.
    pub(crate) fn check_policy(&self, named: u64) -> Result<(), NoteRefusal> {
        let in_force = self.in_force()?.version;
        if named == in_force {
            Ok(())
        } else {
            Err(ChainRefusal::OtherPolicy { in_force }.into())
        }
    }

    pub(crate) fn use_serial(
        &mut self,
        kind: Kind,
        policy: u64,
        serial: u64,
    ) -> Result<(), NoteRefusal> {
        self.check_policy(policy)?;
        check_serial(self.serials.get(&kind).copied().unwrap_or(0), serial)?;
        self.serials.insert(kind, serial);
        Ok(())
    }

    pub(crate) fn use_mark(&mut self, mark: Mark, until: UtcSeconds) -> Result<(), NoteRefusal> {
        if self.used.contains_key(&mark) {
            return Err(NoteRefusal::Used);
        }
        self.used.insert(mark, Used { until, by: None });
        Ok(())
    }

    /// Uses up what watchers told, if there is room to remember it: each of their
    /// kinds has its own.
    pub(crate) fn use_watched(
        &mut self,
        policy: u64,
        mark: Mark,
        until: UtcSeconds,
        now: Now,
    ) -> Result<(), NoteRefusal> {
        self.check_policy(policy)?;
        let is_fill = |mark: &Mark| matches!(mark, Mark::Id(Kind::Fill, _));
        let is_theirs = |other: &Mark| match other {
            Mark::Fill(_) | Mark::Id(Kind::Fill, _) => is_fill(other) == is_fill(&mark),
            Mark::Id(..) | Mark::Leaf(_) | Mark::Text(_) => false,
        };
        // A mark that no note can use again is kept while the slow time lags.
        let used = self.used.iter();
        let theirs = used.filter(|(other, used)| is_theirs(other) && used.until > now.fast());
        if !self.used.contains_key(&mark) && theirs.count() >= ATTESTED_MAX {
            return Err(NoteRefusal::Crowded);
        }
        self.use_mark(mark, until)
    }

    /// Takes a market that may be bought.
    pub(crate) fn list(&mut self, listing: &Listing, now: Now) -> Result<(), NoteRefusal> {
        self.check_policy(listing.policy)?;
        let Markets::Listers(listers) = &self.in_force()?.scope.markets else {
            return Err(NoteRefusal::NoRole { role: "listers" });
        };
        self.listings
            .check(&listing.market, listers.listings_per_day, now)?;
        Arc::make_mut(&mut self.listings).add(listing.market.clone(), now.slow());
        Ok(())
    }

    /// Uses up a ticket's id, out of the room of one of the operators who
    /// signed it. Only tickets come by one person's word, so only they could be
    /// a flood: one operator's must not keep out another's.
    pub(crate) fn use_ticket(
        &mut self,
        ticket: &Ticket,
        signed_by: &BTreeSet<PublicKey>,
        now: Now,
    ) -> Result<(), NoteRefusal> {
        self.check_policy(ticket.policy)?;
        let mark = Mark::Id(Kind::Ticket, ticket.id);
        if self.used.contains_key(&mark) {
            return Err(NoteRefusal::Used);
        }
        let good = |by: &PublicKey| {
            let theirs = |used: &&Used| used.by.as_ref() == Some(by) && used.until > now.fast();
            self.used.values().filter(theirs).count()
        };
        let operators = self.in_force()?.operators.iter().map(VerifierKey::public);
        let by = operators
            .filter(|operator| signed_by.contains(operator))
            .find(|operator| good(operator) < TICKETS_MAX)
            .ok_or(NoteRefusal::Crowded)?;
        let (until, by) = (ticket.window.apply_before, Some(by));
        self.used.insert(mark, Used { until, by });
        Ok(())
    }
}
