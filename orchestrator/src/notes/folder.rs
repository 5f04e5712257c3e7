//! The folder where those who sign notes leave them, and `run` finds them.
//!
//! A file a signer and note: `<what it is about>.<key id>.note`. Whoever finds
//! as many signatures as there must be puts them together; a note that `signerctl`
//! signed for several may stand whole, under any word for the key.
//!
//! Invariant: a file takes its name whole, by a renaming; its owner alone
//! removes it. What a file says is believed by nobody here: the signer checks.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use frame::hop::ATTESTATION_BYTES_MAX;
use nix::fcntl::OFlag;
use note::Envelope;
use order::B256;

use super::notary::Notary;
use crate::clock;

const SUFFIX: &str = ".note";
/// What is between a text and its signatures.
const BREAK: &str = "\n\n";
/// More files are not looked at in one go.
const FILES_MAX: usize = 20_000;

/// The folder.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

/// A note with the signatures that were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is about: the files' name.
    pub subject: String,
    /// The note, with every signature.
    pub envelope: String,
    /// How many they are.
    pub signatures: usize,
}

/// What an attestation's file is called.
#[must_use]
pub fn attestation_name(transaction: B256, log_index: Option<u64>) -> String {
    let index = log_index.map(|index| index.to_string()).unwrap_or_default();
    format!("attestation-{}-{index}", hex::encode(transaction))
}

impl Folder {
    /// The folder at `path`, which must be there.
    ///
    /// # Errors
    ///
    /// It is not there.
    pub fn open(path: &Path) -> Result<Self, String> {
        let found = fs::metadata(path).map(|found| found.is_dir());
        if found.is_ok_and(|is_dir| is_dir) {
            return Ok(Self(path.to_owned()));
        }
        let path = path.display();
        Err(format!(
            "FILE {path}: no folder; make it, writable by those who sign and readable by run"
        ))
    }

    /// Leaves `text`, signed; says whether it was news.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn leave(&self, subject: &str, text: &str, by: &Notary) -> Result<bool, String> {
        let name = format!("{subject}.{}{SUFFIX}", by.verifier().id());
        let place = self.0.join(&name);
        if place.exists() {
            return Ok(false);
        }
        let draft = self.0.join(format!(".{name}"));
        let written = fs::File::create(&draft).and_then(|mut file| {
            file.write_all(by.sign(text).as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, &place)
        });
        written.map_err(|e| format!("FILE {}: {e}; check the folder", place.display()))?;
        Ok(true)
    }

    /// Removes what `by` left about `kind` longer ago than `age`.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn forget(&self, kind: &str, by: &Notary, age: Duration) -> Result<(), String> {
        let ending = format!(".{}{SUFFIX}", by.verifier().id());
        for (name, path) in self.files(kind)? {
            let at = fs::metadata(&path).and_then(|found| found.modified());
            let at_ms = at.ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            let now_ms = u128::from(clock::now_ms());
            let is_old =
                at_ms.is_some_and(|at| now_ms.saturating_sub(at.as_millis()) > age.as_millis());
            if name.ends_with(&ending) && is_old {
                fs::remove_file(&path).map_err(|e| format!("FILE {}: {e}", path.display()))?;
            }
        }
        Ok(())
    }

    /// Notes whose subject begins with `prefix`: of each subject the text that
    /// most signed.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn find(&self, prefix: &str) -> Result<Vec<Found>, String> {
        let mut subjects: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
        for (name, path) in self.files(prefix)? {
            let Some(subject) = name.strip_suffix(SUFFIX).and_then(|n| n.rsplit_once('.')) else {
                continue;
            };
            // Others may write here: what is no note is nobody's signature.
            let Some((text, signed)) = read(&path) else {
                continue;
            };
            let texts = subjects.entry(subject.0.to_owned()).or_default();
            texts.entry(text).or_default().extend(signed);
        }
        let merged = subjects.into_iter().filter_map(|(subject, texts)| {
            let (text, mut lines) = texts.into_iter().max_by_key(|(_, lines)| lines.len())?;
            lines.sort_unstable();
            lines.dedup();
            Some(Found {
                subject,
                envelope: format!("{text}{BREAK}{}", lines.concat()),
                signatures: lines.len(),
            })
        });
        Ok(merged.collect())
    }

    fn files(&self, prefix: &str) -> Result<Vec<(String, PathBuf)>, String> {
        let unreadable = |e: std::io::Error| format!("FILE {}: {e}", self.0.display());
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.0).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(prefix) && name.ends_with(SUFFIX) && files.len() < FILES_MAX {
                files.push((name, entry.path()));
            }
        }
        Ok(files)
    }
}

