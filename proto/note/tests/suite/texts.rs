//! Each kind of text reads back as the bytes it was, and no other bytes are
//! that text: not cut short, not reordered, not spelled another way.

use crate::kit::{
    ALIVE, CANCEL, DECLARE, DIAL, KEYSET, POLICY, POLICY_FULL, TEXTS, TICKET, UNFREEZE, WRITE_OFF,
    edit,
};
use note::{Body, Kind, Markets, Strategy, TextRefusal};
use proptest::prelude::*;

fn code(text: &str) -> &'static str {
    Body::parse(text).expect_err(text).code()
}

/// The field that a text's rule refusal names.
fn rule(text: &str, edits: &[(&str, &str)]) -> &'static str {
    let refusal = Body::parse(&edit(text, edits)).expect_err("it parsed");
    let TextRefusal::Rule { field, .. } = refusal else {
        panic!("{refusal}")
    };
    field
}

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
        ("countersign/listing/v1\n".into(), TextRefusal::Kind),
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

#[test]
fn windows_have_both_their_edges() {
    let window = |text: &str, not_before: &str, apply_before: &str| {
        edit(
            text,
            &[("not_before", not_before), ("apply_before", apply_before)],
        )
    };
    let ok = |text: &str, from: &str, to: &str| Body::parse(&window(text, from, to)).is_ok();
    let noon = "2026-11-20T12:00:00Z";
    assert!(ok(TICKET, noon, "2026-11-20T12:15:00Z"));
    assert!(!ok(TICKET, noon, "2026-11-20T12:15:01Z"));
    assert!(ok(TICKET, noon, "2026-11-20T12:00:01Z"));
    assert!(!ok(TICKET, noon, noon));
    assert!(!ok(TICKET, noon, "2026-11-20T11:59:59Z"));
    assert!(ok(KEYSET, noon, "2026-12-20T12:00:00Z"));
    assert!(!ok(KEYSET, noon, "2026-12-20T12:00:01Z"));
    assert!(ok(POLICY, noon, "2026-12-20T12:00:00Z"));
    assert!(!ok(POLICY, noon, "2026-12-20T12:00:01Z"));
}

#[test]
fn figures_of_a_policy_have_both_their_edges() {
    let edges: &[(&str, &str, &str)] = &[
        ("version", "1", "0"),
        ("expires", "2027-11-21T12:00:00Z", "2027-11-21T12:00:01Z"),
        ("expires", "2026-11-27T12:00:01Z", "2026-11-27T12:00:00Z"),
        ("delay_hours", "1", "0"),
        ("delay_hours", "720", "721"),
        ("order_usdc_min", "1", "0.999999"),
        ("order_usdc_max", "1", "0.999999"),
        ("order_shares_max", "0.000001", "0"),
        ("buy_price_min", "0.95", "0.9501"),
        ("sell_price_max", "0.0001", "0"),
        ("leader_distance_bps", "10000", "10001"),
        ("leader_distance_ticks", "2", "1"),
        ("leader_distance_ticks", "100", "101"),
        ("leader_age_ms_max", "1", "0"),
        ("leader_age_ms_max", "300000", "300001"),
        ("leader_skew_ms_max", "300000", "300001"),
        ("fee_ceiling_bps", "700", "699"),
        ("fee_ceiling_bps", "10000", "10001"),
        ("day_usdc", "300", "299.999999"),
        ("hour_usdc", "1500", "1500.000001"),
        ("minute_usdc", "300", "300.000001"),
        ("lifetime_usdc", "1500", "1499.999999"),
        ("strategy_day_usdc", "1500", "1500.000001"),
        ("market_day_usdc", "1500", "1500.000001"),
        ("leader_day_usdc", "1500", "1500.000001"),
        ("orders_per_minute", "1", "0"),
        ("exits_per_minute", "1", "0"),
        ("sell_reuse", "1", "0"),
        ("sell_reuse", "100", "101"),
        ("sell_grace_days", "90", "91"),
        ("dead_man_reduce_hours", "1", "0"),
        ("dead_man_lock_hours", "73", "72"),
        ("dead_man_lock_hours", "744", "745"),
        ("lease_hours", "2", "1"),
        ("lease_hours", "744", "745"),
        ("witness_threshold", "2", "1"),
        ("witness_threshold", "2", "3"),
        ("witness_late_seconds", "60", "59"),
        ("witness_late_seconds", "3600", "3601"),
        ("advance_usdc", "50", "49.999999"),
    ];
    for (field, good, bad) in edges {
        let good_text = edit(POLICY, &[(field, good)]);
        assert!(Body::parse(&good_text).is_ok(), "{field} {good}");
        assert!(
            Body::parse(&edit(POLICY, &[(field, bad)])).is_err(),
            "{field} {bad}"
        );
    }
}

