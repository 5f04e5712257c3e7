//! One attempt is asked for with two contents: a restored database, or worse.
//!
//! It is denied, and the signer's log raises the alarm with who asked and what
//! to do, beside the line of the denial.

use frame::intent::{Intent, Size};
use order::ShareUnits;
use tests::ask;
use tests::bins::{self, Bins};
use tests::desk::Desk;
use tests::hand::Hand;

#[test]
fn an_attempt_with_two_contents_is_an_alarm() {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::new(Bins::debug(), &books);
    let hand = Hand::new(&desk, None);
    let signer = desk.start_signer();
    let intent = ask::buy(&desk.book, "reused");
    desk.order(&signer.address, &intent).expect("signed");
    let other = Intent {
        size: Size::Shares(ShareUnits::new(5_000_000)),
        ..intent
    };
    let denied = desk
        .order(&signer.address, &other)
        .expect_err("other content");
    assert_eq!(denied.code, "INTENT_REUSED");
    let log = hand.log();
    let alarm = "ALARM INTENT_REUSED by orchestrator-a, denied: one attempt with two contents: \
                 a restored database, or a hostile host. signerctl log; then name a new intent";
    assert_eq!(log.matches(alarm).count(), 1, "{log}");
    assert!(log.contains("DENIED INTENT_REUSED "), "{log}");
    assert!(signer.stop().success());
    // As the alarm words it, where the signer's files are.
    let ran = hand.run(&["log"]);
    assert!(
        ran.stdout.contains(" INTENT_REUSED by=orchestrator-a"),
        "{}",
        ran.stdout
    );
}