/// The text and the signature lines of a file that is a note.
fn read(path: &Path) -> Option<(String, Vec<String>)> {
    let bytes = match short(path) {
        Ok(bytes) => bytes?,
        Err(e) if e.kind() == ErrorKind::NotFound => return None,
        Err(e) => {
            tracing::warn!("FILE {}: {e}", path.display());
            return None;
        }
    };
    let envelope = Envelope::parse(&bytes).ok()?.to_string();
    let (text, lines) = envelope.rsplit_once(BREAK)?;
    let lines = lines.lines().map(|line| format!("{line}\n"));
    Some((text.to_owned(), lines.collect()))
}

/// The bytes of a file, if it is one and no longer than a note. Others may write
/// here: what has no end, or waits for a writer, must not hold up an exit.
fn short(path: &Path) -> std::io::Result<Option<Vec<u8>>> {
    let mut options = fs::File::options();
    options.read(true).custom_flags(OFlag::O_NONBLOCK.bits());
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Ok(None);
    }
    let most = u64::try_from(ATTESTATION_BYTES_MAX).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= ATTESTATION_BYTES_MAX).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::attest::WatcherKey;

    const TEXT: &str = "countersign/x\nsize 1\n";

    fn notary(seed: u8) -> Notary {
        let key = WatcherKey::read(&[seed; 32]).unwrap();
        Notary::new(key, &format!("desk.example/{seed}")).unwrap()
    }

    #[test]
    fn signatures_of_one_text_are_put_together_and_another_text_is_none_of_it() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        assert!(folder.leave("fill-1", TEXT, &notary(1)).unwrap());
        assert!(!folder.leave("fill-1", TEXT, &notary(1)).unwrap(), "known");
        assert!(folder.leave("fill-1", TEXT, &notary(2)).unwrap());
        let other = TEXT.replace('1', "2");
        folder.leave("fill-1", &other, &notary(3)).unwrap();
        folder.leave("listing-1", TEXT, &notary(3)).unwrap();
        fs::write(place.path().join("fill-2.x.note"), "no note").unwrap();
        let found = folder.find("fill-").unwrap();
        let [one] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!((one.subject.as_str(), one.signatures), ("fill-1", 2));
        let keys = [notary(1), notary(2)].map(|by| by.verifier().clone());
        let verified = note::verify(one.envelope.as_bytes(), &keys).unwrap();
        assert_eq!(verified.signed_by().len(), 2);
        assert_eq!(verified.text(), TEXT);
    }

    #[test]
    fn a_note_that_stands_whole_has_all_its_signatures() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        let (one, two) = (notary(1).sign(TEXT), notary(2).sign(TEXT));
        let line = two.rsplit_once(BREAK).unwrap().1;
        fs::write(place.path().join("listing-a.both.note"), one + line).unwrap();
        assert_eq!(folder.find("listing-").unwrap()[0].signatures, 2);
        let gone = Folder::open(&place.path().join("nowhere"));
        assert!(gone.unwrap_err().contains("no folder"));
    }

    #[test]
    fn what_has_no_end_or_no_writer_keeps_nobody_waiting() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        folder.leave("fill-1", TEXT, &notary(1)).unwrap();
        let odd = |name: &str| place.path().join(format!("fill-{name}.k.note"));
        nix::unistd::mkfifo(&odd("2"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        std::os::unix::fs::symlink("/dev/zero", odd("3")).unwrap();
        fs::create_dir(odd("4")).unwrap();
        let long = vec![b'x'; ATTESTATION_BYTES_MAX + 1];
        fs::write(odd("5"), long).unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || tell.send(folder.find("fill-").unwrap().len()));
        assert_eq!(told.recv_timeout(Duration::from_secs(20)), Ok(1));
    }
}
