//! What the venue takes from a fill, and how much a budget buys beside it.
//!
//! For: the taker fee of a fill, and the collateral of a market BUY that must
//! leave room for fees (Polymarket docs, "Fees"; the exact formula is that of
//! the official client `polymarket-client`).
//!
//! Never touches: floats; orders (a fee is no part of one, the operator sets it
//! at the match); the chain's own ceiling on fees.
//!
//! Invariant: every number is an exact ratio of integers until the one floor at
//! the end. A value that does not fit 256 bits has no answer rather than a wrong one.

use core::fmt;

use order::{CollateralUnits, DecimalError, PriceE4, ShareUnits, U256, parse_decimal};

/// Fees are charged in steps of 10^-5 collateral. Rounding down is what every
/// recorded fill shows; the docs say only "rounded".
pub const FEE_STEP_UNITS: u64 = 10;

/// A factor written in decimal, such as 0.07, held exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    numerator: u64,
    decimals: u32,
}

impl Rate {
    /// No fee at all.
    pub const ZERO: Self = Self {
        numerator: 0,
        decimals: 0,
    };

    /// Names `numerator` × 10^-`decimals`.
    #[must_use]
    pub const fn new(numerator: u64, decimals: u32) -> Self {
        Self {
            numerator,
            decimals,
        }
    }

    /// Reads plain decimal text, `"0.07"`, with as many digits as it has.
    ///
    /// # Errors
    ///
    /// Refuses signs, exponents and what does not fit 64 bits.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        let written = text
            .split_once('.')
            .map_or(0, |(_, fraction)| fraction.len());
        let decimals = u32::try_from(written)
            .ok()
            .ok_or(DecimalError::TooManyDecimals)?;
        Ok(Self {
            numerator: parse_decimal(text, decimals)?,
            decimals,
        })
    }

    /// The parts of [`Rate::new`].
    #[must_use]
    pub const fn parts(self) -> (u64, u32) {
        (self.numerator, self.decimals)
    }

    fn numerator(self) -> U256 {
        U256::from(self.numerator)
    }

    fn denominator(self) -> Option<U256> {
        U256::from(10).checked_pow(U256::from(self.decimals))
    }
}

/// With as many digits as it was written with: what it says is read back as it.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = usize::try_from(self.decimals).unwrap_or(usize::MAX);
        let one = 10_u64.checked_pow(self.decimals);
        let parts = one.and_then(|one| {
            let whole = self.numerator.checked_div(one)?;
            Some((whole, self.numerator.checked_rem(one)?))
        });
        // Twenty digits and more hold no whole part of a 64-bit number.
        let (whole, part) = parts.unwrap_or((0, self.numerator));
        if digits == 0 {
            return write!(f, "{whole}");
        }
        write!(f, "{whole}.{part:0digits$}")
    }
}

/// A price as an exact ratio strictly inside (0, 1): one on a tick, or what a
/// fill's amounts imply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    numerator: u64,
    denominator: u64,
}

impl Ratio {
    /// The price of a fill: collateral over shares, if it is inside (0, 1).
    #[must_use]
    pub const fn of_fill(collateral: CollateralUnits, shares: ShareUnits) -> Option<Self> {
        let (numerator, denominator) = (collateral.get(), shares.get());
        if numerator == 0 || numerator >= denominator {
            return None;
        }
        Some(Self {
            numerator,
            denominator,
        })
    }

    /// A price written in decimal, if it is inside (0, 1).
    #[must_use]
    pub fn of_rate(rate: Rate) -> Option<Self> {
        let denominator = 10_u64.checked_pow(rate.decimals)?;
        Self::of_fill(
            CollateralUnits::new(rate.numerator),
            ShareUnits::new(denominator),
        )
    }

    /// (p(1 − p))^`exponent` as numerator and denominator.
    fn spread(self, exponent: u8) -> Option<(U256, U256)> {
        let up = U256::from(self.numerator);
        let whole = U256::from(self.denominator);
        let exponent = U256::from(exponent);
        let top = up
            .checked_mul(whole.checked_sub(up)?)?
            .checked_pow(exponent)?;
        let bottom = whole.checked_mul(whole)?.checked_pow(exponent)?;
        Some((top, bottom))
    }
}

impl From<PriceE4> for Ratio {
    fn from(price: PriceE4) -> Self {
        Self {
            numerator: u64::from(price.get()),
            denominator: 10_000,
        }
    }
}

/// A market's fee schedule: rate × (p(1 − p))^exponent per share, taker only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeCurve {
    /// 0 to 0.07 today, by category.
    pub rate: Rate,
    /// 1 today.
    pub exponent: u8,
}

