//! The watcher's own configuration file, parsed whole before anything opens.
//!
//! The settings of the copytrader document stand under its names, in capitals.
//!
//! Invariant: unknown keys are refused, secrets are only named by path, and no
//! key of this file names a signer, an order API or its credentials.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use order::{Address, Chain};
use reqwest::Url;
use serde::Deserialize;

use crate::egress;
use crate::notes::{Attesting, NotesSection};
use crate::settings::{self, bad, within};
use crate::spot;

/// The document's `PYTHON_ENDPOINT`.
const ENDPOINT: &str = "http://127.0.0.1:8765/intent";
const DATA_API: &str = "https://data-api.polymarket.com";

/// Everything the watcher needs to know before it starts.
#[derive(Debug)]
pub struct Config {
    /// Whom to watch, in the order written.
    pub leaders: Vec<Address>,
    /// Those of them that nobody follows, where the file says who is followed.
    pub not_followed: Vec<Address>,
    /// How often each is looked at.
    pub poll_ms: u64,
    /// Where intents go.
    pub output: Output,
    /// The key that lines are signed with; unsigned without.
    pub identity: Option<PathBuf>,
    /// What was seen.
    pub database: PathBuf,
    /// The Data API's base address.
    pub data_api: String,
    /// Hosts that may be asked.
    pub hosts: Vec<String>,
    /// The chain whose trades these are.
    pub chain_id: u64,
    /// Milliseconds to wait for an answer.
    pub timeout_ms: u64,
    /// How far before the newest trade seen a list is read again.
    pub overlap_s: u64,
    /// How long a trade may be told before the positions know of it.
    pub settle_s: u64,
    /// How often activity that is no trade is looked for.
    pub activity_s: u64,
    /// What is signed of what happens on chain, if anything is.
    pub notes: Option<Attesting>,
    /// What an operator is to be told.
    pub warnings: Vec<String>,
}

/// Where intents go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Nowhere: they are only remembered.
    None,
    /// To the end of a file.
    Jsonl {
        /// Which.
        path: PathBuf,
        /// A new file is begun before it is longer, in bytes.
        bytes_max: u64,
    },
    /// To somebody who answers.
    Http {
        /// Where.
        url: Url,
        /// File with the bearer token.
        token: PathBuf,
    },
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "no addresses: write them as text, by commas, or as a list"
)]
enum Listed {
    Text(String),
    List(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "MONITORED_TRADERS")]
    monitored_traders: Listed,
    #[serde(rename = "FOLLOW_TRADERS")]
    follow_traders: Option<Listed>,
    #[serde(rename = "OUTPUT_MODE", default = "output_mode")]
    output_mode: String,
    #[serde(rename = "OUTPUT_FILE")]
    output_file: Option<PathBuf>,
    #[serde(rename = "INTENT_ENDPOINT")]
    intent_endpoint: Option<String>,
    #[serde(rename = "PYTHON_ENDPOINT")]
    python_endpoint: Option<String>,
    #[serde(rename = "POLL_INTERVAL")]
    poll_interval_s: Option<u64>,
    poll_ms: Option<u64>,
    output_bytes_max: Option<u64>,
    token: Option<PathBuf>,
    identity: Option<PathBuf>,
    database: PathBuf,
    data_api: Option<String>,
    hosts: Option<Vec<String>>,
    chain_id: Option<u64>,
    timeout_ms: Option<u64>,
    overlap_s: Option<u64>,
    settle_s: Option<u64>,
    activity_s: Option<u64>,
    notes: Option<NotesSection>,
}

fn output_mode() -> String {
    "file".to_owned()
}

/// Addresses, whatever their letters' case; each once.
fn addresses(field: &str, listed: &Listed) -> Result<Vec<Address>, String> {
    let texts: Vec<&str> = match listed {
        Listed::Text(text) => text.split(',').map(str::trim).collect(),
        Listed::List(list) => list.iter().map(|text| text.trim()).collect(),
    };
    let mut seen = BTreeSet::new();
    let mut addresses = Vec::new();
    for text in texts.into_iter().filter(|text| !text.is_empty()) {
        let fix = "write 0x and 40 hex digits: the wallet that trades, as a profile shows it";
        let parsed: Option<Address> = text.starts_with("0x").then(|| text.parse().ok()).flatten();
        let Some(address) = parsed.filter(|address| !address.is_zero()) else {
            return Err(bad(field, &format!("{text:?} is not an address"), fix));
        };
        if !seen.insert(address) {
            let problem = format!("{text} is there twice");
            return Err(bad(field, &problem, "write it once"));
        }
        addresses.push(address);
    }
    Ok(addresses)
}

