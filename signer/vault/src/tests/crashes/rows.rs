//! The journal's rows, read and judged by code that shares nothing with the
//! vault but the schema.

use std::collections::{BTreeMap, BTreeSet};

use disk::{Disk, Image};
use rusqlite::Connection;

use super::world::{EXITS_PER_MINUTE, JOURNAL, LIMITS, ORDERS_PER_MINUTE, SELL_REUSE, charge};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// One leaf, as far as anything is promised of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) entry: String,
    pub(super) slow_ms: u64,
    pub(super) fast_ms: u64,
    pub(super) code: Option<String>,
    pub(super) approval: Option<Approval>,
    /// A note's text with its signatures, a freeze's reason.
    pub(super) text: String,
    /// What an advance allows.
    units: Option<u64>,
}

/// What an approved leaf says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Approval {
    pub(super) name: (String, u16),
    pub(super) fingerprint: [u8; 32],
    pub(super) order_hash: [u8; 32],
    pub(super) charge: u64,
    exit: bool,
    buy: bool,
    maker: u64,
    taker: u64,
    token: Vec<u8>,
    leader: Option<Vec<u8>>,
    strategy: String,
}

/// Reads what `image` holds on a disk of its own, so that nothing is disturbed.
pub(super) fn read(image: &Image) -> Vec<Leaf> {
    let disk = Disk::of(image);
    let db = Connection::open(disk.file(JOURNAL)).unwrap();
    let mut query = db
        .prepare(
            "SELECT leaf_index, entry, slow_ms, code, coalesce(CAST(envelope AS TEXT), reason, ''), \
             intent_id, attempt, fingerprint, order_hash, charge_units, kind = 'EXIT', \
             side = 'BUY', maker_amount, taker_amount, token_id, leader, strategy, fast_ms, \
             collateral_units FROM leaf ORDER BY leaf_index",
        )
        .unwrap();
    let mut rows = query.query([]).unwrap();
    let mut leaves = Vec::new();
    while let Some(r) = rows.next().unwrap() {
        let at: usize = r.get(0).unwrap();
        assert_eq!(at, leaves.len(), "leaves count from 0 without a gap");
        let entry: String = r.get(1).unwrap();
        let approval = (entry == "approved").then(|| Approval {
            name: (r.get(5).unwrap(), r.get(6).unwrap()),
            fingerprint: r.get(7).unwrap(),
            order_hash: r.get(8).unwrap(),
            charge: r.get(9).unwrap(),
            exit: r.get(10).unwrap(),
            buy: r.get(11).unwrap(),
            maker: r.get(12).unwrap(),
            taker: r.get(13).unwrap(),
            token: r.get(14).unwrap(),
            leader: r.get(15).unwrap(),
            strategy: r.get(16).unwrap(),
        });
        leaves.push(Leaf {
            entry,
            slow_ms: r.get(2).unwrap(),
            fast_ms: r.get(17).unwrap(),
            code: r.get(3).unwrap(),
            approval,
            text: r.get(4).unwrap(),
            units: r.get(18).unwrap(),
        });
    }
    leaves
}

/// What is wrong with these leaves, if anything is: an attempt or an order
/// twice, a charge that is none of its order, an approval behind a freeze, or a
/// sum beyond its limit.
pub(super) fn judge(leaves: &[Leaf]) -> Result<(), String> {
    let mut names = BTreeSet::new();
    let mut hashes = BTreeSet::new();
    let mut sums = Sums::default();
    let mut frozen = false;
    for (at, leaf) in leaves.iter().enumerate() {
        if leaf.entry == "froze" {
            frozen = true;
        }
        if leaf.text.starts_with("countersign/unfreeze/") {
            frozen = false;
        }
        match leaf.entry.as_str() {
            "clock_jumped" => sums.apart = true,
            "clock_accepted" => sums.apart = false,
            _ => {}
        }
        if let Some(usdc) = dialled_hour(&leaf.text) {
            sums.hour = usdc;
        }
        let Some(approval) = &leaf.approval else {
            continue;
        };
        let wrong = |what: &str| Err(format!("leaf {at}: {what}: {approval:?}"));
        if !names.insert(&approval.name) {
            return wrong("an attempt was approved twice");
        }
        if !hashes.insert(approval.order_hash) {
            return wrong("an order was approved twice");
        }
        if frozen {
            return wrong("approved while frozen");
        }
        let due = if approval.buy {
            charge(approval.maker)
        } else {
            0
        };
        if approval.charge != due {
            return wrong("its charge is not its order's");
        }
        if let Some(limit) = sums.exceeded(approval, leaf.slow_ms, leaf.fast_ms) {
            return wrong(&format!("beyond {limit}"));
        }
    }
    Ok(())
}

