//! Why bytes are not a signed note that a known key stands behind.
//!
//! Invariant: nothing here depends on what the text says, since none of it was read.

use core::fmt;

use crate::key::KeyId;

/// Why bytes are not a signed note that one of our keys stands behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnvelopeRefusal {
    /// The whole envelope is longer than `limit` bytes.
    EnvelopeTooLong {
        /// The limit, bytes.
        limit: usize,
    },
    /// The text is longer than `limit` bytes.
    TextTooLong {
        /// The limit, bytes.
        limit: usize,
    },
    /// The bytes are not UTF-8.
    NotUtf8,
    /// A control character other than newline.
    ControlCharacter,
    /// The text or the last line does not end in a newline.
    NoFinalNewline,
    /// No empty line followed by signature lines.
    NoSignatures,
    /// More than `limit` signature lines.
    TooManySignatures {
        /// The limit, lines.
        limit: usize,
    },
    /// A line after the text is not a signature line.
    SignatureLine {
        /// Which, counted from 0.
        index: usize,
    },
    /// A key name with a space, a plus sign or a control character, or too long.
    Name,
    /// A line of a known key whose signature does not verify.
    BadSignature {
        /// The known key's id.
        key: KeyId,
    },
    /// None of the keys it is checked against signed it.
    NoKnownKey,
}

impl EnvelopeRefusal {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EnvelopeTooLong { .. } => "NOTE_TOO_LONG",
            Self::TextTooLong { .. } => "NOTE_TEXT_TOO_LONG",
            Self::NotUtf8 => "NOTE_NOT_UTF8",
            Self::ControlCharacter => "NOTE_CONTROL_CHARACTER",
            Self::NoFinalNewline => "NOTE_NO_FINAL_NEWLINE",
            Self::NoSignatures => "NOTE_NO_SIGNATURES",
            Self::TooManySignatures { .. } => "NOTE_TOO_MANY_SIGNATURES",
            Self::SignatureLine { .. } => "NOTE_SIGNATURE_LINE",
            Self::Name => "NOTE_KEY_NAME",
            Self::BadSignature { .. } => "NOTE_BAD_SIGNATURE",
            Self::NoKnownKey => "NOTE_NO_KNOWN_KEY",
        }
    }
}

impl fmt::Display for EnvelopeRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EnvelopeTooLong { limit } => {
                write!(
                    f,
                    "the note is longer than {limit} bytes; drop signatures or shorten it"
                )
            }
            Self::TextTooLong { limit } => {
                write!(
                    f,
                    "the text is longer than {limit} bytes; shorten it and sign again"
                )
            }
            Self::NotUtf8 => f.write_str("the note is not UTF-8; send the file as it was signed"),
            Self::ControlCharacter => f.write_str(
                "the note holds a control character, such as a tab or CR; use plain newlines and \
                sign again",
            ),
            Self::NoFinalNewline => {
                f.write_str("the text or its last line lacks a newline; send the whole file")
            }
            Self::NoSignatures => f.write_str(
                "no empty line with signature lines after the text; sign it, or send the whole \
                file",
            ),
            Self::TooManySignatures { limit } => {
                write!(
                    f,
                    "more than {limit} signature lines; drop those that are not asked for"
                )
            }
            Self::SignatureLine { index } => write!(
                f,
                "signature line {} is not '\u{2014} name base64'; copy the line again",
                index.saturating_add(1)
            ),
            Self::Name => f.write_str(
                "the key name is empty, too long, or has a space, plus or control character; \
                choose another",
            ),
            Self::BadSignature { key } => write!(
                f,
                "the signature of known key {key} does not verify; the text was changed after it \
                signed, so sign again"
            ),
            Self::NoKnownKey => {
                f.write_str("no known key signed this note; sign with a key of the role it needs")
            }
        }
    }
}

impl core::error::Error for EnvelopeRefusal {}
