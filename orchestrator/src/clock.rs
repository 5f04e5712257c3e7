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
