//! A signer whose policy names witnesses, and the orchestrator that carries
//! between them: a start waits, silence reduces, a copy has paid for what it
//! forgot, and one that meets its newer self freezes until a recovery.

#[cfg(test)]
mod kit;

use std::fs;
use std::path::Path;

use frame::local::Verb;
use tests::process::Server;
use tests::{ask, control};

use crate::kit::{CONTROL, JOURNAL, LATE_S, Town, restore, wait};

/// M232: exits go on while no witness answers.
#[test]
fn silence_reduces_and_a_word_goes_on() {
    let mut town = Town::open();
    assert_eq!(town.buy("first"), "YES");
    for nth in [0, 1] {
        town.stop_witness(nth);
    }
    town.pass(LATE_S);
    town.until("cause", "WITNESS_LATE");
    assert_eq!(town.says("state"), "REDUCE_ONLY");
    assert_eq!(town.buy("second"), "REDUCE_ONLY");
    assert_eq!(town.exit("out-1"), "YES");
    let health = || town.desk.orchestrator(&["health"]).stdout;
    let named = wait(|| health().contains("example.com/witness-1: "));
    assert!(named, "{}", health());
    // Two of three are enough.
    town.start_witness(1);
    town.until("state", "ACTIVE");
    assert_eq!(town.buy("third"), "YES");

    // What was advanced is used up while they are silent, and no more is given.
    for nth in [1, 2] {
        town.stop_witness(nth);
    }
    let mut answers = (0..20).map(|nth| town.buy(&format!("more-{nth}")));
    assert!(answers.any(|answer| answer == "AHEAD"), "{}", town.status());
    assert_eq!(town.exit("out-2"), "YES");
    // A start needs them anew, and an old word is none.
    town.stop_run();
    let old = town.kept();
    town.stop_signer();
    town.start_signer();
    town.carry(old.as_bytes()).expect("it is a word of ours");
    assert_eq!(town.says("cause"), "UNWITNESSED");
    assert_eq!(town.buy("fourth"), "REDUCE_ONLY");
    assert_eq!(town.exit("out-3"), "YES");
    for nth in 0..3 {
        town.start_witness(nth);
    }
    town.start_run();
    town.until("state", "ACTIVE");
    assert_eq!(town.buy("fifth"), "YES");
}

/// Buys until something of it was charged beyond the first advance.
fn trade_on(town: &Town, name: &str) -> u64 {
    for nth in 0..8 {
        assert_eq!(town.buy(&format!("{name}-{nth}")), "YES");
        town.until_held();
    }
    town.units("charged_lifetime_usdc")
}

#[test]
fn a_restored_copy_has_paid_meets_its_newer_self_and_waits_for_a_recovery() {
    let mut town = Town::open();
    assert_eq!(town.buy("first"), "YES");
    let (copy, then) = (town.copy(), town.units("charged_lifetime_usdc"));
    let spent = trade_on(&town, "more");
    town.stop_run();
    town.stop_signer();

    restore(&copy, &town.desk.folder);
    town.start_signer();
    // It charged all that was advanced to it, whoever used it.
    let charged = town.units("charged_lifetime_usdc");
    assert_eq!(charged, then.max(50_000_000), "{spent} were spent");
    assert_eq!(town.says("cause"), "UNWITNESSED");
    assert_eq!(town.buy("again"), "REDUCE_ONLY");
    assert_eq!(town.exit("out-1"), "YES");

    // The orchestrator knows a newer head, and shows it.
    let ran = town
        .desk
        .orchestrator(&["run", "--until-idle", "--wait", "20"]);
    assert!(
        ran.stderr.contains("ROLLED_BACK journal "),
        "{}",
        ran.stderr
    );
    assert_eq!(town.says("state"), "FROZEN");
    assert_eq!(town.says("frozen_because"), "the journal went back");
    assert_eq!(town.buy("frozen"), "FROZEN");
    assert_eq!(town.exit("out-2"), "FROZEN");
    let health = town.desk.orchestrator(&["health"]).stdout;
    assert!(health.contains("ROLLED_BACK journal "), "{health}");
    let (id, token) = (&town.desk.journal_id, &town.desk.book.token);
    let ticket = town.desk.authority.ticket(id, token, "1", "0.3");
    town.carry(&ticket).expect("taken");
    assert_eq!(town.exit("out-3"), "YES");

    let leaf = town.says("frozen_leaf").parse().expect("a leaf");
    let unfreeze = town.desk.authority.unfreeze(id, leaf);
    let refused = town.carry(&unfreeze).expect_err("it needs a recovery");
    assert!(refused.starts_with("NEEDS_RECOVERY"), "{refused}");
    let lifetime = order::CollateralUnits::new(spent).to_string();
    let recovery = town.desk.authority.recovery(id, leaf, &lifetime);
    town.carry(&recovery).expect("taken");
    assert_eq!(town.says("cause"), "UNWITNESSED");
    assert_eq!(town.units("charged_lifetime_usdc"), spent.max(charged));
    assert_eq!(town.exit("out-4"), "YES");
    assert_eq!(town.buy("waits"), "REDUCE_ONLY");
}

