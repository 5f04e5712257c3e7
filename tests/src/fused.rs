//! A program that is killed at its Nth effect: before a write, sync, send,
//! truncation, removal or renaming that it was about to do.
//!
//! Invariant: the call that it is killed at does not happen.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{ChildStdout, Command};
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::process::{PATIENCE, children};
use crate::ptrace::{self, Ended, Stop};

/// What is told of a program while it runs.
#[derive(Debug)]
pub enum Event {
    /// It printed `listening ` and this.
    Listening(String),
    /// It is gone.
    Ended(Death),
}

/// How a program ended, and what it did.
#[derive(Clone, Debug)]
pub struct Death {
    /// Its exit code; nothing if it was killed.
    pub code: Option<i32>,
    /// What it was about to do when its fuse blew: the call and its object.
    pub at: Option<String>,
    /// How many effects it had, the one it was killed at not counted.
    pub effects: u64,
}

/// A program that runs, with or without a fuse.
#[derive(Debug)]
pub struct Fused {
    pid: Pid,
    tracer: Option<JoinHandle<()>>,
}

impl Fused {
    /// Starts `command`; `fuse` is the effect it does not live to do, from 1.
    /// What happens to it is told to `events` as coming from `who`.
    pub fn start<W: Copy + Send + 'static>(
        command: Command,
        log: &Path,
        fuse: Option<u64>,
        who: W,
        events: Sender<(W, Event)>,
    ) -> Self {
        let log = log.to_owned();
        let (tell, told) = mpsc::channel();
        let tracer = std::thread::spawn(move || {
            let (pid, stdout) = ptrace::start(command, &log);
            let reader = listen(stdout, who, events.clone());
            tell.send(pid).expect("the starter waits");
            let death = burn(pid, fuse);
            reader.join().expect("the reader does not panic");
            // Whoever listened may be gone with its run.
            events.send((who, Event::Ended(death))).ok();
        });
        let pid = told.recv_timeout(PATIENCE).expect("the program starts");
        Self {
            pid,
            tracer: Some(tracer),
        }
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        // It may have blown its fuse meanwhile.
        kill(self.pid, Signal::SIGTERM).ok();
    }
}

impl Drop for Fused {
    fn drop(&mut self) {
        let Some(tracer) = self.tracer.take() else {
            return;
        };
        // Not a process that got its number meanwhile: while the tracer runs,
        // nobody has waited for it.
        if !tracer.is_finished() {
            kill(self.pid, Signal::SIGKILL).ok();
        }
        tracer.join().ok();
    }
}

/// Tells the address it listens at, and keeps draining what follows.
fn listen<W: Copy + Send + 'static>(
    stdout: ChildStdout,
    who: W,
    events: Sender<(W, Event)>,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(address) = line.strip_prefix("listening ") {
                events
                    .send((who, Event::Listening(address.to_owned())))
                    .ok();
            }
        }
    })
}

fn burn(pid: Pid, fuse: Option<u64>) -> Death {
    let mut effects = 0_u64;
    let mut at = None;
    let ended = ptrace::follow(pid, &mut |thread, stop| {
        let Stop::Entry { number, first } = stop else {
            return;
        };
        let Some(name) = effect(number) else {
            return;
        };
        let object = if by_path(number) {
            Some("a file".to_owned())
        } else {
            object(&ptrace::file(thread, first))
        };
        let Some(object) = object.filter(|_| at.is_none()) else {
            return;
        };
        if fuse == Some(effects + 1) {
            at = Some(format!("{name} {object}"));
            end(pid, thread);
        } else {
            effects += 1;
        }
    });
    let code = match ended {
        Ended::Exited(code) => Some(code),
        Ended::Killed => None,
    };
    Death { code, at, effects }
}

/// Ends the process of `thread`, which stands before its call, and all others
/// of the program.
fn end(main: Pid, thread: Pid) {
    kill(process_of(thread), Signal::SIGKILL).expect("a stopped child of ours");
    let main_id = main.as_raw().try_into().expect("a process id");
    let others = children(main_id).into_iter();
    let others = others.map(|pid| Pid::from_raw(pid.try_into().expect("a process id")));
    for pid in others.chain([main]) {
        // It may be the same one, or have ended by itself.
        kill(pid, Signal::SIGKILL).ok();
    }
}

/// The process that a thread is of.
fn process_of(thread: Pid) -> Pid {
    let status = std::fs::read_to_string(format!("/proc/{thread}/status")).expect("it stands");
    let tgid = status.lines().find_map(|line| line.strip_prefix("Tgid:"));
    let tgid = tgid.and_then(|tgid| tgid.trim().parse().ok());
    Pid::from_raw(tgid.expect("a process id"))
}

/// The name of a call that changes what is outside the process.
fn effect(number: i64) -> Option<&'static str> {
    Some(match number {
        libc::SYS_write | libc::SYS_writev => "write",
        libc::SYS_pwrite64 | libc::SYS_pwritev | libc::SYS_pwritev2 => "pwrite",
        libc::SYS_fsync | libc::SYS_fdatasync => "sync",
        libc::SYS_sendto | libc::SYS_sendmsg | libc::SYS_sendmmsg => "send",
        libc::SYS_ftruncate | libc::SYS_fallocate => "truncate",
        libc::SYS_unlink | libc::SYS_unlinkat => "unlink",
        libc::SYS_rename | libc::SYS_renameat | libc::SYS_renameat2 => "rename",
        _ => return None,
    })
}

fn by_path(number: i64) -> bool {
    [
        libc::SYS_unlink,
        libc::SYS_unlinkat,
        libc::SYS_rename,
        libc::SYS_renameat,
        libc::SYS_renameat2,
    ]
    .contains(&number)
}

/// A file by its own name, a folder or a socket; nothing where it is a log, a
/// pipe or the wake of a program's own threads, which are no effects.
fn object(file: &str) -> Option<String> {
    if file.starts_with("socket:") {
        return Some("a socket".to_owned());
    }
    let path = Path::new(file);
    let is_log = path.extension().is_some_and(|end| end == "log");
    if !path.is_absolute() || path.starts_with("/dev") || is_log {
        return None;
    }
    if path.is_dir() {
        return Some("the folder".to_owned());
    }
    Some(path.file_name()?.to_string_lossy().into_owned())
}
