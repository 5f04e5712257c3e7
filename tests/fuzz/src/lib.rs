//! One function for each parser that meets somebody else's bytes: it says what
//! holds whatever the bytes are, and panics where it does not.
//!
//! For: `make fuzz`, where libFuzzer looks for such bytes, and the ordinary
//! suite, which plays again all that was worth keeping (`corpus`).
//!
//! The programs have no library, and get none for this: their files are
//! modules here as they stand, with what they need from beside them. Their own
//! tests are theirs: built as a test, this crate is empty.
#![cfg(not(test))]

mod door;
mod seal;
mod seeds;
mod targets;

#[expect(
    dead_code,
    reason = "the signer's own file, of which one function is asked"
)]
#[path = "../../../signer/src/config.rs"]
mod config;
#[expect(
    dead_code,
    reason = "signerctl's own file, whose reader of files is not here"
)]
#[path = "../../../signer/ctl/src/keystore.rs"]
mod keystore;
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "the notes' own desk, of which a part is used"
)]
#[path = "../../../proto/note/tests/suite/kit.rs"]
mod note_kit;
#[expect(
    dead_code,
    clippy::too_many_lines,
    reason = "the policy's own desk, of which a part is used; a policy is long and flat"
)]
#[path = "../../../signer/policy/tests/suite/kit.rs"]
mod policy_kit;

pub use seeds::seeds;

/// What holds of a parser, and whether it took the bytes for what it reads.
pub type Target = fn(&[u8]) -> bool;

/// Every target: its name, which is its folder's in `corpus`, and what holds.
pub const TARGETS: [(&str, Target); 5] = [
    ("frame", targets::frame::holds),
    ("intent", targets::intent::holds),
    ("note", targets::note::holds),
    ("config", targets::config::holds),
    ("keystore", targets::keystore::holds),
];

/// The target of this name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    let found = TARGETS.iter().find(|(called, _)| *called == name);
    found.map(|(_, target)| *target)
}
