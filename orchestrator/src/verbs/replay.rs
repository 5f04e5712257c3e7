//! `replay`: deciding again what was decided.

use std::path::PathBuf;

use orchestrator::audit::replay;
use serde_json::json;

use super::{Answer, Failure};

/// Decides again every decision of an export, from its own facts alone, and
/// prints the decision log: the same bytes each time. No decision draws anything
/// at random, so every seed decides the same; it is told in the log's last line,
/// so that two logs say that they were asked the same.
///
/// Exit: 0 every decision is as recorded; 1 the first that is not.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  orchestrator audit export > audit.jsonl\n  orchestrator replay audit.jsonl --seed 7"
)]
pub(crate) struct Args {
    /// What `audit export` printed.
    file: PathBuf,
    /// Told in the log; decides nothing.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
}

pub(crate) fn run(args: &Args) -> Result<Answer, Failure> {
    let lines = super::audit::lines(&args.file)?;
    let replayed = replay::replay(lines, &replay::decide)
        .map_err(|e| Failure::trouble(format!("REPLAY {e}")))?;
    let mut text = replayed.log.clone();
    text.push(format!(
        "{} valid, {} rejected; all as recorded in {} records. Seed {}.",
        replayed.valid, replayed.rejected, replayed.chain.count, args.seed
    ));
    let json = json!({
        "log": replayed.log,
        "valid": replayed.valid,
        "rejected": replayed.rejected,
        "records": replayed.chain.count,
        "head": replayed.chain.head,
        "seed": args.seed,
    });
    Ok(Answer::done(text.join("\n"), json))
}