/// A second signer on a copy of the disk, in a folder of its own.
fn second(town: &Town, folder: &Path) -> Server {
    for name in ["signer.pem", "signer.key", "wallet.sealed", "signer.toml"] {
        fs::copy(town.desk.file(name), folder.join(name)).expect("the folder is ours");
    }
    let callers = folder.join("callers");
    fs::create_dir(&callers).expect("the folder is ours");
    for file in fs::read_dir(town.desk.file("callers")).expect("ours") {
        let file = file.expect("ours");
        fs::copy(file.path(), callers.join(file.file_name())).expect("ours");
    }
    let path = folder.join("signer.toml");
    let text = fs::read_to_string(&path).expect("copied");
    let rest = text.split_once('\n').expect("a line").1;
    fs::write(&path, format!("listen = \"127.0.0.1:0\"\n{rest}")).expect("ours");
    if !town.desk.file("unlocks.key").exists() {
        town.desk.write_credential("unlocks.key");
    }
    fs::copy(town.desk.file("unlocks.key"), folder.join("unlocks.key")).expect("ours");
    let mut command = town.desk.signer_command(&town.desk.bins.signer);
    command.current_dir(folder);
    let server = Server::start(town.clock.on(command), &folder.join("signer.log"));
    let sealing = fs::read(town.desk.file("unlocks.key")).expect("written");
    control::ask(&folder.join(CONTROL), Verb::Unlock, &sealing).expect("unlocked");
    server
}

#[test]
fn of_two_signers_on_copies_of_one_disk_one_buys() {
    let mut town = Town::open();
    assert_eq!(town.buy("first"), "YES");
    let kept = tempfile::tempdir().expect("a folder");
    restore(&town.copy(), kept.path());
    let clone = second(&town, kept.path());
    let buy = |name: &str| ask::buy(&town.desk.book, name);
    // The first goes on, and the witnesses with it.
    assert_eq!(town.ask_at(&clone.address, buy("clone-1")), "REDUCE_ONLY");
    trade_on(&town, "first");
    let newer = town.kept();
    let socket = kept.path().join(CONTROL);
    let refused = control::ask(&socket, Verb::Note, newer.as_bytes()).expect_err("newer");
    assert!(refused.starts_with("ROLLED_BACK "), "{refused}");
    assert_eq!(town.ask_at(&clone.address, buy("clone-2")), "FROZEN");
    assert!(clone.stop().success());

    // A copy that the witnesses are shown first is the one that goes on.
    let kept = tempfile::tempdir().expect("a folder");
    town.stop_run();
    restore(&town.copy(), kept.path());
    let clone = second(&town, kept.path());
    let held = town.says("witnessed_leaves");
    show(&town, kept.path(), &held);
    town.start_run();
    town.pass(LATE_S);
    town.until("cause", "WITNESS_LATE");
    assert_eq!(town.buy("late"), "REDUCE_ONLY");
    assert_eq!(town.exit("out"), "YES");
    assert!(clone.stop().success());
}

/// Shows the journal in `folder` to each witness, by hand.
fn show(town: &Town, folder: &Path, old: &str) {
    let provider = rustls::crypto::ring::default_provider();
    provider.install_default().ok();
    let journal = folder.join(JOURNAL);
    let journal = journal.to_str().expect("a path");
    let ran = town
        .desk
        .signerctl(&["audit", "ask", "--journal", journal, "--old", old]);
    assert!(ran.status.success(), "{}", ran.stderr);
    for witness in town.witnesses.iter().flatten() {
        let (url, body) = (
            format!("{}/add-checkpoint", witness.address),
            ran.stdout.clone(),
        );
        let status = tests::session::run(async {
            let client = reqwest::Client::new();
            let answer = client.post(url).body(body).send().await.expect("an answer");
            answer.status().as_u16()
        });
        assert_eq!(status, 200);
    }
}
