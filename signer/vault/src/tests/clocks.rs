//! Clocks that drift, jump and stand still for a month and more: what grows
//! never grows ahead of the time that passed, what ends never ends late, and
//! no word of a person credits anything.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::integer_division,
    reason = "tests count in the open, a panic here is a failed test"
)]

use crate::time::{Account, Began, Mark, Reading, Up};

const T: u64 = 1_795_000_000_000;
const SECOND: u64 = 1_000;
const HOUR: u64 = 3_600 * SECOND;
const MONTH: u64 = 30 * 24 * HOUR;
const YEAR: u64 = 365 * 24 * HOUR;
const UP: u64 = 1_000_000_000;

fn opened() -> Account {
    let mark = Mark {
        wall_ms: T,
        slow_ms: T,
        fast_ms: T,
    };
    Account::open(mark, None, false, at(0, 0, 0))
}

fn at(wall: u64, raw: u64, boot: u64) -> Reading {
    Reading {
        wall_ms: T + wall,
        raw_ms: UP + raw,
        boot_ms: UP + boot,
    }
}

/// `ms` by a clock that is so many parts in a million fast, or slow.
fn by(ms: u64, ppm: i64) -> u64 {
    let off = ms / 1_000 * ppm.unsigned_abs() / 1_000;
    if ppm < 0 { ms - off } else { ms + off }
}

#[test]
fn a_quartz_30_ppm_off_for_a_month_costs_79_seconds_and_earns_none() {
    for raw_ppm in [-30, 30] {
        let mut account = opened();
        for now in (0..=MONTH).step_by(10_000) {
            // Time sync steers the wall and the clock since boot alike; the raw
            // one is the quartz.
            account.read(at(now, by(now, raw_ppm), now));
            assert_eq!(account.jumped_ms(), None, "{now}");
        }
        let mark = account.mark();
        assert!(mark.slow_ms <= T + MONTH, "{raw_ppm}: {mark:?}");
        assert!(
            mark.slow_ms >= T + MONTH - 79 * SECOND,
            "{raw_ppm}: {mark:?}"
        );
        assert_eq!(mark.fast_ms, T + MONTH);
    }
}

#[test]
fn a_wall_clock_stepped_30_ppm_apart_from_boot_time_stops_within_a_day() {
    for wall_ppm in [-30, 30] {
        let mut account = opened();
        let mut stopped = None;
        for now in (0..=MONTH).step_by(10_000) {
            account.read(at(by(now, wall_ppm), now, now));
            if account.jumped_ms().is_some() && stopped.is_none() {
                stopped = Some((now, account.mark().slow_ms));
            }
        }
        let (at_ms, slow_ms) = stopped.expect("two seconds are reached");
        assert!(at_ms > 18 * HOUR && at_ms < 19 * HOUR, "{at_ms}");
        let mark = account.mark();
        assert_eq!(mark.slow_ms, slow_ms, "nothing grows after");
        assert!(mark.fast_ms >= T + MONTH, "and what ends goes on: {mark:?}");
        assert!(mark.fast_ms <= T + MONTH + 3 * SECOND, "{mark:?}");
    }
}

#[test]
fn a_wall_clock_that_stands_still_for_a_month_grows_nothing_and_ends_in_time() {
    let mut account = opened();
    for now in (0..=MONTH).step_by(10_000) {
        account.read(at(0, now, now));
    }
    assert_eq!(account.mark().slow_ms, T);
    assert_eq!(account.mark().fast_ms, T + MONTH);
    account.accept();
    assert_eq!(
        (account.mark().slow_ms, account.mark().fast_ms),
        (T, T + MONTH)
    );
}

/// Splitmix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

/// What a host's clocks say, whatever passed in truth.
struct Host {
    /// What passed since the first opening, in truth.
    true_ms: u64,
    now: Reading,
    frozen: bool,
}

impl Host {
    /// Lets some time pass, and lets the wall do as it likes.
    fn live(&mut self, dice: &mut Dice) {
        let at_most = [50, SECOND, HOUR][usize::try_from(dice.below(3)).unwrap()];
        let passed = dice.below(at_most);
        self.true_ms += passed;
        self.now.boot_ms += passed;
        // Asleep, the raw clock stands.
        self.now.raw_ms += if dice.below(20) == 0 { 0 } else { passed };
        if !self.frozen {
            self.now.wall_ms += passed;
        }
        match dice.below(40) {
            0 => self.now.wall_ms += dice.below(YEAR),
            1 => self.now.wall_ms -= dice.below(YEAR).min(self.now.wall_ms - T / 2),
            2 => self.frozen = !self.frozen,
            3 => self.now.wall_ms += dice.below(2 * SECOND),
            _ => {}
        }
    }
}

/// However the wall is set, and whenever a person accepts it or the program
/// starts again on the same machine.
#[test]
fn in_10_000_lives_no_clock_earns_time_that_did_not_pass_or_ends_late() {
    let (mut jumps, mut starts) = (0, 0);
    for seed in 0..10_000 {
        let mut dice = Dice(seed);
        let mut host = Host {
            true_ms: 0,
            now: at(0, 0, 0),
            frozen: false,
        };
        let mut account = opened();
        let mut began = Began {
            at: account.mark(),
            up: Up {
                raw_ms: UP,
                boot_ms: UP,
            },
        };
        for step in 0..60 {
            let before = account.mark();
            host.live(&mut dice);
            if dice.below(10) == 0 {
                let apart = account.jumped_ms().is_some();
                account = Account::open(before, Some(began), apart, host.now);
                began = Began {
                    at: account.mark(),
                    up: Up {
                        raw_ms: host.now.raw_ms,
                        boot_ms: host.now.boot_ms,
                    },
                };
                starts += 1;
            } else {
                account.read(host.now);
            }
            if account.jumped_ms().is_some() && dice.below(4) == 0 {
                let slow_ms = account.mark().slow_ms;
                account.accept();
                assert_eq!(account.mark().slow_ms, slow_ms, "seed {seed} step {step}");
                jumps += 1;
            }
            let mark = account.mark();
            assert!(mark.slow_ms >= before.slow_ms && mark.fast_ms >= before.fast_ms);
            assert!(
                mark.slow_ms <= T + host.true_ms,
                "seed {seed} step {step}: {mark:?}"
            );
            assert!(
                mark.fast_ms >= T + host.true_ms,
                "seed {seed} step {step}: {mark:?}"
            );
        }
    }
    println!("10,000 lives, {starts} starts, {jumps} clocks accepted");
    assert!(jumps > 10_000 && starts > 10_000, "{jumps} {starts}");
}
