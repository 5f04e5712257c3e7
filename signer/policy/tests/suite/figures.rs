//! The figures, term by term.

use note::{Body, Policy};
use order::U256;
use policy::{Entry, Figure, Figures, Key, figures};

use crate::kit::{
    DAY, Desk, HOUR, MINUTE, NOON, ONE, OWNER, TOKEN, buy, buy_of, declare, exit, policy, price,
    seconds, shares, tags, usdc,
};

fn of(desk: &Desk) -> Figures {
    figures(&desk.facts(), &desk.state, desk.time)
}

fn money(units: u64) -> Figure {
    Figure::Usdc(usdc(units))
}

/// A desk that declared that it holds nothing else.
fn declared() -> Desk {
    let mut desk = Desk::new();
    desk.declare(&[]);
    desk
}

#[test]
fn a_new_desk_can_lose_one_day_cap() {
    let figures = of(&declared());
    assert_eq!(figures.next_24h.loss, money(1_500 * ONE));
    assert_eq!(figures.signed_buys, money(0));
    assert_eq!(figures.sells, money(0));
    assert_eq!(figures.positions_at_risk, money(0));
    assert_eq!(figures.wallet_usdc_max, usdc(5_000 * ONE));
    assert_eq!((figures.lowest, figures.fee_bps), (price(500), 1_000));
    assert_eq!(figures.next_24h.buys_for_ms, DAY);
    assert!(figures.holdings_complete);
}

#[test]
fn the_largest_wallet_in_force_or_announced_stands_beside() {
    let mut desk = declared();
    let mut next = policy();
    next.wallet_usdc_max = usdc(6_000 * ONE);
    desk.pending = Some(next);
    assert_eq!(of(&desk).wallet_usdc_max, usdc(6_000 * ONE));
    desk.policy.wallet_usdc_max = usdc(7_000 * ONE);
    assert_eq!(of(&desk).wallet_usdc_max, usdc(7_000 * ONE));
}

#[test]
fn a_signed_sell_keeps_the_fee_of_the_policy_it_was_signed_under() {
    let mut desk = Desk::new();
    desk.declare(&[(TOKEN, 100 * ONE)]);
    desk.policy.order.fee_ceiling_bps = 2_000;
    desk.note(Body::Policy(Box::new(desk.policy.clone())));
    let sold = desk.sign(exit(1)).unwrap();
    desk.policy.order.fee_ceiling_bps = 700;
    desk.note(Body::Policy(Box::new(desk.policy.clone())));
    // 100 shares at 0.05, of which a fifth may go in fees.
    let figures = of(&desk);
    assert_eq!((figures.fee_bps, figures.sells), (2_000, money(96 * ONE)));
    desk.write_off(&[sold.order_hash]);
    let figures = of(&desk);
    assert_eq!((figures.fee_bps, figures.sells), (700, money(95_350_000)));
}

#[test]
fn without_a_complete_declaration_the_sell_side_is_unbounded() {
    let mut desk = Desk::new();
    for complete in [None, Some(false), Some(true), Some(false)] {
        if let Some(complete) = complete {
            desk.note(declare(complete, &[]));
        }
        let bounded = complete == Some(true);
        let figures = of(&desk);
        for figure in [
            figures.next_24h.loss,
            figures.until_locked.loss,
            figures.sells,
            figures.positions_at_risk,
        ] {
            assert_eq!(figure == Figure::Unbounded, !bounded, "{complete:?}");
        }
        assert_eq!(figures.shares.is_none(), !bounded);
        assert_eq!(
            figures.signed_buys,
            money(0),
            "a bounded term is still told"
        );
    }
}

#[test]
fn each_signed_buy_counts_with_its_fee_and_all_it_can_bring() {
    let mut desk = declared();
    desk.sign(buy(1)).unwrap();
    let figures = of(&desk);
    assert_eq!(figures.signed_buys, money(11 * ONE));
    // 10 USDC at 0.0001 are 100,000 shares, each sold at 0.05 less 10 %.
    assert_eq!(figures.shares, Some(shares(100_000 * ONE)));
    assert_eq!(figures.positions_at_risk, money(100_000 * ONE));
    assert_eq!(figures.sells, money(95_500 * ONE));
    assert_eq!(figures.next_24h.loss, money((11 + 1_500 + 95_500) * ONE));
}

