//! What a journal recorded is read from a file, a copy or a crashed signer's
//! leavings, and nothing of it is a secret.

use rusqlite::{Connection, params};

use crate::kit::{Desk, Ran, holds};
use crate::notes;

/// A table that holds what must not be printed beside what must.
const SCHEMA: &str = "CREATE TABLE leaf (
    leaf_index INTEGER PRIMARY KEY, wall_ms INTEGER NOT NULL, entry TEXT, code TEXT, by TEXT,
    intent_id TEXT, order_hash BLOB, signature BLOB, salt INTEGER)";
const NOON_MS: u64 = 1_795_176_000_000;

fn journal(desk: &Desk, leaves: u64) -> Connection {
    let db = Connection::open(desk.path("journal.db")).unwrap();
    db.execute_batch(&format!("PRAGMA journal_mode = WAL; {SCHEMA}"))
        .unwrap();
    let hours = (NOON_MS..).step_by(3_600_000);
    for (index, at_ms) in (0..leaves).zip(hours) {
        db.execute(
            "INSERT INTO leaf VALUES (?1, ?2, 'denied', 'BUDGET_DAY', ?3, '20261120-a', ?4, ?5, 77)",
            params![index, at_ms, "desk\u{1b}\n-1", [0xab_u8; 4], [0xcd_u8; 65]],
        )
        .unwrap();
    }
    db
}

fn log(desk: &Desk, more: &[&str]) -> Ran {
    desk.run(&[&["log", "--journal", "journal.db"], more].concat())
}

#[test]
fn leaves_are_lines_without_signatures() {
    let desk = Desk::new();
    drop(journal(&desk, 2));
    let before = desk.names();
    let ran = log(&desk, &[]).done();
    assert_eq!(
        ran.out.lines().next().unwrap(),
        "2026-11-20T12:00:00Z 0 denied BUDGET_DAY by=desk\u{fffd} -1 intent_id=20261120-a \
         order_hash=0xabababab"
    );
    assert_eq!(ran.out.lines().count(), 2);
    assert!(
        !ran.out.contains("cdcd") && !ran.out.contains("77"),
        "{ran:?}"
    );
    assert_eq!(desk.names(), before, "nothing was left beside it");
}

#[test]
fn leaves_are_one_object_a_line() {
    let desk = Desk::new();
    drop(journal(&desk, 2));
    let ran = log(&desk, &["--json"]).done();
    let leaf: serde_json::Value = serde_json::from_str(ran.out.lines().last().unwrap()).unwrap();
    assert_eq!(leaf["leaf_index"], "1");
    assert_eq!(leaf["at"], "2026-11-20T13:00:00Z");
    assert_eq!(leaf["code"], "BUDGET_DAY");
    assert!(leaf.get("signature").is_none() && leaf.get("salt").is_none());
}

#[test]
fn a_time_leaves_out_what_came_before() {
    let desk = Desk::new();
    drop(journal(&desk, 3));
    for (since, count) in [
        ("2026-11-20T12:00:00Z", 3),
        ("2026-11-20T12:00:01Z", 2),
        ("2026-11-20T14:00:00Z", 1),
        ("2026-11-20T14:00:01Z", 0),
    ] {
        let ran = log(&desk, &["--since", since]).done();
        assert_eq!(ran.out.lines().count(), count, "{since}");
    }
    log(&desk, &["--since", "yesterday"]).refused("TIME");
}

#[test]
fn what_is_only_in_the_write_ahead_log_is_read_too() {
    let desk = Desk::new();
    // Still open, as a signer's is: nothing was moved into the file itself.
    let db = journal(&desk, 3);
    let before = desk.names();
    assert!(before.contains(&"journal.db-wal".to_owned()));
    let ran = log(&desk, &[]).done();
    assert_eq!(ran.out.lines().count(), 3);
    assert_eq!(desk.names(), before);
    drop(db);
    assert!(holds(desk.0.path(), &[0xcd_u8; 65]), "and is as it was");
}

#[test]
fn what_is_no_journal_is_said_so() {
    let desk = Desk::new();
    log(&desk, &[]).refused("JOURNAL");
    desk.write("journal.db", "no database", 0o600);
    log(&desk, &[]).refused("JOURNAL");
}

#[test]
fn a_note_says_what_it_is_and_which_and_not_who_signed_it() {
    let (desk, _) = notes::desk();
    let args = ["alive", "--status", "status"];
    desk.write("a.draft", notes::draft(&desk, &args).done().out, 0o644);
    notes::sign(&desk, "desk/one", "a.note", "a.draft").done();
    let db = Connection::open(desk.path("journal.db")).unwrap();
    db.execute_batch(
        "CREATE TABLE leaf (leaf_index INTEGER PRIMARY KEY, wall_ms INTEGER, entry TEXT, \
         by TEXT, envelope BLOB)",
    )
    .unwrap();
    for (index, envelope) in [desk.read("a.note"), b"torn".to_vec()].iter().enumerate() {
        db.execute(
            "INSERT INTO leaf VALUES (?1, ?2, 'note', 'local', ?3)",
            params![index, NOON_MS, envelope],
        )
        .unwrap();
    }
    drop(db);
    assert_eq!(
        log(&desk, &[]).done().out,
        "2026-11-20T12:00:00Z 0 note by=local note=alive serial=9\n\
         2026-11-20T12:00:00Z 1 note by=local note=unreadable\n"
    );
    let ran = log(&desk, &["--json"]).done();
    let leaf: serde_json::Value = serde_json::from_str(ran.out.lines().next().unwrap()).unwrap();
    assert_eq!(leaf["note"], "alive");
    assert_eq!(leaf["serial"], "9");
    assert!(leaf.get("envelope").is_none(), "{leaf}");
}
