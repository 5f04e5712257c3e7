//! The lister's own configuration file, parsed whole before anything opens.
//!
//! Invariant: unknown keys are refused, secrets are only named by path, and no
//! key of this file names a signer, a wallet or credentials.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use order::{Address, B256, Chain};
use reqwest::Url;
use serde::Deserialize;

use super::judge::{Rules, Terms};
use crate::egress;
use crate::notes::{Attesting, NotesSection};
use crate::settings::{self, bad, within};
use crate::spot;

const GAMMA: &str = "https://gamma-api.polymarket.com";
const CLOB: &str = "https://clob.polymarket.com";
/// A policy allows no more in a day.
const NEW_PER_DAY_MAX: u64 = 1_000;
/// Conditions that may be named.
const MARKETS_MAX: usize = 10_000;

/// Everything the lister needs to know before it starts.
#[derive(Debug)]
pub struct Config {
    /// The markets that were asked for by name, in the order written.
    pub markets: Vec<B256>,
    /// Which others are asked for, if any.
    pub rules: Option<Rules>,
    /// How many may be signed in a rolling day.
    pub new_per_day: u16,
    /// What holds of every listing.
    pub terms: Terms,
    /// The catalogue's base address.
    pub gamma: String,
    /// The order API's base address.
    pub clob: String,
    /// Hosts that may be asked.
    pub hosts: Vec<String>,
    /// What was signed.
    pub database: PathBuf,
    /// How often is looked.
    pub look_s: u64,
    /// The node, the key, the folder, and whom notes are for.
    pub notes: Attesting,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    markets: Vec<String>,
    rules: Option<RulesSection>,
    new_per_day: u64,
    #[serde(default)]
    fix_tick: bool,
    #[serde(default)]
    oracles: Vec<String>,
    gamma: Option<String>,
    clob: Option<String>,
    hosts: Vec<String>,
    identity: PathBuf,
    database: PathBuf,
    chain_id: Option<u64>,
    timeout_ms: Option<u64>,
    look_s: Option<u64>,
    notes: NotesSection,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesSection {
    busiest: u64,
    volume_usdc_min: u64,
    liquidity_usdc_min: u64,
    end_hours_min: u64,
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
        let file: File = toml::from_str(text).map_err(|e| {
            let fix = "write it as deploy/lister.example.toml does";
            bad(&spot::field_of(text, &e), &spot::words_of(&e), fix)
        })?;
        let chain_id = file.chain_id.unwrap_or(137);
        let Some(chain) = Chain::from_id(chain_id) else {
            return Err(bad("chain_id", "not known", "use 137 or 80002"));
        };
        let markets = markets(&file.markets)?;
        let rules = file.rules.as_ref().map(rules).transpose()?;
        if markets.is_empty() && rules.is_none() {
            let fix = "name markets, or write [rules]";
            return Err(bad("markets", "empty, and there are no rules", fix));
        }
        let usual = 400;
        let per_day = Some(file.new_per_day);
        let new_per_day = within("new_per_day", per_day, usual, (1, NEW_PER_DAY_MAX))?;
        let gamma = file.gamma.unwrap_or_else(|| GAMMA.to_owned());
        let clob = file.clob.unwrap_or_else(|| CLOB.to_owned());
        let asked = [
            ("gamma", gamma.as_str()),
            ("clob", &clob),
            ("notes.rpc", &file.notes.rpc),
        ];
        for (field, address) in asked {
            let url =
                Url::parse(address).map_err(|e| bad(field, &e.to_string(), "write its address"))?;
            if let Some(refusal) = egress::refusal(&url, &file.hosts) {
                return Err(format!("CONFIG {field}: {refusal}"));
            }
        }
        let timeout_ms = within("timeout_ms", file.timeout_ms, 5_000, (1, 60_000))?;
        if file.notes.every_ms.is_some() {
            let fix = "leave it out: look_s says how often a lister looks";
            return Err(bad("notes.every_ms", "a watcher's", fix));
        }
        let notes = file
            .notes
            .read(base, Some(&file.identity), (chain, timeout_ms));
        let notes = notes.map_err(|[field, problem, fix]| bad(field, problem, fix))?;
        if notes.wallet.is_some() {
            let fix = "leave it out: a lister tells of no wallet";
            return Err(bad("notes.wallet", "a watcher's", fix));
        }
        Ok(Self {
            markets,
            rules,
            new_per_day: u16::try_from(new_per_day).unwrap_or(u16::MAX),
            terms: Terms {
                fix_tick: file.fix_tick,
                oracles: oracles(&file.oracles)?,
            },
            gamma,
            clob,
            hosts: file.hosts,
            database: base.join(file.database),
            look_s: within("look_s", file.look_s, 60, (1, 86_400))?,
            notes,
        })
    }
}

/// Condition ids, each once.
fn markets(texts: &[String]) -> Result<Vec<B256>, String> {
    let fix = "write 0x and 64 hex digits: the market's condition id";
    if texts.len() > MARKETS_MAX {
        let problem = format!("more than {MARKETS_MAX}");
        return Err(bad("markets", &problem, "leave out those that have ended"));
    }
    let mut seen = BTreeSet::new();
    for text in texts {
        let parsed: Option<B256> = text.starts_with("0x").then(|| text.parse().ok()).flatten();
        let Some(condition) = parsed else {
            return Err(bad("markets", &format!("{text:?} is no condition"), fix));
        };
        if !seen.insert(condition) {
            let problem = format!("{text} is there twice");
            return Err(bad("markets", &problem, "write it once"));
        }
    }
    // In the order written: a day that is too short for all takes the first.
    Ok(texts.iter().filter_map(|text| text.parse().ok()).collect())
}

fn oracles(texts: &[String]) -> Result<Vec<Address>, String> {
    let read = |text: &String| {
        let parsed: Option<Address> = text.starts_with("0x").then(|| text.parse().ok()).flatten();
        parsed.filter(|one| !one.is_zero()).ok_or_else(|| {
            let fix = "write 0x and 40 hex digits, as ConditionPreparation of a market names it";
            bad("oracles", &format!("{text:?} is not an address"), fix)
        })
    };
    texts.iter().map(read).collect()
}

fn rules(section: &RulesSection) -> Result<Rules, String> {
    let busiest = within("rules.busiest", Some(section.busiest), 50, (1, 500))?;
    Ok(Rules {
        busiest: usize::try_from(busiest).unwrap_or(0),
        volume_usdc_min: section.volume_usdc_min,
        liquidity_usdc_min: section.liquidity_usdc_min,
        end_hours_min: section.end_hours_min,
    })
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
