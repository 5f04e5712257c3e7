//! What witnesses say to a vault, what it does until they have, and when they
//! hold what it does not.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::integer_division,
    reason = "tests count in the open, a panic here is a failed test"
)]

mod kit;
mod proofs;

use note::{Body, JournalId, Recovery, Unfreeze, UtcSeconds, Window};
use order::CollateralUnits;

use self::kit::{ALL, LATE_MS, Story, cosigned};
use super::desk::{Desk, JOURNAL, envelope, ticket};
use super::*;
use crate::config::VaultConfig;

fn code(answer: Result<String, String>) -> String {
    let refused = answer.unwrap_err();
    refused.split(' ').next().unwrap().to_owned()
}

/// M232: exits go on while no witness answers.
#[test]
fn a_start_waits_for_its_witnesses_and_exits_do_not() {
    let mut story = Story::begin();
    assert_eq!(story.causes(), ["UNWITNESSED"]);
    assert_eq!(story.buy(1), "REDUCE_ONLY");
    assert_eq!(story.exit(2), "YES");
    // One of three is not enough, and neither is one twice.
    story.show(&[31]).unwrap();
    story.show(&[31]).unwrap();
    assert_eq!(story.causes(), ["UNWITNESSED"]);
    assert_eq!(story.line("witnessed_leaves"), "0");
    story.show(&[32]).unwrap();
    // Now they hold the start: the advance is written, and waits in its turn.
    assert_eq!(story.causes(), ["UNWITNESSED"]);
    assert_eq!(story.buy(3), "REDUCE_ONLY");
    story.settle();
    assert_eq!(story.line("state"), "ACTIVE");
    assert_eq!(story.line("ahead_left_usdc"), "50");
    assert_eq!(story.buy(4), "YES");
    assert_eq!(story.line("ahead_left_usdc"), "39");
}

#[test]
fn without_their_word_no_more_is_charged_than_was_advanced() {
    let mut story = Story::open();
    let answers: Vec<_> = (1..=6).map(|number| story.buy(number)).collect();
    assert_eq!(answers, ["YES", "YES", "YES", "YES", "AHEAD", "AHEAD"]);
    assert_eq!(story.exit(7), "YES");
    story.settle();
    assert_eq!(story.buy(8), "YES");
}

#[test]
fn a_word_that_is_withheld_reduces_and_the_next_one_goes_on() {
    let mut story = Story::open();
    let early = story.head();
    story.later_ms = LATE_MS - 5_000;
    assert_eq!(story.causes(), Vec::<String>::new());
    story.later_ms = LATE_MS + 1_000;
    assert_eq!(story.causes(), ["WITNESS_LATE"]);
    assert_eq!(story.buy(1), "REDUCE_ONLY");
    assert_eq!(story.exit(2), "YES");
    // What they said long ago says nothing now, and what they will say nothing more than now.
    let old_s = story.now_s() - LATE_MS / 1_000 - 1;
    story.carry(cosigned(&early, &ALL, old_s)).unwrap();
    assert_eq!(story.causes(), ["WITNESS_LATE"]);
    let head = story.head();
    let year_s = 31_536_000;
    let next_s = story.now_s() + year_s;
    story.carry(cosigned(&head, &ALL, next_s)).unwrap();
    assert_eq!(story.causes(), Vec::<String>::new());
    story.later_ms += LATE_MS + 1_000;
    assert_eq!(story.causes(), ["WITNESS_LATE"]);
    story.show(&[31, 33]).unwrap();
    assert_eq!(story.causes(), Vec::<String>::new());
    assert_eq!(story.buy(3), "YES");
}

#[test]
fn what_no_named_witness_said_of_this_journal_counts_for_nothing() {
    let mut story = Story::begin();
    let (head, now_s) = (story.head(), story.now_s());
    let stranger = cosigned(&head, &[34, 35, 36], now_s);
    assert_eq!(code(story.carry(stranger)), "NOT_COSIGNED");
    assert_eq!(code(story.carry(head.clone())), "NOT_COSIGNED");
    // A head that the log never signed, and words over another head.
    let forged = head.replacen('\n', "\n1", 1);
    assert_eq!(
        code(story.carry(cosigned(&forged, &ALL, now_s))),
        "NOT_A_CHECKPOINT"
    );
    let (_, words) = cosigned(&forged, &ALL, now_s)
        .split_once("\n\n")
        .map(|(text, lines)| (text.to_owned(), lines.to_owned()))
        .unwrap();
    let moved = format!("{head}{}", words.split_once('\n').unwrap().1);
    assert_eq!(code(story.carry(moved)), "NOT_COSIGNED");
    assert_eq!(story.causes(), ["UNWITNESSED"]);

    let mut plain = Story {
        desk: Desk::open(0),
        later_ms: 0,
    };
    assert_eq!(code(plain.show(&ALL)), "NO_WITNESSES");
    assert_eq!(plain.line("state"), "ACTIVE");
    assert_eq!(plain.line("witnessed_leaves"), "");
}