/// All that was charged by these leaves, with what starts owe; or the buy that no
/// advance of its own start allows, where the policy names a witness.
pub(super) fn lifetime(leaves: &[Leaf]) -> Result<u64, String> {
    let is_policy = |leaf: &&Leaf| leaf.text.starts_with("countersign/policy/");
    let policy = leaves.iter().find(is_policy);
    let witnessed = policy.is_some_and(|leaf| leaf.text.contains("\nwitness_threshold 1\n"));
    let (mut charged, mut level) = (0, 0);
    for (at, leaf) in leaves.iter().enumerate() {
        match leaf.entry.as_str() {
            "started" => {
                charged = level.max(charged);
                level = 0;
            }
            "stopped" => level = 0,
            "advanced" => level = level.max(charged + leaf.units.unwrap()),
            _ => {}
        }
        let charge = leaf.approval.as_ref().map_or(0, |approval| approval.charge);
        charged += charge;
        if witnessed && charge > 0 && charged > level {
            return Err(format!("leaf {at}: {charged} charged, {level} advanced"));
        }
    }
    Ok(charged)
}

/// The hour that a dial's text sets, base units.
fn dialled_hour(text: &str) -> Option<u64> {
    if !text.starts_with("countersign/dial/") {
        return None;
    }
    let usdc = text
        .lines()
        .find_map(|line| line.strip_prefix("hour_usdc "))?;
    Some(usdc.parse::<u64>().unwrap() * 1_000_000)
}

/// What is counted, and of whom.
type Key<'a> = (&'static str, &'a [u8]);

/// Everything that is counted, by what and when.
#[derive(Default)]
struct Sums<'a> {
    by: BTreeMap<Key<'a>, Vec<(u64, u64)>>,
    hour: u64,
    /// The clocks disagree: the slow time stands, and exits go by the fast one.
    apart: bool,
}

impl<'a> Sums<'a> {
    /// Adds an approval; the first limit that it then exceeds.
    fn exceeded(
        &mut self,
        approval: &'a Approval,
        at_ms: u64,
        fast_ms: u64,
    ) -> Option<&'static str> {
        let limit = |name| LIMITS.iter().find(|(n, _)| *n == name).unwrap().1;
        let ever = u64::MAX;
        let hour = if self.hour == 0 {
            limit("hour_usdc")
        } else {
            self.hour
        };
        let all: &[u8] = &[];
        let mut rows = vec![
            ("minute_usdc", all, MINUTE_MS, limit("minute_usdc")),
            ("hour_usdc", all, HOUR_MS, hour),
            ("day_usdc", all, DAY_MS, limit("day_usdc")),
            ("lifetime_usdc", all, ever, limit("lifetime_usdc")),
            (
                "market_day_usdc",
                &approval.token,
                DAY_MS,
                limit("market_day_usdc"),
            ),
            (
                "strategy_day_usdc",
                approval.strategy.as_bytes(),
                DAY_MS,
                limit("strategy_day_usdc"),
            ),
        ];
        if let Some(leader) = &approval.leader {
            rows.push(("leader_day_usdc", leader, DAY_MS, limit("leader_day_usdc")));
        }
        // A SELL is charged nothing, whatever a dial has made of the limits.
        rows.retain(|_| approval.buy);
        for (name, key, window_ms, most) in rows {
            if self.add((name, key), approval.charge, at_ms, window_ms) > most {
                return Some(name);
            }
        }
        let (rate, most) = if approval.exit {
            ("exits_per_minute", EXITS_PER_MINUTE)
        } else {
            ("orders_per_minute", ORDERS_PER_MINUTE)
        };
        let by_slow = self.add((rate, all), 1, at_ms, MINUTE_MS);
        let by_fast = self.add(("by the fast time", rate.as_bytes()), 1, fast_ms, MINUTE_MS);
        let count = if self.apart && approval.exit {
            by_fast
        } else {
            by_slow
        };
        if count > most {
            return Some(rate);
        }
        let bought = if approval.buy { approval.taker } else { 0 };
        // A quarter more may come at a better price.
        let held = self.add(("held", &approval.token), bought, at_ms, ever) * 5;
        if approval.buy {
            return None;
        }
        let sold = self.add(("sold", &approval.token), approval.maker, at_ms, DAY_MS);
        if approval.maker * 4 > held {
            return Some("what can be held");
        }
        (sold * 4 > held * SELL_REUSE).then_some("sell_reuse")
    }

    fn add(&mut self, key: Key<'a>, units: u64, at_ms: u64, window_ms: u64) -> u64 {
        let marks = self.by.entry(key).or_default();
        marks.push((at_ms, units));
        let counts = |(then, _): &&(u64, u64)| at_ms.saturating_sub(*then) < window_ms;
        marks.iter().filter(counts).map(|(_, units)| units).sum()
    }
}
