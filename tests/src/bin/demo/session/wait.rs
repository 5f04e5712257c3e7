//! Waiting for what other processes write: bounded looks at their databases.

use std::time::{Duration, Instant};

/// What is not there by then will not be.
pub(crate) const PATIENCE: Duration = Duration::from_secs(45);
/// Between two looks: a database tells nobody.
const LOOK: Duration = Duration::from_millis(20);

/// Looks until there is something, at most so often; what it was.
pub(crate) fn looks<T>(
    most: u64,
    mut look: impl FnMut() -> Result<Option<T>, String>,
) -> Result<Option<T>, String> {
    for _ in 0..most {
        if let Some(found) = look()? {
            return Ok(Some(found));
        }
        std::thread::sleep(LOOK);
    }
    Ok(None)
}

/// Looks until there is something, or patience is over.
pub(crate) fn until<T>(
    mut look: impl FnMut() -> Result<Option<T>, String>,
) -> Result<Option<T>, String> {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if let Some(found) = looks(1, &mut look)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
