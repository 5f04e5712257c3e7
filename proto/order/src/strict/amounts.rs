//! Maker and taker amounts by the venue's exact integer rule.
//!
//! For: turning price and size into the two signed amounts, and telling whether
//! two amounts could have come out of that.
//!
//! Never touches: fees (never part of an order), minimum sizes, floats.
//!
//! The rule, which the official TypeScript and unified clients share: cut the
//! size to two decimals; a limit order's collateral is then the exact product,
//! with nothing left to round; a market BUY names collateral, and its shares
//! are the quotient cut to the tick's amount decimals.
//!
//! Invariant: a limit order's implied price is its price, exactly.
//! Invariant: a market BUY of collateral C at price P and amount step q gets
//! shares S with 0 <= 10^4·C − P·S < q·P. So the implied price is never below
//! the limit, and above it by less than one tick.

use super::Refusal;
use crate::{CollateralUnits, LOT_UNITS, PriceE4, ShareUnits, Side, TickSize};

/// The most base units that either side of an order may have: 10^9 whole units.
pub const AMOUNT_UNITS_MAX: u64 = 1_000_000_000_000_000;

/// Ten-thousandths in one.
const ONE_E4: u128 = 10_000;

/// What is given and what is received, in base units (1e-6).
///
/// Plain data: [`Order::new`](super::Order::new) judges it against its pricing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amounts {
    /// Most that is given: collateral of a BUY, shares of a SELL.
    pub maker: u64,
    /// Least that is received: shares of a BUY, collateral of a SELL.
    pub taker: u64,
    /// The rule that relates them.
    pub pricing: Pricing,
}

/// Which integer rule relates shares and collateral, and on which grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pricing {
    /// Whole lots at an exact price: limit orders, and market SELLs too.
    Limit(TickSize),
    /// Whole cents of collateral over a price: market BUYs.
    MarketBuy(TickSize),
}

impl Amounts {
    /// The collateral among the two.
    #[must_use]
    pub const fn collateral(&self, side: Side) -> CollateralUnits {
        CollateralUnits::new(match side {
            Side::Buy => self.maker,
            Side::Sell => self.taker,
        })
    }

    /// The shares among the two.
    #[must_use]
    pub const fn shares(&self, side: Side) -> ShareUnits {
        ShareUnits::new(match side {
            Side::Buy => self.taker,
            Side::Sell => self.maker,
        })
    }

    fn of(
        side: Side,
        collateral: CollateralUnits,
        shares: ShareUnits,
        pricing: Pricing,
    ) -> Result<Self, Refusal> {
        let (maker, taker) = match side {
            Side::Buy => (collateral.get(), shares.get()),
            Side::Sell => (shares.get(), collateral.get()),
        };
        let amounts = Self {
            maker,
            taker,
            pricing,
        };
        amounts.in_range()?;
        Ok(amounts)
    }

    fn in_range(&self) -> Result<(), Refusal> {
        for units in [self.maker, self.taker] {
            if units == 0 {
                return Err(Refusal::AmountZero);
            }
            if units > AMOUNT_UNITS_MAX {
                return Err(Refusal::AmountTooLarge);
            }
        }
        Ok(())
    }

    /// Judges the final integers: could they have come out of this room's rule?
    pub(super) fn judge(&self, side: Side) -> Result<(), Refusal> {
        self.in_range()?;
        let collateral = self.collateral(side).get();
        let shares = self.shares(side).get();
        match (self.pricing, side) {
            (Pricing::Limit(tick), Side::Buy | Side::Sell) => judge_limit(collateral, shares, tick),
            (Pricing::MarketBuy(tick), Side::Buy) => judge_market_buy(collateral, shares, tick),
            (Pricing::MarketBuy(_), Side::Sell) => Err(Refusal::MarketPricingIsForBuys),
        }
    }
}

/// The amounts of a limit order of either side, or of a market SELL.
///
/// `shares` is cut to whole lots first; the product is then exact.
///
/// # Errors
///
/// The price must be a multiple of `tick`, and both amounts in 1..=10^15.
pub fn limit_amounts(
    side: Side,
    price: PriceE4,
    shares: ShareUnits,
    tick: TickSize,
) -> Result<Amounts, Refusal> {
    on_tick(price, tick)?;
    // One lot is 10^4 base units, so lots × ten-thousandths is base units of
    // collateral and no division is left to round.
    let lots = shares
        .get()
        .checked_div(LOT_UNITS)
        .ok_or(Refusal::AmountZero)?;
    let whole = lots.checked_mul(LOT_UNITS).ok_or(Refusal::AmountTooLarge)?;
    let collateral = lots
        .checked_mul(u64::from(price.get()))
        .ok_or(Refusal::AmountTooLarge)?;
    Amounts::of(
        side,
        CollateralUnits::new(collateral),
        ShareUnits::new(whole),
        Pricing::Limit(tick),
    )
}

