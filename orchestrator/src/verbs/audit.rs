//! `audit`: the chain of intents and decisions, checked or exported.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use orchestrator::audit::{self, Broken, Chain, Entry};
use orchestrator::config::Config;
use orchestrator::store::{AuditError, Store};
use serde_json::json;

use super::{Answer, Failure};

/// Checks or exports the audit: every intent, accepted or not, and every
/// decision, each record with the hash of the one before.
///
/// Exit: 0 it holds together; 1 it does not, and which record is the first.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  orchestrator audit verify\n  orchestrator audit export > audit.jsonl\n  \
                  orchestrator audit verify --file audit.jsonl --contains HASH"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Checks every record; prints how many there are, and the last hash.
    Verify {
        /// An export, instead of the database.
        #[arg(long)]
        file: Option<PathBuf>,
        /// A hash that was the last one once: no record up to it may be gone.
        #[arg(long, value_name = "HASH")]
        contains: Option<String>,
    },
    /// Checks every record and prints it, a JSON object a line.
    Export,
}

pub(crate) fn run(
    args: &Args,
    config: impl FnOnce() -> Result<Config, Failure>,
) -> Result<Answer, Failure> {
    match &args.what {
        What::Verify { file, contains } => {
            let wanted = contains.as_deref();
            let mut found = false;
            let mut meet = |entry: &Entry| found |= Some(entry.hash.as_str()) == wanted;
            let chain = match file {
                Some(path) => audit::read(lines(path)?, |entry| {
                    meet(entry);
                    Ok::<(), Broken>(())
                })
                .map_err(|e| Failure::trouble(format!("AUDIT {e}")))?,
                None => read(&config()?, meet)?,
            };
            if let (Some(hash), false) = (wanted, found) {
                return Err(Failure::trouble(format!(
                    "AUDIT no record has the hash {hash}: records were cut off, or it is of \
                     another database"
                )));
            }
            let words = format!(
                "{} records hold together. The last hash is {}; kept elsewhere, it shows later \
                 that none of them is gone (--contains).",
                chain.count, chain.head
            );
            let json = json!({"records": chain.count, "head": chain.head});
            Ok(Answer::done(words, json))
        }
        What::Export => {
            let mut records = Vec::new();
            read(&config()?, |entry| records.push(entry.clone()))?;
            let written = records.iter().map(serde_json::to_string);
            let text = written
                .collect::<Result<Vec<_>, _>>()
                .map_err(|e| Failure::trouble(format!("AUDIT {e}")))?;
            let json = json!({ "records": records });
            Ok(Answer::done(text.join("\n"), json))
        }
    }
}

fn read(config: &Config, mut each: impl FnMut(&Entry)) -> Result<Chain, Failure> {
    let mut store = Store::read(&config.database)?;
    let chain = store.audit(|entry| {
        each(entry);
        Ok::<(), AuditError>(())
    });
    chain.map_err(|e| Failure::trouble(format!("AUDIT {e}")))
}

/// The lines of an export.
pub(super) fn lines(
    path: &std::path::Path,
) -> Result<impl Iterator<Item = std::io::Result<String>>, Failure> {
    let file = File::open(path).map_err(|e| {
        let name = path.display();
        Failure::trouble(format!(
            "FILE {name}: {e}; name an export of `audit export`"
        ))
    })?;
    Ok(BufReader::new(file).lines())
}
