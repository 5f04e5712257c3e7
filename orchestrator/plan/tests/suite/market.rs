//! What the market and its book must be before anything is bought.

use order::{Exchange, ShareUnits, Side};
use plan::{Book, Bps, OrderType, ProtocolVersion, Reason, Sizing};

use crate::kit::{Desk, NOW, ONE, level, money, price, shares, usdc};

/// M47: a market that takes no orders, for either side.
#[test]
fn a_market_that_takes_no_orders_gets_none() {
    for desk in [Desk::buy(), Desk::sell()] {
        let desk = desk.with(|d| d.market.accepting = false);
        assert_eq!(desk.refused().reason, Reason::NotTrading);
    }
}

/// M47: nothing is bought close to a market's end; exactly the least passes.
#[test]
fn nothing_is_bought_close_to_the_end() {
    let ends = |end_ms| Desk::buy().with(|d| d.market.end_ms = end_ms);
    assert!(ends(Some(NOW + 3_600_000)).decide().is_ok());
    ends(Some(NOW + 3_599_999)).refused_for(Reason::NearResolution, "3599.999s left, least 3600s");
    ends(Some(0)).refused_for(Reason::NearResolution, "0s left, least 3600s");
    assert!(
        ends(None).decide().is_ok(),
        "an end that nobody set is not near"
    );
    let off = ends(Some(0)).with(|d| d.strategy.end_ms_min = 0);
    assert!(off.decide().is_ok());
}

/// M10, M45: a book is decided on while it is fresh, and asked for again after that.
#[test]
fn an_old_book_is_not_decided_on() {
    let taken = |ms| Desk::buy().with(|d| d.book.taken_ms = ms);
    assert!(taken(NOW - 2_000).decide().is_ok());
    let refusal = taken(NOW - 2_001).refused_for(Reason::BookStale, "taken 2.001s ago, most 2s");
    assert!(refusal.retry);
    assert!(taken(NOW + 5_000).decide().is_ok());
    let ahead = taken(NOW + 5_001).refused();
    assert_eq!(ahead.detail, "taken 5.001s ahead of our clock, most 5s");
}

/// M10, M76: an empty side, in the earlier words.
#[test]
fn a_side_without_offers_is_said_by_name() {
    let empty = Desk::buy().with(|d| d.book.asks.clear());
    let refusal = empty.refused_for(Reason::BookEmpty, "No asks available");
    assert_eq!(refusal.to_string(), "No asks available");
    assert!(!refusal.retry, "a buy missed is no loss");
    let empty = Desk::sell().with(|d| d.book.bids.clear());
    let refusal = empty.refused_for(Reason::BookEmpty, "No bids available");
    assert_eq!(refusal.to_string(), "No bids available");
    assert!(
        refusal.retry,
        "bids may come back while the exit is asked for"
    );
    // A buy needs no bids, unless a spread is asked for.
    let one_sided = Desk::buy().with(|d| d.book.bids.clear());
    one_sided.refused_for(Reason::SpreadTooWide, "one side is empty");
    assert!(
        one_sided
            .with(|d| d.strategy.spread_max = None)
            .decide()
            .is_ok()
    );
}

/// M10, M76: a book that cannot be is no book.
#[test]
fn a_book_that_cannot_be_is_no_book() {
    for desk in [Desk::buy(), Desk::sell()] {
        let crossed = desk.clone().with(|d| d.book.bids.push(level("0.5", 1)));
        let refusal = crossed.refused_for(Reason::BookCrossed, "bid $0.5, ask $0.5");
        assert!(refusal.to_string().starts_with("Orderbook check failed"));
        assert!(refusal.retry);
        let nothing = desk.clone().with(|d| d.book.asks.push(level("0.6", 0)));
        let refusal = nothing.refused_for(Reason::BookInvalid, "asks: nothing at $0.6");
        assert_eq!(
            refusal.to_string(),
            "Orderbook check failed: asks: nothing at $0.6"
        );
        let twice = desk.with(|d| d.book.bids.push(level("0.48", 7)));
        twice.refused_for(Reason::BookInvalid, "bids: $0.48 stands twice");
    }
}

/// M45: best levels are found wherever they stand in their lists.
#[test]
fn the_order_of_a_books_lists_says_nothing() {
    let planned = Desk::buy().planned();
    assert_eq!(planned.touch, price("0.5"));
    for rotate in 0..3 {
        let desk = Desk::buy().with(|d| {
            d.book.asks.rotate_left(rotate);
            d.book.bids.reverse();
        });
        assert_eq!(desk.planned(), planned);
    }
    let book = Book::default();
    assert_eq!((book.best_bid(), book.best_ask()), (None, None));
    assert_eq!(book.depth(Side::Buy, price("0.99")).shares_units, 0);
}

/// M47: the widest spread to buy at, from both sides.
#[test]
fn a_wide_spread_is_not_bought_into() {
    let bid = |at: &str| Desk::buy().with(|d| d.book.bids = vec![level(at, 1_000)]);
    assert!(bid("0.45").decide().is_ok());
    bid("0.4499").refused_for(Reason::SpreadTooWide, "$0.4499 to $0.5, most $0.05");
}

