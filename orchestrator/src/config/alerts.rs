//! Who is called, and how.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::trading::{timeout, within};

/// Who is called when a person must look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alerts {
    /// File with the address to POST to: most such addresses are secrets.
    pub webhook: PathBuf,
    /// Milliseconds to wait for an answer.
    pub timeout_ms: u64,
    /// The first pause before it is sent again; each later one is twice as long.
    pub retry_ms: u64,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AlertsSection {
    webhook: Option<PathBuf>,
    timeout_ms: Option<u64>,
    retry_ms: Option<u64>,
}

impl AlertsSection {
    /// Nobody is called unless an address is named.
    pub(super) fn read(self, base: &Path) -> Result<Option<Alerts>, String> {
        let timeout_ms = timeout("alerts.timeout_ms", self.timeout_ms.unwrap_or(5_000))?;
        let range = (10, 300_000);
        let retry_ms = within("alerts.retry_ms", self.retry_ms, 1_000, range)?;
        Ok(self.webhook.map(|webhook| Alerts {
            webhook: base.join(webhook),
            timeout_ms,
            retry_ms,
        }))
    }
}
