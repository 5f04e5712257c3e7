//! A log's head as a text that its key signs (C2SP tlog-checkpoint).
//!
//! Invariant: a head is read only from a text that the log's key signed.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use note::{Envelope, EnvelopeRefusal, KeyId, VerifierKey};

use crate::hash::Hash;

/// What a checkpoint says: whose log, how many leaves, which root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The log's name.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

impl Head {
    /// The text to be signed, without extension lines.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { origin, size, root } = self;
        format!("{origin}\n{size}\n{}\n", root.to_base64())
    }

    /// Reads a checkpoint's text. Extension lines are passed over: nobody
    /// states anything about them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let origin = lines.next().filter(|origin| !origin.is_empty())?;
        let size = decimal(lines.next()?)?;
        let root = Hash::from_base64(lines.next()?)?;
        lines.all(|line| !line.is_empty()).then(|| Self {
            origin: origin.to_owned(),
            size,
            root,
        })
    }
}

/// A head whose log signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    head: Head,
    text: String,
}

impl Checkpoint {
    /// Checks that `log` signed the note, and only then reads it. `None` within
    /// if it signed something that is no head of its own.
    ///
    /// # Errors
    ///
    /// It is no signed note, or `log` did not sign it.
    pub fn open(note: &[u8], log: &VerifierKey) -> Result<Option<Self>, EnvelopeRefusal> {
        let verified = note::verify(note, core::slice::from_ref(log))?;
        let text = verified.text().to_owned();
        Ok(Head::parse(&text).map(|head| Self { head, text }))
    }

    /// Whose log a note says it is of, before anyone has checked who signed
    /// it: to find the key to check it with, and for nothing else.
    #[must_use]
    pub fn unverified_origin(note: &[u8]) -> Option<String> {
        let envelope = Envelope::parse(note).ok()?;
        let origin = envelope.unverified_text().split('\n').next()?;
        (!origin.is_empty()).then(|| origin.to_owned())
    }

    /// What it says.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// The text that was signed, extension lines and final newline included.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// One signature line of a note, its newline included.
#[must_use]
pub fn signature_line(name: &str, id: KeyId, signature: &[u8]) -> String {
    let mut raw = id.0.to_vec();
    raw.extend_from_slice(signature);
    format!("\u{2014} {name} {}\n", STANDARD.encode(raw))
}

/// A decimal number without leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    // Printing again finds signs and leading zeros at once.
    (format!("{number}") == text).then_some(number)
}
