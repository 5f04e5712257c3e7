//! Raising a limit never turns a yes into a no, and what is signed keeps to
//! what was asked.

use note::Stage;
use order::{Side, TickSize};
use policy::{Intent, Kind, Size};
use proptest::prelude::*;

use crate::kit::{
    DAY, Desk, LEADER, NOON, ONE, buy, buy_of, copied_sell, exit, observed, price, print, seconds,
    shares, usdc,
};
use crate::properties::tight;

/// One limit, raised.
type Raise = fn(&mut Desk);

const RAISES: [Raise; 28] = [
    |d| d.policy.order.order_usdc_min = usdc(1),
    |d| d.policy.order.order_usdc_max = usdc(u64::MAX),
    |d| d.policy.order.order_shares_max = shares(u64::MAX),
    |d| d.policy.order.buy_price_min = price(1),
    |d| d.policy.order.buy_price_max = price(9_999),
    |d| d.policy.order.sell_price_min = price(1),
    |d| d.policy.order.sell_price_max = price(9_999),
    |d| d.policy.order.leader_distance_bps += 100,
    |d| d.policy.order.leader_distance_ticks += 1,
    |d| d.policy.order.leader_age_ms_max += 1_000,
    |d| d.policy.order.leader_skew_ms_max += 1_000,
    |d| d.policy.budgets.minute_usdc = None,
    |d| d.policy.budgets.hour_usdc = None,
    |d| d.policy.budgets.day_usdc = usdc(u64::MAX),
    |d| d.policy.budgets.lifetime_usdc = None,
    |d| d.policy.budgets.strategy_day_usdc = None,
    |d| d.policy.budgets.market_day_usdc = None,
    |d| d.policy.budgets.leader_day_usdc = None,
    |d| d.policy.budgets.orders_per_minute += 1,
    |d| d.policy.exits.exits_per_minute += 1,
    |d| d.policy.exits.sell_floor = price(1),
    |d| d.policy.exits.sell_reuse += 1,
    |d| d.policy.exits.sell_grace_days += 1,
    |d| d.policy.rollout.clear(),
    |d| d.policy.expires = seconds(NOON + 9_000 * DAY),
    |d| d.policy.presence.dead_man_lock_hours += 24,
    |d| {
        d.policy.scope.ticks.extend(TickSize::ALL);
    },
    |d| {
        d.policy.scope.leaders.insert(LEADER);
    },
];

/// A request near the edges of the limits that [`near`] sets.
fn request() -> impl Strategy<Value = Intent> {
    let size = prop_oneof![
        (90..2_600_u64).prop_map(|cents| Size::Collateral(usdc(cents * 10_000))),
        (90..5_200_u64).prop_map(|lots| Size::Shares(shares(lots * 10_000))),
    ];
    let cents = prop_oneof![4..8_u16, 45..55_u16, 93..97_u16];
    let times = (0..63_000_u64, 0..63_000_u64);
    (0..4_u8, size, cents.clone(), cents, times, any::<bool>()).prop_map(
        |(kind, size, limit, leader, (traded, seen), coarse)| {
            let mut copied = observed(NOON, leader * 100);
            copied.traded_ms = NOON + 2_500 - traded;
            copied.observed_ms = NOON + 2_500 - seen;
            let base = match kind {
                0 => exit(1_000),
                1 => copied_sell(1_000),
                _ => buy(1_000),
            };
            let kind = match base.kind {
                Kind::Copy(_) => Kind::Copy(copied),
                kind @ (Kind::Exit | Kind::Strategy) => kind,
            };
            Intent {
                kind,
                size,
                limit_price: price(limit * 100),
                tick_size: if coarse {
                    TickSize::Cent
                } else {
                    TickSize::HalfCent
                },
                ..base
            }
        },
    )
}

/// A desk near its limits: some orders signed, a rollout under way.
fn near(orders: u64, used: u64) -> Desk {
    let mut desk = tight();
    desk.policy.order.buy_price_min = price(600);
    desk.policy.order.sell_price_min = price(600);
    desk.policy.order.sell_price_max = price(9_400);
    desk.policy.order.order_shares_max = shares(40 * ONE);
    desk.policy.rollout = [Stage {
        from_day: 0,
        order_usdc_max: usdc(20 * ONE),
        day_usdc: usdc(100 * ONE),
    }]
    .into();
    desk.declare(&[(crate::kit::TOKEN, 20 * ONE)]);
    for number in 0..orders {
        // Some of these are denied, and that is a state like any other.
        for intent in [buy_of(number, used * 10_000, NOON), exit(500 + number)] {
            if let Ok(approved) = desk.judge(intent) {
                desk.record(&approved);
            }
        }
    }
    desk
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_higher_limit_never_turns_a_yes_into_a_no(
        orders in 0..4_u64,
        used in 100..2_000_u64,
        asked in prop::collection::vec(request(), 12),
    ) {
        let desk = near(orders, used);
        let facts = desk.facts();
        let raised: Vec<_> = RAISES.iter().map(|raise| {
            let mut desk = desk.clone();
            raise(&mut desk);
            desk.facts()
        }).collect();
        for intent in asked {
            if desk.judge_by(&facts, intent.clone()).is_err() {
                continue;
            }
            for (number, facts) in raised.iter().enumerate() {
                let answer = desk.judge_by(facts, intent.clone());
                prop_assert!(answer.is_ok(), "raise {number}: {answer:?}");
            }
        }
    }

    #[test]
    fn what_is_signed_keeps_to_what_was_asked(asked in request()) {
        let desk = near(1, 100);
        if let Ok(approved) = desk.judge(asked.clone()) {
            let amounts = approved.order().amounts();
            let (collateral, units) = match asked.side {
                Side::Buy => (amounts.maker, amounts.taker),
                Side::Sell => (amounts.taker, amounts.maker),
            };
            match asked.size {
                Size::Shares(most) => prop_assert!(units <= most.get()),
                Size::Collateral(most) => prop_assert!(collateral <= most.get()),
            }
            prop_assert_eq!(approved.intent(), &asked);
            prop_assert_eq!(approved.approval(print(&asked)).token_id, asked.token_id);
        }
    }
}
