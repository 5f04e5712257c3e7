//! How far we go: limits by hand at every tick, and what moved.

use order::{PriceE4, Side, TickSize};
use plan::guard::{adverse, limit, moved};
use plan::{Bps, Reason};

use crate::kit::{Desk, NOW, level, price};

/// M17: the larger of five percent and one tick, on the grid, rounded our way.
#[test]
fn limits_by_hand_at_every_tick() {
    let five = Bps(500);
    for (tick, leader, buy, sell) in [
        ("0.1", "0.3", "0.4", "0.2"),
        ("0.1", "0.35", "0.4", "0.3"),
        ("0.1", "0.9", "0.9", "0.8"),
        ("0.01", "0.33", "0.34", "0.32"),
        ("0.01", "0.5", "0.52", "0.48"),
        ("0.01", "0.3333", "0.34", "0.32"),
        ("0.01", "0.99", "0.99", "0.95"),
        ("0.005", "0.5", "0.525", "0.475"),
        ("0.005", "0.503", "0.525", "0.48"),
        ("0.0025", "0.5", "0.525", "0.475"),
        ("0.0025", "0.7525", "0.79", "0.715"),
        ("0.001", "0.5", "0.525", "0.475"),
        ("0.001", "0.007", "0.008", "0.006"),
        ("0.001", "0.001", "0.002", "0.001"),
        ("0.0001", "0.5", "0.525", "0.475"),
        ("0.0001", "0.0001", "0.0002", "0.0001"),
        ("0.0001", "0.9999", "0.9999", "0.95"),
    ] {
        let tick_size = TickSize::parse(tick).unwrap();
        let at = |side| limit(side, price(leader), five, tick_size);
        assert_eq!(at(Side::Buy), price(buy), "BUY at {leader} by {tick}");
        assert_eq!(at(Side::Sell), price(sell), "SELL at {leader} by {tick}");
    }
}

/// M17, M74: the best price may be our limit, and not one tick worse.
#[test]
fn a_best_price_beyond_the_limit_is_too_much_slippage() {
    let asked = |at: &str| {
        Desk::buy().with(|d| {
            d.strategy.movement_max = Bps(10_000);
            d.strategy.spread_max = None;
            d.book.asks = vec![level(at, 1_000_000)];
        })
    };
    assert_eq!(asked("0.52").planned().limit, price("0.52"));
    let refusal = asked("0.53").refused_for(
        Reason::SlippageTooHigh,
        "Price $0.53 exceeds limit $0.52, the leader's was $0.5",
    );
    assert_eq!(refusal.reason.text(), "Slippage too high");
    assert_eq!(refusal.reason.code(), "SLIPPAGE_TOO_HIGH");
}

/// M17: a tick is always allowed, else no copy at a coarse price could be made.
#[test]
fn one_tick_is_allowed_whatever_the_percentage() {
    let desk = Desk::buy().with(|d| {
        d.signal.price_e6 = 100_000;
        d.strategy.slippage_max = Bps(0);
        d.strategy.movement_max = Bps(10_000);
        d.book.bids = vec![level("0.1", 1_000_000)];
        d.book.asks = vec![level("0.11", 1_000_000)];
    });
    assert_eq!(desk.planned().limit, price("0.11"));
    let two = desk.with(|d| d.book.asks = vec![level("0.12", 1_000_000)]);
    assert_eq!(two.refused().reason, Reason::SlippageTooHigh);
}

