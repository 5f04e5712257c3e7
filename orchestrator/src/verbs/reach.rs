//! Who else must be reached: the venue's market feed, and a node of the chain.

use orchestrator::checks::{Check, chain, feed, fills};
use orchestrator::clob::Gamma;
use orchestrator::clock;
use orchestrator::config::Config;

/// Both, where they are configured.
pub(super) async fn checks(config: &Config) -> [Check; 2] {
    let timeout_ms = config.clob.timeout_ms;
    let heard = match &config.checks.market_feed {
        None => None,
        Some(url) => Some(match token(config).await {
            Ok(token) => feed::first(url, &token, timeout_ms).await,
            Err(e) => Err(format!("no market to subscribe to: {e}")),
        }),
    };
    let head = match &config.checks.polygon_rpc {
        None => None,
        Some(url) => Some(chain::ask(url, timeout_ms).await),
    };
    let chain = config.signer.venue.chain;
    let (now_ms, age_ms_max) = (clock::now_ms(), config.checks.head_age_ms);
    [
        feed::check(heard.as_ref()),
        chain::check(head.as_ref(), chain, now_ms, age_ms_max),
    ]
}

async fn token(config: &Config) -> Result<String, String> {
    let clob = super::clob(config)?;
    let gamma = Gamma::new(&config.copy.gamma_url, config.clob.timeout_ms)?;
    let rules = config.copy.strategies.first().map(|named| &named.rules);
    let token = fills::any_token(&clob, &gamma, rules).await?;
    Ok(token.to_string())
}
