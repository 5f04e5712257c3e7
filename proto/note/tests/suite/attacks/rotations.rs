//! A key set without its quorums, and a thief who would keep it out.

use super::{keyset_2, policy_2};
use crate::kit::{
    CANCEL, DIAL, HOUR, NOON, QUORUM, TWO, UNFREEZE, at, carry, code, desk, edit, hash, signed,
};
use note::{Effect, receive};

#[test]
fn a_key_set_without_the_old_or_the_new_quorum() {
    // quorum-1 is replaced by a key 4 of the same name.
    let fresh = ("example.com/quorum-1", 4);
    let old_only = &[QUORUM[0], QUORUM[1]];
    assert_eq!(
        code(&desk(), &keyset_2(), old_only),
        "NOTE_TOO_FEW_SIGNATURES",
        "one of the new"
    );
    assert_eq!(
        code(&desk(), &keyset_2(), &[fresh, QUORUM[1]]),
        "NOTE_TOO_FEW_SIGNATURES",
        "one of the old"
    );
    assert_eq!(code(&desk(), &keyset_2(), &[fresh]), "NOTE_NO_KNOWN_KEY");
    assert!(
        carry(&desk(), &keyset_2(), &[QUORUM[1], QUORUM[2]]).is_ok(),
        "two of each"
    );
    assert!(carry(&desk(), &keyset_2(), &[QUORUM[0], QUORUM[1], fresh]).is_ok());
}

#[test]
fn a_policy_signed_by_the_key_set_before() {
    // quorum-1's old key is out: with it, one key of the new quorum is too few,
    // and a forger who takes over its name is not that key.
    let rotation = &[QUORUM[1], QUORUM[2]];
    let rotated = carry(&desk(), &keyset_2(), rotation).unwrap().apply();
    let before = &[QUORUM[0], QUORUM[1]];
    assert_eq!(
        code(&rotated, &policy_2(), before),
        "NOTE_TOO_FEW_SIGNATURES"
    );
    assert_eq!(
        code(&rotated, &policy_2(), &QUORUM[..1]),
        "NOTE_NO_KNOWN_KEY"
    );
    let fresh = ("example.com/quorum-1", 4);
    assert!(carry(&rotated, &policy_2(), &[fresh, QUORUM[1]]).is_ok());
}

#[test]
fn a_bad_signature_of_a_new_key() {
    let good = String::from_utf8(signed(&keyset_2(), &[QUORUM[1], QUORUM[2]])).unwrap();
    let other = String::from_utf8(signed("other\n", &[("example.com/quorum-1", 4)])).unwrap();
    let bent = format!("{good}{}\n", other.lines().last().unwrap());
    assert_eq!(
        receive(bent.as_bytes(), &desk(), at(NOON))
            .unwrap_err()
            .code(),
        "NOTE_BAD_SIGNATURE"
    );
}

#[test]
fn blocking_a_key_rotation() {
    // A thief of one key can neither cancel it nor keep it out with a policy
    // that is pending; and what was pending is void.
    let state = carry(&desk(), &policy_2(), TWO).unwrap().apply();
    let rotation = &[QUORUM[1], QUORUM[2]];
    let cancel = edit(CANCEL, &[("hash", &hash(&keyset_2()))]);
    assert_eq!(code(&state, &cancel, &QUORUM[..1]), "NOTE_NOT_PENDING");
    let admitted = carry(&state, &keyset_2(), rotation).unwrap();
    assert_eq!(admitted.effect(), Effect::InForce);
    let rotated = admitted.apply();
    assert_eq!(rotated.pending(), None);
    assert_eq!(
        code(&rotated, &policy_2(), rotation),
        "NOTE_USED",
        "void for good"
    );
    assert_eq!(
        code(&rotated, DIAL, &QUORUM[..1]),
        "NOTE_NO_KNOWN_KEY",
        "the old key is out"
    );
    assert_eq!(
        code(&rotated, UNFREEZE, &QUORUM[..2]),
        "NOTE_TOO_FEW_SIGNATURES"
    );
    assert!(carry(&rotated, UNFREEZE, rotation).is_ok());
    let expired = at(NOON + 365 * 24 * HOUR);
    let late = [
        ("not_before", "2027-11-20T12:00:00Z"),
        ("apply_before", "2027-11-21T12:00:00Z"),
    ];
    let text = edit(&keyset_2(), &late);
    assert!(
        receive(&signed(&text, rotation), &state, expired).is_ok(),
        "under an expired policy too"
    );
}
