//! ptrace: a program started under it, and its stops, one after another.
//!
//! One thread both starts the program and serves its stops, as ptrace demands.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};

use nix::errno::Errno;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// Where a thread of the program stopped.
pub(crate) enum Stop {
    /// Before a system call.
    Entry {
        /// `libc::SYS_*`.
        number: i64,
        /// Its first argument.
        first: u64,
    },
    /// After it.
    Exit {
        /// What it returned.
        returned: i64,
    },
}

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// By itself, with this code.
    Exited(i32),
    /// By a signal.
    Killed,
}

/// Starts `command`, stopped at its first instruction; its log goes to `log`.
/// The calling thread must be the one that calls [`follow`].
pub(crate) fn start(mut command: Command, log: &Path) -> (Pid, ChildStdout) {
    let log = fs::File::options()
        .create(true)
        .append(true)
        .open(log)
        .expect("the folder is ours");
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
        reason = "`follow` waits for it, as its tracer"
    )]
    let mut child = command
        .spawn()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let pid = Pid::from_raw(child.id().try_into().expect("a process id"));
    (pid, child.stdout.take().expect("it is piped"))
}

/// Lets the program run from stop to stop until its last thread is gone, and
/// everything that it started.
///
/// A SIGKILL sent within `on` at an entry ends the program without that call.
pub(crate) fn follow(main: Pid, on: &mut dyn FnMut(Pid, Stop)) -> Ended {
    let options = Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK
        | Options::PTRACE_O_EXITKILL;
    // The stop at exec.
    waitpid(main, None).expect("our own child stops at exec");
    ptrace::setoptions(main, options).expect("a stopped child of ours");
    ptrace::syscall(main, None).expect("a stopped child of ours");
    let any = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
    let mut ended = None;
    loop {
        let (pid, pass) = match waitpid(None, Some(any)) {
            Err(Errno::ECHILD) => return ended.expect("it was followed to its end"),
            Err(e) => panic!("waitpid: {e}"),
            Ok(WaitStatus::Exited(pid, code)) if pid == main => {
                ended = Some(Ended::Exited(code));
                continue;
            }
            Ok(WaitStatus::Signaled(pid, _, _)) if pid == main => {
                ended = Some(Ended::Killed);
                continue;
            }
            Ok(WaitStatus::PtraceSyscall(pid)) => {
                if let Some(stop) = stop(pid) {
                    on(pid, stop);
                }
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

/// What the stopped thread's descriptor stands for: a path, `socket:[…]`, or
/// nothing.
pub(crate) fn file(pid: Pid, descriptor: u64) -> String {
    fs::read_link(format!("/proc/{pid}/fd/{descriptor}"))
        .map(|p| p.display().to_string())
        .unwrap_or_default()
}

/// Every register of a stopped thread, the widest ones too, as a core has them.
pub fn wide_registers(thread: Pid) -> Vec<u8> {
    /// `NT_X86_XSTATE`.
    const STATE: libc::c_int = 0x202;
    let mut bytes = vec![0_u8; 16 * 1024];
    let mut into = libc::iovec {
        iov_base: bytes.as_mut_ptr().cast(),
        iov_len: bytes.len(),
    };
    // SAFETY: the kernel writes no more than `iov_len` bytes to `iov_base`,
    // which is a buffer of that length, and says in `iov_len` how many.
    let read = unsafe {
        libc::ptrace(
            libc::PTRACE_GETREGSET,
            thread.as_raw(),
            STATE,
            &raw mut into,
        )
    };
    assert_eq!(read, 0, "a halted thread");
    bytes.truncate(into.iov_len);
    bytes
}

/// What the stopped thread is at; nothing if it was killed meanwhile.
fn stop(pid: Pid) -> Option<Stop> {
    let info = ptrace::syscall_info(pid).ok()?;
    match info.op {
        libc::PTRACE_SYSCALL_INFO_ENTRY => {
            // SAFETY: `op` says which member of the union the kernel filled.
            let entry = unsafe { info.u.entry };
            Some(Stop::Entry {
                number: i64::try_from(entry.nr).unwrap_or(-1),
                first: entry.args[0],
            })
        }
        libc::PTRACE_SYSCALL_INFO_EXIT => {
            // SAFETY: `op` says which member of the union the kernel filled.
            let returned = unsafe { info.u.exit.sval };
            Some(Stop::Exit { returned })
        }
        _ => None,
    }
}
