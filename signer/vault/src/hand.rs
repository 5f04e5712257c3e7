//! The operator's socket: one question a connection.
//!
//! Invariant: what comes in is length-limited, has its time, and nobody waits
//! for it; a sealing key goes straight from the socket into its page.

use std::cell::RefCell;
use std::io::{Error, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::rc::Rc;

use frame::local::{DONE, REFUSED, Verb};
use nix::poll::PollFlags;
use page::Page;

use super::seam::{Answer, Call, Local, Reply, Request};

/// How long a connection may take to say its one thing, and to be told.
const PATIENCE_MS: u64 = 5_000;
/// Connections at a time; an operator has one.
const GUESTS_MAX: usize = 16;

/// The socket, and who is at it.
pub(super) struct Hand {
    listener: UnixListener,
    guests: Vec<Guest>,
}

struct Guest {
    socket: UnixStream,
    until_ms: u64,
    part: Part,
}

/// How far a connection is.
enum Part {
    Head([u8; 5], usize),
    Sealing(Page, usize),
    Payload(Verb, Vec<u8>, usize),
    Waiting(Told),
    Answer(Vec<u8>, usize),
}

type Told = Rc<RefCell<Option<Result<String, String>>>>;

/// Where the answer is left for its connection.
struct Seat(Told);

impl Reply for Seat {
    fn is_wanted(&self) -> bool {
        true
    }

    fn answer(self: Box<Self>, answer: Answer) {
        *self.0.borrow_mut() = Some(match answer {
            Answer::Local(text) => text,
            Answer::Welcome { .. }
            | Answer::Proven { .. }
            | Answer::Unproven(_)
            | Answer::Failed => Err("STOPPING the signer is stopping; start it again".to_owned()),
        });
    }
}

impl Hand {
    /// Serves on this listener.
    pub(super) fn new(listener: OwnedFd) -> std::io::Result<Self> {
        let listener = UnixListener::from(listener);
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener,
            guests: Vec::new(),
        })
    }

    /// Everything it waits for.
    pub(super) fn waits(&self) -> Vec<(BorrowedFd<'_>, PollFlags)> {
        let mut waits = Vec::new();
        if self.guests.len() < GUESTS_MAX {
            waits.push((self.listener.as_fd(), PollFlags::POLLIN));
        }
        for guest in &self.guests {
            let events = match guest.part {
                Part::Head(..) | Part::Sealing(..) | Part::Payload(..) => PollFlags::POLLIN,
                Part::Answer(..) => PollFlags::POLLOUT,
                Part::Waiting(_) => continue,
            };
            waits.push((guest.socket.as_fd(), events));
        }
        waits
    }

    /// Lets in who came, and returns what was asked.
    pub(super) fn hear(&mut self, now_ms: u64) -> Vec<Call> {
        while self.guests.len() < GUESTS_MAX {
            match self.listener.accept() {
                Ok((socket, _)) => match socket.set_nonblocking(true) {
                    Ok(()) => self.guests.push(Guest {
                        socket,
                        until_ms: now_ms.saturating_add(PATIENCE_MS),
                        part: Part::Head([0; 5], 0),
                    }),
                    Err(e) => tracing::warn!(error = %e, "control socket"),
                },
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(e) => {
                    tracing::warn!(error = %e, "control socket");
                    break;
                }
            }
        }
        let mut calls = Vec::new();
        self.guests.retain_mut(|guest| match guest.hear() {
            Ok(call) => {
                calls.extend(call);
                guest.is_in_time(now_ms)
            }
            Err(e) => {
                tracing::debug!(error = %e, "control socket");
                false
            }
        });
        calls
    }

    /// Gives out the answers there are.
    pub(super) fn answer(&mut self, now_ms: u64) {
        self.guests.retain_mut(|guest| match guest.answer(now_ms) {
            Ok(done) => !done && guest.is_in_time(now_ms),
            Err(e) => {
                tracing::debug!(error = %e, "control socket");
                false
            }
        });
    }
}

impl Guest {
    /// The vault takes its own time; everyone else has so much.
    fn is_in_time(&self, now_ms: u64) -> bool {
        matches!(self.part, Part::Waiting(_)) || now_ms <= self.until_ms
    }

