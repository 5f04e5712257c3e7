//! Times in notes: whole seconds of UTC, in one spelling (RFC 3339, `Z` only).
//!
//! Never touches a clock. Leap seconds do not exist here, as in Unix time.
//!
//! Invariant: a [`UtcSeconds`] lies within the years 1970 to 9999, so that it
//! has a spelling of fixed width.

use core::fmt;

/// The last second of the year 9999.
const LAST: u64 = 253_402_300_799;
const SECONDS_PER_DAY: u64 = 86_400;
/// Days from 0000-03-01 to 1970-01-01, in a calendar whose years begin in March
/// so that the leap day comes last.
const DAYS_TO_1970: u64 = 719_468;
/// Days in the 400 years after which the Gregorian calendar repeats.
const DAYS_PER_ERA: u64 = 146_097;

/// A moment: whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UtcSeconds(u64);

impl UtcSeconds {
    /// The moment `seconds` after the epoch, until the end of 9999.
    #[must_use]
    pub const fn new(seconds: u64) -> Option<Self> {
        if seconds <= LAST {
            Some(Self(seconds))
        } else {
            None
        }
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The moment `seconds` later, until the end of 9999.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Option<Self> {
        Self::new(self.0.saturating_add(seconds))
    }

    /// How many seconds `earlier` lies before this; 0 if it does not.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads `2026-11-20T12:00:00Z`. Lenient about days that do not exist: the
    /// caller prints again and compares, which is where one spelling is decided.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
        let [year, month, day] = three(date, '-')?;
        let [hour, minute, second] = three(clock, ':')?;
        if !(1..=12).contains(&month) {
            return None;
        }
        // Months from March, so that day counts do not depend on leap years.
        let shifted = month.saturating_add(9).checked_rem(12)?;
        let year = year.checked_sub(u64::from(month <= 2))?;
        let in_year = shifted
            .checked_mul(153)?
            .checked_add(2)?
            .checked_div(5)?
            .checked_add(day)?;
        let leaps = year
            .checked_div(4)?
            .checked_sub(year.checked_div(100)?)?
            .checked_add(year.checked_div(400)?)?;
        let days = year
            .checked_mul(365)?
            .checked_add(leaps)?
            .checked_add(in_year)?
            .checked_sub(DAYS_TO_1970.checked_add(1)?)?;
        let seconds = hour
            .checked_mul(3_600)?
            .checked_add(minute.checked_mul(60)?)?
            .checked_add(second)?
            .checked_add(days.checked_mul(SECONDS_PER_DAY)?)?;
        Self::new(seconds)
    }

    /// Year, month and day; Howard Hinnant's `civil_from_days`, in saturating
    /// steps that never saturate below the year 9999.
    fn date(self) -> (u64, u64, u64) {
        let days = self
            .0
            .div_euclid(SECONDS_PER_DAY)
            .saturating_add(DAYS_TO_1970);
        let era = days.div_euclid(DAYS_PER_ERA);
        let in_era = days.rem_euclid(DAYS_PER_ERA);
        let years = in_era
            .saturating_sub(in_era.div_euclid(1_460))
            .saturating_add(in_era.div_euclid(36_524))
            .saturating_sub(in_era.div_euclid(146_096))
            .div_euclid(365);
        let before = years
            .saturating_mul(365)
            .saturating_add(years.div_euclid(4))
            .saturating_sub(years.div_euclid(100));
        let in_year = in_era.saturating_sub(before);
        let shifted = in_year.saturating_mul(5).saturating_add(2).div_euclid(153);
        let to_month = shifted.saturating_mul(153).saturating_add(2).div_euclid(5);
        let day = in_year.saturating_sub(to_month).saturating_add(1);
        let month = shifted.saturating_add(2).rem_euclid(12).saturating_add(1);
        let year = years.saturating_add(era.saturating_mul(400));
        (year.saturating_add(u64::from(month <= 2)), month, day)
    }
}

impl fmt::Display for UtcSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        let in_day = self.0.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute) = (
            in_day.div_euclid(3_600),
            in_day.div_euclid(60).rem_euclid(60),
        );
        let second = in_day.rem_euclid(60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

impl fmt::Debug for UtcSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A minute of the UTC day, `HH:MM`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MinuteOfDay(u16);

impl MinuteOfDay {
    /// The minute counted from midnight, below 1,440.
    #[must_use]
    pub const fn new(minute: u16) -> Option<Self> {
        if minute < 1_440 {
            Some(Self(minute))
        } else {
            None
        }
    }

    /// Minutes since midnight UTC.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// Reads `10:00`, as leniently as [`UtcSeconds::read`].
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (hour, minute) = text.split_once(':')?;
        let hours: u16 = hour.parse().ok()?;
        Self::new(hours.checked_mul(60)?.checked_add(minute.parse().ok()?)?)
    }
}

