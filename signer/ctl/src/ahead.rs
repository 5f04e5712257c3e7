//! What a status cannot say in a line of its own, for whoever reads it: what
//! the losses stand under, and what will stop by itself before long.
//!
//! Pure: the time is an argument, and every number is the signer's own.

use note::UtcSeconds;
use order::CollateralUnits;

use crate::status::{self, Status};
use crate::values;

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 3_600;
const DAY_S: u64 = 86_400;
/// A quorum needs days to gather, and the next version a day of delay.
const POLICY_DAYS: u64 = 7;
/// The owner must authorise another, the quorum write a policy for it, and its
/// delay pass.
const SESSION_DAYS: u64 = 14;
/// A key this old is worth a word.
const KEY_DAYS: u64 = 90;
/// A budget is worth a word from here on, percent.
const BUDGET_PERCENT: u64 = 80;

/// One line for each.
pub(crate) fn lines(status: &Status, now: UtcSeconds) -> Vec<String> {
    let all = [
        wallet(status),
        loss(status),
        policy(status, now),
        session(status, now),
        key(status, now),
        budget(status, now),
        witnesses(status, now),
    ];
    all.into_iter().flatten().collect()
}

const UNBOUNDED: &str = "unbounded";

/// `WALLET no wallet loses more than it holds: wallet_usdc_max 5000`
fn wallet(status: &Status) -> Option<String> {
    let max = status.value(status::WALLET_MAX)?;
    let holds = CollateralUnits::parse(max).ok()?;
    let is_beyond = |name: &&str| {
        let loss = status.value(name);
        loss == Some(UNBOUNDED)
            || loss.is_some_and(|text| CollateralUnits::parse(text).is_ok_and(|loss| loss > holds))
    };
    let beyond = status::LOSSES.iter().any(is_beyond);
    beyond.then(|| format!("WALLET no wallet loses more than it holds: wallet_usdc_max {max}"))
}

/// Why a loss has no bound, and what gives it one.
fn loss(status: &Status) -> Option<String> {
    let unbounded = |name: &&str| status.value(name) == Some(UNBOUNDED);
    let open = status::LOSSES.iter().any(unbounded) && status.value(status::COMPLETE) == Some("no");
    open.then(|| {
        "LOSS unbounded: holdings are not declared complete. signerctl note new declare --complete"
            .to_owned()
    })
}

/// `POLICY v17 expires in 3 days (2026-11-24T10:00:00Z): then buys stop, …`
fn policy(status: &Status, now: UtcSeconds) -> Option<String> {
    let version = status.value(status::POLICY_VERSION)?;
    let expires = values::moment(status.value(status::POLICY_EXPIRES)?)?;
    let left_s = expires
        .get()
        .checked_sub(now.get())
        .filter(|left| *left > 0)?;
    if left_s > POLICY_DAYS.saturating_mul(DAY_S) {
        return None;
    }
    let left = span(left_s);
    let days = status.value(status::SELL_GRACE_DAYS).unwrap_or("some");
    Some(format!(
        "POLICY v{version} expires in {left} ({expires}): then buys stop, sells run {days} days. \
         signerctl note new policy --renew POLICY.note"
    ))
}

/// `SESSION key ends in 3 days (2026-11-24T10:00:00Z): then nothing is signed, …`
fn session(status: &Status, now: UtcSeconds) -> Option<String> {
    let ends = values::moment(status.value(status::SESSION_EXPIRES)?)?;
    let Some(left_s) = ends.get().checked_sub(now.get()).filter(|left| *left > 0) else {
        return Some(format!(
            "SESSION key ended {ends}: nothing is signed, exits included. Authorise a new one from \
             the owner's wallet, then signerctl import and signerctl note new policy"
        ));
    };
    if left_s > SESSION_DAYS.saturating_mul(DAY_S) {
        return None;
    }
    let left = span(left_s);
    Some(format!(
        "SESSION key ends in {left} ({ends}): then nothing is signed, exits included. Authorise a \
         new one from the owner's wallet, then signerctl import and signerctl note new policy"
    ))
}

/// `KEY the owner key is 90 days old. Rotate for security: …`
fn key(status: &Status, now: UtcSeconds) -> Option<String> {
    let since_s = status.value(status::KEY_SINCE)?.parse::<u64>().ok()?;
    let age_s = now.get().checked_sub(since_s.div_euclid(1_000))?;
    let days = age_s.div_euclid(DAY_S);
    if days < KEY_DAYS {
        return None;
    }
    let (kind, then) = match status.value(status::SESSION_EXPIRES) {
        // Rotating it would move the wallet, so nothing stops for it.
        None => (
            "owner",
            "nothing stops, since another owner key is another wallet. A session key rotates",
        ),
        Some(_) => (
            "session",
            "buys stop at 120 days, everything at 127. signerctl rotate",
        ),
    };
    Some(format!(
        "KEY the {kind} key is {days} days old. Rotate for security: {then}"
    ))
}

