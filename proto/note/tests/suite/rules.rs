//! What a well-spelled text may still not say: each figure from both sides of
//! its edge, and figures that must fit together.

use crate::kit::{
    ALIVE, ATTESTATION, CANCEL, DECLARE, DIAL, FILL, KEYSET, POLICY, POLICY_FULL, POLICY_LISTERS,
    TICKET, UNFREEZE, WRITE_OFF, edit,
};
use note::{Body, TextRefusal};

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

#[test]
fn listers_and_watchers_keep_their_rules() {
    for (field, inside, beyond) in [
        ("list_threshold", "1", "0"),
        ("list_threshold", "3", "4"),
        ("listings_per_day", "1", "0"),
        ("listings_per_day", "1000", "1001"),
        ("listing_day_usdc", "1500", "1500.000001"),
        ("watch_threshold", "1", "0"),
        ("watch_threshold", "3", "4"),
        ("copy_ratio_bps", "1", "0"),
        ("copy_ratio_bps", "1000000", "1000001"),
    ] {
        let kept = edit(POLICY_LISTERS, &[(field, inside)]);
        assert!(Body::parse(&kept).is_ok(), "{field} {inside}");
        assert_eq!(rule(POLICY_LISTERS, &[(field, beyond)]), field);
    }
    let nobody: String = POLICY_LISTERS
        .split_inclusive('\n')
        .filter(|line| !line.contains("example.com/watcher"))
        .collect();
    assert_eq!(rule(&nobody, &[("watchers", "0")]), "watch_threshold");
    assert_eq!(
        code(&POLICY.replace("markets all", "markets lists")),
        "NOTE_SPELLING"
    );
}

#[test]
fn what_is_seen_on_chain_keeps_its_rules() {
    assert_eq!(rule(ATTESTATION, &[("size", "0")]), "size");
    assert_eq!(
        rule(ATTESTATION, &[("seen", "2026-11-20T11:59:57Z")]),
        "seen"
    );
    let at_once = edit(ATTESTATION, &[("seen", "2026-11-20T11:59:58Z")]);
    assert!(Body::parse(&at_once).is_ok(), "seen in the very second");
    let longer = [("apply_before", "2026-11-20T13:00:01Z")];
    assert_eq!(rule(ATTESTATION, &longer), "apply_before");
    assert_eq!(
        code(&edit(ATTESTATION, &[("side", "buy")])),
        "NOTE_SPELLING"
    );
    let last = FILL.lines().last().unwrap();
    let twice = format!("{FILL}{}\n", last.replace("shares 4", "shares 5"));
    assert_eq!(rule(&twice, &[("fills", "3")]), "fills");
    let none = FILL.split_inclusive('\n').take(6).collect::<String>() + "fills 0\n";
    assert_eq!(rule(&none, &[]), "fills");
}
