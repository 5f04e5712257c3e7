//! `preflight`: the checklist before production.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use orchestrator::alerts;
use orchestrator::checks::fills::{self, Tried};
use orchestrator::checks::keys::{self, Reach};
use orchestrator::checks::preflight::{self, Line, Verdict};
use orchestrator::clob::Gamma;
use orchestrator::config::Config;
use serde_json::{Value, json};

use super::{Answer, Failure, health};

/// Goes through the security checklist: keys, leaders, sizes, slippage, what
/// the largest orders would meet on the books, health, tests, dependencies, scripts, monitoring, funds, and where we are.
///
/// Exit: 0 every line passes; 1 something could not be told; 2 something fails.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  orchestrator preflight\n  orchestrator preflight --json")]
pub(crate) struct Args {}

pub(crate) fn run(config: Config) -> Result<Answer, Failure> {
    let strategies = super::strategies(&config);
    let (limits, listen) = (config.checks.clone(), config.metrics.listen);
    let report = limits.deny_report.as_deref().map(read);
    let keys = keys::found(&reach(&config));
    let tried = tried(&config)?;
    let called = match &config.alerts {
        None => None,
        Some(to) => Some(super::runtime()?.block_on(alerts::test(to, &config.database))),
    };
    let found = health::gather(config)?;
    let lines = [
        preflight::no_keys(&keys),
        preflight::leaders(&strategies),
        preflight::intent_size(&strategies, &found.balance_units, limits.intent_percent_max),
        preflight::slippage(&strategies, limits.slippage_percent_max),
        preflight::fills(&tried),
        preflight::health(&found.checks),
        preflight::tests(option_env!("COUNTERSIGN_TESTED_COMMIT")),
        preflight::dependencies(report.as_ref()),
        preflight::build_scripts(),
        preflight::monitoring(listen, called.as_ref()),
        preflight::funds(&found.balance_units, limits.wallet_usdc_max),
        preflight::place(found.standing.as_ref()),
    ];
    Ok(told(&lines))
}

/// The largest order of every strategy, in markets that it may trade in.
fn tried(config: &Config) -> Result<Vec<Tried>, Failure> {
    let clob = super::clob(config).map_err(Failure::trouble)?;
    let gamma = Gamma::new(&config.copy.gamma_url, config.clob.timeout_ms);
    let gamma = gamma.map_err(Failure::trouble)?;
    Ok(super::runtime()?.block_on(async {
        let mut all = Vec::new();
        for named in &config.copy.strategies {
            all.extend(fills::try_all(&clob, &gamma, named).await);
        }
        all
    }))
}

fn told(lines: &[Line]) -> Answer {
    let worst = lines.iter().map(|line| line.verdict).max();
    let text = lines.iter().map(|line| {
        let fix = if line.verdict == Verdict::Pass {
            String::new()
        } else {
            format!(". Fix: {}", line.fix)
        };
        format!(
            "{:<7} {}: {}{fix}",
            line.verdict.word(),
            line.asks,
            line.how
        )
    });
    let rows = lines.iter().map(|line| {
        json!({
            "asks": line.asks,
            "verdict": line.verdict.word(),
            "how": line.how,
            "fix": line.fix,
        })
    });
    Answer {
        code: match worst {
            Some(Verdict::Pass) => 0,
            None | Some(Verdict::Unknown) => 1,
            Some(Verdict::Fail) => 2,
        },
        text: text.collect::<Vec<_>>().join("\n"),
        json: json!({"lines": rows.collect::<Vec<Value>>()}),
    }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// The environment, and the folders of every file that is configured. Our own
/// identity is known for what it is.
fn reach(config: &Config) -> Reach {
    let signer = &config.signer;
    let mut known: Vec<PathBuf> = vec![
        signer.certificate.clone(),
        signer.private_key.clone(),
        signer.request_key.clone(),
        config.clob.credentials.clone(),
    ];
    known.extend(config.clob.sealing_key.clone());
    known.extend(config.intake.token.clone());
    known.extend(config.alerts.as_ref().map(|to| to.webhook.clone()));
    let files = known
        .iter()
        .chain([&config.database, &config.intents])
        .filter_map(|path| path.parent());
    let folders: BTreeSet<PathBuf> = files
        .map(|folder| {
            if folder.as_os_str().is_empty() {
                PathBuf::from(".")
            } else {
                folder.to_owned()
            }
        })
        .collect();
    let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    Reach {
        env: std::env::vars_os()
            .map(|(name, value)| (lossy(name), lossy(value)))
            .collect(),
        known,
        folders: folders.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_line_is_the_exit_code_and_each_that_fails_says_its_fix() {
        let code = |verdicts: &[Verdict]| {
            let lines: Vec<Line> = verdicts
                .iter()
                .map(|verdict| Line {
                    asks: "asks",
                    verdict: *verdict,
                    how: "how".to_owned(),
                    fix: "mend it",
                })
                .collect();
            let answer = told(&lines);
            let fixes = answer.text.matches("Fix: mend it").count();
            assert_eq!(
                fixes,
                verdicts.iter().filter(|v| **v != Verdict::Pass).count()
            );
            assert_eq!(answer.json["lines"][0]["fix"], "mend it");
            answer.code
        };
        assert_eq!(code(&[Verdict::Pass, Verdict::Pass]), 0);
        assert_eq!(code(&[Verdict::Pass, Verdict::Unknown]), 1);
        assert_eq!(code(&[Verdict::Fail, Verdict::Unknown]), 2);
    }
}
