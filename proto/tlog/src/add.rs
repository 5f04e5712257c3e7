//! What a witness is asked: the body of `add-checkpoint` (C2SP tlog-witness).
//!
//! Invariant: a body that parses prints as the same bytes.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use crate::checkpoint::decimal;
use crate::hash::Hash;

/// The most hashes a proof may have.
pub const PROOF_HASHES_MAX: usize = 63;
/// The longest body, bytes: a whole proof is 3 KB, and a checkpoint's
/// signatures of other algorithms may be a few KB each.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// A checkpoint, and the proof that it continues an older one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size of the older one.
    pub old: u64,
    /// The consistency proof from it.
    pub proof: Vec<Hash>,
    /// The checkpoint, with its signature lines.
    pub note: String,
}

impl AddCheckpoint {
    /// Reads a body; `None` if it is none.
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<Self> {
        if body.len() > BODY_BYTES_MAX {
            return None;
        }
        let text = core::str::from_utf8(body).ok()?;
        let (head, note) = text.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let old = decimal(lines.next()?.strip_prefix("old ")?)?;
        let proof: Vec<Hash> = lines.map(Hash::from_base64).collect::<Option<_>>()?;
        (proof.len() <= PROOF_HASHES_MAX).then(|| Self {
            old,
            proof,
            note: note.to_owned(),
        })
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        for hash in &self.proof {
            writeln!(f, "{}", hash.to_base64())?;
        }
        write!(f, "\n{}", self.note)
    }
}
