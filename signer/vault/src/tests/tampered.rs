//! A journal that somebody changed. A desk signs, freezes and stops; then rows
//! are edited, moved, cut off or rewritten with all their hashes, and bits flip.
//! No start takes what was not recorded, and each says where it is.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "tests count in the open; a panic here is a failed test"
)]

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::types::{ToSqlOutput, Value};
use rusqlite::{Connection, params};
use tempfile::TempDir;

use super::super::leaf::Tree;
use super::desk::{Desk, exit, word};
use super::*;

const UNLOCKED: &str = "PRAGMA ignore_check_constraints = ON; \
    DROP TRIGGER leaf_is_append_only_update; DROP TRIGGER leaf_is_append_only_delete; \
    DROP TRIGGER head_is_append_only_delete; DROP TRIGGER journal_is_born_once;";

/// A journal with an order, a denial, notes, a freeze and a clean stop.
fn stopped() -> (TempDir, PathBuf, u64) {
    let mut desk = Desk::open(0);
    for (number, e4, said) in [(1, 5_000, "YES"), (2, 100, "SELL_FLOOR")] {
        let (call, told) = desk.question(exit(number, e4));
        desk.vault
            .serve(vec![call], clock::read().unwrap())
            .unwrap();
        assert_eq!(word(&told), said);
    }
    local(&mut desk.vault, Local::Freeze("a test".to_owned())).unwrap();
    let size = desk.vault.journal.size() + 1;
    let Desk { vault, folder, .. } = desk;
    vault.end().unwrap();
    let path = folder.path().join("journal.sqlite");
    (folder, path, size)
}

/// Why the journal does not open; nothing if it does.
fn refused(path: &Path) -> String {
    Journal::open(path, |_| Ok(()))
        .err()
        .map(|e| e.to_string())
        .unwrap_or_default()
}

/// Why a copy of it does not open after `change`.
fn changed(path: &Path, change: impl FnOnce(&Connection)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("journal.sqlite");
    fs::copy(path, &copy).unwrap();
    let db = Connection::open(&copy).unwrap();
    db.execute_batch(UNLOCKED).unwrap();
    change(&db);
    db.close().unwrap();
    refused(&copy)
}

