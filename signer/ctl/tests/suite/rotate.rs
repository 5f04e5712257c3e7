//! Which key is in use is said in lines, or as one object.

use std::fs;

use serde_json::json;

use crate::import::{desk, raw};
use crate::kit::ADDRESS;

#[test]
fn the_keys_in_use_and_before_are_told_in_json_too() {
    let desk = desk();
    raw(&desk, &["--passphrase-fd", "3", "--generation", "4"]).done();
    let status = ["rotate", "status", "--sealed", "key.sealed"];
    let json = || desk.run(&[&status[..], &["--json"]].concat()).done().json();
    assert_eq!(json(), json!({"active": ADDRESS, "active_generation": "4"}));
    fs::copy(
        desk.path("key.sealed"),
        desk.path("key.sealed.former-1795176000"),
    )
    .unwrap();
    let both = json!({
        "active": ADDRESS,
        "active_generation": "4",
        "former": ADDRESS,
        "former_generation": "4",
        "former_since": "2026-11-20T12:00:00Z",
        "overlap_until": "2026-11-27T12:00:00Z",
    });
    assert_eq!(json(), both);
    let lines = desk.run(&status).done().out;
    for (name, value) in both.as_object().unwrap() {
        let line = format!("{name} {}\n", value.as_str().unwrap());
        assert!(lines.contains(&line), "{line}: {lines}");
    }
}

#[test]
fn a_first_key_is_unlocked_and_a_later_one_swapped_in() {
    let first = desk();
    let told = raw(&first, &["--passphrase-fd", "3"]).done().err;
    assert!(
        told.contains("next: start the signer, then signerctl unlock --sealed key.sealed"),
        "{told}"
    );
    let later = desk();
    let told = raw(&later, &["--passphrase-fd", "3", "--generation", "2"]);
    let told = told.done().err;
    assert!(
        told.contains("next: signerctl rotate swap --journal journal"),
        "{told}"
    );
    assert!(told.contains("--next key.sealed"), "{told}");
}
