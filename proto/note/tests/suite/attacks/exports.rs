//! An export is permitted by the quorum, and only once the owner was told.

use super::STRANGER;
use crate::kit::{
    EXPORT, NOON, NOTIFIER, OPERATOR, POLICY, QUORUM, TWO, at, carry, code, desk, key, keyed,
    signed,
};
use note::{Authority, receive};

/// A desk whose policy names a notifier.
fn told() -> Authority {
    let notifier = format!("extras 1\nnotifier {}\noperators ", key(NOTIFIER));
    let text = POLICY.replace("operators ", &notifier);
    receive(&signed(&text, TWO), &keyed(), at(NOON))
        .unwrap()
        .apply()
}

/// M111: without the notifier's signature beside the quorum's, nothing leaves.
#[test]
fn an_export_without_the_notifiers_word_or_the_quorums() {
    let few = "NOTE_TOO_FEW_SIGNATURES";
    let [one, two, _] = QUORUM;
    let state = told();
    for signers in [
        &[one, two][..],
        &[one, two, OPERATOR],
        &[one, two, STRANGER],
        &[one, NOTIFIER],
        &[NOTIFIER],
    ] {
        assert_eq!(code(&state, EXPORT, signers), few, "{signers:?}");
    }
    let after = carry(&state, EXPORT, &[one, two, NOTIFIER])
        .unwrap()
        .apply();
    let again = code(&after, EXPORT, &[one, two, NOTIFIER]);
    assert_eq!(again, "NOTE_USED", "once");
    // Where nobody is named who would tell, nobody can be told.
    assert_eq!(code(&desk(), EXPORT, &QUORUM), "NOTE_NO_ROLE");
}
