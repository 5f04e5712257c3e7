//! A program under ptrace: every system call of every thread, in order.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{ChildStdout, Command};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::process::PATIENCE;
use crate::ptrace::{self, Stop};

/// One system call that returned.
#[derive(Clone, Debug)]
pub struct Syscall {
    /// Its number, `libc::SYS_*`.
    pub number: i64,
    /// What its first argument stood for as a descriptor: a path, or
    /// `socket:[…]`.
    pub file: String,
    /// What it returned.
    pub returned: i64,
}

/// A traced program.
pub struct Traced {
    /// What it printed after `listening `.
    pub address: String,
    pid: Pid,
    calls: Arc<Mutex<Vec<Syscall>>>,
    tracer: Option<JoinHandle<()>>,
}

impl Traced {
    /// Starts `command` under trace and waits for its `listening` line.
    pub fn start(command: Command, log: &Path) -> Self {
        let log = log.to_owned();
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (tell, told) = mpsc::channel::<(Pid, ChildStdout)>();
        let record = Arc::clone(&calls);
        let tracer = std::thread::spawn(move || {
            let (pid, stdout) = ptrace::start(command, &log);
            tell.send((pid, stdout)).expect("the starter waits");
            let mut inside: BTreeMap<Pid, (i64, String)> = BTreeMap::new();
            ptrace::follow(pid, &mut |thread, stop| match stop {
                Stop::Entry { number, first } => {
                    inside.insert(thread, (number, ptrace::file(thread, first)));
                }
                Stop::Exit { returned } => {
                    if let Some((number, file)) = inside.remove(&thread) {
                        let call = Syscall {
                            number,
                            file,
                            returned,
                        };
                        record.lock().expect("readers do not panic").push(call);
                    }
                }
            });
        });
        let (pid, stdout) = told.recv_timeout(PATIENCE).expect("the program starts");
        let address = crate::process::listening(stdout);
        let address = address.expect("the traced program says where it listens");
        Self {
            address,
            pid,
            calls,
            tracer: Some(tracer),
        }
    }

    /// How many calls have returned so far.
    pub fn mark(&self) -> usize {
        self.calls.lock().expect("the tracer does not panic").len()
    }

    /// The calls that returned since `mark`.
    pub fn since(&self, mark: usize) -> Vec<Syscall> {
        self.calls.lock().expect("the tracer does not panic")[mark..].to_vec()
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        // It may have ended by itself; either way the tracer then returns.
        kill(self.pid, Signal::SIGKILL).ok();
        if let Some(tracer) = self.tracer.take() {
            tracer.join().ok();
        }
    }
}
