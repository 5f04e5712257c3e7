//! An operator turns the day's limits up and down.
//!
//! Within the policy each turn holds at once, both ways; beyond it nothing
//! changes at all; and no turn gives back what a meter was charged.

use frame::intent::{Intent, Size};
use order::ShareUnits;
use tests::ask;
use tests::bins::{self, Bins};
use tests::desk::Desk;
use tests::hand::Hand;

#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
fn a_dial_holds_at_once_within_the_policy_and_never_beyond() {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::new(Bins::debug(), &books);
    let hand = Hand::new(&desk, None);
    let signer = desk.start_signer();
    let operator = &desk.authority.operator;
    let dial = |args: &[&str]| hand.say(&[&["dial"], args].concat(), &[operator]);
    let charged = || hand.status("charged_day_usdc").expect("a meter");
    // Twenty shares at 0.41: 8.20, and 9.02 charged.
    let buy = |name: &str| {
        let intent = Intent {
            size: Size::Shares(ShareUnits::new(20_000_000)),
            ..ask::buy(&desk.book, name)
        };
        desk.order(&signer.address, &intent)
    };
    buy("before").expect("within the policy");
    assert_eq!(charged(), "9.02");

    dial(&["--order", "8.19"]).expect("down");
    let large = buy("large").expect_err("above today's");
    assert_eq!(large.code, "ORDER_TOO_LARGE");
    let said = "8.20 USDC, most 8.19 an order. signerctl note new dial --order 8.2 (ceiling 25.00)";
    assert_eq!(large.sentence, said);
    dial(&["--order", "8.2"]).expect("up, as the denial says");
    buy("large").expect("within today's");

    let status = |name: &str| hand.status(name).expect("a line");
    let before = (status("dial_serial"), status("journal_size"));
    for beyond in [
        &["--order", "25.000001"][..],
        &["--day", "1500.000001"],
        &["--order", "10", "--day", "1501"],
        &["--rate", "601"],
    ] {
        let refused = dial(beyond).expect_err("beyond the policy");
        assert!(refused.starts_with("NOTE_BEYOND_POLICY"), "{refused}");
        assert!(refused.contains("stay within it"), "{refused}");
    }
    assert_eq!((status("dial_serial"), status("journal_size")), before);
    assert_eq!(status("today_order_usdc_max"), "8.2");
    let foreign = hand.say(&["dial", "--day", "100"], &[&desk.authority.quorum[0]]);
    assert!(
        foreign
            .expect_err("not an operator")
            .starts_with("NOTE_TOO_FEW_SIGNATURES")
    );

    // 18.04 was charged: a day below that lets nothing through, up again does,
    // and neither touches the meter.
    dial(&["--day", "18"]).expect("down");
    assert_eq!(charged(), "18.04");
    let short = buy("short").expect_err("the day is spent");
    assert_eq!(short.code, "BUDGET_DAY");
    let begins = "18.04 of 18.00 charged; ";
    assert!(short.sentence.starts_with(begins), "{}", short.sentence);
    let fix = "signerctl note new dial --day 27.06 (ceiling 1,500.00)";
    assert!(short.sentence.ends_with(fix), "{}", short.sentence);
    assert!(short.retry_at_ms.is_some(), "it passes by itself");
    dial(&["--day", "27.06"]).expect("up, as the denial says");
    assert_eq!(charged(), "18.04");
    buy("short").expect("exactly enough");
    assert_eq!(charged(), "27.06");
    let said = hand.run(&["status"]).stderr;
    let begins = "BUDGET 100 %: 27.06 of 27.06 charged today; empty about ";
    let line = said.lines().find(|line| line.starts_with(begins));
    let fix = "Z at this pace. signerctl note new dial --day USDC";
    assert!(line.is_some_and(|line| line.ends_with(fix)), "{said}");
    assert!(signer.stop().success());
    let signer = desk.start_signer();
    assert_eq!(
        (charged().as_str(), status("today_day_usdc").as_str()),
        ("27.06", "27.06")
    );
    assert!(signer.stop().success());
}
