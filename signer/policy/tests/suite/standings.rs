//! Standings: what each cause permits, when it begins, and what ends it.

use note::{Alive, Body, JournalId, Unfreeze};
use policy::{
    Cause, Disk, Entry, FreezeReason, Intent, Key, Recall, Standing, State, recall, standing,
};

use crate::kit::{
    DAY, Desk, HOUR, NOON, ONE, OWNER, TOKEN, buy, copied_sell, exit, label, print, seconds, tags,
    window,
};

fn holding() -> Desk {
    let mut desk = Desk::new();
    desk.declare(&[(TOKEN, 100 * ONE)]);
    desk
}

fn open(lease_ends_ms: u64) -> Key {
    Key::Open {
        generation: 1,
        signing_address: OWNER,
        lease_ends_ms,
    }
}

fn standing_of(desk: &Desk) -> Standing {
    standing(&desk.facts(), &desk.state, desk.time).standing()
}

fn words(desk: &Desk) -> Vec<&'static str> {
    let causes = standing(&desk.facts(), &desk.state, desk.time);
    causes.iter().map(Cause::word).collect()
}

/// What is answered to a BUY, a copied sell, an exit, and an exit with a ticket.
fn answers(desk: &Desk) -> [&'static str; 4] {
    let mut ticketed = desk.clone();
    ticketed.ticket(7, TOKEN, 10 * ONE, 100);
    let cheap = Intent {
        limit_price: crate::kit::price(100),
        ..exit(3)
    };
    [
        desk.code(buy(1)),
        desk.code(copied_sell(2)),
        desk.code(exit(3)),
        ticketed.code(cheap),
    ]
}

const ACTIVE: [&str; 4] = ["YES"; 4];
const REDUCES: [&str; 4] = ["REDUCE_ONLY", "YES", "YES", "YES"];
const FREEZES: [&str; 4] = ["FROZEN", "FROZEN", "FROZEN", "YES"];
const LOCKS: [&str; 4] = ["LOCKED"; 4];

#[test]
fn each_cause_begins_to_the_millisecond() {
    type Arrange = fn(&mut Desk);
    let rows: [(&str, Arrange, [&str; 4]); 15] = [
        ("nothing", |_| {}, ACTIVE),
        ("locked", |d| d.host.key = Key::Locked, LOCKS),
        (
            "over an hour before the lease ends",
            |d| d.host.key = open(NOON + HOUR + 1),
            ACTIVE,
        ),
        (
            "an hour before the lease ends",
            |d| d.host.key = open(NOON + HOUR),
            REDUCES,
        ),
        (
            "a millisecond before the lease ends",
            |d| d.host.key = open(NOON + 1),
            REDUCES,
        ),
        ("the lease ended", |d| d.host.key = open(NOON), LOCKS),
        (
            "a second before the dead man",
            |d| d.alive_until = Some(seconds(NOON + 1_000)),
            ACTIVE,
        ),
        (
            "the dead man's first stage",
            |d| d.alive_until = Some(seconds(NOON)),
            REDUCES,
        ),
        (
            "a second before his second",
            |d| d.alive_until = Some(seconds(NOON - 96 * HOUR + 1_000)),
            REDUCES,
        ),
        (
            "the dead man's second stage",
            |d| d.alive_until = Some(seconds(NOON - 96 * HOUR)),
            LOCKS,
        ),
        ("no one ever said alive", |d| d.alive_until = None, REDUCES),
        (
            "a second before the policy expires",
            |d| d.policy.expires = seconds(NOON + 1_000),
            ACTIVE,
        ),
        (
            "the policy expired",
            |d| d.policy.expires = seconds(NOON),
            REDUCES,
        ),
        ("disk is low", |d| d.host.disk = Disk::Low, REDUCES),
        ("disk is full", |d| d.host.disk = Disk::Full, LOCKS),
    ];
    for (name, arrange, expected) in rows {
        let mut desk = holding();
        arrange(&mut desk);
        assert_eq!(answers(&desk), expected, "{name}");
    }
}

