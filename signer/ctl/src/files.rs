//! Files: read whole and bounded, written whole or not at all.
//!
//! Invariant: a secret file's mode is checked on the open descriptor, and its
//! bytes stand in one buffer that never grows and is wiped.
//! Invariant: a file appears under its name synced and complete, with its mode,
//! and never over another, unless [`replace`] was asked for.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::say::Refusal;

/// The largest secret file that is read.
const SECRET_BYTES_MAX: usize = 16 * 1024;
/// Only the owner reads it, nobody writes it.
pub(crate) const SECRET: u32 = 0o400;

/// A refusal about the file at `path`.
pub(crate) fn refusal(path: &Path, problem: impl std::fmt::Display, fix: &str) -> Refusal {
    Refusal::new("FILE", path.display(), problem, fix)
}

/// Opens a regular file.
pub(crate) fn open(path: &Path) -> Result<(File, fs::Metadata), Refusal> {
    let file = File::open(path).map_err(|e| {
        refusal(
            path,
            format_args!("cannot be opened: {e}"),
            "name a file this user can read",
        )
    })?;
    let meta = file.metadata().map_err(|e| {
        refusal(
            path,
            format_args!("cannot be examined: {e}"),
            "name a regular file",
        )
    })?;
    if meta.is_file() {
        Ok((file, meta))
    } else {
        Err(refusal(
            path,
            "is not a regular file",
            "name a regular file",
        ))
    }
}

/// Reads a whole secret file into a buffer of fixed capacity that is wiped.
pub(crate) fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    fill(&mut open_secret(path)?, SECRET_BYTES_MAX)
        .map_err(|problem| refusal(path, problem, "give a file of at most 16 KiB"))
}

/// Reads a secret file of exactly the length of `buffer`, in place.
pub(crate) fn read_secret_into(path: &Path, buffer: &mut [u8], what: &str) -> Result<(), Refusal> {
    let mut file = open_secret(path)?;
    let mut more = Zeroizing::new([0; 1]);
    let whole = file.read_exact(buffer).is_ok();
    if whole && matches!(file.read(more.as_mut_slice()), Ok(0)) {
        return Ok(());
    }
    Err(refusal(
        path,
        format_args!(
            "does not hold exactly {} bytes, and {what} is that",
            buffer.len()
        ),
        "name the file that signerctl wrote",
    ))
}

/// Opens a secret file if nobody but its owner can read or write it.
fn open_secret(path: &Path) -> Result<File, Refusal> {
    let (file, meta) = open(path)?;
    if meta.mode() & 0o077 != 0 {
        return Err(refusal(
            path,
            format_args!("mode {:04o} lets others in", meta.mode() & 0o7777),
            "chmod 0400 it, and treat what was in it as known to others",
        ));
    }
    Ok(file)
}

/// Reads a secret file of exactly `N` bytes.
pub(crate) fn read_secret_of<const N: usize>(
    path: &Path,
    what: &str,
) -> Result<Zeroizing<[u8; N]>, Refusal> {
    let bytes = read_secret(path)?;
    let mut exact = Zeroizing::new([0; N]);
    if bytes.len() != N {
        return Err(refusal(
            path,
            format_args!("holds {} bytes, and {what} is {N}", bytes.len()),
            "name the file that signerctl wrote",
        ));
    }
    exact.copy_from_slice(&bytes);
    Ok(exact)
}

/// Reads a file that is no secret, of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Refusal> {
    let (mut file, _) = open(path)?;
    let mut bytes =
        fill(&mut file, limit).map_err(|problem| refusal(path, problem, "name the right file"))?;
    Ok(std::mem::take(&mut *bytes))
}

/// Reads all of `source` into one buffer of `limit` bytes.
pub(crate) fn fill(source: &mut impl Read, limit: usize) -> Result<Zeroizing<Vec<u8>>, String> {
    // A buffer that grew would leave its old contents behind; one more byte
    // tells a source that is too long.
    let mut buffer = Zeroizing::new(vec![0; limit.saturating_add(1)]);
    let mut filled = 0_usize;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => break,
            Ok(n) => filled = filled.saturating_add(n),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(format!("cannot be read: {e}")),
        }
    }
    if filled > limit {
        return Err(format!("is longer than {limit} bytes"));
    }
    buffer.truncate(filled);
    Ok(buffer)
}