/// M41: what was charged stays charged, and what is not known to be free is charged too.
/// Whoever carries one old word again and again would write a full disk's
/// last reserve with it.
#[test]
fn a_word_that_is_said_again_writes_nothing() {
    let mut story = Story::open();
    let note = cosigned(&story.head(), &ALL, story.now_s());
    story.carry(note.clone()).unwrap();
    let written = |story: &Story| story.desk.vault.journal.parts().0.total_changes();
    let before = written(&story);
    for _ in 0..3 {
        story.carry(note.clone()).unwrap();
    }
    assert_eq!(written(&story), before);
}

#[test]
fn a_restart_owes_what_was_advanced_and_a_clean_stop_nothing() {
    let mut story = Story::open();
    assert_eq!(story.buy(1), "YES");
    let mut story = story.again(None, true);
    assert_eq!(story.lifetime(), "11");
    assert_eq!(story.causes(), ["UNWITNESSED"]);
    story.settle();
    assert_eq!(story.buy(2), "YES");
    let mut story = story.again(None, false);
    // 22 charged, and 39 of the 50 that were advanced.
    assert_eq!(story.lifetime(), "61");
    story.settle();
    assert_eq!(story.lifetime(), "61");
    let mut story = story.again(None, true);
    assert_eq!(story.lifetime(), "61");
    assert_eq!(story.buy(3), "REDUCE_ONLY");
}

#[test]
fn words_to_an_earlier_process_are_where_proofs_begin_and_open_nothing() {
    let mut story = Story::open();
    let size = story.line("witnessed_leaves");
    let last = cosigned(&story.head(), &ALL, story.now_s());
    let mut story = story.again(None, true);
    let status = story.tell(Local::Status).unwrap();
    let held = status
        .lines()
        .filter(|line| line.starts_with("witness example.com/"));
    assert!(
        held.clone().all(|line| line.ends_with(&format!(" {size}"))),
        "{status}"
    );
    assert_eq!(held.count(), 3);
    story.carry(last).unwrap();
    assert_eq!(story.causes(), ["UNWITNESSED"]);
    // Each proof leads from what it says to what the log signed.
    let (call, told) = story.desk.question(Question::Status);
    story.desk.vault.serve(vec![call], story.reading()).unwrap();
    let Answer::Proven { answer, .. } = told.recv().unwrap() else {
        panic!("a proven question has a proven answer")
    };
    let frame::Answer::Status(standing) = *answer else {
        panic!("a status is answered with one")
    };
    let value = |name: &str| {
        let mut lines = standing.lines.iter();
        lines.find(|line| line.name == name).unwrap().value.clone()
    };
    let root = tlog::Hash::from_base64(&value("checkpoint_root")).unwrap();
    let proof = value("proof");
    let mut words = proof.split(' ');
    let old: u64 = words.next().unwrap().parse().unwrap();
    let proof: Vec<_> = words.map(|w| tlog::Hash::from_base64(w).unwrap()).collect();
    let (db, _) = story.desk.vault.journal.parts();
    let select = "SELECT root FROM cosigned WHERE size = ?1 LIMIT 1";
    let was: [u8; 32] = db.query_row(select, [old], |r| r.get(0)).unwrap();
    let was = tlog::Hash(was);
    assert!(tlog::is_consistent(
        old,
        &was,
        standing.journal_size,
        &root,
        &proof
    ));
}

fn window(now_s: u64) -> Window {
    let not_before = UtcSeconds::new(now_s).unwrap();
    Window {
        not_before,
        apply_before: not_before.plus(900).unwrap(),
    }
}

fn recovery(leaf: u64, now_s: u64) -> Local {
    let body = Body::Recovery(Recovery {
        journal: JournalId(JOURNAL),
        leaf,
        window: window(now_s),
        lifetime_usdc: CollateralUnits::new(300_000_000),
    });
    Local::Note(envelope(&body, 1))
}

fn unfreeze(leaf: u64, now_s: u64) -> Local {
    let body = Body::Unfreeze(Unfreeze {
        journal: JournalId(JOURNAL),
        leaf,
        window: window(now_s),
    });
    Local::Note(envelope(&body, 1))
}

