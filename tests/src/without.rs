//! A kernel that lacks something, under programs that know nothing of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::preloaded;

/// A kernel without one system call.
pub struct Without {
    library: PathBuf,
}

impl Without {
    /// Without `memfd_secret`; its library stands in `folder`.
    pub fn secret_memory(folder: &Path) -> Self {
        Self::call(folder, "SYS_memfd_secret")
    }

    /// Without the call of this name, `SYS_*`.
    pub fn call(folder: &Path, name: &str) -> Self {
        let file = format!("without-{name}.so");
        let library = preloaded::build(folder, "without.c", &file, &[&format!("-DWITHOUT={name}")]);
        Self { library }
    }

    /// The same command, on this kernel.
    pub fn on(&self, mut command: Command) -> Command {
        command.env("LD_PRELOAD", &self.library);
        command
    }
}
