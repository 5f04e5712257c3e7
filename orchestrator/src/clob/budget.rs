//! How often each endpoint may be asked: token buckets, pure.
//!
//! For: staying below the venue's documented limits, which throttle rather than
//! refuse (docs, "Rate Limits" and "CLOB Trading Rate Limits").
//!
//! Never touches: a clock (the time is an argument), a socket.
//!
//! Invariant: in no ten seconds do more requests pass than three quarters of
//! what is documented for their endpoint.

use std::collections::BTreeMap;

/// What a request is counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    /// `POST /order`.
    PostOrder,
    /// `POST /orders`.
    PostOrders,
    /// `DELETE /order`.
    Cancel,
    /// `DELETE /orders`, `/cancel-market-orders`, `/cancel-all`.
    CancelMany,
    /// `GET /book`.
    Book,
    /// `POST /books`.
    Books,
    /// `GET /data/order…` and `/data/trades`.
    Data,
    /// `GET /balance-allowance`.
    Balance,
    /// `GET /balance-allowance/update`.
    BalanceUpdate,
    /// `GET /tick-size` and `/neg-risk`.
    TickSize,
    /// `/auth/…`.
    Auth,
    /// Everything else of the CLOB.
    General,
}

impl Endpoint {
    /// Every endpoint.
    pub const ALL: [Self; 12] = [
        Self::PostOrder,
        Self::PostOrders,
        Self::Cancel,
        Self::CancelMany,
        Self::Book,
        Self::Books,
        Self::Data,
        Self::Balance,
        Self::BalanceUpdate,
        Self::TickSize,
        Self::Auth,
        Self::General,
    ];

    /// The documented limit in ten seconds. Posting and cancelling are limited
    /// a signer too, which is lower than what an address may send: bursts of 60
    /// and 120 on the standard tier, four times which stands here because a
    /// bucket's burst is a quarter.
    #[must_use]
    pub const fn documented_per_10s(self) -> u64 {
        match self {
            Self::PostOrder => 240,
            // A request carries up to 15 orders, and each counts.
            Self::PostOrders => 16,
            Self::Cancel => 480,
            // A request cancels an unknown number, and each counts.
            Self::CancelMany => 32,
            Self::Book => 1_500,
            Self::Books | Self::Data => 500,
            Self::Balance | Self::TickSize => 200,
            Self::BalanceUpdate => 50,
            Self::Auth => 100,
            Self::General => 9_000,
        }
    }
}

/// One request, in the bucket's own unit: what comes back each millisecond is
/// then whole for every limit.
const ONE: u64 = 1_000_000;
const TEN_SECONDS_MS: u64 = 10_000;

/// One endpoint's bucket: a quarter of the limit at once, half of it steadily.
#[derive(Clone, Debug)]
struct Bucket {
    capacity: u64,
    back_per_ms: u64,
    held: u64,
    at_ms: u64,
}

impl Bucket {
    fn new(per_10s: u64, now_ms: u64) -> Self {
        let capacity = per_10s.saturating_mul(ONE).checked_div(4).unwrap_or(ONE);
        let steady = per_10s.saturating_mul(ONE).checked_div(2).unwrap_or(ONE);
        Self {
            capacity,
            back_per_ms: steady.checked_div(TEN_SECONDS_MS).unwrap_or(1).max(1),
            held: capacity,
            at_ms: now_ms,
        }
    }

    fn refill(&mut self, now_ms: u64) {
        // A clock that went back gives nothing.
        let passed = now_ms.saturating_sub(self.at_ms);
        let back = passed.saturating_mul(self.back_per_ms);
        self.held = self.held.saturating_add(back).min(self.capacity);
        self.at_ms = self.at_ms.max(now_ms);
    }

    fn take(&mut self, now_ms: u64) -> Result<(), u64> {
        self.refill(now_ms);
        if let Some(rest) = self.held.checked_sub(ONE) {
            self.held = rest;
            return Ok(());
        }
        let missing = ONE.saturating_sub(self.held);
        Err(missing.div_ceil(self.back_per_ms))
    }
}

/// All buckets.
#[derive(Clone, Debug, Default)]
pub struct Budgets {
    buckets: BTreeMap<Endpoint, Bucket>,
}

impl Budgets {
    /// Takes one request from `endpoint`'s bucket at `now_ms`.
    ///
    /// # Errors
    ///
    /// Milliseconds until there is one again; nothing was taken.
    pub fn take(&mut self, endpoint: Endpoint, now_ms: u64) -> Result<(), u64> {
        self.buckets
            .entry(endpoint)
            .or_insert_with(|| Bucket::new(endpoint.documented_per_10s(), now_ms))
            .take(now_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_ends_at_its_edge_and_the_next_comes_when_it_says() {
        for endpoint in Endpoint::ALL {
            let burst = endpoint.documented_per_10s().checked_div(4).unwrap();
            let mut budgets = Budgets::default();
            for n in 0..burst {
                assert_eq!(budgets.take(endpoint, 1_000), Ok(()), "{endpoint:?} {n}");
            }
            let wait_ms = budgets.take(endpoint, 1_000).unwrap_err();
            assert!(wait_ms > 0, "{endpoint:?}");
            let early = budgets.clone().take(endpoint, 1_000 + wait_ms - 1);
            assert_eq!(early, Err(1), "{endpoint:?} one millisecond early");
            assert_eq!(budgets.take(endpoint, 1_000 + wait_ms), Ok(()));
        }
    }

    #[test]
    fn no_ten_seconds_hold_more_than_three_quarters_of_the_limit() {
        for endpoint in Endpoint::ALL {
            let mut budgets = Budgets::default();
            let mut passed = 0;
            for now_ms in 0..TEN_SECONDS_MS {
                while budgets.take(endpoint, now_ms).is_ok() {
                    passed += 1;
                }
            }
            let limit = endpoint.documented_per_10s();
            assert!(passed * 4 <= limit * 3, "{endpoint:?} {passed} of {limit}");
            assert!(passed * 2 >= limit, "{endpoint:?} {passed} is too few");
        }
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing() {
        let mut budgets = Budgets::default();
        while budgets.take(Endpoint::Auth, 50_000).is_ok() {}
        assert!(budgets.take(Endpoint::Auth, 0).is_err());
        assert!(budgets.take(Endpoint::Auth, u64::MAX).is_ok());
    }
}