#[test]
fn figures_of_a_policy_must_fit_together() {
    let address = "0xde709f2102306220921060314715629080e2fb77";
    let zero = "0x0000000000000000000000000000000000000000";
    assert_eq!(rule(POLICY, &[("mode", "paper")]), "venues");
    assert_eq!(rule(POLICY_FULL, &[("mode", "live")]), "venues");
    assert_eq!(rule(POLICY, &[("maker", address)]), "maker");
    assert_eq!(rule(POLICY, &[("signature_type", "1")]), "maker");
    assert_eq!(
        rule(POLICY, &[("maker", zero), ("signing_address", zero)]),
        "maker"
    );
    assert_eq!(
        rule(POLICY, &[("session_expires", "2027-01-01T00:00:00Z")]),
        "session_expires"
    );
    assert_eq!(rule(POLICY, &[("builder_fee_bps", "1")]), "builder_fee_bps");
    assert_eq!(
        rule(POLICY_FULL, &[("builder_fee_bps", "9301")]),
        "builder_fee_bps"
    );
    assert_eq!(
        rule(POLICY_FULL, &[("fee_ceiling_bps", "799")]),
        "fee_ceiling_bps"
    );
    assert_eq!(
        rule(POLICY_FULL, &[("builder_fee_bps", "301")]),
        "fee_ceiling_bps"
    );
    assert_eq!(
        rule(
            POLICY,
            &[("sell_price_min", "0.5"), ("sell_price_max", "0.4")]
        ),
        "sell_price_min"
    );
    assert_eq!(rule(POLICY, &[("order_usdc_min", "26")]), "order_usdc_max");
    assert_eq!(
        rule(POLICY, &[("hour_usdc", "none"), ("minute_usdc", "1501")]),
        "minute_usdc"
    );
    assert_eq!(
        rule(POLICY_FULL, &[("strategy_order_usdc_max", "26")]),
        "strategy_order_usdc_max"
    );
    assert_eq!(
        rule(POLICY_FULL, &[("strategy_order_shares_max", "501")]),
        "strategy_order_shares_max"
    );
    assert_eq!(
        rule(POLICY_FULL, &[("strategy_total_day_usdc", "1501")]),
        "strategy_total_day_usdc"
    );
}

#[test]
fn a_rollout_only_rises() {
    let stage = |value| rule(POLICY_FULL, &[("stage", value)]);
    assert_eq!(stage("0 order_usdc_max 11 day_usdc 20"), "rollout");
    assert_eq!(stage("0 order_usdc_max 1 day_usdc 201"), "rollout");
    assert_eq!(stage("14 order_usdc_max 1 day_usdc 20"), "rollout");
    assert_eq!(
        rule(
            POLICY_FULL,
            &[("order_usdc_max", "9"), ("strategy_order_usdc_max", "9")]
        ),
        "rollout"
    );
}

#[test]
fn lists_of_a_policy_must_make_sense() {
    let without = |start: &str, count: &str| {
        let text: String = POLICY
            .lines()
            .filter(|line| !line.starts_with(start))
            .map(|line| format!("{line}\n"))
            .collect();
        rule(&text, &[(count, "0")])
    };
    assert_eq!(without("venue ", "venues"), "venues");
    assert_eq!(without("tick ", "ticks"), "ticks");
    let market = |yes: &str, no: &str| {
        let text = POLICY_FULL.replace("yes 3 no 4", &format!("yes {yes} no {no}"));
        Body::parse(&text).err().map(|refusal| refusal.to_string())
    };
    let first = "71321045679252212594626385532706912750332728571942532289631379312455583992563";
    let twice = Some("markets: a token belongs to one market and one outcome".to_owned());
    assert_eq!(market("3", "5"), None);
    assert_eq!(market("3", "3"), twice);
    assert_eq!(market(first, "4"), twice);
    assert_eq!(market("3", first), twice);
    let same = POLICY_FULL.replace("0002 yes 3", "0001 yes 9").replace(
        "yes 9 no 4",
        "yes 99999999999999999999999999999999999999999999999999999999999999999999999999999 no 4",
    );
    assert_eq!(
        Body::parse(&same).unwrap_err().to_string(),
        "markets: a condition may be listed once"
    );
}

