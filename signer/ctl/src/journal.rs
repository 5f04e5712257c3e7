//! The journal's birth.
//!
//! Invariant: a journal appears under its name whole, synced and empty, or not
//! at all; one that exists is never touched.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::{Connection, params};
use zeroize::Zeroizing;

/// The schema that the vault opens.
const SCHEMA: &str = include_str!("../../vault/src/schema.sql");

/// What SQLite keeps beside a database; one of them left over would be read
/// into a new journal.
const SIDECARS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Makes the journal at `path` and says its id.
pub(crate) fn init(path: &Path) -> Result<String, String> {
    let error =
        |problem: String, fix: &str| format!("JOURNAL {}: {problem}; {fix}", path.display());
    if path.symlink_metadata().is_ok() {
        return Err(error(
            "there is one already".to_owned(),
            "a new one would forget every charge; choose another file for another wallet",
        ));
    }
    for suffix in SIDECARS {
        let sidecar = beside(path, suffix);
        if sidecar.symlink_metadata().is_ok() {
            return Err(error(
                format!("{} is left of another journal", sidecar.display()),
                "restore that journal, or move its files away together",
            ));
        }
    }
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut id = [0_u8; 16];
    SystemRandom::new().fill(&mut id).map_err(|_ignored| {
        error(
            "the system gives no randomness".to_owned(),
            "wait, and try again",
        )
    })?;
    let id_text = hex::encode(id);
    let draft = beside(path, &format!(".{id_text}.draft"));
    // The name appears only now, and only if nobody took it meanwhile.
    let made = write(&draft, &id).and_then(|()| {
        fs::hard_link(&draft, path)
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(|e| e.to_string())
    });
    let removed = fs::remove_file(&draft);
    made.map_err(|e| error(e, "check that the folder is there, is yours and has space"))?;
    removed.map_err(|e| {
        error(
            format!("made, but its draft stays: {e}"),
            "remove the .draft file",
        )
    })?;
    Ok(format!("journal {id_text} made at {}", path.display()))
}

/// `path` with `suffix` behind its whole name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn write(draft: &Path, id: &[u8; 16]) -> Result<(), String> {
    let (mut salt_key, mut log_key) = (Zeroizing::new([0_u8; 32]), Zeroizing::new([0_u8; 32]));
    let random = SystemRandom::new();
    random
        .fill(&mut *salt_key)
        .and_then(|()| random.fill(&mut *log_key))
        .map_err(|_ignored| "the system gives no randomness".to_owned())?;
    let file = File::create_new(draft).map_err(|e| e.to_string())?;
    file.set_permissions(fs::Permissions::from_mode(0o600))
        .map_err(|e| e.to_string())?;
    let db = Connection::open(draft).map_err(|e| e.to_string())?;
    let made = db
        .pragma_update(None, "synchronous", "FULL")
        .and_then(|()| db.execute_batch(&format!("BEGIN; {SCHEMA} COMMIT;")))
        .and_then(|()| {
            db.execute(
                "INSERT INTO journal (one, schema, journal_id, salt_key, created_ms, log_key) \
                 VALUES (1, 4, ?1, ?2, CAST(unixepoch('subsec') * 1000 AS INTEGER), ?3)",
                params![id, *salt_key, *log_key],
            )
        });
    made.map_err(|e| e.to_string())?;
    db.close().map_err(|(_, e)| e.to_string())?;
    file.sync_all().map_err(|e| e.to_string())
}
