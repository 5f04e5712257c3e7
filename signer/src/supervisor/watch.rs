//! The watch: what the supervisor does once everything runs.
//!
//! Invariant: a new door is joined to the vault only when the one before has
//! ended, so there is never a second one that asks.

use std::os::fd::AsFd;

use ::child::channel;
use frame::channel::Message;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::sys::signalfd::SignalFd;

use super::Threshold;
use super::child::Child;
use crate::clock::Stopwatch;

/// How long the first door that ends is waited after, and the longest.
const AGAIN_MS: u64 = 100;
const AGAIN_MS_MAX: u64 = 30_000;
/// A door that was open for so long did not end for what it began with.
const STEADY_MS: u64 = 60_000;
/// A new door reads two files.
const FITTING_MS_MAX: u64 = 10_000;
/// The door's own drain, and a little.
const DRAIN_MS_MAX: u64 = 12_000;

/// Everything that is watched.
pub(super) struct Watch {
    signals: SignalFd,
    vault: Child,
    threshold: Threshold,
    watch: Stopwatch,
    /// The door that serves.
    open: Option<Open>,
    /// The one that is to be next.
    next: Option<Next>,
    /// When another one is started.
    again_ms: Option<u64>,
    pause_ms: u64,
    /// How many doors the vault was given.
    hops: u64,
}

struct Open {
    child: Child,
    since_ms: u64,
    /// Told to stop; by when it is gone.
    until_ms: Option<u64>,
}

struct Next {
    child: Child,
    until_ms: u64,
    ready: bool,
}

/// Who has something to say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Vault,
    Open,
    Next,
    Signals,
}

impl Watch {
    /// Watches these, of which the door is the vault's first.
    pub(super) fn new(signals: SignalFd, vault: Child, door: Child, threshold: Threshold) -> Self {
        Self {
            signals,
            vault,
            threshold,
            watch: Stopwatch::start(),
            open: Some(Open {
                child: door,
                since_ms: 0,
                until_ms: None,
            }),
            next: None,
            again_ms: None,
            pause_ms: AGAIN_MS,
            hops: 1,
        }
    }

    /// Watches until it is told to stop, or until the vault ends.
    pub(super) fn run(mut self) -> Result<(), String> {
        loop {
            for who in self.wait()? {
                match who {
                    Who::Vault => match self.vault.hear() {
                        None => return self.mourn(),
                        Some(said) => self.hear_vault(said),
                    },
                    Who::Open => self.hear_open(),
                    Who::Next => self.hear_next(),
                    Who::Signals if self.is_told_to_stop()? => return self.drain(),
                    Who::Signals => {}
                }
            }
            self.pass()?;
        }
    }

    /// The vault has nothing to say but that its door is not one.
    fn hear_vault(&mut self, said: Message) {
        // Of a door before, it is gone already.
        let Message::Lost { hop, why } = said else {
            return;
        };
        if let Some(open) = self.open.take_if(|_| hop == self.hops) {
            let status = open.child.kill();
            tracing::warn!(?status, "DOOR {why}: it is ended");
            self.rest(open.since_ms);
        }
    }

