//! Recovery: a journal that went back may be used again, once what it forgot
//! is charged.
//!
//! Invariant: it only adds. What was spent is topped up to the figure it names,
//! so a figure that is too low takes nothing away.

use order::CollateralUnits;

use crate::kind::Window;
use crate::spelling::JournalId;
use crate::text::record;
use crate::text_refusal::TextRefusal;

record! {
    /// Which freeze ends, and what was charged by then.
    pub struct Recovery {
        /// The one journal it is for.
        pub journal: JournalId,
        /// The index of the leaf that froze, compared by the journal's owner.
        pub leaf: u64,
        /// When it may be applied.
        pub window: Window,
        /// All that this journal's orders were ever charged, the lost ones
        /// included, USDC.
        pub lifetime_usdc: CollateralUnits,
    }
}

impl Recovery {
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "every body is asked; this one has nothing that could be wrong"
    )]
    pub(crate) const fn check(&self) -> Result<(), TextRefusal> {
        Ok(())
    }
}