    /// Reads on, up to the question.
    fn hear(&mut self) -> std::io::Result<Option<Call>> {
        loop {
            let socket = &mut self.socket;
            let whole = match &mut self.part {
                Part::Head(head, got) => fill(socket, head, got)?,
                Part::Sealing(sealing, got) => fill(socket, sealing.key_mut(), got)?,
                Part::Payload(_, payload, got) => fill(socket, payload, got)?,
                Part::Waiting(_) | Part::Answer(..) => return Ok(None),
            };
            if !whole {
                return Ok(None);
            }
            let told = Told::default();
            let local = match std::mem::replace(&mut self.part, Part::Waiting(Rc::clone(&told))) {
                Part::Head(head, _) => {
                    self.part = match begun(head) {
                        Ok(part) => part,
                        Err(refusal) => Part::Answer(answer(&Err(refusal.to_owned())), 0),
                    };
                    continue;
                }
                Part::Sealing(sealing, _) => Ok(Local::Unlock(sealing)),
                Part::Payload(verb, payload, _) => asked(verb, payload),
                Part::Waiting(_) | Part::Answer(..) => return Ok(None),
            };
            match local {
                Ok(local) => {
                    return Ok(Some(Call {
                        request: Request::Local(local),
                        reply: Box::new(Seat(told)),
                    }));
                }
                Err(refusal) => self.part = Part::Answer(answer(&Err(refusal.to_owned())), 0),
            }
        }
    }

    /// Writes on; whether all was said.
    fn answer(&mut self, now_ms: u64) -> std::io::Result<bool> {
        if let Part::Waiting(told) = &self.part {
            let Some(text) = told.borrow_mut().take() else {
                return Ok(false);
            };
            self.until_ms = now_ms.saturating_add(PATIENCE_MS);
            self.part = Part::Answer(answer(&text), 0);
        }
        let Part::Answer(bytes, sent) = &mut self.part else {
            return Ok(false);
        };
        while let Some(rest) = bytes.get(*sent..).filter(|rest| !rest.is_empty()) {
            match self.socket.write(rest) {
                Ok(count) => *sent = sent.saturating_add(count),
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(true)
    }
}

/// Reads into `into` from its place `got` on; whether it is full.
fn fill(socket: &mut UnixStream, into: &mut [u8], got: &mut usize) -> std::io::Result<bool> {
    while let Some(rest) = into.get_mut(*got..).filter(|rest| !rest.is_empty()) {
        match socket.read(rest) {
            Ok(0) => return Err(Error::from(ErrorKind::UnexpectedEof)),
            Ok(count) => *got = got.saturating_add(count),
            Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(true)
}

/// What follows a question's head, or why nothing does.
fn begun(head: [u8; 5]) -> Result<Part, &'static str> {
    let [verb, length @ ..] = head;
    let length = u32::from_be_bytes(length);
    let verb =
        Verb::from_u8(verb).ok_or("VERB it is not known; use a signerctl of this edition")?;
    if length > verb.payload_max() || (verb == Verb::Unlock && length != verb.payload_max()) {
        return Err("LENGTH the question has another length; use a signerctl of this edition");
    }
    if verb == Verb::Unlock {
        let page = Page::new()
            .map_err(|_ignored| "MEMORY there is no page for a secret; raise RLIMIT_MEMLOCK")?;
        return Ok(Part::Sealing(page, 0));
    }
    let length = usize::try_from(length).unwrap_or(0);
    Ok(Part::Payload(verb, vec![0; length], 0))
}

fn asked(verb: Verb, payload: Vec<u8>) -> Result<Local, &'static str> {
    match verb {
        Verb::Status => Ok(Local::Status),
        Verb::Lock => Ok(Local::Lock),
        Verb::ClockAccept => Ok(Local::ClockAccept),
        Verb::Note => Ok(Local::Note(payload)),
        Verb::Found => Ok(Local::Found(payload)),
        Verb::Freeze => String::from_utf8(payload)
            .map(Local::Freeze)
            .map_err(|_ignored| "REASON it is not UTF-8; write plain words"),
        Verb::Export => String::from_utf8(payload)
            .map(Local::Export)
            .map_err(|_ignored| "EXPORT it is not UTF-8; write plain words"),
        Verb::ClobAuth => payload
            .try_into()
            .map(|nonce| Local::ClobAuth(u64::from_be_bytes(nonce)))
            .map_err(|_ignored| "NONCE it is not eight bytes; use a signerctl of this edition"),
        Verb::Unlock => Err("VERB it was read already"),
    }
}

fn answer(answer: &Result<String, String>) -> Vec<u8> {
    let (first, text) = match answer {
        Ok(text) => (DONE, text),
        Err(text) => (REFUSED, text),
    };
    let length = u32::try_from(text.len()).unwrap_or(0);
    let mut bytes = vec![first];
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes
}
