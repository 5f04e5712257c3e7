//! `health`: whether everything that trading needs is well.

mod signer;

use orchestrator::checks::geoblock;
use orchestrator::checks::{self, Answers, Check, Level, Standing, StrategySummary};
use orchestrator::clob::age::{Age, Due, REMINDER};
use orchestrator::clob::{ClobError, Wallet};
use orchestrator::config::Config;
use orchestrator::pipeline::duration;
use orchestrator::reconcile::sweep::skew;
use orchestrator::relay::{self, Kept};
use orchestrator::store::{Count, Holding, Store, StoreError};
use orchestrator::{clock, store};
use order::CollateralUnits;
use serde_json::{Value, json};

use super::{Answer, Failure, reach, shortened, units};

/// Asks database, signer, venue and wallet how they are.
///
/// Market feed and Polygon node are asked where they are configured, and told as
/// `unset` where they are not.
///
/// Exit: 0 all that was asked is well; 1 something wants attention; 2 something fails, and
/// nothing, or no buy, is signed.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  orchestrator health\n  orchestrator health --json")]
pub(crate) struct Args {}

/// What was found out, for whoever judges it.
pub(crate) struct Gathered {
    pub(crate) checks: Vec<Check>,
    /// Where this host stands; none where it is not configured to be asked.
    pub(crate) standing: Option<Standing>,
    /// The wallet's collateral.
    pub(crate) balance_units: Result<u64, String>,
}

pub(crate) fn run(config: Config) -> Result<Answer, Failure> {
    let checks = gather(config)?.checks;
    let worst = checks
        .iter()
        .map(|(_, level, _)| *level)
        .max()
        .unwrap_or(Level::Fails);
    let lines = table(&checks);
    let rows: Vec<Value> = checks
        .iter()
        .map(|(name, level, words)| json!({"check": name, "level": level.word(), "words": words}))
        .collect();
    Ok(Answer {
        code: worst.code(),
        text: lines.join("\n"),
        json: json!({"level": worst.word(), "checks": rows}),
    })
}

/// A line a check: how it is, its name, and the words, each below the other.
fn table(checks: &[Check]) -> Vec<String> {
    let names = checks.iter().map(|(name, ..)| name.len());
    let widest = names.max().unwrap_or_default();
    let line =
        |(name, level, words): &Check| format!("{:<5} {name:<widest$}  {words}", level.word());
    checks.iter().map(line).collect()
}

/// Asks everybody.
pub(crate) fn gather(config: Config) -> Result<Gathered, Failure> {
    let mut found = Vec::new();
    // Where it cannot be told, nobody's epoch is ended.
    let is_run = config.database.exists() && store::is_run(&config.database).unwrap_or(true);
    match database(&config) {
        Ok(mut checks) => found.append(&mut checks),
        Err(e) => found.push(("database", Level::Fails, e.to_string())),
    }
    let strategies = super::strategies(&config);
    super::runtime()?.block_on(async {
        let mut asked = venue(&config).await;
        found.append(&mut asked.checks);
        let documented = [
            checks::allowlist(&strategies),
            checks::sizes(&strategies),
            checks::storage(&config.database),
            checks::connectivity(&asked.answers, config.trading.skew_ms),
            checks::wallet(
                &asked.wallet,
                config.signer.venue.chain,
                needed(&config, &strategies),
            ),
        ];
        let reached = reach::checks(&config).await;
        let seen = if is_run {
            signer::last_seen(&config)
        } else {
            None
        };
        let cost = cost(&config);
        let kept = Kept::read(&relay::path_beside(&config.database));
        let named = (&config.witnesses, &*config.clob.url);
        let witnesses = checks::witnesses::check(named, kept, clock::now_ms());
        let (age, (name, level, words)) = signer::ask(config, is_run, seen).await;
        let cost = cost.of(&words);
        found.push((name, level, words + &cost));
        found.extend(age.and_then(|age| signer::reminder(age, clock::now_ms())));
        found.extend(witnesses);
        found.extend(documented);
        found.extend(reached);
        Ok(Gathered {
            checks: found,
            standing: asked.answers.standing,
            balance_units: asked.wallet.map(|wallet| wallet.balance_units),
        })
    })
}

/// Least collateral that is enough: the configured, or the largest intent.
fn needed(config: &Config, strategies: &[StrategySummary]) -> CollateralUnits {
    let largest = strategies.iter().map(|strategy| strategy.usdc_max).max();
    config
        .checks
        .wallet_usdc_min
        .max(largest.unwrap_or_default())
}

fn database(config: &Config) -> Result<Vec<Check>, StoreError> {
    let store = Store::read(&config.database)?;
    let mut checks = Vec::new();
    let incidents = store.incidents(false)?;
    checks.push(match (store.is_whole()?, incidents.first()) {
        (false, _) => {
            let words = "its pages are damaged: restore a copy".to_owned();
            ("database", Level::Fails, words)
        }
        (true, Some(incident)) => {
            let words = format!("INCIDENT {} {}", incident.id, incident.code);
            ("database", Level::Fails, words)
        }
        (true, None) => ("database", Level::Well, "whole, no incident".to_owned()),
    });
    checks.push(if store::is_run(&config.database)? {
        ("run", Level::Well, "it runs".to_owned())
    } else {
        let words = "no `run` has the database: start it".to_owned();
        ("run", Level::Warns, words)
    });
    checks.push(unknowns(config, &store)?);
    Ok(checks)
}

