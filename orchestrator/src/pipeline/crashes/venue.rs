//! A venue that takes orders, keeps its own books, and loses answers.
//!
//! Never touches: the pipeline, the store. Its sums are its own.
//!
//! Invariant: what a POST that reached it came to does not depend on whether
//! its answer arrives.

use std::collections::BTreeMap;

use disk::Rng;
use order::{PriceE4, ShareUnits, Side};
use plan::fee::{FeeCurve, Rate};

use crate::clob::{Cancellation, OpenOrder, OrderSeen, OwnTrade, Posted, TradeStatus};
use crate::intent::{Intent, OrderType};
use crate::reconcile;
use crate::store::Fill;

/// The longest that a POST is on its way.
pub(super) const WAY_MS_MAX: u64 = 3_000;
/// The longest until a trade is in the list.
const LIST_MS_MAX: u64 = 1_500;
const FEE: FeeCurve = FeeCurve {
    rate: Rate::new(5, 2),
    exponent: 1,
};

/// Bytes on their way to the venue.
struct Way {
    lands_ms: u64,
    serial: u64,
    hash: String,
    intent: Intent,
}

/// An order that it took.
struct Order {
    intent: Intent,
    matched: u64,
    /// Held until then; and what it will match of it, then.
    held: Option<(u64, u64)>,
    over: bool,
}

/// One trade.
struct Trade {
    leg: OwnTrade,
    shares: u64,
    collateral: u64,
    fee: u64,
    listed_ms: u64,
    /// What it says from when on, the earliest first.
    course: Vec<(u64, &'static str)>,
    booked: bool,
}

/// The venue.
pub(super) struct Venue {
    orders: BTreeMap<String, Order>,
    trades: Vec<Trade>,
    ways: Vec<Way>,
    /// What POSTs came to, by serial.
    verdicts: BTreeMap<u64, Posted>,
    serial: u64,
    pub(super) collateral: u64,
    pub(super) shares: BTreeMap<String, u64>,
    now_ms: u64,
}

impl Venue {
    pub(super) fn new(collateral: u64) -> Self {
        Self {
            orders: BTreeMap::new(),
            trades: Vec::new(),
            ways: Vec::new(),
            verdicts: BTreeMap::new(),
            serial: 0,
            collateral,
            shares: BTreeMap::new(),
            now_ms: 0,
        }
    }

    /// Bytes leave for the venue, and land at `lands_ms`; names the POST.
    pub(super) fn send(&mut self, hash: &str, intent: &Intent, lands_ms: u64) -> u64 {
        self.serial += 1;
        self.ways.push(Way {
            lands_ms,
            serial: self.serial,
            hash: hash.to_owned(),
            intent: intent.clone(),
        });
        self.serial
    }

    /// The process died: bytes that are on their way may never have left it.
    /// Returns how many will still arrive.
    pub(super) fn sender_died(&mut self, rng: &mut Rng) -> u64 {
        self.ways.retain(|_| rng.chance(70));
        u64::try_from(self.ways.len()).unwrap()
    }

    /// What the POST of this name came to, if it has landed.
    pub(super) fn verdict(&self, serial: u64) -> Option<&Posted> {
        self.verdicts.get(&serial)
    }

    /// Lets everything happen that is due by `now_ms`.
    pub(super) fn advance(&mut self, now_ms: u64, rng: &mut Rng) {
        self.now_ms = now_ms;
        let (landed, ways) = std::mem::take(&mut self.ways)
            .into_iter()
            .partition(|way| way.lands_ms <= now_ms);
        self.ways = ways;
        for way in landed {
            let verdict = self.land(&way, rng);
            self.verdicts.insert(way.serial, verdict);
        }
        let released: Vec<String> = self
            .orders
            .iter()
            .filter_map(|(hash, order)| {
                order
                    .held
                    .filter(|(until, _)| *until <= now_ms)
                    .map(|_| hash.clone())
            })
            .collect();
        for hash in released {
            let order = self.orders.get_mut(&hash).unwrap();
            let (_, amount) = order.held.take().unwrap();
            order.over = true;
            if amount > 0 {
                self.matches(&hash, amount, rng);
            }
        }
        for trade in &mut self.trades {
            if trade.booked || trade.status(now_ms) != "CONFIRMED" {
                continue;
            }
            trade.booked = true;
            let shares = self.shares.entry(trade.leg.token_id.clone()).or_default();
            if trade.leg.side == "BUY" {
                *shares += trade.shares;
                self.collateral -= trade.collateral + trade.fee;
            } else {
                *shares -= trade.shares;
                self.collateral += trade.collateral - trade.fee;
            }
        }
    }

