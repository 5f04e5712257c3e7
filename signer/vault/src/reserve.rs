//! Space on the journal's disk that nobody else can take.
//!
//! Half of it is the log's: blocks behind its end, which stay its own. A commit
//! writes the log alone, so on a full disk commits go on into them, also while
//! the database cannot grow and the log is not copied. The other half is the
//! database's, so that a start can copy the log: SQLite gives it back with each
//! whole copy, and it is taken again at the next look.
//!
//! Invariant: buys stop before any of it is used, exits while a quarter of the
//! log's half is left to notes and freezes.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FallocateFlags, fallocate};
use nix::sys::statvfs::fstatvfs;
use policy::Disk;

use super::fault::Fault;
use super::journal::Journal;
use super::log;

/// How often space is looked at.
const EVERY_MS: u64 = 1_000;
/// How many leaves may be written before the log is measured. Measuring after
/// each makes the next write a change of the file's time, and its sync dearer.
const LEAVES: u64 = 16;
/// What `st_blocks` counts in.
const BLOCK_BYTES: u64 = 512;

/// What is reserved, and how it stands.
pub(super) struct Reserve {
    /// The log and the database. Closing the database's would drop SQLite's
    /// locks: it stays open for as long as the journal.
    files: Option<(File, File)>,
    bytes: u64,
    looked_ms: Option<u64>,
    measured_leaf: u64,
    disk: Disk,
}

impl Reserve {
    /// Keeps `bytes` for the open journal at `path`; none, if it is 0.
    pub(super) fn new(path: &Path, bytes: u64) -> std::io::Result<Self> {
        let open = |path: &Path| File::options().write(true).open(path);
        let files = match bytes {
            0 => None,
            _ => Some((open(&log::of(path))?, open(path)?)),
        };
        Ok(Self {
            files,
            bytes,
            looked_ms: None,
            measured_leaf: 0,
            disk: Disk::Ample,
        })
    }

    /// How the disk stood when it was last looked at.
    pub(super) const fn disk(&self) -> Disk {
        self.disk
    }

    /// Looks at the disk, once a second and where exits must stop, and reserves
    /// what is not reserved.
    pub(super) fn look(&mut self, now_ms: u64, journal: &Journal) -> Result<(), Fault> {
        let Some((log, database)) = &self.files else {
            return Ok(());
        };
        let half = self.bytes >> 1;
        let exits = half.saturating_sub(half >> 2);
        // A second is long for a log that grows: exits stop soon after.
        let mut is_late = false;
        if journal.size().saturating_sub(self.measured_leaf) >= LEAVES {
            self.measured_leaf = journal.size();
            is_late = self.disk != Disk::Full && length(log) >= exits;
        }
        let since = self.looked_ms.map(|looked| now_ms.saturating_sub(looked));
        if !is_late && since.is_some_and(|ms| ms < EVERY_MS) {
            return Ok(());
        }
        self.looked_ms = Some(now_ms);
        // It is copied again and again, and so stays small, unless it cannot be.
        if length(log) >= exits {
            journal.copy_log(true)?;
        }
        let reserved = keep(log, half)
            .and_then(|()| keep(database, length(database).saturating_add(half)))
            .and_then(|()| fstatvfs(log));
        let free = reserved.map(|space| {
            let bytes = space.blocks_available().checked_mul(space.fragment_size());
            bytes.unwrap_or(u64::MAX)
        });
        let disk = stands(self.disk, free.ok(), length(log) >= exits, self.bytes);
        if disk != self.disk {
            let words = match disk {
                Disk::Ample => "has room again: buys go on",
                Disk::Low => "is down to its reserve: buys stopped. Free disk on the signer's host",
                Disk::Full => {
                    "is full, and so is what exits had of it: nothing is signed. \
                     Free disk on the signer's host"
                }
            };
            tracing::warn!(?free, "DISK {words}");
        }
        self.disk = disk;
        Ok(())
    }
}

/// How a disk stands that stood so before. What stopped buys is not enough for
/// them to go on.
fn stands(before: Disk, free: Option<u64>, is_used_up: bool, bytes: u64) -> Disk {
    let wanted = if before == Disk::Ample {
        bytes >> 3
    } else {
        bytes >> 2
    };
    match free {
        _ if is_used_up => Disk::Full,
        Some(free) if free >= wanted => Disk::Ample,
        Some(_) | None => Disk::Low,
    }
}

/// Reserves the file's blocks up to `end`, and leaves its length as it is.
fn keep(file: &File, end: u64) -> Result<(), Errno> {
    let meta = file.metadata().map_err(|_ignored| Errno::EIO)?;
    if meta.blocks().saturating_mul(BLOCK_BYTES) >= end {
        return Ok(());
    }
    let end = i64::try_from(end).map_err(|_ignored| Errno::EFBIG)?;
    fallocate(file, FallocateFlags::FALLOC_FL_KEEP_SIZE, 0, end)
}

/// What cannot be measured is as large as can be.
fn length(file: &File) -> u64 {
    file.metadata().map_or(u64::MAX, |meta| meta.len())
}

#[cfg(test)]
mod tests {
    use policy::Disk::{Ample, Full, Low};

    use super::stands;

    #[test]
    fn buys_go_on_with_twice_what_stopped_them() {
        for (before, free, is_used_up, after) in [
            (Ample, Some(8), false, Ample),
            (Ample, Some(7), false, Low),
            (Ample, None, false, Low),
            (Low, Some(15), false, Low),
            (Low, Some(16), false, Ample),
            (Low, None, false, Low),
            (Low, Some(99), true, Full),
            (Full, Some(15), false, Low),
            (Full, Some(16), false, Ample),
        ] {
            let said = (before, free, is_used_up);
            assert_eq!(stands(before, free, is_used_up, 64), after, "{said:?}");
        }
    }
}