#[test]
fn a_write_off_takes_authority_away_and_no_shares() {
    let mut desk = declared();
    let hash = desk.sign(buy(1)).unwrap().order_hash;
    desk.sign(buy(2)).unwrap();
    desk.write_off(&[hash, order::B256::ZERO]);
    let figures = of(&desk);
    assert_eq!(figures.signed_buys, money(11 * ONE));
    assert_eq!(figures.shares, Some(shares(200_000 * ONE)));
    // Again changes nothing, and no meter ever falls.
    desk.write_off(&[hash]);
    assert_eq!(of(&desk), figures);
    assert_eq!(
        desk.state.charged(desk.time).day_units,
        u128::from(22 * ONE)
    );
}

#[test]
fn the_largest_fee_in_force_or_announced_counts() {
    let mut desk = declared();
    desk.sign(buy(1)).unwrap();
    let announced = |bps| {
        let mut next = policy();
        next.order.fee_ceiling_bps = bps;
        next
    };
    desk.pending = Some(announced(2_000));
    let figures = of(&desk);
    assert_eq!(
        (figures.fee_bps, figures.signed_buys),
        (2_000, money(12 * ONE))
    );
    desk.pending = Some(announced(700));
    assert_eq!(of(&desk).fee_bps, 1_000);
    // 10.9989 × 1.1001 = 12.09988989, rounded up.
    let mut odd = desk.clone();
    odd.state = policy::State::new(tags());
    odd.rows.clear();
    let mut intent = buy(2);
    intent.size = policy::Size::Shares(shares(11_110_000));
    intent.limit_price = price(9_900);
    if let policy::Kind::Copy(observed) = &mut intent.kind {
        observed.price = price(9_900);
    }
    odd.policy.order.buy_price_max = price(9_900);
    odd.sign(intent).unwrap();
    odd.pending = Some(announced(1_001));
    assert_eq!(of(&odd).signed_buys, money(12_099_890));
    // A lower fee in force does not undo what was charged.
    desk.pending = None;
    desk.policy.order.fee_ceiling_bps = 700;
    assert_eq!(of(&desk).signed_buys, money(11 * ONE));
}

#[test]
fn the_lowest_price_is_of_floors_signed_sells_and_tickets() {
    let mut desk = Desk::new();
    desk.declare(&[(TOKEN, 100 * ONE)]);
    let lost = |desk: &Desk| (of(desk).lowest, of(desk).sells);
    assert_eq!(lost(&desk), (price(500), money(95_500_000)));
    // Dials do not count, announced policies do, and only if lower.
    desk.dialed.token_floors = [note::TokenFloor {
        token: TOKEN,
        price: price(9_000),
    }]
    .into();
    assert_eq!(of(&desk).lowest, price(500));
    let with_floor = |e4| {
        let mut next = policy();
        next.exits.sell_floor = price(e4);
        Some(next)
    };
    desk.pending = with_floor(400);
    assert_eq!(of(&desk).lowest, price(400));
    desk.pending = with_floor(600);
    assert_eq!(of(&desk).lowest, price(500));
    // A ticket counts while it can be used, and as long as its sell can fill.
    desk.ticket(1, TOKEN, 10 * ONE, 100);
    desk.ticket(2, TOKEN, 10 * ONE, 200);
    assert_eq!(of(&desk).lowest, price(100));
    desk.time.fast_ms = NOON + 15 * MINUTE;
    assert_eq!(of(&desk).lowest, price(500));
    desk.time.fast_ms = NOON;
    let mut cheap = exit(1);
    cheap.limit_price = price(200);
    let hash = desk.sign(cheap).unwrap().order_hash;
    assert_eq!(of(&desk).lowest, price(200));
    desk.at(NOON + 30 * DAY);
    assert_eq!(of(&desk).lowest, price(200));
    desk.write_off(&[hash]);
    assert_eq!(of(&desk).lowest, price(500));
    // A floor that was raised leaves older sells where they are.
    let now = desk.at(NOON + DAY).time.wall_ms;
    desk.state = policy::State::new(tags());
    desk.rows.clear();
    desk.dialed.token_floors.clear();
    desk.pending = None;
    desk.declare(&[(TOKEN, 100 * ONE)]);
    desk.sign(crate::kit::named(exit(2), 2, now)).unwrap();
    desk.policy.exits.sell_floor = price(6_000);
    assert_eq!(of(&desk).lowest, price(5_000));
}

