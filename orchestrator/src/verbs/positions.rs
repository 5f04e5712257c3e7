//! `positions`: what is held, token by token.

use orchestrator::config::Config;
use orchestrator::ledger::{Adopted, Bought, LedgerStore};
use orchestrator::lots::Owner;
use orchestrator::store::{ExitLeft, Store};
use orchestrator::{audit, clock, intent};
use order::{CollateralUnits, ShareUnits};
use serde_json::{Value, json};

use super::{Answer, CODE_OPEN, Failure, signed_units, units};

/// Prints the lots that are open, token by token: ours that are final, ours
/// that are not, what others brought, what it cost.
///
/// Exit: 0 printed; 1 trouble.
#[derive(clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  orchestrator positions\n  orchestrator positions --json\n  \
                  orchestrator positions adopt TOKEN --strategy s1 --shares 120 --cost 54.20"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(clap::Subcommand)]
enum What {
    Adopt(Adopt),
}

/// Makes shares that were bought before anybody tracked them a strategy's own,
/// so that its leader's exits sell them.
///
/// Only shares that nobody here bought and that are final can be taken over.
///
/// Exit: 0 done; 1 trouble; 3 there are not so many.
#[derive(clap::Args)]
struct Adopt {
    /// The token, decimal, as `positions` shows it.
    token: String,
    /// Whose they are from now on.
    #[arg(long)]
    strategy: String,
    /// The leader whose exits sell them; nobody's unless given.
    #[arg(long)]
    leader: Option<order::Address>,
    /// How many.
    #[arg(long)]
    shares: ShareUnits,
    /// What they cost, where you know it; else what the ledger says, or nothing.
    #[arg(long)]
    cost: Option<CollateralUnits>,
}

pub(crate) fn run(config: &Config, args: &Args) -> Result<Answer, Failure> {
    match &args.what {
        None => show(config),
        Some(What::Adopt(args)) => adopt(config, args),
    }
}

fn adopt(config: &Config, args: &Adopt) -> Result<Answer, Failure> {
    if !intent::is_strategy(&args.strategy) {
        let name = &args.strategy;
        return Err(Failure::trouble(format!(
            "STRATEGY {name:?} is no name of one; write 1 to 32 of a-z, 0-9 and -"
        )));
    }
    let strategies = &config.copy.strategies;
    let is_there = strategies.iter().any(|named| named.name == args.strategy);
    if !strategies.is_empty() && !is_there {
        let names: Vec<&str> = strategies.iter().map(|named| named.name.as_str()).collect();
        return Err(Failure::trouble(format!(
            "STRATEGY {:?} is not configured, and shares cannot be given back; write {}",
            args.strategy,
            names.join(" or ")
        )));
    }
    if args.shares.get() == 0 {
        let words = "SHARES none; say how many to take over".to_owned();
        return Err(Failure::trouble(words));
    }
    let leader = args.leader.map(|leader| leader.to_string());
    let owner = Owner::own(&args.strategy, leader.as_deref());
    let mut store = Store::beside(&config.database)?;
    let mut turn = store.turn()?;
    let (shares, now_ms) = (args.shares.get(), clock::now_ms());
    let cost = args.cost.map(CollateralUnits::get);
    let adopted = turn.adopt(&args.token, shares, &owner, cost, now_ms)?;
    let (code, text) = match adopted {
        Adopted::Short { free_units } => (
            CODE_OPEN,
            format!(
                "Nothing was taken over: {} final shares of it are nobody's here.",
                units(free_units)
            ),
        ),
        Adopted::Done { cost_units } => {
            let body = json!({
                "token_id": args.token,
                "strategy": owner.strategy,
                "leader": owner.leader,
                "shares_units": shares,
                "cost_units": cost_units,
            });
            turn.audit(audit::ADOPTED, &body.to_string())?;
            turn.commit()?;
            let words = format!(
                "{} shares are {}'s now, bought for {}.",
                units(shares),
                args.strategy,
                units(cost_units)
            );
            (0, words)
        }
    };
    let json = json!({"adopted": code == 0, "words": text});
    Ok(Answer { code, text, json })
}

fn show(config: &Config) -> Result<Answer, Failure> {
    let mut store = Store::read(&config.database)?;
    let (bought, left) = {
        let view = store.view()?;
        (view.bought()?, view.exits_left()?)
    };
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
    let mut lines: Vec<String> = table
        .iter()
        .map(|(columns, token)| {
            let columns = columns.each_ref().map(|text| format!("{text:>12}"));
            format!("{}  {token}", columns.join(" "))
        })
        .collect();
    lines.extend(left.iter().map(unsold));
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
    let lots: Vec<Value> = bought.iter().map(purchase).collect();
    let left: Vec<Value> = left
        .iter()
        .map(|left| {
            json!({
                "token_id": left.token_id,
                "strategy": left.strategy,
                "leader": left.leader,
                "shares_units": left.shares_units,
                "at_ms": left.at_ms,
            })
        })
        .collect();
    let json = json!({"positions": rows, "purchases": lots, "exits_left": left});
    Ok(Answer::done(lines.join("\n"), json))
}

/// What an exit did not sell and nothing tries to sell any more, for a person.
fn unsold(left: &ExitLeft) -> String {
    let (shares, token) = (units(left.shares_units), &left.token_id);
    let leader = left.leader.as_deref().unwrap_or("nobody");
    format!(
        "EXIT LEFT {shares} of {} after {leader}, no try is to come. orchestrator exit {token} \
         --price P",
        left.strategy
    )
}

/// What one strategy bought of one token after one leader. The document's own
/// name stays, for whoever reads it by that.
fn purchase(bought: &Bought) -> Value {
    json!({
        "token_id": bought.token_id,
        "strategy": bought.strategy,
        "leader": bought.leader,
        "myBoughtSize": units(bought.left_units),
        "left_units": bought.left_units,
        "settled_units": bought.settled_units,
        "bought_units": bought.bought_units,
        "cost_units": bought.cost_units,
        "cost_left_units": bought.cost_left_units,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// M54: `myBoughtSize` keeps its name, and is what is left to sell.
    #[test]
    fn an_export_names_what_was_bought_as_the_document_does() {
        let bought = Bought {
            token_id: "7".to_owned(),
            strategy: "s1".to_owned(),
            leader: Some("0xaa".to_owned()),
            bought_units: 20_000_000,
            left_units: 12_500_000,
            settled_units: 12_500_000,
            cost_units: 10,
            cost_left_units: 6,
        };
        let row = purchase(&bought);
        assert_eq!(row["myBoughtSize"], "12.5");
        assert_eq!(row["left_units"], 12_500_000);
        assert_eq!(
            (&row["strategy"], &row["leader"]),
            (&json!("s1"), &json!("0xaa"))
        );
        assert_eq!(row["token_id"], "7");
    }

    /// M52: what an exit left is told with what sells it.
    #[test]
    fn what_an_exit_left_unsold_names_the_command_that_sells_it() {
        let words = unsold(&ExitLeft {
            token_id: "7".to_owned(),
            strategy: "main".to_owned(),
            leader: Some("0xaa".to_owned()),
            shares_units: 12_500_000,
            at_ms: 1,
        });
        assert!(
            words.starts_with("EXIT LEFT 12.5 of main after 0xaa"),
            "{words}"
        );
        assert!(words.ends_with("orchestrator exit 7 --price P"), "{words}");
    }
}
