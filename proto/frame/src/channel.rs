//! What the signer's supervisor and its two children say to each other: one
//! message a packet, on a socket that only they have.
//!
//! Descriptors travel beside a message, never in it: the operator's socket and
//! the hop to the vault, the network's listeners and the hop to the door.
//!
//! Invariant: the door's part names no journal, no sealed key and no request
//! key; the vault's part no certificate and no pin.

use alloc::string::String;
use alloc::vec::Vec;

use crate::read::Reader;
use crate::write::Writer;

/// The longest message: a part that names every caller.
pub const MESSAGE_BYTES_MAX: usize = 128 * 1024;
/// The most callers that a part may name: their keys stand in one page.
pub const CALLERS_MAX: usize = 128;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// To the vault: what it needs to begin.
    Vault(VaultPart),
    /// To the door: what it needs to begin.
    Door(DoorPart),
    /// Go on. The vault is given the operator's socket and its end of the hop;
    /// the door its end, the listener, and the scraper's listener if any.
    Begin,
    /// To the vault: another door, and the new end of the hop to it.
    Hop,
    /// Finish, and come to an end.
    Stop,
    /// From a child: all that can be asked in vain was; it waits to begin.
    Ready,
    /// From the vault: the start's leaf is written.
    Begun,
    /// From a child that ends: what is wrong, and the fix.
    Refused(String),
    /// From the vault: its door misspoke or hung up, and is not heard any more.
    Lost {
        /// Which hop it was, counted from 1.
        hop: u64,
        /// What it did.
        why: String,
    },
}

/// What the vault needs. Paths are bytes, as the system has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultPart {
    /// The journal.
    pub journal: Vec<u8>,
    /// The sealed wallet key.
    pub sealed_key: Vec<u8>,
    /// A file with the sealing key, for unattended starts; empty for none.
    pub credential: Vec<u8>,
    /// The folder with a request key for each caller.
    pub callers: Vec<u8>,
    /// Each caller's name and the word of its role.
    pub roles: Vec<(String, String)>,
    /// What one caller may ask.
    pub questions_per_second: u64,
    /// What of the disk is kept for notes, exits and freezes.
    pub reserve_bytes: u64,
}

/// What the door needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoorPart {
    /// The certificate's file.
    pub tls_certificate: Vec<u8>,
    /// Its key's file.
    pub tls_private_key: Vec<u8>,
    /// Each caller's name and pin.
    pub pins: Vec<(String, [u8; 32])>,
}

impl Message {
    /// The packet.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut frame = Writer::unlabelled();
        match self {
            Self::Vault(part) => {
                frame.u8(1);
                part.write(&mut frame);
            }
            Self::Door(part) => {
                frame.u8(2);
                part.write(&mut frame);
            }
            Self::Begin => frame.u8(3),
            Self::Hop => frame.u8(4),
            Self::Stop => frame.u8(5),
            Self::Ready => frame.u8(6),
            Self::Begun => frame.u8(7),
            Self::Refused(text) => {
                frame.u8(8);
                frame.text(text);
            }
            Self::Lost { hop, why } => {
                frame.u8(9);
                frame.u64(*hop);
                frame.text(why);
            }
        }
        frame.as_bytes().to_vec()
    }

    /// Reads a packet.
    #[must_use]
    pub fn parse(packet: &[u8]) -> Option<Self> {
        let mut frame = Reader::new(packet);
        let message = match frame.u8()? {
            1 => Self::Vault(VaultPart::read(&mut frame)?),
            2 => Self::Door(DoorPart::read(&mut frame)?),
            3 => Self::Begin,
            4 => Self::Hop,
            5 => Self::Stop,
            6 => Self::Ready,
            7 => Self::Begun,
            8 => Self::Refused(frame.text()?),
            9 => Self::Lost {
                hop: frame.u64()?,
                why: frame.text()?,
            },
            _ => return None,
        };
        frame.end(message)
    }
}

impl VaultPart {
    fn write(&self, frame: &mut Writer) {
        frame.bytes(&self.journal);
        frame.bytes(&self.sealed_key);
        frame.bytes(&self.credential);
        frame.bytes(&self.callers);
        frame.u64(self.questions_per_second);
        frame.u64(self.reserve_bytes);
        frame.u64(u64::try_from(self.roles.len()).unwrap_or(u64::MAX));
        for (name, role) in &self.roles {
            frame.text(name);
            frame.text(role);
        }
    }

    fn read(frame: &mut Reader<'_>) -> Option<Self> {
        let mut part = Self {
            journal: frame.bytes()?.to_vec(),
            sealed_key: frame.bytes()?.to_vec(),
            credential: frame.bytes()?.to_vec(),
            callers: frame.bytes()?.to_vec(),
            questions_per_second: frame.u64()?,
            reserve_bytes: frame.u64()?,
            roles: Vec::new(),
        };
        for _ in 0..frame.u64()? {
            let (name, role) = (frame.text()?, frame.text()?);
            part.roles.push((name, role));
        }
        Some(part)
    }
}

impl DoorPart {
    fn write(&self, frame: &mut Writer) {
        frame.bytes(&self.tls_certificate);
        frame.bytes(&self.tls_private_key);
        frame.u64(u64::try_from(self.pins.len()).unwrap_or(u64::MAX));
        for (name, pin) in &self.pins {
            frame.text(name);
            frame.fixed(pin);
        }
    }

    fn read(frame: &mut Reader<'_>) -> Option<Self> {
        let mut part = Self {
            tls_certificate: frame.bytes()?.to_vec(),
            tls_private_key: frame.bytes()?.to_vec(),
            pins: Vec::new(),
        };
        for _ in 0..frame.u64()? {
            let (name, pin) = (frame.text()?, frame.fixed()?);
            part.pins.push((name, pin));
        }
        Some(part)
    }
}
