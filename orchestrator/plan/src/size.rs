//! How large a copied buy is.
//!
//! Invariant: sizing asks only the leader's order; caps, the budget and the
//! cash only reduce what it says, and nothing is raised to a minimum.

use alloc::format;
use core::fmt;

use order::{CollateralUnits, DecimalError, LOT_UNITS, PriceE4, ShareUnits};

use crate::facts::{Account, Signal};
use crate::fee::{self, BuyFees, FeeCurve, Rate};
use crate::number::{Multiplier, Percent};
use crate::reason::{Reason, Refusal};
use crate::strategy::{OnCap, Strategy};
use crate::tiers::{TierError, Tiers};

/// Least collateral of a buy that does not rest, whatever the market: the
/// venue's minimum in shares is for orders that do.
pub const MARKET_BUY_UNITS_MIN: u64 = 1_000_000;
/// The largest FIXED size: a million.
pub const FIXED_MAX: CollateralUnits = CollateralUnits::new(1_000_000_000_000);
/// The largest PERCENTAGE: ten times the leader's order.
pub const PERCENT_MAX: Percent = Percent(1_000_000_000);
/// The largest multiplier of a tier.
pub const MULTIPLIER_MAX: Multiplier = Multiplier(100_000_000);

/// How large our order is, by the leader's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sizing {
    /// So much, whatever the leader's order is.
    Fixed(CollateralUnits),
    /// A part of it.
    Percentage(Percent),
    /// A multiple of it, by its size.
    Tiered(Tiers),
}

/// Why settings do not say how large a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizingError {
    /// Not one of the three names.
    Name,
    /// The size is not a plain decimal number.
    Number(DecimalError),
    /// The size is zero, or beyond any sense.
    Range,
    /// TIERED without tiers.
    NoTiers,
    /// The tiers are not understood.
    Tiers(TierError),
}

impl fmt::Display for SizingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("not a sizing; write FIXED, PERCENTAGE or TIERED"),
            Self::Number(why) => write!(f, "{why}"),
            Self::Range => f.write_str(
                "out of range; write a size above zero, at most 1000000 (FIXED) or 1000 \
                 (PERCENTAGE)",
            ),
            Self::NoTiers => f.write_str("TIERED has no tiers; write them as 1-100:2.0,100+:0.5"),
            Self::Tiers(why) => write!(f, "tiers, {why}"),
        }
    }
}

impl core::error::Error for SizingError {}

impl Sizing {
    /// Understands a sizing's name, its size, and its tiers. What a sizing does
    /// not use may be absent.
    ///
    /// # Errors
    ///
    /// What is missing, not a number, or out of range.
    pub fn read(name: &str, size: &str, tiers: Option<&str>) -> Result<Self, SizingError> {
        match name {
            "FIXED" => {
                let units = CollateralUnits::parse(size).map_err(SizingError::Number)?;
                let fits = units.get() > 0 && units <= FIXED_MAX;
                fits.then_some(Self::Fixed(units)).ok_or(SizingError::Range)
            }
            "PERCENTAGE" => {
                let percent = Percent::parse(size).map_err(SizingError::Number)?;
                let fits = percent.0 > 0 && percent <= PERCENT_MAX;
                fits.then_some(Self::Percentage(percent))
                    .ok_or(SizingError::Range)
            }
            "TIERED" => Tiers::parse(tiers.ok_or(SizingError::NoTiers)?)
                .map(Self::Tiered)
                .map_err(SizingError::Tiers),
            _ => Err(SizingError::Name),
        }
    }

    /// Our collateral for a leader's buy of `leader_units`, before any cap.
    ///
    /// # Errors
    ///
    /// When no tier holds it.
    pub fn of(&self, leader_units: u64) -> Result<u64, Refusal> {
        // A product that does not fit is above every cap in any case.
        match self {
            Self::Fixed(units) => Ok(units.get()),
            Self::Percentage(percent) => Ok(percent.of(leader_units).unwrap_or(u64::MAX)),
            Self::Tiered(tiers) => match tiers.multiplier(leader_units) {
                Some(multiplier) => Ok(multiplier.of(leader_units).unwrap_or(u64::MAX)),
                None => Err(Refusal::new(
                    Reason::TierGap,
                    format!("${}", CollateralUnits::new(leader_units)),
                )),
            },
        }
    }
}

/// Between which prices a buy fills.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prices {
    pub(crate) touch: PriceE4,
    pub(crate) limit: PriceE4,
}

/// What a buy may be, in whole lots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sized {
    pub(crate) lots: u64,
    pub(crate) clamped: bool,
}