fn unknowns(config: &Config, store: &Store) -> Result<Check, StoreError> {
    let rows = store.unknown_rows()?;
    let Some((hash, side, notional, since_ms)) = rows.first() else {
        return Ok(("unknown", Level::Well, "none".to_owned()));
    };
    let age_ms = clock::now_ms().saturating_sub(*since_ms);
    let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let stopped = count >= config.trading.unknown_max || age_ms >= config.trading.unknown_age_ms;
    let (level, end) = if stopped {
        (Level::Fails, "; buys stopped")
    } else {
        (Level::Warns, "")
    };
    let words = format!(
        "UNKNOWN {} {side} {} for {}, counted as filled{end}. {count} in all. \
         A run checks again within {}",
        shortened(hash),
        units(*notional),
        duration(age_ms),
        duration(config.trading.poll_ms)
    );
    Ok(("unknown", level, words))
}

/// What the venue answered, and what of it is told line by line.
struct Asked {
    checks: Vec<Check>,
    answers: Answers,
    wallet: Result<Wallet, String>,
}

async fn venue(config: &Config) -> Asked {
    let clob = match super::clob(config) {
        Ok(clob) => clob,
        Err(problem) => return unasked(&problem),
    };
    let before_ms = clock::now_ms();
    let time_s = clob.time_s().await;
    let after_ms = clock::now_ms();
    let skew_ms = time_s.map(|time_s| skew(before_ms, after_ms, time_s));
    let (version, closed_only) = (clob.version().await, clob.closed_only().await);
    let checks = vec![
        match &skew_ms {
            Err(e) => {
                let words = format!("the venue's is not known: {e}");
                ("clock", Level::Fails, words)
            }
            Ok(ms) => {
                let off = *ms > config.trading.skew_ms;
                let level = if off { Level::Fails } else { Level::Well };
                ("clock", level, format!("{ms} ms off the venue's"))
            }
        },
        terms(&version, &closed_only),
        keys(clob.age(), clock::now_ms()),
    ];
    let standing = match &config.checks.geoblock {
        None => None,
        Some(url) => {
            let page = geoblock::ask(url, config.clob.timeout_ms).await;
            let closed_only = closed_only.map_err(|e| e.to_string());
            Some(Standing::of(page, closed_only))
        }
    };
    Asked {
        checks,
        answers: Answers {
            up: clob.is_up().await.map_err(|e| e.to_string()),
            skew_ms: skew_ms.map_err(|e| e.to_string()),
            version: version.map_err(|e| e.to_string()),
            standing,
        },
        wallet: clob.wallet().await.map_err(|e| e.to_string()),
    }
}

/// Nobody could be asked at all.
fn unasked(problem: &str) -> Asked {
    let no = || problem.to_owned();
    Asked {
        checks: vec![("venue", Level::Fails, no())],
        answers: Answers {
            up: Err(no()),
            skew_ms: Err(no()),
            version: Err(no()),
            standing: Some(Standing::Unknown(no())),
        },
        wallet: Err(no()),
    }
}

/// How old the API keys are.
fn keys(age: Age, now_ms: u64) -> Check {
    let due = age.due(now_ms);
    let stop = age.stops(now_ms).or_else(|| age.stops_buys(now_ms));
    let level = match due {
        Due::Nothing => Level::Well,
        Due::Reminded => Level::Warns,
        Due::ReduceOnly | Due::Halted => Level::Fails,
    };
    let words = match (stop, due, age.imported_ms) {
        (Some((_, words)), _, _) => format!("{REMINDER} {words}"),
        (None, Due::Nothing, Some(imported_ms)) => {
            let days = now_ms.saturating_sub(imported_ms).div_euclid(86_400_000);
            format!("{days} days old")
        }
        (None, Due::Nothing, None) => "of unknown age: orchestrator credentials import".to_owned(),
        (None, _, _) => REMINDER.to_owned(),
    };
    ("keys", level, words)
}

/// On what terms the venue deals with us.
fn terms(version: &Result<u64, ClobError>, closed_only: &Result<bool, ClobError>) -> Check {
    match (version, closed_only) {
        (Err(e), _) | (_, Err(e)) => {
            let words = format!("{e}; check clob.url and clob.credentials");
            ("venue", Level::Fails, words)
        }
        (Ok(2), Ok(false)) => ("venue", Level::Well, "version 2, trading".to_owned()),
        (Ok(2), Ok(true)) => {
            let words = "this account may only close positions: ask the venue".to_owned();
            ("venue", Level::Warns, words)
        }
        (Ok(version), Ok(_)) => {
            let words = format!("it speaks version {version}, we 2: upgrade");
            ("venue", Level::Fails, words)
        }
    }
}

/// What a signer that does not sign costs.
#[derive(Default)]
struct Cost {
    /// Tokens that our lots hold something final of.
    positions: usize,
    /// Attempts denied because the signer only reduced, ever.
    missed: u64,
}

impl Cost {
    /// The words of it, for a signer that is told so.
    fn of(&self, signer: &str) -> String {
        if signer.starts_with("LOCKED") && self.positions > 0 {
            format!("; {} positions cannot be sold", self.positions)
        } else if signer.starts_with("REDUCE_ONLY") && self.missed > 0 {
            format!("; {} buys missed so far", self.missed)
        } else {
            String::new()
        }
    }
}

/// Reads it; that it cannot be read is the database's own check.
fn cost(config: &Config) -> Cost {
    let read = || -> Result<Cost, StoreError> {
        let store = Store::read(&config.database)?;
        let held = |holding: &&Holding| holding.settled_units > 0;
        let missed = |row: &&Count| row.code.as_deref() == Some("REDUCE_ONLY");
        Ok(Cost {
            positions: store.holdings()?.iter().filter(held).count(),
            missed: store
                .counts()?
                .iter()
                .filter(missed)
                .map(|row| row.count)
                .sum(),
        })
    };
    read().unwrap_or_default()
}
