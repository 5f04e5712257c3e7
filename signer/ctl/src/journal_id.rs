//! Which journal a file is, read without touching it.
//!
//! Invariant: nothing is written, not even beside it, and a journal that a
//! signer has open is refused.

use std::fmt::Write as _;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use rusqlite::{Connection, OpenFlags};

use crate::files;
use crate::say::Refusal;

/// Where SQLite takes its locks in a file, and how many bytes of them there
/// are (its file format, "The Lock-Byte Page").
const LOCK_START: i64 = 0x4000_0000;
const LOCK_BYTES: i64 = 512;

/// A refusal about the journal at `path`.
pub(crate) fn refusal(path: &Path, problem: impl std::fmt::Display, fix: &str) -> Refusal {
    Refusal::new("JOURNAL", path.display(), problem, fix)
}

/// The random id that a journal was born with.
pub(crate) fn of_file(path: &Path) -> Result<[u8; 16], Refusal> {
    let (file, _) = files::open(path)?;
    if is_locked(&file).map_err(|e| refusal(path, e, "try again"))? {
        return Err(refusal(path, "is in use", "stop the signer first"));
    }
    let not_one = |e: rusqlite::Error| {
        refusal(
            path,
            format_args!("is no journal: {e}"),
            "name the file that `signerctl init` made",
        )
    };
    open_unchanging(path)
        .and_then(|db| db.query_row("SELECT journal_id FROM journal", [], |row| row.get(0)))
        .map_err(not_one)
}

/// Opens a database that nobody writes: no lock is taken, no file made.
pub(crate) fn open_unchanging(path: &Path) -> rusqlite::Result<Connection> {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
        let written = if plain {
            uri.write_char(char::from(*byte))
        } else {
            write!(uri, "%{byte:02x}")
        };
        written.map_err(|_ignored| rusqlite::Error::InvalidPath(path.to_owned()))?;
    }
    uri.push_str("?mode=ro&immutable=1");
    Connection::open_with_flags(
        uri,
        OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_URI,
    )
}

/// Whether another process holds any of SQLite's locks on it.
fn is_locked(file: &File) -> Result<bool, String> {
    let constant = |value: i32| i16::try_from(value).map_err(|e| e.to_string());
    let unlocked = constant(libc::F_UNLCK)?;
    let mut lock = libc::flock {
        l_type: constant(libc::F_WRLCK)?,
        l_whence: constant(libc::SEEK_SET)?,
        l_start: LOCK_START,
        l_len: LOCK_BYTES,
        l_pid: 0,
    };
    fcntl(file, FcntlArg::F_GETLK(&mut lock)).map_err(|e| e.to_string())?;
    Ok(lock.l_type != unlocked)
}