    fn land(&mut self, way: &Way, rng: &mut Rng) -> Posted {
        if self.orders.contains_key(&way.hash) {
            return Posted::Duplicated {
                text: "order is invalid. Duplicated.".to_owned(),
            };
        }
        let refused = |code, text: &str| Posted::Refused {
            code,
            text: text.to_owned(),
        };
        let intent = &way.intent;
        if self.free(intent) < need(intent) {
            return refused("NO_BALANCE", "not enough balance / allowance");
        }
        let lots = intent.shares.get().div_euclid(10_000);
        let part = match intent.order_type {
            OrderType::Fok => intent.shares.get(),
            OrderType::Fak if rng.chance(60) => intent.shares.get(),
            OrderType::Fak => (1 + rng.below(lots)) * 10_000,
        };
        let dice = rng.below(100);
        if dice < 10 {
            return refused("KILLED_FOK", "couldn't be fully filled");
        }
        let held = (dice < 25).then(|| {
            let amount = if rng.chance(60) { part } else { 0 };
            (self.now_ms + 50 + rng.below(4_000), amount)
        });
        let order = Order {
            intent: intent.clone(),
            matched: 0,
            held,
            over: held.is_none(),
        };
        self.orders.insert(way.hash.clone(), order);
        if held.is_some() {
            return Posted::Accepted {
                status: "delayed".to_owned(),
            };
        }
        self.matches(&way.hash, part, rng);
        Posted::Accepted {
            status: "matched".to_owned(),
        }
    }

    /// What may still be given, of what `intent` gives.
    fn free(&self, intent: &Intent) -> u64 {
        let token = intent.token_id.to_string();
        let given = |side: Side| {
            let held = self.orders.values().filter(|o| o.held.is_some());
            let held = held.map(|o| &o.intent).filter(|i| i.side == side);
            let pending = self.trades.iter().filter(|t| t.is_pending(self.now_ms));
            let pending = pending.filter(|t| t.leg.side == side.as_str());
            match side {
                Side::Buy => {
                    held.map(need).sum::<u64>() + pending.map(|t| t.collateral + t.fee).sum::<u64>()
                }
                Side::Sell => {
                    held.filter(|i| i.token_id == intent.token_id)
                        .map(need)
                        .sum::<u64>()
                        + pending
                            .filter(|t| t.leg.token_id == token)
                            .map(|t| t.shares)
                            .sum::<u64>()
                }
            }
        };
        let have = match intent.side {
            Side::Buy => self.collateral,
            Side::Sell => self.shares.get(&token).copied().unwrap_or(0),
        };
        have.saturating_sub(given(intent.side))
    }

    /// Matches `amount` of an order, in one trade or two.
    fn matches(&mut self, hash: &str, amount: u64, rng: &mut Rng) {
        let lots = amount.div_euclid(10_000);
        let first = if rng.chance(30) && lots > 1 {
            (1 + rng.below(lots - 1)) * 10_000
        } else {
            amount
        };
        for shares in [first, amount - first] {
            if shares > 0 {
                self.trade(hash, shares, rng);
            }
        }
    }

    fn trade(&mut self, hash: &str, shares: u64, rng: &mut Rng) {
        let order = self.orders.get_mut(hash).unwrap();
        order.matched += shares;
        let intent = &order.intent;
        let e4 = intent.limit_price.get();
        let price = match intent.side {
            _ if rng.chance(60) => e4,
            Side::Buy => e4 - 100,
            Side::Sell => e4 + 100,
        };
        let at_ms = self.now_ms;
        let mined_ms = at_ms + 1_000 + rng.below(2_000);
        let final_ms = mined_ms + 1_000 + rng.below(4_000);
        let ends = if rng.chance(10) {
            "FAILED"
        } else {
            "CONFIRMED"
        };
        let between = if rng.chance(20) { "RETRYING" } else { "MINED" };
        let collateral = exact(shares, price);
        self.trades.push(Trade {
            leg: OwnTrade {
                trade_id: format!("t{}", self.trades.len() + 1),
                order_hash: hash.to_owned(),
                market: intent.market.to_string(),
                match_s: at_ms.div_euclid(1_000),
                status_text: String::new(),
                status: TradeStatus::Pending,
                token_id: intent.token_id.to_string(),
                side: intent.side.as_str().to_owned(),
                parts: BTreeMap::from([(PriceE4::new(price).unwrap(), ShareUnits::new(shares))]),
                taker: true,
            },
            shares,
            collateral,
            fee: fee(shares, price),
            listed_ms: at_ms + rng.below(LIST_MS_MAX),
            course: vec![(at_ms, "MATCHED"), (mined_ms, between), (final_ms, ends)],
            booked: false,
        });
    }

