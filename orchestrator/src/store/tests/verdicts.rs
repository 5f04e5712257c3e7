//! What the statistics say of rows.

use super::*;
use crate::ledger::LedgerStore;
use crate::store::verdicts::OfLeader;

const LEADER: &str = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// An intent of `s1` after [`LEADER`] whose attempt stands in `state`.
fn stands(turn: &mut Turn<'_>, id: &str, state: &str, code: Option<&str>, reserved: u64) {
    let intent_id = admit(turn, &line(id, "BUY", "s1"), 1).intent_id;
    turn.tx
        .execute(
            "UPDATE intent SET leader = ?2 WHERE intent_id = ?1",
            (&intent_id, LEADER),
        )
        .unwrap();
    turn.tx
        .execute(
            "UPDATE attempt SET state = ?2, code = ?3, reserved_units = ?4, order_hash = ?5 \
             WHERE intent_id = ?1",
            (&intent_id, state, code, reserved, id),
        )
        .unwrap();
}

fn desk(folder: &Folder) -> Store {
    let mut store = Store::open(&folder.file()).unwrap();
    let mut turn = store.turn().unwrap();
    for (id, state, code, reserved) in [
        ("a", "SETTLED", None, 9),
        ("b", "MATCHED", None, 9),
        ("c", "REFUSED", Some("NO_LIQUIDITY"), 9),
        ("d", "DENIED", Some("BUDGET_DAY"), 9),
        ("e", "REJECTED", Some("INTENT_STALE"), 0),
        ("f", "REJECTED", Some("INTENT_STALE"), 0),
        ("g", "EXPIRED", None, 0),
        ("h", "INTENT", None, 0),
        ("i", "UNKNOWN", None, 9),
    ] {
        stands(&mut turn, id, state, code, reserved);
    }
    let bad = "not a line";
    let reject = Parsed::read(bad).unwrap_err();
    turn.reject_line(bad, &reject, 1).unwrap();
    for (order, status) in [("a", "CONFIRMED"), ("b", "MATCHED")] {
        let fill = Fill {
            order_hash: order.to_owned(),
            market: format!("0x{order}"),
            ..fill(order, "BUY", 10, 5, status)
        };
        turn.record_fill(&fill).unwrap();
    }
    turn.commit().unwrap();
    store
}

/// M69: what was let through, what was left out, and why; after a restart too.
#[test]
fn intents_are_counted_by_what_became_of_them_and_a_restart_forgets_none() {
    let folder = Folder::new("verdicts");
    let first = desk(&folder).verdicts().unwrap();
    assert_eq!(first.validated_count, 5);
    assert_eq!(first.rejected_count, 4);
    assert_eq!(first.pending_count, 1);
    let reasons = [("BAD_LINE", 1), ("DEADLINE_PASSED", 1), ("INTENT_STALE", 2)];
    let reasons = reasons.map(|(code, count)| (code.to_owned(), count));
    assert_eq!(first.rejected_by_reason, reasons);
    let again = Store::open(&folder.file()).unwrap();
    assert_eq!(again.verdicts().unwrap(), first);
}

/// M70: executions and rejections, by leader.
#[test]
fn executions_and_rejections_are_counted_by_leader() {
    let folder = Folder::new("leaders");
    let verdicts = desk(&folder).verdicts().unwrap();
    let of = |strategy: &str, leader: Option<&str>, executions, rejections| OfLeader {
        strategy: strategy.to_owned(),
        leader: leader.map(str::to_owned),
        executions,
        rejections,
    };
    assert_eq!(
        verdicts.leaders,
        [of("s1", Some(LEADER), 2, 5), of("unread", None, 0, 1)]
    );
    assert_eq!(verdicts.sums(), (2, 6));
}

/// A copy that is left out is its leader's too, in whatever case its line writes
/// him, and a line that names nobody is nobody's.
#[test]
fn what_was_left_out_is_counted_by_the_leader_whom_its_line_names() {
    let folder = Folder::new("left-out");
    let mut store = Store::open(&folder.file()).unwrap();
    let mut turn = store.turn().unwrap();
    let copied = "0xAAaaAAaaAAaaAAaaAAaaAAaaAAaaAAaaAAaaAAaa";
    for (id, leader, line) in [
        ("a", Some(copied), "{}".to_owned()),
        ("b", None, format!("{{\"source_trader\": \"{LEADER}\"}}")),
        ("c", None, "{\"source_trader\": \"\\u001b[2J\"}".to_owned()),
        ("d", None, "{\"source_trader\": [7]}".to_owned()),
        ("e", None, "no line".to_owned()),
    ] {
        stands(&mut turn, id, "REJECTED", Some("INTENT_STALE"), 0);
        turn.tx
            .execute(
                "UPDATE intent SET leader = ?2, line = ?3 WHERE source_id = ?1",
                (id, leader, line),
            )
            .unwrap();
    }
    turn.commit().unwrap();
    let of = |leader: Option<&str>, rejections| OfLeader {
        strategy: "s1".to_owned(),
        leader: leader.map(str::to_owned),
        executions: 0,
        rejections,
    };
    assert_eq!(
        store.verdicts().unwrap().leaders,
        [of(None, 3), of(Some(copied), 2)]
    );
}

/// M71: purchases, their markets, what is left of them and what they cost.
#[test]
fn purchases_are_counted_with_their_markets_and_what_is_left() {
    let folder = Folder::new("tracking");
    let mut store = desk(&folder);
    let mut turn = store.turn().unwrap();
    stands(&mut turn, "x", "SETTLED", None, 9);
    let sold = Fill {
        order_hash: "x".to_owned(),
        ..fill("x", "SELL", 4, 3, "CONFIRMED")
    };
    turn.record_fill(&sold).unwrap();
    let tracking = turn.tracking().unwrap();
    assert_eq!((tracking.total_purchases, tracking.unique_markets), (2, 2));
    assert_eq!(tracking.tokens_remaining_units, 16);
    assert_eq!(tracking.usdc_spent_units, 12);
}

/// M75: what was bought before anybody tracked it is taken over, and sold then.
#[test]
fn shares_without_tracked_purchases_are_a_strategys_once_a_person_says_so() {
    let folder = Folder::new("adopt");
    let mut store = Store::open(&folder.file()).unwrap();
    let mut turn = store.turn().unwrap();
    assert_eq!(
        turn.compare("7", 100, 0, 1).unwrap(),
        Compared::Adopted(100)
    );
    let held = |turn: &Turn<'_>| turn.held_of("s1", Some(LEADER), "7").unwrap().shares_units;
    assert_eq!(held(&turn), 0);
    let owner = crate::lots::Owner::own("s1", Some(LEADER));
    let adopted = turn.adopt("7", 60, &owner, Some(30), 2).unwrap();
    assert_eq!(adopted, crate::ledger::Adopted::Done { cost_units: 30 });
    assert_eq!(held(&turn), 60);
    assert_eq!(turn.held_units("7").unwrap(), (60, 40));
    assert_eq!(turn.compare("7", 100, 0, 3).unwrap(), Compared::Agree);
    turn.commit().unwrap();
    assert_eq!(store.totals().unwrap().realised_units, 0);
}
