//! The signer's host is told wrong times: a year ahead, a year back, a clock
//! that stands still, a machine that says it was up for another time.
//!
//! What was spent stays spent, what ends does not end later, exits go on, and
//! a person who accepts a clock gives nothing back by it.

use std::process::Command;

use frame::intent::Intent;
use tests::bins::{self, Bins};
use tests::clock::now_ms;
use tests::desk::Desk;
use tests::hand::Hand;
use tests::process::Server;
use tests::shifted::Shifted;
use tests::{ask, audit};

const HOUR_S: i64 = 3_600;
const YEAR_S: i64 = 365 * 24 * HOUR_S;
/// What the harness and the signer may read apart.
const LATE_MS: u64 = 10_000;

/// A desk whose hour has room for one buy.
fn desk() -> Desk {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::unfounded(Bins::debug(), &books);
    let bends = [
        ("hour_usdc", "6"),
        ("dead_man_reduce_hours", "1"),
        ("dead_man_lock_hours", "3"),
    ];
    desk.found_alive_for(&bends, 1);
    desk
}

fn buy(desk: &Desk, name: &str) -> Intent {
    ask::buy(&desk.book, name)
}

fn exit(desk: &Desk, name: &str) -> Intent {
    ask::exit(&desk.book, name, 100, 3_000)
}

/// The code of the signer's no.
fn no(desk: &Desk, signer: &Server, intent: &Intent) -> String {
    let denied = desk.order(&signer.address, intent);
    denied.expect_err("this must not be signed").code
}

/// Spends the hour.
fn spend(desk: &Desk, signer: &Server) {
    desk.order(&signer.address, &buy(desk, "spent"))
        .expect("the hour's first");
    assert_eq!(no(desk, signer, &buy(desk, "one-more")), "BUDGET_HOUR");
}

/// Both times of every leaf, after the signer stopped: neither goes back, and
/// the slow one is never ahead of the time that passed, `passed_s` of it by
/// the harness' will.
fn never_ahead(desk: &Desk, passed_s: i64) -> (u64, u64) {
    let rows: Vec<(u64, u64)> = audit::open(&desk.file("journal.sqlite"))
        .prepare("SELECT slow_ms, fast_ms FROM leaf ORDER BY leaf_index")
        .and_then(|mut rows| {
            rows.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?
                .collect()
        })
        .expect("the journal");
    assert!(rows.is_sorted_by_key(|row| row.0) && rows.is_sorted_by_key(|row| row.1));
    let (slow, fast) = *rows.last().expect("leaves");
    let more_ms = u64::try_from(passed_s * 1_000).expect("forward");
    assert!(
        slow <= now_ms() + more_ms + LATE_MS,
        "{slow} grew ahead of time"
    );
    (slow, fast)
}

#[test]
fn a_wall_clock_a_year_back_gives_no_budget_back_and_ends_nothing_later() {
    let desk = desk();
    let clock = Shifted::new(&desk.folder);
    let hand = Hand::new(&desk, Some(&clock));
    let signer = hand.start_unlocked();
    spend(&desk, &signer);
    clock.set_wall(-YEAR_S);
    assert_eq!(no(&desk, &signer, &buy(&desk, "back")), "REDUCE_ONLY");
    assert_eq!(hand.status("cause").as_deref(), Some("CLOCK_JUMPED"));
    desk.order(&signer.address, &exit(&desk, "back-exit"))
        .expect("exits go on");
    let accepted = hand.run(&["clock", "accept"]);
    assert!(
        accepted.stdout.contains("credited_ms 0"),
        "{}",
        accepted.stderr
    );
    // By that clock no leader has traded yet.
    let unseen = no(&desk, &signer, &buy(&desk, "accepted"));
    assert_eq!(unseen, "LEADER_FUTURE");
    clock.set_wall(YEAR_S);
    assert_eq!(no(&desk, &signer, &buy(&desk, "again")), "REDUCE_ONLY");
    hand.run(&["clock", "accept"]);
    assert_eq!(no(&desk, &signer, &buy(&desk, "right")), "BUDGET_HOUR");
    // The word of an operator ends when the machine has been up that long.
    clock.pass(HOUR_S);
    let late = ask::later(exit(&desk, "late-exit"), 3_600);
    desk.order(&signer.address, &late).expect("exits go on");
    assert_eq!(hand.status("cause").as_deref(), Some("DEAD_MAN"));
    clock.pass(3 * HOUR_S);
    assert_eq!(hand.status("state").as_deref(), Some("LOCKED"));
    assert!(signer.stop().success());
    never_ahead(&desk, 4 * HOUR_S);
}

#[test]
fn a_wall_clock_a_year_ahead_ends_everything_once_accepted_and_grows_nothing() {
    let desk = desk();
    let clock = Shifted::new(&desk.folder);
    let hand = Hand::new(&desk, Some(&clock));
    let signer = hand.start_unlocked();
    spend(&desk, &signer);
    clock.set_wall(YEAR_S);
    assert_eq!(no(&desk, &signer, &buy(&desk, "ahead")), "REDUCE_ONLY");
    desk.order(&signer.address, &exit(&desk, "ahead-exit"))
        .expect("exits go on");
    let accepted = hand.run(&["clock", "accept"]);
    assert!(
        accepted.stdout.contains("credited_ms 0"),
        "{}",
        accepted.stderr
    );
    let year = u64::try_from(YEAR_S).expect("forward");
    let later = ask::later(exit(&desk, "year-exit"), year);
    assert_eq!(
        no(&desk, &signer, &later),
        "LOCKED",
        "the lease ended with it"
    );
    assert_eq!(hand.status("state").as_deref(), Some("LOCKED"));
    // Set right again: what ended stays over, what was spent stays spent.
    clock.set_wall(-YEAR_S);
    hand.run(&["clock", "accept"]);
    assert_eq!(hand.status("state").as_deref(), Some("LOCKED"));
    assert!(signer.stop().success());
    let (slow, fast) = never_ahead(&desk, 0);
    assert!(fast > slow + (year - 3_600) * 1_000, "{slow} {fast}");
}

