//! The UTC day of a moment, as intent names begin with it.

/// `YYYYMMDD` of `unix_ms`, proleptic Gregorian (Hinnant's `civil_from_days`).
#[must_use]
pub fn utc_day(unix_ms: u64) -> String {
    let days = unix_ms.checked_div(86_400_000).unwrap_or(0);
    let (year, month, day) = civil(days).unwrap_or((9999, 12, 31));
    format!("{year:04}{month:02}{day:02}")
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

#[cfg(test)]
mod tests {
    use super::utc_day;

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
}