#[test]
fn facts_take_what_the_host_now_says() {
    let desk = holding();
    let mut facts = desk.facts();
    let mut host = facts.host();
    host.disk = Disk::Low;
    facts.set_host(host);
    assert_eq!(facts.host(), host);
    let causes = standing(&facts, &desk.state, desk.time);
    assert_eq!(causes.standing(), Standing::ReduceOnly);
}

#[test]
fn what_ends_authority_is_counted_on_the_fast_time() {
    let mut desk = holding();
    desk.host.key = open(NOON + 2 * HOUR);
    desk.time.fast_ms = NOON + 2 * HOUR;
    assert_eq!(standing_of(&desk), Standing::Locked);
    desk.time.fast_ms = NOON + HOUR;
    assert_eq!(words(&desk), ["LEASE_ENDING"]);
    desk.time.slow_ms = NOON + 100 * DAY;
    desk.time.wall_ms = NOON + 100 * DAY;
    assert_eq!(words(&desk), ["LEASE_ENDING"]);
}

#[test]
fn a_jumped_clock_reduces_until_a_person_accepts() {
    let mut desk = holding();
    desk.push(Entry::ClockJumped);
    assert_eq!(answers(&desk), REDUCES);
    desk.at(NOON + 1);
    desk.push(Entry::ClockJumped);
    assert_eq!(desk.state.clock_jumped(), Some(NOON));
    desk.push(Entry::Note(Box::new(alive())));
    assert_eq!(words(&desk), ["CLOCK_JUMPED"]);
    desk.push(Entry::ClockAccepted);
    assert_eq!(answers(&desk), ACTIVE);
}

fn alive() -> Body {
    Body::Alive(Alive {
        journal: JournalId([1; 16]),
        policy: 1,
        serial: 1,
        window: window(NOON, NOON + HOUR),
        until: seconds(NOON + 72 * HOUR),
    })
}

#[test]
fn a_word_counts_from_the_last_millisecond_of_the_second_it_begins_in() {
    for (after, stays) in [(999, false), (1_000, true)] {
        let mut desk = holding();
        desk.at(NOON + after);
        desk.push(Entry::Started { attended: false });
        desk.note(alive());
        assert_eq!(desk.state.unattended().is_some(), stays, "{after}");
    }
}

#[test]
fn an_unattended_restart_reduces_until_someone_says_alive() {
    let mut desk = holding();
    desk.push(Entry::Started { attended: false });
    assert_eq!(answers(&desk), REDUCES);
    assert_eq!(words(&desk), ["UNATTENDED"]);
    desk.push(Entry::Note(Box::new(alive())));
    assert_eq!(answers(&desk), ACTIVE);
    desk.push(Entry::Started { attended: false });
    desk.push(Entry::Started { attended: true });
    assert_eq!(answers(&desk), ACTIVE);
}

#[test]
fn an_alive_held_back_from_before_a_restart_attends_to_nothing() {
    let mut desk = holding();
    desk.at(NOON + 1_000);
    desk.push(Entry::Started { attended: false });
    // Signed the second before, and brought by whoever kept it.
    desk.push(Entry::Note(Box::new(alive())));
    assert_eq!(words(&desk), ["UNATTENDED"]);
    let Body::Alive(mut later) = alive() else {
        panic!("an alive")
    };
    later.window.not_before = seconds(NOON + 1_000);
    desk.push(Entry::Note(Box::new(Body::Alive(later))));
    assert_eq!(answers(&desk), ACTIVE);
}

fn froze(by: &str) -> Entry {
    Entry::Froze {
        by: label(by),
        reason: FreezeReason::Asked,
    }
}

fn unfreeze(leaf: u64) -> Entry {
    Entry::Note(Box::new(Body::Unfreeze(Unfreeze {
        journal: JournalId([1; 16]),
        leaf,
        window: window(NOON, NOON + HOUR),
    })))
}

#[test]
fn a_freeze_holds_until_a_note_names_its_leaf() {
    let mut desk = holding();
    desk.push(froze("operator-1"));
    assert_eq!(answers(&desk), FREEZES);
    let denial = desk.judge(buy(1)).unwrap_err();
    assert_eq!(
        denial.to_string(),
        "frozen 2026-11-20T12:00:00Z by operator-1 (Freeze), leaf 1; nothing is signed but \
         tickets. signerctl unfreeze --leaf 1"
    );
    desk.push(unfreeze(0));
    assert_eq!(answers(&desk), FREEZES);
    // A later freeze is another leaf: a note for the first does not end it.
    desk.push(froze("operator-2"));
    desk.push(unfreeze(1));
    assert_eq!(desk.state.frozen().unwrap().leaf, 3);
    assert_eq!(answers(&desk), FREEZES);
    desk.push(unfreeze(3));
    assert_eq!(answers(&desk), ACTIVE);
}

