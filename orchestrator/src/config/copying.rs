//! How leaders are copied, as a whole: where markets are listed, whose word is
//! believed, and the account's day.

use std::path::{Path, PathBuf};

use order::CollateralUnits;
use serde::Deserialize;

use super::strategy::{self, Named, StrategySection};
use super::{bad, is_venue_url};
use crate::notes::{Attestations, Folder};

/// How long a trade waits for its attestation, unless said otherwise; and at most.
const WAIT_MS: u64 = 10_000;
const WAIT_MS_MAX: u64 = 60_000;

/// How leaders are copied.
#[derive(Clone, Debug)]
pub struct Copying {
    /// The venue's catalogue, `https://gamma-api.polymarket.com` for the real one.
    pub gamma_url: String,
    /// The watchers whose signature a leader's trade must have; empty: any
    /// sender that reaches the intake is believed.
    pub watchers: Vec<String>,
    /// The account's day: what all senders' buys together may take of it.
    pub day_usdc_max: Option<CollateralUnits>,
    /// What a day may take of trades whose token only an outcome's name tells.
    pub unattested_units: u64,
    /// Where notes of watchers and listers are found, if they sign.
    pub notes: Option<Attestations>,
    /// Whose trades, how large, and what they must pass.
    pub strategies: Vec<Named>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CopySection {
    gamma_url: Option<String>,
    #[serde(default)]
    watchers: Vec<String>,
    day_usdc_max: Option<String>,
    unattested_day_usdc_max: Option<String>,
    notes: Option<PathBuf>,
    notes_signatures: Option<u8>,
    notes_wait_ms: Option<u64>,
}

impl CopySection {
    pub(super) fn read(
        &self,
        strategies: &[StrategySection],
        base: &Path,
    ) -> Result<Copying, String> {
        let section = self;
        let gamma_url = section.gamma_url.as_deref();
        if gamma_url.is_none() && !strategies.is_empty() {
            return Err(bad(
                "copy.gamma_url",
                "missing, and there is a strategy",
                "write https://gamma-api.polymarket.com",
            ));
        }
        let gamma_url = gamma_url.unwrap_or("https://gamma-api.polymarket.com");
        if !is_venue_url(gamma_url) {
            return Err(bad(
                "copy.gamma_url",
                "neither https nor a simulator on 127.0.0.1",
                "write https://gamma-api.polymarket.com",
            ));
        }
        let key = |text: &String| {
            let digits = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
            if text.len() != 64 || !text.bytes().all(digits) {
                let fix = "write the 64 hex digits that `orchestrator watch identity new` printed";
                return Err(bad("copy.watchers", "not a public key", fix));
            }
            Ok(text.clone())
        };
        let unattested = section.unattested_day_usdc_max.as_deref().unwrap_or("0");
        Ok(Copying {
            gamma_url: gamma_url.trim_end_matches('/').to_owned(),
            watchers: section
                .watchers
                .iter()
                .map(key)
                .collect::<Result<_, String>>()?,
            day_usdc_max: strategy::account_day(section.day_usdc_max.as_deref())?,
            unattested_units: CollateralUnits::parse(unattested)
                .map_err(|e| {
                    let fix = "write \"0\" for none, or a day's pUSD as \"25.0\"";
                    bad("copy.unattested_day_usdc_max", &e.to_string(), fix)
                })?
                .get(),
            notes: section.notes(base)?,
            strategies: strategy::read(strategies, section.day_usdc_max.as_deref())?,
        })
    }

    /// Where notes are found, and how many signatures make one.
    fn notes(&self, base: &Path) -> Result<Option<Attestations>, String> {
        let Some(folder) = &self.notes else {
            return Ok(None);
        };
        let signatures = self.notes_signatures.filter(|count| *count > 0);
        let signatures = signatures.ok_or_else(|| {
            let fix = "write the policy's watch_threshold, such as 2";
            bad("copy.notes_signatures", "missing, and there are notes", fix)
        })?;
        let wait_ms = self.notes_wait_ms.unwrap_or(WAIT_MS);
        if wait_ms > WAIT_MS_MAX {
            let problem = format!("{wait_ms} is above {WAIT_MS_MAX}");
            let fix = "10000 is usual: a trade is final within seconds";
            return Err(bad("copy.notes_wait_ms", &problem, fix));
        }
        Ok(Some(Attestations {
            folder: Folder::open(&base.join(folder))?,
            signatures: usize::from(signatures),
            wait_ms,
        }))
    }
}
