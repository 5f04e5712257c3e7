//! Attestation: a leader's fill, seen final on chain by several watchers.
//!
//! With it, a copy's leader, price and time are more than the caller's word.
//! The caller names it by [`Attestation::fill`] in its intent.
//!
//! Invariant: one fill of one log is attested once, whatever else is said of it.

use order::{Address, B256, PriceE4, ShareUnits, Side, U256, Venue};
use sha2::{Digest as _, Sha256};

use crate::kind::Window;
use crate::spelling::JournalId;
use crate::text::{Spelling as _, record};
use crate::text_refusal::TextRefusal;
use crate::time::UtcSeconds;

record! {
    /// What a leader did.
    pub struct Attestation {
        /// The one journal it is for.
        pub journal: JournalId,
        /// The policy version whose watchers sign.
        pub policy: u64,
        /// When it may be applied.
        pub window: Window,
        /// The contract that logged the fill, and its chain.
        pub venue: Venue,
        /// The transaction.
        pub transaction: B256,
        /// The log's index in its block.
        pub log_index: u64,
        /// The leader's order.
        pub order: B256,
        /// Whose order it was.
        pub leader: Address,
        /// The token that changed hands.
        pub token: U256,
        /// What the leader did.
        pub side: Side,
        /// At what price, to the nearest ten-thousandth.
        pub price: PriceE4,
        /// How many shares.
        pub size: ShareUnits,
        /// The time of its block.
        pub matched: UtcSeconds,
        /// When the last of the watchers saw it.
        pub seen: UtcSeconds,
    }
}

impl Attestation {
    pub(crate) fn check(&self) -> Result<(), TextRefusal> {
        let rule = |field, rule| Err(TextRefusal::Rule { field, rule });
        if self.size.get() == 0 {
            return rule("size", "must be above 0");
        }
        if self.seen < self.matched {
            return rule("seen", "must not come before matched");
        }
        Ok(())
    }

    /// The name by which an intent calls this fill: SHA-256 over a label, then
    /// contract, transaction and log as the text spells them.
    #[must_use]
    pub fn fill(&self) -> B256 {
        let log = [
            "countersign/fill/v1",
            &self.venue.spell(),
            &self.transaction.spell(),
            &self.log_index.spell(),
        ];
        B256::new(Sha256::digest(log.join("\n")).into())
    }
}