/// Refuses if anything stands at `path`, or if its folder is not there.
pub(crate) fn must_be_free(path: &Path) -> Result<(), Refusal> {
    let folder = fs::metadata(folder_of(path)).map_err(|e| cannot_write(path, &e))?;
    if !folder.is_dir() {
        return Err(cannot_write(path, &ErrorKind::NotADirectory.into()));
    }
    match path.symlink_metadata() {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(e) => Err(cannot_write(path, &e)),
        Ok(_) => Err(taken(path)),
    }
}

/// Writes a new file with `mode`, synced with its folder.
pub(crate) fn create(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Refusal> {
    let draft = draft(path, bytes, mode)?;
    let linked = fs::hard_link(&draft, path);
    let removed = fs::remove_file(&draft);
    linked.map_err(|e| {
        if e.kind() == ErrorKind::AlreadyExists {
            taken(path)
        } else {
            cannot_write(path, &e)
        }
    })?;
    removed
        .and_then(|()| sync_folder(path))
        .map_err(|e| cannot_write(path, &e))
}

/// Writes a file with `mode` over whatever had its name, synced with its folder.
pub(crate) fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Refusal> {
    let draft = draft(path, bytes, mode)?;
    fs::rename(&draft, path)
        .and_then(|()| sync_folder(path))
        .map_err(|e| cannot_write(path, &e))
}

/// Gives a file another name beside its own, synced with its folder.
pub(crate) fn link(path: &Path, other: &Path) -> Result<(), Refusal> {
    fs::hard_link(path, other)
        .and_then(|()| sync_folder(other))
        .map_err(|e| cannot_write(other, &e))
}

/// Gives a file a name that another has, in one step, synced with both folders.
pub(crate) fn rename(path: &Path, over: &Path) -> Result<(), Refusal> {
    fs::rename(path, over)
        .and_then(|()| sync_folder(over))
        .and_then(|()| sync_folder(path))
        .map_err(|e| cannot_write(over, &e))
}

/// Removes a file if it is there, synced with its folder.
pub(crate) fn remove(path: &Path) -> Result<(), Refusal> {
    match fs::remove_file(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(e) => Err(cannot_write(path, &e)),
        Ok(()) => sync_folder(path).map_err(|e| cannot_write(path, &e)),
    }
}

/// Where a file stands until it is whole: beside it, hidden, under one name,
/// so that one left by a crash is replaced by the next.
pub(crate) fn draft_of(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".draft");
    path.with_file_name(name)
}

fn draft(path: &Path, bytes: &[u8], mode: u32) -> Result<PathBuf, Refusal> {
    let draft = draft_of(path);
    remove(&draft)?;
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&draft)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
    written.map_err(|e| cannot_write(path, &e))?;
    Ok(draft)
}

/// The folder that `path` stands in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

fn taken(path: &Path) -> Refusal {
    refusal(
        path,
        "is there already",
        "choose another name; nothing is written over",
    )
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Refusal {
    refusal(
        path,
        format_args!("cannot be written: {error}"),
        "check that its folder is there, is yours and has space",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_appears_whole_and_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        // What a crash left behind is in nobody's way.
        fs::write(draft_of(&path), b"half").unwrap();
        create(&path, b"whole", SECRET).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o400);
        let refused = create(&path, b"other", SECRET).unwrap_err();
        assert!(
            refused.to_string().contains("is there already"),
            "{refused}"
        );
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        replace(&path, b"other", 0o644).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"other");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_secret_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for (mode, fine) in [(0o400, true), (0o600, true), (0o440, false), (0o404, false)] {
            fs::write(&path, [7; 32]).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(
                read_secret_of::<32>(&path, "a key").is_ok(),
                fine,
                "{mode:o}"
            );
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn a_source_has_both_edges_of_its_limit() {
        assert_eq!(fill(&mut [1; 8].as_slice(), 8).unwrap().len(), 8);
        assert!(fill(&mut [1; 9].as_slice(), 8).is_err());
        assert!(fill(&mut [].as_slice(), 8).unwrap().is_empty());
    }
}
