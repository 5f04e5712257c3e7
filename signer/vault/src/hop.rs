//! The vault's end of the hop: what its door asks, and what it is answered.
//!
//! Invariant: nothing here waits. A door that does not read is not heard
//! either, one that stops in the middle of a frame or of an answer is dropped
//! after its time, and what is kept for it has a bound.
//! Invariant: a door that is gone waits for nothing: what it asked and what was
//! not decided yet is never decided, but for the freezes it had sent.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::rc::{Rc, Weak};

use frame::hop::{HEAD_BYTES, Number, QUESTION_BYTES_MAX, Question, Reply as Said, length};
use nix::poll::PollFlags;

use super::seam::{Answer, Call, Reply, Request};
use super::turn;

/// What may wait for its decision; some thousand questions for a signature.
const HELD_BYTES_MAX: usize = 2 * 1024 * 1024;
/// What a question takes beside its own bytes, about.
const QUESTION_BYTES: usize = 256;
/// What is read at once.
const READ_BYTES: usize = 64 * 1024;
/// Reads in a row at most: a door that never stops talking does not keep the
/// operator's socket waiting.
const READS_MAX: usize = 16;
/// How long the other half of a frame may take, and the reading of an answer.
const PATIENCE_MS: u64 = 5_000;

/// The hop to one door.
pub(super) struct Hop {
    socket: UnixStream,
    read: Box<[u8]>,
    /// Read, and not yet whole.
    begun: Vec<u8>,
    begun_ms: Option<u64>,
    /// The highest number so far; numbers rise.
    last: Number,
    queue: Vec<(usize, Call)>,
    held_bytes: usize,
    out: Rc<RefCell<Out>>,
    unread_ms: Option<u64>,
}

/// What goes to the door.
#[derive(Default)]
struct Out {
    unsent: Vec<u8>,
    waiting: BTreeSet<Number>,
}

/// Where one answer goes; nowhere once the hop is dropped.
struct Seat {
    number: Number,
    out: Weak<RefCell<Out>>,
}

impl Reply for Seat {
    fn is_wanted(&self) -> bool {
        let out = self.out.upgrade();
        out.is_some_and(|out| out.borrow().waiting.contains(&self.number))
    }

    fn answer(self: Box<Self>, answer: Answer) {
        if let Some(out) = self.out.upgrade() {
            out.borrow_mut().say(self.number, &said(answer));
        }
    }
}

impl Out {
    /// Answers a question that still waits: each is answered once.
    fn say(&mut self, number: Number, reply: &Said) {
        if !self.waiting.remove(&number) {
            return;
        }
        let frame = reply.frame(number).or_else(|| {
            tracing::error!("an answer is longer than the hop lets through");
            Said::Failed.frame(number)
        });
        self.unsent.extend(frame.unwrap_or_default());
    }
}

/// An answer as it goes over the hop.
fn said(answer: Answer) -> Said {
    match answer {
        Answer::Welcome { epoch, mac } => Said::Welcome { epoch, mac },
        Answer::Proven { answer, mac } => Said::Proven { answer, mac },
        Answer::Unproven(why) => Said::Unproven(why),
        Answer::Local(Ok(text)) => Said::Text(text),
        Answer::Local(Err(_)) | Answer::Failed => Said::Failed,
    }
}

