//! What belongs to one strategy.

use order::Side;

use super::*;

const LEADER_A: &str = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const LEADER_B: &str = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// An attempt of `strategy` after `leader`, in `state`, whose order is `id`.
fn attempt(turn: &mut Turn<'_>, id: &str, of: (&str, Option<&str>), side: &str, state: &str) {
    let intent_id = admit(turn, &line(id, side, of.0), 1_000).intent_id;
    turn.tx
        .execute(
            "UPDATE intent SET leader = ?2 WHERE intent_id = ?1",
            (&intent_id, of.1),
        )
        .unwrap();
    turn.tx
        .execute(
            "UPDATE attempt SET order_hash = ?2, state = ?3, since_ms = 1000, \
             reserved_units = 100 WHERE intent_id = ?1",
            (&intent_id, id, state),
        )
        .unwrap();
}

fn fill_of(order: &str, side: &str, shares: u64, status: &str) -> Fill {
    Fill {
        order_hash: order.to_owned(),
        ..fill(&format!("t-{order}-{shares}"), side, shares, shares, status)
    }
}

fn free(turn: &Turn<'_>, strategy: &str, leader: Option<&str>) -> u64 {
    turn.held_of(strategy, leader, "7").unwrap().shares_units
}

/// M52: shares belong to the strategy and the leader they were bought after.
#[test]
fn what_one_strategy_holds_is_not_anothers_to_sell() {
    let folder = Folder::new("held-of");
    let mut store = Store::open(&folder.file()).unwrap();
    let mut turn = store.turn().unwrap();
    let bought = [
        ("b1", ("s1", Some(LEADER_A)), 60, "CONFIRMED"),
        ("b2", ("s1", Some(LEADER_B)), 30, "MATCHED"),
        ("b3", ("s2", Some(LEADER_A)), 10, "CONFIRMED"),
    ];
    for (id, of, shares, status) in bought {
        attempt(&mut turn, id, of, "BUY", "SETTLED");
        turn.record_fill(&fill_of(id, "BUY", shares, status))
            .unwrap();
    }
    assert_eq!(free(&turn, "s1", Some(LEADER_A)), 60);
    assert_eq!(free(&turn, "s1", Some(LEADER_B)), 30);
    assert_eq!(free(&turn, "s1", None), 90);
    assert_eq!(turn.held_of("s1", None, "7").unwrap().settled_units, 60);
    assert_eq!(free(&turn, "s2", None), 10);
    assert_eq!(free(&turn, "s3", None), 0);

    // A SELL of ten million is on its way: nothing of its leader's is left, nor
    // of its strategy's; the other's is untouched but for what all have.
    attempt(&mut turn, "x1", ("s1", Some(LEADER_A)), "SELL", "MATCHED");
    set_shares(&turn, "x1", 50);
    assert_eq!(free(&turn, "s1", Some(LEADER_A)), 10);
    assert_eq!(free(&turn, "s1", Some(LEADER_B)), 30);
    assert_eq!(free(&turn, "s1", None), 40);
    assert_eq!(free(&turn, "s2", None), 10);

    // What it has sold already is gone from the lots, and set aside no more.
    turn.record_fill(&fill_of("x1", "SELL", 20, "MATCHED"))
        .unwrap();
    assert_eq!(free(&turn, "s1", Some(LEADER_A)), 10);
    assert_eq!(free(&turn, "s1", None), 40);

    // A person's exit of everything leaves nothing to anybody.
    attempt(&mut turn, "x2", ("exit", None), "SELL", "INTENT");
    set_shares(&turn, "x2", 80);
    for of in ["s1", "s2"] {
        assert_eq!(free(&turn, of, None), 0, "{of}");
    }
}

/// Whoever renames a strategy is told before its shares are nobody's; lines that
/// name theirs themselves need no block.
#[test]
fn shares_of_a_strategy_that_is_gone_are_told_and_those_of_lines_are_not() {
    let folder = Folder::new("orphans");
    let mut store = Store::open(&folder.file()).unwrap();
    let mut turn = store.turn().unwrap();
    for (id, strategy) in [("b1", "old"), ("b2", "by-hand"), ("b3", "dust")] {
        attempt(&mut turn, id, (strategy, Some(LEADER_A)), "BUY", "SETTLED");
        let units = if strategy == "dust" { 9_999 } else { 10_000 };
        turn.record_fill(&fill_of(id, "BUY", units, "MATCHED"))
            .unwrap();
    }
    let copied = "UPDATE intent SET line = '{\"intent_id\":\"x\"}' WHERE strategy <> 'by-hand'";
    turn.tx.execute(copied, []).unwrap();
    let told = vec![("old".to_owned(), "7".to_owned(), 10_000)];
    assert_eq!(turn.orphans(&["new"]).unwrap(), told);
    assert_eq!(turn.orphans(&["new", "old"]).unwrap(), []);
}

