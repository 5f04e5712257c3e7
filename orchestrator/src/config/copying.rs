//! How leaders are copied, as a whole: where markets are listed, whose word is
//! believed, and the account's day.

use order::CollateralUnits;
use serde::Deserialize;

use super::strategy::{self, Named, StrategySection};
use super::{bad, is_venue_url};

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
}

impl CopySection {
    pub(super) fn read(&self, strategies: &[StrategySection]) -> Result<Copying, String> {
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
            strategies: strategy::read(strategies, section.day_usdc_max.as_deref())?,
        })
    }
}