    /// Waits until someone has something to say, or something is due.
    fn wait(&self) -> Result<Vec<Who>, String> {
        let open = self.open.as_ref().map(|open| open.child.as_fd());
        let next = self.next.as_ref().map(|next| next.child.as_fd());
        let everyone = [
            (Who::Vault, Some(self.vault.as_fd())),
            (Who::Open, open),
            (Who::Next, next),
            (Who::Signals, Some(self.signals.as_fd())),
        ];
        let there = everyone.iter().filter_map(|(who, fd)| Some((who, (*fd)?)));
        let (who, mut polled): (Vec<_>, Vec<_>) = there
            .map(|(who, fd)| (*who, PollFd::new(fd, PollFlags::POLLIN)))
            .unzip();
        let dues = [
            self.again_ms,
            self.open.as_ref().and_then(|open| open.until_ms),
            self.next
                .as_ref()
                .filter(|next| !next.ready)
                .map(|next| next.until_ms),
        ];
        let rest = match dues.into_iter().flatten().min() {
            None => PollTimeout::NONE,
            // A millisecond begun is waited to its end.
            Some(due) => PollTimeout::try_from(due.saturating_sub(self.now_ms()).saturating_add(1))
                .unwrap_or(PollTimeout::MAX),
        };
        match poll(&mut polled, rest) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(e) => return Err(format!("cannot watch: {e}")),
        }
        let speaks = |polled: &PollFd<'_>| polled.any().unwrap_or(true);
        let ready = who.into_iter().zip(&polled);
        Ok(ready
            .filter(|(_, p)| speaks(p))
            .map(|(who, _)| who)
            .collect())
    }

    fn now_ms(&self) -> u64 {
        self.watch.micros().div_euclid(1_000)
    }

    /// The door that serves has nothing to say but that it ended.
    fn hear_open(&mut self) {
        let Some(open) = self.open.take() else {
            return;
        };
        if let Some(Message::Refused(problem)) = open.child.hear() {
            tracing::warn!("DOOR {problem}");
        }
        // Whatever else it said: it says nothing any more.
        let told = open.until_ms.is_some();
        let status = open.child.kill();
        if told {
            return;
        }
        tracing::warn!(?status, "DOOR it ended");
        self.rest(open.since_ms);
    }

    /// Another door, after a while that grows.
    fn rest(&mut self, since_ms: u64) {
        let now_ms = self.now_ms();
        if now_ms.saturating_sub(since_ms) >= STEADY_MS {
            self.pause_ms = AGAIN_MS;
        }
        self.again_ms = Some(now_ms.saturating_add(self.pause_ms));
        self.pause_ms = self.pause_ms.saturating_mul(2).min(AGAIN_MS_MAX);
    }

    fn hear_next(&mut self) {
        let Some(next) = &mut self.next else {
            return;
        };
        let problem = match next.child.hear() {
            Some(Message::Ready) if !next.ready => {
                next.ready = true;
                return;
            }
            Some(Message::Refused(problem)) => problem,
            Some(_) | None => "it ended at its start".to_owned(),
        };
        self.refuse(&problem);
    }

    /// Does without the next door; the one that serves, if any, stays.
    fn refuse(&mut self, problem: &str) {
        self.next = None;
        if self.open.is_some() {
            tracing::error!("DOOR a new one is refused, and the old one stays: {problem}");
        } else {
            tracing::error!("DOOR a new one is refused: {problem}");
            let now_ms = self.now_ms();
            self.rest(now_ms);
        }
    }

    /// Reads the signals. A hangup asks for a new door, which reads the
    /// certificate again; the others for the end.
    fn is_told_to_stop(&mut self) -> Result<bool, String> {
        while let Some(info) = self.signals.read_signal().map_err(|e| e.to_string())? {
            let signal = i32::try_from(info.ssi_signo).ok();
            let signal = signal.and_then(|number| Signal::try_from(number).ok());
            if signal != Some(Signal::SIGHUP) {
                return Ok(true);
            }
            tracing::info!("DOOR asked for a new one");
            self.again_ms = Some(self.now_ms());
        }
        Ok(false)
    }

    /// What is due, and what can go on.
    fn pass(&mut self) -> Result<(), String> {
        let now_ms = self.now_ms();
        if self.again_ms.is_some_and(|due| due <= now_ms) && self.next.is_none() {
            self.again_ms = None;
            let part = Message::Door(self.threshold.part.clone());
            match Child::door(self.threshold.user.as_ref(), &part) {
                Ok(child) => {
                    self.next = Some(Next {
                        child,
                        until_ms: now_ms.saturating_add(FITTING_MS_MAX),
                        ready: false,
                    });
                }
                Err(problem) => self.refuse(&problem),
            }
        }
        if self
            .next
            .as_ref()
            .is_some_and(|next| !next.ready && next.until_ms <= now_ms)
        {
            self.refuse("it takes too long to begin");
        }
        self.replace(now_ms)
    }

    /// Puts the next door in the place of the one before, once that is gone.
    fn replace(&mut self, now_ms: u64) -> Result<(), String> {
        let Some(next) = self.next.take_if(|next| next.ready) else {
            return Ok(());
        };
        if let Some(open) = &mut self.open {
            if open.until_ms.is_none() {
                open.until_ms = Some(now_ms.saturating_add(DRAIN_MS_MAX));
                if let Err(problem) = open.child.tell(&Message::Stop, &[]) {
                    // It is ending.
                    tracing::warn!("DOOR {problem}");
                }
            }
            if open.until_ms.is_some_and(|until_ms| now_ms < until_ms) {
                self.next = Some(next);
                return Ok(());
            }
            self.open = None;
        }
        let (inner, outer) = channel::hop().map_err(|e| e.to_string())?;
        // Without a way to tell the vault there is no signer.
        self.vault.tell(&Message::Hop, &[inner.as_fd()])?;
        self.hops = self.hops.saturating_add(1);
        match self.threshold.open(&next.child, outer.as_fd()) {
            Ok(()) => {
                self.open = Some(Open {
                    child: next.child,
                    since_ms: now_ms,
                    until_ms: None,
                });
                tracing::info!("DOOR a new one serves");
            }
            Err(problem) => {
                tracing::error!("DOOR {problem}");
                self.rest(now_ms);
            }
        }
        Ok(())
    }

    /// Lets answers under way leave, then the vault end.
    fn drain(mut self) -> Result<(), String> {
        self.next = None;
        if let Some(open) = self.open.take() {
            match open.child.tell(&Message::Stop, &[]) {
                Ok(()) => drop(open.child.end(Some(DRAIN_MS_MAX))),
                Err(problem) => tracing::warn!("DOOR {problem}"),
            }
        }
        self.vault.tell(&Message::Stop, &[])?;
        match self.vault.end(None)? {
            status if status.success() => Ok(()),
            status => Err(format!("the vault ended: {status}")),
        }
    }

    /// Without the vault there is nothing to serve.
    fn mourn(self) -> Result<(), String> {
        drop((self.open, self.next));
        let status = self.vault.end(None)?;
        Err(format!("the vault ended: {status}; see the log"))
    }
}
