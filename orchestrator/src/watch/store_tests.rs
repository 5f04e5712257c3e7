//! Sights of a leader, taken down: nothing twice, nothing forgotten, and what
//! he held only where it is known.

use order::{B256, U256};

use super::*;

#[path = "ahead_tests.rs"]
mod ahead;

const T: u64 = 1_786_179_700;

fn leader() -> Address {
    Address::repeat_byte(0x11)
}

fn fill(tx: u8, is_buy: bool, size_e6: u64) -> Fill {
    Fill {
        at_s: T + u64::from(tx),
        tx: B256::repeat_byte(tx),
        token: U256::from(7),
        is_buy,
        size_e6,
        price_e10: 5_000_000_000,
        market: B256::repeat_byte(0xcc),
        outcome: "Up".to_owned(),
    }
}

fn of_token(token: u64, fill: Fill) -> Fill {
    Fill {
        token: U256::from(token),
        market: B256::repeat_byte(token.to_le_bytes()[0]),
        ..fill
    }
}

/// Of token 7, the condition that its fills name; of others, as `of_token`.
fn position(token: u64, size_e6: u64) -> Position {
    let byte = if token == 7 {
        0xcc
    } else {
        token.to_le_bytes()[0]
    };
    Position {
        token: U256::from(token),
        size_e6,
        market: Some(B256::repeat_byte(byte)),
    }
}

fn event(kind: &str, market: Option<u8>, token: Option<u64>) -> Event {
    Event {
        at_s: T + 3,
        kind: kind.to_owned(),
        rest: format!("{market:?} {token:?}"),
        market: market.map(B256::repeat_byte),
        token: token.map(U256::from),
    }
}

fn named(told: &Told) -> (String, String) {
    let id = format!(
        "{:#x}-{}-{}",
        told.order.tx, told.order.is_buy, told.ordinal
    );
    (id.clone(), format!("{id} {}", told.order.size_e6))
}

struct Bench {
    folder: tempfile::TempDir,
    asked_s: u64,
    store: Option<Store>,
}

impl Bench {
    /// A leader whose watch began at `T`.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut bench = Self {
            folder,
            asked_s: 0,
            store: None,
        };
        bench.reopen();
        bench.store().place(leader(), T).unwrap();
        bench
    }

    /// Drops the store without a farewell, and opens it again.
    fn reopen(&mut self) {
        self.store = None;
        let path = self.folder.path().join("watch.sqlite");
        self.store = Some(Store::open(&path, 137).unwrap());
    }

    fn store(&mut self) -> &mut Store {
        self.store.as_mut().unwrap()
    }

    /// Sees a list, written oldest first.
    fn see(&mut self, fills: &[Fill], events: Option<&[Event]>) -> Brought {
        let list: Vec<Fill> = fills.iter().rev().cloned().collect();
        let sight = Sight {
            fills: &list,
            events,
            activity_s: 0,
            now_s: T + 1_000,
            horizon_s: 0,
            keeps_back: false,
            asked_s: self.asked_s,
        };
        self.store()
            .record(leader(), &sight, |told| Ok(named(told)))
            .unwrap()
    }

    /// What is known to have been held before each order that a list brings.
    fn held(&mut self, fills: &[Fill]) -> Vec<Option<u64>> {
        let brought = self.see(fills, Some(&[]));
        brought
            .told
            .iter()
            .map(|told| told.held_before_e6)
            .collect()
    }

    fn holds(&mut self, size_e6: u64) {
        let positions = [position(7, size_e6)];
        self.store().hold(leader(), &positions, T + 1_000).unwrap();
    }

    fn lines(&mut self) -> Vec<String> {
        let pending = self.store().pending(100).unwrap();
        pending.into_iter().map(|line| line.line).collect()
    }
}

/// M50: what was seen is remembered, whoever starts again, as often as it is seen.
#[test]
fn a_list_that_is_read_again_after_a_restart_tells_nothing_twice() {
    let mut bench = Bench::new();
    let list = [fill(1, true, 10), fill(1, true, 10), fill(2, false, 5)];
    assert_eq!(bench.see(&list, Some(&[])).told.len(), 2);
    for _ in 0..3 {
        bench.reopen();
        assert!(bench.see(&list, Some(&[])).told.is_empty());
        assert!(bench.see(&list[1..], Some(&[])).told.is_empty());
    }
    assert_eq!(bench.lines().len(), 2);
}

