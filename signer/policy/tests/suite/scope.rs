//! Where an order may go: market, token, exchange, tick, leader.

use std::collections::BTreeSet;

use note::{Market, Markets};
use order::{Address, B256, Exchange, TickSize, U256};
use policy::{Intent, Kind};

use crate::kit::{Desk, NOON, ONE, TOKEN, buy, check, exit, observed, position, seconds, venue};

const NO: U256 = U256::from_limbs([78, 0, 0, 1 << 63]);

fn market(neg_risk: bool) -> Market {
    Market {
        condition: B256::repeat_byte(0xaa),
        yes: TOKEN,
        no: NO,
        neg_risk,
        tick: None,
        end: None,
    }
}

fn list(desk: &mut Desk, markets: &[Market]) {
    desk.policy.scope.markets = Markets::Listed(markets.iter().cloned().collect());
}

fn listed() -> (Desk, Intent) {
    let mut desk = Desk::new();
    let others = [1_u8, 0xa9, 0xab, 0xff].map(|byte| Market {
        condition: B256::repeat_byte(byte),
        yes: U256::from(byte),
        no: U256::MAX - U256::from(byte),
        ..market(false)
    });
    list(&mut desk, &[&others[..], &[market(false)]].concat());
    (desk, buy(1))
}

#[test]
fn a_listed_market_is_bought_by_its_listing() {
    check(
        listed,
        &[
            ("as it is", |_, _| {}, "YES"),
            ("the other outcome", |_, i| i.token_id = NO, "YES"),
            (
                "a token of another market",
                |_, i| i.token_id = U256::from(1),
                "TOKEN_NOT_OF_MARKET",
            ),
            (
                "a market that is not listed",
                |_, i| i.market = B256::repeat_byte(0xac),
                "MARKET_NOT_ALLOWED",
            ),
            (
                "nothing is listed",
                |d, _| list(d, &[]),
                "MARKET_NOT_ALLOWED",
            ),
            (
                "the other exchange",
                |_, i| i.exchange = Exchange::V2NegRisk,
                "VENUE",
            ),
            (
                "neg-risk by its listing",
                |d, i| {
                    list(d, &[market(true)]);
                    i.exchange = Exchange::V2NegRisk;
                },
                "YES",
            ),
            (
                "neg-risk asked as standard",
                |d, _| list(d, &[market(true)]),
                "VENUE",
            ),
            (
                "the listing's grid",
                |d, _| {
                    let tick = Some(TickSize::Cent);
                    list(
                        d,
                        &[Market {
                            tick,
                            ..market(false)
                        }],
                    );
                },
                "YES",
            ),
            (
                "another grid than the listing's",
                |d, _| {
                    let tick = Some(TickSize::Thousandth);
                    list(
                        d,
                        &[Market {
                            tick,
                            ..market(false)
                        }],
                    );
                },
                "TICK",
            ),
            (
                "a second before its end",
                |d, _| {
                    let end = Some(seconds(NOON + 1_000));
                    list(
                        d,
                        &[Market {
                            end,
                            ..market(false)
                        }],
                    );
                },
                "YES",
            ),
            (
                "at its end",
                |d, _| {
                    let end = Some(seconds(NOON));
                    list(
                        d,
                        &[Market {
                            end,
                            ..market(false)
                        }],
                    );
                },
                "MARKET_ENDED",
            ),
            (
                "at its end on the fast time",
                |d, _| {
                    d.time.fast_ms = NOON + 1_000;
                    let end = Some(seconds(NOON + 1_000));
                    list(
                        d,
                        &[Market {
                            end,
                            ..market(false)
                        }],
                    );
                },
                "MARKET_ENDED",
            ),
        ],
    );
}

#[test]
fn what_is_not_listed_can_still_be_sold() {
    let (mut desk, _) = listed();
    desk.declare(&[(TOKEN, 100 * ONE)]);
    list(&mut desk, &[]);
    assert_eq!(desk.code(exit(1)), "YES");
    let end = Some(seconds(NOON));
    list(
        &mut desk,
        &[Market {
            end,
            ..market(false)
        }],
    );
    assert_eq!(desk.code(exit(1)), "YES");
}

