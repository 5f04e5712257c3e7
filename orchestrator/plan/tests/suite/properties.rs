//! What holds at every tick, price, size and book.

use std::collections::BTreeMap;

use order::strict::limit_amounts;
use order::{CollateralUnits, LOT_UNITS, PriceE4, ShareUnits, Side, TickSize};
use plan::fee::{FeeCurve, Rate, taker_fee};
use plan::guard::limit;
use plan::{Bps, OnCap, OrderType, Percent, Planned, Reason, Sizing};
use proptest::prelude::{Just, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::{BoxedStrategy, Strategy as _};

use crate::kit::{Desk, NOW, ONE, price};

/// M17: at every price and tick a limit is the grid's last one no further than allowed.
#[test]
fn a_limit_is_the_last_price_of_the_grid_within_its_bound() {
    for tick in TickSize::ALL {
        let step = u64::from(tick.e4());
        for leader in (1..10_000).filter_map(PriceE4::new) {
            for bps in [0, 1, 99, 500, 1_000, 10_000, u32::MAX] {
                // In hundred-millionths, where nothing is rounded.
                let far = (u64::from(leader.get()) * u64::from(bps)).max(step * 10_000);
                let from = u64::from(leader.get()) * 10_000;
                let buy = limit(Side::Buy, leader, Bps(bps), tick);
                let sell = limit(Side::Sell, leader, Bps(bps), tick);
                for at in [buy, sell] {
                    assert!(tick.divides(at), "{at} by {tick}");
                }
                let e8 = |at: PriceE4| u64::from(at.get()) * 10_000;
                assert!(e8(buy) <= from + far, "BUY {leader} {bps} {tick}");
                assert!(e8(sell) + far >= from, "SELL {leader} {bps} {tick}");
                let last = 100_000_000 - step * 10_000;
                let next = e8(buy) + step * 10_000;
                assert!(
                    next > from + far || next > last,
                    "BUY {leader} {bps} {tick}"
                );
                let next = e8(sell) - step * 10_000;
                assert!(next + far < from || next == 0, "SELL {leader} {bps} {tick}");
            }
        }
    }
}

/// What a case is drawn from, beside its desk.
#[derive(Clone, Debug)]
struct Draw {
    side: Side,
    tick: TickSize,
    leader_e6: u64,
    slippage: u32,
    touch_ticks: i64,
    levels: Vec<(u64, u64)>,
    leader_units: u64,
    percent: u64,
    caps: [u64; 3],
    on_cap: OnCap,
    order_type: OrderType,
    rate: u64,
    held: u64,
    before: u64,
    carried: u64,
}

fn draws(side: Side) -> BoxedStrategy<Draw> {
    let units = || prop_oneof![0..20 * ONE, 0..10_000 * ONE, Just(u64::MAX)];
    let market = (
        prop::sample::select(TickSize::ALL.to_vec()),
        1_u64..1_000_000,
        0_u32..2_000,
        -3_i64..3,
        prop::collection::vec((0_u64..6, 1_u64..100_000_000_000), 1..6),
    );
    let sizes = (units(), 1_u64..300_000_000, [units(), units(), units()]);
    let terms = (
        prop_oneof![Just(OnCap::Clamp), Just(OnCap::Reject)],
        prop_oneof![Just(OrderType::Fok), Just(OrderType::Fak)],
        0_u64..=7,
        (units(), units(), prop_oneof![Just(0), 0..2 * ONE]),
    );
    (market, sizes, terms)
        .prop_map(move |(market, sizes, terms)| Draw {
            side,
            tick: market.0,
            leader_e6: market.1,
            slippage: market.2,
            touch_ticks: market.3,
            levels: market.4,
            leader_units: sizes.0,
            percent: sizes.1,
            caps: sizes.2,
            on_cap: terms.0,
            order_type: terms.1,
            rate: terms.2,
            held: terms.3.0,
            before: terms.3.1,
            carried: terms.3.2,
        })
        .boxed()
}

impl Draw {
    /// Levels that begin near the leader's price and run away from it.
    fn book(&self) -> Vec<(PriceE4, ShareUnits)> {
        let step = i64::from(self.tick.e4());
        let near = i64::try_from(self.leader_e6 / 100).unwrap() / step + self.touch_ticks;
        let away = |ticks| i64::try_from(ticks).unwrap();
        let levels: BTreeMap<_, _> = self
            .levels
            .iter()
            .filter_map(|(ticks, units)| {
                let at = match self.side {
                    Side::Buy => near + away(*ticks),
                    Side::Sell => near - away(*ticks),
                };
                let price = PriceE4::new(u16::try_from(at * step).ok()?)?;
                Some((price, ShareUnits::new(*units)))
            })
            .collect();
        levels.into_iter().collect()
    }

    fn desk(&self) -> Desk {
        Desk::buy().with(|d| {
            d.signal.side = self.side;
            d.signal.price_e6 = self.leader_e6;
            d.signal.collateral_units = self.leader_units;
            d.signal.shares_units = self.leader_units;
            d.signal.leader_before_units = Some(self.before);
            d.market.tick = self.tick;
            d.market.fee = FeeCurve {
                rate: Rate::new(self.rate, 2),
                exponent: 1,
            };
            d.book = plan::Book {
                taken_ms: NOW,
                ..plan::Book::default()
            };
            match self.side {
                Side::Buy => d.book.asks = self.book(),
                Side::Sell => d.book.bids = self.book(),
            }
            let s = &mut d.strategy;
            s.sizing = Sizing::Percentage(Percent(self.percent));
            s.slippage_max = Bps(self.slippage);
            (s.movement_max, s.impact_max) = (Bps(u32::MAX), Bps(10_000));
            (s.spread_max, s.book_share_max) = (None, Bps(10_000));
            s.depth_usdc_min = CollateralUnits::new(0);
            (s.price_min, s.price_max) = (price("0.0001"), price("0.9999"));
            (s.on_cap, s.order_type) = (self.on_cap, self.order_type);
            s.intent_usdc_max = CollateralUnits::new(self.caps[0]);
            s.day_usdc_max = Some(CollateralUnits::new(self.caps[1]));
            d.account.cash_units = self.caps[2];
            d.account.held_units = self.held;
            d.account.carried_units = self.carried;
        })
    }
}

/// What is true of every plan.
fn holds(draw: &Draw, desk: &Desk, planned: &Planned) {
    let amounts = limit_amounts(
        planned.side,
        planned.limit,
        planned.shares,
        desk.market.tick,
    );
    let amounts = amounts.expect("a plan is an order that can be signed");
    let (collateral, shares) = (amounts.collateral(draw.side), amounts.shares(draw.side));
    assert_eq!(
        (collateral.get(), shares),
        (planned.notional_units, planned.shares)
    );
    // The price that the amounts imply is the limit, to the last digit.
    let implied = u128::from(collateral.get()) * 10_000;
    assert_eq!(
        implied,
        u128::from(planned.limit.get()) * u128::from(shares.get())
    );
    // The limit is no further from the leader than allowed, as millionths of
    // ten-thousandths, where nothing is rounded.
    let from = u128::from(draw.leader_e6) * 10_000;
    let tick = u128::from(draw.tick.e4()) * 1_000_000;
    let far = (u128::from(draw.leader_e6) * u128::from(draw.slippage)).max(tick);
    let at = u128::from(planned.limit.get()) * 1_000_000;
    match draw.side {
        // At a leader's price below every price of the grid, the grid's first.
        Side::Buy => assert!(at <= from.max(1_000_000) + far),
        Side::Sell => assert!(at + far >= from.min(9_999_000_000)),
    }
    assert_eq!(planned.shares.get() % LOT_UNITS, 0);
    let depth = desk.book.depth(draw.side, planned.limit).shares_units;
    assert!(planned.shares.get() <= depth);
    match draw.side {
        Side::Buy => {
            let [cap, day, cash] = draw.caps;
            assert!(planned.notional_units <= cap && planned.notional_units >= ONE);
            assert!(planned.cost_units_with_fee <= day.min(cash));
            assert!(planned.touch <= planned.limit);
            let own = Percent(draw.percent)
                .of(draw.leader_units)
                .unwrap_or(u64::MAX);
            assert!(planned.notional_units <= own.saturating_add(draw.carried));
        }
        Side::Sell => {
            assert!(planned.shares.get() <= draw.held);
            assert!(planned.touch >= planned.limit);
            assert_eq!(planned.cost_units_with_fee, 0);
        }
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(2_048))]

    /// M9, M15, M17, M46: no buy is above a cap or worse than its limit, and none is raised.
    #[test]
    fn every_buy_is_within_every_bound(draw in draws(Side::Buy)) {
        let desk = draw.desk();
        if let Ok(planned) = desk.decide() {
            holds(&draw, &desk, &planned);
        }
    }

    /// M17, M53: no sell is of more than is held, or below its floor.
    #[test]
    fn every_sell_is_within_every_bound(draw in draws(Side::Sell)) {
        let desk = draw.desk();
        if let Ok(planned) = desk.decide() {
            holds(&draw, &desk, &planned);
        }
    }

    /// M47: no limit of buys on impact, movement or age changes a sell in anything.
    #[test]
    fn no_limit_of_buys_changes_a_sell(draw in draws(Side::Sell)) {
        let desk = draw.desk();
        let strict = desk.clone().with(|d| {
            (d.strategy.impact_max, d.strategy.movement_max) = (Bps(0), Bps(0));
            (d.strategy.age_ms_max, d.strategy.seen_age_ms_max) = (0, 0);
        });
        prop_assert_eq!(strict.decide(), desk.decide());
    }

    /// M9, M15: a cap that is lowered never makes an order larger.
    #[test]
    fn caps_only_reduce(draw in draws(Side::Buy), which in 0_usize..3, lower: u64) {
        let loose = draw.desk().decide();
        let mut tight = draw.clone();
        tight.caps[which] = lower.min(draw.caps[which]);
        let tight = tight.desk().decide();
        if let (Ok(loose), Ok(tight)) = (&loose, &tight) {
            prop_assert!(tight.notional_units <= loose.notional_units);
            prop_assert_eq!(tight.limit, loose.limit);
        }
        if let (Err(loose), Ok(_)) = (&loose, &tight) {
            // Less may be what a thin book bears.
            prop_assert_eq!(loose.reason, Reason::DepthTooThin);
        }
    }

    /// M9, M33, M53: a larger trade of the leader is never a smaller copy.
    #[test]
    fn a_copy_grows_with_the_leaders_trade(
        buys in any::<bool>(),
        draw in prop_oneof![draws(Side::Buy), draws(Side::Sell)],
        more in 0..10_000 * ONE,
    ) {
        let mut larger = draw.clone();
        larger.leader_units = draw.leader_units.saturating_add(more);
        if buys {
            larger.percent = draw.percent.saturating_add(more);
        }
        if let (Ok(less), Ok(more)) = (draw.desk().decide(), larger.desk().decide()) {
            prop_assert!(less.notional_units <= more.notional_units);
            prop_assert!(less.shares <= more.shares);
        }
    }

    /// What a buy sets aside is enough wherever between the best price and its
    /// limit it fills, and whether it spends its collateral or buys its shares.
    #[test]
    fn a_buy_costs_no_more_than_it_says(draw in draws(Side::Buy), above in 0_u16..10_000) {
        let desk = draw.desk();
        if let Ok(planned) = desk.decide() {
            let at = planned.touch.get().saturating_add(above).min(planned.limit.get());
            let at = PriceE4::new(at).unwrap();
            let fee = |shares| taker_fee(desk.market.fee, ShareUnits::new(shares), at).unwrap().get();
            let spent = planned.notional_units;
            let bought = u128::from(spent) * 10_000 / u128::from(at.get());
            let spending = spent + fee(u64::try_from(bought).unwrap());
            prop_assert!(spending <= planned.cost_units_with_fee);
            let shares = planned.shares.get();
            let buying = shares / LOT_UNITS * u64::from(at.get()) + fee(shares);
            prop_assert!(buying <= planned.cost_units_with_fee);
            // Whoever asks for all or nothing finds all of it within the limit.
            prop_assert!(spent <= desk.book.depth(Side::Buy, planned.limit).collateral_units);
        }
    }

    /// The same facts give the same answer.
    #[test]
    fn a_decision_depends_on_its_facts_alone(draw in draws(Side::Buy)) {
        let desk = draw.desk();
        let mut turned = desk.clone();
        turned.book.asks.reverse();
        prop_assert_eq!(desk.decide(), desk.decide());
        prop_assert_eq!(desk.decide(), turned.decide());
    }
}

/// The properties above are of something: most kinds of answers were met.
#[test]
fn the_draws_reach_orders_and_every_limit() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen: BTreeMap<Option<Reason>, u32> = BTreeMap::new();
    for side in [Side::Buy, Side::Sell] {
        let draws = draws(side);
        for _ in 0..2_000 {
            let draw = draws.new_tree(&mut runner).unwrap().current();
            let answer = draw.desk().decide().err().map(|refusal| refusal.reason);
            *seen.entry(answer).or_default() += 1;
        }
    }
    assert!(seen[&None] > 400, "{seen:?}");
    for reason in [
        Reason::AboveCap,
        Reason::BelowMinimum,
        Reason::BudgetSpent,
        Reason::DepthTooThin,
        Reason::NoCash,
        Reason::SlippageTooHigh,
    ] {
        assert!(seen.contains_key(&Some(reason)), "{reason:?} {seen:?}");
    }
}
