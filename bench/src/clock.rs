//! The one file of the bench that reads a clock, and the one that waits.

use std::time::{Duration, Instant};

/// This moment, for differences alone.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the file the ban points to"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Nanoseconds since `began`.
pub(crate) fn ns_since(began: Instant) -> u64 {
    ns(now().saturating_duration_since(began))
}

/// A duration's nanoseconds.
pub(crate) fn ns(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Keeps the processor at work for so long.
pub(crate) fn work(duration: Duration) {
    let began = now();
    while began.elapsed() < duration {
        std::hint::spin_loop();
    }
}

/// Lets a load rest: what is idle must have been so, and a rate meter empties
/// with time alone.
pub(crate) async fn rest(duration: Duration) {
    tokio::time::sleep(duration).await;
}
