//! The document's checklist before production, each line told with how it was
//! looked at.
//!
//! Invariant: what could not be looked at is unknown, and unknown is no pass.

use std::collections::BTreeMap;

use order::CollateralUnits;
use plan::Bps;

use super::fills::{Done, Tried};
use super::{Check, Level, OWNER_KEY, Standing, StrategySummary, allowlist};

/// The lock file this program was built from.
const LOCK: &str = include_str!("../../../Cargo.lock");
/// The rules its dependencies are held to.
const DENY: &str = include_str!("../../../deny.toml");

/// How a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It is as it should be.
    Pass,
    /// It could not be told.
    Unknown,
    /// It is not.
    Fail,
}

impl Verdict {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Unknown => "unknown",
            Self::Fail => "fail",
        }
    }
}

/// One line of the checklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it asks, close to the document's words.
    pub asks: &'static str,
    /// How it stands.
    pub verdict: Verdict,
    /// What was looked at, and found.
    pub how: String,
    /// What mends it.
    pub fix: &'static str,
}

fn line(asks: &'static str, fix: &'static str, verdict: Verdict, how: impl Into<String>) -> Line {
    Line {
        asks,
        verdict,
        how: how.into(),
        fix,
    }
}

const fn passes(is: bool) -> Verdict {
    if is { Verdict::Pass } else { Verdict::Fail }
}

/// No wallet's key can be reached from this host's side.
#[must_use]
pub fn no_keys(found: &Result<Vec<String>, String>) -> Line {
    let asks = "The generator of signals has no access to private keys";
    let fix =
        "keep the key on the signer's host alone; start this program with an empty environment";
    match found {
        Err(e) => line(asks, fix, Verdict::Unknown, e.clone()),
        Ok(places) if places.is_empty() => {
            let how = "looked through the environment, the folders of all configured files, and \
                       for an agent: no wallet key";
            line(asks, fix, Verdict::Pass, how)
        }
        Ok(places) => {
            let how = format!("looks like a key: {}", places.join(", "));
            line(asks, fix, Verdict::Fail, how)
        }
    }
}

/// Leaders are named.
#[must_use]
pub fn leaders(strategies: &[StrategySummary]) -> Line {
    let (_, level, words) = allowlist(strategies);
    let is = level == Level::Well && !strategies.is_empty();
    line(
        "FOLLOW_TRADERS allowlist is configured",
        "name the leaders of each strategy",
        passes(is),
        words,
    )
}

/// No intent can take a large part of the balance.
#[must_use]
pub fn intent_size(
    strategies: &[StrategySummary],
    balance_units: &Result<u64, String>,
    percent_max: Bps,
) -> Line {
    let asks = "MAX_INTENT_SIZE_USDC is reasonable for your capital";
    let fix = "lower it, or raise checks.intent_percent_max and know why";
    let Some(most) = strategies.iter().map(|strategy| strategy.usdc_max).max() else {
        return line(asks, fix, Verdict::Unknown, "no strategy has one");
    };
    let balance = match balance_units {
        Ok(units) => *units,
        Err(e) => return line(asks, fix, Verdict::Unknown, format!("the balance: {e}")),
    };
    let part = u128::from(most.get()).saturating_mul(10_000);
    let room = u128::from(balance).saturating_mul(u128::from(percent_max.0));
    let balance = CollateralUnits::new(balance);
    let how = format!("at most {most} of {balance} pUSD; {percent_max} of it is the most");
    line(asks, fix, passes(part <= room), how)
}

/// No strategy accepts a wide slippage.
#[must_use]
pub fn slippage(strategies: &[StrategySummary], most: Bps) -> Line {
    let asks = "MAX_SLIPPAGE_PERCENT protects against bad fills";
    let fix = "lower it, or raise checks.slippage_percent_max and know why";
    let widest = strategies
        .iter()
        .max_by_key(|strategy| strategy.slippage_max);
    let Some(widest) = widest else {
        return line(asks, fix, Verdict::Unknown, "no strategy has one");
    };
    let how = format!(
        "the widest is {} of strategy {}; {most} is the most",
        widest.slippage_max, widest.name
    );
    line(asks, fix, passes(widest.slippage_max <= most), how)
}

