//! Files that hold secrets: opened once, mode checked on the open descriptor,
//! read in place, wiped after use.
//!
//! Invariant: the check and the read are of the same open file, so nothing can
//! be swapped between them.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use zeroize::{Zeroize, Zeroizing};

/// The largest secret file that is read.
const SECRET_BYTES_MAX: usize = 16 * 1024;

/// A secret file that cannot be used.
#[derive(Debug)]
pub struct FileError {
    path: String,
    problem: String,
    fix: &'static str,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FILE {}: {}; {}", self.path, self.problem, self.fix)
    }
}

/// Opens `path` if nobody but its owner can read or write it.
fn open_secret(path: &Path) -> Result<File, FileError> {
    let error = |problem: String, fix| FileError {
        path: path.display().to_string(),
        problem,
        fix,
    };
    let file = File::open(path).map_err(|e| {
        error(
            format!("cannot be opened: {e}"),
            "name a file this user can read",
        )
    })?;
    let meta = file
        .metadata()
        .map_err(|e| error(format!("cannot be examined: {e}"), "name a regular file"))?;
    if !meta.is_file() {
        return Err(error(
            "is not a regular file".to_owned(),
            "name a regular file",
        ));
    }
    if meta.mode() & 0o077 != 0 {
        return Err(error(
            format!("mode {:04o} lets others in", meta.mode() & 0o7777),
            "chmod 0400 it, and treat what was in it as known to others",
        ));
    }
    Ok(file)
}

/// Reads a whole secret file into a buffer of fixed capacity that is wiped.
///
/// # Errors
///
/// The file, the problem and the fix.
pub fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let mut file = open_secret(path)?;
    let error = |problem: String| FileError {
        path: path.display().to_string(),
        problem,
        fix: "give a file of at most 16 KiB",
    };
    // A buffer that grew would leave its old contents behind.
    let mut buffer = Zeroizing::new(vec![0; SECRET_BYTES_MAX]);
    let mut filled = 0_usize;
    loop {
        let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) else {
            return Err(error("is too large".to_owned()));
        };
        match file.read(rest) {
            Ok(0) => break,
            Ok(n) => filled = filled.saturating_add(n),
            Err(e) => return Err(error(format!("cannot be read: {e}"))),
        }
    }
    buffer.truncate(filled);
    Ok(buffer)
}

/// Fills `buffer` from a secret file of exactly its length, in place.
///
/// # Errors
///
/// The file, the problem and the fix.
pub fn read_exactly(path: &Path, buffer: &mut [u8]) -> Result<(), FileError> {
    let mut file = open_secret(path)?;
    let error = |problem: String| FileError {
        path: path.display().to_string(),
        problem,
        fix: "give the file as it was made",
    };
    let wanted = buffer.len();
    let mut more = [0_u8; 1];
    let whole = file.read_exact(buffer).is_ok() && matches!(file.read(&mut more), Ok(0));
    more.zeroize();
    if whole {
        Ok(())
    } else {
        Err(error(format!("does not hold exactly {wanted} bytes")))
    }
}
