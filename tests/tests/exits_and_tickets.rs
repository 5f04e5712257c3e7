//! A position is bought, and sold again piece by piece.
//!
//! Above the policy's floor an exit needs nobody; below it, it is denied until
//! an operator's ticket lets exactly one through.

use tests::ask;
use tests::bins::{self, Bins};
use tests::desk::Desk;
use tests::hand::Hand;

/// M232: out by rule, and below the floor by ticket.
#[test]
fn below_the_floor_one_ticket_lets_one_exit_through() {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::new(Bins::debug(), &books);
    let hand = Hand::new(&desk, None);
    let signer = desk.start_signer();
    let order = |intent| desk.order(&signer.address, &intent);
    let exit = |name: &str, price_e4| order(ask::exit(&desk.book, name, 200, price_e4));

    let nothing = exit("early", 3_000).expect_err("nothing is held");
    assert_eq!(nothing.code, "HOLDINGS");
    order(ask::buy(&desk.book, "position")).expect("ten shares");
    exit("above", 3_000).expect("above the floor");
    exit("at", 500).expect("at the floor");
    let below = exit("below", 400).expect_err("below the floor");
    assert_eq!(below.code, "SELL_FLOOR");
    let token = &desk.book.token;
    let command = format!("signerctl note new ticket --token {token} --shares 2 --price 0.04");
    let said = format!("sell 2.00 at 0.04: floor 0.05. {command}");
    assert_eq!(below.sentence, said);

    // The command that the denial names, as it stands there.
    let ticket: Vec<&str> = command.split(' ').skip(3).collect();
    let nobody = &desk.authority.quorum[0];
    let refused = hand.say(&ticket, &[nobody]).expect_err("not an operator");
    assert!(refused.starts_with("NOTE_TOO_FEW_SIGNATURES"), "{refused}");
    let file = hand.draft(&ticket);
    hand.sign(&file, &[&desk.authority.operator]);
    hand.apply(&file).expect("a ticket");
    let twice = hand.apply(&file).expect_err("the same ticket");
    assert!(twice.starts_with("NOTE_USED"), "{twice}");

    let more = order(ask::exit(&desk.book, "more", 201, 400)).expect_err("more than it says");
    assert_eq!(more.code, "SELL_FLOOR");
    let cheaper = exit("cheaper", 300).expect_err("cheaper than it says");
    assert_eq!(cheaper.code, "SELL_FLOOR");
    let intent = ask::exit(&desk.book, "below", 200, 400);
    let sold = order(intent.clone()).expect("the ticket's one");
    assert_eq!(order(intent).expect("the same order again"), sold);
    let second = exit("second", 400).expect_err("the ticket is used");
    assert_eq!(second.code, "SELL_FLOOR");
    assert!(signer.stop().success());
    let signer = desk.start_signer();
    let second = desk
        .order(&signer.address, &ask::exit(&desk.book, "third", 200, 400))
        .expect_err("a restart does not bring it back");
    assert_eq!(second.code, "SELL_FLOOR");
    let log = hand.log();
    assert!(log.contains("DENIED SELL_FLOOR "), "{log}");
    // What an intent wants is in the journal, and in no log.
    for content in ["SELL 2", "at 0.04", &said, &desk.book.token] {
        assert!(!log.contains(content), "{content}: {log}");
    }
}
