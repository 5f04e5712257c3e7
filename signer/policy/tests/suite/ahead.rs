//! What the policy room charges ahead of its witnesses, and what a start owes.
//! How several copies of a journal fare together is in `clones`.

use note::Body;
use policy::{Code, Entry, Held, Time, advance, figures, standing};

use crate::kit::{DAY, Desk, NOON, ONE, TOKEN, buy, buy_of, copied_sell, exit, policy, usdc};

const SECOND: u64 = 1_000;
/// As the policy has it: 15 minutes.
const LATE: u64 = 900 * SECOND;
const ADVANCE: u64 = 50 * ONE;

/// A desk with witnesses, which has started and whose holdings are declared.
fn witnessed() -> Desk {
    let mut desk = Desk::new();
    desk.policy.witnessing.witness_threshold = 2;
    desk.policy.witnessing.advance_usdc = usdc(ADVANCE);
    desk.note(Body::Policy(Box::new(desk.policy.clone())));
    desk.push(Entry::Started { attended: true });
    desk.declare(&[(TOKEN, 1_000 * ONE)]);
    desk
}

/// They hold every leaf there is, and say so now.
fn hold(desk: &mut Desk) {
    desk.host.held = Held {
        leaves: u64::try_from(desk.rows.len()).unwrap(),
        at_ms: desk.time.fast_ms,
    };
}

fn advance_now(desk: &mut Desk) {
    let units = advance(&desk.facts(), &desk.state).expect("an advance is due");
    desk.push(Entry::Advanced { units });
}

/// The same, and open.
fn open() -> Desk {
    let mut desk = witnessed();
    hold(&mut desk);
    advance_now(&mut desk);
    hold(&mut desk);
    desk
}

fn cause(desk: &Desk) -> Vec<&'static str> {
    let causes = standing(&desk.facts(), &desk.state, desk.time);
    causes.iter().map(policy::Cause::word).collect()
}

/// What the day was charged by now.
fn day(desk: &Desk) -> u128 {
    desk.state.charged(desk.time).day_units
}

#[test]
fn without_witnesses_nothing_is_advanced_and_nothing_waits() {
    let mut desk = Desk::new();
    desk.push(Entry::Started { attended: true });
    assert_eq!(advance(&desk.facts(), &desk.state), None);
    assert_eq!(cause(&desk), Vec::<&str>::new());
    desk.sign(buy(1)).unwrap();
    desk.push(Entry::Started { attended: true });
    assert_eq!(day(&desk), u128::from(11 * ONE));
}

/// A start that was charged ahead of by a copy of its journal owes it twice; the
/// second debt's mark stands ahead of now, and must not end the first's day.
#[test]
fn a_second_debt_does_not_end_the_first_early() {
    let mut desk = open();
    // It was not stopped: what was advanced may have been charged.
    desk.push(Entry::Started { attended: true });
    hold(&mut desk);
    advance_now(&mut desk);
    assert_eq!(day(&desk), u128::from(ADVANCE));
    hold(&mut desk);
    // A millisecond before the first leaves the day, which counts it from when
    // the witnesses' word was too old.
    desk.at(NOON + LATE + DAY - 1);
    hold(&mut desk);
    assert_eq!(day(&desk), u128::from(ADVANCE));
    desk.push(Entry::Started { attended: true });
    hold(&mut desk);
    advance_now(&mut desk);
    assert_eq!(day(&desk), 2 * u128::from(ADVANCE), "both");
    desk.at(NOON + LATE + DAY);
    assert_eq!(day(&desk), u128::from(ADVANCE), "the second");
}

#[test]
fn what_is_owed_leaves_its_windows_when_no_witness_is_named_any_more() {
    let mut desk = open();
    desk.push(Entry::Started { attended: true });
    desk.policy.witnessing.witness_threshold = 0;
    assert_eq!(day(&desk), u128::from(ADVANCE), "owed, and in no meter yet");
    assert_eq!(advance(&desk.facts(), &desk.state), Some(0));
    desk.push(Entry::Advanced { units: 0 });
    assert_eq!(advance(&desk.facts(), &desk.state), None);
    assert_eq!(day(&desk), u128::from(ADVANCE), "marked");
    desk.at(NOON + DAY + LATE);
    assert_eq!(day(&desk), 0);
}

