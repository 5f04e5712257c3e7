//! A greedy adversary owns the orchestrator's host and the other side of every
//! fill. Shares marked at 1 before and after, it never takes more than a figure
//! said it could.
//!
//! It may ask for anything, hold signed orders back, fill them in parts, fill a
//! BUY at any better price down to the venue's finest tick, take the whole fee
//! each time, offer shares that unfilled BUYs gave it the right to sell, and
//! hold back whatever watchers tell.

use note::Body;
use order::Side;
use policy::{Figure, Intent, Key, Size};
use proptest::prelude::*;

use crate::attested::{copying, seen, watching};
use crate::kit::{DAY, HOUR, NOON, ONE, OWNER, copied_sell, policy, price, shares, usdc};
use crate::world::{World, desk, loss_of, plundered, token};

/// What happened before the figure was read.
#[derive(Clone, Debug)]
enum Past {
    Buy {
        token: u8,
        cents: u64,
        price: u16,
    },
    Sell {
        token: u8,
        lots: u64,
        price: u16,
    },
    Fill {
        which: prop::sample::Index,
        percent: u64,
        improved: bool,
    },
    Ticket {
        token: u8,
        lots: u64,
        price: u16,
    },
    /// Watchers tell how an order stands; until then they say nothing of it.
    Tell(prop::sample::Index),
    WriteOffFilled,
    Wait(u64),
}

fn past() -> impl Strategy<Value = Past> {
    prop_oneof![
        4 => (any::<u8>(), 100..2_500_u64, 5..96_u16)
            .prop_map(|(token, cents, price)| Past::Buy { token, cents, price }),
        3 => (any::<u8>(), 1..50_000_u64, 5..96_u16)
            .prop_map(|(token, lots, price)| Past::Sell { token, lots, price }),
        4 => (any::<prop::sample::Index>(), 0..=100_u64, any::<bool>())
            .prop_map(|(which, percent, improved)| Past::Fill { which, percent, improved }),
        1 => (any::<u8>(), 1..50_000_u64, 1..5_u16)
            .prop_map(|(token, lots, price)| Past::Ticket { token, lots, price }),
        3 => any::<prop::sample::Index>().prop_map(Past::Tell),
        1 => Just(Past::WriteOffFilled),
        2 => (0..DAY).prop_map(Past::Wait),
    ]
}

