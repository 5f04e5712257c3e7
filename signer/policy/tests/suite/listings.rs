//! Markets that listers list: bought until their end, little on their first
//! day, and only while the policy has listers.

use std::collections::BTreeSet;
use std::sync::Arc;

use note::{Listers, Listings, Market, Markets};
use order::{B256, TickSize, U256};
use policy::Intent;

use crate::kit::{DAY, Desk, HOUR, MINUTE, NOON, ONE, TOKEN, buy, buy_of, exit, seconds, usdc};

const OTHER: U256 = U256::from_limbs([78, 0, 0, 1 << 63]);

fn market() -> Market {
    Market {
        condition: B256::repeat_byte(0xaa),
        yes: TOKEN,
        no: OTHER,
        neg_risk: false,
        tick: Some(TickSize::Cent),
        end: Some(seconds(NOON + 3 * DAY)),
    }
}

/// A desk whose listers listed one market a minute ago.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.policy.scope.markets = Markets::Listers(Listers {
        list_threshold: 2,
        listers: BTreeSet::new(),
        listings_per_day: 400,
        listing_day_usdc: usdc(25 * ONE),
    });
    let mut listings = Listings::default();
    listings.add(market(), seconds(NOON - MINUTE));
    desk.listings = Arc::new(listings);
    desk
}

fn of_token(token_id: U256, mut intent: Intent) -> Intent {
    intent.token_id = token_id;
    intent
}

/// M40: markets are the policy's or the listers'.
#[test]
fn only_what_was_listed_is_bought_and_only_until_its_end() {
    let mut desk = desk();
    assert_eq!(desk.code(buy(1)), "YES");
    assert_eq!(desk.code(of_token(OTHER, buy(1))), "YES");
    let stranger = of_token(U256::from(9), buy(1));
    assert_eq!(desk.code(stranger), "TOKEN_NOT_OF_MARKET");
    let unlisted = Intent {
        market: B256::repeat_byte(0xab),
        ..buy(1)
    };
    let denial = desk.judge(unlisted).unwrap_err();
    assert_eq!(denial.code(), "MARKET_NOT_ALLOWED");
    assert!(denial.fix().contains("listing"), "{}", denial.fix());
    let finer = Intent {
        tick_size: TickSize::HalfCent,
        ..buy(1)
    };
    assert_eq!(desk.code(finer), "TICK");
    let end = NOON + 3 * DAY;
    desk.alive_until = Some(seconds(NOON + 60 * DAY));
    for (now, answer) in [(end - 1, "YES"), (end, "MARKET_ENDED")] {
        // The lease is not what ends it.
        desk.host.key = policy::Key::Open {
            generation: 1,
            signing_address: crate::kit::OWNER,
            lease_ends_ms: NOON + 60 * DAY,
        };
        desk.at(now);
        assert_eq!(desk.code(buy_of(1, 10 * ONE, now)), answer);
    }
    desk.declare(&[(TOKEN, 10 * ONE)]);
    assert_eq!(desk.code(crate::kit::named(exit(2), 2, end)), "YES");
}

#[test]
fn a_listing_says_which_exchange_it_is() {
    let mut desk = desk();
    let mut listings = Listings::default();
    let neg_risk = Market {
        neg_risk: true,
        ..market()
    };
    listings.add(neg_risk, seconds(NOON));
    desk.listings = Arc::new(listings);
    assert_eq!(desk.code(buy(1)), "VENUE");
    let right = Intent {
        exchange: order::Exchange::V2NegRisk,
        ..buy(1)
    };
    assert_eq!(desk.code(right), "YES");
}

#[test]
fn a_markets_first_day_is_capped_over_both_its_tokens_by_the_slow_time() {
    let mut desk = desk();
    // 11 charged, of 25.
    desk.sign(buy(1)).unwrap();
    desk.sign(of_token(OTHER, buy(2))).unwrap();
    assert_eq!(desk.code(buy(3)), "BUDGET_LISTING");
    assert_eq!(desk.code(of_token(OTHER, buy(3))), "BUDGET_LISTING");
    let said = desk.judge(buy(3)).unwrap_err();
    assert_eq!(said.code(), "BUDGET_LISTING");
    assert!(said.retry_at_ms().is_some(), "{said}");
    // A listing's day is counted as budgets are: a clock that ran ahead makes
    // no day pass.
    desk.time.wall_ms = NOON + 25 * HOUR;
    desk.time.fast_ms = NOON + 25 * HOUR;
    assert_eq!(
        desk.code(buy_of(3, 10 * ONE, NOON + 25 * HOUR)),
        "BUDGET_LISTING"
    );
    // A day after the second it was listed in the cap is gone, and what was
    // charged on its first day no longer holds it.
    for (now, answer) in [
        (NOON - MINUTE + DAY, "BUDGET_LISTING"),
        (NOON - MINUTE + DAY + 1_000, "YES"),
    ] {
        desk.at(now);
        assert_eq!(desk.code(buy_of(3, 10 * ONE, now)), answer, "{now}");
    }
}

#[test]
fn without_listers_no_listing_counts() {
    let mut desk = desk();
    desk.policy.scope.markets = Markets::Listed(BTreeSet::new());
    assert_eq!(desk.code(buy(1)), "MARKET_NOT_ALLOWED");
    desk.policy.scope.markets = Markets::All;
    let finer = Intent {
        exchange: order::Exchange::V2NegRisk,
        ..buy(1)
    };
    assert_eq!(
        desk.code(finer),
        "YES",
        "no order fixed it, no list is read"
    );
}