/// `BUDGET 80 %: 1200 of 1500 charged today; empty about 16:40Z at this pace. …`
fn budget(status: &Status, now: UtcSeconds) -> Option<String> {
    let usdc = |name| CollateralUnits::parse(status.value(name)?).ok();
    let (charged, limit) = (usdc(status::CHARGED_DAY)?, usdc(status::DAY_USDC)?);
    let percent = charged.get().saturating_mul(100).checked_div(limit.get())?;
    if percent < BUDGET_PERCENT {
        return None;
    }
    let left = limit.get().saturating_sub(charged.get());
    let pace = usdc(status::CHARGED_HOUR).map_or(0, CollateralUnits::get);
    let empty = left
        .saturating_mul(HOUR_S)
        .checked_div(pace)
        .and_then(|seconds| now.get().checked_add(seconds))
        .map_or_else(String::new, |at_s| {
            format!("; empty about {} at this pace", clock(at_s))
        });
    Some(format!(
        "BUDGET {percent} %: {charged} of {limit} charged today{empty}. \
         signerctl note new dial --day USDC"
    ))
}

/// `WITNESSES silent for 12 minutes: REDUCE_ONLY in 3 minutes. Exits continue`
fn witnesses(status: &Status, now: UtcSeconds) -> Option<String> {
    let number = |name| status.value(name)?.parse::<u64>().ok();
    let (late_s, at_ms) = (number(status::WITNESS_LATE)?, number(status::WITNESSED_MS)?);
    let silent_s = now.get().saturating_sub(at_ms.div_euclid(1_000));
    let left_s = late_s.checked_sub(silent_s).filter(|left| *left > 0)?;
    // They are asked again at a third of it.
    (silent_s > late_s.div_euclid(2)).then(|| {
        let (silent, left) = (minutes(silent_s), minutes(left_s));
        format!(
            "WITNESSES silent for {silent}: REDUCE_ONLY in {left}. Exits continue. \
             orchestrator health"
        )
    })
}

fn minutes(seconds: u64) -> String {
    format!("{} minutes", seconds.div_ceil(MINUTE_S))
}

/// Days where there are two, else hours.
fn span(seconds: u64) -> String {
    let (count, unit) = if seconds >= 2 * DAY_S {
        (seconds.div_euclid(DAY_S), "days")
    } else if seconds >= 2 * HOUR_S {
        (seconds.div_euclid(HOUR_S), "hours")
    } else {
        (seconds.div_euclid(MINUTE_S), "minutes")
    };
    format!("{count} {unit}")
}

