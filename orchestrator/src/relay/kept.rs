//! What must outlive this process: what witnesses may hold that the signer was
//! not told of, and the newest head that enough of them cosigned.
//!
//! Invariant: a checkpoint is in the file before a witness is shown it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::Draft;

/// The most checkpoints of one witness whose answer never came.
const UNANSWERED_MAX: usize = 32;

/// One checkpoint.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Its size.
    pub size: u64,
    /// The signed note.
    pub note: String,
}

/// How it went with one witness.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The largest head that it cosigned.
    pub size: u64,
    /// When it last did, Unix milliseconds; 0 for never.
    pub cosigned_ms: u64,
    /// What is wrong with it since; empty if nothing is.
    pub problem: String,
    /// What it was shown and did not answer to.
    #[serde(default)]
    pub unanswered: Vec<Shown>,
}

/// The file.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// The newest that enough of them cosigned, with their lines.
    pub cosigned: Option<Shown>,
    /// Why the signer was told that it is not the newest copy; empty while it is.
    #[serde(default)]
    pub rolled_back: String,
    /// By the witness's key.
    #[serde(default)]
    pub each: BTreeMap<String, Outcome>,
}

/// Where it is kept, beside the database.
#[must_use]
pub fn path_beside(database: &Path) -> PathBuf {
    let mut name = database.file_name().unwrap_or_default().to_owned();
    name.push(".witnesses");
    database.with_file_name(name)
}

impl Kept {
    /// Reads the file; nothing is kept where there is none yet.
    ///
    /// # Errors
    ///
    /// A sentence that names the file, its problem and the fix.
    pub fn read(path: &Path) -> Result<Self, String> {
        let fix =
            "restore it, or remove it: then a signer that was rolled back is told so by nobody";
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => return Err(format!("FILE {}: {e}; {fix}", path.display())),
        };
        serde_json::from_slice(&bytes).map_err(|e| format!("FILE {}: {e}; {fix}", path.display()))
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), String> {
        let text = serde_json::to_vec(self).map_err(|e| e.to_string())?;
        Draft::write(path, &text)?.keep()
    }

    /// Takes down that this witness is about to be shown this.
    pub(super) fn shows(&mut self, key: &str, shown: Shown) {
        let unanswered = &mut self.each.entry(key.to_owned()).or_default().unanswered;
        unanswered.retain(|old| old.size != shown.size);
        // The oldest stay: a witness that fell silent holds one of them.
        unanswered.truncate(UNANSWERED_MAX.saturating_sub(1));
        unanswered.push(shown);
    }
}
