//! Nobody says that they are there, or nobody was there at the start.
//!
//! First buys stop, an hour or more before the key goes; exits run on until it
//! does; a word of an operator, or an unlock, brings everything back.

use std::fs;

use frame::intent::Intent;
use tests::ask;
use tests::bins::{self, Bins};
use tests::desk::Desk;
use tests::hand::Hand;
use tests::shifted::Shifted;

const HOUR_S: i64 = 3_600;

/// A desk where an `alive` reaches for an hour, and silence locks two later.
fn desk() -> Desk {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::unfounded(Bins::debug(), &books);
    let silence = [("dead_man_reduce_hours", "1"), ("dead_man_lock_hours", "3")];
    desk.found_alive_for(&silence, 1);
    desk
}

/// A buy and an exit at the desk's time, `hours` from now.
fn orders(desk: &Desk, name: &str, hours: u64) -> (Intent, Intent) {
    let later = |intent| ask::later(intent, hours * 3_600);
    let exit = ask::exit(&desk.book, &format!("{name}-exit"), 200, 3_000);
    (later(ask::buy(&desk.book, name)), later(exit))
}

#[test]
fn silence_stops_buys_then_locks_and_a_word_brings_back() {
    let desk = desk();
    let clock = Shifted::new(&desk.folder);
    let hand = Hand::new(&desk, Some(&clock));
    let signer = hand.start_unlocked();
    let order = |intent: &Intent| desk.order(&signer.address, intent);
    let (buy, exit) = orders(&desk, "first", 0);
    order(&buy).expect("someone is there");
    order(&exit).expect("someone is there");

    clock.pass(HOUR_S);
    let (buy, exit) = orders(&desk, "second", 1);
    let denied = order(&buy).expect_err("nobody said so");
    assert_eq!(denied.code, "REDUCE_ONLY");
    let said = denied.sentence;
    assert!(said.starts_with("no one said alive since "), "{said}");
    let ends = "; exits and copied sells continue. signerctl note new alive";
    assert!(said.ends_with(ends), "{said}");
    order(&exit).expect("exits run on");
    assert_eq!(hand.status("cause").as_deref(), Some("DEAD_MAN"));

    let operator = &desk.authority.operator;
    let long = hand.say(&["alive", "--hours", "2"], &[operator]);
    let long = long.expect_err("longer than the policy's");
    assert!(long.starts_with("NOTE_ALIVE_REACH"), "{long}");
    hand.say(&["alive", "--hours", "1"], &[operator])
        .expect("here");
    order(&buy).expect("someone is there");
    assert_eq!(hand.status("state").as_deref(), Some("ACTIVE"));

    clock.pass(3 * HOUR_S - 60);
    let (_, exit) = orders(&desk, "third", 4);
    order(&exit).expect("exits run on until the key is gone");
    clock.pass(120);
    let (_, exit) = orders(&desk, "fourth", 5);
    let denied = order(&exit).expect_err("locked");
    assert_eq!(denied.code, "LOCKED");
    let said = denied.sentence;
    assert!(
        said.starts_with("no one said alive; locked since "),
        "{said}"
    );
    assert!(
        said.ends_with("nothing is signed. signerctl note new alive"),
        "{said}"
    );
    hand.say(&["alive", "--hours", "1"], &[operator])
        .expect("here");
    order(&exit).expect("someone is there");
    assert!(signer.stop().success());
}

/// M139: the key is unsealed as it is needed, by credential or by person.
#[test]
fn a_start_without_a_person_only_reduces_until_one_says_alive() {
    let desk = desk();
    let hand = Hand::new(&desk, None);
    let signer = desk.start_signer();
    let (buy, _) = orders(&desk, "before", 0);
    desk.order(&signer.address, &buy).expect("signed");
    assert!(signer.stop().success());

    desk.write_credential("sealing.key");
    desk.write_signer_config("credential = \"sealing.key\"");
    let signer = desk.start_locked();
    let (buy, exit) = orders(&desk, "after", 0);
    let denied = desk
        .order(&signer.address, &buy)
        .expect_err("nobody was there");
    assert_eq!(denied.code, "REDUCE_ONLY");
    let said = denied.sentence;
    assert!(said.starts_with("restarted unattended "), "{said}");
    assert!(
        said.ends_with("continue. signerctl note new alive"),
        "{said}"
    );
    desk.order(&signer.address, &exit).expect("exits run on");
    assert_eq!(hand.status("cause").as_deref(), Some("UNATTENDED"));
    let line = "RESTARTED unattended: REDUCE_ONLY, exits continue. signerctl note new alive";
    assert!(hand.log().contains(line), "{}", hand.log());
    hand.say(&["alive", "--hours", "1"], &[&desk.authority.operator])
        .expect("here");
    desk.order(&signer.address, &buy).expect("someone is there");
    assert!(signer.stop().success());

    // A credential that does not open it: locked, and it says why.
    fs::remove_file(desk.file("sealing.key")).expect("ours");
    let signer = desk.start_locked();
    assert_eq!(hand.status("state").as_deref(), Some("LOCKED"));
    let log = hand.log();
    let line = log
        .lines()
        .find(|line| line.contains("LOCKED, the start's credential"));
    let line = line.unwrap_or_else(|| panic!("{log}"));
    assert!(
        line.contains("sealing.key") && line.ends_with("signerctl unlock"),
        "{line}"
    );
    assert!(signer.stop().success());
}

