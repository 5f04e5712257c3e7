//! A running program that is stopped when its test is over.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

/// Long enough for a loaded machine; a program that needs it is broken.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A server that said where it listens.
pub struct Server {
    child: Child,
    /// What it printed after `listening `.
    pub address: String,
    /// Where its log goes.
    pub log: PathBuf,
}

impl Server {
    /// Starts `command` and waits for its `listening` line.
    pub fn start(mut command: Command, log: &Path) -> Self {
        let file = File::options()
            .create(true)
            .append(true)
            .open(log)
            .expect("the folder is ours");
        // What a killed program leaves behind comes to us, and is waited for.
        set_child_subreaper(true).expect("Linux has it");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .unwrap_or_else(|e| panic!("{command:?}: {e}"));
        let stdout = child.stdout.take().expect("it is piped");
        let address = listening(stdout).unwrap_or_else(|| {
            child.kill().ok();
            let status = child.wait();
            let text = std::fs::read_to_string(log).unwrap_or_default();
            panic!("{command:?} did not listen ({status:?}):\n{text}")
        });
        Self {
            child,
            address,
            log: log.to_owned(),
        }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The processes that it started and that run.
    pub fn children(&self) -> Vec<u32> {
        children(self.pid())
    }

    /// The process that it started under this name, if one runs.
    pub fn child(&self, name: &str) -> Option<u32> {
        let is_it = |pid: &u32| {
            std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|c| c.trim() == name)
        };
        self.children().into_iter().find(is_it)
    }

    /// Asks it to stop and waits until it did.
    pub fn stop(mut self) -> ExitStatus {
        self.signal(Signal::SIGTERM);
        wait(&mut self.child)
    }

    /// Ends it at once, and waits until nothing that it started is left.
    pub fn kill(mut self) -> ExitStatus {
        let left = self.children();
        self.signal(Signal::SIGKILL);
        let status = wait(&mut self.child);
        left.into_iter().for_each(gone);
        status
    }

    /// Waits for it to end by itself.
    pub fn wait(mut self) -> ExitStatus {
        wait(&mut self.child)
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().try_into().expect("a process id"));
        kill(pid, signal).expect("our own child");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already waited for if it was stopped; either way it is gone after.
        let left = match self.child.try_wait() {
            Ok(None) => self.children(),
            Ok(Some(_)) | Err(_) => Vec::new(),
        };
        self.child.kill().ok();
        self.child.wait().ok();
        left.into_iter().for_each(gone);
    }
}

/// Reads the first line in a thread, so that a silent program cannot hold us,
/// and keeps draining what follows.
pub fn listening(stdout: impl Read + Send + 'static) -> Option<String> {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut lines = BufReader::new(stdout).lines();
        if let Some(Ok(line)) = lines.next() {
            tell.send(line).ok();
        }
        lines.for_each(drop);
    });
    let line = told.recv_timeout(PATIENCE).ok()?;
    line.strip_prefix("listening ").map(str::to_owned)
}

/// The processes whose parent is `pid`.
pub fn children(pid: u32) -> Vec<u32> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let text = text.unwrap_or_default();
    text.split_whitespace()
        .map(|pid| pid.parse().expect("a number"))
        .collect()
}

/// Waits for a process that lost its parent, and whose end that must be.
pub fn gone(pid: u32) {
    let orphan = Pid::from_raw(pid.try_into().expect("a process id"));
    // No child of ours: its parent waited for it.
    let (_, killed) = guarded(pid, || waitpid(orphan, None).ok());
    assert!(!killed, "process {pid} outlived who started it");
}

/// Waits for a child, but not for ever.
pub fn wait(child: &mut Child) -> ExitStatus {
    let pid = child.id();
    let (status, killed) = guarded(pid, || child.wait().expect("our own child"));
    assert!(!killed, "process {pid} had to be killed after {PATIENCE:?}");
    status
}

/// What `wait` comes to, and whether `pid` had to be killed for it.
fn guarded<T>(pid: u32, wait: impl FnOnce() -> T) -> (T, bool) {
    let (tell, told) = mpsc::channel::<()>();
    let guard = std::thread::spawn(move || {
        if told.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
            let pid = Pid::from_raw(pid.try_into().expect("a process id"));
            kill(pid, Signal::SIGKILL).ok();
            return true;
        }
        false
    });
    let waited = wait();
    drop(tell);
    (waited, guard.join().expect("the guard does not panic"))
}

/// What a program that ran to its end printed.
pub struct Ran {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Ran {
    /// Its exit code; -1 if a signal ended it.
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or(-1)
    }
}

/// Runs `command` to its end.
pub fn run(mut command: Command) -> Ran {
    let out = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    Ran {
        status: out.status,
        stdout: String::from_utf8_lossy(&out.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
    }
}
