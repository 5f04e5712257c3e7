//! Somebody, or a disk, changes the files of a journal whose signer was killed.
//!
//! Cut off, flipped, emptied, made anew or without its log: each start is refused
//! and says why, or has forgotten nothing; none signs beyond what was charged.

use std::collections::BTreeMap;
use std::fs;

use rusqlite::Connection;
use tests::ask;
use tests::desk::Desk;
use tests::faulty::FILES;
use tests::process;

/// A desk whose signer was killed after an order, and its journal's files.
fn killed() -> (Desk, BTreeMap<&'static str, Vec<u8>>) {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    desk.order(&signer.address, &ask::buy(&desk.book, "first"))
        .expect("signed");
    signer.kill();
    let read = |name: &'static str| (name, fs::read(desk.file(name)).expect("it was killed"));
    let files = FILES.map(read);
    (desk, files.into())
}

fn put(desk: &Desk, files: &BTreeMap<&'static str, Vec<u8>>) {
    for name in FILES {
        match files.get(name) {
            Some(bytes) => fs::write(desk.file(name), bytes).expect("the folder is ours"),
            None => drop(fs::remove_file(desk.file(name))),
        }
    }
}

/// Why it does not start; it must not.
#[track_caller]
fn refusal(desk: &Desk) -> String {
    let ran = process::run(desk.signer_command(&desk.bins.signer));
    assert_eq!(ran.code(), 1, "{}", ran.stderr);
    let line = ran.stderr.lines().last().unwrap_or_default();
    assert!(line.contains("JOURNAL ") && line.contains("; "), "{line}");
    line.to_owned()
}

/// It starts, and the order is there with its one charge.
fn forgets_nothing(desk: &Desk) {
    let signer = desk.start_signer();
    assert!(signer.stop().success());
    let db = Connection::open(desk.file(FILES[0])).expect("a database");
    let select = "SELECT count(*) FROM leaf WHERE entry = 'approved'";
    assert_eq!(db.query_row(select, [], |r| r.get(0)), Ok(1));
}

#[test]
fn a_journal_whose_log_was_taken_away_is_refused_until_it_is_back() {
    let (desk, files) = killed();
    let mut without = files.clone();
    without.remove(FILES[1]);
    put(&desk, &without);
    let said = refusal(&desk);
    assert!(said.contains("it was not stopped, and its log"), "{said}");
    assert!(said.contains("put its log back"), "{said}");
    // Asked again it is no younger: a refused start leaves no log behind.
    assert_eq!(refusal(&desk), said);
    put(&desk, &files);
    forgets_nothing(&desk);
}

#[test]
fn a_journal_that_is_cut_off_anywhere_is_refused() {
    let (desk, files) = killed();
    let whole = files[FILES[0]].len();
    for len in [1, 100, 4_095, 4_096, whole / 2, whole - 4_096, whole - 1] {
        let mut cut = files.clone();
        cut.get_mut(FILES[0]).expect("the database").truncate(len);
        // With its log gone nothing mends it.
        cut.remove(FILES[1]);
        put(&desk, &cut);
        let said = refusal(&desk);
        let reasons = ["the journal", "leaves", "leaf ", "it was not stopped"];
        assert!(reasons.iter().any(|why| said.contains(why)), "{said}");
    }
}

#[test]
fn an_emptied_journal_is_refused_and_not_filled_again() {
    let (desk, files) = killed();
    for log in [true, false] {
        let mut emptied = files.clone();
        emptied.insert(FILES[0], Vec::new());
        if !log {
            emptied.remove(FILES[1]);
        }
        put(&desk, &emptied);
        let said = refusal(&desk);
        assert!(said.contains("no such table"), "{said}");
    }
}

#[test]
fn a_bit_that_flips_in_a_row_is_found_by_the_start_of_the_real_program() {
    let (desk, files) = killed();
    let signer = desk.start_signer();
    assert!(signer.stop().success());
    let whole = fs::read(desk.file(FILES[0])).expect("it was stopped");
    // Where the order's name stands, in the one row that has it.
    let name = ask::id("first");
    let name = name.as_str().as_bytes();
    let at = whole.windows(name.len()).position(|bytes| bytes == name);
    let at = at.expect("the row is in the database");
    let mut flipped = files;
    flipped.remove(FILES[1]);
    let mut bytes = whole;
    bytes[at + name.len() - 1] ^= 1;
    flipped.insert(FILES[0], bytes);
    put(&desk, &flipped);
    let said = refusal(&desk);
    assert!(said.contains("is not what was recorded"), "{said}");
}

#[test]
fn a_journal_made_anew_in_its_place_opens_no_key_and_takes_no_note() {
    let (desk, _) = killed();
    for name in FILES {
        fs::remove_file(desk.file(name)).expect("the folder is ours");
    }
    assert!(desk.init().status.success());
    let signer = desk.start_locked();
    let refused = desk.unlock().expect_err("another journal");
    assert!(refused.starts_with("NO_POLICY"), "{refused}");
    let policy = fs::read(desk.file("policy.note")).unwrap_or_else(|_| {
        let (id, address) = (&desk.journal_id, &desk.key.address);
        desk.authority
            .policy(id, address, &[tests::desk::LEADER], &[])
    });
    let keyset = desk.authority.keyset(&desk.journal_id);
    for (verb, note) in [
        (frame::local::Verb::Found, keyset),
        (frame::local::Verb::Note, policy),
    ] {
        let refused = desk.ask(verb, &note).expect_err("of another journal");
        assert!(refused.starts_with("NOTE_"), "{refused}");
    }
    let denied = desk.order(&signer.address, &ask::buy(&desk.book, "first"));
    assert_eq!(denied.expect_err("no policy").code, "NO_POLICY");
    assert!(signer.stop().success());
}
