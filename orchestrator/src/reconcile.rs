//! What the venue says became of orders, weighed.
//!
//! For: turning answers into fills and evidence.
//!
//! Never touches: the store; which arrow follows (see
//! [`evidence`](crate::evidence)).
//!
//! Invariant: absence is never inferred from an error or an empty answer: an
//! order that is missing while trades are owed is owed, not absent.

pub mod sweep;

use order::{CollateralUnits, PriceE4, ShareUnits, Side};
use plan::fee::{self, FeeCurve};

use crate::clob::{OrderSeen, OwnTrade};
use crate::evidence::Evidence;
use crate::intent::Intent;
use crate::store::{Fill, Tally};

/// A difference up to one lot is rounding.
pub const DUST_UNITS: u64 = order::LOT_UNITS;

/// What an order's state at the venue and its fills, read after it, say
/// together.
#[must_use]
pub fn weigh(order: OrderSeen, fills: &Tally) -> Evidence {
    let none = fills.pending == 0 && fills.confirmed == 0 && fills.failed == 0;
    let owed = |matched: ShareUnits| matched.get() > fills.shares_units;
    match order {
        OrderSeen::Open { matched } if none && matched.get() == 0 => Evidence::Open,
        OrderSeen::Open { matched } if owed(matched) => Evidence::FillsOwed,
        OrderSeen::Open { .. } => Evidence::PartlyFilled,
        OrderSeen::Over { matched } if owed(matched) => Evidence::FillsOwed,
        OrderSeen::Over { .. } if none => Evidence::Ended,
        OrderSeen::Missing if none => Evidence::Absent,
        OrderSeen::Over { .. } | OrderSeen::Missing => weigh_fills(fills),
    }
}

/// What an order's fills say alone, once it rests no more.
#[must_use]
pub const fn weigh_fills(fills: &Tally) -> Evidence {
    if fills.pending > 0 {
        Evidence::Filled
    } else if fills.confirmed > 0 {
        Evidence::Confirmed
    } else {
        Evidence::Failed
    }
}

/// Whether more was filled than the order could give: its maker amount, with
/// [`DUST_UNITS`] for rounding. A BUY at a better price may bring more shares.
#[must_use]
pub fn is_overfilled(intent: &Intent, fills: &Tally) -> bool {
    let (given, most) = match intent.side {
        Side::Buy => (fills.live_collateral_units, intent.notional_units()),
        Side::Sell => (fills.live_shares_units, Some(intent.shares.get())),
    };
    most.and_then(|most| most.checked_add(DUST_UNITS))
        .is_none_or(|most| given > most)
}

/// The ledger's row for one leg of ours. None where it does not fit 64 bits.
#[must_use]
pub fn fill(trade: &OwnTrade, curve: &FeeCurve) -> Option<Fill> {
    let mut shares_units = 0_u64;
    let mut collateral_units = 0_u64;
    let mut fee_units = 0_u64;
    for (price, shares) in &trade.parts {
        shares_units = shares_units.checked_add(shares.get())?;
        collateral_units = collateral_units.checked_add(collateral(*shares, *price)?.get())?;
        if trade.taker {
            let fee = fee::taker_fee(*curve, *shares, *price)?;
            fee_units = fee_units.checked_add(fee.get())?;
        }
    }
    Some(Fill {
        trade_id: trade.trade_id.clone(),
        order_hash: trade.order_hash.clone(),
        market: trade.market.clone(),
        token_id: trade.token_id.clone(),
        side: trade.side.clone(),
        shares_units,
        collateral_units,
        fee_units,
        match_s: trade.match_s,
        status: trade.status_text.clone(),
    })
}

/// Shares × price, down to whole base units as the contract rounds.
fn collateral(shares: ShareUnits, price: PriceE4) -> Option<CollateralUnits> {
    u128::from(shares.get())
        .checked_mul(u128::from(price.get()))
        .and_then(|scaled| scaled.checked_div(10_000))
        .and_then(|units| u64::try_from(units).ok())
        .map(CollateralUnits::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_with_every_tally_has_its_weight() {
        let units = ShareUnits::new;
        let tally = |pending, confirmed, failed, shares_units| Tally {
            pending,
            confirmed,
            failed,
            shares_units,
            ..Tally::default()
        };
        let none = tally(0, 0, 0, 0);
        let open = |n| OrderSeen::Open { matched: units(n) };
        let over = |n| OrderSeen::Over { matched: units(n) };
        for (order, fills, expected) in [
            (open(0), none, Evidence::Open),
            (open(5), none, Evidence::FillsOwed),
            (open(5), tally(1, 0, 0, 5), Evidence::PartlyFilled),
            (open(5), tally(0, 1, 0, 5), Evidence::PartlyFilled),
            (open(9), tally(0, 1, 0, 5), Evidence::FillsOwed),
            (over(0), none, Evidence::Ended),
            (over(5), none, Evidence::FillsOwed),
            (over(9), tally(0, 1, 0, 5), Evidence::FillsOwed),
            (over(5), tally(1, 1, 0, 5), Evidence::Filled),
            (over(5), tally(0, 1, 1, 5), Evidence::Confirmed),
            (over(5), tally(0, 0, 1, 5), Evidence::Failed),
            // The venue may take a failed trade out of what it says matched.
            (over(0), tally(0, 0, 1, 5), Evidence::Failed),
            (OrderSeen::Missing, none, Evidence::Absent),
            (OrderSeen::Missing, tally(1, 0, 0, 5), Evidence::Filled),
            (OrderSeen::Missing, tally(0, 2, 0, 5), Evidence::Confirmed),
            (OrderSeen::Missing, tally(0, 0, 2, 5), Evidence::Failed),
        ] {
            assert_eq!(weigh(order, &fills), expected, "{order:?} {fills:?}");
        }
    }

    #[test]
    fn overfill_is_judged_on_what_is_given_with_dust_on_top() {
        let line = |side: &str| {
            let market = format!("0x{}", "11".repeat(32));
            let line = serde_json::json!({"v": 1, "id": "t", "kind": "exit", "market": market,
                "token": "7", "side": side, "price": "0.5", "shares": "100", "tick": "0.1",
                "order_type": "FOK"});
            Intent::parse(&line.to_string()).unwrap()
        };
        let tally = |live_collateral_units, live_shares_units| Tally {
            live_shares_units,
            live_collateral_units,
            ..Tally::default()
        };
        let (buy, sell) = (line("BUY"), line("SELL"));
        let edge = 50_000_000 + DUST_UNITS;
        assert!(!is_overfilled(&buy, &tally(edge, 200_000_000)));
        assert!(is_overfilled(&buy, &tally(edge + 1, 0)));
        let edge = 100_000_000 + DUST_UNITS;
        assert!(!is_overfilled(&sell, &tally(90_000_000, edge)));
        assert!(is_overfilled(&sell, &tally(0, edge + 1)));
    }
}
