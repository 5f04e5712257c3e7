//! Who signed, and who only seems to have.

use super::{STRANGER, keyset_2, policy_2};
use crate::kit::{
    ALIVE, CANCEL, DECLARE, DIAL, KEYSET, NOON, OPERATOR, POLICY, QUORUM, TICKET, TWO, UNFREEZE,
    WRITE_OFF, at, carry, code, desk, edit, journal, key, keyed, next, signed,
};
use note::{Authority, NoteRefusal, admit, receive, verify};

/// M229: no policy by fewer than the quorum.
#[test]
fn too_few_signatures() {
    let quorum = [POLICY, DECLARE, UNFREEZE, WRITE_OFF];
    for text in quorum {
        let text = if text == POLICY { &policy_2() } else { text };
        assert_eq!(code(&desk(), text, &QUORUM[..1]), "NOTE_TOO_FEW_SIGNATURES");
        assert!(carry(&desk(), text, TWO).is_ok(), "{text}");
        assert!(carry(&desk(), text, &QUORUM).is_ok());
    }
    assert_eq!(
        code(&keyed(), POLICY, &QUORUM[..1]),
        "NOTE_TOO_FEW_SIGNATURES"
    );
    for text in [POLICY, KEYSET, DIAL] {
        assert_eq!(
            code(&desk(), text, &[]),
            "NOTE_NO_FINAL_NEWLINE",
            "no signature at all"
        );
    }
}

#[test]
fn one_key_signing_twice() {
    let once = String::from_utf8(signed(&policy_2(), &QUORUM[..1])).unwrap();
    let twice = format!("{once}{}\n", once.lines().last().unwrap());
    let refusal = receive(twice.as_bytes(), &desk(), at(NOON)).unwrap_err();
    assert_eq!(
        refusal,
        NoteRefusal::TooFewSignatures {
            role: "keys of the key set in force",
            signed: 1,
            needed: 2
        }
    );
}

#[test]
fn one_key_under_two_names() {
    // The same secret is quorum-1 and an operator, and signs under both names.
    let operator = key(("example.com/operator-0", 1));
    let text = edit(&format!("{POLICY}key {operator}\n"), &[("operators", "3")]);
    let mut lines: Vec<&str> = text.lines().collect();
    let count = lines.len();
    lines[count - 3..].sort_unstable();
    let text = format!("{}\n", lines.join("\n"));
    let state = receive(&signed(&text, TWO), &keyed(), at(NOON))
        .unwrap()
        .apply();
    let both = &[QUORUM[0], ("example.com/operator-0", 1)];
    assert_eq!(
        code(&state, &next(&text, 2, &[]), both),
        "NOTE_TOO_FEW_SIGNATURES"
    );
    assert!(carry(&state, &next(&text, 2, &[]), TWO).is_ok());
    assert!(carry(&state, DIAL, &both[1..]).is_ok(), "an operator it is");
}

#[test]
fn keys_of_the_wrong_role() {
    for text in [DIAL, TICKET, ALIVE] {
        assert_eq!(
            code(&desk(), text, &QUORUM),
            "NOTE_TOO_FEW_SIGNATURES",
            "quorum is no operator"
        );
        assert_eq!(code(&desk(), text, &[STRANGER]), "NOTE_NO_KNOWN_KEY");
        assert!(carry(&desk(), text, &[OPERATOR]).is_ok());
    }
    let operators = [OPERATOR, ("example.com/operator-2", 12)];
    for text in [
        policy_2(),
        DECLARE.into(),
        UNFREEZE.into(),
        WRITE_OFF.into(),
        keyset_2(),
    ] {
        assert_eq!(
            code(&desk(), &text, &operators),
            "NOTE_TOO_FEW_SIGNATURES",
            "{text}"
        );
    }
    assert_eq!(code(&desk(), CANCEL, &operators), "NOTE_TOO_FEW_SIGNATURES");
    // The right name over a stranger's key.
    assert_eq!(
        code(&desk(), DIAL, &[("example.com/operator-1", 99)]),
        "NOTE_NO_KNOWN_KEY"
    );
}

#[test]
fn a_signature_moved_to_another_text() {
    let generous = edit(DIAL, &[("day_usdc", "1500")]);
    let line = String::from_utf8(signed(DIAL, &[OPERATOR])).unwrap();
    let line = line.rsplit_once("\n\n").unwrap().1;
    let refused = receive(format!("{generous}\n{line}").as_bytes(), &desk(), at(NOON)).unwrap_err();
    assert_eq!(refused.code(), "NOTE_BAD_SIGNATURE");
}

#[test]
fn an_unsigned_text_is_not_even_read() {
    // Signed by a stranger and malformed: who signed is what is complained of.
    assert_eq!(
        code(&desk(), "countersign/dial/v1\nnonsense\n", &[STRANGER]),
        "NOTE_NO_KNOWN_KEY"
    );
    assert_eq!(
        code(&desk(), "countersign/dial/v1\nnonsense\n", &[OPERATOR]),
        "NOTE_FIELD"
    );
}

#[test]
fn a_stranger_founds_nothing() {
    let born = Authority::born(journal());
    assert_eq!(born.keys(), []);
    assert_eq!(code(&born, KEYSET, &QUORUM), "NOTE_NO_KNOWN_KEY");
    let theirs = verify(&signed(KEYSET, &[STRANGER]), &[key(STRANGER)]).unwrap();
    let refused = admit(&theirs, &born, at(NOON)).unwrap_err();
    assert_eq!(
        refused,
        NoteRefusal::TooFewSignatures {
            role: "keys of the key set it announces",
            signed: 0,
            needed: 2
        }
    );
    let one = verify(&signed(KEYSET, &QUORUM), &[key(QUORUM[0])]).unwrap();
    assert!(
        admit(&one, &born, at(NOON)).is_err(),
        "only keys the caller trusts are counted"
    );
    for text in [POLICY, UNFREEZE] {
        let note = verify(&signed(text, &QUORUM), &QUORUM.map(key)).unwrap();
        assert_eq!(
            admit(&note, &born, at(NOON)).unwrap_err(),
            NoteRefusal::NoKeySet
        );
    }
    let note = verify(&signed(DIAL, &[OPERATOR]), &[key(OPERATOR)]).unwrap();
    assert_eq!(
        admit(&note, &keyed(), at(NOON)).unwrap_err(),
        NoteRefusal::NoPolicy
    );
}

#[test]
fn a_note_verified_against_keys_of_no_role() {
    // A caller that verifies against the wrong keys gains nothing.
    let note = verify(
        &signed(&policy_2(), &[STRANGER, OPERATOR]),
        &[key(STRANGER), key(OPERATOR)],
    )
    .unwrap();
    assert_eq!(
        admit(&note, &desk(), at(NOON)).unwrap_err().code(),
        "NOTE_TOO_FEW_SIGNATURES"
    );
}
