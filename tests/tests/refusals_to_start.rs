//! A signer that is not sure does not start, and says what to do.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use tests::bins::{self, Bins};
use tests::desk::Desk;
use tests::process;

fn desk() -> Desk {
    Desk::new(
        Bins::debug(),
        &bins::workspace().join("tests/fixtures/books/standard.json"),
    )
}

/// Starts the signer and returns its one complaint.
fn complaint(desk: &Desk) -> String {
    let ran = process::run(desk.signer_command(&desk.bins.signer));
    assert_eq!(ran.code(), 1, "{}", ran.stderr);
    assert_eq!(ran.stdout, "", "it must not listen");
    ran.stderr.lines().last().unwrap_or_default().to_owned()
}

fn edit(desk: &Desk, from: &str, to: &str) {
    let path = desk.file("signer.toml");
    let text = fs::read_to_string(&path).expect("the configuration");
    assert!(text.contains(from), "{from} is in {text}");
    fs::write(&path, text.replace(from, to)).expect("the folder is ours");
}

#[test]
fn every_bad_setting_is_named_with_its_fix() {
    for (from, to, begins) in [
        ("[tls]", "surprise = 1\n[tls]", "CONFIG line 5"),
        ("127.0.0.1:0", "localhost", "CONFIG listen"),
        ("chain_id = 80002", "chain_id = 1", "CONFIG wallet.chain_id"),
        ("v2-standard", "v1", "CONFIG wallet.exchange"),
        (
            "signature_type = 0",
            "signature_type = 3",
            "CONFIG wallet.signature_type",
        ),
        (
            "fee_ceiling_bps = 1000",
            "fee_ceiling_bps = 699",
            "CONFIG policy.fee_ceiling_bps",
        ),
        (
            "_usdc = \"25\"",
            "_usdc = \"25.0000001\"",
            "CONFIG policy.order_at_stake_max_usdc",
        ),
        ("pin = \"sha256/", "pin = \"sha1/", "CONFIG caller.pin"),
        ("maker = \"0x", "maker = \"0y", "CONFIG wallet.maker"),
        ("chain_id = 80002", "chain_id = 137", "JOURNAL"),
    ] {
        let desk = desk();
        edit(&desk, from, to);
        let said = complaint(&desk);
        assert!(
            said.starts_with(begins) && said.contains("; "),
            "{to}: {said}"
        );
    }
}

#[test]
fn a_missing_journal_is_refused_and_never_made() {
    let desk = desk();
    fs::remove_file(desk.file("journal.sqlite")).expect("it is there");
    assert!(complaint(&desk).starts_with("JOURNAL"));
    assert!(!desk.file("journal.sqlite").exists());
}

#[test]
fn init_never_touches_a_journal_that_exists() {
    let desk = desk();
    let before = fs::read(desk.file("journal.sqlite")).expect("it is there");
    let ran = desk.init();
    assert_eq!(ran.code(), 1);
    assert!(
        ran.stderr.contains("there is one already"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        fs::read(desk.file("journal.sqlite")).expect("it is there"),
        before
    );
}

#[test]
fn init_does_not_adopt_what_another_journal_left_behind() {
    let desk = desk();
    fs::rename(desk.file("journal.sqlite"), desk.file("lost.sqlite")).expect("it is there");
    for sidecar in [
        "journal.sqlite-wal",
        "journal.sqlite-shm",
        "journal.sqlite-journal",
    ] {
        fs::write(desk.file(sidecar), b"left over").expect("ours");
        let ran = desk.init();
        assert_eq!(ran.code(), 1);
        assert!(
            ran.stderr.contains("is left of another journal"),
            "{}",
            ran.stderr
        );
        assert!(!desk.file("journal.sqlite").exists());
        fs::remove_file(desk.file(sidecar)).expect("ours");
    }
    assert_eq!(desk.init().code(), 0);
}

#[test]
fn a_configuration_that_others_may_write_is_refused() {
    let desk = desk();
    for mode in [0o620, 0o602] {
        fs::set_permissions(desk.file("signer.toml"), Permissions::from_mode(mode)).expect("ours");
        let said = complaint(&desk);
        assert!(
            said.starts_with("CONFIG file: mode") && said.contains("chmod 0600"),
            "{said}"
        );
    }
}

#[test]
fn two_signers_cannot_share_a_journal() {
    let desk = desk();
    let _first = desk.start_signer();
    let said = complaint(&desk);
    assert!(
        said.starts_with("JOURNAL") && said.contains("locked"),
        "{said}"
    );
}

#[test]
fn loose_modes_and_wrong_keys_are_refused() {
    let desk = desk();
    for file in ["trading.key", "signer.key"] {
        fs::set_permissions(desk.file(file), Permissions::from_mode(0o440)).expect("ours");
        let said = complaint(&desk);
        assert!(
            said.starts_with("FILE") && said.contains("chmod 0400"),
            "{said}"
        );
        fs::set_permissions(desk.file(file), Permissions::from_mode(0o400)).expect("ours");
    }
    let key = desk.file("trading.key");
    let good = fs::read(&key).expect("it is there");
    let mut other = good.clone();
    other[31] ^= 1;
    for (bytes, says) in [
        (other, "KEY it is the key of"),
        (vec![0; 32], "KEY the file does not hold"),
        (vec![0xff; 32], "KEY the file does not hold"),
        (good[..31].to_vec(), "KEY the file does not hold"),
        (
            [good.as_slice(), &[0]].concat(),
            "KEY the file does not hold",
        ),
    ] {
        fs::set_permissions(&key, Permissions::from_mode(0o600)).expect("ours");
        fs::write(&key, bytes).expect("ours");
        let said = complaint(&desk);
        assert!(said.starts_with(says), "{said}");
    }
}
