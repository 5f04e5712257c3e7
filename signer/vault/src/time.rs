//! Two times out of three clocks: one that grows authority, one that ends it.
//!
//! Pure: readings are arguments. The slow time advances by the lesser of what
//! wall clock and monotonic clock say passed, and across restarts by no more
//! than the machine has been up, nor than its monotonic clock has run since the
//! last start; the fast time is never behind what boot time says passed, nor
//! behind a wall clock that agrees.
//!
//! Invariant: neither time goes back.
//! Invariant: after the clocks disagree, the account says so until a person
//! accepts the wall clock, over restarts too. Until then the wall moves neither
//! time: one that ran ahead would end every deadline and shut exits in, for as
//! long as the truth takes to catch up. Accepting credits nothing.

/// How far wall clock and boot time may drift apart before buys stop.
const DISAGREE_MS: u64 = 2_000;

/// Three clocks, read together, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Unix time.
    pub(crate) wall_ms: u64,
    /// `CLOCK_MONOTONIC_RAW`: since boot, not steered, not through suspend.
    pub(crate) raw_ms: u64,
    /// `CLOCK_BOOTTIME`: since boot, through suspend.
    pub(crate) boot_ms: u64,
}

/// Both times, as the last recorded row has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Wall clock of the row.
    pub(crate) wall_ms: u64,
    pub(crate) slow_ms: u64,
    pub(crate) fast_ms: u64,
}

/// What both clocks since boot said at a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Up {
    pub(crate) raw_ms: u64,
    pub(crate) boot_ms: u64,
}

/// The last start that the journal tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Began {
    pub(crate) at: Mark,
    pub(crate) up: Up,
}

impl Began {
    /// The latest that the slow time can be now, and the earliest that the fast
    /// one can. In another boot less has passed on these clocks than in truth,
    /// so both are rather too early; `None` where it shows that it is another.
    fn bounds(self, now: Reading) -> Option<(u64, u64)> {
        let raw_ms = now.raw_ms.checked_sub(self.up.raw_ms)?;
        let boot_ms = now.boot_ms.checked_sub(self.up.boot_ms)?;
        Some((
            self.at.slow_ms.saturating_add(raw_ms),
            self.at.fast_ms.saturating_add(boot_ms),
        ))
    }
}

/// The account of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    last: Reading,
    slow_ms: u64,
    fast_ms: u64,
    /// Where wall clock and boot time were last known to agree.
    base: Reading,
    /// By how much they disagree, once they did.
    jumped_ms: Option<u64>,
}

impl Account {
    /// Opens the account at a start of the program.
    ///
    /// `mark` is the journal's last row, or its birth, `began` the last start
    /// that it tells of, and `apart` says that the clocks disagreed and nobody
    /// accepted them since.
    pub(crate) fn open(mark: Mark, began: Option<Began>, apart: bool, now: Reading) -> Self {
        // Which boot the row was written in is not asked: up time bounds what
        // can have passed since, whichever it was.
        let passed = now.wall_ms.saturating_sub(mark.wall_ms).min(now.raw_ms);
        let slow_ms = mark.slow_ms.saturating_add(passed);
        // The machine may have been up for long, and its wall clock set ahead,
        // or held back, while nobody looked.
        let bounds = began.and_then(|began| began.bounds(now));
        let (latest, earliest) = bounds.unwrap_or((u64::MAX, 0));
        let slow_ms = slow_ms.min(latest).max(mark.slow_ms);
        let fast_ms = mark.fast_ms.max(earliest);
        if apart {
            return Self {
                last: now,
                slow_ms: mark.slow_ms,
                fast_ms,
                base: now,
                jumped_ms: Some(fast_ms.abs_diff(now.wall_ms)),
            };
        }
        // A wall clock behind what was already recorded has gone back.
        let behind = mark.wall_ms.max(mark.fast_ms).saturating_sub(now.wall_ms);
        Self {
            last: now,
            slow_ms,
            fast_ms: fast_ms.max(now.wall_ms),
            base: now,
            jumped_ms: Some(behind).filter(|ms| *ms > DISAGREE_MS),
        }
    }

