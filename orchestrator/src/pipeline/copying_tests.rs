//! Leaders' trades at the desk: what a line may be, what waits for what, and
//! what is left of a day.

use disk::Disk;
use order::{CollateralUnits, U256};
use plan::Account;
use serde_json::json;

use super::super::crashes::{life, others};
use super::super::{Gathered, Pipeline};
use super::*;
use crate::clob::Gamma;
use crate::clock::simulated;
use crate::config::{OnUnknown, strategy};
use crate::copy::Copy;
use crate::intake::Reply;
use crate::intake::tail::Line;
use crate::metrics::Metrics;
use crate::store::Store;

/// 2026-11-20T12:00:00Z.
pub(in crate::pipeline) const BEGIN_MS: u64 = 1_795_176_000_000;
pub(in crate::pipeline) const TOKEN: &str = "7";

pub(in crate::pipeline) fn leader() -> String {
    format!("0x{}", "22".repeat(20))
}

/// A pipeline that copies one leader as `main`, and everything it stands on.
pub(in crate::pipeline) fn desk(
    clients: &others::Clients,
    here: &Disk,
    bend: impl Fn(&mut Copy),
) -> Pipeline {
    simulated::set(BEGIN_MS);
    let store = Store::open(&here.file(life::DATABASE)).unwrap();
    let trading = life::trading(OnUnknown::Wait);
    let (signer, clob) = (clients.signer.clone(), clients.clob.clone());
    let leader = leader();
    let block =
        format!("name = \"main\"\nfollow_traders = [\"{leader}\"]\nallow_all_markets = true");
    let mut copy = Copy {
        strategies: vec![strategy::tests::of_block(&block)],
        ..Copy::default()
    };
    bend(&mut copy);
    let gamma = Gamma::new("http://127.0.0.1:1", 1_000).unwrap();
    Pipeline::new(store, signer, clob, trading, 60_000, Metrics::new()).copying(copy, gamma)
}

/// A leader's trade, as a copytrader line.
pub(in crate::pipeline) fn trade(id: &str, side: &str) -> String {
    json!({"intent_id": id, "timestamp": "2026-11-20T12:00:00", "source_trader": leader(),
        "token_id": TOKEN, "side": side, "size_usdc": "50", "size_tokens": "100"})
    .to_string()
}

/// A line of our own.
fn own(id: &str, kind: &str, side: &str, strategy: &str) -> String {
    json!({"v": 1, "id": id, "kind": kind, "side": side, "strategy": strategy,
        "market": format!("0x{}", "11".repeat(32)), "token": TOKEN, "price": "0.5",
        "shares": "10", "tick": "0.01", "order_type": "FAK", "leader": leader(),
        "leader_price": "0.5", "leader_time_ms": BEGIN_MS})
    .to_string()
}

pub(in crate::pipeline) fn told(pipeline: &mut Pipeline, line: String) -> Reply {
    let mut turn = pipeline.store.turn().unwrap();
    let reply = pipeline
        .desk
        .admit(&mut turn, &Line::Text(line), "line 1", BEGIN_MS);
    turn.commit().unwrap();
    reply.unwrap()
}

fn code(reply: &Reply) -> &'static str {
    match reply {
        Reply::Rejected(reject) => reject.code.name(),
        Reply::Taken { .. } => "taken",
    }
}

/// What would be asked now about the observed line `id`.
fn asked(pipeline: &mut Pipeline, id: &str, now_ms: u64) -> bool {
    let mut turn = pipeline.store.turn().unwrap();
    let observed = turn.observed().unwrap();
    let name = format!("\"intent_id\":\"{id}\"");
    let observed = observed
        .into_iter()
        .find(|o| o.line.contains(&name))
        .unwrap();
    let job = pipeline.desk.question(&mut turn, observed, now_ms).unwrap();
    turn.commit().unwrap();
    job.is_some()
}

/// Nothing stops anything.
pub(in crate::pipeline) fn open(pipeline: &mut Pipeline) {
    pipeline.desk.gate.incomplete = None;
    pipeline.desk.gate.skew_ms.0 = 0;
}

