//! Versions that fork, jump, return or crowd each other out.

use super::{keyset_2, policy_2};
use crate::kit::{
    CANCEL, HOUR, KEYSET, NOON, POLICY, QUORUM, TWO, at, carry, code, desk, edit, hash, keyed,
    next, signed,
};
use note::{ChainRefusal, NoteRefusal, receive};

/// M229: no way back to an old policy.
#[test]
fn an_old_version() {
    let state = carry(&desk(), &policy_2(), TWO).unwrap().apply();
    let later = at(NOON + 24 * HOUR + 1);
    let mut settled = state.clone();
    assert!(settled.settle(later));
    let old = receive(&signed(POLICY, TWO), &settled, later).unwrap_err();
    assert_eq!(
        old,
        NoteRefusal::Chain(ChainRefusal::OldVersion { in_force: 2 })
    );
}

#[test]
fn the_same_version_with_other_bytes() {
    let fork = edit(POLICY, &[("day_usdc", "1400")]);
    assert_eq!(code(&desk(), &fork, TWO), "NOTE_FORKED_VERSION");
    let fork = edit(KEYSET, &[("threshold", "1")]);
    assert_eq!(code(&desk(), &fork, TWO), "NOTE_FORKED_VERSION");
    assert_eq!(
        code(&desk(), POLICY, TWO),
        "NOTE_IN_FORCE",
        "the same bytes are no fork"
    );
    assert_eq!(code(&desk(), KEYSET, TWO), "NOTE_IN_FORCE");
}

#[test]
fn a_version_that_jumps() {
    assert_eq!(
        code(&desk(), &next(POLICY, 3, &[]), TWO),
        "NOTE_VERSION_JUMP"
    );
    assert_eq!(
        code(&desk(), &next(POLICY, u64::MAX, &[]), TWO),
        "NOTE_VERSION_JUMP"
    );
    assert_eq!(
        code(&keyed(), &edit(POLICY, &[("version", "2")]), TWO),
        "NOTE_VERSION_JUMP"
    );
    assert_eq!(
        code(&desk(), &next(KEYSET, 3, &[]), TWO),
        "NOTE_VERSION_JUMP"
    );
}

#[test]
fn a_version_that_follows_another_text() {
    let stranger = edit(&policy_2(), &[("previous", &hash("other\n"))]);
    assert_eq!(code(&desk(), &stranger, TWO), "NOTE_OTHER_PREVIOUS");
    let first = edit(POLICY, &[("previous", &hash("other\n"))]);
    assert_eq!(code(&keyed(), &first, TWO), "NOTE_OTHER_PREVIOUS");
    let keys = edit(&keyset_2(), &[("previous", &hash("other\n"))]);
    assert_eq!(
        code(&desk(), &keys, &[QUORUM[1], QUORUM[2]]),
        "NOTE_OTHER_PREVIOUS"
    );
}

#[test]
fn a_second_policy_while_one_is_pending() {
    let state = carry(&desk(), &policy_2(), TWO).unwrap().apply();
    let other = next(POLICY, 2, &[("day_usdc", "9000")]);
    assert_eq!(code(&state, &other, TWO), "NOTE_POLICY_PENDING");
    assert_eq!(code(&state, &policy_2(), TWO), "NOTE_POLICY_PENDING");
}

#[test]
fn a_cancelled_policy_brought_again() {
    let state = carry(&desk(), &policy_2(), TWO).unwrap().apply();
    let cancel = edit(CANCEL, &[("hash", &hash(&policy_2()))]);
    let state = carry(&state, &cancel, &QUORUM[2..]).unwrap().apply();
    assert_eq!(state.pending(), None);
    assert_eq!(code(&state, &policy_2(), TWO), "NOTE_USED");
    assert_eq!(code(&state, &cancel, TWO), "NOTE_NOT_PENDING");
    // Another text may take the version.
    let other = next(POLICY, 2, &[("day_usdc", "2000")]);
    assert!(carry(&state, &other, TWO).is_ok());
}

#[test]
fn a_cancel_of_something_else() {
    assert_eq!(
        code(&desk(), CANCEL, TWO),
        "NOTE_NOT_PENDING",
        "nothing is pending"
    );
    let state = carry(&desk(), &policy_2(), TWO).unwrap().apply();
    assert_eq!(
        code(&state, CANCEL, TWO),
        "NOTE_NOT_PENDING",
        "another text"
    );
    let wrong = edit(CANCEL, &[("hash", &hash(&policy_2())), ("version", "3")]);
    assert_eq!(code(&state, &wrong, TWO), "NOTE_NOT_PENDING");
    let in_force = edit(CANCEL, &[("hash", &hash(POLICY)), ("version", "1")]);
    assert_eq!(code(&state, &in_force, TWO), "NOTE_NOT_PENDING");
}