/// Sizes a buy at its limit and holds it under every cap.
///
/// `own_units` is what the strategy makes of this trade alone.
pub(crate) fn buy(
    strategy: &Strategy,
    own_units: u64,
    account: &Account,
    curve: FeeCurve,
    prices: Prices,
) -> Result<Sized, Refusal> {
    let limit = prices.limit;
    let wanted = own_units.saturating_add(account.carried_units);
    let mut sized = Sized {
        lots: lots_of(wanted, limit),
        clamped: false,
    };
    let least = least_units(strategy);
    if notional_units(sized.lots, limit) < least {
        return Err(Refusal {
            carry_units: Some(own_units),
            ..too_small(notional_units(sized.lots, limit), least)
        });
    }
    for cap in caps(strategy, account) {
        let notional = notional_units(sized.lots, limit);
        let fits = cap.fits(notional, prices.touch, curve)?;
        if fits >= notional {
            continue;
        }
        sized.lots = lots_of(fits, limit);
        sized.clamped = true;
        if strategy.on_cap == OnCap::Reject || notional_units(sized.lots, limit) < least {
            let detail = format!(
                "${} wanted, most ${}",
                CollateralUnits::new(notional),
                CollateralUnits::new(cap.most)
            );
            return Err(Refusal::new(cap.reason, detail));
        }
    }
    Ok(sized)
}

/// One thing that a buy must fit.
struct Cap {
    reason: Reason,
    most: u64,
    /// Whether it pays the order's fee too.
    with_fee: bool,
}

/// The caps of a buy: the order's own, what is left of the day, and the cash.
fn caps(strategy: &Strategy, account: &Account) -> impl Iterator<Item = Cap> {
    let cap = |reason, most, with_fee| Cap {
        reason,
        most,
        with_fee,
    };
    let order = cap(Reason::AboveCap, strategy.intent_usdc_max.get(), false);
    let day = strategy.day_usdc_max.map(|max| {
        let left = max.get().saturating_sub(account.spent_day_units);
        cap(Reason::BudgetSpent, left, true)
    });
    let cash = cap(Reason::NoCash, account.cash_units, true);
    [Some(order), day, Some(cash)].into_iter().flatten()
}

impl Cap {
    /// The most notional, up to `notional`, that this allows. A buy that spends
    /// its collateral at better prices gets more shares and pays more fee, so
    /// that is counted at the best price on offer.
    fn fits(&self, notional: u64, touch: PriceE4, curve: FeeCurve) -> Result<u64, Refusal> {
        if !self.with_fee {
            return Ok(self.most.min(notional));
        }
        let fees = BuyFees {
            curve,
            slippage_percent: Rate::ZERO,
            builder_taker_rate: Rate::ZERO,
        };
        fee::budgeted_buy(
            CollateralUnits::new(notional),
            CollateralUnits::new(self.most),
            touch,
            fees,
        )
        .map(CollateralUnits::get)
        .ok_or_else(|| Refusal::new(Reason::FeeUnknown, format!("{curve:?} at {touch}")))
    }
}

/// The least notional of a buy of this strategy.
pub(crate) fn least_units(strategy: &Strategy) -> u64 {
    strategy.intent_usdc_min.get().max(MARKET_BUY_UNITS_MIN)
}

/// One lot is 10^4 base units and a price counts ten-thousandths, so lots times
/// price is base units of collateral with nothing left to round.
pub(crate) fn notional_units(lots: u64, price: PriceE4) -> u64 {
    lots.saturating_mul(u64::from(price.get()))
}

/// Whole lots that `units` of collateral pay for at `price`, cut.
pub(crate) fn lots_of(units: u64, price: PriceE4) -> u64 {
    units.checked_div(u64::from(price.get())).unwrap_or(0)
}

/// Shares of whole lots.
pub(crate) fn shares_of(lots: u64) -> ShareUnits {
    ShareUnits::new(lots.saturating_mul(LOT_UNITS))
}

/// A refusal of what is only too small.
pub(crate) fn too_small(units: u64, least: u64) -> Refusal {
    let (size, least) = (CollateralUnits::new(units), CollateralUnits::new(least));
    Refusal::new(
        Reason::BelowMinimum,
        format!("Intent size ${size} below Polymarket minimum ${least}"),
    )
}

/// What a buy of `signal` is worth to `strategy`, alone and before any cap.
pub(crate) fn own(strategy: &Strategy, signal: &Signal) -> Result<u64, Refusal> {
    strategy.sizing.of(signal.collateral_units)
}