#[test]
fn two_sells_at_one_price_are_written_off_one_by_one() {
    let mut desk = Desk::new();
    desk.declare(&[(TOKEN, 100 * ONE)]);
    desk.policy.exits.sell_floor = price(100);
    let one = desk.sign(exit(1)).unwrap().order_hash;
    let two = desk.sign(exit(2)).unwrap().order_hash;
    desk.policy.exits.sell_floor = price(9_000);
    desk.write_off(&[one]);
    assert_eq!(of(&desk).lowest, price(5_000));
    desk.write_off(&[two]);
    assert_eq!(of(&desk).lowest, price(9_000));
}

#[test]
fn what_a_sell_gives_away_is_rounded_up() {
    let mut desk = Desk::new();
    desk.declare(&[(TOKEN, 1), (U256::from(3), 2)]);
    // 3 × 0.955 = 2.865
    assert_eq!(of(&desk).sells, money(3));
    desk.policy.order.fee_ceiling_bps = 10_000;
    assert_eq!(of(&desk).sells, money(3));
    desk.declare(&[(TOKEN, u64::MAX)]);
    assert_eq!(of(&desk).sells, money(u64::MAX));
    assert_eq!(of(&desk).next_24h.loss, Figure::Unbounded);
    desk.declare(&[(TOKEN, u64::MAX), (U256::from(3), 1)]);
    assert_eq!(of(&desk).positions_at_risk, Figure::Unbounded);
}

#[test]
fn the_day_cap_is_a_ceiling_at_its_largest() {
    let cap = |desk: &Desk| of(desk).next_24h.day_cap.get();
    let mut desk = declared();
    desk.dialed.day_usdc = Some(usdc(ONE));
    assert_eq!(cap(&desk), 1_500 * ONE);
    let with_day = |units| -> Option<Policy> {
        let mut next = policy();
        next.budgets.day_usdc = usdc(units);
        Some(next)
    };
    desk.pending = with_day(2_000 * ONE);
    assert_eq!(cap(&desk), 2_000 * ONE);
    desk.pending = with_day(ONE);
    assert_eq!(cap(&desk), 1_500 * ONE);
    // The rollout's stage at the end of the 24 hours.
    desk.pending = None;
    let stage = |from_day, day| note::Stage {
        from_day,
        order_usdc_max: usdc(25 * ONE),
        day_usdc: usdc(day),
    };
    desk.policy.rollout = [stage(0, 20 * ONE), stage(1, 30 * ONE), stage(2, 40 * ONE)].into();
    assert_eq!(cap(&desk), 30 * ONE);
    desk.dialed.day_usdc = None;
    desk.sign(buy(1)).unwrap();
    assert_eq!(cap(&desk), 30 * ONE);
    desk.at(NOON + DAY - 1);
    assert_eq!(cap(&desk), 30 * ONE);
    desk.at(NOON + DAY);
    assert_eq!(cap(&desk), 40 * ONE);
}

#[test]
fn a_lifetime_leaves_no_more_than_its_rest() {
    let mut desk = declared();
    desk.policy.budgets.lifetime_usdc = Some(usdc(20 * ONE));
    desk.sign(buy(1)).unwrap();
    assert_eq!(of(&desk).next_24h.new_buys, money(9 * ONE));
    let mut next = policy();
    next.budgets.lifetime_usdc = Some(usdc(30 * ONE));
    desk.pending = Some(next);
    assert_eq!(of(&desk).next_24h.new_buys, money(19 * ONE));
    desk.pending = Some(policy());
    assert_eq!(of(&desk).next_24h.new_buys, money(1_500 * ONE));
    desk.pending = None;
    desk.policy.budgets.lifetime_usdc = Some(usdc(ONE));
    assert_eq!(of(&desk).next_24h.new_buys, money(0));
}