/// M47: the least that must be on offer within the limit, to the unit.
#[test]
fn a_thin_book_is_not_bought_from() {
    // Offers beyond the limit of 0.52 do not count.
    let offered = |units| {
        Desk::buy().with(|d| {
            d.strategy.impact_max = Bps(10_000);
            d.strategy.book_share_max = Bps(10_000);
            d.book.asks = vec![
                level("0.53", 1_000_000),
                (price("0.5"), ShareUnits::new(units)),
            ];
        })
    };
    assert!(offered(200 * ONE).decide().is_ok());
    let detail = "$99.999999 on offer, least $100";
    offered(200 * ONE - 1).refused_for(Reason::DepthTooThin, detail);
}

/// M47: our part of everything on offer, from both sides.
#[test]
fn a_large_part_of_the_whole_book_is_not_bought() {
    // 48.07 shares at 0.52 are $24.9964, which at 0.50 buys 49.9928: ten percent
    // of 499.928 shares and no fewer.
    let offered = |units| {
        Desk::buy().with(|d| {
            d.strategy.impact_max = Bps(10_000);
            d.book.asks = vec![(price("0.5"), ShareUnits::new(units))];
        })
    };
    let planned = offered(499_928_000).planned();
    assert_eq!(shares(&planned), "48.07");
    offered(499_927_999).refused_for(
        Reason::BookShareTooHigh,
        "10.01% of 499.927999 shares, most 10%",
    );
}

/// M76: all or nothing needs all of it on offer; else what there is, if enough.
#[test]
fn the_depth_within_the_limit_covers_the_order() {
    let offered = |order_type, units| {
        Desk::buy().with(|d| {
            d.strategy.sizing = Sizing::read("FIXED", "52", None).unwrap();
            d.strategy.order_type = order_type;
            d.strategy.impact_max = Bps(10_000);
            d.strategy.book_share_max = Bps(10_000);
            d.strategy.depth_usdc_min = usdc("0");
            d.book.asks = vec![level("0.6", 9_000), (price("0.5"), ShareUnits::new(units))];
        })
    };
    // It spends $52: at the better price that is 104 shares, not 100.
    for order_type in [OrderType::Fok, OrderType::Fak] {
        let planned = offered(order_type, 104 * ONE).planned();
        assert_eq!((shares(&planned), planned.clamped), ("100".into(), false));
        assert_eq!(planned.order_type, order_type);
    }
    let short = 104 * ONE - 1;
    let detail = "$52 wanted, $51.999999 on offer";
    offered(OrderType::Fok, short).refused_for(Reason::DepthTooThin, detail);
    let planned = offered(OrderType::Fak, short).planned();
    assert_eq!((shares(&planned), planned.clamped), ("99.99".into(), true));
    // 1.93 shares at a limit of 0.52 are $1.0036, 1.92 are not a dollar.
    let least = offered(OrderType::Fak, 2_007_200).planned();
    assert_eq!(money(least.notional_units), "1.0036");
    let refusal = offered(OrderType::Fak, 2_007_199).refused();
    assert_eq!(
        (refusal.reason, &*refusal.detail),
        (Reason::DepthTooThin, "$0.9984 of it on offer, least $1")
    );
    assert_eq!(refusal.carry_units, None);
}

/// M47: a band of prices outside which nothing is bought, and no limit is.
#[test]
fn nothing_is_bought_outside_the_band() {
    let at = |ask: &str, leader_e6| {
        Desk::buy().with(|d| {
            d.signal.price_e6 = leader_e6;
            d.strategy.spread_max = None;
            d.book.bids.clear();
            d.book.asks = vec![level(ask, 1_000_000)];
        })
    };
    let low = at("0.02", 20_000).planned();
    assert_eq!(low.limit, price("0.03"));
    at("0.01", 20_000).refused_for(Reason::OutsideBand, "$0.01, from $0.02 to $0.98");
    let high = at("0.98", 980_000).planned();
    assert_eq!(
        high.limit,
        price("0.98"),
        "five percent more is cut to the band"
    );
    at("0.99", 980_000).refused_for(Reason::OutsideBand, "$0.99, from $0.02 to $0.98");
    // A band between two ticks has no price of this market.
    let between = at("0.5", 500_000).with(|d| {
        d.strategy.price_min = price("0.495");
        d.strategy.price_max = price("0.505");
    });
    assert_eq!(between.planned().limit, price("0.5"));
    let none = at("0.503", 500_000).with(|d| {
        d.strategy.price_min = price("0.501");
        d.strategy.price_max = price("0.509");
    });
    assert_eq!(none.refused().reason, Reason::OutsideBand);
}

/// M47: each market's orders go to the exchange that it trades on.
#[test]
fn an_order_is_for_the_markets_own_exchange() {
    for (version, neg_risk, exchange) in [
        (ProtocolVersion::V2, false, Exchange::V2Standard),
        (ProtocolVersion::V2, true, Exchange::V2NegRisk),
        (ProtocolVersion::V3, false, Exchange::V3),
        (ProtocolVersion::V3, true, Exchange::V3),
    ] {
        let desk =
            Desk::buy().with(|d| (d.market.version, d.market.neg_risk) = (version, neg_risk));
        assert_eq!(desk.planned().exchange, exchange);
    }
}
