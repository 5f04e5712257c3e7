//! Who else must be reached: the venue's market feed, a node of the chain, and
//! whoever is called.

use orchestrator::alerts::{self, outbox::Outbox};
use orchestrator::checks::{Check, Level, chain, feed, fills, gas};
use orchestrator::clob::Gamma;
use orchestrator::clock;
use orchestrator::config::Config;

/// All, where they are configured.
pub(super) async fn checks(config: &Config) -> Vec<Check> {
    let timeout_ms = config.clob.timeout_ms;
    let heard = match &config.checks.market_feed {
        None => None,
        Some(url) => Some(match token(config).await {
            Ok(token) => feed::first(url, &token, timeout_ms).await,
            Err(e) => Err(format!("no market to subscribe to: {e}")),
        }),
    };
    let newest = match &config.checks.polygon_rpc {
        None => None,
        Some(url) => Some(chain::ask(url, timeout_ms).await),
    };
    let chain = config.signer.venue.chain;
    let (now_ms, age_ms_max) = (clock::now_ms(), config.checks.head_age_ms);
    let node = chain::check(newest.as_ref(), chain, now_ms, age_ms_max);
    let paid = gas(config, node.1).await;
    let mut all = vec![feed::check(heard.as_ref()), node];
    all.extend(paid);
    all.push(called(config));
    all
}

/// Whether whoever pays for transactions can, where we do: asked of a node that is
/// itself `well`.
async fn gas(config: &Config, node: Level) -> Option<Check> {
    let payer = gas::payer(config)?;
    let found = match &config.checks.polygon_rpc {
        None => None,
        Some(_) if node != Level::Well => Some(Err(format!("see {}", chain::NODE))),
        Some(url) => Some(gas::ask(config, url, payer).await),
    };
    Some(gas::check(payer, found.as_ref()))
}

/// Whether who is called has answered.
fn called(config: &Config) -> Check {
    let name = "Alerts acknowledged";
    if config.alerts.is_none() {
        let words = "not configured: set alerts.webhook to have somebody called";
        return (name, Level::Unset, words.to_owned());
    }
    let heard = match Outbox::heard(&alerts::path_beside(&config.database)) {
        Ok(heard) => heard,
        Err(e) => return (name, Level::Fails, e.to_string()),
    };
    let open = match heard.open {
        0 => String::new(),
        open => format!("; {open} alerts are not acknowledged yet"),
    };
    let (level, test) = match heard.test {
        None => (Level::Warns, "none was tested: run orchestrator preflight"),
        Some((_, false)) => (Level::Warns, "the last test alert was not acknowledged"),
        Some((_, true)) if heard.open > 0 => (Level::Warns, "the last test alert was"),
        Some((_, true)) => (Level::Well, "the last test alert was acknowledged"),
    };
    (name, level, format!("{test}{open}"))
}

async fn token(config: &Config) -> Result<String, String> {
    let clob = super::clob(config)?;
    let gamma = Gamma::new(&config.copy.gamma_url, config.clob.timeout_ms)?;
    let rules = config.copy.strategies.first().map(|named| &named.rules);
    let token = fills::any_token(&clob, &gamma, rules).await?;
    Ok(token.to_string())
}
