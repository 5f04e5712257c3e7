//! Listers are the adversary's as well: it lists a market whenever the policy
//! lets it, buys on its first day, and lists the next.
//!
//! Each new market begins a budget of its own; the day's cap and the figures
//! hold over all of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use note::{Listers, Listings, Market, Markets};
use order::{B256, Side, U256};
use policy::{Figure, Intent, Size};
use proptest::prelude::*;

use crate::kit::{DAY, HOUR, MINUTE, ONE, buy_of, exit, observed, price, seconds, shares, usdc};
use crate::world::{World, desk, loss_of};

const A_DAY: u16 = 8;
const FIRST_DAY: u64 = 20 * ONE;

/// The adversary with every lister's key.
struct Churner {
    world: World,
    listings: Listings,
    listed: Vec<(u64, Market)>,
}

impl Churner {
    fn new() -> Self {
        let mut world = World::new(desk());
        world.desk.policy.scope.markets = Markets::Listers(Listers {
            list_threshold: 1,
            listers: BTreeSet::new(),
            listings_per_day: A_DAY,
            listing_day_usdc: usdc(FIRST_DAY),
        });
        world.desk.declare(&[]);
        Self {
            world,
            listings: Listings::default(),
            listed: Vec::new(),
        }
    }

    /// Lists one more, where `note` would admit it: so many a day, and no token twice
    /// (`proto/note/tests/suite/attacks/listings.rs`).
    fn list(&mut self) {
        let now = self.world.desk.time.wall_ms;
        let recent = self.listed.iter().filter(|(at, _)| now - at < DAY);
        if recent.count() >= usize::from(A_DAY) {
            return;
        }
        let nth = u8::try_from(self.listed.len()).unwrap();
        let token = |outcome| U256::from_limbs([u64::from(nth) * 2 + outcome, 0, 0, 1 << 63]);
        let market = Market {
            condition: B256::repeat_byte(nth + 1),
            yes: token(100),
            no: token(101),
            neg_risk: false,
            tick: None,
            end: Some(seconds(now + 200 * DAY)),
        };
        self.listings.add(market.clone(), seconds(now));
        self.listed.push((now, market));
        self.world.desk.listings = Arc::new(self.listings.clone());
    }

    /// Buys of one listed market all that it may, from itself, and gives it back at the floor.
    fn plunder(&mut self, which: usize, cents: u16) {
        let Some((_, market)) = self.listed.get(which).cloned() else {
            return;
        };
        let now = self.world.desk.time.wall_ms;
        for (token_id, units) in [
            (market.yes, 18 * ONE),
            (market.no, 5 * ONE),
            (market.yes, ONE + 200_000),
        ] {
            let lots = units / 100 / u64::from(cents);
            let buy = Intent {
                market: market.condition,
                token_id,
                kind: policy::Kind::Copy(observed(now, cents * 100)),
                size: Size::Shares(shares(lots * 10_000)),
                limit_price: price(cents * 100),
                ..buy_of(0, units, now)
            };
            while self.world.ask(buy.clone()) {
                self.world.fill(self.world.open.len() - 1, u64::MAX, false);
            }
            let held = self.world.held.get(&token_id).copied().unwrap_or(0);
            let floor = self.world.desk.policy.exits.sell_floor;
            self.world.ask(Intent {
                market: market.condition,
                token_id,
                size: Size::Shares(shares(held / 10_000 * 10_000)),
                limit_price: floor,
                ..exit(0)
            });
            self.world.fill_all(Side::Sell);
        }
    }
}

/// A day of churn; what it took, and the figure that was printed before.
fn churned(hours: &[(u64, u8)], cents: u16) -> (i128, Figure) {
    let mut churner = Churner::new();
    let figure = churner.world.figures().next_24h.loss;
    let (from, start) = (churner.world.desk.time.wall_ms, churner.world.wealth());
    churner.world.least = start;
    for (minute, back) in hours {
        churner.world.desk.at(from + minute * MINUTE);
        churner.list();
        let newest = churner.listed.len() - 1;
        churner.plunder(newest, cents);
        churner.plunder(newest.saturating_sub(usize::from(*back)), cents);
    }
    (start - churner.world.least, figure)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_churn_of_listings_takes_more_than_the_figure_said(
        mut hours in prop::collection::vec((0..24 * 60_u64, 0..4_u8), 1..30),
        cents in 5..96_u16,
    ) {
        hours.sort_unstable();
        let (taken, figure) = churned(&hours, cents);
        prop_assert!(figure != Figure::Unbounded);
        prop_assert!(taken <= loss_of(figure), "{taken} of {figure}");
    }
}

#[test]
fn churn_takes_most_of_the_days_cap_and_never_more_of_a_market_than_its_first_day() {
    // One market alone: its first day is all there is.
    let (one, figure) = churned(&[(0, 0)], 50);
    let first_day = i128::from(FIRST_DAY);
    assert!(one > first_day * 3 / 4 && one <= first_day, "{one}");
    // A new one every hour: the day's cap of 150 ends it, not the listings.
    let hourly: Vec<(u64, u8)> = (0..20).map(|hour| (hour * HOUR / MINUTE, 1)).collect();
    let (all, _) = churned(&hourly, 50);
    let most = first_day * i128::from(A_DAY);
    assert!(all > one * 6 && all <= most, "{all} of {most}");
    assert!(all <= loss_of(figure), "{all} of {figure}");
}
