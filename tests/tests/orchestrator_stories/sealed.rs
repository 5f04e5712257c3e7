//! The venue's credentials at rest: sealed by a key that the host brings.
//!
//! What is on disk shows no secret, trades as plain ones do, and opens with
//! nothing but its own key.

use std::fs;

use tests::pki;

use crate::kit::{Stand, TRADING};

/// M101: no file holds a credential in the clear.
#[test]
fn credentials_sealed_at_import_trade_and_show_no_secret_on_disk() {
    let stand = Stand::new(TRADING);
    let (place, config) = (
        stand.desk.file("clob.json"),
        stand.desk.file("orchestrator.toml"),
    );
    let plain = fs::read_to_string(&place).expect("it is there");
    let text = fs::read_to_string(&config).expect("it is there");
    let with_key = text.replace("[clob]", "[clob]\nsealing_key = \"clob.sealing\"");
    fs::write(&config, with_key).expect("the folder is ours");
    pki::secret_file(&stand.desk.file("clob.sealing"), &[5; 32]);

    let check = stand.ran(&["config", "check"]);
    assert!(check.stdout.contains("not sealed"), "{}", check.stdout);
    let import = ["credentials", "import", "--replace", "--verify"];
    let ran = stand.piped(&import, &plain);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("sealed to"), "{}", ran.stdout);
    let sealed = fs::read(&place).expect("it is there");
    for secret in ["secret", "passphrase", "7f0f7a52", "dGhlLXNp"] {
        let shows = sealed.windows(secret.len()).any(|w| w == secret.as_bytes());
        assert!(!shows, "{secret}");
    }
    let run = stand.run();
    stand.post(&run, &stand.buy("sealed"));
    stand.until("sealed", "SETTLED");
    assert!(run.stop().success());

    for (key, word) in [(vec![6; 32], "not sealed by"), (vec![5; 31], "31 bytes")] {
        let path = stand.desk.file("clob.sealing");
        fs::remove_file(&path).expect("ours");
        pki::secret_file(&path, &key);
        let check = stand.ran(&["config", "check"]);
        assert_eq!(check.code(), 1);
        assert!(check.stdout.contains(word), "{}", check.stdout);
    }
    fs::write(&config, text).expect("the folder is ours");
    let check = stand.ran(&["config", "check"]);
    assert!(
        check.stdout.contains("clob.sealing_key names no key"),
        "{}",
        check.stdout
    );
}
