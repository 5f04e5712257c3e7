//! Strangers, counted: one line a second at most, however many there are.
//!
//! Invariant: nobody without a pinned key can fill a log.

use std::sync::atomic::{AtomicU64, Ordering};

/// What was refused since the last report.
#[derive(Default)]
pub(super) struct Refusals {
    handshakes: AtomicU64,
    slow: AtomicU64,
    crowded: AtomicU64,
}

/// Why a connection was refused.
#[derive(Clone, Copy)]
pub(super) enum Why {
    /// No pinned key, or no TLS 1.3.
    Handshake,
    /// Too slow to begin.
    Slow,
    /// No place left.
    Crowded,
}

impl Refusals {
    /// Counts one.
    pub(super) fn count(&self, why: Why) {
        let counter = match why {
            Why::Handshake => &self.handshakes,
            Why::Slow => &self.slow,
            Why::Crowded => &self.crowded,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Logs what was counted, if anything, and begins again.
    pub(super) fn report(&self) {
        let take = |counter: &AtomicU64| counter.swap(0, Ordering::Relaxed);
        let (handshakes, slow, crowded) = (
            take(&self.handshakes),
            take(&self.slow),
            take(&self.crowded),
        );
        if handshakes != 0 || slow != 0 || crowded != 0 {
            tracing::warn!(handshakes, slow, crowded, "connections refused");
        }
    }
}
