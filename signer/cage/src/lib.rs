//! The cage: what each process of the signer gives up for ever, once it has
//! what it needs.
//!
//! [`enter`] at a process's first line: nothing dumps it, nothing that it was
//! started with by accident stays open, and no program that it starts is more
//! than it is. [`fence`] and [`filter`] once it began: the files that
//! it still opens, and every system call that it still makes.
//!
//! Invariant: what no path of a process needs ends the process: a signer that
//! does what it was not written to do is not to go on.
//! Invariant: where the kernel lacks a part, the process is told which.
#![forbid(unsafe_code)]

pub mod calls;
mod filter;
mod paths;

pub use paths::{Paths, folder};

use std::fs;

use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::stat::{Mode, umask};
use nix::unistd;

use calls::Call;

/// Standard input, output and log.
const STANDARD: i32 = 2;

/// Takes from this process what none of the signer needs.
///
/// # Errors
///
/// The step that the kernel refused; it refuses none that it knows.
pub fn enter() -> Result<(), String> {
    let failed = |step: &'static str| move |e| format!("CAGE {step}: {e}");
    umask(Mode::S_IRWXG | Mode::S_IRWXO);
    setrlimit(Resource::RLIMIT_CORE, 0, 0).map_err(failed("RLIMIT_CORE"))?;
    prctl::set_dumpable(false).map_err(failed("PR_SET_DUMPABLE"))?;
    prctl::set_no_new_privs().map_err(failed("PR_SET_NO_NEW_PRIVS"))?;
    let entries = fs::read_dir("/proc/self/fd")
        .map_err(|e| format!("CAGE /proc/self/fd: {e}; mount proc for the signer"))?;
    let open = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let strange: Vec<i32> = open.filter(|fd| *fd > STANDARD).collect();
    for fd in strange {
        // The list's own is closed by now.
        match unistd::close(fd) {
            Ok(()) | Err(nix::errno::Errno::EBADF) => {}
            Err(e) => return Err(format!("CAGE descriptor {fd}: {e}")),
        }
    }
    Ok(())
}

/// From here on, this thread and all that it starts open nothing but `paths`.
///
/// # Errors
///
/// What the kernel lacks for it, in words.
pub fn fence(paths: &Paths) -> Result<(), String> {
    paths::close(paths)
}

/// From here on, no thread of this process makes a system call but `calls`.
/// One that does ends the process.
///
/// # Errors
///
/// What the kernel lacks for it, in words.
pub fn filter(calls: &[Call]) -> Result<(), String> {
    filter::close(calls)
}

/// Says whether a cage is closed, or what the kernel lacks for it.
pub fn told(name: &str, parts: [Result<(), String>; 2]) -> String {
    let missing: Vec<String> = parts.into_iter().filter_map(Result::err).collect();
    let missing = missing.join("; ");
    if missing.is_empty() {
        tracing::info!("CAGE the {name}'s is closed");
    } else {
        tracing::error!("CAGE the {name}'s stands open: {missing}");
    }
    missing
}
