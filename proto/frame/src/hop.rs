//! The hop between the signer's door and its vault: frames on one socket.
//!
//! A frame is four bytes of length (big endian), the question's number, a
//! byte of kind, and its fields. The door numbers its questions; an answer
//! carries its question's number.
//!
//! Invariant: whatever comes over the hop, at most a length's worth of it is
//! kept, and it is one of these or nothing; the vault believes none of it but
//! what a request key proves.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::answer::Answer;
use crate::ask::Ask;
use crate::intent::Intent;
use crate::label::Label;
use crate::mac::{Epoch, Mac};
use crate::read::Reader;
use crate::write::Writer;

/// The longest question: a note with all its signatures, as the door lets it
/// in, and what stands around it.
pub const QUESTION_BYTES_MAX: u32 = 97 * 1024;
/// The longest answer: a status with all its lines.
pub const ANSWER_BYTES_MAX: u32 = 1024 * 1024;
/// The longest attestation that comes with an order, bytes: its text, and as
/// many signatures as a note may have. An order copies one trade, so it
/// brings one at most.
pub const ATTESTATION_BYTES_MAX: usize = 8 * 1024;
/// The longest reason for a freeze, bytes.
pub const REASON_BYTES_MAX: usize = 200;
/// The bytes of a length.
pub const HEAD_BYTES: usize = 4;

/// A question's number on its hop.
pub type Number = u64;

/// What a door may say.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// A caller opens an epoch.
    Hello {
        /// The name that its connection's key is pinned under.
        caller: String,
        /// What the welcome must answer to.
        challenge: [u8; 32],
        /// Under the caller's request key.
        mac: Mac,
    },
    /// A caller's question, to be proven.
    Proven {
        /// The name that its connection's key is pinned under.
        caller: String,
        /// What it brings to prove itself.
        proof: Proof,
        /// What it asks.
        asked: Asked,
    },
    /// Whether the vault answers.
    Ping,
    /// The figures as a scraper reads them.
    Metrics,
    /// Nobody waits any more for the question of this number.
    GiveUp,
}

/// What a question brings to prove itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The caller's latest epoch.
    pub epoch: Epoch,
    /// Used once.
    pub counter: u64,
    /// Over all of the question.
    pub mac: Mac,
}

/// What a caller can ask.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Decide, record, sign: a copy on the watchers' note that comes with it,
    /// if one does.
    Sign(Box<Intent>, Vec<u8>),
    /// The same decision, without signature or charge.
    Explain(Box<Intent>),
    /// What the signer is.
    Status,
    /// Carries a signed note.
    Note(Vec<u8>),
    /// Stops all signing but tickets.
    Freeze(String),
}

/// What the vault says to its door.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A caller's new epoch.
    Welcome {
        /// Random.
        epoch: Epoch,
        /// Under the caller's request key.
        mac: Mac,
    },
    /// An answer with its proof.
    Proven {
        /// What is answered.
        answer: Box<Answer>,
        /// Under the caller's request key.
        mac: Mac,
    },
    /// The question was not proven; it was not looked at.
    Unproven(Unproven),
    /// To a ping nothing, else the figures.
    Text(String),
    /// A fault: the lack of an answer. It says nothing about the order.
    Failed,
}

/// Why a question is not answered. None of these is a denial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unproven {
    /// No such caller, a wrong MAC, an old epoch: all look the same outside.
    NotYou,
    /// The counter was used before, or lies too far back.
    Replayed,
    /// The caller's role has no such method.
    NotYours,
}

/// How many bytes follow `head`, if that may be.
#[must_use]
pub fn length(head: [u8; HEAD_BYTES], max: u32) -> Option<usize> {
    let length = u32::from_be_bytes(head);
    usize::try_from(length).ok().filter(|_| length <= max)
}

impl Question {
    /// The frame, ready to send; nothing where it is too long.
    #[must_use]
    pub fn frame(&self, number: Number) -> Option<Vec<u8>> {
        let mut frame = Writer::unlabelled();
        frame.u64(number);
        match self {
            Self::Hello {
                caller,
                challenge,
                mac,
            } => {
                frame.u8(1);
                frame.text(caller);
                frame.fixed(challenge);
                frame.fixed(mac);
            }
            Self::Proven {
                caller,
                proof,
                asked,
            } => {
                frame.u8(2);
                frame.text(caller);
                frame.fixed(&proof.epoch);
                frame.u64(proof.counter);
                frame.fixed(&proof.mac);
                asked.framed(|ask| ask.write(&mut frame));
            }
            Self::Ping => frame.u8(3),
            Self::Metrics => frame.u8(4),
            Self::GiveUp => frame.u8(5),
        }
        frame.framed(QUESTION_BYTES_MAX)
    }

