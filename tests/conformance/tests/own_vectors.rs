//! The repository's own vectors: nothing differs, and the counts are exact, so
//! that a suite which stops looking is noticed.

use conformance::{Report, run};
use std::path::Path;

fn own() -> Report {
    run(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto/order/vectors"))
}

/// M140: the official clients' and the contract's figures are ours.
#[test]
fn our_own_vectors_agree_to_the_last_case() {
    let report = own();
    assert!(report.passed(), "{report}");
    assert!(
        report.mismatches().is_empty() && report.faults().is_empty(),
        "{report}"
    );
    assert!(
        report
            .to_string()
            .ends_with("conformance: 739 cases, 0 mismatches\n"),
        "{report}"
    );

    let counts: Vec<_> = report
        .rows()
        .iter()
        .map(|row| {
            (
                row.file,
                row.layer,
                row.cases,
                row.agree,
                row.refused,
                row.undecidable,
            )
        })
        .collect();
    let expected = [
        ("orders.json", "raw", 66, 66, 0, 0),
        ("orders.json", "strict", 66, 66, 31, 0),
        ("orders.json", "V1", 9, 9, 9, 0),
        ("amounts.json", "strict", 142, 142, 8, 0),
        ("exchange-contract.json", "domains", 6, 6, 0, 0),
        ("exchange-contract.json", "raw", 109, 109, 0, 0),
        ("exchange-contract.json", "verdict", 108, 105, 0, 3),
        ("exchange-contract.json", "strict", 105, 105, 94, 0),
        ("wallets_and_ids.json", "wallets", 5, 5, 0, 0),
        ("wallets_and_ids.json", "ids", 28, 28, 0, 0),
        ("session_signer_orders.json", "raw", 8, 8, 0, 0),
        ("session_signer_orders.json", "strict", 8, 8, 5, 0),
        ("auth.json", "L1", 12, 12, 0, 0),
        ("auth.json", "L2", 22, 22, 0, 0),
        ("fees.json", "chain fills", 21, 21, 0, 0),
        ("fees.json", "budgets", 24, 24, 0, 0),
    ];
    assert_eq!(counts, expected, "{report}");
}

/// 66 orders of exchanges V2 and V3, of which strict takes exactly 35.
#[test]
fn strict_takes_the_limit_orders_on_the_grid_and_no_others() {
    let report = own();
    let strict = report
        .rows()
        .iter()
        .find(|row| row.file == "orders.json" && row.layer == "strict");
    assert_eq!(strict.map(|row| row.agree - row.refused), Some(35));

    // Three more would pass if a deposit wallet could be derived on Amoy.
    for id in [
        "v2-80002-std-t3-buy-23",
        "v2-80002-std-t3-sell-24",
        "v3-80002-std-t3-sell-48",
    ] {
        assert_named(&report, id, "type 3");
    }
}

#[test]
fn what_the_contract_accepts_and_strict_does_not_is_named_with_its_reason() {
    let report = own();
    for (id, reason) in [
        ("enc-t0-high-s", "s is high"),
        ("enc-t0-compact", "wrong form"),
        ("v3-137-t0-v-0-1", "neither 27 nor 28"),
    ] {
        assert_named(&report, id, "(the contract accepts it)");
        assert_named(&report, id, reason);
    }
    let needs_a_chain = report.undecidable();
    for id in [
        "t3-generic-1271",
        "state-preapproved-empty-sig",
        "state-preapproved-1271-empty",
    ] {
        assert!(needs_a_chain.iter().any(|line| line.contains(id)), "{id}");
    }
}

fn assert_named(report: &Report, id: &str, reason: &str) {
    let id = format!(" {id}: ");
    let line = report.refused().iter().find(|line| line.contains(&id));
    assert!(
        line.is_some_and(|line| line.contains(reason)),
        "{id} {reason}: {line:?}"
    );
}
