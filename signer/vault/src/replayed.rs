//! What a journal says of itself while it is opened.

use policy::{Approval, FreezeReason, TagKey};

use super::time::{Mark, Up};

/// One thing after the other.
pub(crate) enum Replayed {
    /// Its birth; always first.
    Born {
        id: [u8; 16],
        created_ms: u64,
        tags: TagKey,
    },
    /// A leaf.
    Leaf(ReplayedLeaf),
}

/// A leaf, read back.
pub(crate) struct ReplayedLeaf {
    pub(crate) leaf_index: u64,
    pub(crate) at: Mark,
    pub(crate) what: ReplayedWhat,
}

/// What it says, as far as it bears on what may be signed.
pub(crate) enum ReplayedWhat {
    Approved(Box<Approval>),
    Note(Vec<u8>),
    DayReached,
    Froze {
        by: policy::Label,
        reason: FreezeReason,
    },
    Started {
        attended: bool,
        /// Unknown in rows of older editions.
        up: Option<Up>,
    },
    Stopped,
    /// So much may be charged ahead.
    Advanced(u64),
    ClockJumped,
    ClockAccepted,
    /// A step of an export.
    Export(String),
    /// It changes nothing.
    Other,
}
