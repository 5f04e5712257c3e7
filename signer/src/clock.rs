//! The one file that reads the clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// Unix milliseconds, or `None` when the machine's clock cannot be right.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the file the ban points to"
)]
pub(crate) fn now_ms() -> Option<u64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}

/// Milliseconds that have passed for a stopwatch started at `start`.
pub(crate) struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts now.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the file the ban points to"
    )]
    pub(crate) fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Microseconds since the start.
    pub(crate) fn micros(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}
