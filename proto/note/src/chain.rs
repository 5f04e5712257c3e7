//! Versions and serials: each follows the one before, and none comes twice.
//!
//! Invariant: what passes is the only text that may come next in its chain, or
//! a serial above every one used.

use core::fmt;

use crate::signed::NoteHash;

/// How far a serial may jump, so that no one operator can use them all up.
pub const SERIAL_STEP_MAX: u64 = 1_000;

/// Why a note does not come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainRefusal {
    /// A version below the one in force.
    OldVersion {
        /// The one in force.
        in_force: u64,
    },
    /// The very text that is in force.
    InForce,
    /// The version in force, with other text.
    ForkedVersion {
        /// The one in force.
        in_force: u64,
    },
    /// A version that skips some.
    VersionJump {
        /// The one that must come next.
        next: u64,
    },
    /// `previous` is not the hash of the text in force.
    OtherPrevious,
    /// It names a policy version that is not in force.
    OtherPolicy {
        /// The one in force.
        in_force: u64,
    },
    /// A serial at or below the last of its kind.
    OldSerial {
        /// The last.
        last: u64,
    },
    /// A serial too far above the last of its kind.
    SerialJump {
        /// The largest that may come next.
        limit: u64,
    },
}

impl ChainRefusal {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OldVersion { .. } => "NOTE_OLD_VERSION",
            Self::InForce => "NOTE_IN_FORCE",
            Self::ForkedVersion { .. } => "NOTE_FORKED_VERSION",
            Self::VersionJump { .. } => "NOTE_VERSION_JUMP",
            Self::OtherPrevious => "NOTE_OTHER_PREVIOUS",
            Self::OtherPolicy { .. } => "NOTE_OTHER_POLICY",
            Self::OldSerial { .. } => "NOTE_OLD_SERIAL",
            Self::SerialJump { .. } => "NOTE_SERIAL_JUMP",
        }
    }
}

impl fmt::Display for ChainRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OldVersion { in_force } => write!(
                f,
                "version: {in_force} is in force and versions only rise; make the next one"
            ),
            Self::InForce => {
                f.write_str("version: this very text is in force; nothing is left to do")
            }
            Self::ForkedVersion { in_force } => write!(
                f,
                "version: {in_force} is in force with other text; ask who signed two, then make \
                the next one"
            ),
            Self::VersionJump { next } => {
                write!(
                    f,
                    "version: {next} comes next; apply the ones between, or number it {next}"
                )
            }
            Self::OtherPrevious => f.write_str(
                "previous: it is not the hash of the text in force; make the note from that text",
            ),
            Self::OtherPolicy { in_force } => {
                write!(
                    f,
                    "policy: version {in_force} is in force; make the note for it"
                )
            }
            Self::OldSerial { last } => {
                write!(f, "serial: {last} was used already; number it higher")
            }
            Self::SerialJump { limit } => {
                write!(f, "serial: at most {limit} may come next; number it lower")
            }
        }
    }
}

impl core::error::Error for ChainRefusal {}

/// A link of a chain of texts: its version, the hash it names as previous, and
/// its own.
#[derive(Clone, Copy)]
pub(crate) struct Link {
    pub(crate) version: u64,
    pub(crate) previous: NoteHash,
    pub(crate) hash: NoteHash,
}

impl Link {
    /// Makes sure that it is the next after the version and hash in force.
    pub(crate) fn follows(self, in_force: Option<(u64, NoteHash)>) -> Result<(), ChainRefusal> {
        let (last, last_hash) = in_force.unwrap_or((0, NoteHash::ZERO));
        let next = last.saturating_add(1);
        match self.version {
            version if version < last => Err(ChainRefusal::OldVersion { in_force: last }),
            version if version > next => Err(ChainRefusal::VersionJump { next }),
            version if version == last && self.hash == last_hash => Err(ChainRefusal::InForce),
            version if version == last => Err(ChainRefusal::ForkedVersion { in_force: last }),
            _ if self.previous != last_hash => Err(ChainRefusal::OtherPrevious),
            _ => Ok(()),
        }
    }
}

/// Makes sure that a serial comes after the last one, and not too far after.
pub(crate) fn check_serial(last: u64, serial: u64) -> Result<(), ChainRefusal> {
    let limit = last.saturating_add(SERIAL_STEP_MAX);
    if serial <= last {
        return Err(ChainRefusal::OldSerial { last });
    }
    if serial > limit {
        return Err(ChainRefusal::SerialJump { limit });
    }
    Ok(())
}
