//! `incident`: what cannot be, and was; and a person's word that it may go on.

use orchestrator::clock;
use orchestrator::config::Config;
use orchestrator::store::Store;
use order::ShareUnits;
use serde_json::{Value, json};

use super::{Answer, Failure};

/// Lists incidents, or resolves one: `run` does not start while one is open.
///
/// Exit: 0 done; 1 trouble.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    orchestrator incident list\n  \
    orchestrator incident resolve 1 --because \"sold by hand\"\n  \
    orchestrator incident resolve 1 --because \"sold by hand\" --write-off 31415926=12.5")]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Prints incidents that are open.
    List {
        /// Print resolved ones too.
        #[arg(long)]
        all: bool,
    },
    /// Says that a person looked, and why it may go on.
    Resolve {
        /// The incident's number.
        id: i64,
        /// Why it may go on; kept for ever.
        #[arg(long)]
        because: String,
        /// Shares of ours that are gone for good, as TOKEN=SHARES.
        #[arg(long, value_name = "TOKEN=SHARES")]
        write_off: Vec<String>,
    },
}

pub(crate) fn run(config: &Config, args: &Args) -> Result<Answer, Failure> {
    match &args.what {
        What::List { all } => list(&Store::read(&config.database)?, *all),
        What::Resolve {
            id,
            because,
            write_off,
        } => resolve(
            &mut Store::beside(&config.database)?,
            *id,
            because,
            write_off,
        ),
    }
}

fn list(store: &Store, all: bool) -> Result<Answer, Failure> {
    let incidents = store.incidents(all)?;
    let lines: Vec<String> = incidents
        .iter()
        .map(|i| {
            let end = i.because.as_deref().unwrap_or("open");
            format!("{} {}: {} ({end})", i.id, i.code, i.detail)
        })
        .collect();
    let rows: Vec<Value> = incidents
        .iter()
        .map(|i| {
            json!({"id": i.id, "at_ms": i.at_ms, "code": i.code, "detail": i.detail,
                "because": i.because})
        })
        .collect();
    let text = if lines.is_empty() {
        "no incident is open".to_owned()
    } else {
        lines.join("\n")
    };
    Ok(Answer::done(text, json!({"incidents": rows})))
}

fn resolve(
    store: &mut Store,
    id: i64,
    because: &str,
    write_off: &[String],
) -> Result<Answer, Failure> {
    if because.trim().is_empty() {
        let sentence = "INCIDENT because: empty; say what was found".to_owned();
        return Err(Failure::trouble(sentence));
    }
    let now_ms = clock::now_ms();
    let mut turn = store.turn()?;
    if !turn.resolve_incident(id, because, now_ms)? {
        return Err(Failure::trouble(format!(
            "INCIDENT {id}: none of that number is open; see orchestrator incident list"
        )));
    }
    for text in write_off {
        let (token, shares) = text
            .split_once('=')
            .and_then(|(token, shares)| Some((token, ShareUnits::parse(shares).ok()?)))
            .filter(|(_, shares)| shares.get() > 0)
            .ok_or_else(|| {
                let fix = "write TOKEN=SHARES, as 31415926=12.5";
                Failure::trouble(format!("INCIDENT write-off: {text:?} is not one; {fix}"))
            })?;
        let (own, _) = turn.held_units(token)?;
        if shares.get() > own {
            return Err(Failure::trouble(format!(
                "INCIDENT write-off: {shares} of {token}, and our lots hold {}; write at most that",
                ShareUnits::new(own)
            )));
        }
        turn.write_off(token, shares.get(), now_ms)?;
    }
    turn.commit()?;
    Ok(Answer::done(
        format!("incident {id} resolved; run may start"),
        json!({"resolved": id}),
    ))
}