/// The largest orders would be filled within their bounds, on books as they
/// are now. A market that a strategy names itself must take its order; of the
/// catalogue's busiest, which it does not choose, one must.
#[must_use]
pub fn fills(tried: &[Tried]) -> Line {
    let asks = "A simulated fill is within MAX_SLIPPAGE_PERCENT on up to ten allowed markets";
    let fix = "take the market off the list, lower max_intent_size_usdc, or wait for its book";
    let word = |done: &Done| match done {
        Done::Filled(words) => format!("pass, {words}"),
        Done::Refused(why) => format!("fail, {why}"),
        Done::Unseen(why) => format!("unknown, {why}"),
    };
    let told = tried.iter().map(|one| {
        let (strategy, market) = (&one.strategy, &one.market);
        format!("{strategy} in {market}: {}", word(&one.done))
    });
    let how = told.collect::<Vec<_>>().join("; ");
    if how.is_empty() {
        return line(asks, fix, Verdict::Unknown, "no strategy has a market");
    }
    line(asks, fix, fills_verdict(tried), how)
}

fn fills_verdict(tried: &[Tried]) -> Verdict {
    let of = |one: &Tried| match one.done {
        Done::Filled(_) => Verdict::Pass,
        Done::Refused(_) => Verdict::Fail,
        Done::Unseen(_) => Verdict::Unknown,
    };
    let named = tried.iter().filter(|one| one.is_named).map(of);
    let mut best: BTreeMap<&str, Verdict> = BTreeMap::new();
    for one in tried.iter().filter(|one| !one.is_named) {
        let kept = best.entry(&one.strategy).or_insert(Verdict::Fail);
        *kept = of(one).min(*kept);
    }
    named
        .chain(best.into_values())
        .max()
        .unwrap_or(Verdict::Unknown)
}

/// The health check passes. An owner key's age is told, and no reason against: it
/// could be mended by another wallet alone.
#[must_use]
pub fn health(checks: &[Check]) -> Line {
    let (told, held): (Vec<&Check>, Vec<&Check>) =
        checks.iter().partition(|(name, ..)| *name == OWNER_KEY);
    let worst = held.iter().max_by_key(|(_, level, _)| *level);
    let (verdict, how) = match worst {
        None => (Verdict::Unknown, "nothing was checked".to_owned()),
        Some((_, Level::Well, _)) => (Verdict::Pass, format!("all {} checks", checks.len())),
        Some((name, Level::Unset, words)) => (Verdict::Unknown, format!("{name}: {words}")),
        Some((name, Level::Warns | Level::Fails, words)) => {
            (Verdict::Fail, format!("{name}: {words}"))
        }
    };
    let how = told.iter().fold(how, |how, (name, _, words)| {
        format!("{how}; {name}: {words}")
    });
    line(
        "Health check passes",
        "run `orchestrator health`, and mend what it names",
        verdict,
        how,
    )
}

/// The tests passed for the commit this program was built from.
#[must_use]
pub fn tests(tested: Option<&str>) -> Line {
    let asks = "Tests pass";
    let fix = "build with COUNTERSIGN_TESTED_COMMIT set to the commit whose `make test` passed";
    match tested {
        None | Some("") => line(
            asks,
            fix,
            Verdict::Unknown,
            "this build names no tested commit",
        ),
        Some(commit) => {
            let is = commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
            let how = format!("built from commit {commit}, after its tests had passed");
            line(asks, fix, passes(is), how)
        }
    }
}

/// The hash of the lock file this program was built from.
#[must_use]
pub fn lock_hash() -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, LOCK.as_bytes());
    hex::encode(hash)
}

