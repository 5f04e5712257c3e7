//! Every attack on an update that TUF lists, and some of our own: each must
//! be refused with its own code, and leave the state as it was.

use crate::kit::{
    ALIVE, CANCEL, DECLARE, DIAL, HOUR, KEYSET, NOON, OPERATOR, POLICY, QUORUM, TICKET, UNFREEZE,
    WRITE_OFF, at, carry, code, desk, edit, hash, journal, key, keyed, next, signed,
};
use note::{
    Authority, Body, ChainRefusal, Effect, NoteRefusal, TimeRefusal, admit, receive, verify,
};

const TWO: &[(&str, u8)] = &[QUORUM[0], QUORUM[1]];
const STRANGER: (&str, u8) = ("example.com/stranger", 99);

fn policy_2() -> String {
    next(POLICY, 2, &[("day_usdc", "3000")])
}

fn keyset_2() -> String {
    let text = next(KEYSET, 2, &[]);
    text.replace(
        &key(QUORUM[0]).to_string(),
        &key(("example.com/quorum-1", 4)).to_string(),
    )
}

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
fn fields_unknown_repeated_or_reordered_though_well_signed() {
    let unknown = POLICY.replace("mode live\n", "mode live\nallow_any yes\n");
    let repeated = POLICY.replace("day_usdc 1500\n", "day_usdc 1500\nday_usdc 9000\n");
    let reordered = POLICY
        .replace("mode live\n", "")
        .replace("venues 2\n", "mode live\nvenues 2\n");
    assert_eq!(reordered, POLICY, "mode stands right before venues");
    let reordered = POLICY.replace(
        "sell_floor 0.05\nsell_reuse 10\n",
        "sell_reuse 10\nsell_floor 0.05\n",
    );
    for text in [unknown, repeated, reordered] {
        assert_eq!(code(&keyed(), &text, TWO), "NOTE_FIELD");
    }
    assert_eq!(
        code(&keyed(), &format!("{POLICY}x 1\n"), TWO),
        "NOTE_TRAILING"
    );
    assert_eq!(
        code(&keyed(), &POLICY.replace("policy/v1", "policy/v2"), TWO),
        "NOTE_KIND"
    );
}