    /// Takes a reading.
    pub(crate) fn read(&mut self, now: Reading) {
        let wall = now.wall_ms.saturating_sub(self.last.wall_ms);
        let raw = now.raw_ms.saturating_sub(self.last.raw_ms);
        let boot = now.boot_ms.saturating_sub(self.last.boot_ms);
        self.fast_ms = self.fast_ms.saturating_add(boot);
        let apart = now
            .wall_ms
            .saturating_add(self.base.boot_ms)
            .abs_diff(self.base.wall_ms.saturating_add(now.boot_ms));
        if apart > DISAGREE_MS && self.jumped_ms.is_none() {
            self.jumped_ms = Some(apart);
        }
        // While the clocks disagree nobody knows what passed: nothing grows, and
        // what ends does so by the clock that nobody can set.
        if self.jumped_ms.is_none() {
            self.slow_ms = self.slow_ms.saturating_add(wall.min(raw));
            self.fast_ms = self.fast_ms.max(now.wall_ms);
        }
        self.last = now;
    }

    /// A person says that the wall clock is right now. Credits nothing.
    pub(crate) fn accept(&mut self) {
        self.base = self.last;
        self.jumped_ms = None;
        self.fast_ms = self.fast_ms.max(self.last.wall_ms);
    }

    /// By how much the clocks disagree, if they do.
    pub(crate) const fn jumped_ms(&self) -> Option<u64> {
        self.jumped_ms
    }

    /// Both times, to be recorded with a row.
    pub(crate) const fn mark(&self) -> Mark {
        Mark {
            wall_ms: self.last.wall_ms,
            slow_ms: self.slow_ms,
            fast_ms: self.fast_ms,
        }
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "small numbers in tests")]
mod tests {
    use super::*;

    const T: u64 = 1_795_000_000_000;

    fn at(wall: u64, raw: u64, boot: u64) -> Reading {
        Reading {
            wall_ms: T + wall,
            raw_ms: raw,
            boot_ms: boot,
        }
    }

    fn opened() -> Account {
        let mark = Mark {
            wall_ms: T,
            slow_ms: T,
            fast_ms: T,
        };
        Account::open(mark, None, false, at(0, 10_000, 10_000))
    }

    #[test]
    fn clocks_that_agree_are_followed() {
        let mut account = opened();
        account.read(at(1_000, 11_000, 11_000));
        assert_eq!(
            account.mark(),
            Mark {
                wall_ms: T + 1_000,
                slow_ms: T + 1_000,
                fast_ms: T + 1_000
            }
        );
        assert_eq!(account.jumped_ms(), None);
    }

    #[test]
    fn two_seconds_apart_is_tolerated_and_one_millisecond_more_is_not() {
        let mut account = opened();
        account.read(at(3_000, 11_000, 11_000));
        assert_eq!(account.jumped_ms(), None);
        account.read(at(3_001, 11_000, 11_000));
        assert_eq!(account.jumped_ms(), Some(2_001));
    }

    #[test]
    fn a_jump_forward_moves_neither_time_until_a_person_accepts_it() {
        let year = 31_536_000_000;
        let mut account = opened();
        account.read(at(year, 10_100, 10_100));
        assert_eq!(account.jumped_ms(), Some(year - 100));
        assert_eq!(account.mark().slow_ms, T);
        assert_eq!(account.mark().fast_ms, T + 100, "boot time goes on");
        account.accept();
        assert_eq!(account.jumped_ms(), None);
        assert_eq!(account.mark().slow_ms, T, "accepting credits nothing");
        assert_eq!(account.mark().fast_ms, T + year, "and ends what it must");
        account.read(at(year + 500, 10_600, 10_600));
        assert_eq!(account.mark().slow_ms, T + 500);
    }

    #[test]
    fn a_jump_forward_that_is_set_right_again_leaves_nothing_behind() {
        let year = 31_536_000_000;
        let mut account = opened();
        account.read(at(year, 10_100, 10_100));
        account.read(at(1_000, 11_000, 11_000));
        assert!(account.jumped_ms().is_some(), "it waits for a person still");
        account.accept();
        let mark = account.mark();
        assert_eq!((mark.slow_ms, mark.fast_ms), (T, T + 1_000));
    }

    #[test]
    fn a_restart_accepts_nothing_in_a_persons_place() {
        let year = 31_536_000_000;
        let mut account = opened();
        account.read(at(year, 10_100, 10_100));
        let began = Began {
            at: opened().mark(),
            up: Up {
                raw_ms: 10_000,
                boot_ms: 10_000,
            },
        };
        let mut again = Account::open(account.mark(), Some(began), true, at(year, 12_000, 12_000));
        assert_eq!(again.jumped_ms(), Some(year - 2_000));
        again.read(at(year + 1_000, 13_000, 13_000));
        let mark = again.mark();
        assert_eq!((mark.slow_ms, mark.fast_ms), (T, T + 3_000));
        again.accept();
        assert_eq!(again.mark().fast_ms, T + year + 1_000);
    }