#[test]
fn until_locked_counts_a_cap_for_each_day_begun() {
    let caps = |desk: &Desk| {
        let horizon = of(desk).until_locked;
        (horizon.buys_for_ms, horizon.day_caps)
    };
    let mut desk = declared();
    // The lease ends after 72 hours, its last hour sells only.
    assert_eq!(caps(&desk), (71 * HOUR, 3));
    assert_eq!(of(&desk).until_locked.new_buys, money(4_500 * ONE));
    assert_eq!(of(&desk).until_locked.loss, money(4_500 * ONE));
    desk.alive_until = Some(seconds(NOON + 48 * HOUR));
    assert_eq!(caps(&desk), (48 * HOUR, 2));
    desk.alive_until = Some(seconds(NOON + 48 * HOUR + 1_000));
    assert_eq!(caps(&desk), (48 * HOUR + 1_000, 3));
    desk.policy.expires = seconds(NOON + HOUR);
    assert_eq!(caps(&desk), (HOUR, 1));
    // An announced policy may run on.
    desk.pending = Some(policy());
    assert_eq!(caps(&desk).1, 3);
    desk.time.fast_ms = NOON + 48 * HOUR + 1_000;
    assert_eq!(caps(&desk), (0, 0));
    assert_eq!(of(&desk).next_24h.day_caps, 1);
}

#[test]
fn whoever_is_not_there_signs_nothing_new() {
    let none = |arrange: fn(&mut Desk)| {
        let mut desk = declared();
        desk.sign(buy(1)).unwrap();
        arrange(&mut desk);
        of(&desk).until_locked
    };
    for horizon in [
        none(|d| d.host.key = Key::Locked),
        none(|d| d.alive_until = None),
        none(|d| {
            d.host.key = Key::Open {
                generation: 1,
                signing_address: OWNER,
                lease_ends_ms: NOON,
            };
        }),
    ] {
        assert_eq!((horizon.day_caps, horizon.new_buys), (0, money(0)));
        // What is signed stays signed.
        assert_eq!(horizon.loss, money((11 + 95_500) * ONE));
    }
}

#[test]
fn figures_have_every_term() {
    let mut desk = Desk::new();
    desk.declare(&[(TOKEN, 100 * ONE)]);
    desk.sign(buy_of(1, 5 * ONE, NOON)).unwrap();
    let said = of(&desk);
    let terms = |horizon: &policy::Horizon| {
        let new_buys = horizon.new_buys.to_string();
        (horizon.loss.to_string(), horizon.day_caps, new_buys)
    };
    let words = |loss: &str, caps, new_buys: &str| (loss.to_owned(), caps, new_buys.to_owned());
    assert_eq!(
        terms(&said.next_24h),
        words("49,351.00", 1, "1,500.00"),
        "signed buys 5.50, new buys 1,500.00, sells 47,845.50"
    );
    assert_eq!(terms(&said.until_locked), words("52,351.00", 3, "4,500.00"));
    assert_eq!(said.signed_buys.to_string(), "5.50");
    // 50,100 shares x (1 - lowest 0.05 x (1 - fee 0.10)).
    assert_eq!(said.shares, Some(shares(50_100 * ONE)));
    assert_eq!((said.lowest.get(), said.fee_bps), (500, 1_000));
    assert_eq!(said.sells.to_string(), "47,845.50");
    assert_eq!(said.positions_at_risk.to_string(), "50,100.00");
    assert_eq!(said.wallet_usdc_max, usdc(5_000 * ONE));
    desk.push(Entry::Note(Box::new(declare(false, &[]))));
    let said = of(&desk);
    assert_eq!(said.next_24h.loss, Figure::Unbounded);
    assert_eq!((said.shares, said.sells), (None, Figure::Unbounded));
}
