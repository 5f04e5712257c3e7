//! Somebody inside a program: a library that waits in it for a signal, and
//! then tries one thing that the program must not be able to do.

use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::preloaded;

/// A library, and what it tries.
pub struct Probe {
    library: PathBuf,
}

impl Probe {
    /// Its library stands in `folder`.
    pub fn new(folder: &Path) -> Self {
        let library = preloaded::build(folder, "probe.c", "probe.so", &[]);
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
