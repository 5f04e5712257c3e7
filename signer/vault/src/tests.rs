//! The vault without its door: batches put together by hand.

mod again;
mod campaigns;
mod clocks;
mod crashes;
mod desk;
mod fallback;
mod freezes;
mod noted;
mod restart;
mod secrets;
mod tampered;
mod witnessed;

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};

use rusqlite::params;
use tempfile::TempDir;

use self::desk::{Desk, exit, sealing, word};
use super::*;
use crate::clock;
use crate::config::VaultConfig;
use crate::replayed::{Replayed, ReplayedWhat};

const NOW: u64 = 1_795_176_000_000;

struct Mailbox(Sender<Answer>, bool);

impl seam::Reply for Mailbox {
    fn is_wanted(&self) -> bool {
        self.1
    }
    fn answer(self: Box<Self>, answer: Answer) {
        self.0.send(answer).unwrap();
    }
}

fn journal(folder: &Path, born_ms: u64) {
    let db = rusqlite::Connection::open(folder.join("journal.sqlite")).unwrap();
    db.execute_batch(include_str!("schema.sql")).unwrap();
    db.execute(
        "INSERT INTO journal VALUES (1, 4, ?1, ?2, ?3, ?2)",
        params![[1_u8; 16], [2_u8; 32], born_ms],
    )
    .unwrap();
    db.close().unwrap();
}

fn open(folder: &Path) -> Vault {
    let config = VaultConfig {
        journal: folder.join("journal.sqlite"),
        sealed_key: folder.join("wallet.sealed"),
        credential: None,
        callers: Callers::new().unwrap(),
        questions_per_second: 50,
        reserve_bytes: 0,
    };
    Vault::read(config, clock::read().unwrap())
        .and_then(Unbegun::begin)
        .unwrap()
}

fn vault() -> (Vault, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    journal(folder.path(), NOW);
    (open(folder.path()), folder)
}

fn call(request: Request, wanted: bool) -> (Call, Receiver<Answer>) {
    let (tell, told) = channel();
    (
        Call {
            request,
            reply: Box::new(Mailbox(tell, wanted)),
        },
        told,
    )
}

fn local(vault: &mut Vault, local: Local) -> Result<String, String> {
    asked(vault, Request::Local(local))
}

fn asked(vault: &mut Vault, request: Request) -> Result<String, String> {
    let (call, told) = call(request, true);
    let reading = clock::read().unwrap();
    vault.serve(vec![call], reading).unwrap();
    let Answer::Local(text) = told.recv().unwrap() else {
        panic!("the operator is answered with text")
    };
    text
}

#[test]
fn a_vault_without_a_key_set_says_so() {
    let (mut vault, _folder) = vault();
    let status = local(&mut vault, Local::Status).unwrap();
    let lines = "\nstate LOCKED\nwhy no key set. signerctl note found KEYSET.note";
    assert!(status.contains(lines), "{status}");
}

#[test]
fn a_signer_without_a_policy_is_locked_and_says_so() {
    let (mut vault, _folder) = vault();
    let status = local(&mut vault, Local::Status).unwrap();
    assert!(
        status.lines().any(|line| line == "state LOCKED"),
        "{status}"
    );
    let refusal = local(&mut vault, Local::Unlock(sealing([0; 32]))).unwrap_err();
    assert!(refusal.starts_with("NO_POLICY"), "{refusal}");
}

#[test]
fn what_nobody_waits_for_is_not_decided() {
    let Desk { mut vault, .. } = Desk::open(0);
    let size = vault.journal.size();
    let (call, told) = call(Request::Local(Local::Lock), false);
    vault.serve(vec![call], clock::read().unwrap()).unwrap();
    assert!(told.recv().is_err());
    assert_eq!(vault.journal.size(), size);
    assert!(vault.key.open().is_some());
}

#[test]
fn a_jump_of_the_wall_clock_is_a_leaf_and_waits_for_a_person() {
    let (mut vault, _folder) = vault();
    let mut reading = clock::read().unwrap();
    vault.serve(Vec::new(), reading).unwrap();
    let size = vault.journal.size();
    assert!(
        local(&mut vault, Local::ClockAccept)
            .unwrap_err()
            .starts_with("CLOCK_AGREES")
    );
    reading.wall_ms += 10_000;
    vault.serve(Vec::new(), reading).unwrap();
    vault.serve(Vec::new(), reading).unwrap();
    assert_eq!(vault.journal.size(), size + 1, "one leaf for one jump");
    assert!(vault.force.state.clock_jumped().is_some());
    let (call, told) = call(Request::Local(Local::ClockAccept), true);
    vault.serve(vec![call], reading).unwrap();
    assert!(matches!(told.recv().unwrap(), Answer::Local(Ok(_))));
    assert!(vault.force.state.clock_jumped().is_none());
}

