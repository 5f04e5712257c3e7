//! Numbers as a person reads them in a sentence.

use core::fmt;

use order::{CollateralUnits, ShareUnits};

use crate::calendar::{DAY_MS, HOUR_MS, MINUTE_MS};

/// Millionths with thousands apart and at least two decimals: `1,500.00`.
/// Nothing is rounded: further decimals stand if they are not zero.
pub(crate) struct Money(pub(crate) u64);

impl Money {
    pub(crate) const fn of(units: CollateralUnits) -> Self {
        Self(units.get())
    }

    pub(crate) const fn shares(units: ShareUnits) -> Self {
        Self(units.get())
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, mut part) = (self.0.div_euclid(1_000_000), self.0.rem_euclid(1_000_000));
        thousands(f, whole)?;
        let mut digits = 6_usize;
        while digits > 2 && part.rem_euclid(10) == 0 {
            part = part.div_euclid(10);
            digits = digits.saturating_sub(1);
        }
        write!(f, ".{part:0digits$}")
    }
}

fn thousands(f: &mut fmt::Formatter<'_>, whole: u64) -> fmt::Result {
    if whole < 1_000 {
        return write!(f, "{whole}");
    }
    thousands(f, whole.div_euclid(1_000))?;
    write!(f, ",{:03}", whole.rem_euclid(1_000))
}

/// A length of time in its own unit: `60.1 s`, `3m12s`, `4h05m`, `2d03h`.
pub(crate) struct Span(pub(crate) u64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0;
        let of = |unit: u64, part: u64| (ms.div_euclid(unit), ms.rem_euclid(unit).div_euclid(part));
        match ms {
            0..120_000 => write!(f, "{}.{:03} s", ms.div_euclid(1_000), ms.rem_euclid(1_000)),
            120_000..7_200_000 => {
                let (minutes, seconds) = of(MINUTE_MS, 1_000);
                write!(f, "{minutes}m{seconds:02}s")
            }
            7_200_000..172_800_000 => {
                let (hours, minutes) = of(HOUR_MS, MINUTE_MS);
                write!(f, "{hours}h{minutes:02}m")
            }
            172_800_000.. => {
                let (days, hours) = of(DAY_MS, HOUR_MS);
                write!(f, "{days}d{hours:02}h")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn money_has_two_decimals_or_as_many_as_it_needs() {
        // The longest first: one that ends too early shows before one that never does.
        for (units, text) in [
            (10_555_000, "10.555"),
            (0, "0.00"),
            (1, "0.000001"),
            (10_000_000, "10.00"),
            (10_500_000, "10.50"),
            (999_999_999, "999.999999"),
            (1_000_000_000, "1,000.00"),
            (1_500_000_000, "1,500.00"),
            (1_234_567_000_000, "1,234,567.00"),
            (u64::MAX, "18,446,744,073,709.551615"),
        ] {
            assert_eq!(Money(units).to_string(), text);
        }
    }

    #[test]
    fn a_span_is_told_in_its_own_unit() {
        for (ms, text) in [
            (0, "0.000 s"),
            (60_001, "60.001 s"),
            (119_999, "119.999 s"),
            (120_000, "2m00s"),
            (192_000, "3m12s"),
            (7_199_999, "119m59s"),
            (7_200_000, "2h00m"),
            (172_799_999, "47h59m"),
            (172_800_000, "2d00h"),
        ] {
            assert_eq!(Span(ms).to_string(), text);
        }
    }
}
