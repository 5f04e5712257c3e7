//! Files that a process may still open, as the kernel's own rules.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

/// What was tried. An older kernel lacks some of it: how files are truncated,
/// ports, devices, signals. No filter of ours lets those calls pass either.
const KNOWN: ABI = ABI::V6;

/// The folder that a file stands in.
#[must_use]
pub fn folder(file: &Path) -> PathBuf {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}

/// What a process may still open by name: each of these, and all below it.
/// What is not there is not opened.
#[derive(Default)]
pub struct Paths {
    /// To be read.
    pub read: Vec<PathBuf>,
    /// To be run.
    pub run: Vec<PathBuf>,
    /// To be read and written; never made or emptied.
    pub write: Vec<PathBuf>,
    /// Folders to be listed, without a look into any file.
    pub list: Vec<PathBuf>,
    /// Folders whose files may be removed.
    pub remove: Vec<PathBuf>,
    /// Whether it may end processes that were there before.
    pub signals: bool,
}

/// Lets these be opened, and nothing else be opened, bound or reached.
pub(crate) fn close(paths: &Paths) -> Result<(), String> {
    match restrict(paths).map_err(|e| format!("Landlock: {e}"))? {
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Ok(()),
        RulesetStatus::NotEnforced => Err(
            "Landlock: the kernel is older than 5.13, was built without CONFIG_SECURITY_LANDLOCK, \
             or was started with an lsm= that leaves it out"
                .to_owned(),
        ),
    }
}

fn restrict(paths: &Paths) -> Result<RulesetStatus, RulesetError> {
    let scopes = if paths.signals {
        Scope::AbstractUnixSocket.into()
    } else {
        Scope::from_all(KNOWN)
    };
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(KNOWN))?
        .handle_access(AccessNet::from_all(KNOWN))?
        .scope(scopes)?
        .create()?;
    let run = AccessFs::Execute | AccessFs::ReadFile;
    let write = AccessFs::ReadFile | AccessFs::WriteFile;
    for (paths, access) in [
        (&paths.read, AccessFs::ReadFile.into()),
        (&paths.run, run),
        (&paths.write, write),
        (&paths.list, AccessFs::ReadDir.into()),
        (&paths.remove, AccessFs::RemoveFile.into()),
    ] {
        rules = allow(rules, paths, access)?;
    }
    Ok(rules.restrict_self()?.ruleset)
}

fn allow(
    mut rules: RulesetCreated,
    paths: &[PathBuf],
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    for path in paths {
        if let Ok(at) = PathFd::new(path) {
            rules = rules.add_rule(PathBeneath::new(at, access))?;
        }
    }
    Ok(rules)
}
