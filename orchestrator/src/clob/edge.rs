//! How old an answer was when it came: an edge may have kept it.
//!
//! Invariant: what says that it was kept, and not for how long, is too old for
//! whoever asks; what says nothing was made for this question.

use reqwest::header::{AGE, DATE, HeaderMap};

use crate::day;

/// The venue's clock may be so far off ours, as the gate bears it, and its date
/// has whole seconds.
const DATE_MS_BORNE: u64 = 6_000;
/// As old as nothing may be.
const UNKNOWN_MS: u64 = 86_400_000;
/// What an edge says of an answer that it had already.
const KEPT: [&str; 4] = ["HIT", "STALE", "UPDATING", "REVALIDATED"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// How old an answer with these `headers` was, asked for at `asked_ms`.
pub(super) fn of(headers: &HeaderMap, asked_ms: u64) -> u64 {
    let text = |value: Option<&reqwest::header::HeaderValue>| {
        value.map(|value| value.to_str().unwrap_or_default().trim().to_owned())
    };
    let aged_ms = text(headers.get(AGE)).map(|age| {
        let seconds = age.parse::<u64>().ok();
        seconds.map_or(UNKNOWN_MS, |s| s.saturating_mul(1_000))
    });
    let kept = text(headers.get("cf-cache-status"))
        .is_some_and(|said| KEPT.contains(&said.to_ascii_uppercase().as_str()));
    let dated_ms = text(headers.get(DATE))
        .and_then(|date| unix_ms_of(&date))
        .map_or(0, |date_ms| asked_ms.saturating_sub(date_ms));
    let dated_ms = if dated_ms > DATE_MS_BORNE {
        dated_ms
    } else {
        0
    };
    let unknown_ms = if kept { UNKNOWN_MS } else { 0 };
    aged_ms.unwrap_or(unknown_ms).max(dated_ms)
}

/// A moment as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn unix_ms_of(date: &str) -> Option<u64> {
    let mut words = date.split_once(", ")?.1.split(' ');
    let mut word = || words.next();
    let (day, name, year, time) = (word()?, word()?, word()?, word()?);
    let month = MONTHS.iter().position(|month| *month == name)?;
    let month = month.checked_add(1)?;
    day::unix_ms_of(&format!("{year}-{month:02}-{day}T{time}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20T12:00:00Z.
    const NOW_MS: u64 = 1_795_176_000_000;

    fn age(headers: &[(&'static str, &str)]) -> u64 {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        of(&map, NOW_MS)
    }

    #[test]
    fn an_answer_that_an_edge_kept_is_as_old_as_it_says_or_too_old() {
        assert_eq!(age(&[]), 0);
        assert_eq!(age(&[("cf-cache-status", "DYNAMIC")]), 0);
        assert_eq!(age(&[("cf-cache-status", "HIT"), ("age", "3")]), 3_000);
        assert_eq!(age(&[("age", "3")]), 3_000);
        for unclear in [("cf-cache-status", "hit"), ("age", "soon"), ("age", "-1")] {
            assert_eq!(age(&[unclear]), UNKNOWN_MS, "{unclear:?}");
        }
        let dated = |date| age(&[("date", date)]);
        assert_eq!(dated("Fri, 20 Nov 2026 11:59:54 GMT"), 0, "clocks differ");
        assert_eq!(dated("Fri, 20 Nov 2026 11:59:53 GMT"), 7_000);
        assert_eq!(dated("Fri, 20 Nov 2026 12:00:09 GMT"), 0);
        assert_eq!(dated("yesterday"), 0);
    }
}