#[test]
fn a_missing_row_and_a_second_signer_are_refused() {
    let (mut vault, folder) = vault();
    local(&mut vault, Local::Freeze(String::new())).unwrap();
    let path = folder.path().join("journal.sqlite");
    let refused = |path: &Path| {
        Journal::open(path, |_| Ok(()))
            .err()
            .map(|e| e.to_string())
            .unwrap_or_default()
    };
    assert!(refused(&path).contains("another signer has it open"));
    vault.end().unwrap();
    assert_eq!(refused(&path), "");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch(
        "DROP TRIGGER leaf_is_append_only_delete; DELETE FROM leaf WHERE leaf_index = 0",
    )
    .unwrap();
    drop(db);
    assert!(refused(&path).contains("leaves from 0 on are missing"));
}

/// A login that was recorded before the lock beside it took the key away would
/// end the vault.
#[test]
fn a_lock_beside_a_login_refuses_it_and_ends_nothing() {
    let permit = |policy: &mut note::Policy| policy.extras.clob_auth = Some(note::Permitted);
    let mut desk = Desk::open_with(0, permit);
    let login = || Request::Local(Local::ClobAuth(7));
    assert!(asked(&mut desk.vault, login()).is_ok());
    let (login, told) = call(login(), true);
    let (lock, locked) = call(Request::Local(Local::Lock), true);
    let calls = vec![login, lock];
    desk.vault.serve(calls, clock::read().unwrap()).unwrap();
    let text = |told: Receiver<Answer>| {
        let Answer::Local(text) = told.recv().unwrap() else {
            panic!("the operator is answered with text")
        };
        text
    };
    assert!(text(locked).is_ok());
    assert!(text(told).unwrap_err().starts_with("LOCKED"));
}

#[test]
fn a_wrong_passphrase_beside_an_exit_ends_neither_the_vault_nor_the_lease() {
    let mut desk = Desk::open(0);
    let (wrong, refused) = call(Request::Local(Local::Unlock(sealing([6; 32]))), true);
    let (sell, told) = desk.question(exit(1, 5_000));
    let served = desk.vault.serve(vec![wrong, sell], clock::read().unwrap());
    assert!(served.is_ok(), "{served:?}");
    let Answer::Local(Err(refusal)) = refused.recv().unwrap() else {
        panic!("a wrong passphrase is refused")
    };
    assert!(refusal.starts_with("KEY_CLOSED"), "{refusal}");
    assert_eq!(word(&told), "YES");
}

#[test]
fn denials_leave_the_reserve_of_a_full_disk_to_exits() {
    let mut desk = Desk::open(u64::MAX);
    let size = desk.vault.journal.size();
    // Below the floor, again and again.
    for number in 0..3 {
        let (call, told) = desk.question(exit(number, 100));
        desk.vault
            .serve(vec![call], clock::read().unwrap())
            .unwrap();
        assert_eq!(word(&told), "SELL_FLOOR");
    }
    assert_eq!(desk.vault.journal.size(), size, "counted, not written");
    let (call, told) = desk.question(exit(9, 5_000));
    desk.vault
        .serve(vec![call], clock::read().unwrap())
        .unwrap();
    assert_eq!(word(&told), "YES");
    assert_eq!(desk.vault.journal.size(), size + 1);
}

#[test]
fn a_start_remembers_how_long_the_machine_was_up() {
    let (vault, folder) = vault();
    drop(vault);
    let now = clock::read().unwrap();
    let mut starts = Vec::new();
    let journal = Journal::open(&folder.path().join("journal.sqlite"), |replayed| {
        if let Replayed::Leaf(leaf) = replayed
            && let ReplayedWhat::Started { attended, up } = leaf.what
        {
            let raw_ms = up.map(|up| now.raw_ms.checked_sub(up.raw_ms));
            let boot_ms = up.map(|up| now.boot_ms.checked_sub(up.boot_ms));
            starts.push((attended, raw_ms.flatten(), boot_ms.flatten()));
        }
        Ok(())
    });
    assert!(journal.is_ok());
    // Seconds ago at most, on both.
    let seconds = |passed: Option<u64>| passed.is_some_and(|ms| ms < 60_000);
    assert_eq!(starts.len(), 1);
    assert!(
        starts
            .iter()
            .all(|(attended, raw, boot)| *attended && seconds(*raw) && seconds(*boot)),
        "{starts:?}"
    );
}