#[test]
fn any_market_goes_where_its_bits_or_its_first_order_say() {
    fn any() -> (Desk, Intent) {
        (Desk::new(), buy(1))
    }
    fn on_v3(intent: &mut Intent, token: U256, market: U256) {
        intent.token_id = token;
        intent.market = B256::from(market);
        intent.exchange = Exchange::V3;
    }
    check(
        any,
        &[
            ("standard", |_, _| {}, "YES"),
            ("neg-risk", |_, i| i.exchange = Exchange::V2NegRisk, "YES"),
            (
                "no position on V3",
                |_, i| i.exchange = Exchange::V3,
                "VENUE",
            ),
            (
                "a position on V2",
                |_, i| i.token_id = position(1, 7, 0),
                "VENUE",
            ),
            (
                "a position on V3",
                |_, i| on_v3(i, position(1, 7, 1), position(1, 7, 0)),
                "YES",
            ),
            (
                "a position of another market",
                |_, i| on_v3(i, position(2, 7, 0), position(1, 7, 0)),
                "TOKEN_NOT_OF_MARKET",
            ),
            (
                "a combination",
                |_, i| on_v3(i, position(3, 7, 0), position(3, 7, 0)),
                "NOT_AN_ORDER",
            ),
            (
                "an exchange that the policy does not have",
                |d, _| d.policy.wallet.venues = BTreeSet::from([venue(Exchange::V3)]),
                "VENUE",
            ),
            (
                "the right exchange on the wrong chain",
                |d, _| {
                    d.policy.wallet.venues = BTreeSet::from([order::Venue {
                        chain: order::Chain::Polygon,
                        exchange: Exchange::V2Standard,
                    }]);
                },
                "VENUE",
            ),
            (
                "a grid that the policy does not have",
                |_, i| i.tick_size = TickSize::Thousandth,
                "TICK",
            ),
            (
                "a price between two ticks",
                |_, i| i.limit_price = crate::kit::price(4_950 + 1),
                "NOT_AN_ORDER",
            ),
        ],
    );
}

#[test]
fn a_token_stays_on_the_exchange_of_its_first_order() {
    let mut desk = Desk::new();
    desk.sign(Intent {
        exchange: Exchange::V2NegRisk,
        ..buy(1)
    })
    .unwrap();
    assert_eq!(desk.code(buy(2)), "VENUE");
    assert_eq!(desk.code(exit(2)), "VENUE");
    let right = Intent {
        exchange: Exchange::V2NegRisk,
        ..exit(2)
    };
    assert_eq!(desk.code(right), "YES");
    // A quorum's listing corrects a wrong first order.
    list(&mut desk, &[market(false)]);
    assert_eq!(desk.code(buy(3)), "YES");
}

#[test]
fn no_order_on_a_wrong_exchange_shuts_in_what_the_journal_did_not_buy() {
    let wrong = |intent: Intent| Intent {
        exchange: Exchange::V2NegRisk,
        ..intent
    };
    // Declared shares: their exchange is nowhere recorded.
    let mut desk = Desk::new();
    desk.declare(&[(TOKEN, 100 * ONE)]);
    desk.sign(wrong(exit(1))).unwrap();
    assert_eq!(desk.code(exit(2)), "YES", "after a sell");
    desk.sign(wrong(buy(3))).unwrap();
    assert_eq!(desk.code(exit(4)), "YES", "after a buy");
    // Shares that only a ticket names.
    let mut desk = Desk::new();
    desk.ticket(1, TOKEN, 10 * ONE, 4_000);
    desk.ticket(2, TOKEN, 10 * ONE, 4_000);
    desk.sign(wrong(exit(1))).unwrap();
    assert_eq!(desk.code(exit(2)), "YES", "after a ticket");
}

/// M40: leaders are the policy's.
#[test]
fn only_leaders_of_the_policy_are_copied() {
    let desk = Desk::new();
    let stranger = policy::Observed {
        leader: Address::repeat_byte(0x23),
        ..observed(NOON, 5_000)
    };
    let by = |intent: Intent| Intent {
        kind: Kind::Copy(stranger),
        ..intent
    };
    assert_eq!(desk.code(by(buy(1))), "LEADER_NOT_ALLOWED");
    assert_eq!(
        desk.code(by(crate::kit::copied_sell(1))),
        "LEADER_NOT_ALLOWED"
    );
}
