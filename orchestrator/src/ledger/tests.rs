//! One suite for whatever keeps a ledger: each case, and seeded histories, over
//! the store's own and the one in memory.

use super::*;
use crate::store::Store;
use disk::Rng;

type Case = fn(&mut dyn LedgerStore);

fn over_sqlite(case: impl FnOnce(&mut dyn LedgerStore)) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("ledger.sqlite")).unwrap();
    case(&mut store.turn().unwrap());
}

fn fill(trade: &str, token: &str, side: &str, (shares, cost): (u64, u64), status: &str) -> Fill {
    Fill {
        trade_id: trade.to_owned(),
        order_hash: format!("0x{trade}"),
        market: format!("0xm{token}"),
        token_id: token.to_owned(),
        side: side.to_owned(),
        shares_units: shares,
        collateral_units: cost,
        fee_units: 1,
        match_s: 9,
        status: status.to_owned(),
    }
}

fn a_fill_is_recorded_once_and_moves_until_it_is_final(ledger: &mut dyn LedgerStore) {
    let owner = Owner::own("s1", Some("0xa"));
    let mut say = |cost, status: &str| {
        let fill = fill("t1", "7", "BUY", (10, cost), status);
        ledger.record(&fill, &owner).unwrap()
    };
    assert_eq!(say(5, "MATCHED"), Recorded::New);
    assert_eq!(say(5, "MATCHED"), Recorded::Same);
    assert_eq!(say(6, "MINED"), Recorded::Changed);
    assert_eq!(say(5, "MINED"), Recorded::Moved);
    assert_eq!(say(5, "FAILED"), Recorded::Moved);
    assert_eq!(say(5, "CONFIRMED"), Recorded::Same, "what failed is over");
    assert_eq!(ledger.position("7").unwrap(), Position::default());
    assert_eq!(ledger.tokens().unwrap(), Vec::<String>::new());
    assert_eq!(ledger.tracking().unwrap(), Tracking::default());
    let tally = ledger.tally("0xt1").unwrap();
    assert_eq!((tally.failed, tally.shares_units), (1, 10));
    assert_eq!(
        (tally.live_shares_units, tally.live_collateral_units),
        (0, 0)
    );
}

fn what_was_bought_is_told_by_token_strategy_and_leader(ledger: &mut dyn LedgerStore) {
    let (one, two) = (Owner::own("s1", Some("0xa")), Owner::own("s2", Some("0xa")));
    let bought = [
        (fill("t1", "7", "BUY", (10, 5), "CONFIRMED"), &one),
        (fill("t2", "7", "BUY", (6, 3), "MATCHED"), &one),
        (fill("t3", "7", "BUY", (8, 4), "CONFIRMED"), &two),
        (fill("t4", "7", "SELL", (12, 9), "CONFIRMED"), &one),
        (
            fill("t5", "8", "BUY", (1, 1), "CONFIRMED"),
            &Owner::external(),
        ),
    ];
    for (fill, owner) in &bought {
        ledger.record(fill, owner).unwrap();
    }
    let told = ledger.bought().unwrap();
    assert_eq!(told.len(), 2, "what others bought is not ours: {told:?}");
    assert_eq!((told[0].strategy.as_str(), told[0].left_units), ("s1", 4));
    assert_eq!((told[0].bought_units, told[0].settled_units), (16, 0));
    assert_eq!((told[0].cost_units, told[0].cost_left_units), (10, 3));
    assert_eq!((told[1].strategy.as_str(), told[1].left_units), ("s2", 8));
    let tracking = ledger.tracking().unwrap();
    assert_eq!((tracking.total_purchases, tracking.unique_markets), (3, 1));
    assert_eq!(tracking.usdc_spent_units, 15);
    assert_eq!(tracking.tokens_remaining_units, 12);
    assert_eq!(ledger.held_units("7").unwrap(), (8, 0));
    assert_eq!(ledger.held_units("8").unwrap(), (0, 1));
}

fn shares_of_nobody_are_taken_over_with_their_cost_or_another(ledger: &mut dyn LedgerStore) {
    let owner = Owner::own("s1", Some("0xa"));
    let external = fill("t1", "7", "BUY", (10, 4), "CONFIRMED");
    ledger.record(&external, &Owner::external()).unwrap();
    let moving = fill("t2", "7", "BUY", (10, 4), "MATCHED");
    ledger.record(&moving, &Owner::external()).unwrap();
    let mut adopt = |shares, cost| ledger.adopt("7", shares, &owner, cost, 1).unwrap();
    assert_eq!(adopt(11, None), Adopted::Short { free_units: 10 });
    assert_eq!(adopt(4, None), Adopted::Done { cost_units: 2 });
    assert_eq!(adopt(6, Some(60)), Adopted::Done { cost_units: 60 });
    assert_eq!(adopt(1, None), Adopted::Short { free_units: 0 });
    assert_eq!(ledger.held_units("7").unwrap(), (10, 0));
    let bought = ledger.bought().unwrap();
    assert_eq!((bought[0].left_units, bought[0].cost_units), (10, 62));
    let closings = ledger.position("7").unwrap().closings;
    let gained: i128 = closings
        .iter()
        .map(|c| i128::from(c.proceeds_units).wrapping_sub(i128::from(c.cost_units)))
        .sum();
    assert_eq!(gained, 0, "nothing is gained by it");
}