/// The dependencies of this very build were audited.
#[must_use]
pub fn dependencies(report: Option<&Result<String, String>>) -> Line {
    let asks = "Dependencies audited (cargo deny)";
    let fix =
        "run `make deny-report` on the sources of this build, and name it in checks.deny_report";
    let own = lock_hash();
    match report {
        None => {
            let how = format!("no report is configured; this build's Cargo.lock is {own}");
            line(asks, fix, Verdict::Unknown, how)
        }
        Some(Err(e)) => line(asks, fix, Verdict::Unknown, e.clone()),
        Some(Ok(text)) => {
            let (lock, rest) = text.split_once('\n').unwrap_or((text, ""));
            let lock = lock.split_whitespace().next().unwrap_or_default();
            let is = rest.lines().any(|said| {
                ["advisories ok", "bans ok", "sources ok"]
                    .iter()
                    .all(|word| said.contains(word))
            });
            let how = match (lock == own, is) {
                (true, true) => format!("the report is of this build's Cargo.lock, {own}"),
                (false, _) => {
                    format!("the report is of another Cargo.lock than this build's {own}")
                }
                (true, false) => "the report does not say ok".to_owned(),
            };
            line(asks, fix, passes(lock == own && is), how)
        }
    }
}

/// Only build scripts that somebody read run on who compiles this.
#[must_use]
pub fn build_scripts() -> Line {
    scripts_of(DENY)
}

fn scripts_of(rules: &str) -> Line {
    let listed = toml::from_str::<toml::Value>(rules).ok().and_then(|rules| {
        let listed = rules
            .get("bans")?
            .get("build")?
            .get("allow-build-scripts")?;
        let names = listed.as_array()?.iter().map(|name| name.as_str());
        names
            .collect::<Option<Vec<_>>>()
            .map(|names| names.join(", "))
    });
    let (verdict, how) = match listed {
        Some(names) => {
            let how = format!("nothing runs at install; at build only what was read: {names}");
            (Verdict::Pass, how)
        }
        None => (Verdict::Fail, "deny.toml lists no build scripts".to_owned()),
    };
    line(
        "No post-install scripts",
        "list what may run in deny.toml's bans.build, after reading it",
        verdict,
        how,
    )
}

/// Somebody can see how it does, and is called: a test message was acknowledged.
/// `called` is none where nobody is configured.
#[must_use]
pub fn monitoring(
    listen: Option<std::net::SocketAddr>,
    called: Option<&Result<String, String>>,
) -> Line {
    let seen = listen.map_or_else(
        || "metrics.listen is not set; only the log says anything".to_owned(),
        |address| format!("metrics at http://{address}/metrics, the log on standard error"),
    );
    let heard = match called {
        None => "alerts.webhook is not set, so nobody is called".to_owned(),
        Some(Err(why)) => format!("a test alert was not acknowledged: {why}"),
        Some(Ok(id)) => format!("the test alert {id} was acknowledged"),
    };
    line(
        "Monitoring and logging configured",
        "set metrics.listen, and have it read; set alerts.webhook, and answer it with 2xx",
        passes(listen.is_some() && matches!(called, Some(Ok(_)))),
        format!("{seen}; {heard}"),
    )
}

/// The wallet holds no more than it should.
#[must_use]
pub fn funds(balance_units: &Result<u64, String>, most: CollateralUnits) -> Line {
    let asks = "The wallet has limited funds";
    let fix = "move the rest to cold storage, or raise checks.wallet_usdc_max and know why";
    match balance_units {
        Err(e) => line(asks, fix, Verdict::Unknown, format!("the balance: {e}")),
        Ok(units) => {
            let how = format!("{} pUSD; {most} is the most", CollateralUnits::new(*units));
            line(asks, fix, passes(*units <= most.get()), how)
        }
    }
}

/// This host and this account may trade.
#[must_use]
pub fn place(standing: Option<&Standing>) -> Line {
    let asks = "Trading is allowed from here";
    let fix = "trade only from where and as whom https://polymarket.com/tos allows";
    match standing {
        None => {
            let how = "not asked: set checks.geoblock to https://polymarket.com/api/geoblock";
            line(asks, fix, Verdict::Fail, how)
        }
        Some(standing) => line(
            asks,
            fix,
            passes(*standing == Standing::Allowed),
            standing.words(),
        ),
    }
}

#[cfg(test)]
#[path = "preflight_tests.rs"]
mod tests_of_lines;
