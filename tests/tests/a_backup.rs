//! A backup is made while the signer signs, and is put back when its host is lost.
//!
//! No decision waits for it and every copy is whole; the signer that begins on
//! one knows that it forgot, and signs nothing until the quorum says how much.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rusqlite::Connection;
use tests::ask;
use tests::desk::Desk;
use tests::hand::Hand;
use tests::process::{self, Ran};
use wire::sign_order_response::Outcome;

const JOURNAL: &str = "journal.sqlite";

fn backup(desk: &Desk, out: &str) -> Ran {
    desk.signerctl(&["backup", "--journal", JOURNAL, "--out", out])
}

fn value(text: &str, name: &str) -> u64 {
    let mut lines = text.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let value = value.unwrap_or_else(|| panic!("{name} is in {text}"));
    value.parse().expect("a number")
}

/// The orders of a journal, by their hashes.
fn orders(desk: &Desk, journal: &str) -> Vec<Vec<u8>> {
    let db = Connection::open(desk.file(journal)).expect("a database");
    let mut query = db
        .prepare("SELECT order_hash FROM leaf WHERE entry = 'approved' ORDER BY leaf_index")
        .expect("a journal");
    let hashes = query.query_map([], |r| r.get(0)).expect("rows");
    hashes.map(|hash| hash.expect("a hash")).collect()
}

/// Puts the backup in the place of the journal, as RUNBOOK.md says.
fn put_back(desk: &Desk, out: &str) {
    for end in ["", "-wal"] {
        let name = format!("{JOURNAL}{end}");
        if desk.file(&name).exists() {
            fs::rename(desk.file(&name), desk.file(&format!("lost{end}"))).expect("ours");
        }
    }
    fs::copy(desk.file(out), desk.file(JOURNAL)).expect("the folder is ours");
}

#[test]
fn backups_of_a_signer_that_signs_are_whole_and_hold_all_that_was_answered() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    desk.order(&signer.address, &ask::buy(&desk.book, "first"))
        .expect("signed");
    let (done, newest) = (AtomicBool::new(false), AtomicU64::new(0));
    let answered = std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            tests::session::run(async {
                let mut session = desk.session(&signer.address).await;
                let mut answers = 0_u64;
                while !done.load(Ordering::Acquire) {
                    // More than is held: each is denied, and is a leaf.
                    let name = format!("exit-{answers}");
                    let exit = ask::exit(&desk.book, &name, 100_000, 9_000);
                    let outcome = session.sign(&exit).await.expect("an answer");
                    let Outcome::Denied(denied) = outcome else {
                        panic!("so much is not held: {outcome:?}");
                    };
                    newest.store(denied.leaf_index.expect("a leaf"), Ordering::Release);
                    answers += 1;
                }
                answers
            })
        });
        for number in 0..12 {
            let answered = newest.load(Ordering::Acquire);
            let out = format!("backup-{number}.sqlite");
            let ran = backup(&desk, &out);
            assert!(ran.status.success(), "{}", ran.stderr);
            let leaves = value(&ran.stdout, "leaves");
            assert!(
                leaves > answered,
                "{leaves} leaves, and {answered} was answered"
            );
            assert_eq!(orders(&desk, &out).len(), 1);
            let said = desk.signerctl(&["audit", "verify", "--journal", &out]);
            assert_eq!(value(&said.stdout, "leaves"), leaves, "{}", said.stderr);
        }
        done.store(true, Ordering::Release);
        asking.join().expect("the session does not panic")
    });
    assert!(answered > 12, "{answered} answers beside 12 backups");
    let again = backup(&desk, "backup-0.sqlite");
    assert_eq!(again.code(), 1);
    assert!(
        again.stderr.starts_with("FILE backup-0.sqlite"),
        "{}",
        again.stderr
    );
    let left = fs::read_dir(&desk.folder).expect("ours");
    let names = left.map(|entry| entry.expect("a name").file_name());
    let drafts = names.filter(|name| name.to_string_lossy().starts_with(".signerctl"));
    assert_eq!(drafts.count(), 0, "a draft is left");
    assert!(signer.stop().success());
}