/// M33: rows of an order that come later are told as its rest, and nothing else of it.
#[test]
fn late_rows_of_an_order_are_its_second_part() {
    let mut bench = Bench::new();
    bench.see(&[fill(1, true, 10)], Some(&[]));
    bench.reopen();
    let late = [fill(1, true, 10), fill(1, true, 10), fill(1, true, 30)];
    let brought = bench.see(&late, Some(&[]));
    assert_eq!(brought.told.len(), 1);
    assert_eq!(
        (brought.told[0].ordinal, brought.told[0].order.size_e6),
        (1, 40)
    );
    assert_eq!(bench.lines().len(), 2);
}

#[test]
fn what_was_traded_before_the_watch_began_is_missed_and_stays_so() {
    let mut bench = Bench::new();
    let mut old = fill(1, true, 10);
    old.at_s = T - 1;
    let mut edge = fill(2, true, 10);
    edge.at_s = T;
    let brought = bench.see(&[old.clone(), edge], Some(&[]));
    assert_eq!((brought.told.len(), brought.missed), (1, 1));
    bench.reopen();
    assert_eq!(bench.see(&[old], Some(&[])).missed, 0);
    assert_eq!(bench.store().totals().unwrap().missed, 1);
}

/// M53: before each trade, in shares: a part, two parts, all, more than all, unknown.
#[test]
fn what_a_leader_held_before_is_moved_by_what_he_trades() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.held(&[fill(1, false, 10)]),
        [None],
        "nobody asked yet"
    );
    bench.holds(100);
    let list = [
        fill(1, false, 10),
        fill(2, false, 25),
        fill(3, true, 5),
        fill(4, false, 40),
    ];
    assert_eq!(bench.held(&list), [Some(100), Some(75), Some(80)]);
    bench.reopen();
    let all = [&list[..], &[fill(5, false, 40)]].concat();
    assert_eq!(bench.held(&all), [Some(40)]);
    let more = [&all[..], &[fill(6, true, 7)]].concat();
    assert_eq!(bench.held(&more), [Some(0)], "known to be nothing");
    let wrong = [&more[..], &[fill(7, false, 8), fill(8, true, 1)]].concat();
    assert_eq!(
        bench.held(&wrong),
        [None, None],
        "more than there was: it was wrong"
    );
    assert!(bench.store().place(leader(), T).unwrap().to_ask);
}

/// M53: splits, merges and redemptions move shares that no trade tells of.
#[test]
fn after_other_activity_nothing_is_known_until_it_is_asked_for() {
    let mut bench = Bench::new();
    bench.holds(100);
    assert!(!bench.store().place(leader(), T).unwrap().to_ask);
    let merge = event("MERGE", None, None);
    let brought = bench.see(&[fill(1, false, 10)], Some(std::slice::from_ref(&merge)));
    assert_eq!((brought.events, brought.told[0].held_before_e6), (1, None));
    assert!(bench.store().place(leader(), T).unwrap().to_ask);
    bench.holds(50);
    let list = [fill(1, false, 10), fill(2, false, 10)];
    let again = bench.see(&list, Some(&[merge]));
    assert_eq!((again.events, again.told[0].held_before_e6), (0, Some(50)));
    let unread = bench.see(&[&list[..], &[fill(3, false, 10)]].concat(), None);
    assert_eq!(
        unread.told[0].held_before_e6, None,
        "a merge may stand in what was not read"
    );
}

