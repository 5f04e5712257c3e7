//! Files that hold secrets: mode checked on the open descriptor, read once, and
//! written so that nobody else could read them for a moment.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// The largest secret file that is read, in bytes.
const BYTES_MAX: u64 = 16 * 1024;

/// Reads `path` if nobody but its owner can read or write it.
///
/// # Errors
///
/// A sentence that names the file, its problem and the fix.
pub fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let error = |problem: &str, fix: &str| format!("FILE {}: {problem}; {fix}", path.display());
    let unreadable = |e: std::io::Error| {
        let fix = if e.kind() == std::io::ErrorKind::NotFound {
            "make it as its line in deploy's example configuration says, or name another"
        } else {
            "name a file this user can read"
        };
        error(&e.to_string(), fix)
    };
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
            &format!("mode {:04o} lets others in", meta.mode() & 0o7777),
            "chmod 0400 it, and replace what it holds",
        ));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}

/// Reads a secret from a stream, as standard input or a descriptor.
///
/// # Errors
///
/// When it cannot be read, or is too long.
pub fn read_secret_from(from: impl Read) -> Result<Zeroizing<Vec<u8>>, String> {
    // Sized beforehand: a vector that grows leaves pieces behind.
    let room = usize::try_from(BYTES_MAX).unwrap_or(0);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room.saturating_add(1)));
    from.take(BYTES_MAX.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|e| format!("INPUT cannot be read: {e}; pipe the secret in"))?;
    if bytes.len() > room {
        return Err("INPUT is longer than 16 KiB; pipe the right secret in".to_owned());
    }
    Ok(bytes)
}

/// A secret that is on disk beside its place, and not yet in it.
#[derive(Debug)]
pub struct Draft {
    at: PathBuf,
    place: PathBuf,
}

impl Draft {
    /// Writes `bytes`, mode 0400, beside `place`.
    ///
    /// # Errors
    ///
    /// A sentence that names the file, its problem and the fix.
    pub fn write(place: &Path, bytes: &[u8]) -> Result<Self, String> {
        let mut name = place.as_os_str().to_owned();
        name.push(".draft");
        let draft = Self {
            at: PathBuf::from(name),
            place: place.to_owned(),
        };
        let error = |e: std::io::Error| {
            let fix = "make its folder writable";
            format!("FILE {}: {e}; {fix}", draft.at.display())
        };
        // One name, so that what a crash left is replaced by the next.
        match std::fs::remove_file(&draft.at) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(error(e)),
            Ok(()) | Err(_) => {}
        }
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o400)
            .open(&draft.at)
            .map_err(error)?;
        file.write_all(bytes).map_err(error)?;
        file.sync_all().map_err(error)?;
        Ok(draft)
    }

    /// Puts it into its place.
    ///
    /// # Errors
    ///
    /// A sentence that names the file, its problem and the fix.
    pub fn keep(self) -> Result<(), String> {
        let folder = match self.place.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            Some(_) | None => Path::new("."),
        };
        let kept =
            std::fs::rename(&self.at, &self.place).and_then(|()| File::open(folder)?.sync_all());
        kept.map_err(|e| {
            let fix = "make its folder writable";
            format!("FILE {}: {e}; {fix}", self.place.display())
        })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Gone already if it was kept.
        drop(std::fs::remove_file(&self.at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_is_not_there_is_to_be_made_and_not_to_be_made_readable() {
        let said = read_secret(Path::new("/nowhere/clob.json")).unwrap_err();
        let fix = "; make it as its line in deploy's example configuration says, or name another";
        assert!(said.starts_with("FILE /nowhere/clob.json: "), "{said}");
        assert!(said.ends_with(fix), "{said}");
    }
}
