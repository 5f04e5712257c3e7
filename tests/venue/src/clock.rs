//! The only file that reads the system's time.
//!
//! Everything else takes `now_ms`. The clock can be set ahead, because a test
//! that waits for a confirmation should not sleep through it.
//!
//! Invariant: the time handed out never runs backwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, from the system or from the test that owns it.
#[derive(Clone, Debug)]
pub struct Clock {
    base: Base,
    ahead_ms: Arc<AtomicU64>,
    latest_ms: Arc<AtomicU64>,
}

#[derive(Clone, Copy, Debug)]
enum Base {
    System,
    Fixed(u64),
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::over(Base::System)
    }

    /// A clock that stands at `start_ms` until it is advanced.
    #[must_use]
    pub fn fixed(start_ms: u64) -> Self {
        Self::over(Base::Fixed(start_ms))
    }

    fn over(base: Base) -> Self {
        Self {
            base,
            ahead_ms: Arc::default(),
            latest_ms: Arc::default(),
        }
    }

    /// Moves this clock and all its clones ahead.
    pub fn advance(&self, by_ms: u64) {
        self.ahead_ms.fetch_add(by_ms, Ordering::SeqCst);
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        let base_ms = match self.base {
            Base::System => system_ms(),
            Base::Fixed(start_ms) => start_ms,
        };
        let now_ms = base_ms.saturating_add(self.ahead_ms.load(Ordering::SeqCst));
        self.latest_ms
            .fetch_max(now_ms, Ordering::SeqCst)
            .max(now_ms)
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the file named clock.rs")]
fn system_ms() -> u64 {
    // A clock set before 1970 reads as 1970: the venue then refuses every
    // timestamp, which is loud enough.
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
