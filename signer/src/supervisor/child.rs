//! A child: its process, and the socket to it.

use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};

use ::child::channel::Channel;
use frame::channel::Message;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::User;

use crate::clock::Stopwatch;

/// A running child. Dropped, it is killed.
pub(super) struct Child {
    name: &'static str,
    process: std::process::Child,
    channel: Channel,
    ended: bool,
}

impl Child {
    /// Starts the vault: the program `signer-vault` beside this one.
    pub(super) fn vault(user: Option<&User>, part: &Message) -> Result<Self, String> {
        let me = std::env::current_exe().map_err(|e| format!("where this program is: {e}"))?;
        let program = me.with_file_name("signer-vault");
        let mut command = Command::new(&program);
        command.args(["--as-vault", env!("CARGO_PKG_VERSION")]);
        let started = Self::start("vault", command, user, part);
        started.map_err(|e| {
            let program = program.display();
            format!("{e}; {program} is to be installed beside signer, of the same version")
        })
    }

    /// Starts a door, which is this very program.
    pub(super) fn door(user: Option<&User>, part: &Message) -> Result<Self, String> {
        let mut command = Command::new("/proc/self/exe");
        command.arg0("signer").arg("--as-door");
        Self::start("door", command, user, part)
    }

    /// Execs it as `user`, with nothing but its end of a new socket, its log,
    /// and its part.
    fn start(
        name: &'static str,
        mut command: Command,
        user: Option<&User>,
        part: &Message,
    ) -> Result<Self, String> {
        let error = |e: std::io::Error| format!("cannot start the {name}: {e}");
        let (channel, theirs) = Channel::pair().map_err(error)?;
        command
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .process_group(0);
        if let Some(user) = user {
            // With no group but its own.
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        let process = command.spawn().map_err(error)?;
        let child = Self {
            name,
            process,
            channel,
            ended: false,
        };
        child.tell(part, &[])?;
        Ok(child)
    }

    /// Sends `message` with `beside`.
    pub(super) fn tell(&self, message: &Message, beside: &[BorrowedFd<'_>]) -> Result<(), String> {
        let sent = self.channel.send(message, beside);
        sent.map_err(|e| format!("the {} cannot be told: {e}", self.name))
    }

    /// What it says next; `None` when it is gone. A child that says what is
    /// none of its words is not ours.
    pub(super) fn hear(&self) -> Option<Message> {
        self.channel.hear().unwrap_or_default()
    }

    /// Waits for it to say `message`.
    ///
    /// # Errors
    ///
    /// What it says instead.
    pub(super) fn expect(&self, message: &Message) -> Result<(), String> {
        match self.hear() {
            Some(said) if said == *message => Ok(()),
            Some(Message::Refused(problem)) => Err(problem),
            Some(_) | None => Err(format!("the {} ended at its start", self.name)),
        }
    }

    /// Waits for its end, which it was told or said to be near: for `most_ms`,
    /// then it is killed.
    pub(super) fn end(mut self, most_ms: Option<u64>) -> Result<ExitStatus, String> {
        let watch = Stopwatch::start();
        loop {
            let left = match most_ms {
                None => PollTimeout::NONE,
                Some(most) => {
                    let passed = watch.micros().div_euclid(1_000);
                    let left = most.saturating_sub(passed);
                    PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
                }
            };
            let mut polled = [PollFd::new(self.channel.as_fd(), PollFlags::POLLIN)];
            match poll(&mut polled, left) {
                Ok(0) => break,
                Ok(_) if self.hear().is_none() => break,
                Ok(_) | Err(nix::errno::Errno::EINTR) => {}
                Err(_) => break,
            }
        }
        self.close(most_ms.is_some())
    }

    /// Ends it at once.
    pub(super) fn kill(mut self) -> Result<ExitStatus, String> {
        self.close(true)
    }

    /// Waits for the process itself. Its socket closes as it ends: one that
    /// closed it and stays has no business here.
    fn close(&mut self, kill: bool) -> Result<ExitStatus, String> {
        self.ended = true;
        if kill {
            self.process.kill().map_err(|e| e.to_string())?;
        }
        self.process.wait().map_err(|e| e.to_string())
    }
}

impl AsFd for Child {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.channel.as_fd()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.ended
            && let Err(e) = self.close(true)
        {
            tracing::error!(error = %e, "the {} cannot be ended", self.name);
        }
    }
}
