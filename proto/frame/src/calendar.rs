//! Days and hours of UTC, as numbers and as a person reads them.
//!
//! Never touches a clock. Leap seconds do not exist here, as in Unix time.
//!
//! Invariant: a [`Day`] lies in the years 1970 to 9999.

use core::fmt;

use note::UtcSeconds;

/// Milliseconds in a minute.
pub const MINUTE_MS: u64 = 60_000;
/// Milliseconds in an hour.
pub const HOUR_MS: u64 = 3_600_000;
/// Milliseconds in a day.
pub const DAY_MS: u64 = 86_400_000;

/// The last day of the year 9999.
const LAST_DAY: u32 = 2_932_896;

/// A day of UTC, counted from 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(u32);

impl Day {
    /// The day of a moment; what lies after 9999 counts as its last day.
    #[must_use]
    pub fn of_ms(ms: u64) -> Self {
        let day = u32::try_from(ms.div_euclid(DAY_MS)).unwrap_or(LAST_DAY);
        Self(day.min(LAST_DAY))
    }

    /// The day of a calendar date, if there is such a date.
    #[must_use]
    pub fn of_date(year: u32, month: u32, day: u32) -> Option<Self> {
        if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) {
            return None;
        }
        if day == 0 || day > days_in(year, month) {
            return None;
        }
        // Years begin in March, so that the leap day comes last (Howard
        // Hinnant, days_from_civil).
        let shifted = month.checked_add(9)?.checked_rem(12)?;
        let year = year.checked_sub(u32::from(month <= 2))?;
        let in_year = shifted
            .checked_mul(153)?
            .checked_add(2)?
            .checked_div(5)?
            .checked_add(day.checked_sub(1)?)?;
        let leaps = year
            .checked_div(4)?
            .checked_sub(year.checked_div(100)?)?
            .checked_add(year.checked_div(400)?)?;
        year.checked_mul(365)?
            .checked_add(leaps)?
            .checked_add(in_year)?
            .checked_sub(719_468)
            .map(Self)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// This many days later, at most the last of 9999.
    #[must_use]
    pub const fn after(self, days: u32) -> Self {
        let later = self.0.saturating_add(days);
        Self(if later > LAST_DAY { LAST_DAY } else { later })
    }

    /// This many days earlier, at least the first of 1970.
    #[must_use]
    pub const fn before(self, days: u32) -> Self {
        Self(self.0.saturating_sub(days))
    }

    /// Its first millisecond.
    #[must_use]
    pub fn begins_ms(self) -> u64 {
        u64::from(self.0).saturating_mul(DAY_MS)
    }
}

const fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The date without the hour: `2026-11-20`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = alloc::format!("{}", Instant(self.begins_ms()));
        f.write_str(text.split('T').next().unwrap_or_default())
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Milliseconds of a note's time, which is in whole seconds.
#[must_use]
pub const fn ms_of(time: UtcSeconds) -> u64 {
    time.get().saturating_mul(1_000)
}

/// A moment in Unix milliseconds, printed to the second: `2026-11-20T14:32:00Z`.
pub struct Instant(
    /// Unix milliseconds.
    pub u64,
);

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UtcSeconds::new(self.0.div_euclid(1_000)) {
            Some(time) => fmt::Display::fmt(&time, f),
            None => f.write_str("never"),
        }
    }
}

/// A moment in Unix milliseconds, printed as the minute of its day: `14:32Z`.
/// Rounded up, since what returns at 14:32:01 has not returned at 14:32.
pub struct Clock(
    /// Unix milliseconds.
    pub u64,
);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0.div_ceil(MINUTE_MS);
        let (hour, minute) = (
            minutes.div_euclid(60).rem_euclid(24),
            minutes.rem_euclid(60),
        );
        write!(f, "{hour:02}:{minute:02}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn a_day_is_one_that_exists() {
        for (date, number) in [
            ((1970, 1, 1), Some(0)),
            ((1970, 12, 31), Some(364)),
            ((2000, 2, 29), Some(11_016)),
            ((2024, 2, 29), Some(19_782)),
            ((2026, 11, 20), Some(20_777)),
            ((9999, 12, 31), Some(LAST_DAY)),
            ((1969, 12, 31), None),
            ((10_000, 1, 1), None),
            ((2026, 0, 1), None),
            ((2026, 13, 1), None),
            ((2026, 11, 0), None),
            ((2026, 11, 31), None),
            ((2026, 2, 29), None),
            ((2100, 2, 29), None),
        ] {
            let day = Day::of_date(date.0, date.1, date.2);
            assert_eq!(day.map(Day::number), number, "{date:?}");
        }
    }

    #[test]
    fn a_day_begins_at_its_first_millisecond() {
        let day = Day::of_date(2026, 11, 20).unwrap();
        assert_eq!(Day::of_ms(day.begins_ms()), day);
        assert_eq!(Day::of_ms(day.begins_ms() - 1), day.before(1));
        assert_eq!(Day::of_ms(day.begins_ms() + DAY_MS - 1), day);
        assert_eq!(Day::of_ms(day.begins_ms() + DAY_MS), day.after(1));
        assert_eq!(Day::of_ms(u64::MAX).number(), LAST_DAY);
        assert_eq!(Day::of_ms(u64::MAX).after(1).number(), LAST_DAY);
        assert_eq!(Day::of_ms(0).before(1).number(), 0);
        assert_eq!(day.to_string(), "2026-11-20");
    }

    #[test]
    fn an_hour_is_rounded_up_to_the_minute() {
        let noon = Day::of_date(2026, 11, 20).unwrap().begins_ms() + 12 * HOUR_MS;
        assert_eq!(Clock(noon).to_string(), "12:00Z");
        assert_eq!(Clock(noon + 1).to_string(), "12:01Z");
        assert_eq!(Clock(noon + MINUTE_MS).to_string(), "12:01Z");
        assert_eq!(Instant(noon).to_string(), "2026-11-20T12:00:00Z");
    }
}
