//! Prices and the grid they must lie on.
//!
//! For: a price as a whole number of ten-thousandths, strictly inside (0, 1),
//! and the six tick sizes of the venue.
//!
//! Never touches: amounts (see [`strict`](crate::strict)), rounding.
//!
//! Invariant: a [`PriceE4`] is in 1..=9999, whatever made it.

use crate::decimal::{self, DecimalError};
use core::fmt;

/// Ten-thousandths in one unit of collateral per share.
pub(crate) const ONE_E4: u16 = 10_000;

/// A price in ten-thousandths of collateral per share, in 1..=9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PriceE4(u16);

/// Why a text is not a price on the asked grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceError {
    /// Not plain decimal text.
    Malformed,
    /// More digits after the point than the tick size has.
    TooManyDigits,
    /// Not strictly between 0 and 1.
    OutOfRange,
    /// A legal price, but not a multiple of the tick size.
    OffTick,
}

impl fmt::Display for PriceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "price is not plain decimal text: write it as 0.14",
            Self::TooManyDigits => {
                "price has more digits than its tick size: write no more of them"
            }
            Self::OutOfRange => "price is not strictly between 0 and 1: choose one that is",
            Self::OffTick => "price is not a multiple of the tick size: move it onto the grid",
        })
    }
}

impl core::error::Error for PriceError {}

impl PriceE4 {
    /// Names a price of `e4` ten-thousandths, if it is strictly inside (0, 1).
    #[must_use]
    pub const fn new(e4: u16) -> Option<Self> {
        if e4 == 0 || e4 >= ONE_E4 {
            None
        } else {
            Some(Self(e4))
        }
    }

    /// The price in ten-thousandths.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// Reads decimal text that lies on the grid of `tick`.
    ///
    /// # Errors
    ///
    /// Refuses text with more digits than the tick size has, prices outside
    /// (0, 1), and prices between two ticks; nothing is rounded, since the
    /// official clients do not agree on how.
    pub fn parse(text: &str, tick: TickSize) -> Result<Self, PriceError> {
        let digits = tick.price_decimals();
        let scaled = decimal::parse_decimal(text, digits).map_err(|error| match error {
            DecimalError::Malformed => PriceError::Malformed,
            DecimalError::TooManyDecimals => PriceError::TooManyDigits,
            DecimalError::TooLarge => PriceError::OutOfRange,
        })?;
        let price = 4_u32
            .checked_sub(digits)
            .and_then(|missing| 10_u64.checked_pow(missing))
            .and_then(|scale| scaled.checked_mul(scale))
            .and_then(|e4| u16::try_from(e4).ok())
            .and_then(Self::new)
            .ok_or(PriceError::OutOfRange)?;
        if tick.divides(price) {
            Ok(price)
        } else {
            Err(PriceError::OffTick)
        }
    }
}

/// Decimal text without idle zeros: `0.14`.
impl fmt::Display for PriceE4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::write_scaled(f, u64::from(self.0), u64::from(ONE_E4), 4)
    }
}

/// The smallest price step of a market, one of the six that the venue uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TickSize {
    /// 0.0001
    TenThousandth,
    /// 0.001
    Thousandth,
    /// 0.0025
    QuarterCent,
    /// 0.005
    HalfCent,
    /// 0.01
    Cent,
    /// 0.1
    Tenth,
}

impl TickSize {
    /// Every tick size, smallest first.
    pub const ALL: [Self; 6] = [
        Self::TenThousandth,
        Self::Thousandth,
        Self::QuarterCent,
        Self::HalfCent,
        Self::Cent,
        Self::Tenth,
    ];

    /// The tick size of `e4` ten-thousandths, if the venue has it.
    #[must_use]
    pub const fn from_e4(e4: u16) -> Option<Self> {
        Some(match e4 {
            1 => Self::TenThousandth,
            10 => Self::Thousandth,
            25 => Self::QuarterCent,
            50 => Self::HalfCent,
            100 => Self::Cent,
            1_000 => Self::Tenth,
            _ => return None,
        })
    }

    /// The step in ten-thousandths.
    #[must_use]
    pub const fn e4(self) -> u16 {
        match self {
            Self::TenThousandth => 1,
            Self::Thousandth => 10,
            Self::QuarterCent => 25,
            Self::HalfCent => 50,
            Self::Cent => 100,
            Self::Tenth => 1_000,
        }
    }

    /// Digits after the point that a price on this grid may be written with.
    #[must_use]
    pub const fn price_decimals(self) -> u32 {
        match self {
            Self::TenThousandth | Self::QuarterCent => 4,
            Self::Thousandth | Self::HalfCent => 3,
            Self::Cent => 2,
            Self::Tenth => 1,
        }
    }

