//! Files that hold secrets: mode checked on the open descriptor, read once.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use zeroize::Zeroizing;

/// The largest secret file that is read, in bytes.
const BYTES_MAX: u64 = 16 * 1024;

/// Reads `path` if nobody but its owner can read or write it.
///
/// # Errors
///
/// A sentence that names the file, its problem and the fix.
pub(crate) fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let error = |problem: &str, fix: &str| format!("FILE {}: {problem}; {fix}", path.display());
    let unreadable = |e: std::io::Error| error(&e.to_string(), "name a file this user can read");
    let file = File::open(path).map_err(unreadable)?;
    let meta = file.metadata().map_err(unreadable)?;
    if !meta.is_file() || meta.len() > BYTES_MAX {
        return Err(error(
            "not a regular file of at most 16 KiB",
            "name the right file",
        ));
    }
    if meta.mode() & 0o077 != 0 {
        return Err(error(
            "its mode lets others in",
            "chmod 0400 it, and replace what it holds",
        ));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}