/// The fee that a taker of `shares` at `price` pays, cut to [`FEE_STEP_UNITS`].
///
/// None where the exact value needs more than 256 bits on the way.
#[must_use]
pub fn taker_fee(
    curve: FeeCurve,
    shares: ShareUnits,
    price: impl Into<Ratio>,
) -> Option<CollateralUnits> {
    let (top, bottom) = price.into().spread(curve.exponent)?;
    let numerator = U256::from(shares.get())
        .checked_mul(curve.rate.numerator())?
        .checked_mul(top)?;
    let step = U256::from(FEE_STEP_UNITS);
    let denominator = curve
        .rate
        .denominator()?
        .checked_mul(bottom)?
        .checked_mul(step)?;
    let steps = u64::try_from(numerator.checked_div(denominator)?).ok()?;
    steps.checked_mul(FEE_STEP_UNITS).map(CollateralUnits::new)
}

/// What a market BUY adds to its notional.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuyFees {
    /// The platform's curve.
    pub curve: FeeCurve,
    /// Room for the platform fee to come out higher, in percent of it.
    pub slippage_percent: Rate,
    /// The builder's own taker fee, as a part of the notional.
    pub builder_taker_rate: Rate,
}

/// The most collateral, up to `amount`, whose fees still fit `balance`:
/// min(amount, balance ÷ (1 + (1 + slippage/100)·rate·(p(1 − p))^exponent ÷ p + builder)).
///
/// Cut to base units. None where the exact value needs more than 256 bits.
#[must_use]
pub fn budgeted_buy(
    amount: CollateralUnits,
    balance: CollateralUnits,
    price: impl Into<Ratio>,
    fees: BuyFees,
) -> Option<CollateralUnits> {
    let (numerator, denominator) = cost_per_unit(price.into(), fees)?;
    let fits = U256::from(balance.get())
        .checked_mul(denominator)?
        .checked_div(numerator)?;
    // A cost of at least one keeps the quotient within the balance.
    let fits = CollateralUnits::new(u64::try_from(fits).ok()?);
    Some(fits.min(amount))
}

/// What one unit of notional costs with fees, at least one, as an exact ratio.
fn cost_per_unit(price: Ratio, fees: BuyFees) -> Option<(U256, U256)> {
    let (spread, spread_of) = price.spread(fees.curve.exponent)?;
    let hundred = U256::from(100).checked_mul(fees.slippage_percent.denominator()?)?;
    let platform_of = hundred
        .checked_mul(fees.curve.rate.denominator()?)?
        .checked_mul(spread_of)?
        .checked_mul(U256::from(price.numerator))?;
    let platform = hundred
        .checked_add(fees.slippage_percent.numerator())?
        .checked_mul(fees.curve.rate.numerator())?
        .checked_mul(spread)?
        .checked_mul(U256::from(price.denominator))?;
    let builder_of = fees.builder_taker_rate.denominator()?;
    let builder = fees
        .builder_taker_rate
        .numerator()
        .checked_mul(platform_of)?;
    let denominator = platform_of.checked_mul(builder_of)?;
    let numerator = denominator
        .checked_add(platform.checked_mul(builder_of)?)?
        .checked_add(builder)?;
    Some((numerator, denominator))
}

#[cfg(test)]
mod tests {
    use super::{BuyFees, FeeCurve, Rate, Ratio, budgeted_buy, taker_fee};
    use order::{CollateralUnits, DecimalError, PriceE4, ShareUnits};

    fn rate(text: &str) -> Rate {
        Rate::parse(text).unwrap()
    }

    fn curve(text: &str, exponent: u8) -> FeeCurve {
        FeeCurve {
            rate: rate(text),
            exponent,
        }
    }

    fn at(e4: u16) -> PriceE4 {
        PriceE4::new(e4).unwrap()
    }

    #[test]
    fn a_rate_that_is_written_is_read_back_as_itself() {
        for text in ["0", "0.07", "0.070", "12.5", "1.000000000000000000"] {
            let rate = Rate::parse(text).unwrap();
            assert_eq!(alloc::format!("{rate}"), text);
        }
        let small = alloc::format!("{}", Rate::new(7, 20));
        assert_eq!(small, "0.00000000000000000007");
    }

