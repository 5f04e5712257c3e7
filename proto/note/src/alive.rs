//! Alive: an operator is there, until.
//!
//! Invariant: how far it reaches is measured when it is applied, against the
//! policy's `dead_man_reduce_hours`, not when it was signed.

use crate::kind::Window;
use crate::spelling::JournalId;
use crate::text::record;
use crate::text_refusal::TextRefusal;
use crate::time::UtcSeconds;

record! {
    /// How long silence is excused.
    pub struct Alive {
        /// The one journal it is for.
        pub journal: JournalId,
        /// The policy version whose operator signs.
        pub policy: u64,
        /// Above the last `alive` of this policy version.
        pub serial: u64,
        /// When it may be applied.
        pub window: Window,
        /// When the dead man's first stage comes.
        pub until: UtcSeconds,
    }
}

impl Alive {
    pub(crate) fn check(&self) -> Result<(), TextRefusal> {
        if self.until < self.window.apply_before {
            return Err(TextRefusal::Rule {
                field: "until",
                rule: "must not come before apply_before",
            });
        }
        Ok(())
    }
}
