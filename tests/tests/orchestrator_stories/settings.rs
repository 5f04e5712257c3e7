//! Settings that are wrong, and how an operator is told which.
//!
//! Each complaint names the setting that is at fault; asking how things are
//! takes nothing from a run; what a run waits for is said before and once.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::kit::{Stand, TRADING};

/// The configuration with `old` replaced.
fn bend(stand: &Stand, old: &str, new: &str) {
    let path = stand.desk.file("orchestrator.toml");
    let text = fs::read_to_string(&path).expect("it was written");
    assert!(text.contains(old), "{old}: {text}");
    fs::write(&path, text.replace(old, new)).expect("the folder is ours");
}

/// What `health` says of the signer.
fn signer_words(stand: &Stand) -> String {
    let (_, said) = stand.verb(&["health"]);
    let checks = said["checks"].as_array().expect("a list");
    let row = checks.iter().find(|row| row["check"] == "signer");
    let words = &row.unwrap_or_else(|| panic!("no signer: {said}"))["words"];
    words.as_str().expect("words").to_owned()
}

#[test]
fn a_wrong_pin_caller_or_request_key_is_named() {
    let stand = Stand::new(TRADING);
    let whole = signer_words(&stand);
    assert!(whole.contains("journal "), "{whole}");
    let pin = stand.desk.signer_pair.pin.clone();
    let other = stand.desk.orchestrator_pair.pin.clone();
    bend(
        &stand,
        &format!("pin = \"{pin}\""),
        &format!("pin = \"{other}\""),
    );
    let words = signer_words(&stand);
    assert!(words.contains("to signer.pin"), "{words}");
    bend(&stand, &other, &pin);
    bend(
        &stand,
        "caller = \"orchestrator-a\"",
        "caller = \"orchestrator-b\"",
    );
    let words = signer_words(&stand);
    assert!(words.contains("write to signer.caller"), "{words}");
    bend(&stand, "orchestrator-b", "orchestrator-a");
    tests::pki::secret_file(&stand.desk.file("other.key"), &[7; 32]);
    bend(&stand, "\"request.key\"", "\"other.key\"");
    let words = signer_words(&stand);
    assert!(words.contains("signer.request_key"), "{words}");
}

#[test]
fn health_beside_a_run_takes_no_epoch_from_it_and_says_what_that_saw() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    stand.post(&run, &stand.buy("first"));
    stand.until("first", "SETTLED");
    let words = signer_words(&stand);
    assert!(words.contains("as the `run` saw it"), "{words}");
    stand.post(&run, &stand.buy("second"));
    stand.until("second", "SETTLED");
    let log = fs::read_to_string(stand.desk.file("signer.log")).expect("the signer's log");
    assert!(!log.contains("not proven"), "{log}");
    let (_, said) = stand.verb(&["stats"]);
    assert_eq!(said["fills"], json!(2), "{said}");
    stand.agree(run);
}

#[test]
fn an_intents_file_that_is_not_there_is_told_and_waited_for() {
    let stand = Stand::new(TRADING);
    bend(&stand, "\"intents.jsonl\"", "\"intnts.jsonl\"");
    let (code, said) = stand.verb(&["config", "check"]);
    assert_eq!((code, &said["good"]), (0, &json!(true)), "{said}");
    let note = said["notes"][0].as_str().expect("a note");
    assert!(
        note.ends_with("intnts.jsonl does not exist; it will be waited for"),
        "{note}"
    );
    let text = stand.ran(&["config", "check"]).stdout;
    assert!(
        text.contains("will be waited for") && text.contains("good: "),
        "{text}"
    );
    let run = stand.run();
    let waits = || stand.log().matches("waiting for the intents file").count();
    stand
        .wait(|| (waits() == 1).then_some(()))
        .expect("it says so");
    fs::write(
        stand.desk.file("intnts.jsonl"),
        format!("{}\n", stand.buy("late")),
    )
    .expect("ours");
    stand.until("late", "SETTLED");
    assert_eq!(waits(), 1, "{}", stand.log());
    bend(&stand, "\"intnts.jsonl\"", "\"nowhere/intents.jsonl\"");
    let (code, said) = stand.verb(&["config", "check"]);
    assert_eq!((code, &said["good"]), (1, &json!(false)), "{said}");
    let problem = said["problems"][0].as_str().expect("a problem");
    assert!(problem.starts_with("CONFIG intents: "), "{problem}");
    stand.agree(run);
}

#[test]
fn a_configuration_that_others_may_write_is_refused() {
    let stand = Stand::new(TRADING);
    let path = stand.desk.file("orchestrator.toml");
    for mode in [0o664, 0o646] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("ours");
        let ran = stand.ran(&["config", "check"]);
        assert_eq!(ran.code(), 1, "{}", ran.stdout);
        let begin = format!("CONFIG file: mode {mode:04o} lets others write ");
        assert!(ran.stderr.starts_with(&begin), "{}", ran.stderr);
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("ours");
    assert_eq!(stand.ran(&["config", "check"]).code(), 0);
}
