//! A journal's tree is hashed again offline, and what an auditor is given
//! stands on its own: any verifier of the formats takes it, and nothing of it
//! is a secret.

use rusqlite::{Connection, params};
use tlog::{
    AddCheckpoint, Checkpoint, Frontier, Hash, Value, VerifierKey, is_consistent, is_included,
    leaf_hash, record,
};

use crate::kit::{Desk, Ran, holds};

const NOON_S: u64 = 1_795_176_000;
const NOON_MS: u64 = NOON_S * 1_000;

/// A journal of `count` stops, half a day apart, hashed by this test.
fn journal(desk: &Desk, count: u64) -> Connection {
    desk.run(&["init", "--journal", "journal.db"]).done();
    let db = Connection::open(desk.path("journal.db")).unwrap();
    let birth = "SELECT journal_id, salt_key, created_ms, log_key FROM journal";
    let birth = db
        .query_row(birth, [], |r| {
            let blob = |at: usize| r.get::<_, Vec<u8>>(at);
            let (id, salt, created, log) = (blob(0)?, blob(1)?, r.get(2)?, blob(3)?);
            let values = [
                Value::Blob(&id),
                Value::Blob(&salt),
                Value::Integer(created),
                Value::Blob(&log),
            ];
            Ok(leaf_hash(&record(&tlog::EMPTY_ROOT, values)))
        })
        .unwrap();
    let mut tree = Frontier::new();
    for (index, at_ms) in (0..count).zip((NOON_MS..).step_by(43_200_000)) {
        let (number, at) = (index.try_into().unwrap(), at_ms.try_into().unwrap());
        let mut values = vec![Value::Integer(number), Value::Text(b"stopped")];
        values.extend([Value::Integer(at); 3]);
        values.push(Value::Text(b"vault"));
        values.resize(42, Value::Null);
        let top = tree.append(leaf_hash(&record(&birth, values))).unwrap();
        db.execute(
            "INSERT INTO leaf (leaf_index, entry, wall_ms, slow_ms, fast_ms, by, top) \
             VALUES (?1, 'stopped', ?2, ?2, ?2, 'vault', ?3)",
            params![index, at_ms, top.0],
        )
        .unwrap();
    }
    db.execute(
        "INSERT INTO head VALUES (?1, ?2)",
        params![tree.size(), tree.root().0],
    )
    .unwrap();
    db
}

fn audit(desk: &Desk, args: &[&str]) -> Ran {
    desk.run(&[&["audit"], args, &["--journal", "journal.db"]].concat())
}

fn log_key(desk: &Desk) -> VerifierKey {
    let said = audit(desk, &["verify"]).done().out;
    let key = said.lines().find_map(|line| line.strip_prefix("log_key "));
    VerifierKey::parse(key.unwrap()).unwrap()
}

#[test]
fn a_whole_journal_says_its_head_and_nothing_secret() {
    let desk = Desk::new();
    let db = journal(&desk, 5);
    let secrets: (Vec<u8>, Vec<u8>) = db
        .query_row("SELECT salt_key, log_key FROM journal", [], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })
        .unwrap();
    drop(db);
    let before = desk.names();
    let said = audit(&desk, &["verify"]).done().out;
    assert!(said.contains("\nleaves 5\n"), "{said}");
    assert!(said.contains("\nheads 1\n"), "{said}");
    assert!(said.starts_with("origin countersign/journal/"), "{said}");
    for args in [&["prove", "--leaf", "2"][..], &["export"], &["verify"]] {
        let out = audit(&desk, args).done().out;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("out"), &out).unwrap();
        for secret in [&secrets.0, &secrets.1] {
            assert!(!holds(folder.path(), secret));
            assert!(!out.contains(&hex::encode(secret)));
        }
    }
    assert_eq!(desk.names(), before, "nothing was left beside it");
}

/// Takes a C2SP tlog-proof apart: index, leaf, proof, checkpoint.
fn proof(text: &str) -> (u64, Vec<u8>, Vec<Hash>, String) {
    use base64::Engine as _;
    let (head, checkpoint) = text.split_once("\n\n").unwrap();
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("c2sp.org/tlog-proof@v1"));
    let extra = lines.next().unwrap().strip_prefix("extra ").unwrap();
    let leaf = base64::engine::general_purpose::STANDARD
        .decode(extra)
        .unwrap();
    let index = lines.next().unwrap().strip_prefix("index ").unwrap();
    let hashes = lines.map(|line| Hash::from_base64(line).unwrap()).collect();
    (index.parse().unwrap(), leaf, hashes, checkpoint.to_owned())
}

