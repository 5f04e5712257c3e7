//! A wallet, a chain that fills whatever was signed, and an adversary's hands.

use std::collections::BTreeMap;

use order::{Side, U256};
use policy::{Approval, Figure, Intent, Key, Kind, Size, figures};

use crate::kit::{
    DAY, Desk, HOUR, NOON, ONE, OWNER, TOKEN, buy_of, exit, named, observed, price, seconds,
    shares, usdc,
};

pub(crate) const FEE_BPS: u64 = 1_000;

pub(crate) fn token(choice: u8) -> U256 {
    TOKEN + U256::from(choice % 3)
}

/// A signed order that may still fill.
#[derive(Clone, Copy)]
pub(crate) struct Open {
    pub(crate) order: Approval,
    pub(crate) left: u64,
    /// What its fills brought.
    pub(crate) got: u64,
}

/// The wallet, the adversary's book of signed orders, and the desk it asks.
pub(crate) struct World {
    pub(crate) desk: Desk,
    pub(crate) cash: i128,
    pub(crate) held: BTreeMap<U256, u64>,
    pub(crate) open: Vec<Open>,
    pub(crate) asked: u64,
    pub(crate) least: i128,
}

impl World {
    pub(crate) fn new(desk: Desk) -> Self {
        Self {
            desk,
            cash: 0,
            held: BTreeMap::new(),
            open: Vec::new(),
            asked: 0,
            least: i128::MAX,
        }
    }

    pub(crate) fn wealth(&self) -> i128 {
        let held: i128 = self.held.values().map(|units| i128::from(*units)).sum();
        self.cash + held
    }

    pub(crate) fn ask(&mut self, intent: Intent) -> bool {
        // A policy that never says no would be asked for ever.
        assert!(self.desk.rows.len() < 20_000, "nothing is ever denied");
        self.asked += 1;
        let intent = named(intent, self.asked, self.desk.time.wall_ms);
        let signed = self.desk.sign(intent);
        if let Ok(order) = signed {
            let left = order.maker_amount;
            self.open.push(Open {
                order,
                left,
                got: 0,
            });
        }
        signed.is_ok()
    }

    pub(crate) fn ask_buy(&mut self, choice: u8, units: u64, cents: u16) -> bool {
        let now = self.desk.time.wall_ms;
        // In shares, whose price is exact: collateral at the top of the band
        // would come out a hair above it.
        let lots = units / 100 / u64::from(cents);
        self.ask(Intent {
            kind: Kind::Copy(observed(now, cents * 100)),
            size: Size::Shares(shares(lots * 10_000)),
            token_id: token(choice),
            limit_price: price(cents * 100),
            ..buy_of(0, units, now)
        })
    }

    pub(crate) fn ask_exit(&mut self, choice: u8, units: u64, e4: u16) -> bool {
        self.ask(Intent {
            token_id: token(choice),
            size: Size::Shares(shares(units)),
            limit_price: price(e4),
            ..exit(0)
        })
    }

    /// Fills as much of an order as there is to take, up to `most` of its maker
    /// amount; a BUY at its limit, or at the finest tick if `improved`.
    pub(crate) fn fill(&mut self, which: usize, most: u64, improved: bool) {
        let Open { order, left, .. } = self.open[which];
        let held = self.held.entry(order.token_id).or_default();
        let making = match order.side {
            Side::Buy => left.min(most),
            // Whole lots, as the venue trades them.
            Side::Sell => left.min(most).min(*held) / 10_000 * 10_000,
        };
        let taking = u128::from(making) * u128::from(order.taker_amount);
        let taking = taking / u128::from(order.maker_amount);
        let taking = u64::try_from(taking).unwrap();
        let brought = match order.side {
            Side::Buy if improved => making * 10_000,
            Side::Buy | Side::Sell => taking,
        };
        match order.side {
            Side::Buy => {
                *held += brought;
                self.cash -= i128::from(making + making * FEE_BPS / 10_000);
            }
            Side::Sell => {
                *held -= making;
                self.cash += i128::from(taking - taking * FEE_BPS / 10_000);
            }
        }
        self.open[which].left -= making;
        self.open[which].got += brought;
        self.least = self.least.min(self.wealth());
    }

