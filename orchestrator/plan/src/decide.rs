//! From a leader's trade to the order that copies it, or to why there is none.
//!
//! Invariant: an order was through the firewall, in this function, on these
//! facts; there is no other way to a [`Planned`].

use alloc::format;

use order::strict::limit_amounts;
use order::{CollateralUnits, Exchange, LOT_UNITS, PriceE4, ShareUnits, Side};

use crate::book::{Book, Depth};
use crate::facts::{Account, Market, Signal};
use crate::fee;
use crate::number::Bps;
use crate::reason::{Reason, Refusal};
use crate::strategy::{OrderType, Strategy};
use crate::{exits, firewall, guard, size};

/// The order to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Which way.
    pub side: Side,
    /// The worst price we accept, on the market's grid.
    pub limit: PriceE4,
    /// How many shares: whole lots. The venue lets a buy that does not rest
    /// spend its collateral, so at better prices it brings more.
    pub shares: ShareUnits,
    /// Shares times limit: most collateral of a buy, least of a sell, no fee.
    pub notional_units: u64,
    /// Most collateral that can leave, fee included; none leaves with a sell.
    pub cost_units_with_fee: u64,
    /// The venue's fee if all of it fills at the best price. No fill between
    /// that and the limit makes a buy cost more.
    pub fee_units: u64,
    /// The part of the depth within the limit that it takes, rounded up: of a
    /// buy in collateral, of a sell in shares.
    pub impact: Bps,
    /// Words for a person, where the impact is large.
    pub warning: Option<&'static str>,
    /// How much worse than the leader's the best price is now, rounded up.
    pub slippage_paid: Bps,
    /// The best price it was decided on.
    pub touch: PriceE4,
    /// The exchange contract.
    pub exchange: Exchange,
    /// How the venue is to treat it.
    pub order_type: OrderType,
    /// Whether what was carried from earlier small trades is in it.
    pub uses_carried: bool,
    /// Whether a cap, the cash or the depth made it smaller.
    pub clamped: bool,
    /// The leader's price, on the grid of prices.
    pub leader_price: PriceE4,
}

/// What was found out on the way to an order.
struct Found {
    leader_price: PriceE4,
    touch: PriceE4,
    limit: PriceE4,
    depth: Depth,
}

impl Found {
    const fn prices(&self) -> size::Prices {
        size::Prices {
            touch: self.touch,
            limit: self.limit,
        }
    }

    /// The shares that change hands if all of it fills at the best price: a buy
    /// spends its collateral, on more shares than it was sized to.
    fn filled(&self, side: Side, shares: ShareUnits, notional_units: u64) -> ShareUnits {
        match side {
            Side::Sell => shares,
            Side::Buy => {
                let scaled = u128::from(notional_units).saturating_mul(10_000);
                let most = scaled.div_ceil(u128::from(self.touch.get()));
                ShareUnits::new(u64::try_from(most).unwrap_or(u64::MAX))
            }
        }
    }
}

/// Decides what to do about `signal`.
///
/// # Errors
///
/// The first rule that says no, in the order of [`Reason::ALL`].
pub fn decide(
    strategy: &Strategy,
    signal: &Signal,
    market: &Market,
    book: &Book,
    account: &Account,
    now_ms: u64,
) -> Result<Planned, Refusal> {
    firewall::admit(strategy, signal, now_ms)?;
    firewall::in_market(strategy, signal, Some(market.condition))?;
    if let Some(said) = signal.condition.filter(|said| *said != market.condition) {
        let detail = format!("{said}, its token is of {}", market.condition);
        return Err(Refusal::new(Reason::MarketMismatch, detail));
    }
    guard::open(strategy, signal.side, market, now_ms)?;
    match signal.side {
        Side::Buy => {
            let own_units = size::own(strategy, signal)?;
            let found = look(strategy, signal, market, book, now_ms)?;
            guard::spread(strategy, book)?;
            let sized = size::buy(strategy, own_units, account, market.fee, found.prices())?;
            let (lots, short) = covered(strategy, Side::Buy, sized.lots, &found)?;
            let notional = size::notional_units(lots, found.limit);
            if notional < size::least_units(strategy) {
                return Err(guard::thin(format!(
                    "${} of it on offer, least ${}",
                    CollateralUnits::new(notional),
                    CollateralUnits::new(size::least_units(strategy))
                )));
            }
            let filled = found.filled(Side::Buy, size::shares_of(lots), notional);
            guard::thickness(strategy, book, found.depth, filled)?;
            let clamped = sized.clamped || short;
            finish(strategy, signal, market, account, &found, (lots, clamped))
        }
        Side::Sell => {
            let exit = exits::part(strategy.unknown_exit, signal, account)?;
            let found = look(strategy, signal, market, book, now_ms)?;
            let lots = exit.units.div_euclid(LOT_UNITS);
            if lots == 0 {
                return Err(dust(exit));
            }
            let (lots, clamped) = covered(strategy, Side::Sell, lots, &found)?;
            if lots == 0 {
                return Err(guard::thin(format!(
                    "less than a lot within ${}",
                    found.limit
                )));
            }
            finish(strategy, signal, market, account, &found, (lots, clamped))
        }
    }
}

