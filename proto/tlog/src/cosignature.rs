//! A witness's word on a checkpoint (C2SP tlog-cosignature, `cosignature/v1`).
//!
//! Invariant: holding a [`Cosignature`] means that its key signed that text at
//! that time. It has no public constructor.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use note::{PublicKey, WitnessKey};

use crate::checkpoint::signature_line;

/// What a witness signs of the checkpoint with this text, at `time_s`.
#[must_use]
pub fn cosigned_message(time_s: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}

/// A cosignature that was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cosignature {
    by: PublicKey,
    time_s: u64,
}

impl Cosignature {
    /// The line that says so, newline included. `signature` is the key's, over
    /// [`cosigned_message`].
    #[must_use]
    pub fn line(key: &WitnessKey, time_s: u64, signature: &[u8; 64]) -> String {
        let stamped: Vec<u8> = time_s
            .to_be_bytes()
            .iter()
            .chain(signature)
            .copied()
            .collect();
        signature_line(key.name(), key.id(), &stamped)
    }

    /// Reads a line without its newline. `None` if it is of none of `keys`, or
    /// is not theirs: others are passed over, as the specification has it.
    #[must_use]
    pub fn read(line: &str, text: &str, keys: &[WitnessKey]) -> Option<Self> {
        let (name, encoded) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let raw = STANDARD.decode(encoded).ok()?;
        let (id, stamped) = raw.split_first_chunk::<4>()?;
        let (time, signature) = stamped.split_first_chunk::<8>()?;
        let time_s = u64::from_be_bytes(*time);
        // The specification's largest time.
        i64::try_from(time_s).ok()?;
        let message = cosigned_message(time_s, text);
        let key = keys.iter().find(|key| {
            key.name() == name
                && key.id().0 == *id
                && key.public().signed(message.as_bytes(), signature)
        })?;
        Some(Self {
            by: key.public(),
            time_s,
        })
    }

    /// Who cosigned.
    #[must_use]
    pub const fn by(&self) -> PublicKey {
        self.by
    }

    /// When, Unix seconds, by the witness's own clock.
    #[must_use]
    pub const fn time_s(&self) -> u64 {
        self.time_s
    }
}
