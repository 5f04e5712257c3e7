//! Texts that are well signed and not the one spelling, or too long.

use crate::kit::{NOON, OPERATOR, POLICY, TICKET, TWO, at, code, desk, edit, keyed, signed};
use note::{Body, receive};

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
