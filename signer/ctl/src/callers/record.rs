//! A caller's two files, and what they hold.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Deserialize;

use crate::files;
use crate::say::Refusal;

const NAME_BYTES_MAX: usize = 32;
/// Names that the signer refuses.
const RESERVED: [&str; 2] = ["local", "vault"];
const RECORD_BYTES_MAX: usize = 4096;

#[derive(Clone, Copy, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    /// Signs, explains, carries notes, freezes.
    Orchestrator,
    /// Carries notes and freezes.
    Operator,
    /// Looks.
    Monitor,
}

impl Role {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Orchestrator => "orchestrator",
            Self::Operator => "operator",
            Self::Monitor => "monitor",
        }
    }
}

/// What a `.toml` holds, and nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    role: Role,
    pin: String,
}

pub(super) fn name(text: &str) -> Result<String, String> {
    let legal =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    let fine = (1..=NAME_BYTES_MAX).contains(&text.len())
        && !text.starts_with('.')
        && text.bytes().all(legal);
    fine.then(|| text.to_owned())
        .ok_or_else(|| "use 1 to 32 of a-z 0-9 . _ -, not beginning with a dot".to_owned())
}

/// A name that a new caller may have: not one under which the vault itself
/// writes leaves.
pub(super) fn new_name(text: &str) -> Result<String, String> {
    if RESERVED.contains(&text) {
        return Err("it is the journal's own name for the host; choose another".to_owned());
    }
    name(text)
}

pub(super) fn pin(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("sha256/").unwrap_or_default();
    let fine = digits.len() == 64
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    // All zeros is a place that nobody filled in.
    let filled = digits.bytes().any(|byte| byte != b'0');
    (fine && filled).then(|| text.to_owned()).ok_or_else(|| {
        "write sha256/ and 64 lower-case hex digits, not all of them zero, as signerctl pin \
         prints"
            .to_owned()
    })
}

pub(super) fn refusal(
    field: impl std::fmt::Display,
    problem: impl std::fmt::Display,
    fix: &str,
) -> Refusal {
    Refusal::new("CALLER", field, problem, fix)
}

/// Where a caller's record and key stand.
pub(super) fn paths(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    (
        folder.join(format!("{name}.toml")),
        folder.join(format!("{name}.key")),
    )
}

/// The folder must be there, and nobody but its owner may add to it.
pub(super) fn check_folder(folder: &Path) -> Result<(), Refusal> {
    let meta = fs::metadata(folder).map_err(|e| {
        refusal(
            folder.display(),
            format_args!("cannot be examined: {e}"),
            "make the folder first, mode 0700",
        )
    })?;
    if !meta.is_dir() || meta.mode() & 0o022 != 0 {
        return Err(refusal(
            folder.display(),
            "is no folder that its owner alone may write",
            "chmod go-w it, and look through what is in it",
        ));
    }
    Ok(())
}

/// What a `.toml` is written as.
pub(super) fn record(role: Role, pin: &str) -> String {
    format!("role = \"{}\"\npin = \"{pin}\"\n", role.word())
}

/// One caller's role and pin, if its record and its key are sound.
pub(super) fn caller(folder: &Path, known: &str) -> Result<(&'static str, String), Refusal> {
    let bad = |problem: String| {
        refusal(
            known,
            problem,
            "signerctl caller remove it, then add it again",
        )
    };
    name(known).map_err(&bad)?;
    let (toml, key) = paths(folder, known);
    let text = files::read(&toml, RECORD_BYTES_MAX)?;
    let record: Record =
        toml::from_slice(&text).map_err(|e| bad(format!("record: {}", e.message())))?;
    pin(&record.pin).map_err(bad)?;
    match fs::symlink_metadata(&key) {
        Err(e) if e.kind() == ErrorKind::NotFound => Err(bad("has no key".to_owned())),
        _ => files::read_secret_of::<32>(&key, "a request key")
            .map(|_| (record.role.word(), record.pin)),
    }
}
