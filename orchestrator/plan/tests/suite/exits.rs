//! Selling after the leader: a part of our shares, measured before the sale.

use order::ShareUnits;
use plan::{Bps, OnCap, OrderType, Reason, UnknownExit};

use crate::kit::{Desk, NOW, ONE, deep, level, price, shares, usdc};

fn sold(of_ours: u64, leader_sold: u64, leader_before: u64) -> Desk {
    Desk::sell().with(|d| {
        d.account.held_units = of_ours;
        d.signal.shares_units = leader_sold;
        d.signal.leader_before_units = Some(leader_before);
    })
}

/// M53, M48: half of the leader's shares is half of ours.
#[test]
fn a_part_of_the_leaders_shares_is_that_part_of_ours() {
    let planned = Desk::sell().planned();
    assert_eq!(shares(&planned), "30");
    assert_eq!(planned.cost_units_with_fee, 0, "no collateral leaves");
    // A third of 10 shares: cut to whole lots, never rounded up.
    assert_eq!(shares(&sold(10 * ONE, 100, 300).planned()), "3.33");
    // What the sale brought has no part in it.
    let dear = Desk::sell().with(|d| d.signal.collateral_units = 1);
    assert_eq!(dear.planned(), Desk::sell().planned());
}

/// M53: everything, or more than the leader was known to have, is all of ours.
#[test]
fn a_full_exit_sells_the_whole_of_what_is_held() {
    for (leader_sold, before) in [(1_000, 1_000), (1_001, 1_000), (5, 0), (u64::MAX, 1)] {
        let planned = sold(60 * ONE, leader_sold, before).planned();
        assert_eq!(shares(&planned), "60", "{leader_sold} of {before}");
    }
    let nearly = sold(60 * ONE, 999, 1_000).planned();
    assert_eq!(shares(&nearly), "59.94");
}

/// M53: two partial exits, each measured before itself, leave what the leader left.
#[test]
fn two_partial_exits_each_measure_before_themselves() {
    // The leader has 1000 and sells 400, then 300 of 600; we hold 50.
    let first = sold(50 * ONE, 400, 1_000).planned().shares.get();
    assert_eq!(first, 20 * ONE);
    let second = sold(50 * ONE - first, 300, 600).planned().shares.get();
    assert_eq!(second, 15 * ONE);
    // Measured after the sale they would have been 33.33 and all of the rest.
    let rest = sold(50 * ONE - first - second, 300, 300).planned();
    assert_eq!(shares(&rest), "15");
}

/// M53: a part that is not known is kept, sold, or told to a person.
#[test]
fn an_unknown_part_is_what_the_strategy_says_it_is() {
    let unknown = |rule| {
        Desk::sell().with(|d| {
            d.signal.leader_before_units = None;
            d.strategy.unknown_exit = rule;
        })
    };
    let detail = "500 sold of a holding not known; 60 held";
    let held = unknown(UnknownExit::Hold).refused_for(Reason::UnknownExit, detail);
    assert!(!held.alert);
    let told = unknown(UnknownExit::Alert).refused_for(Reason::UnknownExit, detail);
    assert!(told.alert);
    assert_eq!(shares(&unknown(UnknownExit::Full).planned()), "60");
}

/// M75: a sell of what was never bought after this leader, in the document's words.
#[test]
fn nothing_bought_after_the_leader_is_nothing_to_sell() {
    for rule in [UnknownExit::Hold, UnknownExit::Full, UnknownExit::Alert] {
        let desk = Desk::sell().with(|d| {
            d.account.held_units = 0;
            d.strategy.unknown_exit = rule;
        });
        let refusal = desk.refused_for(
            Reason::NoTrackedPurchases,
            "0 shares bought after this leader, 60 held in all",
        );
        assert_eq!(refusal.reason.text(), "No tracked purchases found");
        assert!(refusal.reason.fix().contains("adopt"));
    }
}