/// Looks at the book: is it one, how far would we go, and is the best price
/// within that.
fn look(
    strategy: &Strategy,
    signal: &Signal,
    market: &Market,
    book: &Book,
    now_ms: u64,
) -> Result<Found, Refusal> {
    let side = signal.side;
    let touch = book.check(side, strategy.book_age_ms_max, now_ms)?;
    let leader_price = guard::leader_price(signal);
    let mut limit = guard::limit(side, leader_price, strategy.slippage_max, market.tick);
    if side == Side::Buy {
        limit = guard::band(strategy, touch, limit, market.tick)?;
    }
    guard::slippage(side, touch, limit, leader_price)?;
    if side == Side::Buy {
        guard::moved(side, leader_price, touch, strategy.movement_max)?;
    }
    Ok(Found {
        leader_price,
        touch,
        limit,
        depth: book.depth(side, limit),
    })
}

/// Lots that the depth covers, and whether that is fewer than asked for.
fn covered(
    strategy: &Strategy,
    side: Side,
    lots: u64,
    found: &Found,
) -> Result<(u64, bool), Refusal> {
    let depth = found.depth;
    let there = match side {
        Side::Buy => size::lots_of(depth.collateral_units, found.limit),
        Side::Sell => depth.shares_units.div_euclid(LOT_UNITS),
    };
    if lots <= there {
        return Ok((lots, false));
    }
    match (strategy.order_type, side) {
        (OrderType::Fak, _) => Ok((there, true)),
        (OrderType::Fok, Side::Buy) => Err(guard::thin(format!(
            "${} wanted, ${} on offer",
            CollateralUnits::new(size::notional_units(lots, found.limit)),
            CollateralUnits::new(depth.collateral_units)
        ))),
        (OrderType::Fok, Side::Sell) => Err(guard::thin(format!(
            "{} shares wanted, {} on offer",
            size::shares_of(lots),
            ShareUnits::new(depth.shares_units)
        ))),
    }
}

/// A sell of less than a lot. The venue has no other minimum for it.
fn dust(exit: exits::Exit) -> Refusal {
    Refusal {
        carry_units: Some(exit.own_units),
        ..Refusal::new(
            Reason::BelowMinimum,
            format!(
                "Intent size {} shares below Polymarket minimum 0.01",
                ShareUnits::new(exit.units)
            ),
        )
    }
}

/// Judges the impact of what is left, and writes the order down.
fn finish(
    strategy: &Strategy,
    signal: &Signal,
    market: &Market,
    account: &Account,
    found: &Found,
    (lots, clamped): (u64, bool),
) -> Result<Planned, Refusal> {
    let (shares, limit) = (size::shares_of(lots), found.limit);
    // The one rule for amounts; here it is asked whether they can be signed.
    let amounts = limit_amounts(signal.side, limit, shares, market.tick)
        .map_err(|why| Refusal::new(Reason::NotAnOrder, format!("{why}")))?;
    let notional_units = amounts.collateral(signal.side).get();
    // Of a BUY the maker amount is its collateral, of a SELL its shares.
    let whole = found.depth.used_by(signal.side);
    let (impact, warning) = guard::impact(strategy, signal.side, amounts.maker, whole)?;
    let filled = found.filled(signal.side, shares, notional_units);
    let fee_units = fee::taker_fee(market.fee, filled, found.touch)
        .ok_or_else(|| Refusal::new(Reason::FeeUnknown, format!("{:?}", market.fee)))?
        .get();
    let cost_units_with_fee = match signal.side {
        Side::Buy => notional_units.saturating_add(fee_units),
        Side::Sell => 0,
    };
    Ok(Planned {
        side: signal.side,
        limit,
        shares,
        notional_units,
        cost_units_with_fee,
        fee_units,
        impact,
        warning,
        slippage_paid: guard::adverse(signal.side, found.leader_price, found.touch),
        touch: found.touch,
        exchange: market.exchange(),
        order_type: strategy.order_type,
        uses_carried: account.carried_units > 0,
        clamped,
        leader_price: found.leader_price,
    })
}
