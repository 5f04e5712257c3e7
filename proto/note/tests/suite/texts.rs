//! Each kind of text reads back as the bytes it was, and no other bytes are
//! that text: not cut short, not reordered, not spelled another way.

use crate::kit::{DIAL, KEYSET, POLICY, TEXTS, edit};
use note::{Body, Kind, Markets, Strategy, TextRefusal};
use proptest::prelude::*;

#[test]
fn every_kind_has_an_example_that_prints_as_it_was_read() {
    let mut seen = Vec::new();
    for text in TEXTS {
        let body = Body::parse(text).unwrap_or_else(|refusal| panic!("{refusal}\n{text}"));
        assert_eq!(body.print(), text);
        assert!(text.starts_with(body.kind().first_line()));
        seen.push(body.kind());
    }
    assert!(Kind::ALL.iter().all(|kind| seen.contains(kind)));
}

#[test]
fn the_starter_policy_says_what_the_desk_starts_with() {
    let Body::Policy(policy) = Body::parse(POLICY).unwrap() else {
        panic!("not a policy")
    };
    assert_eq!(policy.budgets.day_usdc.get(), 1_500_000_000);
    assert_eq!(policy.order.order_usdc_max.get(), 25_000_000);
    assert_eq!(policy.exits.sell_reuse, 10);
    assert_eq!(policy.scope.markets, Markets::All);
    assert_eq!(policy.strategy, Strategy::Off, "off unless said otherwise");
    assert_eq!(policy.operators.len(), 2);
}

#[test]
fn a_text_cut_at_any_byte_is_refused() {
    for text in TEXTS {
        for length in 0..text.len() {
            assert!(Body::parse(&text[..length]).is_err(), "{}", &text[..length]);
        }
    }
}

#[test]
fn a_repeated_line_is_refused() {
    for text in TEXTS {
        let lines: Vec<&str> = text.lines().collect();
        for index in 0..lines.len() {
            let mut twice = lines.clone();
            twice.insert(index, lines[index]);
            assert!(
                Body::parse(&format!("{}\n", twice.join("\n"))).is_err(),
                "{}",
                lines[index]
            );
        }
    }
}

#[test]
fn a_missing_line_is_refused() {
    for text in TEXTS {
        let lines: Vec<&str> = text.lines().collect();
        for index in 0..lines.len() {
            let mut fewer = lines.clone();
            fewer.remove(index);
            assert!(
                Body::parse(&format!("{}\n", fewer.join("\n"))).is_err(),
                "{}",
                lines[index]
            );
        }
    }
}

#[test]
fn two_lines_in_the_other_order_are_refused() {
    for text in TEXTS {
        let lines: Vec<&str> = text.lines().collect();
        for index in 1..lines.len() {
            let mut swapped = lines.clone();
            swapped.swap(index - 1, index);
            assert!(
                Body::parse(&format!("{}\n", swapped.join("\n"))).is_err(),
                "{}",
                lines[index]
            );
        }
    }
}

#[test]
fn an_unknown_line_anywhere_is_refused() {
    for text in TEXTS {
        let lines: Vec<&str> = text.lines().collect();
        for index in 0..=lines.len() {
            for stranger in ["note to self", "", "# why", " "] {
                let mut more = lines.clone();
                more.insert(index, stranger);
                assert!(Body::parse(&format!("{}\n", more.join("\n"))).is_err());
            }
        }
    }
}

#[test]
fn no_line_has_a_second_spelling() {
    for text in TEXTS {
        let lines: Vec<&str> = text.lines().collect();
        for index in 0..lines.len() {
            let line = lines[index];
            let (name, value) = line.split_once(' ').unwrap_or((line, ""));
            for other in [
                format!("{line} "),
                format!(" {line}"),
                format!("{name}  {value}"),
                format!("{name}\t{value}"),
                format!("{line}\r"),
                format!("{name} +{value}"),
                format!("{name} 0{value}"),
                format!("{name} {value}.0"),
                format!("{name} {value}0.0"),
                format!("{}{}", name.to_uppercase(), &line[name.len()..]),
            ] {
                let mut changed = lines.clone();
                changed[index] = &other;
                assert!(
                    Body::parse(&format!("{}\n", changed.join("\n"))).is_err(),
                    "{other:?}"
                );
            }
        }
    }
}

