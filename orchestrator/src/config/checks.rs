//! What `health` and `preflight` hold the rest against.

use std::path::{Path, PathBuf};

use order::CollateralUnits;
use plan::Bps;
use serde::Deserialize;

use super::bad;
use super::trading::within;

/// The venue's own page.
const GEOBLOCK: &str = "https://polymarket.com/api/geoblock";

/// What the checks hold the rest against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checks {
    /// Where to ask whether this host may trade; none only beside a simulator.
    pub geoblock: Option<String>,
    /// How often `run` asks it.
    pub geoblock_ms: u64,
    /// The venue's market feed; where it is set, `health` connects to it.
    pub market_feed: Option<String>,
    /// A node of the chain; where it is set, `health` asks it.
    pub polygon_rpc: Option<String>,
    /// The signing key pays for its wallet's transactions; a plain key always does.
    pub own_gas: bool,
    /// The oldest newest block that such a node may have.
    pub head_age_ms: u64,
    /// Least collateral that is enough.
    pub wallet_usdc_min: CollateralUnits,
    /// Most collateral that this wallet should hold.
    pub wallet_usdc_max: CollateralUnits,
    /// The largest part of the balance that one intent should take.
    pub intent_percent_max: Bps,
    /// The widest slippage that a strategy should accept.
    pub slippage_percent_max: Bps,
    /// What `make deny-report` wrote.
    pub deny_report: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChecksSection {
    geoblock: Option<String>,
    geoblock_ms: Option<u64>,
    market_feed: Option<String>,
    polygon_rpc: Option<String>,
    own_gas: Option<bool>,
    head_age_ms: Option<u64>,
    wallet_usdc_min: Option<String>,
    wallet_usdc_max: Option<String>,
    intent_percent_max: Option<String>,
    slippage_percent_max: Option<String>,
    deny_report: Option<PathBuf>,
}

impl ChecksSection {
    /// Beside the real venue the page is asked unless it is told otherwise, and
    /// then over TLS.
    pub(super) fn read(self, base: &Path, is_simulator: bool) -> Result<Checks, String> {
        let geoblock = page(self.geoblock.as_deref(), is_simulator)?;
        let checks = Checks {
            geoblock,
            geoblock_ms: within(
                "checks.geoblock_ms",
                self.geoblock_ms,
                300_000,
                (100, 3_600_000),
            )?,
            market_feed: address(
                "checks.market_feed",
                self.market_feed,
                ["wss://", "ws://127.0.0.1:"],
                "wss://ws-subscriptions-clob.polymarket.com/ws/market",
            )?,
            polygon_rpc: address(
                "checks.polygon_rpc",
                self.polygon_rpc,
                ["https://", "http://127.0.0.1:"],
                "the https address of a node",
            )?,
            own_gas: self.own_gas.unwrap_or_default(),
            head_age_ms: within(
                "checks.head_age_ms",
                self.head_age_ms,
                60_000,
                (1_000, 3_600_000),
            )?,
            wallet_usdc_min: usdc("checks.wallet_usdc_min", self.wallet_usdc_min, "25")?,
            wallet_usdc_max: usdc("checks.wallet_usdc_max", self.wallet_usdc_max, "5000")?,
            intent_percent_max: percent(
                "checks.intent_percent_max",
                self.intent_percent_max,
                "20",
            )?,
            slippage_percent_max: percent(
                "checks.slippage_percent_max",
                self.slippage_percent_max,
                "10",
            )?,
            deny_report: self.deny_report.map(|path| base.join(path)),
        };
        if checks.wallet_usdc_min > checks.wallet_usdc_max {
            let problem = "above checks.wallet_usdc_max";
            let fix = "25 and 5000 are the usual";
            return Err(bad("checks.wallet_usdc_min", problem, fix));
        }
        Ok(checks)
    }
}

/// Where to ask whether this host may trade.
fn page(named: Option<&str>, is_simulator: bool) -> Result<Option<String>, String> {
    let Some(url) = named else {
        return Ok((!is_simulator).then(|| GEOBLOCK.to_owned()));
    };
    let known =
        url.starts_with("https://") || (is_simulator && url.starts_with("http://127.0.0.1:"));
    if known {
        return Ok(Some(url.to_owned()));
    }
    let problem = "neither https nor, beside a simulator, on 127.0.0.1";
    Err(bad(
        "checks.geoblock",
        problem,
        &format!("write {GEOBLOCK}"),
    ))
}

/// An address that is TLS, or on this very host.
fn address(
    field: &str,
    url: Option<String>,
    begins: [&str; 2],
    usual: &str,
) -> Result<Option<String>, String> {
    let is_known = |url: &String| begins.iter().any(|begin| url.starts_with(begin));
    match url {
        Some(url) if !is_known(&url) || reqwest::Url::parse(&url).is_err() => {
            let [far, near] = begins;
            let problem = format!("no address that begins with {far} or {near}");
            Err(bad(field, &problem, &format!("write {usual}")))
        }
        url => Ok(url),
    }
}

fn usdc(field: &str, text: Option<String>, default: &str) -> Result<CollateralUnits, String> {
    let text = text.unwrap_or_else(|| default.to_owned());
    CollateralUnits::parse(&text)
        .map_err(|e| bad(field, &e.to_string(), &format!("{default} is the usual")))
}

fn percent(field: &str, text: Option<String>, default: &str) -> Result<Bps, String> {
    let text = text.unwrap_or_else(|| default.to_owned());
    let read = Bps::parse_percent(&text).map_err(|e| e.to_string());
    read.and_then(|bps| match bps.0 {
        1..=10_000 => Ok(bps),
        _ => Err("outside 0.01 to 100".to_owned()),
    })
    .map_err(|problem| bad(field, &problem, &format!("{default} is the usual")))
}
