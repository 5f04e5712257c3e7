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
    /// It is of another schema than this program's.
    Schema(i64),
    /// This leaf is not what was recorded.
    Altered(u64),
    /// Leaves before this one are others than they were.
    Rewritten(u64),
    /// Leaves that were recorded are not there.
    Missing {
        /// The first.
        from: u64,
        /// The one behind the last.
        to: u64,
    },
    /// It was not stopped, and its log is not there.
    NoLog,
    /// A note in the journal is not admitted any more.
    Note(note::NoteRefusal),
    /// A row contradicts the rows before it.
    Misfit(policy::Misfit),
    /// The supervisor is gone, or is not ours.
    Alone,
    /// The supervisor's socket, or all sockets, failed.
    Channel(std::io::Error),
    /// A clock is unusable.
    Clock,
    /// The system gives no randomness.
    Random,
    /// An approved order found the key locked.
    NoKey,
    /// The sealed key could not be opened again.
    Key(String),
    /// A signature was made that does not recover to our address.
    BadSignature,
}

impl Fault {
    /// Whether another process holds the journal.
    pub(crate) fn is_in_use(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
        let Self::Journal(e) = self else { return false };
        matches!(e.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked))
    }

    /// Whether the disk has no room.
    pub(crate) fn is_full(&self) -> bool {
        let Self::Journal(e) = self else { return false };
        e.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Journal(e) => write!(f, "the journal failed: {e}"),
            Self::Corrupt(what) => write!(f, "the journal does not hold together: {what}"),
            Self::Schema(schema) => write!(
                f,
                "it has schema {schema}, which another edition of this program reads and writes"
            ),
            Self::Altered(leaf) => write!(f, "leaf {leaf} is not what was recorded"),
            Self::Rewritten(leaf) => {
                write!(
                    f,
                    "leaves before leaf {leaf} are not those that were recorded"
                )
            }
            Self::Missing { from, to } => {
                write!(f, "leaves from {from} on are missing, up to leaf {to}")
            }
            Self::NoLog => f.write_str("it was not stopped, and its log (-wal) is not beside it"),
            Self::Note(e) => write!(f, "a recorded note is refused: {e}"),
            Self::Misfit(e) => write!(f, "the journal contradicts itself: {e:?}"),
            Self::Alone => f.write_str("the supervisor is gone"),
            Self::Channel(e) => write!(f, "the supervisor's socket failed: {e}"),
            Self::Clock => f.write_str("a clock is unusable"),
            Self::Random => f.write_str("the system gives no randomness"),
            Self::NoKey => f.write_str("an approved order found the key locked"),
            Self::Key(e) => write!(f, "the key cannot be opened again: {e}"),
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

impl From<note::NoteRefusal> for Fault {
    fn from(e: note::NoteRefusal) -> Self {
        Self::Note(e)
    }
}

impl From<policy::Misfit> for Fault {
    fn from(e: policy::Misfit) -> Self {
        Self::Misfit(e)
    }
}

/// A journal that cannot be opened: the problem and the fix.
#[derive(Debug)]
pub(crate) struct OpenError {
    path: String,
    problem: String,
    fix: &'static str,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JOURNAL {}: {}; {}", self.path, self.problem, self.fix)
    }
}

impl OpenError {
    pub(super) fn missing(path: String) -> Self {
        Self {
            path,
            problem: "there is none".to_owned(),
            fix: "restore it, or make the first one with `signerctl init`",
        }
    }

    pub(super) fn of(path: String, fault: &Fault) -> Self {
        let (problem, fix) = if fault.is_in_use() {
            let problem = "another signer has it open".to_owned();
            (problem, "stop that one first; copy and restore nothing")
        } else {
            let fix = if matches!(fault, Fault::Schema(_)) {
                "start the edition that wrote it"
            } else if fault.is_full() {
                "free disk on this host"
            } else if matches!(fault, Fault::NoLog) {
                "put its log back; if that is lost, put a backup in its place"
            } else {
                "if it is the right file, restore a copy that verifies; do not edit it"
            };
            (fault.to_string(), fix)
        };
        Self { path, problem, fix }
    }
}
