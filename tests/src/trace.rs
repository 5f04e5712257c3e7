//! A program under ptrace: every system call of every thread, in order.
//!
//! One thread both starts the program and serves its stops, as ptrace demands.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::process::PATIENCE;

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
    pub fn start(mut command: Command, log: &Path) -> Self {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(log)
            .expect("the folder is ours");
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (tell, told) = mpsc::channel::<(Pid, ChildStdout)>();
        let record = Arc::clone(&calls);
        let tracer = std::thread::spawn(move || {
            command
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(log);
            // SAFETY: PTRACE_TRACEME is one system call and allocates nothing.
            unsafe {
                command.pre_exec(|| ptrace::traceme().map_err(std::io::Error::from));
            }
            #[expect(
                clippy::zombie_processes,
                reason = "`serve` waits for it, as its tracer"
            )]
            let mut child = command
                .spawn()
                .unwrap_or_else(|e| panic!("{command:?}: {e}"));
            let pid = Pid::from_raw(child.id().try_into().expect("a process id"));
            let stdout = child.stdout.take().expect("it is piped");
            tell.send((pid, stdout)).expect("the starter waits");
            serve(pid, &record);
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

/// Lets the program run from stop to stop until its last thread is gone.
fn serve(main: Pid, record: &Mutex<Vec<Syscall>>) {
    let options = Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK
        | Options::PTRACE_O_EXITKILL;
    // The stop at exec.
    waitpid(main, None).expect("our own child stops at exec");
    ptrace::setoptions(main, options).expect("a stopped child of ours");
    ptrace::syscall(main, None).expect("a stopped child of ours");
    let mut inside: BTreeMap<Pid, (i64, String)> = BTreeMap::new();
    let any = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
    loop {
        let (pid, pass) = match waitpid(None, Some(any)) {
            Err(nix::errno::Errno::ECHILD) => return,
            Err(e) => panic!("waitpid: {e}"),
            Ok(WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, _, _)) => {
                if pid == main {
                    return;
                }
                continue;
            }
            Ok(WaitStatus::PtraceSyscall(pid)) => {
                at_syscall(pid, &mut inside, record);
                (pid, None)
            }
            // A new thread begins with a SIGSTOP of ptrace's own.
            Ok(
                WaitStatus::PtraceEvent(pid, _, _)
                | WaitStatus::Stopped(pid, Signal::SIGSTOP | Signal::SIGTRAP),
            ) => (pid, None),
            Ok(WaitStatus::Stopped(pid, signal)) => (pid, Some(signal)),
            Ok(_) => continue,
        };
        // A thread that was killed meanwhile is reported by the next wait.
        ptrace::syscall(pid, pass).ok();
    }
}

fn at_syscall(pid: Pid, inside: &mut BTreeMap<Pid, (i64, String)>, record: &Mutex<Vec<Syscall>>) {
    let Ok(info) = ptrace::syscall_info(pid) else {
        return;
    };
    match info.op {
        libc::PTRACE_SYSCALL_INFO_ENTRY => {
            // SAFETY: `op` says which member of the union the kernel filled.
            let entry = unsafe { info.u.entry };
            let number = i64::try_from(entry.nr).unwrap_or(-1);
            let file = fs::read_link(format!("/proc/{pid}/fd/{}", entry.args[0]))
                .map(|p| p.display().to_string())
                .unwrap_or_default();
            inside.insert(pid, (number, file));
        }
        libc::PTRACE_SYSCALL_INFO_EXIT => {
            // SAFETY: `op` says which member of the union the kernel filled.
            let returned = unsafe { info.u.exit.sval };
            if let Some((number, file)) = inside.remove(&pid) {
                let call = Syscall {
                    number,
                    file,
                    returned,
                };
                record.lock().expect("readers do not panic").push(call);
            }
        }
        _ => {}
    }
}
