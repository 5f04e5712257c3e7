//! What time it is, three times, since a clock can be wrong in any direction.
//!
//! For: keeping apart what makes authority grow and what makes it end, so that
//! no rule picks a clock by accident.
//!
//! Never touches a clock: whoever calls reads them.
//!
//! Invariant: windows roll off, rollouts advance and the replay floor rises on
//! `slow_ms` alone, but for the rate of exits while the clocks disagree; deadlines, expiries, leases, ages and tickets end on
//! `fast_ms` alone; `wall_ms` names things and decides nothing but what lies
//! in the future.

/// Three readings of the time, Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// What the clock on the wall says: the order's timestamp, and the words.
    pub wall_ms: u64,
    /// What grows authority advances by the lesser of wall and raw elapsed time.
    pub slow_ms: u64,
    /// What ends authority advances by the greater of wall and boot time.
    pub fast_ms: u64,
}

impl Time {
    /// A moment at which all clocks agree.
    #[must_use]
    pub const fn agreed(ms: u64) -> Self {
        Self {
            wall_ms: ms,
            slow_ms: ms,
            fast_ms: ms,
        }
    }

    /// The wall's reading when the slow one will be `slow_ms`, at the earliest.
    pub(crate) const fn wall_at(self, slow_ms: u64) -> u64 {
        self.wall_ms
            .saturating_add(slow_ms.saturating_sub(self.slow_ms))
    }

    /// The wall's reading when the fast one will be `fast_ms`, at the earliest.
    pub(crate) const fn wall_at_fast(self, fast_ms: u64) -> u64 {
        self.wall_ms
            .saturating_add(fast_ms.saturating_sub(self.fast_ms))
    }
}

/// What a decision takes from outside intent, facts and state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When it is decided.
    pub time: Time,
    /// The order's salt, a keyed hash of the intent's name, below 2^53.
    pub salt: u64,
}
