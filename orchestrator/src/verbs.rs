//! The verbs, and what they share: answers, failures, exit codes.

pub(crate) mod audit;
pub(crate) mod config;
pub(crate) mod credentials;
pub(crate) mod exit;
pub(crate) mod health;
mod identity;
pub(crate) mod incident;
pub(crate) mod intents;
pub(crate) mod lister;
pub(crate) mod positions;
pub(crate) mod preflight;
mod reach;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod stats;
pub(crate) mod watch;
pub(crate) mod witness;

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use orchestrator::checks::StrategySummary;
use orchestrator::clob::{Account, Clob};
use orchestrator::config::{Config, Named};
use orchestrator::store::StoreError;
use serde_json::Value;

/// Something is not over, or there is nothing to do.
pub(crate) const CODE_OPEN: u8 = 3;
/// A person must look before anything goes on; systemd must not restart.
pub(crate) const CODE_INCIDENT: u8 = 42;

/// What a verb answers.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: u8,
    /// For people; empty for nothing.
    pub(crate) text: String,
    /// For programs.
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) const fn done(text: String, json: Value) -> Self {
        Self {
            code: 0,
            text,
            json,
        }
    }
}

/// Why a verb has no answer.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: u8,
    /// Names the thing, its problem and the fix.
    pub(crate) sentence: String,
}

impl Failure {
    pub(crate) const fn trouble(sentence: String) -> Self {
        Self { code: 1, sentence }
    }
}

impl From<StoreError> for Failure {
    fn from(e: StoreError) -> Self {
        Self::trouble(format!("STORE {e}"))
    }
}

/// The strategies, as far as the checks judge them.
pub(crate) fn strategies(config: &Config) -> Vec<StrategySummary> {
    let summary = |named: &Named| StrategySummary {
        name: named.name.clone(),
        leaders: named.rules.leaders.len(),
        usdc_min: named.rules.intent_usdc_min,
        usdc_max: named.rules.intent_usdc_max,
        slippage_max: named.rules.slippage_max,
    };
    config.copy.strategies.iter().map(summary).collect()
}

/// The way to the venue for this configuration.
pub(crate) fn clob(config: &Config) -> Result<Clob, String> {
    Clob::new(&config.clob, account(config))
}

/// Whose API key it is, and for whom it trades.
pub(crate) const fn account(config: &Config) -> Account {
    Account {
        address: config.signer.signing_address,
        maker: config.signer.maker,
        exchange: config.signer.venue.exchange,
    }
}

/// A runtime for a few questions.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::trouble(format!("HOST no runtime: {e}; look at its limits")))
}

/// Writes a key that was just made, for its owner's eyes, where no file is yet.
pub(crate) fn write_new_key(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let unwritable = |e: std::io::Error| {
        let fix = "name a file that is not there yet, in a folder of this user";
        Failure::trouble(format!("FILE {}: {e}; {fix}", path.display()))
    };
    let mut options = std::fs::File::options();
    options.write(true).create_new(true).mode(0o400);
    let mut file = options.open(path).map_err(unwritable)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(unwritable)
}

/// Base units as people write them.
pub(crate) fn units(units: u64) -> String {
    order::CollateralUnits::new(units).to_string()
}

/// The same with a sign.
pub(crate) fn signed_units(amount: i64) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    format!("{sign}{}", units(amount.unsigned_abs()))
}

/// The beginning and the end of a long id.
pub(crate) fn shortened(id: &str) -> String {
    let count = id.chars().count();
    if count <= 14 {
        return id.to_owned();
    }
    let begin: String = id.chars().take(8).collect();
    let end: String = id.chars().skip(count.saturating_sub(6)).collect();
    format!("{begin}\u{2026}{end}")
}
