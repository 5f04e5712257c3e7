//! Waiting for what other processes write: bounded looks at their databases.

use std::time::Duration;

use tests::clock::now_ms;

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
        pause();
    }
    Ok(None)
}

/// Looks until there is something, or patience is over.
pub(crate) fn until<T>(
    mut look: impl FnMut() -> Result<Option<T>, String>,
) -> Result<Option<T>, String> {
    let end_ms = now_ms() + u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX);
    while now_ms() < end_ms {
        if let Some(found) = looks(1, &mut look)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

#[expect(
    clippy::disallowed_methods,
    reason = "another process's database tells nobody"
)]
fn pause() {
    std::thread::sleep(LOOK);
}