#[test]
fn an_alive_held_back_since_before_a_restart_is_said_not_to_attend_to_it() {
    let desk = desk();
    let clock = Shifted::new(&desk.folder);
    let hand = Hand::new(&desk, Some(&clock));
    let operator = &desk.authority.operator;
    let signer = hand.start();
    let held = hand.draft(&["alive", "--hours", "1"]);
    hand.sign(&held, &[operator]);
    assert!(signer.stop().success());

    clock.pass(2);
    desk.write_credential("sealing.key");
    desk.write_signer_config("credential = \"sealing.key\"");
    let signer = hand.start();
    let ran = hand.run(&["note", "apply", &held]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    let said = ran.stderr.lines().last().unwrap_or_default();
    assert!(
        said.starts_with("ALIVE it does not attend to the restart of 20")
            && said.ends_with("Buys stay stopped; signerctl note new alive"),
        "{said}"
    );
    assert_eq!(hand.status("cause").as_deref(), Some("UNATTENDED"));
    let another = hand.draft(&["alive", "--hours", "1"]);
    hand.sign(&another, &[operator]);
    let ran = hand.run(&["note", "apply", &another]);
    assert!(!ran.stderr.contains("attend"), "{}", ran.stderr);
    assert_eq!(hand.status("state").as_deref(), Some("ACTIVE"));
    assert!(signer.stop().success());
}

#[test]
fn a_lease_announces_its_end_an_hour_ahead_and_an_unlock_begins_another() {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::new(Bins::debug(), &books);
    let clock = Shifted::new(&desk.folder);
    let hand = Hand::new(&desk, Some(&clock));
    let signer = hand.start_unlocked();
    let ends_ms: u64 = hand
        .status("lease_ends_unix_ms")
        .and_then(|ms| ms.parse().ok())
        .expect("a lease");
    let left_s = (ends_ms - tests::clock::now_ms()) / 1_000;
    // It lasts for two days at least; the last alive for 70 hours.
    clock.pass(i64::try_from(left_s).expect("days") - HOUR_S + 60);
    let causes = |hand: &Hand<'_>| {
        let said = hand.run(&["status"]).stdout;
        let causes = said.lines().filter_map(|line| line.strip_prefix("cause "));
        causes.map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(
        causes(&hand).contains(&"LEASE_ENDING".to_owned()),
        "{:?}",
        causes(&hand)
    );
    clock.pass(HOUR_S);
    assert_eq!(hand.status("state").as_deref(), Some("LOCKED"));
    let (_, exit) = orders(&desk, "late", left_s / 3_600 + 1);
    assert_eq!(
        desk.order(&signer.address, &exit).expect_err("no key").code,
        "LOCKED"
    );
    let line = "LOCKED lease ended: nothing is signed, exits included. signerctl unlock";
    assert!(hand.log().contains(line), "{}", hand.log());
    desk.unlock().expect("another lease");
    assert!(!causes(&hand).contains(&"LEASE_ENDING".to_owned()));
    assert_ne!(hand.status("state").as_deref(), Some("LOCKED"));
    assert!(signer.stop().success());
}

/// M41: a clock that went elsewhere buys nothing.
#[test]
fn a_clock_that_jumps_stops_buys_until_a_person_accepts_it() {
    let desk = desk();
    let clock = Shifted::new(&desk.folder);
    let hand = Hand::new(&desk, Some(&clock));
    let signer = hand.start_unlocked();
    let nothing = hand.run(&["clock", "accept"]);
    assert!(
        nothing.stderr.starts_with("CLOCK_AGREES"),
        "{}",
        nothing.stderr
    );
    clock.set_wall(3);
    let (buy, _) = orders(&desk, "jumped", 0);
    let denied = desk
        .order(&signer.address, &buy)
        .expect_err("which time is it?");
    assert_eq!(denied.code, "REDUCE_ONLY");
    let said = denied.sentence;
    assert!(said.starts_with("the clocks disagree since "), "{said}");
    let fix = "Check time sync, then signerctl clock accept";
    assert!(said.ends_with(fix), "{said}");
    let log = hand.log();
    let line = log.lines().find(|line| line.contains("CLOCK host A is "));
    let line = line.unwrap_or_else(|| panic!("{log}"));
    assert!(
        line.contains(" s off BOOTTIME's account: buys stopped. "),
        "{line}"
    );
    assert!(
        line.ends_with("Check time sync, then signerctl clock accept"),
        "{line}"
    );
    let ran = hand.run(&["clock", "accept"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    desk.order(&signer.address, &buy).expect("accepted");
    assert!(signer.stop().success());
}