#[test]
fn the_strictest_cause_decides_and_all_are_told() {
    let mut desk = holding();
    desk.push(froze("operator-1"));
    desk.push(Entry::Started { attended: false });
    desk.push(Entry::ClockJumped);
    desk.host.disk = Disk::Low;
    desk.alive_until = None;
    desk.policy.expires = seconds(NOON);
    assert_eq!(standing_of(&desk), Standing::Frozen);
    assert_eq!(
        words(&desk),
        [
            "FROZEN",
            "POLICY_EXPIRED",
            "DEAD_MAN",
            "CLOCK_JUMPED",
            "DISK_LOW",
            "UNATTENDED"
        ]
    );
    assert_eq!(answers(&desk), FREEZES);
    desk.host.key = Key::Locked;
    assert_eq!(answers(&desk), LOCKS);
    assert_eq!(standing_of(&desk).word(), "LOCKED");
}

#[test]
fn asking_again_is_answered_only_while_it_may() {
    let mut desk = holding();
    let intent = || Intent {
        deadline_ms: NOON + 10,
        ..buy(1)
    };
    let ask = |desk: &Desk, intent: &Intent| {
        let facts = desk.facts();
        recall(intent, &print(intent), &facts, &desk.state, desk.time)
    };
    assert_eq!(ask(&desk, &intent()), Ok(Recall::New));
    desk.sign(intent()).unwrap();
    let recorded = Ok(Recall::Recorded { leaf: 1 });
    assert_eq!(ask(&desk, &intent()), recorded);
    let denied = |desk: &Desk, intent: &Intent| ask(desk, intent).unwrap_err().code();
    let other = Intent {
        limit_price: crate::kit::price(4_900),
        ..intent()
    };
    assert_eq!(denied(&desk, &other), "INTENT_REUSED");
    assert!(ask(&desk, &other).unwrap_err().is_alarm());
    let next = Intent {
        attempt: 1,
        ..intent()
    };
    assert_eq!(ask(&desk, &next), Ok(Recall::New));
    // Deciding what was signed is a contradiction, whatever was recalled.
    assert_eq!(desk.code(intent()), "INTENT_REUSED");

    let mut later = desk.clone();
    later.time.fast_ms = NOON + 9;
    assert_eq!(ask(&later, &intent()), recorded);
    later.time.fast_ms = NOON + 10;
    assert_eq!(denied(&later, &intent()), "DEADLINE_PASSED");
    let mut reduced = desk.clone();
    reduced.alive_until = None;
    assert_eq!(ask(&reduced, &intent()), recorded);
    let mut frozen = desk.clone();
    frozen.push(froze("operator-1"));
    assert_eq!(denied(&frozen, &intent()), "FROZEN");
    let mut locked = desk.clone();
    locked.host.key = Key::Locked;
    assert_eq!(denied(&locked, &intent()), "LOCKED");
    let mut rotated = desk.clone();
    rotated.host.key = Key::Open {
        generation: 2,
        signing_address: OWNER,
        lease_ends_ms: NOON + 72 * HOUR,
    };
    assert_eq!(denied(&rotated, &intent()), "KEY_CHANGED");
    desk.at(NOON + 3 * DAY);
    assert_eq!(denied(&desk, &intent()), "INTENT_TOO_OLD");
}

#[test]
fn a_contradiction_is_told_even_while_frozen_or_locked() {
    let mut desk = holding();
    desk.sign(buy(1)).unwrap();
    desk.host.key = Key::Locked;
    let other = Intent {
        attempt: 0,
        ..exit(1)
    };
    let facts = desk.facts();
    let answer = recall(&other, &print(&other), &facts, &desk.state, desk.time);
    assert_eq!(answer.unwrap_err().code(), "INTENT_REUSED");
}

