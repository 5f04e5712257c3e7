//! A kernel that lacks something, under programs that know nothing of it.

use std::path::{Path, PathBuf};
use std::process::Command;

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
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/without.c");
        let library = folder.join(format!("without-{name}.so"));
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .args([&library, &source])
            .arg(format!("-DWITHOUT={name}"))
            .status();
        let built = built.expect("a C compiler, as the build itself needs");
        assert!(built.success(), "{}", source.display());
        Self { library }
    }

    /// The same command, on this kernel.
    pub fn on(&self, mut command: Command) -> Command {
        command.env("LD_PRELOAD", &self.library);
        command
    }
}
