//! Cancel: a pending policy is dropped.
//!
//! One key of the quorum is enough, since it only keeps what is in force. It
//! does not reach key sets: a stolen key must not protect itself.
//!
//! Invariant: it names one text by version and hash, so it cannot be kept for
//! a later policy.

use crate::kind::Window;
use crate::signed::NoteHash;
use crate::spelling::JournalId;
use crate::text::record;
use crate::text_refusal::TextRefusal;

record! {
    /// Which pending policy is dropped.
    pub struct Cancel {
        /// The one journal it is for.
        pub journal: JournalId,
        /// The pending policy's version.
        pub version: u64,
        /// The hash of its text.
        pub hash: NoteHash,
        /// When it may be applied.
        pub window: Window,
    }
}

impl Cancel {
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "every body is asked; this one has nothing that could be wrong"
    )]
    pub(crate) const fn check(&self) -> Result<(), TextRefusal> {
        Ok(())
    }
}
