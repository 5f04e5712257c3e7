//! A policy may demand that no key ever stands where root can read it.
//!
//! Where the kernel gives such memory the demand holds; where it does not, the
//! signer says what is missing, and refuses what was demanded of it.

use std::fs;

use frame::local::Verb;
use tests::ask;
use tests::bins::{self, Bins};
use tests::control::value;
use tests::desk::{Desk, LEADER};
use tests::process::Server;
use tests::without::Without;

const DEMANDED: &[(&str, &str)] = &[("require_memfd_secret", "yes")];

fn start_without(desk: &Desk) -> Server {
    let without = Without::secret_memory(&desk.folder);
    let command = without.on(desk.signer_command(&desk.bins.signer));
    let signer = Server::start(command, &desk.file("signer.log"));
    // What its start says is in the log once it answers.
    desk.ask(Verb::Status, &[]).expect("it answers");
    signer
}

fn fallback(desk: &Desk) -> String {
    let status = desk.ask(Verb::Status, &[]).expect("it answers");
    value(&status, "memory_fallback")
        .expect("a figure")
        .to_owned()
}

fn maps(signer: &Server) -> String {
    let vault = signer.child("vault").expect("it runs");
    fs::read_to_string(format!("/proc/{vault}/maps")).expect("it runs")
}

/// M105: a key is in its page while it is needed and nowhere after.
#[test]
fn every_key_stands_in_secret_memory_and_goes_with_its_lock() {
    let desk = Desk::standard();
    let signer = desk.start_locked();
    if fallback(&desk) == "1" {
        // The other tests here are about such a kernel.
        return;
    }
    let pages = || maps(&signer).matches("secretmem").count();
    assert_eq!(pages(), 2, "request keys, and room for the trading key");
    desk.unlock().expect("it unlocks");
    assert_eq!(pages(), 3, "and the sealing key");
    desk.unlock().expect("it unlocks again");
    assert_eq!(pages(), 3, "one lease, one page");
    assert!(
        desk.order(&signer.address, &ask::buy(&desk.book, "a"))
            .is_ok()
    );
    desk.ask(Verb::Lock, &[]).expect("it locks");
    assert_eq!(pages(), 2);
}

#[test]
fn a_signer_without_secret_memory_says_so_loudly_and_works() {
    let desk = Desk::standard();
    let signer = start_without(&desk);
    assert_eq!(fallback(&desk), "1");
    let log = fs::read_to_string(&signer.log).expect("its log");
    let said = log.lines().find(|line| line.contains("MEMORY"));
    let said = said.expect("it says that root can read its keys");
    for word in ["ERROR", "memfd_secret", "CONFIG_SECRETMEM"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(!maps(&signer).contains("secretmem"));
    desk.unlock().expect("nobody demanded more");
    assert!(
        desk.order(&signer.address, &ask::buy(&desk.book, "a"))
            .is_ok()
    );
}

#[test]
fn a_demand_that_this_kernel_cannot_keep_is_refused_with_what_is_missing() {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::unfounded(Bins::debug(), &books);
    let _signer = start_without(&desk);
    let (journal, wallet) = (&desk.journal_id, &desk.key.address);
    desk.ask(Verb::Found, &desk.authority.keyset(journal))
        .expect("a key set");
    let policy = desk.authority.policy(journal, wallet, &[LEADER], DEMANDED);
    let refusal = desk
        .ask(Verb::Note, &policy)
        .expect_err("it cannot be kept");
    for word in [
        "NO_SECRET_MEMORY ",
        "memfd_secret: ",
        "CONFIG_SECRETMEM",
        "require_memfd_secret no",
    ] {
        assert!(refusal.contains(word), "{word}: {refusal}");
    }
    let policy = desk.authority.policy(journal, wallet, &[LEADER], &[]);
    desk.ask(Verb::Note, &policy)
        .expect("the same without the demand");
}

#[test]
fn a_policy_that_demands_it_unlocks_on_no_kernel_without() {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::unfounded(Bins::debug(), &books);
    let signer = desk.start_locked();
    if fallback(&desk) == "1" {
        return;
    }
    drop(signer);
    desk.found(DEMANDED);
    let signer = desk.start_signer();
    assert!(
        desk.order(&signer.address, &ask::buy(&desk.book, "a"))
            .is_ok()
    );
    drop(signer);
    desk.unattended();
    let signer = start_without(&desk);
    let log = fs::read_to_string(&signer.log).expect("its log");
    assert!(
        log.contains("LOCKED, the start's credential opens nothing: NO_SECRET_MEMORY"),
        "{log}"
    );
    let refusal = desk.unlock().expect_err("the demand stands");
    assert!(refusal.starts_with("NO_SECRET_MEMORY "), "{refusal}");
    let denied = desk
        .order(&signer.address, &ask::buy(&desk.book, "b"))
        .expect_err("it is locked");
    assert_eq!(denied.code, "LOCKED");
    drop(signer);
    // Back on a kernel that keeps the demand it signs: after an unattended start,
    // exits alone.
    let signer = desk.start_signer();
    let exit = ask::exit(&desk.book, "b", 1, 5_000);
    let sold = desk.order(&signer.address, &exit);
    assert!(sold.is_ok(), "{sold:?}");
}
