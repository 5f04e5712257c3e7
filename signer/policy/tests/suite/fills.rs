//! What watchers saw filled: figures and share counts hear of it, meters never,
//! and a quorum's recovery charges what a journal forgot.

use note::{Body, Fill, Filled, JournalId, NoteId, Recovery, Unfreeze};
use order::{B256, U256};
use policy::{Entry, Figure, Figures, FreezeReason, Label, figures};

use crate::kit::{
    DAY, Desk, NOON, ONE, TOKEN, buy, buy_of, exit, named, price, shares, usdc, window,
};
use crate::world::loss_of;

fn of(desk: &Desk) -> Figures {
    figures(&desk.facts(), &desk.state, desk.time)
}

fn money(units: u64) -> Figure {
    Figure::Usdc(usdc(units))
}

/// 10 USDC for 20 shares at 0.50 were signed, and nothing else is held.
fn desk() -> (Desk, B256) {
    let mut desk = Desk::new();
    desk.declare(&[]);
    let order = desk.sign(buy(1)).unwrap().order_hash;
    (desk, order)
}

fn may_sell(desk: &Desk, units: u64) -> bool {
    let intent = policy::Intent {
        size: policy::Size::Shares(shares(units)),
        ..named(exit(9), 9, desk.time.wall_ms)
    };
    desk.judge(intent).is_ok()
}

#[test]
fn a_fill_moves_figures_and_share_counts_and_no_meter() {
    let (mut desk, order) = desk();
    let before = desk.state.charged(desk.time);
    assert_eq!(of(&desk).signed_buys, money(11 * ONE));
    assert_eq!(of(&desk).shares, Some(shares(100_000 * ONE)));
    assert!(may_sell(&desk, 25 * ONE) && !may_sell(&desk, 25 * ONE + 10_000));

    // 4 of its 10, and 9 shares for them: 6 USDC may still buy 12, or 15.
    desk.filled(order, TOKEN, 4 * ONE, 9 * ONE);
    assert_eq!(of(&desk).signed_buys, money(6_600_000));
    assert_eq!(of(&desk).shares, Some(shares(60_009 * ONE)));
    assert!(may_sell(&desk, 24 * ONE) && !may_sell(&desk, 24 * ONE + 10_000));

    desk.filled(order, TOKEN, 10 * ONE, 21 * ONE);
    assert_eq!(of(&desk).signed_buys, money(0));
    assert_eq!(of(&desk).shares, Some(shares(21 * ONE)));
    assert!(may_sell(&desk, 21 * ONE) && !may_sell(&desk, 21 * ONE + 10_000));
    assert_eq!(desk.state.charged(desk.time), before);
    assert_eq!(desk.code(buy_of(2, 10 * ONE, NOON)), "YES");
}

#[test]
fn an_older_fill_that_comes_late_changes_nothing() {
    let (mut desk, order) = desk();
    desk.filled(order, TOKEN, 4 * ONE, 9 * ONE);
    let figures = of(&desk);
    for (collateral, units) in [(4 * ONE, 8 * ONE), (3 * ONE, 7 * ONE), (0, 0)] {
        desk.filled(order, TOKEN, collateral, units);
        assert_eq!(of(&desk), figures);
    }
    desk.filled(order, TOKEN + U256::ONE, 10 * ONE, 20 * ONE);
    desk.filled(B256::repeat_byte(3), TOKEN, 10 * ONE, 20 * ONE);
    assert_eq!(of(&desk), figures, "another token, another's order");
}

#[test]
fn no_fill_gives_the_right_to_sell_more_than_a_quarter_above_the_order() {
    let (mut desk, order) = desk();
    desk.filled(order, TOKEN, 10 * ONE, 90_000 * ONE);
    assert!(may_sell(&desk, 25 * ONE) && !may_sell(&desk, 25 * ONE + 10_000));
    // The figures count what came, and no more than could.
    assert_eq!(of(&desk).shares, Some(shares(90_000 * ONE)));
    let (mut desk, order) = self::desk();
    desk.filled(order, TOKEN, 1, u64::MAX);
    assert_eq!(of(&desk).shares, Some(shares(100_000 * ONE)));
}

#[test]
fn a_sell_that_was_filled_whole_is_no_longer_the_lowest() {
    let mut desk = Desk::new();
    desk.declare(&[(TOKEN, 100 * ONE)]);
    let at_a_cent = policy::Intent {
        limit_price: price(600),
        ..exit(1)
    };
    let order = desk.sign(at_a_cent).unwrap().order_hash;
    desk.policy.exits.sell_floor = price(3_000);
    assert_eq!(of(&desk).lowest, price(600));
    desk.filled(order, TOKEN, 600_000, 10 * ONE - 1);
    assert_eq!(of(&desk).lowest, price(600), "a hair may still fill");
    desk.filled(order, TOKEN, 600_000, 10 * ONE);
    assert_eq!(of(&desk).lowest, price(3_000));
    // What was sold stays counted.
    assert_eq!(of(&desk).shares, Some(shares(100 * ONE)));
}

