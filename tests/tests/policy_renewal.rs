//! The quorum writes the next version of the policy.
//!
//! It waits for the delay of the one in force, whoever is in a hurry; meanwhile
//! any one key of the quorum can drop it; a draft left lying is good for nothing.

use std::fs;

use tests::ask;
use tests::bins::{self, Bins};
use tests::desk::{Desk, LEADER};
use tests::hand::Hand;
use tests::shifted::Shifted;

const HOUR_S: i64 = 3_600;

const RENEW: [&str; 5] = [
    "policy",
    "--renew",
    "policy.note",
    "--set",
    "order_usdc_max=4",
];

/// M125: what loosens waits its delay out.
#[test]
fn the_next_version_is_in_force_after_the_delay_and_not_before() {
    let desk = Desk::standard();
    let clock = Shifted::new(&desk.folder);
    let hand = Hand::new(&desk, Some(&clock));
    let signer = hand.start_unlocked();
    let quorum = &desk.authority.quorum;
    let in_force = || hand.status("policy_version").expect("a policy");

    let few = hand.say(&RENEW, &[&quorum[1]]).expect_err("one of two");
    assert!(few.starts_with("NOTE_TOO_FEW_SIGNATURES"), "{few}");
    let operator = hand.say(&RENEW, &[&desk.authority.operator]);
    operator.expect_err("not of the quorum");
    let said = hand
        .say(&RENEW, &[&quorum[0], &quorum[1]])
        .expect("pending");
    assert!(said.contains("in_force_from_unix_s "), "{said}");
    assert_eq!(hand.status("pending_version").as_deref(), Some("2"));
    let from = hand.status("pending_from").expect("a time");
    let second = hand
        .say(&RENEW, &[&quorum[0], &quorum[1]])
        .expect_err("one at a time");
    let begins = format!("NOTE_POLICY_PENDING version: a policy is pending until {from}");
    assert!(second.starts_with(&begins), "{second}");

    clock.pass(24 * HOUR_S - 60);
    assert_eq!(in_force(), "1", "a minute before");
    let buy = |name: &str, s| ask::later(ask::buy(&desk.book, name), s);
    desk.order(&signer.address, &buy("before", 24 * 3_600 - 60))
        .expect("4.10 of 25");
    clock.pass(120);
    assert_eq!(in_force(), "2");
    assert_eq!(hand.status("pending_version"), None);
    let denied = desk
        .order(&signer.address, &buy("after", 24 * 3_600 + 60))
        .expect_err("4.10 of 4");
    assert_eq!(denied.code, "ORDER_TOO_LARGE");
    assert_eq!(
        hand.status("charged_day_usdc").as_deref(),
        Some("4.51"),
        "meters stay"
    );
    assert!(signer.stop().success());
    let signer = hand.start();
    assert_eq!(in_force(), "2", "after a restart");
    assert!(signer.stop().success());
}

#[test]
fn time_that_the_machine_was_off_does_not_shorten_the_delay() {
    let desk = Desk::standard();
    let clock = Shifted::new(&desk.folder);
    let hand = Hand::new(&desk, Some(&clock));
    let signer = hand.start();
    let quorum = &desk.authority.quorum;
    hand.say(&RENEW, &[&quorum[0], &quorum[1]])
        .expect("pending");
    assert!(signer.stop().success());
    // The wall clock says two days; the machine was up for a minute of them.
    clock.set_wall(2 * 24 * HOUR_S);
    clock.boot();
    let signer = hand.start();
    assert_eq!(hand.status("policy_version").as_deref(), Some("1"));
    clock.pass(24 * HOUR_S - 180);
    assert_eq!(hand.status("policy_version").as_deref(), Some("1"));
    clock.pass(180);
    assert_eq!(hand.status("policy_version").as_deref(), Some("2"));
    assert!(signer.stop().success());
}