#[test]
fn buys_wait_until_the_witnesses_hold_the_start_and_an_advance_and_sells_do_not() {
    let mut desk = witnessed();
    let waits = |desk: &Desk| {
        assert_eq!(cause(desk), ["UNWITNESSED"]);
        assert_eq!(desk.code(buy(1)), "REDUCE_ONLY");
        assert_eq!(desk.code(exit(1)), "YES");
        assert_eq!(desk.code(copied_sell(1)), "YES");
    };
    waits(&desk);
    // All but the start's leaf, which is the second.
    desk.host.held = Held {
        leaves: 1,
        at_ms: NOON,
    };
    waits(&desk);
    assert_eq!(advance(&desk.facts(), &desk.state), None);
    desk.host.held.leaves = 2;
    waits(&desk);
    advance_now(&mut desk);
    waits(&desk);
    assert_eq!(advance(&desk.facts(), &desk.state), None, "not two at once");
    hold(&mut desk);
    assert_eq!(cause(&desk), Vec::<&str>::new());
    assert_eq!(desk.code(buy(1)), "YES");
}

#[test]
fn the_witnesses_word_is_late_to_the_millisecond_and_by_the_fast_time() {
    let mut desk = open();
    desk.time.fast_ms = NOON + LATE - 1;
    assert_eq!(cause(&desk), Vec::<&str>::new());
    desk.time.fast_ms = NOON + LATE;
    assert_eq!(cause(&desk), ["WITNESS_LATE"]);
    assert_eq!(desk.code(buy(1)), "REDUCE_ONLY");
    assert_eq!(desk.code(exit(1)), "YES");
    hold(&mut desk);
    assert_eq!(cause(&desk), Vec::<&str>::new());
}

#[test]
fn no_more_is_charged_than_was_advanced_and_the_next_advance_comes_before() {
    let mut desk = open();
    let due = |desk: &Desk| advance(&desk.facts(), &desk.state);
    // 50 were advanced, and the largest order is charged 27.50.
    for (nth, left) in [(1, 39), (2, 28)] {
        desk.sign(buy(nth)).unwrap();
        assert_eq!(due(&desk), None, "{left} left");
    }
    desk.sign(buy(3)).unwrap();
    assert_eq!(due(&desk), Some(ADVANCE), "17 left");
    // Until they hold the next, the rest of this one holds.
    advance_now(&mut desk);
    desk.sign(buy(4)).unwrap();
    let denial = desk.judge(buy(5)).unwrap_err();
    assert_eq!(denial.code(), Code::Ahead.word());
    assert_eq!(
        denial.sentence(),
        "11.00 to charge, 6.00 left of what the witnesses hold"
    );
    // To the unit: 5.454545 are charged 6, and a cent more is not.
    assert_eq!(desk.code(buy_of(6, 5_450_000, NOON)), "YES");
    assert_eq!(desk.code(buy_of(6, 5_460_000, NOON)), "AHEAD");
    hold(&mut desk);
    let ahead = *desk.state.ahead();
    assert_eq!(
        ahead.room(desk.host.held.leaves),
        u128::from(39 * ONE),
        "50 from where it was written, and 11 charged since"
    );
    assert_eq!(desk.code(buy(5)), "YES");
}

#[test]
fn what_a_start_owes_counts_in_every_sum_until_its_day_is_over() {
    let mut desk = open();
    desk.sign(buy(1)).unwrap();
    let before = figures(&desk.facts(), &desk.state, desk.time).signed_buys;
    desk.push(Entry::Started { attended: true });
    // Not yet marked: it counts in every window, however long that lasts.
    desk.at(NOON + 3 * DAY);
    assert_eq!(day(&desk), u128::from(39 * ONE));
    let charged = desk.state.charged(desk.time);
    assert_eq!(charged.lifetime_units, u128::from(50 * ONE));
    hold(&mut desk);
    advance_now(&mut desk);
    hold(&mut desk);
    assert_eq!(day(&desk), u128::from(39 * ONE), "topped up, never twice");
    let after = figures(&desk.facts(), &desk.state, desk.time).signed_buys;
    assert_eq!(
        (before.to_string(), after.to_string()),
        ("11.00".to_owned(), "50.00".to_owned()),
        "another copy may have signed it"
    );
    let marked_ms = NOON + 3 * DAY + LATE;
    for (at_ms, charged) in [(marked_ms + DAY - 1, 39), (marked_ms + DAY, 0)] {
        desk.at(at_ms);
        assert_eq!(day(&desk), u128::from(charged * ONE));
    }
}

