//! Days and moments: the UTC day that intent names begin with, and the times
//! that others write.

/// `YYYYMMDD` of `unix_ms`, proleptic Gregorian (Hinnant's `civil_from_days`).
#[must_use]
pub fn utc_day(unix_ms: u64) -> String {
    let days = unix_ms.checked_div(86_400_000).unwrap_or(0);
    let (year, month, day) = civil(days).unwrap_or((9999, 12, 31));
    format!("{year:04}{month:02}{day:02}")
}

/// `2026-11-20T13:00:00` of `unix_ms`, UTC, its fraction cut; what
/// [`unix_ms_of`] reads.
#[must_use]
pub fn utc_second(unix_ms: u64) -> String {
    let seconds = unix_ms.checked_div(1_000).unwrap_or(0);
    let part = |unit: u64, of: u64| {
        let whole = seconds.checked_div(unit).unwrap_or(0);
        whole.checked_rem(of).unwrap_or(0)
    };
    let (year, month, day) = civil(part(86_400, u64::MAX)).unwrap_or((9999, 12, 31));
    let (hour, minute, second) = (part(3_600, 24), part(60, 60), part(1, 60));
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// Days since 1970-01-01 to (year, month, day), for years up to 9999.
fn civil(days: u64) -> Option<(u64, u64, u64)> {
    // Shifted so that years begin in March and eras of 400 years line up.
    let z = days.checked_add(719_468)?;
    let era = z.checked_div(146_097)?;
    let day_of_era = z.checked_rem(146_097)?;
    let leaps = day_of_era
        .checked_div(1_460)?
        .checked_add(day_of_era.checked_div(146_096)?)?
        .checked_sub(day_of_era.checked_div(36_524)?);
    let year_of_era = day_of_era.checked_sub(leaps?)?.checked_div(365)?;
    let before = year_of_era
        .checked_mul(365)?
        .checked_add(year_of_era.checked_div(4)?)?
        .checked_sub(year_of_era.checked_div(100)?)?;
    let day_of_year = day_of_era.checked_sub(before)?;
    let shifted = day_of_year
        .checked_mul(5)?
        .checked_add(2)?
        .checked_div(153)?;
    let month_start = shifted.checked_mul(153)?.checked_add(2)?.checked_div(5)?;
    let day = day_of_year.checked_sub(month_start)?.checked_add(1)?;
    let month = if shifted < 10 {
        shifted.checked_add(3)?
    } else {
        shifted.checked_sub(9)?
    };
    let year = era.checked_mul(400)?.checked_add(year_of_era)?;
    let year = if month <= 2 {
        year.checked_add(1)?
    } else {
        year
    };
    (year <= 9_999).then_some((year, month, day))
}

/// Unix milliseconds of a moment as others write it: digits (seconds, or
/// milliseconds where there are more than eleven), or `2026-11-20T13:00:00` with
/// a fraction, `Z` or nothing behind it, UTC assumed. No other zone.
#[must_use]
pub fn unix_ms_of(text: &str) -> Option<u64> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        let number: u64 = text.parse().ok()?;
        return if text.len() > 11 {
            Some(number)
        } else {
            number.checked_mul(1_000)
        };
    }
    let (date, time) = text.split_once(['T', ' '])?;
    let time = time.strip_suffix('Z').unwrap_or(time);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [year, month, day] = three(date, '-')?;
    let [hour, minute, second] = three(time, ':')?;
    if hour > 23 || minute > 59 || second > 59 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let millis: String = fraction.chars().chain("000".chars()).take(3).collect();
    days_to(year, month, day)?
        .checked_mul(24)?
        .checked_add(hour)?
        .checked_mul(60)?
        .checked_add(minute)?
        .checked_mul(60)?
        .checked_add(second)?
        .checked_mul(1_000)?
        .checked_add(millis.parse().ok()?)
}

/// Three numbers with `between` between them.
fn three(text: &str, between: char) -> Option<[u64; 3]> {
    let mut parts = text.split(between).map(|part| {
        let plain = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| part.parse::<u64>().ok()).flatten()
    });
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

/// Days from 1970-01-01 to a date that exists, up to year 9999.
fn days_to(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1970..=9_999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    // Days before each month, from March; the same shifted year as in `civil`.
    let (shifted_year, shifted) = if month > 2 {
        (year, month.checked_sub(3)?)
    } else {
        (year.checked_sub(1)?, month.checked_add(9)?)
    };
    let before_month = shifted.checked_mul(153)?.checked_add(2)?.checked_div(5)?;
    let before_year = shifted_year
        .checked_mul(365)?
        .checked_add(shifted_year.checked_div(4)?)?
        .checked_sub(shifted_year.checked_div(100)?)?
        .checked_add(shifted_year.checked_div(400)?)?;
    let days = before_year
        .checked_add(before_month)?
        .checked_add(day)?
        // 1970-01-01 on this count, and days begin with 1.
        .checked_sub(719_469)?;
    // The 30th of February is some other day.
    (civil(days) == Some((year, month, day))).then_some(days)
}

#[cfg(test)]
mod tests {
    use super::{unix_ms_of, utc_day, utc_second};

    #[test]
    fn a_second_is_written_as_it_is_read() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00"),
            (951_868_799_999, "2000-02-29T23:59:59"),
            (1_795_132_800_000, "2026-11-20T00:00:00"),
            (4_102_444_799_000, "2099-12-31T23:59:59"),
        ] {
            assert_eq!(utc_second(ms), text);
            let whole_ms = ms.checked_sub(ms.checked_rem(1_000).unwrap());
            assert_eq!(unix_ms_of(text), whole_ms);
        }
    }

    #[test]
    fn days_at_their_edges() {
        for (ms, day) in [
            (0, "19700101"),
            (86_399_999, "19700101"),
            (86_400_000, "19700102"),
            (951_782_400_000, "20000229"),
            (951_868_800_000, "20000301"),
            (1_709_164_800_000, "20240229"),
            (1_795_132_800_000, "20261120"),
            (4_102_444_799_999, "20991231"),
            (4_107_456_000_000, "21000228"),
            (4_107_542_400_000, "21000301"),
        ] {
            assert_eq!(utc_day(ms), day, "{ms}");
        }
    }

    #[test]
    fn moments_as_others_write_them() {
        for (text, ms) in [
            ("1700000000", 1_700_000_000_000),
            ("1795132800123", 1_795_132_800_123),
            ("0", 0),
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-20T00:00:00", 1_795_132_800_000),
            ("2026-11-20 00:00:01.5Z", 1_795_132_801_500),
            ("2026-11-20T00:00:00.123456", 1_795_132_800_123),
            ("2000-02-29T23:59:59", 951_868_799_000),
            ("2099-12-31T23:59:59Z", 4_102_444_799_000),
        ] {
            assert_eq!(unix_ms_of(text), Some(ms), "{text}");
        }
        for text in [
            "",
            "soon",
            "2026-11-20",
            "2026-02-30T00:00:00",
            "2026-13-01T00:00:00",
            "2026-00-01T00:00:00",
            "2026-11-00T00:00:00",
            "2026-11-20T24:00:00",
            "2026-11-20T00:60:00",
            "2026-11-20T00:00:00+01:00",
            "2026-11-20T00:00:00.x",
            "1969-12-31T23:59:59",
            "-5",
            "99999999999999999999",
        ] {
            assert_eq!(unix_ms_of(text), None, "{text}");
        }
    }
}