/// The amounts of a market BUY that spends `collateral` at `price` or better.
///
/// `collateral` is cut to whole cents, the shares to the tick's amount step.
///
/// # Errors
///
/// The price must be a multiple of `tick`, and both amounts in 1..=10^15.
pub fn market_buy_amounts(
    price: PriceE4,
    collateral: CollateralUnits,
    tick: TickSize,
) -> Result<Amounts, Refusal> {
    on_tick(price, tick)?;
    let cents = collateral
        .get()
        .checked_div(LOT_UNITS)
        .ok_or(Refusal::AmountZero)?;
    let whole = cents
        .checked_mul(LOT_UNITS)
        .ok_or(Refusal::AmountTooLarge)?;
    let shares = quotient(whole, price.get(), tick).ok_or(Refusal::AmountTooLarge)?;
    Amounts::of(
        Side::Buy,
        CollateralUnits::new(whole),
        ShareUnits::new(shares),
        Pricing::MarketBuy(tick),
    )
}

fn on_tick(price: PriceE4, tick: TickSize) -> Result<(), Refusal> {
    if tick.divides(price) {
        Ok(())
    } else {
        Err(Refusal::PriceOffTick)
    }
}

/// Shares of a market BUY: collateral over price, cut to the tick's amount step.
fn quotient(collateral: u64, price_e4: u16, tick: TickSize) -> Option<u64> {
    let exact = u128::from(collateral)
        .checked_mul(ONE_E4)?
        .checked_div(u128::from(price_e4))?;
    let step = u128::from(tick.amount_step_units());
    let cut = exact.checked_div(step)?.checked_mul(step)?;
    u64::try_from(cut).ok()
}

/// Whole lots, and an implied price that is a whole number of ticks inside (0, 1).
fn judge_limit(collateral: u64, shares: u64, tick: TickSize) -> Result<(), Refusal> {
    if shares.checked_rem(LOT_UNITS) != Some(0) {
        return Err(Refusal::SharesNotInLots);
    }
    let price = implied_price(collateral, shares).filter(|price| tick.divides(*price));
    price.map(drop).ok_or(Refusal::PriceNotOnGrid)
}

/// The price that the amounts imply, if it is a whole number of ten-thousandths in (0, 1).
fn implied_price(collateral: u64, shares: u64) -> Option<PriceE4> {
    let scaled = u128::from(collateral).checked_mul(ONE_E4)?;
    let shares = u128::from(shares);
    if scaled.checked_rem(shares)? != 0 {
        return None;
    }
    u16::try_from(scaled.checked_div(shares)?)
        .ok()
        .and_then(PriceE4::new)
}

/// Whole cents, and shares that are the quotient at some price on the tick.
fn judge_market_buy(collateral: u64, shares: u64, tick: TickSize) -> Result<(), Refusal> {
    if collateral.checked_rem(LOT_UNITS) != Some(0) {
        return Err(Refusal::CollateralNotInCents);
    }
    // A price P gives these shares if 10^4·C / (S + q) < P <= 10^4·C / S. If any
    // on the tick does, so does the largest below the upper bound: try that one.
    let bound = u128::from(collateral)
        .checked_mul(ONE_E4)
        .and_then(|scaled| scaled.checked_div(u128::from(shares)))
        .map_or(0, |bound| bound.min(ONE_E4));
    let below_one = u16::try_from(bound)
        .unwrap_or_default()
        .min(10_000_u16.saturating_sub(tick.e4()));
    let price = below_one
        .checked_div(tick.e4())
        .and_then(|ticks| ticks.checked_mul(tick.e4()));
    let fits = price
        .and_then(PriceE4::new)
        .is_some_and(|price| quotient(collateral, price.get(), tick) == Some(shares));
    if fits {
        Ok(())
    } else {
        Err(Refusal::SharesNotTheQuotient)
    }
}