/// M53: positions that may not know of a trade yet are not believed.
#[test]
fn a_position_is_not_taken_while_its_trade_is_young() {
    let mut bench = Bench::new();
    bench.see(&[fill(9, true, 10)], Some(&[]));
    let stale = position(7, 100);
    bench
        .store()
        .hold(leader(), std::slice::from_ref(&stale), T + 8)
        .unwrap();
    assert!(
        bench.store().place(leader(), T).unwrap().to_ask,
        "ask again"
    );
    let list = [fill(9, true, 10), fill(10, false, 1)];
    assert_eq!(bench.held(&list), [None]);
    bench.store().hold(leader(), &[stale], T + 10).unwrap();
    let list = [&list[..], &[fill(11, false, 1)]].concat();
    assert_eq!(bench.held(&list), [Some(100)]);
    // Nobody sells what he does not have.
    bench.store().hold(leader(), &[], T + 1_000).unwrap();
    let list = [&list[..], &[fill(12, false, 1)]].concat();
    assert_eq!(bench.held(&list), [None]);
}

/// M53: absence from a whole reading is zero, but not of a token that moved
/// since, nor of one that was in doubt then.
#[test]
fn what_is_absent_from_a_whole_reading_is_nothing_unless_it_moved_since() {
    let mut bench = Bench::new();
    let young = of_token(9, fill(9, true, 10));
    bench.see(std::slice::from_ref(&young), Some(&[]));
    bench.store().hold(leader(), &[], T + 8).unwrap();
    let list = [
        young,
        fill(10, true, 4),
        fill(11, false, 1),
        of_token(9, fill(12, true, 1)),
    ];
    assert_eq!(bench.held(&list), [Some(0), Some(4), None]);
    bench.reopen();
    bench
        .store()
        .hold(leader(), &[position(7, 3)], T + 12)
        .unwrap();
    let more = [
        &list[..],
        &[of_token(9, fill(13, true, 5)), fill(14, false, 3)],
    ]
    .concat();
    assert_eq!(bench.held(&more), [Some(0), Some(3)]);
}

/// M53: a row that comes late, from before the watch, may be in no reading yet.
#[test]
fn a_missed_fill_that_comes_late_puts_its_token_in_doubt() {
    let mut bench = Bench::new();
    bench.store().hold(leader(), &[], T - 30).unwrap();
    let mut old = fill(1, true, 10);
    old.at_s = T - 1;
    let list = [old, fill(2, true, 5), of_token(9, fill(3, true, 5))];
    assert_eq!(bench.held(&list), [None, Some(0)]);
}

/// M53: by the condition that is named, by the token where it is known, or all.
#[test]
fn an_event_forgets_what_it_may_have_moved_and_nothing_else() {
    for (kind, market, token, expected) in [
        ("MERGE", Some(8), None, [Some(70), None, Some(0)]),
        ("SPLIT", None, Some(8), [Some(70), None, Some(0)]),
        ("REDEEM", Some(9), None, [Some(70), Some(80), None]),
        ("REDEEM", Some(5), Some(8), [Some(70), None, Some(0)]),
        ("MERGE", None, Some(9), [None; 3]),
        ("MERGE", None, None, [None; 3]),
        // It moves the shares of other conditions than the one it names.
        ("CONVERSION", Some(8), None, [None; 3]),
        ("MIGRATION", Some(8), Some(8), [None; 3]),
        ("A_NEW_ONE", Some(8), None, [None; 3]),
    ] {
        let mut bench = Bench::new();
        let positions = [position(7, 70), position(8, 80)];
        bench.store().hold(leader(), &positions, T).unwrap();
        let moved = event(kind, market, token);
        let list = [
            fill(4, true, 1),
            of_token(8, fill(5, true, 1)),
            of_token(9, fill(6, true, 1)),
        ];
        let brought = bench.see(&list, Some(&[moved]));
        let held: Vec<_> = brought
            .told
            .iter()
            .map(|told| told.held_before_e6)
            .collect();
        assert_eq!(held, expected, "{kind} {market:?} {token:?}");
        assert!(bench.store().place(leader(), T).unwrap().to_ask);
        // Positions that may not know of it yet are not believed.
        bench.store().hold(leader(), &positions, T + 2).unwrap();
        let again = [&list[..], &[of_token(8, fill(7, true, 1))]].concat();
        let known = expected[1].map(|held| held + 1);
        assert_eq!(bench.held(&again), [known], "{kind} {market:?} {token:?}");
    }
}