#[test]
fn each_meter_takes_what_is_owed_since_nobody_knows_whose_it_was() {
    let limited: [(&str, fn(&mut note::Budgets)); 6] = [
        ("BUDGET_MINUTE", |b| b.minute_usdc = Some(usdc(60 * ONE))),
        ("BUDGET_HOUR", |b| b.hour_usdc = Some(usdc(60 * ONE))),
        ("BUDGET_DAY", |b| b.day_usdc = usdc(60 * ONE)),
        ("BUDGET_LIFETIME", |b| {
            b.lifetime_usdc = Some(usdc(60 * ONE));
        }),
        ("BUDGET_MARKET", |b| {
            b.market_day_usdc = Some(usdc(60 * ONE));
        }),
        ("BUDGET_STRATEGY", |b| {
            b.strategy_day_usdc = Some(usdc(60 * ONE));
        }),
    ];
    for (code, limit) in limited {
        let mut desk = witnessed();
        limit(&mut desk.policy.budgets);
        hold(&mut desk);
        advance_now(&mut desk);
        desk.push(Entry::Started { attended: true });
        // 50 owed: 10 of 60 are left, and a buy is charged 11.
        for _ in 0..2 {
            hold(&mut desk);
            if desk.state.ahead().is_open(desk.host.held.leaves) {
                assert_eq!(desk.code(buy(1)), code);
                let small = buy_of(1, 9 * ONE, desk.time.slow_ms);
                assert_eq!(desk.code(small), "YES", "{code}");
            } else {
                advance_now(&mut desk);
            }
        }
    }
}

#[test]
fn a_clean_stop_owes_nothing() {
    let mut desk = open();
    desk.sign(buy(1)).unwrap();
    desk.push(Entry::Stopped);
    desk.push(Entry::Started { attended: true });
    assert_eq!(day(&desk), u128::from(11 * ONE));
    assert_eq!(cause(&desk), ["UNWITNESSED"]);
}

#[test]
fn a_recovery_tops_up_what_is_owed_and_is_the_last_word_on_what_was_before() {
    let mut desk = open();
    desk.push(Entry::Started { attended: true });
    assert_eq!(desk.state.recovered(), None);
    let recovery = |units| {
        Body::Recovery(note::Recovery {
            journal: desk.policy.journal,
            leaf: 1,
            window: desk.policy.window,
            lifetime_usdc: usdc(units),
        })
    };
    let (less, more) = (recovery(40 * ONE), recovery(70 * ONE));
    desk.time.fast_ms += 5;
    desk.note(less);
    assert_eq!(day(&desk), u128::from(50 * ONE), "50 are owed already");
    desk.note(more);
    assert_eq!(day(&desk), u128::from(70 * ONE));
    assert_eq!(desk.state.recovered(), Some(NOON + 5));
}

#[test]
fn what_enough_of_them_hold_is_what_the_threshold_holds() {
    let each = [(5, 100), (9, 90), (7, 300)].map(|(leaves, at_ms)| Held { leaves, at_ms });
    let by = |threshold| {
        let held = Held::by(threshold, &each);
        (held.leaves, held.at_ms)
    };
    assert_eq!(
        [0, 1, 2, 3, 4].map(by),
        [(0, 0), (9, 300), (7, 100), (5, 90), (0, 0)]
    );
    assert_eq!(Held::by(1, &[]), Held::default());
}

#[test]
fn an_older_policy_let_their_word_be_older() {
    let mut desk = open();
    let mut longer = policy();
    longer.witnessing.witness_late_seconds = 3_600;
    desk.note(Body::Policy(Box::new(longer)));
    desk.push(Entry::Started { attended: true });
    hold(&mut desk);
    advance_now(&mut desk);
    desk.time = Time::agreed(NOON + DAY + LATE);
    assert_eq!(day(&desk), u128::from(ADVANCE));
    desk.time = Time::agreed(NOON + DAY + 4 * LATE);
    assert_eq!(day(&desk), 0);
}

#[test]
fn an_advance_counts_from_when_the_witnesses_hold_its_own_leaf() {
    let mut desk = witnessed();
    hold(&mut desk);
    advance_now(&mut desk);
    // They hold all leaves before it.
    assert_eq!(cause(&desk), ["UNWITNESSED"]);
    hold(&mut desk);
    assert_eq!(cause(&desk), Vec::<&str>::new());
}

#[test]
fn an_advance_is_due_once_it_is_too_little_for_the_largest_order() {
    let mut desk = witnessed();
    // 25 USDC, and the dearest fee of 10 %: what the policy's largest comes to.
    let largest = 275 * ONE / 10;
    desk.policy.witnessing.advance_usdc = usdc(largest);
    hold(&mut desk);
    advance_now(&mut desk);
    hold(&mut desk);
    assert_eq!(advance(&desk.facts(), &desk.state), None, "just enough");
    desk.sign(buy_of(1, ONE, NOON)).unwrap();
    hold(&mut desk);
    assert_eq!(advance(&desk.facts(), &desk.state), Some(largest));
}
