//! Notes for another time, another journal, another policy.

use super::{keyset_2, policy_2};
use crate::kit::{
    ALIVE, CANCEL, DECLARE, DIAL, HOUR, NOON, OPERATOR, POLICY, QUORUM, TICKET, TWO, UNFREEZE,
    WRITE_OFF, at, carry, code, desk, edit, keyed, next, signed,
};
use note::{Effect, NoteRefusal, TimeRefusal, receive};

#[test]
fn an_expired_policy() {
    // It expires a second before, at, and after the moment it would begin.
    let begins = "2026-11-28T11:59:59Z";
    let text = next(POLICY, 2, &[("expires", begins)]);
    let last = NOON + 7 * 24 * HOUR - 1;
    let refusal = |now| {
        receive(&signed(&text, TWO), &desk(), at(now))
            .err()
            .map(|r| r.code())
    };
    assert_eq!(refusal(last), Some("NOTE_EXPIRED"));
    assert_eq!(refusal(last - 1), None);
    let first = edit(POLICY, &[("expires", "2026-11-27T12:00:01Z")]);
    assert!(
        receive(&signed(&first, TWO), &keyed(), at(last)).is_ok(),
        "the first waits for nothing"
    );
}

#[test]
fn a_note_from_the_future() {
    let text = signed(DIAL, &[OPERATOR]);
    let refused = receive(&text, &desk(), at(NOON - 1)).unwrap_err();
    assert_eq!(refused.code(), "NOTE_NOT_YET");
    assert!(receive(&text, &desk(), at(NOON)).is_ok());
}

#[test]
fn an_abandoned_draft() {
    let text = signed(DIAL, &[OPERATOR]);
    assert!(receive(&text, &desk(), at(NOON + 24 * HOUR - 1)).is_ok());
    let refused = receive(&text, &desk(), at(NOON + 24 * HOUR)).unwrap_err();
    assert_eq!(refused.code(), "NOTE_TOO_LATE");
}

#[test]
fn a_clock_that_disagrees_with_itself() {
    let (slow, fast) = (at(NOON - 1).slow(), at(NOON + 24 * HOUR).slow());
    let noon = at(NOON).slow();
    let text = signed(DIAL, &[OPERATOR]);
    let refused = |a, b| {
        receive(&text, &desk(), note::Now::new(a, b))
            .unwrap_err()
            .code()
    };
    assert_eq!(
        refused(noon, slow),
        "NOTE_NOT_YET",
        "begins on the slow reading"
    );
    assert_eq!(refused(fast, noon), "NOTE_TOO_LATE", "ends on the fast one");
    assert_eq!(refused(slow, fast), "NOTE_NOT_YET");
}

#[test]
fn a_slow_reading_that_lags_keeps_no_note_out_for_ever() {
    // The machine was off, or asleep, for a day: that is never made up for.
    let (slow, fast) = (at(NOON + 1 - 24 * HOUR).slow(), at(NOON + 1).slow());
    let behind = note::Now::new(slow, fast);
    let until = [("until", "2026-11-23T12:00:01Z")];
    for text in [TICKET, &edit(ALIVE, &until), DIAL] {
        let text = signed(text, &[OPERATOR]);
        let refused = receive(&text, &desk(), behind).unwrap_err();
        assert_eq!(refused.code(), "NOTE_NOT_YET");
        assert!(receive(&text, &desk(), behind.on_the_wall(fast)).is_ok());
    }
    // The wall begins notes and nothing else, and is never outside the two.
    let before = at(NOON - 1).slow();
    for now in [behind.on_the_wall(before), behind.on_the_wall(slow)] {
        let refused = receive(&signed(TICKET, &[OPERATOR]), &desk(), now).unwrap_err();
        assert_eq!(refused.code(), "NOTE_NOT_YET");
    }
    let late = at(NOON + 365 * 24 * HOUR).slow();
    assert_eq!(behind.on_the_wall(late), behind.on_the_wall(fast));
    let pending = receive(&signed(&policy_2(), TWO), &desk(), behind.on_the_wall(fast)).unwrap();
    let effective_at = slow.plus(24 * HOUR).unwrap();
    assert_eq!(pending.effect(), Effect::Pending { effective_at });
}

#[test]
fn a_note_for_another_journal() {
    for (text, signers) in [
        (DIAL, &[OPERATOR][..]),
        (TICKET, &[OPERATOR]),
        (ALIVE, &[OPERATOR]),
        (&policy_2(), TWO),
        (&keyset_2(), &[QUORUM[1], QUORUM[2]]),
        (CANCEL, TWO),
        (DECLARE, TWO),
        (UNFREEZE, TWO),
        (WRITE_OFF, TWO),
    ] {
        let other = edit(text, &[("journal", "6f1c0000000000000000000000000002")]);
        assert_eq!(code(&desk(), &other, signers), "NOTE_OTHER_JOURNAL");
    }
}

#[test]
fn a_note_for_another_policy() {
    for (text, signer) in [
        (DIAL, &[OPERATOR][..]),
        (TICKET, &[OPERATOR]),
        (ALIVE, &[OPERATOR]),
        (DECLARE, TWO),
    ] {
        for version in ["0", "2", "18446744073709551615"] {
            let other = edit(text, &[("policy", version)]);
            assert_eq!(
                code(&desk(), &other, signer),
                "NOTE_OTHER_POLICY",
                "{version}"
            );
        }
    }
}

#[test]
fn alive_for_too_long_or_already_over() {
    let until = |text: &str| {
        let soon = [("apply_before", "2026-11-20T12:00:02Z"), ("until", text)];
        carry(&desk(), &edit(ALIVE, &soon), &[OPERATOR]).err()
    };
    let latest = at(NOON + 1 + 72 * HOUR).slow();
    assert_eq!(until("2026-11-23T12:00:01Z"), None);
    assert_eq!(
        until("2026-11-23T12:00:02Z"),
        Some(NoteRefusal::Time(TimeRefusal::AliveReach { latest }))
    );
    assert_eq!(
        until("9999-12-31T23:59:59Z"),
        Some(NoteRefusal::Time(TimeRefusal::AliveReach { latest }))
    );
    assert_eq!(until("2026-11-20T12:00:02Z"), None);
}