impl Config {
    /// Reads and parses `path`; relative paths in it are taken from its folder.
    ///
    /// # Errors
    ///
    /// A sentence that names the field, its problem and the fix.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = settings::read(path)?;
        Self::parse(&text, path.parent().unwrap_or(Path::new(".")))
    }

    fn parse(text: &str, base: &Path) -> Result<Self, String> {
        let mut file: File = toml::from_str(text).map_err(|e| {
            let fix = "write it as deploy/watch.example.toml does";
            bad(&spot::field_of(text, &e), &spot::words_of(&e), fix)
        })?;
        let leaders = addresses("MONITORED_TRADERS", &file.monitored_traders)?;
        if leaders.is_empty() {
            let fix = "write whom to watch";
            return Err(bad("MONITORED_TRADERS", "empty", fix));
        }
        let followed = file.follow_traders.as_ref();
        let followed = followed
            .map(|listed| addresses("FOLLOW_TRADERS", listed))
            .transpose()?;
        let not_followed = followed.map_or_else(Vec::new, |followed| {
            let strange = leaders.iter().filter(|leader| !followed.contains(leader));
            strange.copied().collect()
        });
        let mut warnings = Vec::new();
        let output = output(&file, base, &mut warnings)?;
        let chain_id = file.chain_id.unwrap_or(137);
        let Some(chain) = Chain::from_id(chain_id) else {
            return Err(bad("chain_id", "not known", "use 137 or 80002"));
        };
        let (data_api, hosts) = public(&file)?;
        let timeout_ms = within("timeout_ms", file.timeout_ms, 5_000, (1, 60_000))?;
        let notes = file.notes.take().map(|section| {
            let url = Url::parse(&section.rpc)
                .map_err(|e| bad("notes.rpc", &e.to_string(), "write a node's address"))?;
            if let Some(refusal) = egress::refusal(&url, &hosts) {
                return Err(format!("CONFIG notes.rpc: {refusal}"));
            }
            let read = section.read(base, file.identity.as_ref(), (chain, timeout_ms));
            read.map_err(|[field, problem, fix]| bad(field, problem, fix))
        });
        let notes = notes.transpose()?;
        Ok(Self {
            leaders,
            not_followed,
            poll_ms: poll_ms(&file)?,
            output,
            identity: file.identity.map(|path| base.join(path)),
            database: base.join(file.database),
            data_api,
            hosts,
            chain_id,
            timeout_ms,
            overlap_s: within("overlap_s", file.overlap_s, 900, (1, 86_400))?,
            settle_s: within("settle_s", file.settle_s, 30, (0, 3_600))?,
            activity_s: within("activity_s", file.activity_s, 10, (0, 3_600))?,
            notes,
            warnings,
        })
    }
}

fn poll_ms(file: &File) -> Result<u64, String> {
    let seconds = match (file.poll_interval_s, file.poll_ms) {
        (Some(_), Some(_)) => {
            let fix = "leave one out";
            return Err(bad(
                "poll_ms",
                "beside POLL_INTERVAL, which says the same",
                fix,
            ));
        }
        (None, Some(ms)) => return within("poll_ms", Some(ms), 1_000, (50, 3_600_000)),
        (seconds, None) => within("POLL_INTERVAL", seconds, 1, (1, 3_600))?,
    };
    Ok(seconds.saturating_mul(1_000))
}

fn public(file: &File) -> Result<(String, Vec<String>), String> {
    let base = file.data_api.clone().unwrap_or_else(|| DATA_API.to_owned());
    let url =
        Url::parse(&base).map_err(|e| bad("data_api", &e.to_string(), "write its address"))?;
    let hosts = file.hosts.clone();
    let hosts = hosts.unwrap_or_else(|| vec!["data-api.polymarket.com".to_owned()]);
    match egress::refusal(&url, &hosts) {
        Some(refusal) => Err(format!("CONFIG data_api: {refusal}")),
        None => Ok((base, hosts)),
    }
}

fn output(file: &File, base: &Path, warnings: &mut Vec<String>) -> Result<Output, String> {
    match file.output_mode.as_str() {
        "none" => Ok(Output::None),
        "file" | "jsonl" => {
            let path = file
                .output_file
                .as_deref()
                .unwrap_or(Path::new("intents.jsonl"));
            let usual = 64 * 1024 * 1024;
            let range = (64 * 1024, 1 << 40);
            let bytes_max = within("output_bytes_max", file.output_bytes_max, usual, range)?;
            Ok(Output::Jsonl {
                path: base.join(path),
                bytes_max,
            })
        }
        "http" => http(file, base, warnings),
        other => {
            let problem = format!("{other:?} is not known");
            Err(bad("OUTPUT_MODE", &problem, "write none, file or http"))
        }
    }
}

fn http(file: &File, base: &Path, warnings: &mut Vec<String>) -> Result<Output, String> {
    let (name, text) = match (&file.intent_endpoint, &file.python_endpoint) {
        (Some(_), Some(_)) => {
            let problem = "beside INTENT_ENDPOINT, whose old name it is";
            return Err(bad("PYTHON_ENDPOINT", problem, "leave it out"));
        }
        (None, Some(text)) => {
            let told = "CONFIG PYTHON_ENDPOINT: the old name of INTENT_ENDPOINT; rename it";
            warnings.push(told.to_owned());
            ("PYTHON_ENDPOINT", text.as_str())
        }
        (given, None) => ("INTENT_ENDPOINT", given.as_deref().unwrap_or(ENDPOINT)),
    };
    let fix = "write it as http://127.0.0.1:8765/intent";
    let url = Url::parse(text).map_err(|e| bad(name, &e.to_string(), fix))?;
    let is_safe = match url.scheme() {
        "https" => true,
        "http" => egress::is_loopback(&url),
        _ => false,
    };
    if !is_safe || !url.username().is_empty() || url.password().is_some() {
        let problem = "neither this host's loopback by its address nor https, or holds a login";
        return Err(bad(name, problem, fix));
    }
    let token = file.token.as_ref().ok_or_else(|| {
        let fix = "name the file with the bearer token of the other side's intake.token";
        bad("token", "missing", fix)
    })?;
    Ok(Output::Http {
        url,
        token: base.join(token),
    })
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
