//! A kernel that lacks something, under programs that know nothing of it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A kernel without `memfd_secret`.
pub struct WithoutSecretMemory {
    library: PathBuf,
}

impl WithoutSecretMemory {
    /// Its library stands in `folder`.
    pub fn new(folder: &Path) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/without.c");
        let library = folder.join("without.so");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .args([&library, &source])
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
