//! What differs from one campaign to the next: the policy's lines, what the
//! wallet holds, which figure is put to the proof, and how long.

use order::{PriceE4, U256};

use crate::notes;
use crate::rng::Rng;

/// Which figure an adversary is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Horizon {
    /// `loss_next_24h_usdc`.
    Day,
    /// `loss_until_locked_usdc`: nobody does anything for the desk any more.
    Locked,
}

impl Horizon {
    /// The status's name for its figure.
    pub const fn figure(self) -> &'static str {
        match self {
            Self::Day => "loss_next_24h_usdc",
            Self::Locked => "loss_until_locked_usdc",
        }
    }
}

/// One campaign's stage.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Which figure.
    pub horizon: Horizon,
    /// The policy's fee ceiling, basis points.
    pub fee_bps: u64,
    /// What the exchange takes, basis points.
    pub taken_bps: u64,
    /// The least price of a sell without a ticket.
    pub floor: PriceE4,
    /// Whole shares that are declared, by token.
    pub declared: Vec<(U256, u64)>,
    /// How long the operator's `alive` reaches.
    pub alive_hours: u64,
    /// The policy's day cap, whole USDC.
    pub day_usdc: u64,
    /// Moves before the figure is read.
    pub past: u64,
    /// Whether some of them are buys, which no watcher sees filled.
    pub past_buys: bool,
    /// Whether watchers tell what was filled on chain.
    pub watched: bool,
    /// Moves after it was read.
    pub moves: u64,
    /// How often a process is killed in a move, in a hundred.
    pub kills: u64,
    lines: Vec<(&'static str, String)>,
}

/// A token of the wallet's, or of a market that the adversary made.
pub(crate) fn token(nth: u64) -> U256 {
    // Far from the position ids of the second protocol.
    (U256::from(0xc0ff_ee00_u64 + nth) << 160) | U256::from(1_000_003 * (nth + 1))
}

impl Scene {
    /// The `nth` campaign's.
    pub fn of(rng: &mut Rng) -> Self {
        let horizon = rng.pick(&[Horizon::Day, Horizon::Day, Horizon::Locked]);
        let fee_bps = rng.pick(&[700, 1_000, 1_000, 1_500, 2_500]);
        let floor_cents = rng.pick(&[1, 2, 5, 5, 10, 30]);
        let day_usdc = rng.between(30, 160);
        let tokens = rng.below(4);
        let declared = (0..tokens).map(|nth| (token(nth), rng.between(1, 300)));
        let declared = declared.collect();
        let past = if rng.chance(50) {
            rng.between(3, 14)
        } else {
            0
        };
        let mut scene = Self {
            horizon,
            fee_bps,
            taken_bps: fee_bps,
            floor: price(floor_cents * 100),
            declared,
            alive_hours: match horizon {
                Horizon::Day => 66,
                Horizon::Locked => rng.between(30, 44),
            },
            day_usdc,
            past,
            past_buys: rng.chance(60),
            watched: rng.chance(40),
            moves: rng.between(16, 40),
            kills: rng.pick(&[0, 4, 8, 12]),
            lines: Vec::new(),
        };
        scene.lines = scene.limits(rng);
        scene
    }

    fn limits(&self, rng: &mut Rng) -> Vec<(&'static str, String)> {
        let mut maybe = |percent: u64, least: u64, most: u64| {
            rng.chance(percent).then(|| rng.between(least, most))
        };
        let day = self.day_usdc;
        let hour = maybe(40, 20, day);
        let minute = maybe(30, 15, hour.unwrap_or(day));
        let budgets = [
            ("minute_usdc", minute),
            ("hour_usdc", hour),
            ("lifetime_usdc", maybe(20, day, day * 2)),
            ("strategy_day_usdc", maybe(20, 28, day)),
            ("market_day_usdc", maybe(20, 28, day)),
            ("leader_day_usdc", maybe(20, 28, day)),
        ];
        let word = |usdc: Option<u64>| usdc.map_or("none".to_owned(), |usdc| usdc.to_string());
        let mut lines = budgets.map(|(name, usdc)| (name, word(usdc))).to_vec();
        let floor = self.floor;
        lines.extend([
            ("day_usdc", day.to_string()),
            ("order_usdc_max", "25".to_owned()),
            ("fee_ceiling_bps", self.fee_bps.to_string()),
            ("sell_floor", floor.to_string()),
            ("sell_reuse", rng.between(1, 10).to_string()),
            ("orders_per_minute", rng.pick(&[6, 60, 600]).to_string()),
            ("exits_per_minute", rng.pick(&[3, 30, 600]).to_string()),
            ("dead_man_reduce_hours", "72".to_owned()),
            ("lease_hours", "72".to_owned()),
            ("wallet_usdc_max", "1000000".to_owned()),
        ]);
        if self.watched {
            lines.extend([
                ("watching", notes::watching()),
                // A copy of what watchers saw keeps this, and not the floor.
                ("sell_price_min", floor.to_string()),
            ]);
        }
        lines
    }

    /// The same stage under an exchange that takes `over_bps` more than the
    /// policy's ceiling.
    #[must_use]
    pub fn taking(mut self, over_bps: u64) -> Self {
        self.taken_bps = self.fee_bps + over_bps;
        self
    }

    /// The policy's lines that are its own, by their first word.
    pub fn bend(&self) -> Vec<(&str, &str)> {
        let lines = self.lines.iter();
        lines.map(|(name, value)| (*name, value.as_str())).collect()
    }

    /// What the policy says of one of those.
    pub(crate) fn limit(&self, name: &str) -> Option<u64> {
        let (_, value) = self.lines.iter().find(|(field, _)| *field == name)?;
        value.parse().ok()
    }
}

pub(crate) fn price(e4: u64) -> PriceE4 {
    let e4 = u16::try_from(e4).ok().and_then(PriceE4::new);
    e4.expect("a price")
}
