//! Where the signer stands: what is permitted, and every reason why no more is.
//!
//! A pure function of facts, rows and time: nothing is switched, so nothing can
//! be left switched. ACTIVE, then `REDUCE_ONLY` (EXIT and COPY sells only), then
//! FROZEN (tickets only), then LOCKED (nothing).
//!
//! Invariant: every automatic stop is `REDUCE_ONLY`, and comes an hour or more
//! before the LOCKED that it announces.
//! Invariant: where several causes hold, the strictest decides.

use crate::ahead;
use crate::calendar::{DAY_MS, HOUR_MS, ms_of};
use crate::denial::Denial;
use crate::facts::{Disk, Facts, Host, Key};
use crate::label::Label;
use crate::session::{SessionEnds, session_ends};
use crate::state::State;
use crate::time::Time;

/// What is permitted, from most to least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Everything that the policy allows.
    Active,
    /// EXIT, and sells that copy a leader.
    ReduceOnly,
    /// Exits with a ticket.
    Frozen,
    /// Nothing.
    Locked,
}

impl Standing {
    /// The word the status and people use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::ReduceOnly => "REDUCE_ONLY",
            Self::Frozen => "FROZEN",
            Self::Locked => "LOCKED",
        }
    }
}

/// Why someone or something froze.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FreezeReason {
    /// A caller or a person asked for it.
    Asked,
    /// The journal does not verify.
    JournalBroken,
    /// The journal went back behind what others remember of it.
    RolledBack,
    /// The key is of another wallet than the policy's.
    WrongWallet,
    /// A self-check failed.
    SelfCheck,
}

impl FreezeReason {
    /// As a person reads it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Asked => "Freeze",
            Self::JournalBroken => "the journal does not verify",
            Self::RolledBack => "the journal went back",
            Self::WrongWallet => "the key is of another wallet",
            Self::SelfCheck => "a self-check failed",
        }
    }
}

/// A freeze that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// The leaf that froze, which an unfreeze note must name.
    pub leaf: u64,
    /// When, on the wall, Unix milliseconds.
    pub at_ms: u64,
    /// Who asked, or the room that found a reason.
    pub by: Label,
    /// Why.
    pub reason: FreezeReason,
}

/// One reason why less than everything is permitted. Times are Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The key is sealed.
    KeyLocked,
    /// The lease is over.
    LeaseEnded {
        /// Since when.
        at_ms: u64,
    },
    /// The dead man's second stage.
    DeadManLocked {
        /// Since when.
        at_ms: u64,
    },
    /// A freeze holds.
    Frozen(Freeze),
    /// The policy's time is over; sells run on for its grace.
    PolicyExpired {
        /// Since when.
        at_ms: u64,
        /// Until when sells run on.
        sells_until_ms: u64,
    },
    /// The dead man's first stage, or no `alive` was ever said.
    DeadMan {
        /// Since when; `None` if always.
        at_ms: Option<u64>,
    },
    /// The lease ends within the hour.
    LeaseEnding {
        /// When it ends.
        locks_ms: u64,
    },
    /// The session key ends within the hour, or is 120 days old.
    SessionEnding {
        /// When it ends.
        ends_ms: u64,
    },
    /// The session key has ended.
    SessionEnded {
        /// Since when.
        at_ms: u64,
    },
    /// The clocks disagree.
    ClockJumped {
        /// Since when, on the wall.
        at_ms: u64,
    },
    /// The witnesses do not hold this start and its first advance yet.
    Unwitnessed,
    /// Too few witnesses said lately that they hold the journal.
    WitnessLate {
        /// Since when.
        at_ms: u64,
    },
    /// Disk has fallen to its reserve.
    DiskLow,
    /// What exits had of the reserve is used up.
    DiskFull,
    /// It was restarted and no one has said `alive` since.
    Unattended {
        /// Since when, on the wall.
        at_ms: u64,
    },
}

impl Cause {
    /// What this cause alone permits.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        match self {
            Self::KeyLocked
            | Self::LeaseEnded { .. }
            | Self::DeadManLocked { .. }
            | Self::SessionEnded { .. }
            | Self::DiskFull => Standing::Locked,
            Self::Frozen(_) => Standing::Frozen,
            Self::PolicyExpired { .. }
            | Self::DeadMan { .. }
            | Self::LeaseEnding { .. }
            | Self::SessionEnding { .. }
            | Self::ClockJumped { .. }
            | Self::Unwitnessed
            | Self::WitnessLate { .. }
            | Self::DiskLow
            | Self::Unattended { .. } => Standing::ReduceOnly,
        }
    }

    /// The denial of whatever it does not permit.
    #[must_use]
    pub const fn denial(self) -> Denial {
        match self {
            Self::KeyLocked
            | Self::LeaseEnded { .. }
            | Self::DeadManLocked { .. }
            | Self::DiskFull => Denial::Locked(self),
            Self::SessionEnded { at_ms } => Denial::SessionExpired { ended_ms: at_ms },
            Self::Frozen(freeze) => Denial::Frozen(freeze),
            Self::PolicyExpired { .. }
            | Self::DeadMan { .. }
            | Self::LeaseEnding { .. }
            | Self::SessionEnding { .. }
            | Self::ClockJumped { .. }
            | Self::Unwitnessed
            | Self::WitnessLate { .. }
            | Self::DiskLow
            | Self::Unattended { .. } => Denial::ReduceOnly(self),
        }
    }

    /// The stable word, for status and metrics.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::KeyLocked => "KEY_LOCKED",
            Self::LeaseEnded { .. } => "LEASE_ENDED",
            Self::DeadManLocked { .. } => "DEAD_MAN_LOCKED",
            Self::Frozen(_) => "FROZEN",
            Self::PolicyExpired { .. } => "POLICY_EXPIRED",
            Self::DeadMan { .. } => "DEAD_MAN",
            Self::LeaseEnding { .. } => "LEASE_ENDING",
            Self::SessionEnding { .. } => "SESSION_ENDING",
            Self::SessionEnded { .. } => "SESSION_ENDED",
            Self::ClockJumped { .. } => "CLOCK_JUMPED",
            Self::Unwitnessed => "UNWITNESSED",
            Self::WitnessLate { .. } => "WITNESS_LATE",
            Self::DiskLow => "DISK_LOW",
            Self::DiskFull => "DISK_FULL",
            Self::Unattended { .. } => "UNATTENDED",
        }
    }
}

