//! Unfreeze: the freeze that one leaf of the journal recorded ends.
//!
//! Invariant: it names the leaf, so it cannot be kept for a later freeze.

use crate::kind::Window;
use crate::spelling::JournalId;
use crate::text::record;
use crate::text_refusal::TextRefusal;

record! {
    /// Which freeze ends.
    pub struct Unfreeze {
        /// The one journal it is for.
        pub journal: JournalId,
        /// The index of the leaf that froze, compared by the journal's owner.
        pub leaf: u64,
        /// When it may be applied.
        pub window: Window,
    }
}

impl Unfreeze {
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "every body is asked; this one has nothing that could be wrong"
    )]
    pub(crate) const fn check(&self) -> Result<(), TextRefusal> {
        Ok(())
    }
}
