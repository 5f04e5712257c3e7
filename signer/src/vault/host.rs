//! What the vault asks of its machine: space, and randomness.

use std::path::{Path, PathBuf};

use nix::sys::statvfs::statvfs;
use ring::rand::{SecureRandom, SystemRandom};

use super::fault::Fault;

/// How often space is looked at.
const EVERY_MS: u64 = 1_000;

/// Sixteen random bytes.
pub(super) fn random() -> Result<[u8; 16], Fault> {
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_ignored| Fault::Random)?;
    Ok(bytes)
}

/// The disk that the journal grows on.
pub(super) struct Disk {
    folder: PathBuf,
    reserve_bytes: u64,
    looked_ms: Option<u64>,
    low: bool,
}

impl Disk {
    /// The disk of `journal`, of which `reserve_bytes` are kept for notes,
    /// exits and freezes.
    pub(super) fn new(journal: &Path, reserve_bytes: u64) -> Self {
        let folder = journal
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        Self {
            folder: folder.to_owned(),
            reserve_bytes,
            looked_ms: None,
            low: false,
        }
    }

    /// Whether only the reserve is left. A disk that cannot be asked is low.
    pub(super) fn is_low(&mut self, now_ms: u64) -> bool {
        if self
            .looked_ms
            .is_some_and(|looked| now_ms.saturating_sub(looked) < EVERY_MS)
        {
            return self.low;
        }
        self.looked_ms = Some(now_ms);
        let free = statvfs(&self.folder)
            .ok()
            .and_then(|space| space.blocks_available().checked_mul(space.fragment_size()));
        let low = free.is_none_or(|free| free < self.reserve_bytes);
        if low != self.low {
            let words = if low {
                "is down to its reserve: buys stopped. Free disk on the signer's host"
            } else {
                "has room again: buys go on"
            };
            tracing::warn!(free, "DISK {words}");
        }
        self.low = low;
        low
    }
}