    /// Reads a frame without its length.
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<(Number, Self)> {
        let mut frame = Reader::new(body);
        let number = frame.u64()?;
        let question = match frame.u8()? {
            1 => Self::Hello {
                caller: name(&mut frame)?,
                challenge: frame.fixed()?,
                mac: frame.fixed()?,
            },
            2 => Self::Proven {
                caller: name(&mut frame)?,
                proof: Proof {
                    epoch: frame.fixed()?,
                    counter: frame.u64()?,
                    mac: frame.fixed()?,
                },
                asked: Asked::read(&mut frame)?,
            },
            3 => Self::Ping,
            4 => Self::Metrics,
            5 => Self::GiveUp,
            _ => return None,
        };
        frame.end((number, question))
    }
}

impl Asked {
    /// Runs `with` on the question as its MAC sees it.
    pub fn framed<T>(&self, with: impl FnOnce(&Ask<'_>) -> T) -> T {
        match self {
            Self::Sign(intent, attestation) => with(&Ask::Sign {
                intent: &intent.frame(),
                attestation,
            }),
            Self::Explain(intent) => with(&Ask::Explain {
                intent: &intent.frame(),
            }),
            Self::Status => with(&Ask::Status),
            Self::Note(envelope) => with(&Ask::Note { envelope }),
            Self::Freeze(reason) => with(&Ask::Freeze { reason }),
        }
    }

    fn read(frame: &mut Reader<'_>) -> Option<Self> {
        Some(match frame.u8()? {
            1 => {
                let intent = Box::new(Intent::parse(frame.bytes()?)?);
                let attestation = frame.bytes()?;
                if !attests(&intent, attestation) {
                    return None;
                }
                Self::Sign(intent, attestation.to_vec())
            }
            2 => Self::Explain(Box::new(Intent::parse(frame.bytes()?)?)),
            3 => Self::Status,
            4 => Self::Note(frame.bytes()?.to_vec()),
            5 => Self::Freeze(frame.text().filter(|r| r.len() <= REASON_BYTES_MAX)?),
            _ => return None,
        })
    }
}

impl Reply {
    /// The frame, ready to send; nothing where it is too long.
    #[must_use]
    pub fn frame(&self, number: Number) -> Option<Vec<u8>> {
        let mut frame = Writer::unlabelled();
        frame.u64(number);
        match self {
            Self::Welcome { epoch, mac } => {
                frame.u8(1);
                frame.fixed(epoch);
                frame.fixed(mac);
            }
            Self::Proven { answer, mac } => {
                frame.u8(2);
                frame.fixed(mac);
                answer.write(&mut frame);
            }
            Self::Unproven(why) => {
                frame.u8(3);
                frame.u8(match why {
                    Unproven::NotYou => 1,
                    Unproven::Replayed => 2,
                    Unproven::NotYours => 3,
                });
            }
            Self::Text(text) => {
                frame.u8(4);
                frame.text(text);
            }
            Self::Failed => frame.u8(5),
        }
        frame.framed(ANSWER_BYTES_MAX)
    }

    /// Reads a frame without its length.
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<(Number, Self)> {
        let mut frame = Reader::new(body);
        let number = frame.u64()?;
        let reply = match frame.u8()? {
            1 => Self::Welcome {
                epoch: frame.fixed()?,
                mac: frame.fixed()?,
            },
            2 => {
                let mac = frame.fixed()?;
                let answer = Box::new(Answer::read(&mut frame)?);
                Self::Proven { answer, mac }
            }
            3 => Self::Unproven(match frame.u8()? {
                1 => Unproven::NotYou,
                2 => Unproven::Replayed,
                3 => Unproven::NotYours,
                _ => return None,
            }),
            4 => Self::Text(frame.text()?),
            5 => Self::Failed,
            _ => return None,
        };
        frame.end((number, reply))
    }
}

/// Whether these bytes may come with `intent` as an attestation.
#[must_use]
pub const fn attests(intent: &Intent, attestation: &[u8]) -> bool {
    attestation.is_empty()
        || (attestation.len() <= ATTESTATION_BYTES_MAX && intent.kind.leader().is_some())
}

/// A caller's name: what configures one lets nothing else be.
fn name(frame: &mut Reader<'_>) -> Option<String> {
    frame.text().filter(|name| Label::parse(name).is_some())
}
