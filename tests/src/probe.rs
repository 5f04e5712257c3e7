//! Somebody inside a program: a library that waits in it for a signal, and
//! then tries one thing that the program must not be able to do.

use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A library, and what it tries.
pub struct Probe {
    library: PathBuf,
}

impl Probe {
    /// Its library stands in `folder`.
    pub fn new(folder: &Path) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/probe.c");
        let library = folder.join("probe.so");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .args([&library, &source])
            .status();
        let built = built.expect("a C compiler, as the build itself needs");
        assert!(built.success(), "{}", source.display());
        Self { library }
    }

    /// The same command with the probe inside, which is to try `what` at `path`.
    pub fn within(&self, mut command: Command, what: &str, path: &Path) -> Command {
        command
            .env("LD_PRELOAD", &self.library)
            .env("TESTS_PROBE", what)
            .env("TESTS_PROBE_PATH", path);
        command
    }

    /// Has the probe inside process `pid` try it. It tells the program's log.
    pub fn tries(pid: u32) {
        let pid = Pid::from_raw(pid.try_into().expect("a process id"));
        kill(pid, Signal::SIGUSR1).expect("a process of ours");
    }
}
