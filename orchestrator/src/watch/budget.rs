//! How often the Data API may be asked, for each leader and for all: pure.
//!
//! Never touches: a clock (the time is an argument), a socket.
//!
//! Invariant: in no ten seconds do more requests pass than three quarters of
//! what is documented for their list, however many leaders there are.
//! Invariant: no leader takes another one's share.

use std::collections::BTreeMap;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    /// `/v2/trades`.
    Trades,
    /// `/v2/positions`.
    Positions,
    /// `/v2/activity`.
    Activity,
}

impl List {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Trades, Self::Positions, Self::Activity];

    /// Requests in ten seconds from one address: the lowest figure in any of
    /// the venue's documents.
    #[must_use]
    pub const fn documented_per_10s(self) -> u64 {
        match self {
            Self::Trades | Self::Activity => 200,
            Self::Positions => 150,
        }
    }

    /// Its place.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Trades => "/v2/trades",
            Self::Positions => "/v2/positions",
            Self::Activity => "/v2/activity",
        }
    }
}

/// One request, in a bucket's unit.
const ONE: u64 = 1_000_000;

/// A quarter of a limit at once, half of it steadily: three quarters in any ten
/// seconds.
#[derive(Clone, Debug)]
struct Bucket {
    capacity: u64,
    back_per_ms: u64,
    held: u64,
    at_ms: u64,
}

impl Bucket {
    /// For a `share`th of a limit; one request at least fits.
    fn new(per_10s: u64, share: u64, now_ms: u64) -> Self {
        let divided = |by: u64| {
            let whole = per_10s.saturating_mul(ONE);
            whole
                .checked_div(share.max(1).saturating_mul(by))
                .unwrap_or(0)
        };
        let capacity = divided(4).max(ONE);
        Self {
            capacity,
            back_per_ms: divided(20_000).max(1),
            held: capacity,
            at_ms: now_ms,
        }
    }

    /// How long until it holds one.
    fn wait_ms(&mut self, now_ms: u64) -> u64 {
        // A clock that went back gives nothing.
        let passed = now_ms.saturating_sub(self.at_ms);
        let back = passed.saturating_mul(self.back_per_ms);
        self.held = self.held.saturating_add(back).min(self.capacity);
        self.at_ms = self.at_ms.max(now_ms);
        ONE.saturating_sub(self.held).div_ceil(self.back_per_ms)
    }

    fn take(&mut self) {
        self.held = self.held.saturating_sub(ONE);
    }
}

/// Everybody's buckets.
#[derive(Clone, Debug)]
pub struct Budget {
    leaders: u64,
    all: BTreeMap<List, Bucket>,
    each: BTreeMap<(List, usize), Bucket>,
}

impl Budget {
    /// For so many leaders.
    #[must_use]
    pub fn new(leaders: usize) -> Self {
        Self {
            leaders: u64::try_from(leaders).unwrap_or(u64::MAX),
            all: BTreeMap::new(),
            each: BTreeMap::new(),
        }
    }

    /// Takes one request for `leader`, by its number, at `now_ms`.
    ///
    /// # Errors
    ///
    /// Milliseconds until it may be tried again; nothing was taken.
    pub fn take(&mut self, list: List, leader: usize, now_ms: u64) -> Result<(), u64> {
        let limit = list.documented_per_10s();
        let all = self.all.entry(list);
        let all = all.or_insert_with(|| Bucket::new(limit, 1, now_ms));
        let own = self.each.entry((list, leader));
        let own = own.or_insert_with(|| Bucket::new(limit, self.leaders, now_ms));
        match all.wait_ms(now_ms).max(own.wait_ms(now_ms)) {
            0 => {
                all.take();
                own.take();
                Ok(())
            }
            wait_ms => Err(wait_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When each of `leaders` asked, every one once a second if it may.
    fn asked(leaders: usize, until_ms: u64) -> Vec<(u64, usize)> {
        let mut budget = Budget::new(leaders);
        let mut due: Vec<u64> = vec![0; leaders];
        let mut asked = Vec::new();
        for now_ms in 0..until_ms {
            for (leader, due_ms) in due.iter_mut().enumerate() {
                if *due_ms > now_ms {
                    continue;
                }
                *due_ms = match budget.take(List::Trades, leader, now_ms) {
                    Ok(()) => {
                        asked.push((now_ms, leader));
                        now_ms.saturating_add(1_000)
                    }
                    Err(wait_ms) => now_ms.saturating_add(wait_ms),
                };
            }
        }
        asked
    }

    /// M25: however many leaders are polled, the documented limit is never reached.
    #[test]
    fn n_leaders_never_exceed_the_budget_and_none_of_them_starves() {
        for leaders in [1, 3, 10, 40, 200] {
            let asked = asked(leaders, 60_000);
            for (at, (from_ms, _)) in asked.iter().enumerate() {
                let within = asked[at..]
                    .iter()
                    .take_while(|(ms, _)| *ms < from_ms + 10_000);
                let count = u64::try_from(within.count()).unwrap();
                let limit = List::Trades.documented_per_10s();
                assert!(
                    count * 4 <= limit * 3,
                    "{leaders} leaders asked {count} times"
                );
            }
            let of = |leader| asked.iter().filter(|(_, by)| *by == leader).count();
            let counts: Vec<usize> = (0..leaders).map(of).collect();
            let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
            assert!(*least >= 2, "{leaders}: {counts:?}");
            assert!(*most <= 60 && most - least <= 2, "{leaders}: {counts:?}");
        }
        assert_eq!(asked(1, 60_000).len(), 60, "alone, it keeps its interval");
    }

    #[test]
    fn the_wait_is_as_long_as_it_says() {
        for list in List::ALL {
            let mut budget = Budget::new(4);
            while budget.take(list, 0, 5_000).is_ok() {}
            let wait_ms = budget.take(list, 0, 5_000).unwrap_err();
            assert!(budget.clone().take(list, 0, 5_000 + wait_ms - 1).is_err());
            assert_eq!(budget.take(list, 1, 5_000), Ok(()), "another one's share");
            assert_eq!(budget.take(list, 0, 5_000 + wait_ms), Ok(()));
            assert!(budget.take(list, 0, 0).is_err(), "a clock that went back");
        }
    }
}