/// M229: a pending version can be dropped, and not brought again.
#[test]
fn one_key_of_the_quorum_drops_a_pending_version_for_good() {
    let desk = Desk::standard();
    let clock = Shifted::new(&desk.folder);
    let hand = Hand::new(&desk, Some(&clock));
    let signer = hand.start();
    let quorum = &desk.authority.quorum;
    let none = ["cancel", "--version", "2", "--hash"];
    let zeros = format!("0x{}", "0".repeat(64));
    let none = hand.say(&[&none[..], &[&zeros]].concat(), &[&quorum[0]]);
    let none = none.expect_err("nothing is pending");
    assert!(none.starts_with("NOTE_NOT_PENDING"), "{none}");
    let next = hand.draft(&RENEW);
    hand.sign(&next, &[&quorum[0], &quorum[1]]);
    hand.apply(&next).expect("pending");
    let stranger = hand.say(&["cancel"], &[&desk.authority.operator]);
    stranger.expect_err("not of the quorum");
    hand.say(&["cancel"], &[&quorum[2]])
        .expect("any one of them");
    assert_eq!(hand.status("pending_version"), None);
    clock.pass(25 * HOUR_S);
    assert_eq!(hand.status("policy_version").as_deref(), Some("1"));
    assert!(signer.stop().success());
    let signer = hand.start();
    assert_eq!(
        hand.status("policy_version").as_deref(),
        Some("1"),
        "after a restart"
    );
    assert!(signer.stop().success());
}

#[test]
fn a_draft_left_lying_past_its_time_is_refused() {
    let desk = Desk::standard();
    let clock = Shifted::new(&desk.folder);
    let hand = Hand::new(&desk, Some(&clock));
    let signer = hand.start();
    let quorum = &desk.authority.quorum;
    let next = hand.draft(&[&RENEW[..], &["--valid-minutes", "60"]].concat());
    hand.sign(&next, &[&quorum[0], &quorum[1]]);
    clock.pass(HOUR_S);
    let late = hand.apply(&next).expect_err("too late");
    assert!(late.starts_with("NOTE_TOO_LATE apply_before: "), "{late}");
    assert!(late.ends_with("make a new one"), "{late}");
    assert_eq!(hand.status("pending_version"), None);
    assert!(signer.stop().success());
}

#[test]
fn a_policy_that_nobody_renews_says_so_before_its_end_and_after() {
    let desk = Desk::standard();
    let clock = Shifted::new(&desk.folder);
    let hand = Hand::new(&desk, Some(&clock));
    let signer = hand.start();
    let of_the_policy = |said: &str| {
        let lines = said.lines().filter(|line| line.starts_with("POLICY "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let said = hand.run(&["status"]).stderr;
    assert!(of_the_policy(&said).is_empty(), "ninety days ahead: {said}");
    let expires = hand.status("policy_expires").expect("a time");
    clock.pass(87 * 24 * HOUR_S - 60);
    let said = hand.run(&["status"]).stderr;
    let line = format!(
        "POLICY v1 expires in 3 days ({expires}): then buys stop, sells run 7 days. \
         signerctl note new policy --renew POLICY.note"
    );
    assert_eq!(of_the_policy(&said), [line]);
    clock.pass(3 * 24 * HOUR_S + 120);
    let ran = hand.run(&["status"]);
    assert!(of_the_policy(&ran.stderr).is_empty(), "{}", ran.stderr);
    let why = format!("why policy expired {expires}, sells run until ");
    let line = ran.stdout.lines().find(|line| line.starts_with(&why));
    let line = line.unwrap_or_else(|| panic!("{}", ran.stdout));
    assert!(
        line.ends_with(". signerctl note new policy --renew"),
        "{line}"
    );
    assert!(signer.stop().success());
}

/// A new operator carries the two in the wrong order.
#[test]
fn a_policy_that_comes_before_the_key_set_is_told_what_comes_first() {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::unfounded(Bins::debug(), &books);
    let hand = Hand::new(&desk, None);
    let signer = hand.start();
    let (journal, wallet) = (&desk.journal_id, &desk.key.address);
    let keyset = desk.authority.keyset(journal);
    let policy = desk.authority.policy(journal, wallet, &[LEADER], &[]);
    for (file, note) in [("first.note", policy), ("keyset.note", keyset)] {
        fs::write(desk.file(file), note).expect("the folder is ours");
    }
    let refused = hand.apply("first.note").expect_err("nobody is known");
    assert_eq!(
        refused,
        "NOTE_NO_KNOWN_KEY signatures: there is no key set yet, so no key is known; \
         signerctl note found KEYSET.note first, then apply this again"
    );
    let found = hand.run(&["note", "found", "keyset.note"]);
    assert_eq!(found.code(), 0, "{}", found.stderr);
    hand.apply("first.note").expect("the same note, now");
    assert!(signer.stop().success());
}