fn live(world: &mut World, past: &Past) {
    match past {
        Past::Buy {
            token,
            cents,
            price,
        } => {
            world.ask_buy(*token, cents * 10_000, *price);
        }
        Past::Sell { token, lots, price } => {
            world.ask_exit(*token, lots * 10_000, price * 100);
        }
        Past::Fill {
            which,
            percent,
            improved,
        } => {
            if !world.open.is_empty() {
                let which = which.index(world.open.len());
                let most = world.open[which].left * percent / 100;
                world.fill(which, most, *improved);
            }
        }
        Past::Ticket {
            token: choice,
            lots,
            price,
        } => {
            let id = u8::try_from(world.asked % 250).unwrap();
            world
                .desk
                .ticket(id, token(*choice), lots * 10_000, price * 100);
            world.asked += 1;
            world.ask_exit(*choice, lots * 10_000, price * 100);
        }
        Past::Tell(which) => {
            if !world.open.is_empty() {
                world.tell(which.index(world.open.len()));
            }
        }
        Past::WriteOffFilled => {
            let filled = world.open.iter().filter(|open| open.left == 0);
            let hashes: Vec<_> = filled.map(|open| open.order.order_hash).collect();
            world.desk.write_off(&hashes);
        }
        Past::Wait(ms) => {
            let now = world.desk.time.wall_ms + ms;
            world.desk.at(now);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// M38: a caller that is wholly the enemy's takes no more than the figure said.
    #[test]
    fn no_figure_is_below_what_a_greedy_adversary_takes(
        declared in 0..2_000_u64,
        before in prop::collection::vec(past(), 0..40),
        cents in 5..96_u16,
        announced in any::<bool>(),
        unfilled in any::<bool>(),
        two_days in any::<bool>(),
    ) {
        let mut world = World::new(desk());
        world.desk.declare(&[(token(0), declared * ONE)]);
        world.held.insert(token(0), declared * ONE);
        for past in &before {
            live(&mut world, past);
        }
        if announced {
            let mut next = desk().policy;
            next.budgets.day_usdc = usdc(200 * ONE);
            next.exits.sell_floor = price(100);
            world.desk.pending = Some(next);
        }
        let (length, figure) = if two_days {
            let ends = world.desk.time.wall_ms + 49 * HOUR;
            world.desk.host.key = Key::Open {
                generation: 1,
                signing_address: OWNER,
                lease_ends_ms: ends,
            };
            (48 * HOUR, world.figures().until_locked.loss)
        } else {
            (DAY, world.figures().next_24h.loss)
        };
        prop_assert!(figure != Figure::Unbounded);
        let taken = plundered(&mut world, length, cents, unfilled);
        prop_assert!(taken <= loss_of(figure), "{taken} of {figure}");
    }
}

#[test]
fn signed_buys_are_taken_almost_whole() {
    let mut world = World::new(desk());
    world.desk.declare(&[]);
    for _ in 0..5 {
        assert!(world.ask_buy(0, 25 * ONE, 95));
    }
    world.desk.policy.budgets.day_usdc = usdc(0);
    let figures = world.figures();
    let taken = plundered(&mut world, 1, 95, false);
    // At 0.95 a share brings back 0.05 less its fee.
    let term = loss_of(figures.signed_buys);
    assert!(
        taken <= term && taken * 100 >= term * 95,
        "{taken} of {term}"
    );
}

/// M42: the worst a caller takes is what the day's cap leaves.
#[test]
fn the_day_cap_is_taken_almost_whole_and_no_more() {
    let mut world = World::new(desk());
    world.desk.declare(&[]);
    let term = loss_of(world.figures().next_24h.new_buys);
    let taken = plundered(&mut world, DAY, 95, false);
    assert!(
        taken <= term && taken * 100 >= term * 94,
        "{taken} of {term}"
    );
}

#[test]
fn every_declared_share_is_taken_at_the_floor() {
    let mut world = World::new(desk());
    world.desk.declare(&[(token(0), 1_000 * ONE)]);
    world.held.insert(token(0), 1_000 * ONE);
    world.desk.policy.budgets.day_usdc = usdc(0);
    let term = loss_of(world.figures().sells);
    assert_eq!(plundered(&mut world, 1, 95, false), term);
    assert_eq!(loss_of(world.figures().positions_at_risk), 1_000_000_000);
}

#[test]
fn a_held_back_ticket_is_taken_at_its_price() {
    let mut world = World::new(desk());
    world.desk.declare(&[(token(0), 100 * ONE)]);
    world.held.insert(token(0), 100 * ONE);
    world.desk.ticket(1, token(0), 100 * ONE, 100);
    assert!(world.ask_exit(0, 100 * ONE, 100));
    world.desk.policy.budgets.day_usdc = usdc(0);
    world.desk.at(NOON + HOUR);
    let term = loss_of(world.figures().sells);
    assert_eq!(plundered(&mut world, 1, 95, false), term);
}

#[test]
fn a_windfall_of_the_finest_tick_is_within_the_shares_that_may_be_held() {
    // A caller that says the tick is 0.01 may still be filled at 0.0001, and
    // the rights of unfilled buys let it sell what it got.
    let mut world = World::new(desk());
    world.desk.declare(&[]);
    assert!(world.ask_buy(0, 10 * ONE, 50));
    world.fill(0, u64::MAX, true);
    let figures = world.figures();
    assert_eq!(world.held[&token(0)], 100_000 * ONE);
    assert_eq!(figures.shares, Some(shares(100_000 * ONE)));
    let taken = plundered(&mut world, DAY, 6, true);
    assert!(taken <= loss_of(figures.next_24h.loss));
    // A figure that took the caller's tick would have been too low.
    let by_the_callers_tick = 11 * ONE + 150 * ONE + 955 * ONE;
    assert!(taken > i128::from(by_the_callers_tick), "{taken}");
}

#[test]
fn a_buy_that_watchers_saw_filled_is_worth_what_it_brought() {
    let mut world = World::new(desk());
    world.desk.declare(&[]);
    assert!(world.ask_buy(0, 10 * ONE, 50));
    world.fill(0, u64::MAX, false);
    let blind = world.figures();
    world.tell(0);
    let seeing = world.figures();
    // 20 shares instead of 100,000, and no signed buy is left.
    assert_eq!(seeing.shares, Some(shares(20 * ONE)));
    assert_eq!(loss_of(seeing.signed_buys), 0);
    assert!(loss_of(seeing.next_24h.loss) * 100 < loss_of(blind.next_24h.loss));
    let taken = plundered(&mut world, DAY, 95, false);
    let term = loss_of(seeing.next_24h.loss);
    assert!(
        taken <= term && taken * 100 >= term * 85,
        "{taken} of {term}"
    );
}

#[test]
fn a_leader_who_sells_to_himself_takes_no_more_than_the_figure_said() {
    // The leader is the adversary: his sale at 0.02 is real, and is attested.
    let mut world = World::new(desk());
    world.desk.policy.order.sell_price_min = price(100);
    watching(&mut world.desk, 1_000_000, true);
    world.desk.declare(&[(token(0), 1_000 * ONE)]);
    world.held.insert(token(0), 1_000 * ONE);
    world.desk.policy.budgets.day_usdc = usdc(0);
    let term = loss_of(world.figures().sells);
    let mut sold = false;
    for log in 0..40 {
        let seen = seen(Side::Sell, log, 200, NOON);
        world.desk.note(Body::Attestation(seen.clone()));
        let sale = Intent {
            size: Size::Shares(shares(150 * ONE)),
            limit_price: price(100),
            ..copying(copied_sell(log), &seen)
        };
        sold |= world.ask(sale);
    }
    assert!(sold, "below the floor");
    let taken = plundered(&mut world, 1, 95, false);
    assert!(
        taken <= term && taken * 100 >= term * 99,
        "{taken} of {term}"
    );
}

#[test]
fn the_model_itself_loses_nothing_by_standing_still() {
    let mut world = World::new(desk());
    world.desk.policy = policy();
    world.held.insert(token(0), 5 * ONE);
    assert_eq!(world.wealth(), i128::from(5 * ONE));
    world.desk.policy.budgets.day_usdc = usdc(0);
    assert_eq!(plundered(&mut world, 1, 95, false), 0);
}