fn what_cannot_be_is_refused_and_changes_nothing(ledger: &mut dyn LedgerStore) {
    let owner = Owner::own("s1", None);
    let first = fill("t1", "7", "BUY", (10, 4), "CONFIRMED");
    ledger.record(&first, &owner).unwrap();
    let before = ledger.position("7").unwrap();
    let wrong = fill("t2", "7", "HOLD", (10, 4), "CONFIRMED");
    assert!(ledger.record(&wrong, &owner).is_err());
    assert_eq!(ledger.position("7").unwrap(), before);
    assert_eq!(ledger.tally("0xt2").unwrap(), Tally::default());
}

/// M55: whatever keeps the ledger, the same suite holds.
#[test]
fn every_case_holds_for_every_keeper_of_a_ledger() {
    let cases: [Case; 4] = [
        a_fill_is_recorded_once_and_moves_until_it_is_final,
        what_was_bought_is_told_by_token_strategy_and_leader,
        shares_of_nobody_are_taken_over_with_their_cost_or_another,
        what_cannot_be_is_refused_and_changes_nothing,
    ];
    for case in cases {
        case(&mut MemoryLedger::default());
        over_sqlite(case);
    }
}

/// All that can be read of a ledger.
#[derive(Debug, PartialEq, Eq)]
struct Read {
    positions: Vec<(String, Position, (u64, u64))>,
    tallies: Vec<Tally>,
    bought: Vec<Bought>,
    tracking: Tracking,
}

fn read(ledger: &dyn LedgerStore, trades: u64) -> Read {
    let position = |token: String| {
        let position = ledger.position(&token).unwrap();
        let held = ledger.held_units(&token).unwrap();
        (token, position, held)
    };
    let tally = |n| ledger.tally(&format!("0x{n}")).unwrap();
    Read {
        positions: ledger.tokens().unwrap().into_iter().map(position).collect(),
        tallies: (0..trades).map(tally).collect(),
        bought: ledger.bought().unwrap(),
        tracking: ledger.tracking().unwrap(),
    }
}

/// One step of a history; what it answered.
fn step(ledger: &mut dyn LedgerStore, seed: u64, trades: u64) -> String {
    let mut rng = Rng::new(seed);
    let mut pick = |n: u64| rng.below(n);
    let token = ["7", "8"][usize::try_from(pick(2)).unwrap()];
    let owners = [
        Owner::own("s1", Some("0xa")),
        Owner::own("s1", Some("0xb")),
        Owner::own("s2", Some("0xa")),
        Owner::own("s2", None),
        Owner::external(),
    ];
    let owner = &owners[usize::try_from(pick(5)).unwrap()];
    let shares = pick(1_000).saturating_add(1);
    match pick(8) {
        0 => format!("{:?}", ledger.adopt(token, shares, owner, None, 1).unwrap()),
        1 => {
            let direction = [Direction::In, Direction::Out][usize::try_from(pick(2)).unwrap()];
            let adjustment = Adjustment {
                token_id: token.to_owned(),
                at_ms: 1,
                direction,
                owner: owner.clone(),
                shares_units: shares,
                cost_units: 0,
                why: "TEST",
            };
            format!("{:?}", ledger.adjust(&adjustment).unwrap())
        }
        _ => {
            // The same trade tells the same amounts each time it is told of.
            let trade = pick(trades);
            let mut same = Rng::new(trade);
            let side = ["BUY", "BUY", "SELL"][usize::try_from(same.below(3)).unwrap()];
            let token = ["7", "8"][usize::try_from(same.below(2)).unwrap()];
            let amounts = (same.below(1_000).saturating_add(1), same.below(1_000));
            let owner = &owners[usize::try_from(same.below(5)).unwrap()];
            let statuses = ["MATCHED", "MINED", "CONFIRMED", "CONFIRMED", "FAILED"];
            let status = statuses[usize::try_from(pick(5)).unwrap()];
            let fill = fill(&trade.to_string(), token, side, amounts, status);
            format!("{:?}", ledger.record(&fill, owner).unwrap())
        }
    }
}

/// What is left of all lots is what came in less what went out, to the unit.
fn lots_are_the_balance(position: &Position) {
    let sum = |units: &mut dyn Iterator<Item = u64>| units.map(i128::from).sum::<i128>();
    let came = sum(&mut position.lots.iter().map(|lot| lot.shares_units));
    let left = sum(&mut position.lots.iter().map(|lot| lot.left_units));
    let closed = position.closings.iter().filter(|c| c.lot.is_some());
    let went = sum(&mut closed.clone().map(|c| c.shares_units));
    assert_eq!(came, left.saturating_add(went));
    let cost = sum(&mut position.lots.iter().map(|lot| lot.cost_units));
    let cost_left = sum(&mut position.lots.iter().map(|lot| lot.cost_left_units));
    let cost_gone = sum(&mut closed.map(|c| c.cost_units));
    assert_eq!(cost, cost_left.saturating_add(cost_gone));
}

/// M52: the sum of the lots is the balance, and M55: two keepers of one history
/// agree to the unit after each of its steps.
#[test]
fn seeded_histories_leave_every_keeper_with_the_same_ledger_to_the_unit() {
    const TRADES: u64 = 12;
    for history in 0..12_u64 {
        let mut memory = MemoryLedger::default();
        over_sqlite(|sqlite| {
            for n in 0..60_u64 {
                let seed = history * 1_000 + n;
                let answers = [step(&mut memory, seed, TRADES), step(sqlite, seed, TRADES)];
                assert_eq!(answers[0], answers[1], "step {n} of {history}");
                let (one, two) = (read(&memory, TRADES), read(sqlite, TRADES));
                assert_eq!(one, two, "after step {n} of {history}");
                for (_, position, _) in &one.positions {
                    lots_are_the_balance(position);
                }
            }
        });
    }
}