/// `16:40Z`
fn clock(at_s: u64) -> String {
    let minutes = at_s.rem_euclid(DAY_S).div_euclid(MINUTE_S);
    format!(
        "{:02}:{:02}Z",
        minutes.div_euclid(60),
        minutes.rem_euclid(60)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, now: &str) -> Vec<String> {
        lines(&Status::parse(text), values::moment(now).unwrap())
    }

    #[test]
    fn a_policy_is_spoken_of_for_its_last_seven_days() {
        let status = "policy_version 17\npolicy_expires 2026-11-24T10:00:00Z\nsell_grace_days 7\n";
        assert!(told(status, "2026-11-17T09:59:59Z").is_empty());
        for (now, left) in [
            ("2026-11-17T10:00:00Z", "7 days"),
            ("2026-11-21T10:00:00Z", "3 days"),
            ("2026-11-22T10:00:01Z", "47 hours"),
            ("2026-11-24T08:00:01Z", "119 minutes"),
            ("2026-11-24T09:59:59Z", "0 minutes"),
        ] {
            let line = format!(
                "POLICY v17 expires in {left} (2026-11-24T10:00:00Z): then buys stop, sells run 7 \
                 days. signerctl note new policy --renew POLICY.note"
            );
            assert_eq!(told(status, now), [line]);
        }
        // From then on its cause says so.
        assert!(told(status, "2026-11-24T10:00:00Z").is_empty());
    }

    /// M118: the end of a session key is announced, and stays said.
    #[test]
    fn a_session_key_is_spoken_of_for_its_last_fourteen_days_and_after() {
        let status = "session_expires 2026-11-24T10:00:00Z\n";
        assert!(told(status, "2026-11-10T09:59:59Z").is_empty());
        for (now, left) in [
            ("2026-11-10T10:00:00Z", "14 days"),
            ("2026-11-24T09:59:59Z", "0 minutes"),
        ] {
            let line = format!("SESSION key ends in {left} (2026-11-24T10:00:00Z): then nothing ");
            let said = told(status, now);
            assert!(said.len() == 1 && said[0].starts_with(&line), "{said:?}");
        }
        let said = told(status, "2026-11-24T10:00:00Z");
        assert!(
            said[0].starts_with("SESSION key ended 2026-11-24T10:00:00Z: "),
            "{said:?}"
        );
    }

    /// M117: at 90 days of age both keys are spoken of, an owner key as one for
    /// which nothing stops.
    #[test]
    fn a_key_is_spoken_of_from_its_ninetieth_day_on() {
        let owner = "key_since_unix_ms 1795185600000\n";
        let session = format!("session_expires 2027-11-20T14:40:00Z\n{owner}");
        for (now, said) in [
            ("2027-02-18T14:39:59Z", None),
            ("2027-02-18T14:40:00Z", Some(90)),
            ("2027-03-20T14:40:00Z", Some(120)),
        ] {
            let line = |kind, then| {
                let line = |days| {
                    format!("KEY the {kind} key is {days} days old. Rotate for security: {then}")
                };
                Vec::from_iter(said.map(line))
            };
            let then = "nothing stops, since another owner key is another wallet. A session key \
                        rotates";
            assert_eq!(told(owner, now), line("owner", then), "{now}");
            let then = "buys stop at 120 days, everything at 127. signerctl rotate";
            assert_eq!(told(&session, now), line("session", then), "{now}");
        }
        // A clock before the key's own is no age.
        assert!(told(owner, "2026-11-20T14:39:59Z").is_empty());
    }

    #[test]
    fn a_loss_beyond_the_wallet_or_without_a_bound_is_explained() {
        let now = "2026-11-20T14:40:00Z";
        let status = |loss, complete| {
            format!(
                "loss_next_24h_usdc 1\nloss_until_locked_usdc {loss}\nwallet_usdc_max 5000\n\
                 holdings_declared_complete {complete}\n"
            )
        };
        let wallet = "WALLET no wallet loses more than it holds: wallet_usdc_max 5000";
        let open = "LOSS unbounded: holdings are not declared complete. \
                    signerctl note new declare --complete";
        assert!(told(&status("5000", "yes"), now).is_empty());
        assert_eq!(told(&status("5000.000001", "yes"), now), [wallet]);
        assert_eq!(told(&status("unbounded", "no"), now), [wallet, open]);
        assert_eq!(told(&status("unbounded", "yes"), now), [wallet]);
    }

    #[test]
    fn witnesses_are_spoken_of_from_half_their_time_until_it_is_over() {
        let status = "witnessed_unix_ms 1795185600000\nwitness_late_seconds 900\n";
        for (now, said) in [
            ("2026-11-20T14:47:30Z", None),
            ("2026-11-20T14:47:31Z", Some("8 minutes: REDUCE_ONLY in 8")),
            ("2026-11-20T14:54:59Z", Some("15 minutes: REDUCE_ONLY in 1")),
            ("2026-11-20T14:55:00Z", None),
        ] {
            let line = said.map(|said| {
                format!("WITNESSES silent for {said} minutes. Exits continue. orchestrator health")
            });
            assert_eq!(told(status, now), Vec::from_iter(line), "{now}");
        }
    }

    #[test]
    fn a_budget_is_spoken_of_from_four_fifths_on() {
        let status = |day, hour| {
            format!("today_day_usdc 1500\ncharged_day_usdc {day}\ncharged_hour_usdc {hour}\n")
        };
        let now = "2026-11-20T14:40:00Z";
        assert!(told(&status("1199.999999", "0"), now).is_empty());
        assert_eq!(
            told(&status("1200", "150"), now),
            [
                "BUDGET 80 %: 1200 of 1500 charged today; empty about 16:40Z at this pace. \
              signerctl note new dial --day USDC"
            ]
        );
        assert_eq!(
            told(&status("1600", "0"), now),
            ["BUDGET 106 %: 1600 of 1500 charged today. signerctl note new dial --day USDC"]
        );
        assert!(told("today_day_usdc 0\ncharged_day_usdc 0\n", now).is_empty());
        assert!(told("today_day_usdc x\ncharged_day_usdc 0\n", now).is_empty());
    }
}