#[test]
fn a_policy_without_witnesses_or_leaders_is_one() {
    let text: String = POLICY
        .lines()
        .filter(|line| {
            !line.starts_with("key example.com/witness") && !line.starts_with("leader 0x")
        })
        .map(|line| format!("{line}\n"))
        .collect();
    let none = [
        ("leaders", "0"),
        ("witnesses", "0"),
        ("witness_threshold", "0"),
        ("advance_usdc", "0"),
    ];
    assert!(Body::parse(&edit(&text, &none)).is_ok());
    assert_eq!(
        rule(&text, &[("leaders", "0"), ("witnesses", "0")]),
        "witness_threshold"
    );
}

#[test]
fn one_key_stands_once_in_a_list() {
    use note::{PublicKey, Seed, VerifierKey};
    let alias = VerifierKey::new(
        "example.com/zalias",
        PublicKey::of_seed(&Seed::new([3; 32])),
    )
    .unwrap();
    let text = edit(&format!("{KEYSET}key {alias}\n"), &[("keys", "4")]);
    assert_eq!(rule(&text, &[]), "keys", "one key under two names");
    let sibling = VerifierKey::new(
        "example.com/quorum-3",
        PublicKey::of_seed(&Seed::new([9; 32])),
    )
    .unwrap();
    let mut lines: Vec<String> = KEYSET.lines().map(str::to_owned).collect();
    lines.push(format!("key {sibling}"));
    lines[8..].sort();
    let text = edit(&format!("{}\n", lines.join("\n")), &[("keys", "4")]);
    assert_eq!(rule(&text, &[]), "keys", "one name over two keys");
    assert_eq!(rule(KEYSET, &[("threshold", "0")]), "threshold");
    assert_eq!(rule(KEYSET, &[("threshold", "4")]), "threshold");
    assert!(Body::parse(&edit(KEYSET, &[("threshold", "3")])).is_ok());
    assert!(Body::parse(&edit(KEYSET, &[("threshold", "1")])).is_ok());
    assert_eq!(rule(KEYSET, &[("version", "0")]), "version");
}

#[test]
fn small_kinds_keep_their_rules() {
    assert_eq!(rule(TICKET, &[("shares", "0")]), "shares");
    assert_eq!(rule(ALIVE, &[("until", "2026-11-21T11:59:59Z")]), "until");
    assert!(Body::parse(&edit(ALIVE, &[("until", "2026-11-21T12:00:00Z")])).is_ok());
    assert_eq!(rule(DIAL, &[("figures", "1")]), "figures");
    assert_eq!(rule(DIAL, &[("figures", "3")]), "figures");
    let nothing =
        DIAL.split_inclusive('\n').take(6).collect::<String>() + "figures 0\ntoken_floors 0\n";
    assert_eq!(rule(&nothing, &[]), "figures");
    let last = DIAL.lines().last().unwrap();
    let twice = edit(
        &format!("{DIAL}{}\n", last.replace("0.22", "0.23")),
        &[("token_floors", "2")],
    );
    assert_eq!(rule(&twice, &[]), "token_floors");
    let last = DECLARE.lines().last().unwrap();
    let twice = edit(&format!("{DECLARE}{last}5\n"), &[("holdings", "3")]);
    assert_eq!(rule(&twice, &[]), "holdings");
    let last = WRITE_OFF.lines().last().unwrap();
    let sorted = WRITE_OFF.replace(
        last,
        &format!("{last}\n{}", last.replace("filled", "funds-gone")),
    );
    assert_eq!(rule(&sorted, &[("orders", "3")]), "orders");
    let none = WRITE_OFF.split_inclusive('\n').take(5).collect::<String>() + "orders 0\n";
    assert_eq!(rule(&none, &[]), "orders");
    assert_eq!(
        code(&WRITE_OFF.replace("funds-gone", "cancelled")),
        "NOTE_SPELLING"
    );
    assert!(Body::parse(&edit(UNFREEZE, &[("leaf", "18446744073709551615")])).is_ok());
    assert_eq!(code(&edit(CANCEL, &[("hash", "none")])), "NOTE_SPELLING");
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