fn columns(db: &Connection) -> Vec<String> {
    let mut query = db
        .prepare("SELECT name FROM pragma_table_info('leaf')")
        .unwrap();
    let names = query.query_map([], |r| r.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

/// Another value of the same kind.
fn other(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Integer(number) => Some(Value::Integer(number ^ 1)),
        Value::Real(_) => panic!("a journal has no floats"),
        Value::Text(text) => Some(Value::Text(format!("{text}."))),
        Value::Blob(mut bytes) => {
            bytes[0] ^= 1;
            Some(Value::Blob(bytes))
        }
    }
}

/// M180: an edit of what was done shows where it is.
#[test]
fn an_edit_of_any_column_of_any_leaf_is_told_by_its_leaf() {
    let (_folder, path, size) = stopped();
    assert_eq!(refused(&path), "");
    let db = Connection::open(&path).unwrap();
    let mut edits = 0_u64;
    for leaf in 0..size {
        for column in columns(&db).into_iter().skip(1) {
            let select = format!("SELECT {column} FROM leaf WHERE leaf_index = ?1");
            let value: Value = db.query_row(&select, [leaf], |r| r.get(0)).unwrap();
            let Some(value) = other(value) else { continue };
            let update = format!("UPDATE leaf SET {column} = ?1 WHERE leaf_index = ?2");
            let said = changed(&path, |db| {
                assert_eq!(db.execute(&update, params![value, leaf]), Ok(1));
            });
            let expected = format!("leaf {leaf} is not what was recorded");
            // What no row may say, SQLite finds by the schema's own checks.
            let is_told = said.contains(&expected);
            let is_found = is_told || said.contains("SQLite's own check fails");
            assert!(is_found, "{column} of {leaf}: {said:?}");
            edits += u64::from(is_told);
        }
    }
    // Times, entry, by and top of each at least, and what its kind has.
    assert!(edits > 6 * size, "{edits} edits of {size} leaves");
    // What was nothing before is an edit too.
    let said = changed(&path, |db| {
        db.execute(
            "UPDATE leaf SET builder = zeroblob(32) WHERE leaf_index = 0",
            [],
        )
        .unwrap();
    });
    assert!(said.contains("leaf 0 is not what"), "{said}");
}

#[test]
fn leaves_that_are_taken_out_cut_off_or_moved_are_missed() {
    let (_folder, path, size) = stopped();
    for leaf in 0..size {
        let said = changed(&path, |db| {
            db.execute("DELETE FROM leaf WHERE leaf_index = ?1", [leaf])
                .unwrap();
        });
        let expected = format!("leaves from {leaf} on are missing");
        assert!(said.contains(&expected), "{leaf}: {said:?}");
        let said = changed(&path, |db| {
            db.execute("DELETE FROM leaf WHERE leaf_index >= ?1", [leaf])
                .unwrap();
        });
        assert!(said.contains(&expected), "{leaf}: {said:?}");
        let said = changed(&path, |db| {
            let swap = format!(
                "UPDATE leaf SET leaf_index = -1 WHERE leaf_index = 0; \
                 UPDATE leaf SET leaf_index = 0 WHERE leaf_index = {leaf}; \
                 UPDATE leaf SET leaf_index = {leaf} WHERE leaf_index = -1;"
            );
            db.execute_batch(&swap).unwrap();
        });
        let is_moved = leaf > 0;
        assert_eq!(said.contains("leaf 0 is not what was recorded"), is_moved);
    }
}

/// Hashes every leaf again, as somebody would who has read this code.
fn rehash(db: &Connection) {
    let birth = "SELECT journal_id, salt_key, created_ms, log_key FROM journal";
    let mut tree = db
        .query_row(birth, [], |r| Ok(Tree::born(r)))
        .unwrap()
        .unwrap();
    let list = columns(db);
    let list = list[..list.len() - 1].join(", ");
    let count: i64 = db
        .query_row("SELECT count(*) FROM leaf", [], |r| r.get(0))
        .unwrap();
    for leaf in 0..count {
        let select = format!("SELECT {list} FROM leaf WHERE leaf_index = ?1");
        let top = db
            .query_row(&select, [leaf], |r| {
                let values: Vec<Value> = (0..r.as_ref().column_count())
                    .map(|column| r.get(column))
                    .collect::<Result<_, _>>()?;
                let row: Vec<_> = values.into_iter().map(ToSqlOutput::Owned).collect();
                Ok(tree.append(&row).unwrap())
            })
            .unwrap();
        db.execute(
            "UPDATE leaf SET top = ?1 WHERE leaf_index = ?2",
            params![top.0, leaf],
        )
        .unwrap();
    }
}

#[test]
fn a_past_that_is_rewritten_with_all_its_hashes_meets_a_head_that_was_kept() {
    let (_folder, path, size) = stopped();
    // The rewriting itself is as the program's own.
    assert_eq!(changed(&path, rehash), "");
    let said = changed(&path, |db| {
        let edit = "UPDATE leaf SET charge_units = 1 WHERE entry = 'approved'";
        assert_eq!(db.execute(edit, []), Ok(1));
        rehash(db);
    });
    let expected = format!("leaves before leaf {size} are not those that were recorded");
    assert!(said.contains(&expected), "{said}");
}

#[test]
fn another_birth_breaks_every_leaf_and_another_schema_says_which() {
    let (_folder, path, _) = stopped();
    for edit in [
        "journal_id = randomblob(16)",
        "salt_key = randomblob(32)",
        "log_key = randomblob(32)",
        "created_ms = created_ms + 1",
    ] {
        let said = changed(&path, |db| {
            db.execute_batch(&format!("UPDATE journal SET {edit}"))
                .unwrap();
        });
        assert!(said.contains("leaf 0 is not what was recorded"), "{said}");
    }
    for schema in [3, 5] {
        let said = changed(&path, |db| {
            db.execute_batch(&format!("UPDATE journal SET schema = {schema}"))
                .unwrap();
        });
        assert!(said.contains(&format!("it has schema {schema}")), "{said}");
    }
}

/// Every leaf, whole.
fn leaves(path: &Path) -> Option<Vec<Vec<Value>>> {
    let db = Connection::open(path).ok()?;
    let mut query = db.prepare("SELECT * FROM leaf ORDER BY leaf_index").ok()?;
    let width = query.column_count();
    let rows = query.query_map([], |r| (0..width).map(|column| r.get(column)).collect());
    rows.ok()?.collect::<Result<_, _>>().ok()
}

#[test]
fn a_bit_that_flips_is_refused_or_changes_no_leaf() {
    let (_folder, path, _) = stopped();
    let bytes = fs::read(&path).unwrap();
    let before = leaves(&path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("journal.sqlite");
    let mut rng = disk::Rng::new(7);
    let (mut refusals, flips) = (0, 600);
    for _ in 0..flips {
        let mut flipped = bytes.clone();
        let (at, bit) = (rng.index(bytes.len()), rng.below(8));
        flipped[at] ^= 1 << bit;
        fs::write(&copy, &flipped).unwrap();
        if refused(&copy).is_empty() {
            assert_eq!(
                leaves(&copy).as_ref(),
                Some(&before),
                "byte {at}, bit {bit}"
            );
        } else {
            refusals += 1;
        }
        for beside in ["journal.sqlite-wal", "journal.sqlite-shm"] {
            drop(fs::remove_file(folder.path().join(beside)));
        }
    }
    // The rest is free space of pages, which holds nothing.
    println!("{refusals} of {flips} flipped bits refused");
    assert!(refusals * 10 > flips, "{refusals}");
}