    /// The step, in base units, to which the venue cuts the shares of a market
    /// BUY: amounts carry two digits more than prices.
    #[must_use]
    pub const fn amount_step_units(self) -> u64 {
        match self {
            Self::TenThousandth | Self::QuarterCent => 1,
            Self::Thousandth | Self::HalfCent => 10,
            Self::Cent => 100,
            Self::Tenth => 1_000,
        }
    }

    /// Reads a tick size as the venue writes it, `"0.0025"`; idle zeros within
    /// four digits do no harm.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let e4 = decimal::parse_decimal(text, 4).ok()?;
        u16::try_from(e4).ok().and_then(Self::from_e4)
    }

    /// Whether `price` lies on this grid.
    #[must_use]
    pub fn divides(self, price: PriceE4) -> bool {
        price.get().checked_rem(self.e4()) == Some(0)
    }
}

/// Decimal text as the venue writes it: `0.0025`.
impl fmt::Display for TickSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::write_scaled(f, u64::from(self.e4()), u64::from(ONE_E4), 4)
    }
}

#[cfg(test)]
mod tests {
    use super::{PriceE4, PriceError, TickSize};
    use std::string::ToString;

    #[test]
    fn a_price_is_strictly_inside_zero_and_one() {
        assert_eq!(PriceE4::new(0), None);
        assert_eq!(PriceE4::new(1).map(PriceE4::get), Some(1));
        assert_eq!(PriceE4::new(9_999).map(PriceE4::get), Some(9_999));
        assert_eq!(PriceE4::new(10_000), None);
        assert_eq!(PriceE4::new(u16::MAX), None);
    }

    #[test]
    fn a_price_off_its_grid_does_not_parse() {
        let parse = PriceE4::parse;
        assert_eq!(parse("0.14", TickSize::Cent), Ok(PriceE4(1_400)));
        assert_eq!(parse("0.8150", TickSize::QuarterCent), Ok(PriceE4(8_150)));
        assert_eq!(
            parse("0.7224", TickSize::QuarterCent),
            Err(PriceError::OffTick)
        );
        assert_eq!(
            parse("0.995", TickSize::Cent),
            Err(PriceError::TooManyDigits)
        );
        assert_eq!(
            parse("0.140", TickSize::Cent),
            Err(PriceError::TooManyDigits)
        );
        assert_eq!(parse("0", TickSize::Cent), Err(PriceError::OutOfRange));
        assert_eq!(parse("1", TickSize::Tenth), Err(PriceError::OutOfRange));
        assert_eq!(parse("1.00", TickSize::Cent), Err(PriceError::OutOfRange));
        assert_eq!(
            parse("6.5537", TickSize::TenThousandth),
            Err(PriceError::OutOfRange)
        );
        assert_eq!(
            parse("99999999999999999999", TickSize::Tenth),
            Err(PriceError::OutOfRange)
        );
        assert_eq!(parse("-0.1", TickSize::Tenth), Err(PriceError::Malformed));
        assert_eq!(parse(".1", TickSize::Tenth), Err(PriceError::Malformed));
    }

    #[test]
    fn each_refusal_of_a_price_says_its_own_problem() {
        for (error, problem) in [
            (PriceError::Malformed, "price is not plain decimal text"),
            (PriceError::TooManyDigits, "price has more digits"),
            (PriceError::OutOfRange, "price is not strictly between"),
            (PriceError::OffTick, "price is not a multiple"),
        ] {
            assert!(error.to_string().starts_with(problem), "{error}");
        }
    }

    #[test]
    fn every_price_survives_text_on_every_grid_it_lies_on() {
        for price in (1..10_000).filter_map(PriceE4::new) {
            for tick in TickSize::ALL {
                let read = PriceE4::parse(&price.to_string(), tick);
                assert_eq!(read == Ok(price), tick.divides(price), "{price} at {tick}");
            }
        }
    }

    #[test]
    fn tick_sizes_are_the_six_of_the_venue() {
        for (text, e4, decimals, step) in [
            ("0.0001", 1, 4, 1),
            ("0.001", 10, 3, 10),
            ("0.0025", 25, 4, 1),
            ("0.005", 50, 3, 10),
            ("0.01", 100, 2, 100),
            ("0.1", 1_000, 1, 1_000),
        ] {
            let tick = TickSize::parse(text).expect("a tick size of the venue");
            assert_eq!((tick.e4(), tick.price_decimals()), (e4, decimals));
            assert_eq!(tick.amount_step_units(), step);
            assert_eq!(tick.to_string(), text);
            assert_eq!(TickSize::from_e4(e4), Some(tick));
        }
        let known = (0..=u16::MAX)
            .filter(|e4| TickSize::from_e4(*e4).is_some())
            .count();
        assert_eq!(known, TickSize::ALL.len());
        assert_eq!(TickSize::parse("0.02"), None);
        assert_eq!(TickSize::parse("1"), None);
        assert_eq!(TickSize::parse("0.00001"), None);
        assert_eq!(TickSize::parse("0.010"), Some(TickSize::Cent));
    }
}
