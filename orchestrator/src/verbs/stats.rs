//! `stats`: what the rows add up to.

use orchestrator::config::Config;
use orchestrator::store::Store;
use serde_json::{Value, json};

use super::{Answer, Failure, signed_units, units};

/// Prints what outbox and ledger add up to: attempts by state and reason,
/// fills, fees, realised profit and loss.
///
/// Exit: 0 printed; 1 trouble.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  orchestrator stats\n  orchestrator stats --json")]
pub(crate) struct Args {}

pub(crate) fn run(config: &Config) -> Result<Answer, Failure> {
    let store = Store::read(&config.database)?;
    let (totals, counts) = (store.totals()?, store.counts()?);
    let sums = format!(
        "Fills {}: bought {}, sold {}, fees {}; {} failed after they had matched.\n\
         Realised {} USDC, and {} provisional.",
        totals.fills,
        units(totals.bought_units),
        units(totals.sold_units),
        units(totals.fee_units),
        totals.failed,
        signed_units(totals.realised_units),
        signed_units(totals.realised_provisional_units),
    );
    let mut lines = vec![sums];
    lines.extend(counts.iter().map(|count| {
        let code = count.code.as_deref().unwrap_or("");
        format!("{:>8}  {:<16} {code}", count.count, count.state)
    }));
    let counts: Vec<Value> = counts
        .iter()
        .map(|c| json!({"state": c.state, "code": c.code, "count": c.count}))
        .collect();
    let json = json!({
        "fills": totals.fills,
        "bought_units": totals.bought_units,
        "sold_units": totals.sold_units,
        "fee_units": totals.fee_units,
        "failed_fills": totals.failed,
        "realised_units": totals.realised_units,
        "realised_provisional_units": totals.realised_provisional_units,
        "attempts": counts,
    });
    Ok(Answer::done(lines.join("\n"), json))
}