#[test]
fn a_copy_that_meets_a_newer_head_freezes_until_a_recovery() {
    let mut story = Story::open();
    assert_eq!(story.buy(1), "YES");
    let copy = story.copy();
    assert_eq!([2, 3].map(|number| story.buy(number)), ["YES", "YES"]);
    let newer = cosigned(&story.head(), &[31, 32], story.now_s());
    let lone = cosigned(&story.head(), &[31], story.now_s());
    let mut story = story.again(Some(copy), false);
    // It has paid for what it does not know: 11, and 39 of what was advanced.
    assert_eq!(story.lifetime(), "50");
    assert_eq!(story.buy(4), "REDUCE_ONLY");
    assert_eq!(code(story.carry(lone)), "NOT_OURS");
    assert_eq!(story.causes(), ["UNWITNESSED"]);

    assert_eq!(code(story.carry(newer.clone())), "ROLLED_BACK");
    assert_eq!(story.line("state"), "FROZEN");
    assert_eq!(story.line("frozen_because"), "the journal went back");
    assert_eq!(story.buy(5), "FROZEN");
    assert_eq!(story.exit(6), "FROZEN");
    let wall_ms = story.reading().wall_ms;
    story.tell(ticket(wall_ms, 5_000)).unwrap();
    assert_eq!(story.exit(7), "YES");
    let (leaf, now_s) = (story.line("frozen_leaf").parse().unwrap(), story.now_s());
    assert_eq!(code(story.tell(unfreeze(leaf, now_s))), "NEEDS_RECOVERY");
    // Shown again, it freezes no second time.
    assert_eq!(code(story.carry(newer.clone())), "ROLLED_BACK");
    assert_eq!(story.line("frozen_leaf"), leaf.to_string());
    let mut story = story.again(None, true);
    assert_eq!(story.line("frozen_leaf"), leaf.to_string());

    story.later_ms += 5_000;
    let now_s = story.now_s();
    story.tell(recovery(leaf, now_s)).unwrap();
    assert_eq!(story.causes(), ["UNWITNESSED"]);
    assert_eq!(story.lifetime(), "300");
    // What was held before the recovery is told in it.
    assert_eq!(code(story.carry(newer.clone())), "NOT_OURS");
    assert_eq!(story.exit(8), "YES");
    // But if they go on holding another journal, another journal goes on.
    story.later_ms += 5_000;
    let (text, _) = newer.split_once("\u{2014} example").unwrap();
    let now_s = story.now_s();
    assert_eq!(
        code(story.carry(cosigned(text, &[31, 32], now_s))),
        "ROLLED_BACK"
    );
    assert_eq!(story.line("state"), "FROZEN");
}

#[test]
fn a_copy_that_grew_past_the_newer_head_is_found_by_its_root() {
    let mut story = Story::open();
    let copy = story.copy();
    assert_eq!(story.buy(1), "YES");
    let newer = cosigned(&story.head(), &ALL, story.now_s());
    let mut story = story.again(Some(copy), false);
    for number in 1..=6 {
        assert_eq!(story.exit(number), "YES");
    }
    assert_eq!(code(story.carry(newer)), "ROLLED_BACK");
    assert_eq!(story.line("state"), "FROZEN");
}

#[test]
fn of_two_copies_that_run_one_alone_signs_beyond_what_it_had() {
    let mut story = Story::open();
    let copy = story.copy();
    // A memory image, resumed, would sign what was advanced: 50, and so would this one.
    let spent: Vec<_> = (1..=5).map(|number| story.buy(number)).collect();
    assert_eq!(spent, ["YES", "YES", "YES", "YES", "AHEAD"]);
    let mut story = story.again(Some(copy), false);
    assert_eq!(story.lifetime(), "50", "all of it is charged here too");
    assert_eq!(story.buy(1), "REDUCE_ONLY");
    story.settle();
    assert_eq!(story.lifetime(), "50");
}

#[test]
fn a_journal_that_lost_what_a_witness_holds_does_not_start() {
    let mut story = Story::open();
    story.show(&ALL).unwrap();
    let size: u64 = story.line("witnessed_leaves").parse().unwrap();
    let folder = story.desk.folder;
    drop(story.desk.vault);
    let db = rusqlite::Connection::open(folder.path().join("journal.sqlite")).unwrap();
    let last = size - 1;
    db.execute_batch(&format!(
        "DROP TRIGGER leaf_is_append_only_delete; DELETE FROM leaf WHERE leaf_index >= {last}"
    ))
    .unwrap();
    db.close().unwrap();
    let config = VaultConfig {
        journal: folder.path().join("journal.sqlite"),
        sealed_key: folder.path().join("wallet.sealed"),
        credential: None,
        callers: Callers::new().unwrap(),
        questions_per_second: 50,
        reserve_bytes: 0,
    };
    let refused = Vault::read(config, clock::read().unwrap()).err().unwrap();
    let expected = format!("leaves from {last} on are missing, up to leaf {size}");
    assert!(refused.contains(&expected), "{refused}");
}
