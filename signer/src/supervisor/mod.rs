//! The supervisor: starts vault and door, hands them what they need, and
//! watches.
//!
//! It reads the configuration, execs the vault with its part and the door with
//! its own, opens the sockets, joins the two, and waits. When the door ends
//! it starts another; when the vault ends everything does.
//!
//! Invariant: it decides nothing and holds no key: not the wallet's, no request
//! key, not the certificate's. What it keeps are the network's listeners, which
//! it hands to each new door and never accepts from.

mod child;
mod watch;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use ::child::channel::{self, SIGNALS};
use cage::{Paths, calls};
use frame::channel::{DoorPart, Message};
use nix::sys::signal::SigSet;
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::User;

use self::child::Child;
use self::watch::Watch;
use crate::config::Config;
use crate::control;
use crate::tell;

/// Connections that may wait for the door to accept them, or for a new door.
const BACKLOG: i32 = 1_024;

/// What each door is given anew.
struct Threshold {
    part: DoorPart,
    user: Option<User>,
    listener: TcpListener,
    metrics: Option<TcpListener>,
}

/// Runs the signer that `path` describes, to its end.
///
/// # Errors
///
/// Why it could not start, or what ended it.
pub(crate) fn run(path: &Path) -> Result<(), String> {
    // Blocked before the first child, which inherits it: none is lost, and none
    // ends a child that has not yet learned to leave them alone.
    let mask: SigSet = SIGNALS.iter().copied().collect();
    mask.thread_block().map_err(|e| e.to_string())?;
    let signals = SignalFd::with_flags(&mask, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
        .map_err(|e| format!("cannot wait for signals: {e}"))?;
    let config = Config::read(path).map_err(|e| e.to_string())?;
    // All that a configuration can ask in vain comes before the first leaf: a
    // start that is refused is none, and stays out of the journal.
    let users = config.users;
    let vault = Child::vault(users.vault.as_ref(), &Message::Vault(config.vault))?;
    let part = Message::Door(config.door.clone());
    let door = Child::door(users.door.as_ref(), &part)?;
    vault.expect(&Message::Ready)?;
    door.expect(&Message::Ready)?;
    let listener = TcpListener::bind(config.listen).map_err(|e| {
        let at = config.listen;
        format!("CONFIG listen: cannot bind {at}: {e}; free it or choose another")
    })?;
    rustix::net::listen(&listener, BACKLOG)
        .map_err(|e| format!("CONFIG listen: {e}; choose another"))?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    let control: UnixListener = control::bind(&config.control)?;
    let metrics = match config.metrics {
        Some(at) => Some(TcpListener::bind(at).map_err(|e| {
            format!("CONFIG metrics: cannot bind {at}: {e}; free it or choose another")
        })?),
        None => None,
    };
    let paths = paths(&config.door);
    let threshold = Threshold {
        part: config.door,
        user: users.door,
        listener,
        metrics,
    };
    let (inner, outer) = channel::hop().map_err(|e| e.to_string())?;
    vault.tell(&Message::Begin, &[control.as_fd(), inner.as_fd()])?;
    threshold.open(&door, outer.as_fd())?;
    drop((control, inner, outer));
    // It opens and execs the same program for a new door, and nothing else.
    let calls = [calls::supervisor::CALLS, calls::door::CALLS].concat();
    cage::told("supervisor", [cage::fence(&paths), cage::filter(&calls)]);
    tell(&mut std::io::stdout(), &format!("listening {address}\n"));
    // Whoever asks while the vault reads its journal waits for its answer.
    vault.expect(&Message::Begun)?;
    Watch::new(signals, vault, door, threshold).run()
}

/// What a new door is made of, and what it reads. A certificate is renewed by
/// another file of its name.
fn paths(door: &DoorPart) -> Paths {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let mapped = maps.lines().filter_map(|line| line.get(line.find('/')?..));
    let me = std::env::current_exe().unwrap_or_default();
    let libraries = mapped.map(Path::new).filter(|file| *file != me);
    let libraries: BTreeSet<_> = libraries.map(cage::folder).collect();
    let secrets = [&door.tls_certificate, &door.tls_private_key];
    let secrets = secrets.map(|path| cage::folder(Path::new(OsStr::from_bytes(path))));
    let named = ["/etc/ld.so.cache", "/etc/ld.so.preload"].map(PathBuf::from);
    let me = PathBuf::from("/proc/self/exe");
    Paths {
        read: secrets.into_iter().chain(named).collect(),
        run: libraries.into_iter().chain([me]).collect(),
        write: vec![PathBuf::from("/dev/null")],
        list: vec![PathBuf::from("/proc")],
        // Its first children were there before the fence.
        signals: true,
        ..Paths::default()
    }
}

impl Threshold {
    /// Hands a door everything it serves with.
    fn open(&self, door: &Child, hop: std::os::fd::BorrowedFd<'_>) -> Result<(), String> {
        let mut beside = vec![self.listener.as_fd(), hop];
        beside.extend(self.metrics.as_ref().map(AsFd::as_fd));
        door.tell(&Message::Begin, &beside)
    }
}
