//! `positions`: what is held, token by token.

use orchestrator::config::Config;
use orchestrator::store::Store;
use serde_json::{Value, json};

use super::{Answer, Failure, signed_units, units};

/// Prints the lots that are open, token by token: ours that are final, ours
/// that are not, what others brought, what it cost.
///
/// Exit: 0 printed; 1 trouble.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  orchestrator positions\n  orchestrator positions --json")]
pub(crate) struct Args {}

pub(crate) fn run(config: &Config) -> Result<Answer, Failure> {
    let store = Store::read(&config.database)?;
    let holdings = store.holdings()?;
    let head = ["settled", "provisional", "external", "cost", "realised"].map(str::to_owned);
    let mut table = vec![(head, "token")];
    table.extend(holdings.iter().map(|held| {
        let columns = [
            units(held.settled_units),
            units(held.provisional_units),
            units(held.external_units),
            units(held.cost_units),
            signed_units(held.realised_units),
        ];
        (columns, held.token_id.as_str())
    }));
    // The token last and whole: it is copied into other commands.
    let lines: Vec<String> = table
        .iter()
        .map(|(columns, token)| {
            let columns = columns.each_ref().map(|text| format!("{text:>12}"));
            format!("{}  {token}", columns.join(" "))
        })
        .collect();
    let rows: Vec<Value> = holdings
        .iter()
        .map(|held| {
            json!({
                "token_id": held.token_id,
                "market": held.market,
                "settled_units": held.settled_units,
                "provisional_units": held.provisional_units,
                "external_units": held.external_units,
                "reserved_units": held.reserved_units,
                "cost_units": held.cost_units,
                "realised_units": held.realised_units,
            })
        })
        .collect();
    Ok(Answer::done(lines.join("\n"), json!({"positions": rows})))
}