    #[test]
    fn a_jump_back_never_takes_back_what_ended() {
        let mut account = opened();
        account.read(at(60_000, 70_000, 70_000));
        account.read(Reading {
            wall_ms: T - 3_600_000,
            raw_ms: 70_100,
            boot_ms: 70_100,
        });
        assert!(account.jumped_ms().is_some());
        assert_eq!(account.mark().slow_ms, T + 60_000);
        assert_eq!(account.mark().fast_ms, T + 60_100);
    }

    #[test]
    fn a_suspended_machine_ends_more_than_it_grows() {
        let mut account = opened();
        // Ten minutes asleep: wall and boot time see it, the raw clock does not.
        account.read(at(600_000, 10_050, 610_000));
        assert_eq!(account.jumped_ms(), None);
        assert_eq!(account.mark().slow_ms, T + 50);
        assert_eq!(account.mark().fast_ms, T + 600_000);
    }

    #[test]
    fn a_restart_counts_no_more_than_the_machine_was_up() {
        let mark = Mark {
            wall_ms: T,
            slow_ms: T,
            fast_ms: T,
        };
        let day = 86_400_000;
        let account = Account::open(mark, None, false, at(day, 30_000, 30_000));
        assert_eq!(account.mark().slow_ms, T + 30_000);
        assert_eq!(account.mark().fast_ms, T + day);
        let account = Account::open(mark, None, false, at(5_000, day, day));
        assert_eq!(account.mark().slow_ms, T + 5_000);
    }

    #[test]
    fn a_wall_clock_set_ahead_between_two_starts_credits_nothing() {
        let day = 86_400_000;
        let mark = Mark {
            wall_ms: T,
            slow_ms: T,
            fast_ms: T,
        };
        let began = began_an_hour_before(10 * day);
        let slow = |wall, raw| {
            let account = Account::open(mark, Some(began), false, at(wall, raw, raw));
            account.mark().slow_ms
        };
        let row = 10 * day + 3_600_000;
        assert_eq!(slow(day, row + 1_000), T + 1_000);
        assert_eq!(slow(1_000, row + day), T + 1_000, "the lesser of both");
        // A slow time that stood still has not to be caught up.
        assert_eq!(slow(day, row - 1), T, "and never back");
        // Another boot: it has been up for a minute.
        assert_eq!(slow(day, 60_000), T + 60_000);
    }

    #[test]
    fn a_wall_clock_held_back_between_two_starts_ends_what_it_must() {
        let day = 86_400_000;
        let mark = Mark {
            wall_ms: T,
            slow_ms: T,
            fast_ms: T,
        };
        let began = began_an_hour_before(10 * day);
        let fast = |wall, boot| {
            let account = Account::open(mark, Some(began), false, at(wall, boot, boot));
            account.mark().fast_ms
        };
        assert_eq!(fast(0, 11 * day), T + day - 3_600_000);
        assert_eq!(fast(2 * day, 11 * day), T + 2 * day, "the greater of both");
        assert_eq!(fast(0, 10 * day), T, "and never back");
        assert_eq!(fast(0, 60_000), T, "in another boot it is not known");
    }

    /// The start of a machine that was `up_ms` up, an hour before `T`.
    fn began_an_hour_before(up_ms: u64) -> Began {
        let at_ms = T - 3_600_000;
        Began {
            at: Mark {
                wall_ms: at_ms,
                slow_ms: at_ms,
                fast_ms: at_ms,
            },
            up: Up {
                raw_ms: up_ms,
                boot_ms: up_ms,
            },
        }
    }

    #[test]
    fn a_start_before_the_last_row_waits_for_a_person() {
        let mark = Mark {
            wall_ms: T,
            slow_ms: T,
            fast_ms: T,
        };
        let back = |ms| {
            Account::open(
                mark,
                None,
                false,
                Reading {
                    wall_ms: T - ms,
                    raw_ms: 1,
                    boot_ms: 1,
                },
            )
        };
        assert_eq!(back(2_000).jumped_ms(), None);
        assert_eq!(back(2_001).jumped_ms(), Some(2_001));
        assert_eq!(back(2_001).mark().fast_ms, T);
    }
}
