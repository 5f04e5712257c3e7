//! `backup`: a whole copy of a journal, also while a signer has it open.
//!
//! Invariant: the signer is not asked and no lock is taken, so no decision
//! waits. What is copied is what it had committed when the copy began, or later.
//! Invariant: a copy appears under its name verified, synced and complete, or not
//! at all.
//! Invariant: it says that it is a copy. A signer that begins on it knows that
//! it was put back, and freezes: what was signed since, no copy knows.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use rusqlite::Connection;

use crate::audit::Audited;
use crate::files;
use crate::journal_id::refusal;
use crate::log_copy::Copy;
use crate::say::{Refusal, Said, fact, facts};

#[derive(Args)]
pub(crate) struct Backup {
    /// The journal.
    #[arg(long, value_name = "FILE", default_value = "./journal.sqlite")]
    journal: PathBuf,
    /// The copy, one file; there must be none yet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Backup) -> Result<Said, Refusal> {
    let (journal, out) = (&args.journal, &args.out);
    files::must_be_free(out)?;
    let copy = Copy::within(journal, files::folder_of(out))?;
    let unmade = |e: String| {
        let fix = "check that the folder is there, is yours and has space";
        refusal(journal, format_args!("cannot be copied: {e}"), fix)
    };
    let path = copy.path();
    // Its log becomes part of it: one file cannot lose its other half.
    set(&path, "journal_mode", "DELETE").map_err(|e| unmade(e.to_string()))?;
    let audited = Audited::read(&path)
        .map_err(|e| Refusal::line(format!("{e} (read as a copy of {})", journal.display())))?;
    let head = audited.newest()?;
    // As `signer/vault/src/journal.rs` reads it: the size that it was copied at, and one more.
    let mark = head.size.checked_add(1).and_then(|n| i32::try_from(n).ok());
    let mark = mark.ok_or_else(|| unmade("it has too many leaves".to_owned()))?;
    set(&path, "user_version", mark).map_err(|e| unmade(e.to_string()))?;
    publish(&path, out).map_err(|e| unmade(e.to_string()))?;
    let said = facts(
        args.json,
        &[
            fact("backup", out.display()),
            fact("origin", &head.origin),
            fact("leaves", head.size),
            fact("root", head.root.to_base64()),
        ],
    );
    Ok(said.with_aside(
        "next: keep it on another host, with a copy of the sealed key. \
         A signer on it is FROZEN until a recovery note",
    ))
}

fn set(path: &Path, name: &str, value: impl rusqlite::ToSql) -> rusqlite::Result<()> {
    let db = Connection::open(path)?;
    db.pragma_update(None, name, value)?;
    db.close().map_err(|(_, e)| e)
}

/// Gives the copy its name, which nobody may have taken meanwhile.
fn publish(copy: &Path, out: &Path) -> std::io::Result<()> {
    let file = File::open(copy)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.sync_all()?;
    fs::hard_link(copy, out)?;
    File::open(files::folder_of(out))?.sync_all()
}