/// M190: a price may move against us by exactly the most, and for us as it likes.
#[test]
fn a_price_that_moved_against_us_is_refused() {
    let percent = Bps(100);
    for (side, from, to, fits) in [
        (Side::Buy, 5_000, 5_050, true),
        (Side::Buy, 5_000, 5_051, false),
        (Side::Buy, 5_000, 1, true),
        (Side::Sell, 5_000, 4_950, true),
        (Side::Sell, 5_000, 4_949, false),
        (Side::Sell, 5_000, 9_999, true),
        (Side::Buy, 99, 100, false),
        (Side::Buy, 100, 101, true),
        (Side::Sell, 1, 1, true),
    ] {
        let at = |e4| PriceE4::new(e4).unwrap();
        let judged = moved(side, at(from), at(to), percent);
        assert_eq!(judged.is_ok(), fits, "{side} {from} {to}");
    }
    let desk = Desk::buy().with(|d| {
        d.signal.price_e6 = 495_000;
        d.strategy.movement_max = percent;
    });
    // 0.495 to 0.5 is a little more than a percent.
    desk.refused_for(Reason::PriceMoved, "$0.495 to $0.5 is 1.02%, most 1%");
    let favourable = Desk::buy().with(|d| d.signal.price_e6 = 900_000);
    let planned = favourable.planned();
    assert_eq!(
        (planned.slippage_paid, planned.touch),
        (Bps(0), price("0.5"))
    );
}

/// M190, M47: a price that fell does not keep us in: the floor alone stops an exit.
#[test]
fn an_exit_follows_the_price_down_to_its_floor() {
    let bid = |at: &str| {
        Desk::sell().with(|d| {
            d.signal.price_e6 = 500_000;
            d.strategy.movement_max = Bps(100);
            d.book.bids = vec![level(at, 100_000)];
            d.book.asks = vec![level("0.51", 100_000)];
        })
    };
    for (at, paid) in [("0.5", 0), ("0.49", 200), ("0.48", 400)] {
        let planned = bid(at).planned();
        assert_eq!(
            (planned.touch, planned.slippage_paid),
            (price(at), Bps(paid))
        );
        assert_eq!(planned.limit, price("0.48"));
    }
    bid("0.47").refused_for(
        Reason::SlippageTooHigh,
        "Price $0.47 is below limit $0.48, the leader's was $0.5",
    );
}

/// M45, M190: a book that walks away is bought from, moved too far, beyond the limit.
#[test]
fn a_moving_book_is_followed_only_so_far() {
    let at = |e4: u16, age_ms| {
        Desk::buy()
            .with(|d| {
                d.signal.time_ms = NOW - age_ms;
                d.strategy.movement_max = Bps(250);
                d.strategy.slippage_max = Bps(450);
                d.strategy.spread_max = None;
                d.book.asks = vec![(PriceE4::new(e4).unwrap(), level("0.5", 1_000_000).1)];
            })
            .decide()
            .map_err(|refusal| refusal.reason)
            .map(|planned| planned.limit.get())
    };
    assert_eq!(at(5_000, 3_000), Ok(5_200));
    assert_eq!(at(5_100, 4_000), Ok(5_200));
    assert_eq!(at(5_200, 5_000), Err(Reason::PriceMoved));
    assert_eq!(at(5_300, 6_000), Err(Reason::SlippageTooHigh));
    assert_eq!(at(5_000, 61_000), Err(Reason::IntentStale));
}

/// M17, M189: a leader's average is rounded so that no bound around it gets looser.
#[test]
fn a_leaders_average_is_rounded_our_way() {
    let buy = Desk::buy().with(|d| d.signal.price_e6 = 500_099).planned();
    assert_eq!(buy.leader_price, price("0.5"));
    let sell = Desk::sell().with(|d| d.signal.price_e6 = 490_001).planned();
    assert_eq!(sell.leader_price, price("0.4901"));
    assert_eq!((sell.touch, sell.limit), (price("0.49"), price("0.47")));
    // 0.0001 of 0.4901 is just above two basis points: told as three.
    assert_eq!(sell.slippage_paid, Bps(3));
    assert_eq!(adverse(Side::Sell, price("0.49"), price("0.49")), Bps(0));
    // The edges of what an average can be.
    let least = Desk::sell().with(|d| d.signal.price_e6 = 1).planned();
    assert_eq!(
        (least.leader_price, least.limit),
        (price("0.0001"), price("0.01"))
    );
    let most = Desk::buy().with(|d| d.signal.price_e6 = 999_999).planned();
    assert_eq!(
        (most.leader_price, most.limit),
        (price("0.9999"), price("0.98"))
    );
}