/// Every cause that holds, the strictest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Causes([Option<Cause>; 14]);

impl Causes {
    /// What is permitted under all of them.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let standings = self.iter().map(Cause::standing);
        standings.max().unwrap_or(Standing::Active)
    }

    /// One after the other, the strictest first.
    pub fn iter(&self) -> impl Iterator<Item = &Cause> {
        self.0.iter().flatten()
    }
}

/// Finds every cause that holds at `time`.
#[must_use]
pub fn standing(facts: &Facts, state: &State, time: Time) -> Causes {
    let fast_ms = time.fast_ms;
    let clocks = Clocks::of(facts);
    let since = |at_ms: Option<u64>| at_ms.filter(|at_ms| *at_ms <= fast_ms);
    let lease = clocks.lease_ends_ms;
    let Host { key, disk, held } = facts.host();
    let locked = match key {
        Key::Locked => Some(Cause::KeyLocked),
        Key::Open { .. } => since(lease).map(|at_ms| Cause::LeaseEnded { at_ms }),
    };
    let is_open = state.ahead.is_open(held.leaves);
    let witnesses = ahead::late_ms(facts).and_then(|at_ms| {
        let late = since(Some(at_ms)).map(|at_ms| Cause::WitnessLate { at_ms });
        late.filter(|_| is_open)
            .or_else(|| (!is_open).then_some(Cause::Unwitnessed))
    });
    let ending = lease.filter(|ends| fast_ms >= ends.saturating_sub(HOUR_MS));
    let dead_man = match clocks.reduces_ms {
        None => Some(Cause::DeadMan { at_ms: None }),
        Some(at_ms) => since(Some(at_ms)).map(|at_ms| Cause::DeadMan { at_ms: Some(at_ms) }),
    };
    let session = session_ends(facts, state);
    let mut freezes = state.freezes();
    Causes([
        locked,
        since(session.map(|session| session.ends_ms)).map(|at_ms| Cause::SessionEnded { at_ms }),
        since(clocks.locks_ms).map(|at_ms| Cause::DeadManLocked { at_ms }),
        (disk == Disk::Full).then_some(Cause::DiskFull),
        freezes.next().map(Cause::Frozen),
        freezes.next().map(Cause::Frozen),
        since(Some(clocks.expires_ms)).map(|at_ms| Cause::PolicyExpired {
            at_ms,
            sells_until_ms: clocks.sells_until_ms,
        }),
        dead_man,
        ending.map(|locks_ms| Cause::LeaseEnding { locks_ms }),
        session
            .filter(|session| (session.reduces_ms..session.ends_ms).contains(&fast_ms))
            .map(|SessionEnds { ends_ms, .. }| Cause::SessionEnding { ends_ms }),
        state
            .clock_jumped()
            .map(|at_ms| Cause::ClockJumped { at_ms }),
        witnesses,
        (disk == Disk::Low).then_some(Cause::DiskLow),
        state.unattended().map(|at_ms| Cause::Unattended { at_ms }),
    ])
}

/// When what ends authority strikes, on the fast reading.
#[expect(clippy::struct_field_names, reason = "every name ends in its unit")]
pub(crate) struct Clocks {
    pub(crate) expires_ms: u64,
    pub(crate) sells_until_ms: u64,
    /// The dead man's first stage; `None` if no `alive` was ever said.
    pub(crate) reduces_ms: Option<u64>,
    /// Its second.
    pub(crate) locks_ms: Option<u64>,
    pub(crate) lease_ends_ms: Option<u64>,
}

impl Clocks {
    pub(crate) fn of(facts: &Facts) -> Self {
        let policy = facts.policy();
        let presence = &policy.presence;
        let expires_ms = ms_of(policy.expires);
        let grace_ms = u64::from(policy.exits.sell_grace_days).saturating_mul(DAY_MS);
        let reduces_ms = facts.alive_until().map(ms_of);
        // The figures count from an `alive` at its longest, which reduces
        // after the first and locks after the second.
        let between = presence
            .dead_man_lock_hours
            .saturating_sub(presence.dead_man_reduce_hours);
        let between_ms = u64::from(between).saturating_mul(HOUR_MS);
        Self {
            expires_ms,
            sells_until_ms: expires_ms.saturating_add(grace_ms),
            reduces_ms,
            locks_ms: reduces_ms.map(|at_ms| at_ms.saturating_add(between_ms)),
            lease_ends_ms: match facts.host().key {
                Key::Locked => None,
                Key::Open { lease_ends_ms, .. } => Some(lease_ends_ms),
            },
        }
    }
}
