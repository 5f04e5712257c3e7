//! The one file that reads the clock.

use nix::time::{ClockId, clock_gettime};

use crate::time::Reading;

/// All three clocks, or `None` where one of them cannot be right.
pub(crate) fn read() -> Option<Reading> {
    let read = |id| {
        let spec = clock_gettime(id).ok()?;
        let seconds = u64::try_from(spec.tv_sec()).ok()?.checked_mul(1_000)?;
        seconds.checked_add(u64::try_from(spec.tv_nsec()).ok()?.checked_div(1_000_000)?)
    };
    Some(Reading {
        wall_ms: read(ClockId::CLOCK_REALTIME)?,
        raw_ms: read(ClockId::CLOCK_MONOTONIC_RAW)?,
        boot_ms: read(ClockId::CLOCK_BOOTTIME)?,
    })
}
