//! One look at everything the venue and the signer say of us.
//!
//! For: the questions, in the order that leaves no gap between their answers.
//!
//! Never touches: the store; what follows from the answers.
//!
//! Invariant: orders and trades come whole or not at all, and so does the rest
//! of the account beside them: what is not well there does not keep orders at
//! the venue from being followed.
//! Invariant: orders are read before trades: an order that ended in between is
//! among the trades.

use crate::clob::{Asset, Clob, ClobError, OpenOrder, OrderSeen};
use crate::clock;
use crate::signer::{SignerClient, Status};
use crate::store::{Fill, Key};

/// What to ask.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Trades from this second on.
    pub since_s: u64,
    /// Attempts whose order is asked for, with its hash.
    pub orders: Vec<(Key, String)>,
    /// Beside that: the rest of the account.
    pub full: Option<Full>,
}

/// The rest of the account.
#[derive(Clone, Debug)]
pub struct Full {
    /// Tokens whose balance is asked for.
    pub tokens: Vec<String>,
    /// Let the venue read balances from the chain first.
    pub refresh: bool,
    /// Ask the signer how it is, too.
    pub signer: bool,
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// When the look began: what is newer is not in it.
    pub started_ms: u64,
    /// The orders asked for.
    pub orders: Vec<(Key, OrderSeen)>,
    /// Every leg of ours since then, oldest first.
    pub fills: Vec<Fill>,
    /// The rest of the account, if it was asked for, or what is missing of it.
    pub full: Option<Result<FullFound, String>>,
}

/// The rest of the account.
#[derive(Debug)]
pub struct FullFound {
    /// The venue's clock less ours, milliseconds.
    pub skew_ms: u64,
    /// The version of the order API.
    pub version: u64,
    /// The account may only close positions.
    pub closed_only: bool,
    /// What rests.
    pub open_orders: Vec<OpenOrder>,
    /// Collateral, base units.
    pub collateral_units: u64,
    /// Shares, by token.
    pub shares: Vec<(String, u64)>,
    /// What the signer says of itself, where it was asked.
    pub signer: Option<Status>,
}

/// Looks.
///
/// # Errors
///
/// What is incomplete of orders and trades, in words.
pub async fn sweep(clob: &Clob, signer: &SignerClient, plan: Plan) -> Result<Found, String> {
    let started_ms = clock::now_ms();
    let mut orders = Vec::new();
    for (key, hash) in plan.orders {
        let seen = clob.order(&hash).await.map_err(|e| source("order", &e))?;
        orders.push((key, seen));
    }
    let open_orders = match &plan.full {
        None => Ok(Vec::new()),
        Some(_) => clob.open_orders().await,
    };
    let trades = clob
        .trades_since(plan.since_s)
        .await
        .map_err(|e| source("trades", &e))?;
    let mut fills = Vec::new();
    for trade in &trades {
        let curve = clob
            .fee_curve(&trade.market)
            .await
            .map_err(|e| source("fees", &e))?;
        let fill = super::fill(trade, &curve).ok_or("trades: an amount does not fit 64 bits")?;
        fills.push(fill);
    }
    let full = match plan.full {
        None => None,
        Some(full) => Some(rest(clob, signer, full, open_orders).await),
    };
    Ok(Found {
        started_ms,
        orders,
        fills,
        full,
    })
}

async fn rest(
    clob: &Clob,
    signer: &SignerClient,
    full: Full,
    open_orders: Result<Vec<OpenOrder>, ClobError>,
) -> Result<FullFound, String> {
    let open_orders = open_orders.map_err(|e| source("open orders", &e))?;
    let before_ms = clock::now_ms();
    let time_s = clob.time_s().await.map_err(|e| source("time", &e))?;
    let skew_ms = skew(before_ms, clock::now_ms(), time_s);
    let version = clob.version().await.map_err(|e| source("version", &e))?;
    let closed_only = clob
        .closed_only()
        .await
        .map_err(|e| source("closed-only", &e))?;
    let collateral_units = balance(clob, &Asset::Collateral, full.refresh).await?;
    let mut shares = Vec::new();
    for token in full.tokens {
        let asset = Asset::Shares(token.clone());
        shares.push((token, balance(clob, &asset, full.refresh).await?));
    }
    let signer = if full.signer {
        let status = signer.status().await;
        let fix = "check signer.address and both pins";
        Some(status.map_err(|e| format!("signer: {e}; {fix}"))?)
    } else {
        None
    };
    Ok(FullFound {
        skew_ms,
        version,
        closed_only,
        open_orders,
        collateral_units,
        shares,
        signer,
    })
}

async fn balance(clob: &Clob, asset: &Asset, refresh: bool) -> Result<u64, String> {
    if refresh {
        let refreshed = clob.refresh_balance(asset).await;
        refreshed.map_err(|e| source("balance", &e))?;
    }
    let units = clob.balance(asset).await;
    units.map_err(|e| source("balance", &e))
}

fn source(name: &str, e: &ClobError) -> String {
    format!("{name}: {e}")
}

/// How far the venue's whole second lies outside of ours, between asking and
/// hearing.
#[must_use]
pub fn skew(before_ms: u64, after_ms: u64, time_s: u64) -> u64 {
    let begin = time_s.saturating_mul(1_000);
    let end = begin.saturating_add(999);
    if end < before_ms {
        before_ms.saturating_sub(end)
    } else {
        begin.saturating_sub(after_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::skew;

    #[test]
    fn a_whole_second_that_touches_ours_is_no_skew() {
        for (before, after, time_s, expected) in [
            (5_000, 5_100, 5, 0),
            (5_999, 6_100, 5, 0),
            (6_000, 6_100, 5, 1),
            (6_500, 7_000, 7, 0),
            (6_500, 6_999, 7, 1),
            (10_000, 10_000, 5, 4_001),
        ] {
            assert_eq!(
                skew(before, after, time_s),
                expected,
                "{before} {after} {time_s}"
            );
        }
    }
}