#[test]
fn a_wall_clock_that_stands_still_refills_nothing_and_keeps_nothing_alive() {
    let desk = desk();
    let clock = Shifted::new(&desk.folder);
    let hand = Hand::new(&desk, Some(&clock));
    let signer = hand.start_unlocked();
    spend(&desk, &signer);
    clock.stop_wall();
    clock.pass(2 * HOUR_S);
    let later = ask::later(buy(&desk, "still"), 7_200);
    assert_eq!(no(&desk, &signer, &later), "REDUCE_ONLY");
    let said = hand.run(&["status"]).stdout;
    for cause in ["cause CLOCK_JUMPED", "cause DEAD_MAN"] {
        assert!(said.contains(cause), "{said}");
    }
    clock.pass(2 * HOUR_S);
    let later = ask::later(exit(&desk, "still-exit"), 14_400);
    assert_eq!(no(&desk, &signer, &later), "LOCKED");
    assert!(signer.stop().success());
    // Two hours ran out of the two that nobody could tell.
    never_ahead(&desk, 0);
}

#[test]
fn a_clock_accepted_while_ahead_lets_exits_through_by_a_later_deadline() {
    let desk = desk();
    let clock = Shifted::new(&desk.folder);
    let hand = Hand::new(&desk, Some(&clock));
    let signer = hand.start_unlocked();
    desk.order(&signer.address, &buy(&desk, "held"))
        .expect("signed");
    clock.set_wall(600);
    assert_eq!(no(&desk, &signer, &buy(&desk, "ahead")), "REDUCE_ONLY");
    hand.run(&["clock", "accept"]);
    clock.set_wall(-600);
    assert_eq!(no(&desk, &signer, &exit(&desk, "usual")), "DEADLINE_PASSED");
    hand.run(&["clock", "accept"]);
    // What ends authority has counted those minutes and does not give them
    // back; a deadline is the asker's own, and may lie as far ahead.
    assert_eq!(no(&desk, &signer, &exit(&desk, "usual")), "DEADLINE_PASSED");
    let mut patient = exit(&desk, "patient");
    patient.deadline_ms += 600_000;
    desk.order(&signer.address, &patient)
        .expect("an exit goes through");
    assert!(signer.stop().success());
    never_ahead(&desk, 0);
}

/// The signer in a time namespace of its own, in which the machine has been up
/// for `more_s` longer; `None` where this user may not make one.
fn start_up_for(desk: &Desk, more_s: i64) -> Option<Server> {
    let offsets = [
        format!("--boottime={more_s}"),
        format!("--monotonic={more_s}"),
    ];
    let may = Command::new("unshare")
        .arg("--time")
        .args(&offsets)
        .arg("true")
        .output();
    if !may.is_ok_and(|out| out.status.success()) {
        println!("no time namespaces here: nothing was tried");
        return None;
    }
    let signer = desk.signer_command(&desk.bins.signer);
    let mut command = Command::new("unshare");
    command
        .current_dir(&desk.folder)
        .arg("--time")
        .args(&offsets)
        .arg("--");
    command.arg(signer.get_program()).args(signer.get_args());
    Some(Server::start(command, &desk.file("signer.log")))
}

#[test]
fn a_machine_that_says_it_was_up_for_a_year_longer_has_earned_nothing_by_it() {
    let desk = desk();
    let signer = desk.start_signer();
    spend(&desk, &signer);
    assert!(signer.stop().success());
    let Some(signer) = start_up_for(&desk, YEAR_S) else {
        return;
    };
    let hand = Hand::new(&desk, None);
    desk.unlock().expect("a lease of the time it believes in");
    let refused = no(&desk, &signer, &buy(&desk, "up"));
    assert_eq!(
        refused, "DEADLINE_PASSED",
        "by the clocks since boot it is over"
    );
    let said = hand.run(&["status"]).stdout;
    assert!(!said.contains("state ACTIVE"), "{said}");
    assert!(signer.stop().success());
    let year_ms = u64::try_from(YEAR_S * 1_000).expect("forward");
    let (_, fast) = never_ahead(&desk, 0);
    assert!(fast > now_ms() + year_ms / 2, "what ends has ended: {fast}");
}

#[test]
fn a_machine_that_says_it_was_just_started_has_earned_nothing_by_it() {
    let desk = desk();
    let signer = desk.start_signer();
    spend(&desk, &signer);
    assert!(signer.stop().success());
    let uptime = std::fs::read_to_string("/proc/uptime").expect("it is Linux");
    let up_s: i64 = uptime
        .split('.')
        .next()
        .and_then(|s| s.parse().ok())
        .expect("seconds");
    let Some(signer) = start_up_for(&desk, 5 - up_s) else {
        return;
    };
    desk.unlock().expect("its clocks agree");
    assert_eq!(no(&desk, &signer, &buy(&desk, "young")), "BUDGET_HOUR");
    desk.order(&signer.address, &exit(&desk, "young-exit"))
        .expect("exits go on");
    assert!(signer.stop().success());
    never_ahead(&desk, 0);
}
