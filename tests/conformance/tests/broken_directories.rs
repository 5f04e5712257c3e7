//! A directory that is not wholly known, readable, full and right does not pass.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "test helpers over our own ASCII files; a table is as long as its cases"
)]

use conformance::{Report, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const FILES: [&str; 7] = [
    "orders.json",
    "amounts.json",
    "exchange-contract.json",
    "wallets_and_ids.json",
    "session_signer_orders.json",
    "auth.json",
    "fees.json",
];

fn own(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../proto/order/vectors")
        .join(file)
}

/// Runs a directory that holds one of our files, changed by `bend`.
fn run_bent(file: &str, bend: impl FnOnce(String) -> String) -> Report {
    let directory = TempDir::new().unwrap();
    let text = fs::read_to_string(own(file)).unwrap();
    fs::write(directory.path().join(file), bend(text)).unwrap();
    run(directory.path())
}

#[test]
fn each_file_passes_alone_as_it_is() {
    for file in FILES {
        let report = run_bent(file, |text| text);
        assert!(report.passed(), "{report}");
    }
}

#[test]
fn a_file_that_no_suite_knows_fails() {
    let directory = TempDir::new().unwrap();
    fs::copy(own("auth.json"), directory.path().join("auth.json")).unwrap();
    assert!(run(directory.path()).passed());
    fs::write(directory.path().join("more-orders.json"), "{}").unwrap();
    let report = run(directory.path());
    assert!(!report.passed());
    assert_eq!(
        report.faults(),
        ["more-orders.json: no suite knows this file"]
    );
    assert!(report.mismatches().is_empty());
}

#[test]
fn a_directory_that_is_empty_or_missing_fails() {
    let directory = TempDir::new().unwrap();
    assert!(!run(directory.path()).passed());
    assert!(!run(&directory.path().join("missing")).passed());
}

#[test]
fn a_file_that_is_no_json_or_lacks_its_lists_fails() {
    for file in FILES {
        assert!(!run_bent(file, |_| String::new()).passed(), "{file}");
        assert!(!run_bent(file, |_| "{}".to_owned()).passed(), "{file}");
        assert!(
            !run_bent(file, |text| text[..text.len() - 9].to_owned()).passed(),
            "{file}"
        );
    }
}

#[test]
fn a_list_that_holds_no_case_fails() {
    for (file, list) in [
        ("orders.json", "vectors"),
        ("amounts.json", "vectors"),
        ("exchange-contract.json", "vectors"),
        ("wallets_and_ids.json", "wallets"),
        ("wallets_and_ids.json", "assetIds"),
        ("session_signer_orders.json", "vectors"),
        ("auth.json", "l1"),
        ("auth.json", "l2"),
        ("fees.json", "vectors"),
    ] {
        let report = run_bent(file, |text| {
            let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
            value[list] = serde_json::json!([]);
            value.to_string()
        });
        assert!(!report.passed(), "{file} {list}");
        assert!(
            report
                .faults()
                .iter()
                .any(|fault| fault.contains("holds no case")),
            "{report}"
        );
    }
}

/// Changes the first digit of the first case's `key`: 0 to 1, anything else to 0.
fn flip(text: &str, key: &str) -> String {
    let cases = text.find("\"vectors\"").unwrap_or_default();
    let found = text[cases..].find(&format!("\"{key}\":")).unwrap();
    let at = cases + found + key.len() + 3;
    let value = text[at..].find(|c: char| !" \"\n".contains(c)).unwrap() + at;
    let digit = if text[value..].starts_with("0x") {
        value + 2
    } else {
        value
    };
    let flipped = if text[digit..].starts_with('0') {
        "1"
    } else {
        "0"
    };
    [&text[..digit], flipped, &text[digit + 1..]].concat()
}

#[test]
fn one_flipped_digit_fails() {
    for (file, keys) in [
        (
            "orders.json",
            &[
                "privateKey",
                "eoa",
                "verifyingContract",
                "salt",
                "maker",
                "signer",
                "tokenId",
                "makerAmount",
                "takerAmount",
                "timestamp",
                "metadata",
                "builder",
                "structHash",
                "domainSeparator",
                "orderHash",
                "digest",
                "ecdsaSignature",
                "signature",
            ][..],
        ),
        ("amounts.json", &["makerAmount", "takerAmount", "size"]),
        (
            "exchange-contract.json",
            &[
                "domainSeparator",
                "orderHash",
                "structHash",
                "signature",
                "verifyingContract",
            ],
        ),
        (
            "wallets_and_ids.json",
            &["eoa", "proxy", "safe", "depositBeacon", "depositUups"],
        ),
        (
            "wallets_and_ids.json",
            &["conditionIdBytes31", "outcomeIndex", "module"],
        ),
        (
            "session_signer_orders.json",
            &[
                "depositWallet",
                "sessionKeyPrivate",
                "sessionKeyAddress",
                "erc7739Signature",
            ],
        ),
        (
            "session_signer_orders.json",
            &["ecdsaSignature", "signature", "salt"],
        ),
        (
            "auth.json",
            &["structHash", "domainSeparator", "digest", "POLY_SIGNATURE"],
        ),
        (
            "auth.json",
            &[
                "secret",
                "preimage",
                "timestamp",
                "POLY_ADDRESS",
                "POLY_NONCE",
            ],
        ),
        ("fees.json", &["feeOnChain"]),
    ] {
        for key in keys {
            let report = run_bent(file, |text| flip(&text, key));
            let found = report.mismatches().len() + report.faults().len();
            assert!(!report.passed() && found >= 1, "{file} {key}");
            assert!(found <= 2, "one digit of {key} is one case\n{report}");
        }
    }
}

#[test]
fn the_program_exits_with_what_it_found() {
    let conformance = |arguments: &[&Path]| {
        Command::new(env!("CARGO_BIN_EXE_conformance"))
            .args(arguments)
            .output()
            .unwrap()
    };
    let good = conformance(&[own("auth.json").parent().unwrap()]);
    assert_eq!(good.status.code(), Some(0));
    assert!(
        String::from_utf8(good.stdout)
            .unwrap()
            .ends_with(" cases, 0 mismatches\n")
    );

    let empty = TempDir::new().unwrap();
    assert_eq!(conformance(&[empty.path()]).status.code(), Some(1));
    assert_eq!(conformance(&[]).status.code(), Some(1));
    assert_eq!(
        conformance(&[empty.path(), empty.path()]).status.code(),
        Some(1)
    );
}
