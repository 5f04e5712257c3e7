//! A signer that is not sure does not start, and says what to do.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};

use frame::local::Verb;
use tests::bins::{self, Bins};
use tests::desk::Desk;
use tests::process;

fn desk() -> Desk {
    Desk::unfounded(
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

fn edit(desk: &Desk, file: &str, from: &str, to: &str) {
    let path = desk.file(file);
    let text = fs::read_to_string(&path).expect("the configuration");
    assert!(text.contains(from), "{from} is in {text}");
    fs::write(&path, text.replace(from, to)).expect("the folder is ours");
}

#[test]
fn every_bad_setting_is_named_with_its_fix() {
    let caller = "callers/orchestrator-a.toml";
    for (file, from, to, begins) in [
        (
            "signer.toml",
            "[tls]",
            "surprise = 1\n[tls]",
            "CONFIG surprise: unknown field",
        ),
        ("signer.toml", "127.0.0.1:0", "localhost", "CONFIG listen"),
        (
            "signer.toml",
            "reserve_mib = 16",
            "reserve_mib = 15",
            "CONFIG reserve_mib",
        ),
        (
            "signer.toml",
            "second = 100000",
            "second = 0",
            "CONFIG questions_per_second",
        ),
        (
            "signer.toml",
            "[tls]",
            "metrics = \"0.0.0.0:1\"\n[tls]",
            "CONFIG metrics",
        ),
        ("signer.toml", "\"callers\"", "\"nobody\"", "CONFIG callers"),
        (caller, "sha256/", "sha1/", "CONFIG pin"),
        (caller, "\"orchestrator\"", "\"root\"", "CONFIG role"),
        (caller, "role", "roles", "CONFIG"),
    ] {
        let desk = desk();
        edit(&desk, file, from, to);
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
            said.starts_with("CONFIG file: mode") && said.contains("chmod go-w"),
            "{said}"
        );
    }
}

#[test]
fn what_stands_in_the_control_sockets_place_is_not_touched() {
    let desk = desk();
    assert!(desk.start_locked().stop().success());
    for name in ["wallet.sealed", "journal.sqlite", "signer.toml"] {
        desk.write_signer_config("");
        edit(
            &desk,
            "signer.toml",
            "\"signer.sock\"",
            &format!("{name:?}"),
        );
        let before = fs::read(desk.file(name)).expect("it is there");
        let said = complaint(&desk);
        assert!(
            said.starts_with("CONFIG control: ")
                && said.ends_with("is there and is no socket; choose another path"),
            "{said}"
        );
        let after = fs::read(desk.file(name)).expect("it is there");
        assert!(but_counters(&after) == but_counters(&before), "{name}");
    }
}

/// A start of the signer counts in its journal's header that it opened it.
fn but_counters(file: &[u8]) -> Vec<u8> {
    let mut file = file.to_owned();
    if file.starts_with(b"SQLite format 3") {
        file[24..28].fill(0);
        file[92..100].fill(0);
    }
    file
}

#[test]
fn a_socket_at_which_another_listens_is_not_taken() {
    let desk = desk();
    let path = desk.file("signer.sock");
    let other = UnixListener::bind(&path).expect("the folder is ours");
    let said = complaint(&desk);
    assert!(
        said.starts_with("CONFIG control: ") && said.contains("another process listens"),
        "{said}"
    );
    UnixStream::connect(&path).expect("it is where it was");
    // One that nobody listens at is what a killed signer left.
    drop(other);
    assert!(path.exists());
    assert!(desk.start_locked().stop().success());
}

#[test]
fn a_start_that_is_refused_leaves_no_leaf() {
    let desk = desk();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let port = format!("127.0.0.1:{port}");
    let leaves = || {
        let db = rusqlite::Connection::open(desk.file("journal.sqlite")).expect("a journal");
        db.query_row("SELECT count(*) FROM leaf", [], |row| row.get::<_, u64>(0))
            .expect("leaves are counted")
    };
    for (from, to) in [
        ("signer.pem", "nowhere.pem".to_owned()),
        ("signer.key", "nowhere.key".to_owned()),
        ("127.0.0.1:0", port.clone()),
        ("127.0.0.1:0", "192.0.2.1:0".to_owned()),
        ("signer.sock", "nowhere/signer.sock".to_owned()),
        ("[tls]", format!("metrics = {port:?}\n[tls]")),
    ] {
        desk.write_signer_config("");
        edit(&desk, "signer.toml", from, &to);
        let said = complaint(&desk);
        assert!(said.contains("; "), "{to}: {said}");
        assert_eq!(leaves(), 0, "{to}: {said}");
    }
    desk.write_signer_config("");
    drop(desk.start_locked());
    assert_eq!(leaves(), 1);
}

#[test]
fn two_signers_cannot_share_a_journal() {
    let desk = desk();
    let _first = desk.start_locked();
    let said = complaint(&desk);
    assert!(
        said.starts_with("JOURNAL") && said.contains("another signer has it open"),
        "{said}"
    );
    assert!(said.contains("copy and restore nothing"), "{said}");
}

#[test]
fn loose_modes_are_refused() {
    let desk = desk();
    for file in ["callers/orchestrator-a.key", "signer.key"] {
        fs::set_permissions(desk.file(file), Permissions::from_mode(0o440)).expect("ours");
        let said = complaint(&desk);
        assert!(
            said.starts_with("FILE") && said.contains("chmod 0400"),
            "{said}"
        );
        fs::set_permissions(desk.file(file), Permissions::from_mode(0o400)).expect("ours");
    }
}

#[test]
fn a_key_that_is_not_the_policys_is_not_opened() {
    let desk = desk();
    let signer = desk.start_locked();
    assert!(
        desk.unlock()
            .expect_err("no policy")
            .starts_with("NO_POLICY")
    );
    desk.ask(Verb::Found, &desk.authority.keyset(&desk.journal_id))
        .expect("the first key set");
    let other = tests::keys::trading_key();
    let policy = desk.authority.policy(
        &desk.journal_id,
        &other.address,
        &[tests::desk::LEADER],
        &[],
    );
    desk.ask(Verb::Note, &policy).expect("a policy");
    assert!(
        desk.unlock()
            .expect_err("another wallet")
            .starts_with("WRONG_WALLET")
    );
    let refused = desk
        .ask(Verb::Unlock, &[0; 32])
        .expect_err("another sealing key");
    assert!(refused.starts_with("KEY_CLOSED"), "{refused}");
    let expected = desk.key.address.to_lowercase();
    assert!(refused.to_lowercase().contains(&expected), "{refused}");
    assert!(signer.stop().success());
}

#[test]
fn callers_that_share_a_key_or_take_the_hosts_name_are_refused() {
    let desk = desk();
    let pin = |digit: &str| format!("sha256/{}", digit.repeat(64));
    desk.add_caller("second", "orchestrator", &pin("2"), &desk.request_key);
    let said = complaint(&desk);
    assert!(said.contains("have the same request key"), "{said}");
    for name in ["second.toml", "second.key"] {
        fs::remove_file(desk.file("callers").join(name)).expect("ours");
    }
    for name in ["local", "vault"] {
        desk.add_caller(name, "monitor", &pin("3"), &[3; 32]);
        let said = complaint(&desk);
        assert!(said.contains("the journal's own name"), "{said}");
        for end in ["toml", "key"] {
            let path = desk.file("callers").join(format!("{name}.{end}"));
            fs::remove_file(path).expect("ours");
        }
    }
    drop(desk.start_locked());
}

#[test]
fn a_signer_starts_no_vault_but_the_one_of_its_version_beside_it() {
    let desk = desk();
    let (alone, beside) = (
        desk.file("programs/signer"),
        desk.file("programs/signer-vault"),
    );
    fs::create_dir(desk.file("programs")).expect("the folder is ours");
    fs::copy(&desk.bins.signer, &alone).expect("it was built");
    let said = || {
        let ran = process::run(desk.signer_command(&alone));
        assert_eq!((ran.code(), ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
        ran.stderr.lines().last().unwrap_or_default().to_owned()
    };
    let missing = said();
    assert!(missing.starts_with("cannot start the vault: "), "{missing}");
    let fix = "signer-vault is to be installed beside signer, of the same version";
    assert!(missing.ends_with(fix), "{missing}");
    // Started for a signer of another version, as after half an update.
    let real = desk.bins.vault.display();
    let other = format!("#!/bin/sh\nexec {real} --as-vault 9.9.9\n");
    fs::write(&beside, other).expect("the folder is ours");
    fs::set_permissions(&beside, Permissions::from_mode(0o755)).expect("the file is ours");
    let other = said();
    assert!(other.starts_with("VERSION signer is of 9.9.9"), "{other}");
    assert!(other.ends_with("install both of one"), "{other}");
}