#[test]
fn refusals_name_the_line_and_the_field() {
    let cases = [
        (String::new(), TextRefusal::NoFinalNewline),
        ("countersign/dial/v2\n".into(), TextRefusal::Kind),
        ("countersign/lost/v1\n".into(), TextRefusal::Kind),
        (
            DIAL.replace("policy 1", "policy \u{661}"),
            TextRefusal::Character { line: 3 },
        ),
        (
            DIAL.replace("policy 1", "policy 1\r"),
            TextRefusal::Character { line: 3 },
        ),
        (
            DIAL.replace("serial", "Serial"),
            TextRefusal::Field {
                line: 4,
                field: "serial",
            },
        ),
        (
            DIAL.replace("serial 4\n", ""),
            TextRefusal::Field {
                line: 4,
                field: "serial",
            },
        ),
        (
            format!("{DIAL}more 1\n"),
            TextRefusal::Trailing { line: 12 },
        ),
        (format!("{DIAL}\n"), TextRefusal::Trailing { line: 12 }),
        (
            edit(KEYSET, &[("keys", "17")]),
            TextRefusal::TooMany {
                line: 8,
                field: "keys",
                limit: 16,
            },
        ),
        (
            edit(POLICY, &[("ticks", "7")]),
            TextRefusal::TooMany {
                line: 19,
                field: "ticks",
                limit: 6,
            },
        ),
        (
            POLICY.replace("tick 0.005\n", "tick 0.01\n"),
            TextRefusal::Order {
                line: 22,
                field: "ticks",
            },
        ),
    ];
    for (text, refusal) in cases {
        assert_eq!(Body::parse(&text), Err(refusal), "{text}");
        assert!(refusal.code().starts_with("NOTE_"));
        assert!(refusal.to_string().contains([';', ':']), "{refusal}");
    }
}

#[test]
fn a_refused_spelling_shows_the_right_one() {
    let refusal = Body::parse(&edit(DIAL, &[("day_usdc", "01000")])).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "line 9: day_usdc must be decimal USDC without idle zeros, \
         six decimals at most, such as 1500 or 0.25"
    );
    assert_eq!(refusal.code(), "NOTE_SPELLING");
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        if let Ok(body) = Body::parse(&text) {
            prop_assert_eq!(body.print(), text);
        }
    }

    #[test]
    fn no_near_text_panics_and_what_parses_prints_the_same(
        which in 0..TEXTS.len(),
        spot: prop::sample::Index,
        cut in 0..12_usize,
        insert in "[ -~\n]{0,12}",
    ) {
        let text = TEXTS[which];
        let start = spot.index(text.len());
        let end = (start + cut).min(text.len());
        let changed = format!("{}{insert}{}", &text[..start], &text[end..]);
        if let Ok(body) = Body::parse(&changed) {
            prop_assert_eq!(body.print(), changed);
        }
    }

    #[test]
    fn no_changed_value_is_read_as_another(
        which in 0..TEXTS.len(),
        line: prop::sample::Index,
        value in "[0-9]{1,7}(\\.[0-9]{1,4})?|0\\.[0-9]{1,4}|none|all|on|off|yes|no",
    ) {
        let mut lines: Vec<&str> = TEXTS[which].lines().collect();
        let index = line.index(lines.len() - 1) + 1;
        let changed = format!("{} {value}", lines[index].split_once(' ').unwrap().0);
        lines[index] = &changed;
        let text = format!("{}\n", lines.join("\n"));
        if let Ok(body) = Body::parse(&text) {
            prop_assert_eq!(body.print(), text);
        }
    }
}

#[test]
fn extras_are_counted_and_none_are_not_said() {
    let with = |lines: &str| POLICY.replace("\noperators ", &format!("\n{lines}operators "));
    for (lines, is_read) in [
        ("", true),
        ("extras 0\n", false),
        ("extras 1\n", false),
        ("extras 1\nclob_auth permitted\n", true),
        ("extras 0\nclob_auth permitted\n", false),
        ("extras 2\nclob_auth permitted\n", false),
    ] {
        assert_eq!(Body::parse(&with(lines)).is_ok(), is_read, "{lines:?}");
    }
}