/// M53: a position whose condition nobody named may be of the one in doubt.
#[test]
fn a_nameless_position_is_not_taken_while_a_condition_is_in_doubt() {
    let mut bench = Bench::new();
    bench.store().hold(leader(), &[], T).unwrap();
    bench.see(&[], Some(&[event("MERGE", Some(8), None)]));
    let nameless = Position {
        market: None,
        ..position(7, 70)
    };
    bench.store().hold(leader(), &[nameless], T + 2).unwrap();
    assert_eq!(bench.held(&[fill(4, true, 1)]), [None]);
}

/// M53: what is left for another look is left whole, in its order.
#[test]
fn a_sell_that_is_kept_back_is_told_by_a_later_look() {
    let mut bench = Bench::new();
    bench.holds(100);
    let list = [
        fill(3, false, 2),
        fill(2, true, 1),
        of_token(9, fill(1, true, 5)),
    ];
    let sight = Sight {
        asked_s: 0,
        fills: &list,
        events: None,
        activity_s: 0,
        now_s: T + 1_000,
        horizon_s: 0,
        keeps_back: true,
    };
    let store = bench.store();
    let brought = store.record(leader(), &sight, |told| Ok(named(told)));
    let brought = brought.unwrap();
    assert_eq!((brought.told.len(), brought.kept_back), (1, 2));
    assert_eq!(store.place(leader(), T).unwrap().position_s, T + 2);
    bench.reopen();
    let list: Vec<Fill> = list.iter().rev().cloned().collect();
    assert_eq!(bench.held(&list), [Some(100), Some(101)]);
}

/// A database of the first schema is taken over, and what was held asked again.
#[test]
fn a_database_of_the_first_schema_is_read_on() {
    let mut bench = Bench::new();
    bench.see(&[fill(1, true, 10)], Some(&[]));
    bench.holds(10);
    bench.store = None;
    let path = bench.folder.path().join("watch.sqlite");
    let db = Connection::open(&path).unwrap();
    db.execute_batch(
        "DROP TABLE doubt; ALTER TABLE leader DROP COLUMN whole_s; \
         ALTER TABLE holding DROP COLUMN market; PRAGMA user_version = 1;",
    )
    .unwrap();
    drop(db);
    bench.reopen();
    assert!(bench.store().place(leader(), T).unwrap().to_ask);
    let list = [fill(1, true, 10), fill(2, false, 4)];
    assert_eq!(bench.held(&list), [Some(10)], "told once, and followed on");
    let list = [&list[..], &[of_token(9, fill(3, true, 1))]].concat();
    assert_eq!(
        bench.held(&list),
        [None],
        "not whole before it was asked for"
    );
}

#[test]
fn lines_wait_in_order_until_they_were_sent() {
    let mut bench = Bench::new();
    bench.see(
        &[fill(1, true, 1), fill(2, true, 2), fill(3, true, 3)],
        Some(&[]),
    );
    let waiting = bench.store().pending(2).unwrap();
    assert_eq!(waiting.len(), 2);
    bench.store().sent(&waiting[..1], "written").unwrap();
    bench.reopen();
    let lines = bench.lines();
    assert!(
        lines.len() == 2 && lines[0].ends_with(" 2") && lines[1].ends_with(" 3"),
        "{lines:?}"
    );
    let totals = bench.store().totals().unwrap();
    assert_eq!((totals.told, totals.waiting), (3, 2));
}

#[test]
fn a_row_from_the_future_does_not_hide_those_before_it() {
    let mut bench = Bench::new();
    let mut ahead = fill(1, true, 1);
    ahead.at_s = T + 1_000_000;
    bench.see(&[ahead], Some(&[]));
    assert_eq!(
        bench.store().place(leader(), T).unwrap().position_s,
        T + 1_000
    );
}

#[test]
fn a_database_serves_one_watcher_of_one_chain() {
    let mut bench = Bench::new();
    let path = bench.folder.path().join("watch.sqlite");
    let second = Store::open(&path, 137).unwrap_err().to_string();
    assert!(second.contains("another watcher"), "{second}");
    bench.store = None;
    let other = Store::open(&path, 80_002).unwrap_err().to_string();
    assert!(other.contains("chain 137"), "{other}");
}
