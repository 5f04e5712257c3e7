//! A leaf that is to be recorded: who brings it, and what it says.

use policy::{Approval, Approved, Denial, Fingerprint, FreezeReason, Intent};

use super::login::Login;
use super::time::{Mark, Up};

/// One leaf to be recorded.
pub(crate) struct Entry {
    pub(crate) at: Mark,
    pub(crate) by: String,
    pub(crate) what: What,
}

/// What a leaf says.
pub(crate) enum What {
    Approved {
        approved: Box<Approved>,
        approval: Box<Approval>,
    },
    Denied {
        intent: Box<Intent>,
        fingerprint: Fingerprint,
        denial: Denial,
    },
    /// Denials that were only counted.
    Denials(String),
    Note(Vec<u8>),
    Froze {
        reason: FreezeReason,
        words: String,
    },
    Started {
        attended: bool,
        up: Up,
        /// Two starts from one disk are two leaves.
        nonce: [u8; 16],
    },
    Stopped,
    /// So much may be charged ahead, collateral base units.
    Advanced(u64),
    Unlocked {
        generation: u32,
    },
    Locked(&'static str),
    ClockJumped,
    ClockAccepted,
    /// A step of an export.
    Export(String),
    Login(Login),
}