#[test]
fn spellings_that_are_not_the_one_though_well_signed() {
    for (field, value) in [
        ("version", "01"),
        ("version", "+1"),
        ("day_usdc", "1500.0"),
        ("day_usdc", "1500 "),
        ("day_usdc", " 1500"),
        ("day_usdc", "1,500"),
        ("previous", &format!("0x{}", "0".repeat(63))),
        ("builder", &format!("0X{}", "0".repeat(64))),
        ("journal", "6F1C0000000000000000000000000001"),
        ("maker", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
        ("expires", "2027-02-18T12:00:00+00:00"),
        ("markets", "any"),
        ("strategy", "OFF"),
    ] {
        assert_eq!(
            code(&keyed(), &edit(POLICY, &[(field, value)]), TWO),
            "NOTE_SPELLING",
            "{field} {value}"
        );
    }
    let crlf = signed(POLICY, TWO);
    let crlf = String::from_utf8(crlf).unwrap().replace('\n', "\r\n");
    assert!(receive(crlf.as_bytes(), &keyed(), at(NOON)).is_err());
}

#[test]
fn a_note_cut_at_any_byte() {
    let whole = signed(TICKET, &[OPERATOR]);
    for length in 0..whole.len() {
        assert!(
            receive(&whole[..length], &desk(), at(NOON)).is_err(),
            "{length}"
        );
    }
    // Cut at a line and signed again, by someone careless rather than hostile.
    for (end, _) in TICKET.match_indices('\n').rev().skip(1) {
        let refused = code(&desk(), &TICKET[..=end], &[OPERATOR]);
        assert!(["NOTE_FIELD", "NOTE_KIND"].contains(&refused), "{refused}");
    }
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
    assert!(
        carry(&state, ALIVE, &[OPERATOR]).is_ok(),
        "each kind counts for itself"
    );
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

/// How the desk refuses a dial that sets these figures.
fn dial(figures: &str) -> Option<&'static str> {
    let head: String = DIAL.split_inclusive('\n').take(6).collect();
    let refusal = carry(&desk(), &format!("{head}{figures}"), &[OPERATOR]).err()?;
    if let NoteRefusal::BeyondPolicy { field } = refusal {
        Some(field)
    } else {
        Some(refusal.code())
    }
}

#[test]
fn a_dial_above_its_ceiling_or_below_its_floor() {
    for (field, inside, beyond) in [
        ("order_usdc_max", "25", "25.000001"),
        ("order_shares_max", "500", "500.000001"),
        ("buy_price_min", "0.05", "0.0499"),
        ("buy_price_max", "0.95", "0.9501"),
        ("leader_distance_bps", "500", "501"),
        ("leader_age_ms_max", "60000", "60001"),
        ("hour_usdc", "300", "300.000001"),
        ("day_usdc", "1500", "1500.000001"),
        ("market_day_usdc", "100", "100.000001"),
        ("leader_day_usdc", "300", "300.000001"),
        ("orders_per_minute", "30", "31"),
    ] {
        let figure = |value: &str| dial(&format!("figures 1\n{field} {value}\ntoken_floors 0\n"));
        assert_eq!(figure(inside), None, "{field} {inside}");
        assert_eq!(figure(beyond), Some(field), "{field} {beyond}");
    }
    let floor = |price| {
        dial(&format!(
            "figures 0\ntoken_floors 1\ntoken_floor 7 price {price}\n"
        ))
    };
    assert_eq!(floor("0.05"), None);
    assert_eq!(floor("0.0499"), Some("token_floors"));
}

#[test]
fn a_dial_of_what_no_dial_moves() {
    for field in [
        "strategy_order_usdc_max",
        "strategy_total_day_usdc",
        "strategy_orders_per_minute",
    ] {
        let refused = dial(&format!("figures 1\n{field} 0\ntoken_floors 0\n"));
        assert_eq!(refused, Some(field), "strategy is off");
    }
    for field in [
        "sell_floor 0.1",
        "wallet_usdc_max 1",
        "exits_per_minute 1",
        "sell_reuse 1",
    ] {
        let refused = dial(&format!("figures 1\n{field}\ntoken_floors 0\n"));
        assert_eq!(refused, Some("NOTE_FIELD"), "{field}");
    }
}

#[test]
fn a_dial_past_a_ceiling_is_refused_whole() {
    let text = edit(DIAL, &[("day_usdc", "1500.01")]);
    let state = desk();
    assert_eq!(code(&state, &text, &[OPERATOR]), "NOTE_BEYOND_POLICY");
    assert_eq!(state, desk());
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

#[test]
fn an_oversized_note() {
    let leaders: String = (0..257)
        .map(|n: u32| format!("leader {}\n", order_address(n)))
        .collect();
    let text = POLICY.replace("leaders 2\n", &format!("leaders 257\n{leaders}"));
    assert_eq!(code(&keyed(), &text, TWO), "NOTE_TOO_MANY");
    let long = vec![b'x'; note::ENVELOPE_BYTES_MAX + 1];
    assert_eq!(
        receive(&long, &desk(), at(NOON)).unwrap_err().code(),
        "NOTE_TOO_LONG"
    );
}

fn order_address(number: u32) -> String {
    order::Address::left_padding_from(&number.to_be_bytes()).to_checksum(None)
}

#[test]
fn the_largest_policy_fits_a_note() {
    let leaders: String = (1..=256)
        .map(|n: u32| format!("leader {}\n", order_address(n)))
        .collect();
    let token = |n: u32| format!("{}{n:03}", "9".repeat(74));
    let markets: String = (0..128)
        .map(|n: u32| {
            format!(
                "market 0x{n:064x} yes {} no {} neg_risk yes tick 0.0001 end 2026-12-31T00:00:00Z\n",
                token(2 * n),
                token(2 * n + 1)
            )
        })
        .collect();
    let text = POLICY
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("leader 0x"))
        .collect::<String>()
        .replace("leaders 2\n", &format!("leaders 256\n{leaders}"))
        .replace("markets all\n", &format!("markets 128\n{markets}"));
    let state = receive(&signed(&text, TWO), &keyed(), at(NOON))
        .unwrap()
        .apply();
    assert_eq!(
        Body::Policy(Box::new(state.policy().unwrap().body.clone())).print(),
        text
    );
}
