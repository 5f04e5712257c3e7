//! The lack of an answer.
//!
//! Invariant: a fault is logged in full inside and opaque outside, and no
//! fault is ever turned into a denial.

use std::fmt;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The journal could not be read or written.
    Journal(rusqlite::Error),
    /// The journal holds what this program cannot have written.
    Corrupt(&'static str),
    /// The machine's clock is unusable.
    Clock,
    /// A signature was made that does not recover to our address.
    BadSignature,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Journal(e) => write!(f, "the journal failed: {e}"),
            Self::Corrupt(what) => write!(f, "the journal does not hold together: {what}"),
            Self::Clock => f.write_str("the clock is before 1970"),
            Self::BadSignature => {
                f.write_str("a signature did not recover to the signing address and was dropped")
            }
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(e: rusqlite::Error) -> Self {
        Self::Journal(e)
    }
}
