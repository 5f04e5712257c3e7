//! What `health` and `preflight` hold the rest against.

use std::path::{Path, PathBuf};

use order::CollateralUnits;
use plan::Bps;
use serde::Deserialize;

use super::bad;

/// What the checks hold the rest against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checks {
    /// Where to ask whether this host may trade; not asked unless set.
    pub geoblock: Option<String>,
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
    wallet_usdc_min: Option<String>,
    wallet_usdc_max: Option<String>,
    intent_percent_max: Option<String>,
    slippage_percent_max: Option<String>,
    deny_report: Option<PathBuf>,
}

impl ChecksSection {
    pub(super) fn read(self, base: &Path) -> Result<Checks, String> {
        if let Some(url) = &self.geoblock {
            let known = url.starts_with("https://") || url.starts_with("http://127.0.0.1:");
            if !known {
                let fix = "write https://polymarket.com/api/geoblock";
                let problem = "neither https nor a simulator on 127.0.0.1";
                return Err(bad("checks.geoblock", problem, fix));
            }
        }
        let checks = Checks {
            geoblock: self.geoblock,
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
