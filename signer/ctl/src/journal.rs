//! The journal's birth.
//!
//! Invariant: a journal appears under its name whole, synced and empty, or not
//! at all; one that exists is never touched.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::{Connection, params};

/// The schema that the vault opens.
const SCHEMA: &str = include_str!("../../src/vault/schema.sql");

/// Makes the journal at `path` and says its id.
pub(crate) fn init(path: &Path) -> Result<String, String> {
    let error =
        |problem: String, fix: &str| format!("JOURNAL {}: {problem}; {fix}", path.display());
    if path.exists() {
        return Err(error(
            "there is one already".to_owned(),
            "a new one would forget every charge; choose another file for another wallet",
        ));
    }
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let draft = path.with_extension("draft");
    if draft.exists() {
        fs::remove_file(&draft)
            .map_err(|e| error(format!("an earlier draft is in the way: {e}"), "remove it"))?;
    }
    let id = write(&draft).map_err(|e| error(e, "check the folder and its space"))?;
    // The name appears only now, and only if nobody took it meanwhile.
    fs::hard_link(&draft, path)
        .and_then(|()| fs::remove_file(&draft))
        .and_then(|()| File::open(folder)?.sync_all())
        .map_err(|e| error(format!("cannot be put in place: {e}"), "check the folder"))?;
    Ok(format!("journal {id} made at {}", path.display()))
}

fn write(draft: &Path) -> Result<String, String> {
    let mut id = [0_u8; 16];
    let mut salt_key = [0_u8; 32];
    let random = SystemRandom::new();
    random
        .fill(&mut id)
        .and_then(|()| random.fill(&mut salt_key))
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
                "INSERT INTO journal (one, schema, journal_id, salt_key, created_ms) \
                 VALUES (1, 1, ?1, ?2, CAST(unixepoch('subsec') * 1000 AS INTEGER))",
                params![id, salt_key],
            )
        });
    made.map_err(|e| e.to_string())?;
    db.close().map_err(|(_, e)| e.to_string())?;
    file.sync_all().map_err(|e| e.to_string())?;
    Ok(hex::encode(id))
}