#[test]
fn what_is_told_twice_in_one_note_counts_as_its_largest() {
    let (mut desk, first) = desk();
    let second = desk.sign(buy(2)).unwrap().order_hash;
    let filled = |order, collateral| Filled {
        order,
        token: TOKEN,
        collateral: usdc(collateral),
        shares: shares(2 * collateral),
    };
    desk.note(Body::Fill(Fill {
        journal: JournalId([1; 16]),
        policy: 1,
        id: NoteId([7; 16]),
        window: window(NOON, NOON + DAY),
        fills: [filled(first, 10 * ONE), filled(second, 5 * ONE)].into(),
    }));
    assert_eq!(of(&desk).signed_buys, money(5_500_000));
}

fn rolled_back(desk: &mut Desk) -> u64 {
    desk.push(Entry::Froze {
        by: Label::parse("vault").unwrap(),
        reason: FreezeReason::RolledBack,
    });
    desk.state.frozen().unwrap().leaf
}

fn recover(desk: &mut Desk, leaf: u64, lifetime: u64) {
    desk.note(Body::Recovery(Recovery {
        journal: JournalId([1; 16]),
        leaf,
        window: window(NOON, NOON + DAY),
        lifetime_usdc: usdc(lifetime),
    }));
}

#[test]
fn a_recovery_leaves_the_freeze_that_a_person_asked_for() {
    let asks = Entry::Froze {
        by: Label::parse("desk").unwrap(),
        reason: FreezeReason::Asked,
    };
    let unfreeze = |desk: &mut Desk, leaf| {
        desk.note(Body::Unfreeze(Unfreeze {
            journal: JournalId([1; 16]),
            leaf,
            window: window(NOON, NOON + DAY),
        }));
    };
    for before in [true, false] {
        let (mut desk, _) = desk();
        if before {
            desk.push(asks.clone());
        }
        let leaf = rolled_back(&mut desk);
        if !before {
            desk.push(asks.clone());
        }
        let both: Vec<_> = desk.state.freezes().map(|freeze| freeze.reason).collect();
        assert_eq!(both, [FreezeReason::RolledBack, FreezeReason::Asked]);
        assert_eq!(desk.state.frozen().unwrap().leaf, leaf);
        recover(&mut desk, leaf, 11 * ONE);
        assert_eq!(desk.code(buy(2)), "FROZEN", "nobody unfroze the other");
        let asked = desk.state.frozen().unwrap();
        assert_eq!(asked.reason, FreezeReason::Asked);
        unfreeze(&mut desk, asked.leaf);
        assert_eq!(desk.code(buy(2)), "YES");
    }
}

#[test]
fn a_journal_that_went_back_is_used_again_once_what_it_forgot_is_charged() {
    let (mut desk, _) = desk();
    let leaf = rolled_back(&mut desk);
    desk.note(Body::Unfreeze(Unfreeze {
        journal: JournalId([1; 16]),
        leaf,
        window: window(NOON, NOON + DAY),
    }));
    assert_eq!(
        desk.code(buy(2)),
        "FROZEN",
        "an unfreezing alone forgets too"
    );
    recover(&mut desk, leaf + 1, 500 * ONE);
    assert_eq!(desk.code(buy(2)), "FROZEN", "of another leaf");

    // 11 are known of 1,490: what is missing is topped up, in every window.
    let (mut desk, _) = self::desk();
    let leaf = rolled_back(&mut desk);
    recover(&mut desk, leaf, 1_490 * ONE);
    let charged = desk.state.charged(desk.time);
    assert_eq!(charged.lifetime_units, u128::from(1_490 * ONE));
    assert_eq!(charged.day_units, u128::from(1_490 * ONE));
    assert_eq!(desk.code(buy(2)), "BUDGET_DAY");
    let figures = of(&desk);
    assert_eq!(
        figures.next_24h.loss,
        Figure::Unbounded,
        "declared, then forgotten"
    );
    desk.declare(&[]);
    let figures = of(&desk);
    assert!(loss_of(figures.signed_buys) >= i128::from(1_490 * ONE));
    assert_eq!(
        figures.lowest,
        price(1),
        "a lost sell may be open at any price"
    );
    desk.at(NOON + DAY);
    assert_eq!(desk.code(buy_of(2, 10 * ONE, NOON + DAY)), "YES");
    assert!(loss_of(of(&desk).signed_buys) >= i128::from(1_490 * ONE));
}

#[test]
fn a_recovery_that_names_too_little_takes_nothing_away() {
    let (mut desk, _) = desk();
    let before = desk.state.charged(desk.time);
    let leaf = rolled_back(&mut desk);
    recover(&mut desk, leaf, 0);
    assert_eq!(desk.state.charged(desk.time), before);
    assert_eq!(desk.state.frozen(), None);
    assert_eq!(of(&desk).signed_buys, money(11 * ONE));
}