#[test]
fn a_backup_that_is_put_back_signs_nothing_until_the_recovery_note() {
    let desk = Desk::standard();
    let hand = Hand::new(&desk, None);
    let signer = desk.start_signer();
    let first = ask::buy(&desk.book, "first");
    let kept = desk.order(&signer.address, &first).expect("signed");
    assert!(backup(&desk, "backup.sqlite").status.success());
    let second = ask::buy(&desk.book, "second");
    desk.order(&signer.address, &second)
        .expect("signed, and in no backup");
    let charged = hand.status("charged_lifetime_usdc").expect("a figure");
    assert!(signer.stop().success());
    put_back(&desk, "backup.sqlite");

    let signer = desk.start_signer();
    assert_eq!(hand.status("state").as_deref(), Some("FROZEN"));
    assert_eq!(
        hand.status("frozen_because").as_deref(),
        Some("the journal went back")
    );
    let leaf = hand.status("frozen_leaf").expect("a leaf");
    assert!(
        hand.log().contains("ROLLED_BACK it is a backup"),
        "{}",
        hand.log()
    );
    for intent in [&first, &second, &ask::buy(&desk.book, "third")] {
        let denied = desk.order(&signer.address, intent).expect_err("frozen");
        assert_eq!(denied.code, "FROZEN", "{denied:?}");
    }
    let quorum = &desk.authority.quorum;
    let both = [&quorum[0], &quorum[1]];
    let refused = hand.say(&["unfreeze"], &both).expect_err("it forgot");
    assert!(refused.starts_with("NEEDS_RECOVERY"), "{refused}");
    assert!(signer.stop().success());

    // A restart does not make it young again, nor freezes it twice.
    let signer = desk.start_signer();
    assert_eq!(hand.status("frozen_leaf"), Some(leaf.clone()));
    let spent = ["recovery", "--leaf", &leaf, "--lifetime-usdc", &charged];
    hand.say(&spent, &both)
        .expect("what the quorum knows was spent");
    assert_eq!(hand.status("state").as_deref(), Some("ACTIVE"));
    assert_eq!(hand.status("charged_lifetime_usdc"), Some(charged));
    let again = desk.order(&signer.address, &first).expect("it was known");
    assert_eq!(again, kept);
    assert!(signer.stop().success());
    let signer = desk.start_signer();
    assert_eq!(hand.status("state").as_deref(), Some("ACTIVE"), "for good");
    assert!(signer.stop().success());
}

#[test]
fn a_backup_beside_the_log_of_the_journal_it_replaces_forgets_nothing_or_does_not_start() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    desk.order(&signer.address, &ask::buy(&desk.book, "first"))
        .expect("signed");
    assert!(backup(&desk, "backup.sqlite").status.success());
    desk.order(&signer.address, &ask::buy(&desk.book, "second"))
        .expect("signed");
    signer.kill();
    let all = desk.signerctl(&["audit", "verify", "--journal", JOURNAL]);
    let leaves = value(&all.stdout, "leaves");
    // Over the database alone, as somebody in a hurry would.
    fs::copy(desk.file("backup.sqlite"), desk.file(JOURNAL)).expect("ours");
    let ran = desk.signerctl(&["audit", "verify", "--journal", JOURNAL]);
    if ran.status.success() {
        assert_eq!(value(&ran.stdout, "leaves"), leaves);
        assert_eq!(orders(&desk, JOURNAL).len(), 2);
    } else {
        let ran = process::run(desk.signer_command(&desk.bins.signer));
        assert_eq!((ran.code(), ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
        assert!(ran.stderr.contains("JOURNAL "), "{}", ran.stderr);
    }
}