    #[test]
    fn a_fee_is_cut_to_its_step_and_never_rounded_up() {
        let shares = ShareUnits::new;
        // 5 shares at 0.31 and 0.05 owe 0.053475 exactly; the chain took 0.05347.
        let owed = taker_fee(curve("0.05", 1), shares(5_000_000), at(3_100));
        assert_eq!(owed, Some(CollateralUnits::new(53_470)));
        // One base unit below and at the first step, at p = 1/2 and rate 1/4.
        let small = |units| taker_fee(curve("0.25", 1), shares(units), at(5_000));
        assert_eq!(small(159), Some(CollateralUnits::new(0)));
        assert_eq!(small(160), Some(CollateralUnits::new(10)));
        assert_eq!(small(0), Some(CollateralUnits::new(0)));
    }

    #[test]
    fn a_free_market_has_no_fee_at_any_exponent() {
        for exponent in 0..=4 {
            let owed = taker_fee(curve("0", exponent), ShareUnits::new(u64::MAX), at(5_000));
            assert_eq!(owed, Some(CollateralUnits::new(0)));
        }
    }

    #[test]
    fn what_does_not_fit_has_no_answer() {
        let huge = ShareUnits::new(u64::MAX);
        assert_eq!(taker_fee(curve("0.07", 200), huge, at(1)), None);
        assert_eq!(taker_fee(curve("99999999999", 0), huge, at(1)), None);
        let fees = BuyFees {
            curve: curve("0.07", 200),
            slippage_percent: Rate::ZERO,
            builder_taker_rate: Rate::ZERO,
        };
        let one = CollateralUnits::new(1);
        assert_eq!(budgeted_buy(one, one, at(1), fees), None);
    }

    #[test]
    fn a_budget_that_does_not_bind_buys_the_whole_amount() {
        let fees = BuyFees {
            curve: curve("0.05", 1),
            slippage_percent: rate("10"),
            builder_taker_rate: rate("0.01"),
        };
        // Each unit at 0.5 costs 1 + 1.1 × 0.025 + 0.01 = 1.0375.
        let buy = |balance| {
            budgeted_buy(
                CollateralUnits::new(8_000_000),
                CollateralUnits::new(balance),
                at(5_000),
                fees,
            )
        };
        assert_eq!(buy(8_300_000), Some(CollateralUnits::new(8_000_000)));
        assert_eq!(buy(8_299_999), Some(CollateralUnits::new(7_999_999)));
        assert_eq!(buy(0), Some(CollateralUnits::new(0)));
        assert_eq!(buy(u64::MAX), Some(CollateralUnits::new(8_000_000)));
    }

    #[test]
    fn a_budgeted_buy_fits_its_balance_and_one_unit_more_would_not() {
        let fees = BuyFees {
            curve: curve("0.07", 1),
            slippage_percent: Rate::ZERO,
            builder_taker_rate: rate("0.005"),
        };
        for e4 in (1..10_000).step_by(7) {
            // Cost of one unit in 10^-6: 1 + 0.07 (1 − p) + 0.005.
            let cost = 1_005_000 + 7 * u128::from(10_000 - e4);
            for balance in [1, 999, 1_000_000, 123_456_789] {
                let all = CollateralUnits::new(u64::MAX);
                let bought = budgeted_buy(all, CollateralUnits::new(balance), at(e4), fees);
                let bought = u128::from(bought.unwrap().get());
                let budget = u128::from(balance) * 1_000_000;
                assert!(
                    bought * cost <= budget && (bought + 1) * cost > budget,
                    "{e4} {balance}"
                );
            }
        }
    }

    #[test]
    fn a_price_is_inside_zero_and_one() {
        let of_fill = |c, s| Ratio::of_fill(CollateralUnits::new(c), ShareUnits::new(s));
        assert_eq!(of_fill(0, 5), None);
        assert_eq!(of_fill(5, 5), None);
        assert_eq!(of_fill(5, 0), None);
        assert!(of_fill(1, u64::MAX).is_some());
        assert!(of_fill(4, 5).is_some());
        assert_eq!(Ratio::of_rate(rate("0")), None);
        assert_eq!(Ratio::of_rate(rate("1")), None);
        assert_eq!(Ratio::of_rate(rate("0.14")), of_fill(14, 100));
    }

    #[test]
    fn a_rate_is_plain_decimal_text() {
        assert_eq!(rate("0.07"), Rate::new(7, 2));
        assert_eq!(rate("3"), Rate::new(3, 0));
        assert_eq!(Rate::parse("7e-2"), Err(DecimalError::Malformed));
        assert_eq!(Rate::parse("-0.1"), Err(DecimalError::Malformed));
        assert_eq!(Rate::parse("0."), Err(DecimalError::Malformed));
    }
}
