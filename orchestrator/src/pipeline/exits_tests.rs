//! Exits that did not sell all they were to: when they are tried again, how
//! often, and what is told in the end.

use disk::Disk;
use order::{PriceE4, ShareUnits, U256};

use super::super::Pipeline;
use super::super::copying::tests::{BEGIN_MS, TOKEN, desk, facts, leader, open, told, trade};
use super::super::crashes::others::Clients;
use super::super::jobs::Done;
use super::*;
use crate::clock::simulated;
use crate::copy::Facts;
use crate::intent::{Code, Kind, Reject};
use crate::ledger::{Fill, LedgerStore};
use crate::lots::Owner;
use crate::signer::Answer;
use crate::store::News;

/// A desk whose strategy bought ten shares after its leader, who now sells all
/// that they hold.
fn sold(clients: &Clients, here: &Disk) -> Pipeline {
    let mut pipeline = desk(clients, here, |copy| {
        copy.strategies[0].rules.unknown_exit = plan::UnknownExit::Full;
    });
    let mut turn = pipeline.store.turn().unwrap();
    let fill = Fill {
        trade_id: "t".to_owned(),
        order_hash: "0xaa".to_owned(),
        market: format!("0x{}", "11".repeat(32)),
        token_id: TOKEN.to_owned(),
        side: "BUY".to_owned(),
        shares_units: 10_000_000,
        collateral_units: 5_000_000,
        fee_units: 0,
        match_s: 1,
        status: "CONFIRMED".to_owned(),
    };
    turn.record_fill(&fill).unwrap();
    let owner = Owner::own("main", Some(&leader()));
    turn.adopt(TOKEN, 10_000_000, &owner, None, 1).unwrap();
    turn.commit().unwrap();
    told(&mut pipeline, trade("sell", "SELL"));
    open(&mut pipeline);
    pipeline
}

/// The market answers the oldest observed line: `shares` are wanted at `price`.
fn answer(pipeline: &mut Pipeline, shares: u64, price: u16) {
    let mut facts: Facts = facts(U256::from(7));
    facts.book.taken_ms = clock::now_ms();
    let level = (PriceE4::new(price).unwrap(), ShareUnits::new(shares));
    facts.book.bids.push(level);
    let mut turn = pipeline.store.turn().unwrap();
    let intent_id = turn.observed().unwrap().remove(0).intent_id;
    let done = Done::Facts {
        intent_id,
        facts: Some(Ok(Box::new(facts))),
    };
    pipeline.desk.done(&mut turn, done).unwrap();
    turn.commit().unwrap();
}

/// Takes the one open attempt to `last`.
fn end(pipeline: &mut Pipeline, last: State) {
    let mut turn = pipeline.store.turn().unwrap();
    let mut row = turn.open_attempts().unwrap().remove(0);
    for state in [
        State::Reserved,
        State::SignRequested,
        State::Signed,
        State::Posting,
    ] {
        turn.advance(&mut row, state, &News::Nothing).unwrap();
    }
    assert!(turn.observed().unwrap().is_empty(), "it is at the venue");
    let killed = News::Because {
        code: "KILLED_FAK",
        detail: "none at that price",
    };
    pipeline
        .desk
        .go(&mut turn, &mut row, last, &killed)
        .unwrap();
    turn.commit().unwrap();
}

/// Names and owed shares of what is to be decided.
fn next(pipeline: &mut Pipeline) -> Vec<(String, u64)> {
    let turn = pipeline.store.turn().unwrap();
    let observed = turn.observed().unwrap();
    let owed = observed.into_iter().map(|o| {
        let units = turn.owed(&o.intent_id).unwrap();
        (o.source_id, units.unwrap_or(0))
    });
    owed.collect()
}

fn left(pipeline: &mut Pipeline) -> Vec<u64> {
    let left = pipeline.store.turn().unwrap().exits_left().unwrap();
    left.into_iter().map(|left| left.shares_units).collect()
}

fn open_shares(pipeline: &mut Pipeline) -> Vec<u64> {
    let open = pipeline.store.turn().unwrap().open_attempts().unwrap();
    open.iter().map(|row| row.intent.shares.get()).collect()
}

