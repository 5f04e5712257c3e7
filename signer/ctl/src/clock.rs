//! The one place that reads a clock.

use std::time::{SystemTime, UNIX_EPOCH};

use note::UtcSeconds;

use crate::say::Refusal;

/// The time of day, whole seconds.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the file that reads it; all else takes the time as an argument"
)]
pub(crate) fn now() -> Result<UtcSeconds, Refusal> {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| UtcSeconds::new(since.as_secs()))
        .ok_or_else(|| {
            Refusal::new(
                "CLOCK",
                "system time",
                "is not between 1970 and 9999",
                "set the machine's clock",
            )
        })
}
