//! What an operator reads in the log, in `stats` and in `health`.
//!
//! A run says first what it trades for; each attempt ends in one line that names
//! it, where it ended and why; a denial is told in the signer's own words.

use frame::local::Verb;
use serde_json::json;
use tests::hand::Hand;

use crate::kit::{Stand, TRADING};

/// The one line of the log that has all of these.
fn line(stand: &Stand, parts: &[&str]) -> String {
    let log = stand.log();
    let has = |line: &&str| parts.iter().all(|part| line.contains(part));
    let found: Vec<&str> = log.lines().filter(has).collect();
    assert_eq!(found.len(), 1, "{parts:?}: {log}");
    found[0].to_owned()
}

#[test]
fn a_run_says_what_it_trades_for_and_each_attempt_how_it_ended() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    let (address, venue) = (&stand.desk.key.address, &stand.venue.address);
    let signer = &stand.signer.as_ref().expect("it runs").address;
    let maker = address.to_lowercase();
    let first = line(&stand, &["PAPER trades of "]);
    assert!(
        first
            .to_lowercase()
            .contains(&format!("{maker}, signed by {maker}: ")),
        "{first}"
    );
    let rest =
        format!(": v2-standard on chain 80002, venue {venue}, signer {signer} as orchestrator-a");
    assert!(first.ends_with(&rest), "{first}");
    line(
        &stand,
        &[
            "intents from ",
            "intents.jsonl, books in ",
            "configuration ",
        ],
    );

    stand.post(&run, &stand.buy("bought"));
    stand.until("bought", "SETTLED");
    let settled = line(&stand, &["SETTLED "]);
    assert!(
        settled.contains("/0 BUY 10 shares for 4.1: every fill of 0x"),
        "{settled}"
    );
    let mut sell = stand.buy("naked");
    sell["side"] = json!("SELL");
    sell["shares"] = json!("11");
    stand.post(&run, &sell);
    stand.until("naked", "REJECTED");
    line(&stand, &["REJECTED ", "/0 NOT_HELD SELL 4.51: "]);
    stand.post(&run, &json!("{"));
    line(&stand, &["REJECTED BAD_LINE POST /intent: line: "]);
    stand.misbehave(&json!({"kind": "drop_before_accept"}));
    stand.post(&run, &stand.buy("lost"));
    stand.until("lost", "ABSENT_PROVEN");
    line(
        &stand,
        &[
            "UNKNOWN ",
            "/0 ",
            " BUY 4.1 0x",
            ", counted as filled; it is looked for: ",
        ],
    );
    line(
        &stand,
        &[
            "ABSENT_PROVEN ",
            "/0 ABSENCE_PROVEN BUY 4.1: two complete looks",
        ],
    );
    stand.agree(run);
}

#[test]
fn a_denial_is_told_in_the_signers_words_with_its_numbers_and_its_command() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    let operator = &stand.desk.authority.operator;
    let hand = Hand::new(&stand.desk, None);
    hand.say(&["dial", "--day", "8"], &[operator])
        .expect("8 a day");
    stand.post(&run, &stand.buy("first"));
    stand.until("first", "SETTLED");
    stand.post(&run, &stand.buy("second"));
    let code = stand.until("second", "DENIED");
    assert_eq!(code.as_deref(), Some("BUDGET_DAY"));
    let fix = "Z. signerctl note new dial --day 9.02 (ceiling 1,500.00), from 00:00Z";
    let ours = line(
        &stand,
        &[
            "DENIED ",
            "/0 BUDGET_DAY BUY 4.1: 4.51 of 8.00 charged; 4.51 returns ",
        ],
    );
    assert!(ours.ends_with(fix), "{ours}");
    let theirs = hand.log();
    let theirs = theirs
        .lines()
        .find(|line| line.contains("DENIED BUDGET_DAY "));
    let theirs = theirs.expect("the signer's own line, which names it and no more");
    assert!(
        theirs.contains("/0 caller=\"orchestrator-a\" leaf="),
        "{theirs}"
    );
    assert!(!theirs.contains("charged"), "{theirs}");
    let stats = stand.ran(&["stats"]).stdout;
    let row = stats.lines().find(|line| line.contains("DENIED"));
    let row: Vec<&str> = row
        .unwrap_or_else(|| panic!("{stats}"))
        .split_whitespace()
        .collect();
    assert_eq!(row, ["1", "DENIED", "BUDGET_DAY"]);

    hand.run(&["freeze", "--reason", "drill"]);
    stand.post(&run, &stand.buy("third"));
    stand.until("third", "DENIED");
    let frozen = line(
        &stand,
        &[
            "DENIED ",
            "/0 FROZEN BUY 4.1: frozen ",
            " by local (Freeze), leaf ",
        ],
    );
    assert!(
        frozen.contains("; nothing is signed but tickets. signerctl unfreeze --leaf "),
        "{frozen}"
    );
    // Beside a run as that sees it at its next whole look; without, by asking.
    let is_seen = || stand.ran(&["health"]).stdout.contains("signer    FROZEN");
    stand.wait(|| is_seen().then_some(()));
    assert_frozen(&stand);
    assert!(run.stop().success());
    assert_frozen(&stand);
    let run = stand.run();
    stand.agree(run);
}

/// Health tells the freeze, and its way out, in the signer's own words.
fn assert_frozen(stand: &Stand) {
    let ran = stand.ran(&["health"]);
    assert_eq!(ran.code(), 2, "{}", ran.stdout);
    let row = ran.stdout.lines().find(|line| line.contains("signer"));
    let row = row.expect("a check");
    assert!(
        row.starts_with("fail  signer ") && row.contains("  FROZEN: frozen "),
        "{row}"
    );
    assert!(row.contains(". signerctl unfreeze --leaf "), "{row}");
}

#[test]
fn health_counts_what_a_locked_signer_keeps_from_being_sold() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    stand.post(&run, &stand.buy("held"));
    stand.until("held", "SETTLED");
    assert!(run.stop().success());
    stand.desk.ask(Verb::Lock, &[]).expect("locks");
    let ran = stand.ran(&["health"]);
    let row = ran.stdout.lines().find(|line| line.contains(" LOCKED"));
    let row = row.unwrap_or_else(|| panic!("{}", ran.stdout));
    assert!(row.ends_with("; 1 positions cannot be sold"), "{row}");
    let run = stand.run();
    stand.agree(run);
}

#[test]
fn a_refused_line_can_be_traced_to_its_place_and_its_name() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    let mut bad = stand.buy("bad-16");
    bad["price"] = json!(0.41);
    stand.append(&format!("\n{bad}\n"));
    let said = "REJECTED BAD_LINE intents.jsonl:2 id=\"bad-16\": price: write it as text, \"0.41\"";
    stand.wait(|| stand.log().contains(said).then_some(()));
    line(&stand, &[said]);
    // It is said just before it is on disk.
    let found = stand.wait(|| {
        let (code, found) = stand.verb(&["intents", "--id", "bad-16"]);
        (code == 0).then_some(found)
    });
    let found = found.expect("it is on disk soon");
    let row = &found["intents"][0];
    assert_eq!(row["code"], json!("BAD_LINE"), "{found}");
    assert_eq!(row["source_id"], json!("bad-16"), "{found}");
    stand.agree(run);
}