    /// Lets watchers tell how an order stands. Fewer than the threshold could
    /// say something else, and no note would come of it.
    pub(crate) fn tell(&mut self, which: usize) {
        let Open { order, left, got } = self.open[which];
        let made = order.maker_amount - left;
        let (collateral, units) = match order.side {
            Side::Buy => (made, got),
            Side::Sell => (got, made),
        };
        self.desk
            .filled(order.order_hash, order.token_id, collateral, units);
    }

    pub(crate) fn fill_all(&mut self, side: Side) {
        let mut which: Vec<usize> = (0..self.open.len())
            .filter(|at| self.open[*at].order.side == side && self.open[*at].left > 0)
            .collect();
        // The cheapest sells first: they give most away.
        which.sort_by_key(|at| {
            let order = self.open[*at].order;
            order.taker_amount * 10_000 / order.maker_amount
        });
        for at in which {
            self.fill(at, u64::MAX, false);
        }
    }

    /// Takes all it can at this moment.
    pub(crate) fn plunder(&mut self, cents: u16, unfilled: bool) {
        self.fill_all(Side::Buy);
        self.fill_all(Side::Sell);
        for choice in 0..3 {
            while self.ask_buy(choice, 25 * ONE, cents) {
                let last = self.last_of_a_day();
                if !unfilled {
                    self.fill(last, u64::MAX, false);
                }
            }
            while self.ask_buy(choice, ONE + 200_000, cents) {
                let last = self.last_of_a_day();
                self.fill(last, u64::MAX, false);
            }
        }
        let floor = self.desk.policy.exits.sell_floor.get();
        for choice in 0..3 {
            for _ in 0..12 {
                let held = self.held.get(&token(choice)).copied().unwrap_or(0);
                // As much as it may, which bisection finds.
                let mut units = (held / 10_000 * 10_000).min(500_000_000 * ONE);
                while units > 0 && !self.ask_exit(choice, units, floor) {
                    units = units / 20_000 * 10_000;
                }
                self.fill_all(Side::Sell);
            }
        }
        self.fill_all(Side::Buy);
        self.fill_all(Side::Sell);
    }

    /// The order just made. Where no limit ends a day, the test does.
    fn last_of_a_day(&self) -> usize {
        assert!(self.open.len() < ORDERS_MAX, "no limit ends the day");
        self.open.len() - 1
    }

    pub(crate) fn figures(&self) -> policy::Figures {
        figures(&self.desk.facts(), &self.desk.state, self.desk.time)
    }
}

/// More than all days of any story together.
const ORDERS_MAX: usize = 3_000;

/// A desk with a small day, so that a day's plunder is a few dozen orders.
pub(crate) fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.policy.budgets.day_usdc = usdc(150 * ONE);
    desk.policy.budgets.orders_per_minute = 1_000;
    desk.policy.exits.exits_per_minute = 1_000;
    let forever = NOON + 300 * DAY;
    desk.policy.expires = seconds(forever);
    desk.alive_until = Some(seconds(forever));
    desk.host.key = Key::Open {
        generation: 1,
        signing_address: OWNER,
        lease_ends_ms: forever,
    };
    desk
}

/// Plunders for `length` and says how much wealth fell at most.
pub(crate) fn plundered(world: &mut World, length: u64, cents: u16, unfilled: bool) -> i128 {
    let (from, start) = (world.desk.time.wall_ms, world.wealth());
    world.least = start;
    for step in [
        0,
        1,
        HOUR,
        12 * HOUR,
        23 * HOUR,
        24 * HOUR - 1,
        30 * HOUR,
        48 * HOUR - 1,
    ] {
        if step < length {
            let now = from + step;
            world.desk.at(now);
            if let Some(next) = world.desk.pending.take_if(|_| step >= 12 * HOUR) {
                world.desk.policy = next;
            }
            world.plunder(cents, unfilled && step == 0);
        }
    }
    start - world.least
}

pub(crate) fn loss_of(figure: Figure) -> i128 {
    match figure {
        Figure::Usdc(units) => i128::from(units.get()),
        Figure::Unbounded => i128::MAX,
    }
}