    /// What it says of an order.
    pub(super) fn seen(&self, hash: &str, rng: &mut Rng) -> OrderSeen {
        match self.orders.get(hash) {
            Some(order) if !order.over => OrderSeen::Open {
                matched: ShareUnits::new(order.matched),
            },
            // It keeps only active orders for long.
            Some(order) if rng.chance(60) => OrderSeen::Over {
                matched: ShareUnits::new(order.matched),
            },
            Some(_) | None => OrderSeen::Missing,
        }
    }

    /// Its list of trades since `since_s`, as the orchestrator reads it.
    pub(super) fn fills(&self, since_s: u64) -> Vec<Fill> {
        let listed = |t: &&Trade| t.listed_ms <= self.now_ms && t.leg.match_s >= since_s;
        let fill = |t: &Trade| {
            let leg = OwnTrade {
                status_text: t.status(self.now_ms).to_owned(),
                ..t.leg.clone()
            };
            reconcile::fill(&leg, &FEE).unwrap()
        };
        self.trades.iter().filter(listed).map(fill).collect()
    }

    pub(super) fn resting(&self) -> Vec<OpenOrder> {
        let rests = self.orders.iter().filter(|(_, order)| !order.over);
        rests
            .map(|(hash, order)| OpenOrder {
                order_hash: hash.clone(),
                token_id: order.intent.token_id.to_string(),
                side: order.intent.side.as_str().to_owned(),
            })
            .collect()
    }

    pub(super) fn cancel(&mut self, hash: &str) -> Cancellation {
        match self.orders.get_mut(hash) {
            None => Cancellation::Missing("order not found".to_owned()),
            Some(order) if order.over => {
                Cancellation::Late("matched orders can't be canceled".to_owned())
            }
            Some(order) => {
                order.held = None;
                order.over = true;
                Cancellation::Cancelled
            }
        }
    }

    /// Whether nothing will happen any more unless it is asked.
    pub(super) fn is_at_rest(&self) -> bool {
        let is_final = |t: &Trade| t.booked || t.status(self.now_ms) == "FAILED";
        self.ways.is_empty() && self.resting().is_empty() && self.trades.iter().all(is_final)
    }

    /// Its own books: of each fill, trade, order, token, side, shares,
    /// collateral, fee and status.
    pub(super) fn books(&self) -> Vec<Fill> {
        let mut books: Vec<Fill> = self
            .trades
            .iter()
            .map(|t| Fill {
                trade_id: t.leg.trade_id.clone(),
                order_hash: t.leg.order_hash.clone(),
                market: t.leg.market.clone(),
                token_id: t.leg.token_id.clone(),
                side: t.leg.side.clone(),
                shares_units: t.shares,
                collateral_units: t.collateral,
                fee_units: t.fee,
                match_s: t.leg.match_s,
                status: t.status(self.now_ms).to_owned(),
            })
            .collect();
        books.sort_by(|a, b| a.trade_id.cmp(&b.trade_id));
        books
    }
}

impl Trade {
    fn status(&self, now_ms: u64) -> &'static str {
        let past = self.course.iter().rev().find(|(at, _)| *at <= now_ms);
        past.map_or("MATCHED", |(_, status)| status)
    }

    fn is_pending(&self, now_ms: u64) -> bool {
        !self.booked && self.status(now_ms) != "FAILED"
    }
}

/// Most that an order can take from the wallet.
fn need(intent: &Intent) -> u64 {
    let shares = intent.shares.get();
    match intent.side {
        Side::Buy => exact(shares, intent.limit_price.get()).div_ceil(10) * 11,
        Side::Sell => shares,
    }
}

fn exact(shares: u64, price_e4: u16) -> u64 {
    (shares * u64::from(price_e4)).div_euclid(10_000)
}

/// Five hundredths of p(1 − p) a share, down to steps of ten units.
fn fee(shares: u64, price_e4: u16) -> u64 {
    let p = u128::from(price_e4);
    let units = (u128::from(shares) * 5 * p * (10_000 - p)).div_euclid(10_000_000_000);
    u64::try_from(units.div_euclid(10) * 10).unwrap()
}