#[test]
fn a_machine_that_slept_a_night_still_takes_tickets() {
    let mut desk = Desk::open(0);
    let mut reading = clock::read().unwrap();
    // Wall and boot time see the night; the slow time never will.
    let night = 10 * 3_600_000;
    reading.wall_ms += night;
    reading.boot_ms += night;
    let (ticket, noted) = call(Request::Local(desk::ticket(reading.wall_ms, 100)), true);
    let (sell, told) = desk.question(desk::exit_at(reading.wall_ms, 1, 100));
    desk.vault.serve(vec![ticket, sell], reading).unwrap();
    let Answer::Local(noted) = noted.recv().unwrap() else {
        panic!("the operator is answered with text")
    };
    assert_eq!(noted.map(|_| ()), Ok(()));
    assert_eq!(word(&told), "YES", "below the floor");
    assert!(desk.vault.force.state.clock_jumped().is_none());
}

#[test]
fn an_order_of_the_wallet_before_is_denied_again_and_stops_nothing() {
    let mut desk = Desk::open(0);
    let mut reading = clock::read().unwrap();
    let asked = reading.wall_ms;
    let (sell, told) = desk.question(desk::exit_at(asked, 1, 5_000));
    desk.vault.serve(vec![sell], reading).unwrap();
    assert_eq!(word(&told), "YES");
    // Another key, imported as the first generation too, after the delay.
    desk.change_wallet(8);
    for clock in [
        &mut reading.wall_ms,
        &mut reading.raw_ms,
        &mut reading.boot_ms,
    ] {
        *clock += 2 * 3_600_000;
    }
    let (unlock, unlocked) = call(Request::Local(Desk::unlock()), true);
    let (again, told) = desk.question(desk::exit_at(asked, 1, 5_000));
    let (next, also) = desk.question(desk::exit_at(asked, 2, 5_000));
    let served = desk.vault.serve(vec![unlock, again, next], reading);
    assert!(served.is_ok(), "{served:?}");
    assert!(matches!(unlocked.recv().unwrap(), Answer::Local(Ok(_))));
    assert_eq!(word(&told), "KEY_CHANGED");
    assert_eq!(word(&also), "YES");
    let counted = desk.vault.buckets.due(u64::MAX);
    assert_eq!(counted.as_deref(), Some("KEY_CHANGED 1"));
}

#[test]
fn an_order_is_explained_beside_its_signing() {
    let mut desk = Desk::open(0);
    let (sell, signed) = desk.question(exit(1, 5_000));
    let Question::Sign(intent, _) = exit(1, 5_000) else {
        panic!("an exit is signed")
    };
    let Request::Proven {
        question: Question::Sign(asked, _),
        ..
    } = &sell.request
    else {
        panic!("an exit is signed")
    };
    // The same content, so the same attempt.
    let intent = policy::Intent {
        deadline_ms: asked.deadline_ms,
        ..*intent
    };
    let (explain, told) = desk.question(Question::Explain(Box::new(intent)));
    desk.vault
        .serve(vec![sell, explain], clock::read().unwrap())
        .unwrap();
    assert_eq!(word(&signed), "YES");
    let told = told.recv().unwrap();
    assert!(matches!(
        told,
        Answer::Proven { answer, .. }
            if matches!(*answer, frame::Answer::WouldApprove { charge_units: 0, .. })
    ));
}

#[test]
fn a_row_is_checked_without_building_a_table_of_the_words_it_may_say() {
    let db = rusqlite::Connection::open_in_memory().unwrap();
    db.execute_batch(include_str!("schema.sql")).unwrap();
    let mut explain = db
        .prepare("EXPLAIN INSERT INTO leaf DEFAULT VALUES")
        .unwrap();
    let steps: Vec<String> = explain
        .query_map([], |r| r.get(1))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(steps.iter().any(|step| step == "Insert"), "{steps:?}");
    assert!(
        !steps.iter().any(|step| step == "OpenEphemeral"),
        "{steps:?}"
    );
    let say = |columns: &str, values: &str| {
        let insert = format!(
            "INSERT INTO leaf (leaf_index, wall_ms, slow_ms, fast_ms, by, top, entry{columns}) \
             VALUES (0, 1, 1, 1, 'vault', zeroblob(32), {values})"
        );
        db.execute(&insert, []).map_err(|e| e.to_string())
    };
    for (columns, values) in [
        ("", "'begun'"),
        (", kind", "'stopped', 'COPIED'"),
        (", exchange", "'stopped', 'v1'"),
        (", tick_size_e4", "'stopped', 2"),
    ] {
        let refused = say(columns, values).unwrap_err();
        assert!(refused.starts_with("CHECK constraint failed"), "{refused}");
    }
    assert_eq!(say("", "'stopped'"), Ok(1));
}
