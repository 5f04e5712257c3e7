//! How much one caller may ask: a bucket before the journal, so that nobody
//! fills the disk with refusals.
//!
//! Pure: the time is an argument. Denials past the bucket, and those of a
//! frozen signer or a full disk, are counted and written as one leaf a minute.

use std::collections::BTreeMap;

/// Questions that may come at once, on top of the steady rate.
const BURST: u64 = 256;
/// Thousandths of a question.
const ONE: u64 = 1_000;
/// How often counted denials are written.
const REPORT_MS: u64 = 60_000;

/// One caller's bucket.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    thousandths: u64,
    at_ms: u64,
}

/// Every caller's bucket, and the denials that have no leaf of their own.
pub(crate) struct Buckets {
    per_second: u64,
    by_caller: BTreeMap<String, Bucket>,
    counted: BTreeMap<&'static str, u64>,
    reported_ms: u64,
}

impl Buckets {
    /// Buckets that refill at `per_second`, full.
    pub(crate) const fn new(per_second: u64, now_ms: u64) -> Self {
        Self {
            per_second,
            by_caller: BTreeMap::new(),
            counted: BTreeMap::new(),
            reported_ms: now_ms,
        }
    }

    /// Takes one question of `caller` out, if there is one left.
    pub(crate) fn take(&mut self, caller: &str, now_ms: u64) -> bool {
        let full = BURST.saturating_mul(ONE);
        let bucket = match self.by_caller.get_mut(caller) {
            Some(bucket) => bucket,
            // As many as there are callers in the configuration.
            None => self.by_caller.entry(caller.to_owned()).or_insert(Bucket {
                thousandths: full,
                at_ms: now_ms,
            }),
        };
        let passed = now_ms.saturating_sub(bucket.at_ms);
        bucket.at_ms = now_ms;
        let more = passed.saturating_mul(self.per_second);
        bucket.thousandths = bucket.thousandths.saturating_add(more).min(full);
        match bucket.thousandths.checked_sub(ONE) {
            Some(left) => {
                bucket.thousandths = left;
                true
            }
            None => false,
        }
    }

    /// Counts a denial that gets no leaf of its own.
    pub(crate) fn count(&mut self, code: &'static str) {
        let count = self.counted.entry(code).or_default();
        *count = count.saturating_add(1);
    }

    /// What was counted, once a minute: `CODE n` by code.
    pub(crate) fn due(&mut self, now_ms: u64) -> Option<String> {
        if self.counted.is_empty() || now_ms.saturating_sub(self.reported_ms) < REPORT_MS {
            return None;
        }
        self.reported_ms = now_ms;
        let counted = std::mem::take(&mut self.counted);
        let lines: Vec<_> = counted
            .iter()
            .map(|(code, n)| format!("{code} {n}"))
            .collect();
        Some(lines.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_has_both_its_edges() {
        let mut buckets = Buckets::new(10, 0);
        for n in 0..BURST {
            assert!(buckets.take("a", 0), "{n}");
        }
        assert!(!buckets.take("a", 0));
        assert!(buckets.take("b", 0), "another caller's is its own");
        assert!(!buckets.take("a", 99));
        assert!(buckets.take("a", 100));
        assert!(!buckets.take("a", 100));
        for _ in 0..BURST {
            assert!(buckets.take("a", 1_000_000_000));
        }
        assert!(
            !buckets.take("a", 1_000_000_000),
            "it never holds more than its burst"
        );
        assert!(
            !buckets.take("a", 0),
            "a clock that goes back fills nothing"
        );
    }

    #[test]
    fn denials_are_reported_once_a_minute_and_begin_again() {
        let mut buckets = Buckets::new(10, 0);
        assert_eq!(buckets.due(60_000), None, "nothing was counted");
        buckets.count("FROZEN");
        buckets.count("FROZEN");
        buckets.count("BUSY");
        assert_eq!(buckets.due(59_999), None);
        assert_eq!(buckets.due(60_000).as_deref(), Some("BUSY 1, FROZEN 2"));
        buckets.count("FROZEN");
        assert_eq!(buckets.due(119_999), None);
        assert_eq!(buckets.due(120_000).as_deref(), Some("FROZEN 1"));
    }
}
