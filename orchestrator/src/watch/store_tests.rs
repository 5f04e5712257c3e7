//! Sights of a leader, taken down: nothing twice, nothing forgotten, and what
//! he held only where it is known.

use order::{B256, U256};

use super::*;

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

fn named(told: &Told) -> (String, String) {
    let id = format!(
        "{:#x}-{}-{}",
        told.order.tx, told.order.is_buy, told.ordinal
    );
    (id.clone(), format!("{id} {}", told.order.size_e6))
}

struct Bench {
    folder: tempfile::TempDir,
    store: Option<Store>,
}

impl Bench {
    /// A leader whose watch began at `T`.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut bench = Self {
            folder,
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
        let position = Position {
            token: U256::from(7),
            size_e6,
        };
        self.store().hold(leader(), &[position], T + 1_000).unwrap();
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
    let merge = Event {
        at_s: T + 3,
        kind: "MERGE".to_owned(),
        rest: "0x".to_owned(),
    };
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
    let stale = Position {
        token: U256::from(7),
        size_e6: 100,
    };
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
    // No row is not zero.
    bench.store().hold(leader(), &[], T + 1_000).unwrap();
    let list = [&list[..], &[fill(12, false, 1)]].concat();
    assert_eq!(bench.held(&list), [None]);
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
