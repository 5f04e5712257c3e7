//! How the witnesses of the signer's journal were, by what the relay kept.

use crate::checks::{Check, Level};
use crate::config::{Witness, Witnesses};
use crate::relay::Kept;

/// The line's name.
pub const WITNESSES: &str = "witnesses";
/// No policy lets their word be older, so the signer does not buy by then.
const SILENT_MS: u64 = 3_600_000;

/// What is said of them; nothing where none is named. With a simulated venue they
/// may be anywhere.
#[must_use]
pub fn check(
    (named, venue): (&Witnesses, &str),
    kept: Result<Kept, String>,
    now_ms: u64,
) -> Option<Check> {
    if named.each.is_empty() {
        return None;
    }
    let kept = match kept {
        Ok(kept) => kept,
        Err(e) => return Some((WITNESSES, Level::Fails, e)),
    };
    if !kept.rolled_back.is_empty() {
        let words = format!("ROLLED_BACK {}", kept.rolled_back);
        return Some((WITNESSES, Level::Fails, words));
    }
    let here = named
        .each
        .iter()
        .find(|one| !is_here(venue) && is_here(&one.url));
    if let Some(Witness { key, .. }) = here {
        let words = format!(
            "{} is on this host, and so counts for nothing: whoever restores one restores both",
            key.name()
        );
        return Some((WITNESSES, Level::Warns, words));
    }
    let mut silent = Vec::new();
    for one in &named.each {
        let known = kept
            .each
            .get(&one.key.to_string())
            .cloned()
            .unwrap_or_default();
        let since_ms = now_ms.saturating_sub(known.cosigned_ms);
        if !known.problem.is_empty() || known.cosigned_ms == 0 || since_ms >= SILENT_MS {
            let why = if known.problem.is_empty() {
                "was not asked yet"
            } else {
                &known.problem
            };
            silent.push(format!("{}: {why}", one.key.name()));
        }
    }
    let size = kept.cosigned.map_or(0, |cosigned| cosigned.size);
    let count = named.each.len();
    let well = count.saturating_sub(silent.len());
    let (level, end) = if silent.is_empty() {
        (Level::Well, String::new())
    } else {
        (Level::Warns, format!("; {}", silent.join("; ")))
    };
    let words = format!("{well} of {count} well, {size} leaves held{end}");
    Some((WITNESSES, level, words))
}

fn is_here(url: &str) -> bool {
    let url = reqwest::Url::parse(url).ok();
    let host = url
        .as_ref()
        .and_then(|url| url.host_str())
        .unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::{Outcome, Shown};
    use crate::witness::Key;

    const VENUE: &str = "https://clob.example";

    fn named(urls: &[&str]) -> Witnesses {
        let key = |nth: usize| {
            let key = Key::of(&Key::generate().unwrap(), &format!("w{nth}"));
            key.unwrap().verifier()
        };
        let each = urls.iter().enumerate().map(|(nth, url)| Witness {
            key: key(nth),
            url: (*url).to_owned(),
        });
        Witnesses {
            each: each.collect(),
            timeout_ms: 1,
        }
    }

    fn kept(named: &Witnesses, problems: &[&str]) -> Kept {
        let each = named.each.iter().zip(problems).map(|(one, problem)| {
            let outcome = Outcome {
                size: 7,
                cosigned_ms: 1_000,
                problem: (*problem).to_owned(),
                unanswered: Vec::new(),
            };
            (one.key.to_string(), outcome)
        });
        Kept {
            cosigned: Some(Shown {
                size: 7,
                note: String::new(),
            }),
            rolled_back: String::new(),
            each: each.collect(),
        }
    }

    fn said(named: &Witnesses, kept: Kept, now_ms: u64) -> (Level, String) {
        let (_, level, words) = check((named, VENUE), Ok(kept), now_ms).unwrap();
        (level, words)
    }

    #[test]
    fn each_witness_that_is_not_well_is_named_with_its_reason() {
        let two = named(&["https://a.example", "https://b.example"]);
        let well = "2 of 2 well, 7 leaves held".to_owned();
        assert_eq!(
            said(&two, kept(&two, &["", ""]), 2_000),
            (Level::Well, well)
        );
        let words = "1 of 2 well, 7 leaves held; w1: it answered 500".to_owned();
        let broken = kept(&two, &["", "it answered 500"]);
        assert_eq!(said(&two, broken, 2_000), (Level::Warns, words));
        let late = 1_000 + SILENT_MS;
        assert_eq!(said(&two, kept(&two, &["", ""]), late - 1).0, Level::Well);
        assert_eq!(said(&two, kept(&two, &["", ""]), late).0, Level::Warns);
        let (_, words) = said(&two, Kept::default(), 2_000);
        assert!(words.starts_with("0 of 2 well, 0 leaves held; w0: was not asked yet"));
        assert_eq!(
            check((&Witnesses::default(), VENUE), Ok(Kept::default()), 0),
            None
        );
    }

    #[test]
    fn a_witness_on_this_host_and_a_journal_that_went_back_are_told() {
        for url in ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"] {
            let one = named(&[url]);
            let (level, words) = said(&one, kept(&one, &[""]), 2_000);
            assert_eq!(level, Level::Warns, "{url}");
            assert!(words.contains("counts for nothing"), "{words}");
            let played = check((&one, "http://127.0.0.1:1"), Ok(kept(&one, &[""])), 2_000).unwrap();
            assert_eq!(played.1, Level::Well);
        }
        let one = named(&["https://a.example"]);
        let mut back = kept(&one, &[""]);
        back.rolled_back = "journal 7, witnesses 9".to_owned();
        let words = "ROLLED_BACK journal 7, witnesses 9".to_owned();
        assert_eq!(said(&one, back, 2_000), (Level::Fails, words));
        let (_, level, _) = check((&one, VENUE), Err("FILE".to_owned()), 0).unwrap();
        assert_eq!(level, Level::Fails);
    }
}
