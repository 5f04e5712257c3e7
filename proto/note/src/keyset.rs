//! Key set: who the quorum is.
//!
//! A chain of its own, so that nothing about policies can stand in the way of
//! replacing a stolen key.
//!
//! Invariant: the threshold can be met: each of its keys is another's, and
//! there are enough of them.

use alloc::collections::BTreeSet;

use crate::key::VerifierKey;
use crate::kind::Window;
use crate::rules::distinct;
use crate::signed::NoteHash;
use crate::spelling::JournalId;
use crate::text::record;
use crate::text_refusal::TextRefusal;

record! {
    /// One version of the quorum.
    pub struct KeySet {
        /// The one journal it is for.
        pub journal: JournalId,
        /// 1 for the first, then one more each time.
        pub version: u64,
        /// The hash of the previous version's text; zeros for the first.
        pub previous: NoteHash,
        /// When it may be applied.
        pub window: Window,
        /// How many distinct keys must sign.
        pub threshold: u8,
        /// The keys.
        pub keys: BTreeSet<VerifierKey>,
    }
}

impl KeySet {
    pub(crate) fn check(&self) -> Result<(), TextRefusal> {
        let (threshold, count) = (usize::from(self.threshold), self.keys.len());
        let rule = |field, rule| Err(TextRefusal::Rule { field, rule });
        if self.version == 0 {
            return rule("version", "must be at least 1");
        }
        if threshold == 0 || threshold > count {
            return rule(
                "threshold",
                "must be at least 1 and at most the number of keys",
            );
        }
        if !distinct(&self.keys) {
            return rule("keys", "each key and each name may stand once");
        }
        Ok(())
    }
}