#[test]
fn the_replay_set_forgets_days_that_are_denied() {
    let mut desk = Desk::new();
    desk.alive_until = Some(seconds(NOON + 100 * DAY));
    desk.host.key = open(NOON + 100 * DAY);
    for day in 0..20 {
        let now = NOON + day * DAY;
        desk.at(now);
        desk.sign(crate::kit::buy_of(day, ONE, now)).unwrap();
    }
    assert_eq!(desk.state.sizes(), (3, 20));
}

#[test]
fn a_row_that_cannot_be_changes_nothing() {
    let mut desk = holding();
    desk.sign(buy(1)).unwrap();
    let before = desk.state.clone();
    let twice = desk.rows[1].clone();
    let mut state = desk.state.clone();
    assert_eq!(state.apply(&twice), Err(policy::Misfit::LeafOrder));
    let later = policy::Row {
        leaf: 2,
        ..twice.clone()
    };
    assert_eq!(state.apply(&later), Err(policy::Misfit::AttemptTwice));
    let Entry::Approved(approval) = &twice.entry else {
        panic!("the second row is an approval");
    };
    let with = |change: fn(&mut policy::Approval)| {
        let mut approval = **approval;
        approval.attempt = 1;
        change(&mut approval);
        policy::Row {
            entry: Entry::Approved(Box::new(approval)),
            ..later.clone()
        }
    };
    let same_order = with(|_| {});
    assert_eq!(state.apply(&same_order), Err(policy::Misfit::OrderTwice));
    let too_much = with(|approval| approval.taker_amount = 1_000_000_000_000_001);
    assert_eq!(state.apply(&too_much), Err(policy::Misfit::Amounts));
    let too_dear = with(|approval| {
        let charge = 2 * approval.maker_amount + 2;
        approval.charge = policy::Charge::recorded(crate::kit::usdc(charge));
    });
    assert_eq!(state.apply(&too_dear), Err(policy::Misfit::Amounts));
    let no_ticket = with(|approval| {
        approval.order_hash = order::B256::ZERO;
        approval.ticket = Some(note::NoteId([1; 16]));
    });
    assert_eq!(state.apply(&no_ticket), Err(policy::Misfit::TicketMissing));
    assert_eq!(state, before);
    let dearest = with(|approval| {
        approval.order_hash = order::B256::ZERO;
        let charge = 2 * approval.maker_amount + 1;
        approval.charge = policy::Charge::recorded(crate::kit::usdc(charge));
    });
    assert_eq!(before.clone().apply(&dearest), Ok(()));
    assert_eq!(state.last_leaf(), Some(1));
    assert_eq!(State::new(tags()).last_leaf(), None);
}

#[test]
fn what_people_read_is_the_walls_time() {
    let mut desk = holding();
    desk.time = policy::Time {
        wall_ms: NOON + 1,
        slow_ms: NOON,
        fast_ms: NOON + 2,
    };
    desk.push(froze("operator-1"));
    desk.push(Entry::Started { attended: false });
    desk.push(Entry::ClockJumped);
    assert_eq!(desk.state.frozen().unwrap().at_ms, NOON + 1);
    assert_eq!(desk.state.unattended(), Some(NOON + 1));
    assert_eq!(desk.state.clock_jumped(), Some(NOON + 1));
}

#[test]
fn a_ticket_that_is_over_is_forgotten_on_the_fast_time() {
    let mut desk = holding();
    desk.ticket(1, TOKEN, 10 * ONE, 100);
    let mut cheap = exit(1);
    cheap.limit_price = crate::kit::price(100);
    let approved = desk.judge(cheap.clone()).unwrap();
    let row = policy::Row {
        leaf: 9,
        at: desk.time,
        entry: Entry::Approved(Box::new(approved.approval(print(&cheap)))),
    };
    let mut kept = desk.clone();
    kept.time.fast_ms = NOON + 15 * 60_000 - 1;
    kept.push(Entry::ClockJumped);
    assert_eq!(kept.state.apply(&row), Ok(()));
    desk.time.fast_ms = NOON + 15 * 60_000;
    desk.push(Entry::ClockJumped);
    assert_eq!(desk.state.apply(&row), Err(policy::Misfit::TicketMissing));
}