/// A copy that was decided and could not begin is not begun on an old book; an
/// exit, and a line of our own, wait as before.
#[test]
fn a_copy_decided_long_ago_is_not_begun_and_an_exit_is() {
    let (here, clients) = (Disk::new(), others::Clients::new());
    let mut pipeline = desk(&clients, &here, |_| ());
    let mut turn = pipeline.store.turn().unwrap();
    let mut decided = Vec::new();
    for side in ["BUY", "SELL"] {
        let times = (BEGIN_MS, BEGIN_MS + 60_000);
        let line = trade(side, side);
        let admitted = turn.admit(("main", side), None, &line, times).unwrap();
        decided.push((admitted.intent_id, side));
    }
    let line = Line::Text(own("own", "copy", "BUY", "by-hand"));
    pipeline
        .desk
        .admit(&mut turn, &line, "line 1", BEGIN_MS)
        .unwrap();
    let by_hand = turn.open_attempts().unwrap().remove(0).intent_id;
    simulated::set(BEGIN_MS + 10);
    for (intent_id, side) in &decided {
        let trade = Intent::parse(&own(side, "copy", side, "main")).unwrap();
        turn.resolved(intent_id, &Ok(trade)).unwrap();
    }
    turn.commit().unwrap();
    let mut stand = |after_ms: u64| {
        simulated::set(BEGIN_MS + 10 + after_ms);
        // The first look is not over, so that nothing may begin.
        pipeline.turn(&mut Gathered::default()).unwrap();
        let turn = pipeline.store.turn().unwrap();
        [&decided[0].0, &decided[1].0, &by_hand]
            .map(|id| turn.attempt(&(id.clone(), 0)).unwrap().state)
    };
    assert_eq!(stand(5_000), [State::Intent; 3]);
    assert_eq!(
        stand(5_001),
        [State::Rejected, State::Intent, State::Intent]
    );
}

#[test]
fn a_strategy_that_was_taken_away_copies_nothing() {
    let (here, clients) = (Disk::new(), others::Clients::new());
    let mut pipeline = desk(&clients, &here, |_| ());
    assert_eq!(code(&told(&mut pipeline, trade("a", "BUY"))), "taken");
    drop(pipeline);
    let mut pipeline = desk(&clients, &here, |copy| copy.strategies.clear());
    pipeline.turn(&mut Gathered::default()).unwrap();
    let mut turn = pipeline.store.turn().unwrap();
    assert!(turn.observed().unwrap().is_empty() && turn.open_attempts().unwrap().is_empty());
    let known = turn
        .admit(("main", "a"), None, &trade("a", "BUY"), (0, 0))
        .unwrap();
    assert_eq!((known.new, known.state), (false, State::Rejected));
}

#[test]
fn a_line_of_our_own_is_no_way_around_a_strategy_or_its_watchers() {
    let (here, clients) = (Disk::new(), others::Clients::new());
    let mut pipeline = desk(&clients, &here, |_| ());
    for (kind, side) in [("copy", "BUY"), ("copy", "SELL"), ("exit", "SELL")] {
        let reply = told(&mut pipeline, own("x", kind, side, "main"));
        assert_eq!(code(&reply), "NOT_ITS_STRATEGY", "{kind} {side}");
    }
    assert_eq!(
        code(&told(&mut pipeline, own("y", "copy", "BUY", "by-hand"))),
        "taken"
    );
    drop(pipeline);
    let watched = |copy: &mut Copy| copy.watchers.push("ab".repeat(32));
    let mut pipeline = desk(&clients, &here, watched);
    assert_eq!(
        code(&told(&mut pipeline, own("z", "copy", "BUY", "by-hand"))),
        "NOT_SIGNED"
    );
    assert_eq!(
        code(&told(&mut pipeline, own("e", "exit", "SELL", "by-hand"))),
        "taken"
    );
    assert_eq!(code(&told(&mut pipeline, trade("t", "BUY"))), "NOT_SIGNED");
    drop(pipeline);
    let mut pipeline = desk(&clients, &here, |copy| {
        watched(copy);
        copy.strategies.clear();
    });
    assert_eq!(
        code(&told(&mut pipeline, trade("u", "BUY"))),
        "NOT_ITS_STRATEGY"
    );
}

#[test]
fn an_exit_waits_for_buys_that_go_on_and_not_for_those_that_are_stopped() {
    let (here, clients) = (Disk::new(), others::Clients::new());
    let mut pipeline = desk(&clients, &here, |_| ());
    told(&mut pipeline, trade("buy", "BUY"));
    told(&mut pipeline, trade("sell", "SELL"));
    open(&mut pipeline);
    assert!(asked(&mut pipeline, "buy", BEGIN_MS));
    assert!(!asked(&mut pipeline, "sell", BEGIN_MS));
    assert!(!asked(&mut pipeline, "sell", BEGIN_MS + EXIT_WAIT_MS_MAX));
    assert!(asked(
        &mut pipeline,
        "sell",
        BEGIN_MS + EXIT_WAIT_MS_MAX + 1
    ));
    pipeline.desk.gate.closed_only = true;
    assert!(!asked(&mut pipeline, "buy", BEGIN_MS));
    assert!(asked(&mut pipeline, "sell", BEGIN_MS));
}

