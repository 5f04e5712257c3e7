//! A copy of a journal together with its write-ahead log.
//!
//! A journal that a signer has open, or that one left by a crash, has its last
//! decisions in `-wal`. Reading them in place would take locks and write.
//!
//! Invariant: the copy is in a folder of this user alone, and goes when dropped.
//! Invariant: a copy during which the journal was rewritten is not used.

use std::fs::{self, DirBuilder, File};
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::journal_id::refusal;
use crate::random;
use crate::say::Refusal;

const TRIES: usize = 5;
/// The header of a write-ahead log: its salts change when it starts again.
const WAL_HEADER_BYTES: usize = 32;

/// A folder with the copy.
pub(crate) struct Copy(PathBuf);

impl Copy {
    /// Copies the journal, if its `-wal` holds anything.
    pub(crate) fn if_needed(journal: &Path) -> Result<Option<Self>, Refusal> {
        let wal = beside(journal, "-wal");
        if wal.metadata().map_or(0, |meta| meta.len()) == 0 {
            return Ok(None);
        }
        let cannot = |e: std::io::Error| {
            refusal(
                journal,
                format_args!("cannot be copied: {e}"),
                "check that it can be read, and that there is space for a copy in /tmp",
            )
        };
        let name = format!("signerctl-log-{}", hex::encode(*random::bytes::<16>()?));
        let copy = Self(std::env::temp_dir().join(name));
        DirBuilder::new()
            .mode(0o700)
            .create(&copy.0)
            .map_err(cannot)?;
        for _ in 0..TRIES {
            let before = mark(journal, &wal).map_err(cannot)?;
            fs::copy(journal, copy.path()).map_err(cannot)?;
            fs::copy(&wal, beside(&copy.path(), "-wal")).map_err(cannot)?;
            if mark(journal, &wal).map_err(cannot)? == before {
                return Ok(Some(copy));
            }
        }
        Err(refusal(
            journal,
            "changes faster than it can be copied",
            "try again in a moment",
        ))
    }

    /// The copied journal.
    pub(crate) fn path(&self) -> PathBuf {
        self.0.join("journal.db")
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        if let Err(e) = fs::remove_dir_all(&self.0) {
            crate::tty::say(&format!("{} stays: {e}; remove it\n", self.0.display()));
        }
    }
}

/// What changes when the journal itself, and not only its log's end, is written.
fn mark(journal: &Path, wal: &Path) -> std::io::Result<(i64, i64, u64, [u8; WAL_HEADER_BYTES])> {
    let meta = journal.metadata()?;
    let mut header = [0; WAL_HEADER_BYTES];
    File::open(wal)?.read_exact(&mut header)?;
    Ok((meta.mtime(), meta.mtime_nsec(), meta.len(), header))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