/// M52: an exit that the venue killed is decided again on another book, five
/// times in all, and then a person is told what stays.
#[test]
fn a_killed_exit_is_tried_again_when_it_is_over_and_told_in_the_end() {
    let (here, clients) = (Disk::new(), Clients::new());
    let mut pipeline = sold(&clients, &here);
    for nth in 1..=5_u32 {
        answer(&mut pipeline, 100_000_000, 5_000);
        assert_eq!(open_shares(&mut pipeline), [10_000_000], "try {nth}");
        assert_eq!(left(&mut pipeline), [0_u64; 0]);
        end(&mut pipeline, State::Refused);
        if nth < 5 {
            let name = format!("sell~{}", nth + 1);
            assert_eq!(next(&mut pipeline), [(name, 10_000_000)]);
        }
    }
    assert_eq!(next(&mut pipeline), []);
    assert_eq!(left(&mut pipeline), [10_000_000]);
}

/// What the book was too thin for is not forgotten with the order that was made.
#[test]
fn what_a_thin_book_cut_off_an_exit_is_sold_by_its_next_try() {
    let (here, clients) = (Disk::new(), Clients::new());
    let mut pipeline = sold(&clients, &here);
    answer(&mut pipeline, 4_000_000, 5_000);
    assert_eq!(open_shares(&mut pipeline), [4_000_000]);
    end(&mut pipeline, State::Refused);
    assert_eq!(next(&mut pipeline), [("sell~2".to_owned(), 10_000_000)]);
    // No bid within its limit: refused by our own rules, and tried again.
    answer(&mut pipeline, 100_000_000, 1_000);
    assert_eq!(next(&mut pipeline), [("sell~3".to_owned(), 10_000_000)]);
}

/// One answer of the venue's, or of its catalogue's, that a market does not trade is
/// often a pause, and may be a lie: an exit is not given up for it.
#[test]
fn an_exit_from_a_market_that_says_once_that_it_does_not_trade_is_tried_again() {
    let (here, clients) = (Disk::new(), Clients::new());
    let mut pipeline = sold(&clients, &here);
    let ask = |pipeline: &mut Pipeline, facts| {
        let mut turn = pipeline.store.turn().unwrap();
        let intent_id = turn.observed().unwrap().remove(0).intent_id;
        let facts = Some(facts);
        let done = Done::Facts { intent_id, facts };
        pipeline.desk.done(&mut turn, done).unwrap();
        turn.commit().unwrap();
    };
    let mut paused: Facts = facts(U256::from(7));
    paused.market.accepting = false;
    ask(&mut pipeline, Ok(Box::new(paused)));
    assert_eq!(next(&mut pipeline), [("sell~2".to_owned(), 10_000_000)]);
    let unlisted = Reject::new(Code::Plan(Reason::NotTrading), String::new());
    ask(&mut pipeline, Err(unlisted));
    assert_eq!(next(&mut pipeline), [("sell~3".to_owned(), 10_000_000)]);
    assert_eq!(left(&mut pipeline), [0_u64; 0]);
    answer(&mut pipeline, 100_000_000, 5_000);
    assert_eq!(open_shares(&mut pipeline), [10_000_000]);
    // What is said of the line itself stays so.
    drop(pipeline);
    let here = Disk::new();
    let mut pipeline = sold(&clients, &here);
    let unknown = Reject::new(Code::UnknownToken, String::new());
    ask(&mut pipeline, Err(unknown));
    assert_eq!(next(&mut pipeline), []);
    assert_eq!(left(&mut pipeline), [10_000_000]);
}

#[test]
fn an_exit_that_may_be_at_the_venue_is_not_asked_for_again() {
    let (here, clients) = (Disk::new(), Clients::new());
    let mut pipeline = sold(&clients, &here);
    answer(&mut pipeline, 100_000_000, 5_000);
    end(&mut pipeline, State::Unknown);
    assert_eq!(next(&mut pipeline), []);
    assert_eq!(left(&mut pipeline), [0_u64; 0], "it counts as sold");
}

/// A copy keeps rules of its leader's price and age, and shares its rate with buys;
/// an exit has none of them, and so another answer. Once.
#[test]
fn a_copied_sale_that_was_denied_is_asked_for_as_an_exit() {
    let (here, clients) = (Disk::new(), Clients::new());
    let mut pipeline = sold(&clients, &here);
    for kind in [Kind::Copy, Kind::Exit] {
        answer(&mut pipeline, 100_000_000, 5_000);
        let mut turn = pipeline.store.turn().unwrap();
        let mut row = turn.open_attempts().unwrap().remove(0);
        assert_eq!(row.intent.kind, kind);
        for state in [State::Reserved, State::SignRequested] {
            turn.advance(&mut row, state, &News::Nothing).unwrap();
        }
        let to = State::Denied;
        let news = News::Nothing;
        pipeline.desk.go(&mut turn, &mut row, to, &news).unwrap();
        turn.commit().unwrap();
        if kind == Kind::Copy {
            assert_eq!(next(&mut pipeline), [("sell~2".to_owned(), 10_000_000)]);
            assert_eq!(left(&mut pipeline), [0_u64; 0]);
        }
    }
    assert_eq!(next(&mut pipeline), []);
    assert_eq!(left(&mut pipeline), [10_000_000]);
}

