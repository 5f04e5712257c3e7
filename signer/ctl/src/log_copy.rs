//! A copy of a journal together with its write-ahead log.
//!
//! A journal that a signer has open, or that one left by a crash, has its last
//! decisions in `-wal`. Reading them in place would take locks and write.
//!
//! Invariant: the copy is in a folder of this user alone, and goes when dropped.
//! Invariant: a copy during which the journal was rewritten is not used.

use std::fs::{self, DirBuilder, File};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::journal_id::refusal;
use crate::random;
use crate::say::Refusal;

const TRIES: usize = 20;
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
        Self::within(journal, &std::env::temp_dir()).map(Some)
    }

    /// Copies the journal into a folder of its own in `folder`.
    pub(crate) fn within(journal: &Path, folder: &Path) -> Result<Self, Refusal> {
        let wal = beside(journal, "-wal");
        let cannot = |e: std::io::Error| {
            let fix = format!(
                "check that it can be read, and that there is space for a copy in {}",
                folder.display()
            );
            refusal(journal, format_args!("cannot be copied: {e}"), &fix)
        };
        let name = format!(".signerctl-{}", hex::encode(*random::bytes::<16>()?));
        let copy = Self(folder.join(name));
        DirBuilder::new()
            .mode(0o700)
            .create(&copy.0)
            .map_err(cannot)?;
        for _ in 0..TRIES {
            let before = mark(journal, &wal).map_err(cannot)?;
            fs::copy(journal, copy.path()).map_err(cannot)?;
            if before.3.is_some() {
                fs::copy(&wal, beside(&copy.path(), "-wal")).map_err(cannot)?;
            }
            if mark(journal, &wal).map_err(cannot)? == before {
                return Ok(copy);
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

type Mark = (i64, i64, u64, Option<[u8; WAL_HEADER_BYTES]>);

/// What changes when the journal itself, and not only its log's end, is written.
fn mark(journal: &Path, wal: &Path) -> std::io::Result<Mark> {
    let meta = journal.metadata()?;
    let mut header = [0; WAL_HEADER_BYTES];
    let begun = match File::open(wal).and_then(|mut wal| wal.read_exact(&mut header)) {
        Ok(()) => Some(header),
        // None, or none yet.
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof) => None,
        Err(e) => return Err(e),
    };
    Ok((meta.mtime(), meta.mtime_nsec(), meta.len(), begun))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