impl fmt::Display for MinuteOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:02}:{:02}",
            self.0.div_euclid(60),
            self.0.rem_euclid(60)
        )
    }
}

impl fmt::Debug for MinuteOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What time it is, since a clock can be wrong in either direction.
///
/// What makes authority grow (a delay) is measured on the slow reading; what
/// makes it end (`apply_before`, `expires`) on the fast one. The slow one stays
/// behind by all the time that a machine was ever off, so a note begins
/// (`not_before`) on a third: the slow one too, unless someone vouches for the
/// wall, which is the one that those who sign can see.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Now {
    slow: UtcSeconds,
    wall: UtcSeconds,
    fast: UtcSeconds,
}

impl Now {
    /// Takes two readings of the time, in either order.
    #[must_use]
    pub fn new(one: UtcSeconds, other: UtcSeconds) -> Self {
        Self {
            slow: one.min(other),
            wall: one.min(other),
            fast: one.max(other),
        }
    }

    /// The same with a wall clock that is known to be right; of one outside the
    /// two, the nearer of them counts.
    #[must_use]
    pub fn on_the_wall(self, wall: UtcSeconds) -> Self {
        Self {
            wall: wall.clamp(self.slow, self.fast),
            ..self
        }
    }

    /// The reading on which authority grows.
    #[must_use]
    pub const fn slow(self) -> UtcSeconds {
        self.slow
    }

    /// The reading on which notes begin.
    #[must_use]
    pub const fn wall(self) -> UtcSeconds {
        self.wall
    }

    /// The reading on which authority ends.
    #[must_use]
    pub const fn fast(self) -> UtcSeconds {
        self.fast
    }
}

/// Three numbers between two separators.
fn three(text: &str, separator: char) -> Option<[u64; 3]> {
    let mut parts = text.split(separator).map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::canonical;
    use alloc::string::ToString as _;
    use proptest::prelude::*;

    #[test]
    fn known_moments_are_spelled_as_everyone_spells_them() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_795_176_000, "2026-11-20T12:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (LAST, "9999-12-31T23:59:59Z"),
        ] {
            let time = UtcSeconds::new(seconds).unwrap();
            assert_eq!(time.to_string(), text);
            assert_eq!(canonical::<UtcSeconds>(text), Some(time));
        }
        assert_eq!(UtcSeconds::new(LAST + 1), None);
    }

    #[test]
    fn a_moment_has_one_spelling() {
        for bad in [
            "",
            "2026-11-20",
            "2026-11-20T12:00:00",
            "2026-11-20T12:00:00z",
            "2026-11-20t12:00:00Z",
            "2026-11-20 12:00:00Z",
            "2026-11-20T12:00:00+00:00",
            "2026-11-20T12:00:00.0Z",
            "2026-11-20T24:00:00Z",
            "2026-11-20T12:60:00Z",
            "2026-11-20T12:00:60Z",
            "2026-11-31T12:00:00Z",
            "2026-02-29T12:00:00Z",
            "2100-02-29T12:00:00Z",
            "2026-13-01T12:00:00Z",
            "2026-00-01T12:00:00Z",
            "2026-01-00T12:00:00Z",
            "02026-11-20T12:00:00Z",
            "2026-11-20T+2:00:00Z",
            "2026-11-20T12:00:00Z ",
            "1969-12-31T23:59:59Z",
            "0000-01-01T00:00:00Z",
            "10000-01-01T00:00:00Z",
            "18446744073709551615-01-01T00:00:00Z",
        ] {
            assert_eq!(canonical::<UtcSeconds>(bad), None, "{bad}");
        }
        for bad in ["", "24:00", "1:00", "01:0", "01:60", "+1:00", "65535:65535"] {
            assert_eq!(canonical::<MinuteOfDay>(bad), None, "{bad}");
        }
        assert_eq!(
            canonical::<MinuteOfDay>("23:59").map(MinuteOfDay::get),
            Some(1_439)
        );
    }

    proptest! {
        #[test]
        fn every_second_survives_its_spelling(seconds in 0..=LAST) {
            let time = UtcSeconds::new(seconds).unwrap();
            prop_assert_eq!(canonical::<UtcSeconds>(&time.to_string()), Some(time));
        }
    }
}