/// An exit goes by the market that its token was bought in: what was only asked
/// for, or failed, says nothing.
#[test]
fn a_token_knows_the_market_that_it_was_bought_in() {
    let folder = Folder::new("bought-in");
    let mut store = Store::open(&folder.file()).unwrap();
    let mut turn = store.turn().unwrap();
    attempt(&mut turn, "b1", ("s1", None), "BUY", "SETTLED");
    turn.tx
        .execute("UPDATE intent SET neg_risk = 1", [])
        .unwrap();
    assert_eq!(turn.bought_in("7").unwrap(), None);
    turn.record_fill(&fill_of("b1", "BUY", 5, "MATCHED"))
        .unwrap();
    let bought = turn.bought_in("7").unwrap();
    assert!(matches!(bought, Some((_, true))), "{bought:?}");
    turn.record_fill(&fill_of("b1", "BUY", 5, "FAILED"))
        .unwrap();
    assert_eq!(turn.bought_in("7").unwrap(), None);
}

fn set_shares(turn: &Turn<'_>, id: &str, shares: u64) {
    let changed = turn.tx.execute(
        "UPDATE intent SET shares_units = ?2 WHERE source_id = ?1",
        (id, shares),
    );
    assert_eq!(changed.unwrap(), 1);
}

/// M56: each strategy spends its own money, and what was signed is spent.
#[test]
fn a_strategy_has_spent_what_was_signed_for_it_or_may_yet_be() {
    let folder = Folder::new("spent");
    let mut store = Store::open(&folder.file()).unwrap();
    let mut turn = store.turn().unwrap();
    let mut count = 0;
    for state in State::ALL {
        let id = state.name();
        attempt(&mut turn, id, ("s1", None), "BUY", id);
        let counts = state.holds_reservation()
            || matches!(
                state,
                State::Settled
                    | State::Reversed
                    | State::Refused
                    | State::Cancelled
                    | State::AbsentProven
            );
        count += u64::from(counts);
        assert_eq!(
            turn.spent_since("s1", 1_000).unwrap(),
            count * 100,
            "{state:?}"
        );
    }
    let open = State::ALL.into_iter().filter(|s| s.holds_reservation());
    let open = u64::try_from(open.count()).unwrap() * 100;
    assert_eq!(turn.spent_since("s1", 1_001).unwrap(), open);
    assert_eq!(turn.spent_since("s2", 0).unwrap(), 0);
    attempt(&mut turn, "sold", ("s2", None), "SELL", "SETTLED");
    assert_eq!(
        turn.spent_since("s2", 0).unwrap(),
        0,
        "a SELL spends nothing"
    );

    // One that expired after the signer had been asked may have been signed.
    let id = admit(&mut turn, &line("late", "BUY", "s2"), 1_000).intent_id;
    turn.note(&id, 0, State::SignRequested, None).unwrap();
    turn.tx
        .execute(
            "UPDATE attempt SET state = 'EXPIRED', reserved_units = 7, since_ms = 1000 \
             WHERE intent_id = ?1",
            [&id],
        )
        .unwrap();
    assert_eq!(turn.spent_since("s2", 1_000).unwrap(), 7);

    // So may one that was denied when it was asked for again: a no to the repeat,
    // past its time or another key, says nothing of an answer that was lost.
    let id = admit(&mut turn, &line("lost", "BUY", "s3"), 1_000).intent_id;
    turn.tx
        .execute(
            "UPDATE attempt SET state = 'DENIED', reserved_units = 9, since_ms = 1000 \
             WHERE intent_id = ?1",
            [&id],
        )
        .unwrap();
    assert_eq!(turn.spent_since("s3", 1_000).unwrap(), 0, "denied at once");
    turn.note(&id, 0, State::SignUnknown, None).unwrap();
    assert_eq!(turn.spent_since("s3", 1_000).unwrap(), 9);
    assert_eq!(turn.spent_since("s3", 1_001).unwrap(), 0);
}

#[test]
fn small_signals_lie_on_their_pile_until_one_order_takes_them_along_once() {
    let folder = Folder::new("carry");
    let mut store = Store::open(&folder.file()).unwrap();
    let mut turn = store.turn().unwrap();
    let ids: Vec<String> = ["a", "b", "c", "d"]
        .iter()
        .map(|id| admit(&mut turn, &line(id, "BUY", "s1"), 1).intent_id)
        .collect();
    let pile = |leader, side| Pile {
        strategy: "s1",
        leader,
        token_id: "7",
        side,
    };
    let mine = pile(Some(LEADER_A), Side::Buy);
    assert!(turn.carry_add(&mine, &ids[0], 300, 10).unwrap());
    assert!(!turn.carry_add(&mine, &ids[0], 300, 10).unwrap(), "once");
    assert!(turn.carry_add(&mine, &ids[1], 40, 20).unwrap());
    let others = [
        pile(None, Side::Buy),
        pile(Some(LEADER_B), Side::Buy),
        pile(Some(LEADER_A), Side::Sell),
        Pile {
            token_id: "8",
            ..mine
        },
        Pile {
            strategy: "s2",
            ..mine
        },
    ];
    for other in others {
        assert_eq!(turn.carry_total(&other, 0).unwrap(), 0, "{other:?}");
    }
    assert_eq!(turn.carry_total(&mine, 0).unwrap(), 340);
    assert_eq!(turn.carry_total(&mine, 11).unwrap(), 40, "the rest is old");
    assert_eq!(turn.carry_use(&mine, 11, &ids[2]).unwrap(), 40);
    assert_eq!(
        turn.carry_use(&mine, 11, &ids[3]).unwrap(),
        0,
        "never again"
    );
    assert_eq!(turn.carry_total(&mine, 0).unwrap(), 300);
}
