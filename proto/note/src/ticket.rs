//! Ticket: one exit below the floor, by one operator's word.
//!
//! Invariant: it is good until its `apply_before` and no longer, 15 minutes at
//! most, and its id is good once.

use order::{PriceE4, ShareUnits, U256};

use crate::kind::Window;
use crate::spelling::{JournalId, NoteId};
use crate::text::record;
use crate::text_refusal::TextRefusal;

record! {
    /// The exit it lets pass.
    pub struct Ticket {
        /// The one journal it is for.
        pub journal: JournalId,
        /// The policy version whose operator signs.
        pub policy: u64,
        /// Drawn at random.
        pub id: NoteId,
        /// When it may be applied, and also used.
        pub window: Window,
        /// The token to sell.
        pub token: U256,
        /// The most shares.
        pub shares: ShareUnits,
        /// The lowest price.
        pub price: PriceE4,
    }
}

impl Ticket {
    pub(crate) const fn check(&self) -> Result<(), TextRefusal> {
        if self.shares.get() == 0 {
            return Err(TextRefusal::Rule {
                field: "shares",
                rule: "must be above 0",
            });
        }
        Ok(())
    }
}
