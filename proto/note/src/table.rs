//! The table of authority: for each kind, who signs, how many, how it is good
//! only once, and when it begins.
//!
//! Data, so that it can be read next to the design's table. `admit` takes
//! signers, numbers and delay from here; `once` is how the kind's own step in
//! `authority` works, said in one place.
//!
//! Invariant: what widens authority takes a threshold of keys; a policy, and
//! only a policy, also waits.

use crate::kind::Kind;

/// Whose signatures count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// The key set in force.
    Quorum,
    /// The key set in force and the one it announces, each on its own; the
    /// first key set only the latter.
    BothQuorums,
    /// The operators of the policy in force.
    Operators,
    /// The listers of the policy in force.
    Listers,
    /// The watchers of the policy in force.
    Watchers,
    /// The key set in force, and with it the notifier of the policy in force.
    QuorumAndNotifier,
}

/// How many distinct keys of the role.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// One.
    One,
    /// The threshold that stands beside the keys.
    Threshold,
}

/// What makes a second use of the same note, or of an older one, fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Once {
    /// Version and hash of the one before.
    Chain,
    /// A serial that rises within (kind, policy version).
    Serial,
    /// Its subject or its random id is used up.
    Subject,
}

/// When it begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start {
    /// When it is applied.
    AtOnce,
    /// After the delay of the policy in force; the first policy at once.
    AfterDelay,
}

/// One row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// Whose signatures count.
    pub role: Role,
    /// How many.
    pub need: Need,
    /// Why only once.
    pub once: Once,
    /// When it begins.
    pub start: Start,
}

/// The row of a kind.
#[must_use]
#[rustfmt::skip]
#[expect(clippy::match_same_arms, reason = "one line for each row of the design's table")]
pub const fn row(kind: Kind) -> Row {
    let (role, need, once, start) = match kind {
        Kind::Policy      => (Role::Quorum,      Need::Threshold, Once::Chain,   Start::AfterDelay),
        Kind::KeySet      => (Role::BothQuorums, Need::Threshold, Once::Chain,   Start::AtOnce),
        Kind::Cancel      => (Role::Quorum,      Need::One,       Once::Subject, Start::AtOnce),
        Kind::Dial        => (Role::Operators,   Need::One,       Once::Serial,  Start::AtOnce),
        Kind::Ticket      => (Role::Operators,   Need::One,       Once::Subject, Start::AtOnce),
        Kind::Alive       => (Role::Operators,   Need::One,       Once::Serial,  Start::AtOnce),
        Kind::Declare     => (Role::Quorum,      Need::Threshold, Once::Serial,  Start::AtOnce),
        Kind::Unfreeze    => (Role::Quorum,      Need::Threshold, Once::Subject, Start::AtOnce),
        Kind::WriteOff    => (Role::Quorum,      Need::Threshold, Once::Subject, Start::AtOnce),
        Kind::Listing     => (Role::Listers,     Need::Threshold, Once::Subject, Start::AtOnce),
        Kind::Attestation => (Role::Watchers,    Need::Threshold, Once::Subject, Start::AtOnce),
        Kind::Fill        => (Role::Watchers,    Need::Threshold, Once::Subject, Start::AtOnce),
        Kind::Recovery    => (Role::Quorum,      Need::Threshold, Once::Subject, Start::AtOnce),
        Kind::Export      => (Role::QuorumAndNotifier, Need::Threshold, Once::Subject, Start::AtOnce),
    };
    Row { role, need, once, start }
}
