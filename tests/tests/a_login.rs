//! The operator has the signer sign the venue's login, where the policy permits it.
//!
//! The words are the venue's, the time the signer's; each is a leaf before it is
//! signed, and there is no way to it but the operator's socket.

use std::fs;

use frame::local::Verb;
use order::raw::clob_auth;
use order::raw::signature::{Ecdsa65, recover};
use order::{Address, Chain};
use tests::bins::{self, Bins};
use tests::clock::now_ms;
use tests::desk::Desk;

fn desk(extras: &str) -> Desk {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::unfounded(Bins::debug(), &books);
    desk.found(&[("wallet_usdc_max", &format!("5000{extras}"))]);
    desk
}

fn log(desk: &Desk) -> String {
    let ran = desk.signerctl(&["log", "--journal", "journal.sqlite"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    ran.stdout
}

#[test]
fn a_login_is_signed_as_the_policy_permits_it_and_recorded() {
    let desk = desk("\nextras 1\nclob_auth permitted");
    let login = || desk.signerctl(&["clob-auth", "--nonce", "7"]);
    let signer = desk.start_locked();
    let locked = login();
    assert!(locked.stderr.starts_with("LOCKED "), "{}", locked.stderr);
    desk.unlock().expect("unlocked");
    let said = login();
    assert_eq!(said.code(), 0, "{}", said.stderr);
    let value = |name: &str| {
        let line = said.stdout.lines().find_map(|line| line.strip_prefix(name));
        line.expect(name).trim_start().to_owned()
    };
    let address: Address = value("POLY_ADDRESS").parse().expect("an address");
    assert_eq!(address, desk.key.address.parse::<Address>().expect("one"));
    let time: u64 = value("POLY_TIMESTAMP").parse().expect("a number");
    assert!(now_ms().abs_diff(time * 1_000) < 300_000, "{time}");
    assert_eq!(value("POLY_NONCE"), "7");
    let signature = hex::decode(value("POLY_SIGNATURE").trim_start_matches("0x")).expect("hex");
    let signature = Ecdsa65::from_bytes(&signature.try_into().expect("65 bytes"));
    let digest = clob_auth::digest(Chain::Amoy, address, time, 7);
    assert_eq!(recover(&digest, &signature), Some(address));

    desk.ask(Verb::ClobAuth, &[0; 7]).expect_err("eight bytes");
    desk.ask(Verb::Freeze, b"enough").expect("frozen");
    let frozen = login();
    assert!(frozen.stderr.starts_with("FROZEN "), "{}", frozen.stderr);
    assert!(signer.stop().success());
    let log = log(&desk);
    let logins: Vec<&str> = log
        .lines()
        .filter(|line| line.contains(" login "))
        .collect();
    assert_eq!(logins.len(), 1, "{log}");
    assert!(
        logins[0].contains(&format!("at {time} nonce 7")),
        "{logins:?}"
    );
    let schema = fs::read_to_string(bins::workspace().join("proto/signer/v1/signer.proto"));
    let schema = schema.expect("the schema").to_lowercase();
    assert!(!schema.contains("clobauth") && !schema.contains("clob_auth"));
}

#[test]
fn without_the_policys_word_no_login_is_signed() {
    let desk = desk("");
    let signer = desk.start_signer();
    let ran = desk.signerctl(&["clob-auth"]);
    assert!(ran.stderr.starts_with("CLOB_AUTH_OFF "), "{}", ran.stderr);
    assert!(signer.stop().success());
    assert!(!log(&desk).contains(" login "));
}
