//! The one file that reads the clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Unix microseconds; 0 on a machine whose clock stands before 1970, which
/// every deadline then refuses.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the file the ban points to"
)]
#[must_use]
pub fn now_us() -> u64 {
    #[cfg(test)]
    if let Some(now_ms) = simulated::now_ms() {
        return now_ms.saturating_mul(1_000);
    }
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|d| u64::try_from(d.as_micros()).ok())
        .unwrap_or(0)
}

/// Unix milliseconds.
#[must_use]
pub fn now_ms() -> u64 {
    now_us().checked_div(1_000).unwrap_or(0)
}

/// A reading of the monotonic clock, for deadlines within the process.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the file the ban points to"
)]
#[must_use]
pub fn monotonic() -> Instant {
    Instant::now()
}

/// A time that a test drives itself, on its own thread alone.
#[cfg(test)]
pub(crate) mod simulated {
    use std::cell::Cell;

    thread_local! {
        static NOW_MS: Cell<Option<u64>> = const { Cell::new(None) };
    }

    pub(super) fn now_ms() -> Option<u64> {
        NOW_MS.get()
    }

    /// From here on it is `now_ms`, unix milliseconds.
    pub(crate) fn set(now_ms: u64) {
        NOW_MS.set(Some(now_ms));
    }
}