#[test]
fn each_leaf_is_proven_to_whoever_has_the_logs_key() {
    let desk = Desk::new();
    drop(journal(&desk, 11));
    let log = log_key(&desk);
    for leaf in 0..11_u64 {
        let text = audit(&desk, &["prove", "--leaf", &leaf.to_string()])
            .done()
            .out;
        let (index, spelled, hashes, note) = proof(&text);
        assert_eq!(index, leaf);
        let checkpoint = Checkpoint::open(note.as_bytes(), &log).unwrap().unwrap();
        let head = checkpoint.head();
        let hash = leaf_hash(&spelled);
        assert_eq!(head.size, 11);
        assert!(is_included(&hash, leaf, 11, &head.root, &hashes));
        assert!(!is_included(&hash, leaf ^ 1, 11, &head.root, &hashes));
    }
    let said = audit(&desk, &["prove", "--leaf", "11"])
        .refused("JOURNAL")
        .err;
    assert!(said.contains("has no leaf 11"), "{said}");
}

/// M181: each day's root, signed with the log's own key.
#[test]
fn a_days_root_is_signed_and_continues_the_day_before() {
    let desk = Desk::new();
    drop(journal(&desk, 6));
    let log = log_key(&desk);
    let head = |args: &[&str]| {
        let out = audit(&desk, args).done().out;
        let opened = Checkpoint::open(out.as_bytes(), &log).unwrap().unwrap();
        opened.head().clone()
    };
    // Two leaves a day, the first day from noon on.
    for (until, size) in [
        ("2026-11-20T00:00:00Z", 0),
        ("2026-11-21T00:00:00Z", 1),
        ("2026-11-22T00:00:00Z", 3),
        ("2026-11-23T00:00:00Z", 5),
    ] {
        assert_eq!(head(&["export", "--until", until]).size, size, "{until}");
    }
    assert_eq!(head(&["export"]).size, 6);
}

#[test]
fn a_changed_journal_is_neither_verified_nor_proven_nor_signed() {
    for (change, says) in [
        (
            "UPDATE leaf SET wall_ms = wall_ms + 1 WHERE leaf_index = 3",
            "leaf 3 is not what was recorded",
        ),
        (
            "DELETE FROM leaf WHERE leaf_index = 2",
            "leaves from 2 on are missing, up to leaf 3",
        ),
        (
            "DELETE FROM leaf WHERE leaf_index > 3",
            "leaves from 4 on are missing, up to leaf 7",
        ),
        (
            "INSERT INTO head VALUES (6, zeroblob(32))",
            "leaves before leaf 6 are not those",
        ),
    ] {
        let desk = Desk::new();
        let db = journal(&desk, 7);
        db.execute_batch(
            "DROP TRIGGER leaf_is_append_only_update; DROP TRIGGER leaf_is_append_only_delete",
        )
        .unwrap();
        db.execute_batch(change).unwrap();
        drop(db);
        for args in [&["prove", "--leaf", "0"][..], &["export"], &["verify"]] {
            let said = audit(&desk, args).refused("JOURNAL").err;
            assert!(said.contains(says), "{said}");
        }
    }
}

#[test]
fn a_witness_is_asked_from_any_size_that_it_may_hold() {
    let desk = Desk::new();
    drop(journal(&desk, 9));
    let log = log_key(&desk);
    let ask = |old: u64| audit(&desk, &["ask", "--old", &old.to_string()]);
    let heads = (0..=9_u64).map(|size| {
        let until_s = NOON_S + size * 43_200;
        let until = note::UtcSeconds::new(until_s).unwrap().to_string();
        let out = audit(&desk, &["export", "--until", &until]).done().out;
        let opened = Checkpoint::open(out.as_bytes(), &log).unwrap().unwrap();
        opened.head().clone()
    });
    for head in heads {
        let asked = AddCheckpoint::parse(ask(head.size).done().out.as_bytes()).unwrap();
        let now = Checkpoint::open(asked.note.as_bytes(), &log)
            .unwrap()
            .unwrap();
        let now = now.head();
        assert_eq!((asked.old, now.size), (head.size, 9));
        assert!(is_consistent(
            asked.old,
            &head.root,
            9,
            &now.root,
            &asked.proof
        ));
    }
    let said = ask(10).refused("ROLLED_BACK").err;
    assert!(
        said.contains("has 9 leaves, and the witness holds 10"),
        "{said}"
    );
}
