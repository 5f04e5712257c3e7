//! What watchers tell: too few of them, twice, or in floods.

use crate::kit::{
    ATTESTATION, FILL, HOUR, LISTERS, NOON, OPERATOR, RECOVERY, TWO, UNFREEZE, WATCHERS, at, carry,
    code, desk, edit, signed, watched,
};
use note::{Now, UtcSeconds, receive};

#[test]
fn one_watcher_less_than_the_threshold_tells_nothing() {
    let state = watched();
    for text in [ATTESTATION, FILL] {
        assert!(carry(&state, text, WATCHERS).is_ok());
        let lone = &WATCHERS[..1];
        assert_eq!(code(&state, text, lone), "NOTE_TOO_FEW_SIGNATURES");
        let twice = [WATCHERS[0], WATCHERS[0]];
        assert_eq!(code(&state, text, &twice), "NOTE_TOO_FEW_SIGNATURES");
        for others in [TWO, LISTERS, &[OPERATOR]] {
            assert_eq!(code(&state, text, others), "NOTE_TOO_FEW_SIGNATURES");
        }
        assert_eq!(code(&desk(), text, TWO), "NOTE_NO_ROLE");
    }
}

#[test]
fn a_fill_attested_twice_in_other_words() {
    let state = carry(&watched(), ATTESTATION, WATCHERS).unwrap().apply();
    assert_eq!(code(&state, ATTESTATION, WATCHERS), "NOTE_USED");
    for (field, value) in [
        ("price", "0.01"),
        ("size", "100000"),
        ("side", "SELL"),
        ("token", "102"),
        ("apply_before", "2026-11-20T12:30:00Z"),
    ] {
        let other = edit(ATTESTATION, &[(field, value)]);
        assert_eq!(code(&state, &other, WATCHERS), "NOTE_USED", "{field}");
    }
    for (field, value) in [
        ("log_index", "8"),
        ("venue", "v2-neg-risk chain 80002 domain_version 2"),
    ] {
        let other = edit(ATTESTATION, &[(field, value)]);
        assert!(carry(&state, &other, WATCHERS).is_ok(), "{field}");
    }
}

#[test]
fn a_fill_note_brought_again() {
    let state = carry(&watched(), FILL, WATCHERS).unwrap().apply();
    assert_eq!(code(&state, FILL, WATCHERS), "NOTE_USED");
}

#[test]
fn a_flood_of_what_watchers_tell_crowds_no_one_else() {
    let mut state = watched();
    for number in 0..note::ATTESTED_MAX {
        let text = edit(ATTESTATION, &[("log_index", &(100 + number).to_string())]);
        state = carry(&state, &text, WATCHERS).unwrap().apply();
    }
    assert_eq!(code(&state, ATTESTATION, WATCHERS), "NOTE_CROWDED");
    for (text, by) in [(FILL, WATCHERS), (UNFREEZE, TWO)] {
        assert!(carry(&state, text, by).is_ok());
    }
    state.settle(at(NOON + HOUR));
    assert_eq!(state, watched(), "an hour later they are forgotten");
}

#[test]
fn a_flood_of_fills_crowds_no_attestation() {
    let mut state = watched();
    for number in 0..note::ATTESTED_MAX {
        let text = edit(FILL, &[("id", &format!("{:032x}", 1_000 + number))]);
        state = carry(&state, &text, WATCHERS).unwrap().apply();
    }
    assert_eq!(code(&state, FILL, WATCHERS), "NOTE_CROWDED");
    assert!(carry(&state, ATTESTATION, WATCHERS).is_ok());
}

#[test]
fn marks_that_no_note_can_use_take_no_room_on_a_slow_clock_that_lags() {
    let mut state = watched();
    for number in 0..note::ATTESTED_MAX {
        let text = edit(ATTESTATION, &[("log_index", &(100 + number).to_string())]);
        state = carry(&state, &text, WATCHERS).unwrap().apply();
    }
    // The fast time is at their end, to the second, and the slow stands still.
    let second = |seconds| UtcSeconds::new(seconds).unwrap();
    let lags = Now::new(second(NOON), second(NOON + HOUR));
    let lags = lags.on_the_wall(second(NOON + HOUR));
    state.settle(lags);
    assert_ne!(state, watched(), "they are remembered");
    let fresh = edit(
        ATTESTATION,
        &[
            ("not_before", "2026-11-20T13:00:00Z"),
            ("apply_before", "2026-11-20T14:00:00Z"),
            ("matched", "2026-11-20T12:59:00Z"),
            ("seen", "2026-11-20T13:00:00Z"),
        ],
    );
    let taken = receive(&signed(&fresh, WATCHERS), &state, lags);
    assert!(taken.is_ok(), "{taken:?}");
}

#[test]
fn a_leaf_is_ended_by_one_note_only() {
    let state = carry(&watched(), RECOVERY, TWO).unwrap().apply();
    assert_eq!(code(&state, RECOVERY, TWO), "NOTE_USED");
    assert_eq!(code(&state, UNFREEZE, TWO), "NOTE_USED");
    let lone = &TWO[..1];
    assert_eq!(code(&watched(), RECOVERY, lone), "NOTE_TOO_FEW_SIGNATURES");
    assert_eq!(
        code(&watched(), RECOVERY, WATCHERS),
        "NOTE_TOO_FEW_SIGNATURES"
    );
}