impl Hop {
    /// The hop on this socket.
    pub(super) fn new(socket: OwnedFd) -> std::io::Result<Self> {
        let socket = UnixStream::from(socket);
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket,
            read: vec![0; READ_BYTES].into_boxed_slice(),
            begun: Vec::new(),
            begun_ms: None,
            last: 0,
            queue: Vec::new(),
            held_bytes: 0,
            out: Rc::default(),
            unread_ms: None,
        })
    }

    /// What it waits for.
    pub(super) fn events(&self) -> PollFlags {
        if self.is_unread() {
            PollFlags::POLLOUT
        } else if self.is_full() {
            PollFlags::empty()
        } else {
            PollFlags::POLLIN
        }
    }

    /// Whether a question could be decided now.
    pub(super) fn is_asked(&self) -> bool {
        !self.queue.is_empty() && !self.is_unread()
    }

    fn is_unread(&self) -> bool {
        !self.out.borrow().unsent.is_empty()
    }

    fn is_full(&self) -> bool {
        self.held_bytes >= HELD_BYTES_MAX
    }

    /// Reads what is there.
    ///
    /// # Errors
    ///
    /// Why it is not listened to any more.
    pub(super) fn hear(&mut self, now_ms: u64) -> Result<(), String> {
        let mut heard = false;
        for _ in 0..READS_MAX {
            if self.is_unread() || self.is_full() {
                break;
            }
            match self.socket.read(&mut self.read) {
                Ok(0) => return Err("it hung up".to_owned()),
                Ok(count) => {
                    heard = true;
                    let read = self.read.get(..count).unwrap_or_default();
                    self.begun.extend_from_slice(read);
                    self.parse()?;
                    if count < READ_BYTES {
                        break;
                    }
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(format!("it cannot be read: {e}")),
            }
        }
        if heard {
            self.queue.sort_by_key(|(_, call)| turn(&call.request));
        }
        // Only who is listened to is late.
        if self.begun.is_empty() || self.is_unread() || self.is_full() {
            self.begun_ms = None;
        } else {
            let since = *self.begun_ms.get_or_insert(now_ms);
            if now_ms.saturating_sub(since) > PATIENCE_MS {
                return Err("it stopped in the middle of a frame".to_owned());
            }
        }
        Ok(())
    }

    /// Takes every whole frame out of what was read.
    fn parse(&mut self) -> Result<(), String> {
        let begun = std::mem::take(&mut self.begun);
        let mut rest = begun.as_slice();
        while let Some((head, behind)) = rest.split_first_chunk::<HEAD_BYTES>() {
            let length = length(*head, QUESTION_BYTES_MAX).ok_or("it sent too long a frame")?;
            let Some((body, behind)) = behind.split_at_checked(length) else {
                break;
            };
            let (number, question) = Question::parse(body).ok_or("what it sent is no question")?;
            self.take(number, question, length)?;
            rest = behind;
        }
        // One that is whole most times leaves nothing to keep.
        self.begun = rest.to_vec();
        Ok(())
    }

    fn take(&mut self, number: Number, question: Question, length: usize) -> Result<(), String> {
        let request = match question {
            Question::GiveUp => {
                // Dropped when its turn comes, unless it is a freeze; its place
                // is free from here on.
                self.out.borrow_mut().say(number, &Said::Failed);
                return Ok(());
            }
            Question::Hello {
                caller,
                challenge,
                mac,
            } => Request::Hello {
                caller,
                challenge,
                mac,
            },
            Question::Proven {
                caller,
                proof,
                asked,
            } => Request::Proven {
                caller,
                proof,
                question: asked,
            },
            Question::Ping => Request::Ping,
            Question::Metrics => Request::Metrics,
        };
        if number <= self.last {
            return Err("it used a number again".to_owned());
        }
        self.last = number;
        self.out.borrow_mut().waiting.insert(number);
        let reply = Box::new(Seat {
            number,
            out: Rc::downgrade(&self.out),
        });
        let bytes = length.saturating_add(QUESTION_BYTES);
        self.held_bytes = self.held_bytes.saturating_add(bytes);
        self.queue.push((bytes, Call { request, reply }));
        Ok(())
    }

    /// The next questions, `most` of them at most: freezes first, then in the
    /// order they came.
    pub(super) fn draw(&mut self, most: usize) -> Vec<Call> {
        if self.is_unread() {
            return Vec::new();
        }
        self.queue.retain(|(_, call)| call.is_to_be_decided());
        let most = most.min(self.queue.len());
        let drawn = self.queue.drain(..most).map(|(_, call)| call).collect();
        self.held_bytes = self.queue.iter().map(|(bytes, _)| bytes).sum();
        drawn
    }

    /// The freezes that a door which is gone had sent, whether or not they were
    /// read: a freeze is decided though nobody waits for it.
    pub(super) fn last_freezes(mut self, now_ms: u64) -> Vec<Call> {
        // Nobody reads them any more.
        self.out.borrow_mut().unsent.clear();
        if let Err(why) = self.hear(now_ms) {
            tracing::debug!(why, "the last of a door");
        }
        let calls = self.queue.into_iter().map(|(_, call)| call);
        calls.filter(|call| call.request.is_freeze()).collect()
    }

    /// Sends what it takes.
    ///
    /// # Errors
    ///
    /// Why it is not answered any more.
    pub(super) fn answer(&mut self, now_ms: u64) -> Result<(), String> {
        let mut out = self.out.borrow_mut();
        let mut sent = 0_usize;
        while let Some(rest) = out.unsent.get(sent..).filter(|rest| !rest.is_empty()) {
            match self.socket.write(rest) {
                Ok(count) => sent = sent.saturating_add(count),
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(format!("it cannot be answered: {e}")),
            }
        }
        out.unsent.drain(..sent);
        if out.unsent.is_empty() {
            self.unread_ms = None;
            return Ok(());
        }
        if sent > 0 {
            self.unread_ms = Some(now_ms);
        }
        let since = *self.unread_ms.get_or_insert(now_ms);
        if now_ms.saturating_sub(since) > PATIENCE_MS {
            return Err("it does not read its answers".to_owned());
        }
        Ok(())
    }
}

impl AsFd for Hop {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
