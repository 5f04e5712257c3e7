//! The three books, read from where each program keeps its own, and compared
//! to the unit.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

/// One approved order in the signer's journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// The caller that asked for it.
    pub by: String,
    /// BUY or SELL.
    pub side: String,
    /// Base units given.
    pub maker_amount: u64,
    /// Base units received.
    pub taker_amount: u64,
    /// What the meters were charged.
    pub charge_units: u64,
}

/// What one order's fills add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// Shares.
    pub shares_units: u64,
    /// Collateral without fee.
    pub collateral_units: u64,
    /// Fee.
    pub fee_units: u64,
}

/// What each program says happened.
#[derive(Debug)]
pub struct Books {
    /// The signer's approvals, by order hash.
    pub journal: BTreeMap<String, Approval>,
    /// The charges in the orchestrator's attempts, by order hash.
    pub outbox: BTreeMap<String, u64>,
    /// The orchestrator's fills, by order hash; failed ones left out.
    pub ledger: BTreeMap<String, Filled>,
    /// The venue's accepted orders, by hash: maker and taker amount.
    pub venue_orders: BTreeMap<String, (u64, u64)>,
    /// The venue's fills of our orders, by order hash; failed ones left out.
    pub venue_fills: BTreeMap<String, Filled>,
}

/// Opens a database that its program has let go of.
pub fn open(path: &Path) -> Connection {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Reads the three books; `venue` is the answer of `GET /sim/state`.
///
/// # Errors
///
/// What cannot be read as expected.
pub fn read(journal: &Path, database: &Path, venue: &Value) -> Result<Books, String> {
    let error = |e: rusqlite::Error| e.to_string();
    let journal = open(journal);
    let mut query = journal
        .prepare("SELECT '0x' || lower(hex(order_hash)), by, side, maker_amount, taker_amount, charge_units FROM leaf WHERE entry = 'approved'")
        .map_err(error)?;
    let journal = query
        .query_map([], |r| {
            let approval = Approval {
                by: r.get(1)?,
                side: r.get(2)?,
                maker_amount: r.get(3)?,
                taker_amount: r.get(4)?,
                charge_units: r.get(5)?,
            };
            Ok((r.get(0)?, approval))
        })
        .and_then(Iterator::collect::<Result<BTreeMap<String, _>, _>>)
        .map_err(error)?;
    let database = open(database);
    let outbox = database
        .prepare("SELECT lower(order_hash), charge_units FROM attempt WHERE order_hash IS NOT NULL")
        .map_err(error)?
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))
        .and_then(Iterator::collect::<Result<BTreeMap<String, u64>, _>>)
        .map_err(error)?;
    let mut query = database
        .prepare("SELECT lower(order_hash), sum(shares_units), sum(collateral_units), sum(fee_units) FROM fill WHERE status <> 'FAILED' GROUP BY 1")
        .map_err(error)?;
    let ledger = query
        .query_map([], |r| {
            let filled = Filled {
                shares_units: r.get(1)?,
                collateral_units: r.get(2)?,
                fee_units: r.get(3)?,
            };
            Ok((r.get(0)?, filled))
        })
        .and_then(Iterator::collect::<Result<BTreeMap<String, _>, _>>)
        .map_err(error)?;
    let (venue_orders, venue_fills) = of_venue(venue)?;
    Ok(Books {
        journal,
        outbox,
        ledger,
        venue_orders,
        venue_fills,
    })
}

type OfVenue = (BTreeMap<String, (u64, u64)>, BTreeMap<String, Filled>);

fn of_venue(state: &Value) -> Result<OfVenue, String> {
    let list = |name: &str| {
        state[name]
            .as_array()
            .ok_or_else(|| format!("the venue's {name} is not a list"))
    };
    let units = |row: &Value, name: &str| {
        row[name]
            .as_str()
            .and_then(|t| t.parse::<u64>().ok())
            .ok_or_else(|| format!("the venue's {name} is no number: {row}"))
    };
    let hash = |row: &Value| {
        row["order_hash"]
            .as_str()
            .map(str::to_lowercase)
            .ok_or("an order without a hash")
    };
    let mut orders = BTreeMap::new();
    for row in list("orders")? {
        let order = &row["order"];
        let amounts = (units(order, "makerAmount")?, units(order, "takerAmount")?);
        orders.insert(hash(row)?, amounts);
    }
    let mut fills: BTreeMap<String, Filled> = BTreeMap::new();
    for row in list("trades")? {
        if row["status"] == "FAILED" {
            continue;
        }
        let sum = fills.entry(hash(row)?).or_default();
        sum.shares_units += units(row, "shares")?;
        sum.collateral_units += units(row, "collateral")?;
        sum.fee_units += units(row, "fee")?;
    }
    Ok((orders, fills))
}

impl Books {
    /// Takes out what was signed for `caller`, which nobody posted: were one of
    /// them in another book, that book would now disagree with the journal.
    pub fn set_aside(&mut self, caller: &str) -> BTreeMap<String, Approval> {
        let (aside, kept) = std::mem::take(&mut self.journal)
            .into_iter()
            .partition(|(_, approval)| approval.by == caller);
        self.journal = kept;
        aside
    }

    /// Everything that does not agree; empty when all does.
    pub fn disagreements(&self, fee_ceiling_bps: u64) -> Vec<String> {
        let mut found = Vec::new();
        for (hash, (maker, taker)) in &self.venue_orders {
            match self.journal.get(hash) {
                None => found.push(format!("{hash} is at the venue and not in the journal")),
                Some(a) if (a.maker_amount, a.taker_amount) != (*maker, *taker) => {
                    found.push(format!("{hash} has other amounts at the venue"));
                }
                Some(_) => {}
            }
            if !self.outbox.contains_key(hash) {
                found.push(format!("{hash} is at the venue and not in the outbox"));
            }
        }
        for hash in self.journal.keys().chain(self.outbox.keys()) {
            let (journal, outbox) = (
                self.journal.get(hash).map(|a| a.charge_units),
                self.outbox.get(hash).copied(),
            );
            if journal != outbox {
                found.push(format!(
                    "{hash}: the journal charged {journal:?}, the outbox says {outbox:?}"
                ));
            }
        }
        for hash in self.venue_fills.keys().chain(self.ledger.keys()) {
            let (venue, ours) = (self.venue_fills.get(hash), self.ledger.get(hash));
            if venue != ours {
                found.push(format!(
                    "{hash}: the venue filled {venue:?}, the ledger says {ours:?}"
                ));
            }
        }
        let charged: u64 = self.journal.values().map(|a| a.charge_units).sum();
        let owed: u64 = self
            .journal
            .values()
            .filter(|a| a.side == "BUY")
            .map(|a| {
                (u128::from(a.maker_amount) * u128::from(10_000 + fee_ceiling_bps)).div_ceil(10_000)
            })
            .map(|units| u64::try_from(units).expect("amounts are bounded"))
            .sum();
        if charged != owed {
            found.push(format!(
                "the journal charged {charged}, and its orders cost at most {owed}"
            ));
        }
        found
    }
}
