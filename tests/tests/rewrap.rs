//! A sealed key gets another credential while `signerctl` is killed before each
//! of its effects in turn: at every moment the file opens with exactly one of
//! the two, asking again goes on, and the signer takes the new one alone.

use std::fs;
use std::process::Command;
use std::sync::mpsc;

use frame::local::Verb;
use tests::desk::Desk;
use tests::fused::{Death, Event, Fused};
use tests::process::PATIENCE;
use tests::sealed;

/// One run of `signerctl` that dies before its effect `fuse`.
fn rewrap(desk: &Desk, new: &str, fuse: Option<u64>) -> Death {
    let mut command = Command::new(&desk.bins.signerctl);
    command.current_dir(&desk.folder).args([
        "rewrap",
        "--journal",
        "journal.sqlite",
        "--sealed",
        "wallet.sealed",
        "--credential",
        "old.key",
        "--credential-out",
        new,
    ]);
    let (tell, told) = mpsc::channel();
    let log = desk.file("signerctl.log");
    let _running = Fused::start(command, &log, fuse, (), tell);
    loop {
        match told.recv_timeout(PATIENCE).expect("it ends") {
            ((), Event::Ended(death)) => return death,
            ((), Event::Listening(_)) => {}
        }
    }
}

/// The generation of the sealed key, if the sealing key in `credential` opens it.
fn opens(desk: &Desk, credential: &str) -> Option<u32> {
    let sealing = fs::read(desk.file(credential)).ok()?;
    let file = fs::read(desk.file("wallet.sealed")).expect("it is never gone");
    sealed::generation(&file, &desk.journal_id, &sealing)
}

/// M102: a re-wrap is crash-safe between any two of its steps.
#[test]
fn a_rewrap_killed_anywhere_leaves_one_secret_that_opens() {
    let desk = Desk::standard();
    desk.write_credential("old.key");
    let before = fs::read(desk.file("wallet.sealed")).expect("it is sealed");
    let (mut fuse, mut old, mut new) = (1, 0, 0);
    loop {
        let credential = format!("new-{fuse}.key");
        let death = rewrap(&desk, &credential, Some(fuse));
        match (opens(&desk, "old.key"), opens(&desk, &credential)) {
            (Some(1), None) => old += 1,
            (None, Some(2)) => new += 1,
            other => panic!("effect {fuse}, {death:?}: {other:?}"),
        }
        if death.code == Some(0) {
            break;
        }
        assert_eq!(death.code, None, "effect {fuse}: {death:?}");
        // Back to the beginning for the next, whatever drafts are left.
        fs::remove_file(desk.file("wallet.sealed")).expect("it is ours");
        tests::pki::secret_file(&desk.file("wallet.sealed"), &before);
        fuse += 1;
    }
    assert!(
        old >= 6 && new >= 2,
        "{old} died before the swap, {new} after"
    );
    let signer = desk.start_locked();
    let refusal = desk.unlock().expect_err("the old one opens nothing");
    assert!(refusal.starts_with("KEY_CLOSED "), "{refusal}");
    let sealing = fs::read(desk.file(&format!("new-{fuse}.key"))).expect("it was written");
    let told = desk.ask(Verb::Unlock, &sealing).expect("the new one opens");
    assert!(told.contains("generation 2"), "{told}");
    assert!(signer.stop().success());
}

/// M96: a key that is not the policy's is refused before anything is written.
#[test]
fn a_key_of_another_wallet_than_the_policys_is_not_imported() {
    let desk = Desk::standard();
    let other = format!("{:064x}\n", 7);
    tests::pki::secret_file(&desk.file("other.hex"), other.as_bytes());
    let own = format!("{}\n", hex::encode(desk.key.bytes));
    tests::pki::secret_file(&desk.file("own.hex"), own.as_bytes());
    let import = |key: &str, out: &str| {
        let mut command = Command::new("sh");
        command.current_dir(&desk.folder).args([
            "-c",
            "exec \"$0\" import --journal journal.sqlite --out \"$2\" --raw-fd 3 \
             --credential-out \"$2.key\" --yes-i-have-an-offline-copy 3<\"$1\"",
        ]);
        tests::process::run({
            command.arg(&desk.bins.signerctl).args([key, out]);
            command
        })
    };
    let ran = import("other.hex", "other.sealed");
    assert_eq!(ran.code(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("WRONG_WALLET"), "{}", ran.stderr);
    assert!(!desk.file("other.sealed").exists() && !desk.file("other.sealed.key").exists());
    let ran = import("own.hex", "own.sealed");
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
}
