//! Settings that are wrong, and how an operator is told which.
//!
//! Each complaint names the setting that is at fault; asking how things are
//! takes nothing from a run; what a run waits for is said before and once.

use std::fs;

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
    let pin = stand.desk.signer_pair.pin.to_string();
    let other = stand.desk.orchestrator_pair.pin.to_string();
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
fn health_beside_a_run_takes_no_epoch_from_it_and_says_what_it_did_not_ask() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    stand.post(&run, &stand.buy("first"));
    stand.until("first", "SETTLED");
    let words = signer_words(&stand);
    assert!(words.contains("were not asked"), "{words}");
    stand.post(&run, &stand.buy("second"));
    stand.until("second", "SETTLED");
    let log = fs::read_to_string(stand.desk.file("signer.log")).expect("the signer's log");
    assert!(!log.contains("not proven"), "{log}");
    let (_, said) = stand.verb(&["stats"]);
    assert_eq!(said["fills"], json!(2), "{said}");
    stand.agree(run);
}
