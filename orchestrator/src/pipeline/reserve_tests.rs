//! What may be set aside for whom.

use disk::Disk;
use order::ShareUnits;

use super::*;
use crate::ledger::{Fill, LedgerStore};
use crate::lots::Owner;
use crate::store::Store;

fn intent(side: &str) -> Intent {
    let market = format!("0x{}", "11".repeat(32));
    let line = serde_json::json!({"v": 1, "id": "t", "kind": "exit", "market": market,
        "token": "7", "side": side, "price": "0.33", "shares": "10.01", "tick": "0.01",
        "order_type": "FOK"});
    Intent::parse(&line.to_string()).unwrap()
}

#[test]
fn a_buy_sets_aside_its_cost_with_fees_rounded_up() {
    // 10.01 x 0.33 is 3.3033; a tenth more is 3.63363.
    assert_eq!(cost(&intent("BUY"), 1_000), Some(3_633_630));
    assert_eq!(cost(&intent("BUY"), 0), Some(3_303_300));
    assert_eq!(cost(&intent("BUY"), 1), Some(3_303_631));
}

#[test]
fn both_edges_and_every_reason_to_wait() {
    let funds = |held, fresh, moving| Funds {
        held,
        set_aside: 5,
        fresh,
        moving,
    };
    let buy = intent("BUY");
    let judged = |held, fresh, moving| judge(&buy, Some(100), funds(held, fresh, moving));
    assert_eq!(judged(105, false, true), Reserve::Units(100));
    assert_eq!(judged(104, false, true), Reserve::Look);
    assert_eq!(judged(104, true, true), Reserve::Wait);
    let Reserve::Reject(reject) = judged(104, true, false) else {
        panic!("a unit is missing");
    };
    assert_eq!(reject.code, Code::NoCash);
    let Reserve::Reject(reject) = judge(&intent("SELL"), Some(1), funds(0, true, false)) else {
        panic!("nothing is held");
    };
    assert_eq!(reject.code, Code::NotHeld);
    assert!(matches!(
        judge(&buy, None, funds(u64::MAX, true, false)),
        Reserve::Reject(_)
    ));
}

const LEADER: &str = "0x2222222222222222222222222222222222222222";

fn copied(id: &str, side: &str, strategy: &str) -> String {
    serde_json::json!({"v": 1, "id": id, "kind": "copy", "side": side, "strategy": strategy,
        "market": format!("0x{}", "11".repeat(32)), "token": "7", "price": "0.33",
        "shares": "10", "tick": "0.01", "order_type": "FAK", "leader": LEADER,
        "leader_price": "0.33", "leader_time_ms": 1_795_132_800_000_u64})
    .to_string()
}

fn admit(turn: &mut Turn<'_>, id: &str, side: &str, strategy: &str) -> Attempt {
    let line = copied(id, side, strategy);
    let intent = Intent::parse(&line).unwrap();
    let times = (1_000, 60_000);
    let admitted = turn.admit((strategy, id), Some(&intent), &line, times);
    turn.attempt(&(admitted.unwrap().intent_id, 0)).unwrap()
}

/// Final shares of token 7 that `strategy` bought after the leader.
fn give(turn: &mut Turn<'_>, strategy: &str, shares: u64) {
    let fill = Fill {
        trade_id: format!("t-{strategy}-{shares}"),
        order_hash: format!("0x{strategy}{shares}"),
        market: "0x11".to_owned(),
        token_id: "7".to_owned(),
        side: "BUY".to_owned(),
        shares_units: shares,
        collateral_units: shares,
        fee_units: 0,
        match_s: 1,
        status: "CONFIRMED".to_owned(),
    };
    turn.record_fill(&fill).unwrap();
    let owner = Owner::own(strategy, Some(LEADER));
    turn.adopt("7", shares, &owner, None, 1).unwrap();
}

fn code(reserve: Reserve) -> &'static str {
    match reserve {
        Reserve::Units(_) => "units",
        Reserve::Wait => "wait",
        Reserve::Look => "look",
        Reserve::Reject(reject) => reject.code.name(),
    }
}

/// M52: while its own buy is not final, a copied sale waits; it never takes
/// what another strategy bought, though that be final and enough.
#[test]
fn a_copied_sale_waits_for_its_own_shares_and_takes_nobody_elses() {
    let here = Disk::new();
    let mut store = Store::open(&here.file("orchestrator.sqlite")).unwrap();
    let mut turn = store.turn().unwrap();
    turn.set_balance("7", 100_000_000, 2_000).unwrap();
    give(&mut turn, "s2", 50_000_000);
    let sale = admit(&mut turn, "sale", "SELL", "s1");
    let judged = |turn: &Turn<'_>, row: &Attempt| code(reserve(turn, row, 0, true).unwrap());
    assert_eq!(judged(&turn, &sale), "NOT_HELD");
    // Its own buy is on the way.
    let buy = admit(&mut turn, "buy", "BUY", "s1");
    assert_eq!(judged(&turn, &sale), "wait");
    give(&mut turn, "s1", 4_000_000);
    assert_eq!(judged(&turn, &sale), "wait");
    give(&mut turn, "s1", 6_000_000);
    assert_eq!(judged(&turn, &sale), "units");
    // A second sale of the same strategy gets none of what the first set aside.
    let mut first = turn.attempt(&sale.key()).unwrap();
    let ten = crate::store::News::Reserved(ShareUnits::new(10_000_000).get());
    turn.advance(&mut first, crate::state::State::Reserved, &ten)
        .unwrap();
    let second = admit(&mut turn, "second", "SELL", "s1");
    assert_eq!(judged(&turn, &second), "wait");
    assert_eq!(buy.intent.side, Side::Buy);
    let others = admit(&mut turn, "others", "SELL", "s2");
    assert_eq!(judged(&turn, &others), "units");
}
