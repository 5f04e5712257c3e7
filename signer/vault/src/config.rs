//! What the vault is told to begin with, and the request keys it reads itself.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use cage::{Paths, folder};
use frame::Role;
use frame::channel::{CALLERS_MAX, VaultPart};

use super::callers::{Callers, Unadded};
use child::files;

/// What the vault needs.
pub(crate) struct VaultConfig {
    pub(crate) journal: PathBuf,
    pub(crate) sealed_key: PathBuf,
    /// A file with the sealing key, for unattended starts.
    pub(crate) credential: Option<PathBuf>,
    pub(crate) callers: Callers,
    pub(crate) questions_per_second: u64,
    pub(crate) reserve_bytes: u64,
}

impl VaultConfig {
    /// Takes what the supervisor read, and reads each caller's request key.
    ///
    /// # Errors
    ///
    /// The problem and its fix.
    pub(super) fn read(part: VaultPart) -> Result<Self, String> {
        let path = |bytes| PathBuf::from(OsString::from_vec(bytes));
        let callers = callers(&path(part.callers), part.roles)?;
        Ok(Self {
            journal: path(part.journal),
            sealed_key: path(part.sealed_key),
            credential: (!part.credential.is_empty()).then(|| path(part.credential)),
            callers,
            questions_per_second: part.questions_per_second,
            reserve_bytes: part.reserve_bytes,
        })
    }

    /// What is opened once the journal is: a key's file, which another one may
    /// have replaced; and a clean end takes the journal's log away.
    pub(super) fn paths(&self) -> Paths {
        let (journal, sealed) = (folder(&self.journal), folder(&self.sealed_key));
        Paths {
            read: std::iter::once(sealed)
                .chain(self.credential.clone())
                .collect(),
            list: vec![journal.clone()],
            remove: vec![journal],
            ..Paths::default()
        }
    }
}

fn callers(folder: &Path, roles: Vec<(String, String)>) -> Result<Callers, String> {
    let mut callers = Callers::new().map_err(|e| {
        format!("CONFIG callers: no page of memory for the request keys: {e}; raise RLIMIT_MEMLOCK")
    })?;
    for (name, role) in roles {
        let role = Role::parse(&role)
            .ok_or_else(|| format!("CONFIG role: {role:?} is no role; use one of this edition"))?;
        // Straight to its place among the others.
        let key = folder.join(format!("{name}.key"));
        let added = callers.add(name.clone(), role, |at| files::read_exactly(&key, at));
        added.map_err(|why| match why {
            Unadded::Unread(e) => e.to_string(),
            Unadded::SameKey(other) => format!(
                "CONFIG callers: {other} and {name} have the same request key; \
                 `signerctl caller remove` one, and add it again"
            ),
            Unadded::Full => format!(
                "CONFIG callers: {CALLERS_MAX} are the most; `signerctl caller remove` some"
            ),
        })?;
    }
    Ok(callers)
}
