//! What the venue says became of an order, taken into outbox and ledger.
//!
//! Invariant: absence is never inferred from an error or an empty answer.

use order::{CollateralUnits, PriceE4, ShareUnits};
use plan::fee::{self, FeeCurve};

use crate::clob::{Clob, ClobError, OwnTrade, TradeStatus};
use crate::state::State;
use crate::store::{Attempt, Fill, News, Store};
use crate::{Trouble, clob};

/// Asks the venue about `row` once and takes the arrow that its answer proves.
/// Returns whether anything moved.
///
/// # Errors
///
/// [`Trouble`] when the store fails or the venue contradicts itself. A venue
/// that does not answer is no trouble: nothing moves.
pub async fn poll(store: &mut Store, clob: &Clob, row: &mut Attempt) -> Result<bool, Trouble> {
    let hash = row
        .order_hash
        .clone()
        .ok_or(Trouble::Invariant("a sent order has a hash"))?;
    let trades = match clob.trades_of(&hash).await {
        Ok(trades) => trades,
        Err(e) => return quiet(row, &e),
    };
    if trades.is_empty() {
        return poll_order(store, clob, row, &hash).await;
    }
    let curve = match clob.fee_curve(&row.intent.market.to_string()).await {
        Ok(curve) => curve,
        Err(e) => return quiet(row, &e),
    };
    for trade in &trades {
        store.record_fill(&fill(trade, &hash, &curve)?)?;
    }
    let mut moved = false;
    if matches!(row.state, State::Acked | State::Unknown) {
        store.advance(row, State::Matched, &News::Nothing)?;
        moved = true;
    }
    let all = |status| trades.iter().all(|t| t.status == status);
    let next = if all(TradeStatus::Failed) {
        Some(State::Reversed)
    } else if trades.iter().all(|t| t.status != TradeStatus::Pending) {
        Some(State::Settled)
    } else {
        None
    };
    if let Some(next) = next {
        store.advance(row, next, &News::Nothing)?;
        moved = true;
    }
    Ok(moved)
}

/// No trade yet: does the venue know the order at all?
async fn poll_order(
    store: &mut Store,
    clob: &Clob,
    row: &mut Attempt,
    hash: &str,
) -> Result<bool, Trouble> {
    if row.state != State::Unknown {
        return Ok(false);
    }
    match clob.order_status(hash).await {
        Ok(Some(status)) => {
            let news = News::Because {
                code: "FOUND",
                detail: &status,
            };
            store.advance(row, State::Acked, &news)?;
            Ok(true)
        }
        Ok(None) => Ok(false),
        Err(e) => quiet(row, &e),
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "every caller returns it as its own answer"
)]
fn quiet(row: &Attempt, e: &ClobError) -> Result<bool, Trouble> {
    tracing::warn!(intent = row.intent_id, state = row.state.name(), error = %e, "venue");
    Ok(false)
}

/// The ledger's row for one trade of the order with `hash`.
fn fill(trade: &OwnTrade, hash: &str, curve: &FeeCurve) -> Result<Fill, Trouble> {
    let mut shares_units = 0_u64;
    let mut collateral_units = 0_u64;
    let mut fee_units = 0_u64;
    let sum = |a: u64, b: u64| {
        a.checked_add(b)
            .ok_or(Trouble::Invariant("a fill fits 64 bits"))
    };
    for (price, shares) in &trade.parts {
        shares_units = sum(shares_units, shares.get())?;
        collateral_units = sum(collateral_units, collateral(*shares, *price)?.get())?;
        if trade.taker {
            let fee = fee::taker_fee(*curve, *shares, *price)
                .ok_or(Trouble::Invariant("a fee fits 64 bits"))?;
            fee_units = sum(fee_units, fee.get())?;
        }
    }
    Ok(Fill {
        trade_id: trade.trade_id.clone(),
        order_hash: hash.to_owned(),
        token_id: trade.token_id.clone(),
        side: trade.side.clone(),
        shares_units,
        collateral_units,
        fee_units,
        status: trade.status_text.clone(),
    })
}

/// Shares × price, down to whole base units as the contract rounds.
fn collateral(shares: ShareUnits, price: PriceE4) -> Result<CollateralUnits, Trouble> {
    u128::from(shares.get())
        .checked_mul(u128::from(price.get()))
        .and_then(|scaled| scaled.checked_div(10_000))
        .and_then(|units| u64::try_from(units).ok())
        .map(CollateralUnits::new)
        .ok_or(Trouble::Invariant("a fill fits 64 bits"))
}

/// Turns a POST's outcome into an arrow.
///
/// # Errors
///
/// [`Trouble`] when the store fails.
pub fn posted(store: &mut Store, row: &mut Attempt, posted: &clob::Posted) -> Result<(), Trouble> {
    use clob::Posted;
    match posted {
        Posted::Accepted { status } => {
            store.advance(
                row,
                State::Acked,
                &News::Because {
                    code: "ACCEPTED",
                    detail: status,
                },
            )?;
        }
        Posted::Refused { code, text } => {
            store.advance(row, State::Refused, &News::Because { code, detail: text })?;
        }
        Posted::Unknown { text } => {
            store.advance(
                row,
                State::Unknown,
                &News::Because {
                    code: "UNKNOWN",
                    detail: text,
                },
            )?;
        }
    }
    Ok(())
}