/// M53: a sell has no minimum but a lot; less is told, and carried in shares.
#[test]
fn dust_is_told_and_carried() {
    let dust = sold(60 * ONE, 1, 10_000).refused_for(
        Reason::BelowMinimum,
        "Intent size 0.006 shares below Polymarket minimum 0.01",
    );
    assert_eq!(dust.carry_units, Some(6_000));
    let carried = sold(60 * ONE, 1, 10_000).with(|d| d.account.carried_units = 6_000);
    let planned = carried.planned();
    assert_eq!(
        (shares(&planned), planned.uses_carried),
        ("0.01".into(), true)
    );
    // A whole holding that is dust stays, and says so.
    let all = sold(9_999, 1, 1).refused();
    assert_eq!(
        (all.reason, all.carry_units),
        (Reason::BelowMinimum, Some(9_999))
    );
    assert_eq!(shares(&sold(10_000, 1, 1).planned()), "0.01");
}

/// M53: what was carried never sells more than is held.
#[test]
fn what_was_carried_sells_no_more_than_is_held() {
    let desk = sold(60 * ONE, 500, 1_000).with(|d| d.account.carried_units = u64::MAX);
    assert_eq!(shares(&desk.planned()), "60");
    // Another strategy's shares of the same token are not ours to sell.
    let desk = sold(60 * ONE, 1, 1).with(|d| d.account.all_held_units = 1_000 * ONE);
    assert_eq!(shares(&desk.planned()), "60");
}

/// M47: what protects a buy does not stop an exit.
#[test]
fn no_filter_of_buys_stops_an_exit() {
    let bends: [fn(&mut Desk); 10] = [
        |d| d.strategy.spread_max = Some(price("0.0001")),
        |d| d.market.end_ms = Some(NOW),
        |d| d.strategy.price_min = price("0.9"),
        |d| d.strategy.price_max = price("0.02"),
        |d| d.strategy.day_usdc_max = Some(usdc("0")),
        |d| (d.account.cash_units, d.strategy.on_cap) = (0, OnCap::Reject),
        |d| d.strategy.intent_usdc_max = usdc("1"),
        |d| (d.strategy.depth_usdc_min, d.strategy.book_share_max) = (usdc("1000000"), Bps(0)),
        |d| d.strategy.impact_max = Bps(0),
        |d| d.strategy.age_ms_max = 0,
    ];
    let whole = Desk::sell().planned();
    for (i, bend) in bends.into_iter().enumerate() {
        assert_eq!(Desk::sell().with(bend).planned(), whole, "{i}");
    }
}

/// M47, M17: the floor of the price stops an exit as well: no panic downwards.
#[test]
fn an_exit_is_never_sold_below_its_floor() {
    // Half a cent below 0.4655 is no price of this market: the floor is 0.47.
    let thin = |at: &str| {
        Desk::sell().with(|d| {
            d.strategy.movement_max = Bps(10_000);
            d.book.bids = vec![level("0.01", 1_000_000), level(at, 100_000)];
        })
    };
    let planned = thin("0.47").planned();
    assert_eq!(
        (planned.limit, planned.touch),
        (price("0.47"), price("0.47"))
    );
    thin("0.46").refused_for(
        Reason::SlippageTooHigh,
        "Price $0.46 is below limit $0.47, the leader's was $0.49",
    );
}

/// M53: an exit takes what the bids cover, or all of it or nothing.
#[test]
fn an_exit_meets_the_bids() {
    let thin = |order_type| {
        Desk::sell().with(|d| {
            d.strategy.impact_max = Bps(10_000);
            d.strategy.order_type = order_type;
            d.book.bids = vec![level("0.49", 20), level("0.4", 1_000)];
        })
    };
    let planned = thin(OrderType::Fak).planned();
    assert_eq!((shares(&planned), planned.clamped), ("20".into(), true));
    thin(OrderType::Fok).refused_for(Reason::DepthTooThin, "30 shares wanted, 20 on offer");
    let dust = thin(OrderType::Fak).with(|d| {
        d.book.bids = vec![(price("0.49"), ShareUnits::new(9_999))];
    });
    assert_eq!(dust.refused().reason, Reason::DepthTooThin);
    let none = thin(OrderType::Fak).with(|d| {
        d.book = plan::Book {
            bids: vec![],
            ..deep()
        }
    });
    none.refused_for(Reason::BookEmpty, "No bids available");
}