#[test]
fn what_is_due_and_stopped_does_not_turn_the_loop() {
    let (here, clients) = (Disk::new(), others::Clients::new());
    let mut pipeline = desk(&clients, &here, |_| ());
    told(&mut pipeline, trade("buy", "BUY"));
    let turn = pipeline.store.turn().unwrap();
    let key = (turn.observed().unwrap().remove(0).intent_id, 0);
    drop(turn);
    pipeline.desk.next_try.insert(key, BEGIN_MS + 1);
    simulated::set(BEGIN_MS + 1_000);
    pipeline.desk.looks.running = true;
    pipeline.turn(&mut Gathered::default()).unwrap();
    let until = super::super::Until::Stopped;
    assert!(pipeline.desk.pause_ms(BEGIN_MS + 1_000, until) > 100);
}

/// A market with an empty book.
pub(in crate::pipeline) fn facts(token: U256) -> Facts {
    Facts {
        token,
        attested: None,
        market: plan::Market {
            condition: order::B256::repeat_byte(0x11),
            tick: order::TickSize::Cent,
            order_shares_min: order::ShareUnits::new(5_000_000),
            neg_risk: false,
            version: plan::ProtocolVersion::V2,
            accepting: true,
            end_ms: None,
            fee: plan::fee::FeeCurve {
                rate: plan::fee::Rate::ZERO,
                exponent: 1,
            },
        },
        book: plan::Book {
            bids: Vec::new(),
            asks: Vec::new(),
            taken_ms: BEGIN_MS,
        },
    }
}

#[test]
fn a_trade_too_small_to_carry_is_left_out_and_stops_nothing() {
    let (here, clients) = (Disk::new(), others::Clients::new());
    let mut pipeline = desk(&clients, &here, |copy| {
        copy.strategies[0].aggregate_ms = 60_000;
    });
    told(&mut pipeline, trade("dust", "SELL"));
    let named = pipeline.desk.copy.strategies[0].clone();
    let mut turn = pipeline.store.turn().unwrap();
    let observed = turn.observed().unwrap().remove(0);
    let draft = draft_of(&observed).unwrap();
    let signal = copy::signal(&draft, BEGIN_MS).unwrap();
    let facts = facts(signal.token);
    let account = Account {
        held_units: 5_000_000,
        ..Account::default()
    };
    let mut tiny = signal.clone();
    tiny.shares_units = 100_000;
    tiny.leader_before_units = Some(1_000_000_000_000);
    let mut book = facts.book.clone();
    let price = order::PriceE4::new(5_000).unwrap();
    book.bids
        .push((price, order::ShareUnits::new(1_000_000_000)));
    let refusal = plan::decide(
        &named.rules,
        &tiny,
        &facts.market,
        &book,
        &account,
        BEGIN_MS,
    );
    assert_eq!(refusal.as_ref().err().and_then(|r| r.carry_units), Some(0));
    let about = (&named, &draft, &facts);
    let on = audit::Facts {
        strategy: named.rules.clone(),
        account,
        signal: signal.clone(),
        market: facts.market,
        book: facts.book.clone(),
    };
    let who = (observed.intent_id.as_str(), "dust", &on);
    pipeline
        .desk
        .decided(&mut turn, about, who, refusal, BEGIN_MS)
        .unwrap();
    turn.commit().unwrap();
    assert!(
        pipeline
            .store
            .turn()
            .unwrap()
            .observed()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn the_accounts_day_is_what_others_have_left_of_it() {
    let (here, clients) = (Disk::new(), others::Clients::new());
    let mut pipeline = desk(&clients, &here, |copy| {
        copy.day_usdc_max = Some(CollateralUnits::new(20_000_000));
    });
    let named = pipeline.desk.copy.strategies[0].clone();
    let day = |pipeline: &mut Pipeline| {
        let turn = pipeline.store.turn().unwrap();
        let rules = pipeline.desk.rules_today(&turn, &named, BEGIN_MS).unwrap();
        rules.day_usdc_max.map(CollateralUnits::get)
    };
    assert_eq!(day(&mut pipeline), Some(20_000_000));
    // Ten shares at 0.5 of another sender, with a tenth for fees.
    told(&mut pipeline, own("o", "copy", "BUY", "by-hand"));
    assert_eq!(day(&mut pipeline), Some(14_500_000));
    told(&mut pipeline, own("p", "exit", "SELL", "by-hand"));
    assert_eq!(day(&mut pipeline), Some(14_500_000));
}

#[test]
fn a_buy_is_not_sent_when_its_trade_has_grown_old() {
    let (here, clients) = (Disk::new(), others::Clients::new());
    let mut pipeline = desk(&clients, &here, |_| ());
    told(&mut pipeline, trade("buy", "BUY"));
    let mut turn = pipeline.store.turn().unwrap();
    let observed = turn.observed().unwrap().remove(0);
    for (ms, stands) in [(70_000, 60_000), (30_000, 30_000), (40_000, 30_000)] {
        turn.not_after(&observed.intent_id, BEGIN_MS + ms).unwrap();
        let deadline_ms = turn.observed().unwrap().remove(0).deadline_ms;
        assert_eq!(deadline_ms, BEGIN_MS + stands);
    }
}
