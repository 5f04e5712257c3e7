//! Notes that count once, brought twice or in floods.

use crate::kit::{
    ALIVE, DECLARE, DIAL, HOUR, NOON, OPERATOR, TICKET, TWO, UNFREEZE, WRITE_OFF, at, carry, code,
    desk, edit, signed,
};
use note::{ChainRefusal, Kind, NoteRefusal, Now, UtcSeconds, receive};

#[test]
fn a_serial_used_before_or_used_up() {
    let state = carry(&desk(), DIAL, &[OPERATOR]).unwrap().apply();
    assert_eq!(code(&state, DIAL, &[OPERATOR]), "NOTE_OLD_SERIAL");
    assert_eq!(
        code(&state, &edit(DIAL, &[("serial", "3")]), &[OPERATOR]),
        "NOTE_OLD_SERIAL"
    );
    assert_eq!(
        code(&desk(), &edit(DIAL, &[("serial", "0")]), &[OPERATOR]),
        "NOTE_OLD_SERIAL"
    );
    for (serial, refused) in [
        ("5", false),
        ("1004", false),
        ("1005", true),
        ("18446744073709551615", true),
    ] {
        let result = carry(&state, &edit(DIAL, &[("serial", serial)]), &[OPERATOR]);
        assert_eq!(
            result.err(),
            refused.then_some(NoteRefusal::Chain(ChainRefusal::SerialJump {
                limit: 1_004
            })),
            "{serial}"
        );
    }
    assert_eq!(
        state.last_serial(Kind::Dial),
        4,
        "what a dial must be above"
    );
    assert_eq!(state.last_serial(Kind::Alive), 0, "none yet");
    let alive = carry(&state, ALIVE, &[OPERATOR]).expect("each kind counts for itself");
    assert_ne!(alive.apply().last_serial(Kind::Alive), 0);
}

#[test]
fn a_ticket_used_twice() {
    let state = carry(&desk(), TICKET, &[OPERATOR]).unwrap().apply();
    assert_eq!(code(&state, TICKET, &[OPERATOR]), "NOTE_USED");
    let dearer = edit(TICKET, &[("price", "0.01")]);
    assert_eq!(
        code(&state, &dearer, &[OPERATOR]),
        "NOTE_USED",
        "the id is what counts"
    );
    let other = edit(TICKET, &[("id", "0c5d8f7e1b2a49369d0e7f6a5b4c3d2f")]);
    assert!(carry(&state, &other, &[OPERATOR]).is_ok());
}

#[test]
fn a_flood_of_tickets_crowds_no_one_else() {
    let mut state = desk();
    for number in 0..note::TICKETS_MAX {
        let text = edit(TICKET, &[("id", &format!("{number:032x}"))]);
        state = carry(&state, &text, &[OPERATOR]).unwrap().apply();
    }
    assert_eq!(code(&state, TICKET, &[OPERATOR]), "NOTE_CROWDED");
    assert!(carry(&state, UNFREEZE, TWO).is_ok());
    assert!(carry(&state, WRITE_OFF, TWO).is_ok());
    assert!(carry(&state, DIAL, &[OPERATOR]).is_ok());
    // A second operator's way out is not the first one's to fill, whoever else
    // put a name to it.
    let second = ("example.com/operator-2", 12);
    assert!(carry(&state, TICKET, &[second]).is_ok());
    assert!(carry(&state, TICKET, &[OPERATOR, second]).is_ok());
    // The fifteen minutes are over in the very second.
    let later = edit(
        TICKET,
        &[
            ("not_before", "2026-11-20T12:05:00Z"),
            ("apply_before", "2026-11-20T12:20:00Z"),
        ],
    );
    let bring = |seconds| receive(&signed(&later, &[OPERATOR]), &state, at(seconds)).is_ok();
    assert!(!bring(NOON + HOUR / 4 - 1));
    assert!(bring(NOON + HOUR / 4));
    // By the fast time, though the slow one stands still.
    let [slow, fast] = [NOON, NOON + HOUR / 4].map(|at| UtcSeconds::new(at).unwrap());
    let lags = Now::new(slow, fast).on_the_wall(fast);
    assert!(receive(&signed(&later, &[OPERATOR]), &state, lags).is_ok());
    state.settle(at(NOON + HOUR / 4));
    assert_eq!(state, desk(), "fifteen minutes later they are forgotten");
}

#[test]
fn subjects_are_good_once() {
    for text in [UNFREEZE, WRITE_OFF] {
        let state = carry(&desk(), text, TWO).unwrap().apply();
        assert_eq!(code(&state, text, TWO), "NOTE_USED");
    }
    let state = carry(&desk(), DECLARE, TWO).unwrap().apply();
    assert_eq!(code(&state, DECLARE, TWO), "NOTE_OLD_SERIAL");
}