/// A leader who trades fast enough fills the minute, and then sells for real.
#[test]
fn an_exit_that_the_signer_has_no_room_for_this_minute_is_asked_for_when_it_has() {
    let (here, clients) = (Disk::new(), Clients::new());
    let mut pipeline = sold(&clients, &here);
    let denied = |pipeline: &mut Pipeline, code: &str, retry_at_ms| {
        let mut turn = pipeline.store.turn().unwrap();
        let mut row = turn.open_attempts().unwrap().remove(0);
        for state in [State::Reserved, State::SignRequested] {
            turn.advance(&mut row, state, &News::Nothing).unwrap();
        }
        let answer = Answer::Denied {
            code: code.to_owned(),
            sentence: "no".to_owned(),
            retry_at_ms,
        };
        let key = row.key();
        let done = Done::Signed { key, answer };
        pipeline.desk.done(&mut turn, done).unwrap();
        turn.commit().unwrap();
    };
    let begun = |pipeline: &mut Pipeline, at_ms: u64| {
        simulated::set(at_ms);
        let mut turn = pipeline.store.turn().unwrap();
        let jobs = pipeline.desk.begin(&mut turn, at_ms).unwrap();
        turn.commit().unwrap();
        jobs.iter().filter(|job| job.key().is_some()).count()
    };
    answer(&mut pipeline, 100_000_000, 5_000);
    denied(&mut pipeline, "RATE", Some(BEGIN_MS + 20_000));
    assert_eq!(left(&mut pipeline), [0_u64; 0]);
    assert_eq!(begun(&mut pipeline, BEGIN_MS + 19_999), 0);
    assert_eq!(begun(&mut pipeline, BEGIN_MS + 20_000), 1, "the same again");
    // It may be that nobody had room for it in time: that was a try.
    begun(&mut pipeline, BEGIN_MS + 60_000);
    assert_eq!(next(&mut pipeline), [("sell~2".to_owned(), 10_000_000)]);
    // What passes tomorrow, or never, is a person's to decide.
    for retry_at_ms in [Some(BEGIN_MS + 60_001), None] {
        let here = Disk::new();
        let mut pipeline = sold(&clients, &here);
        answer(&mut pipeline, 100_000_000, 5_000);
        denied(&mut pipeline, "SELL_REUSE", retry_at_ms);
        assert_eq!(next(&mut pipeline), [("sell~2".to_owned(), 10_000_000)]);
        answer(&mut pipeline, 100_000_000, 5_000);
        denied(&mut pipeline, "SELL_REUSE", retry_at_ms);
        assert_eq!(next(&mut pipeline), []);
        assert_eq!(left(&mut pipeline), [10_000_000]);
    }
}

/// A stop is nobody's try: an exit lives through it, and is over when it is too
/// old to be one.
#[test]
fn an_exit_waits_for_what_stops_it_and_a_silent_market_costs_a_try() {
    let (here, clients) = (Disk::new(), Clients::new());
    let mut pipeline = sold(&clients, &here);
    pipeline.desk.gate.incomplete = Some("a look".to_owned());
    let turns = |pipeline: &mut Pipeline, at_ms: u64| {
        simulated::set(at_ms);
        let mut turn = pipeline.store.turn().unwrap();
        pipeline.desk.begin(&mut turn, at_ms).unwrap();
        turn.commit().unwrap();
    };
    turns(&mut pipeline, BEGIN_MS + 600_000);
    assert_eq!(next(&mut pipeline), [("sell".to_owned(), 0)]);
    open(&mut pipeline);
    turns(&mut pipeline, BEGIN_MS + 700_000);
    assert_eq!(next(&mut pipeline), [("sell~2".to_owned(), 10_000_000)]);
    // Older than exits may be: nothing waits for it any more.
    pipeline.desk.gate.incomplete = Some("a look".to_owned());
    turns(&mut pipeline, BEGIN_MS + 90_000_000);
    assert_eq!(next(&mut pipeline), [("sell~3".to_owned(), 10_000_000)]);
}
