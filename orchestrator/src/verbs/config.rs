//! `config check`: reads the configuration and the files it names.

use std::path::Path;

use orchestrator::alerts::Sender;
use orchestrator::config::Config;
use orchestrator::intake::http::Token;
use orchestrator::signer::SignerClient;
use serde_json::json;

use super::{Answer, Failure};

/// Looks at the configuration.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  orchestrator config check --config new.toml")]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Reads it, and every file it names; connects to nobody, writes nothing.
    ///
    /// Exit: 0 it is good; 1 it is not, one line a problem.
    Check,
}

pub(crate) fn run(config: Config, args: &Args) -> Result<Answer, Failure> {
    let What::Check = args.what;
    // The way to the signer is prepared where it would be used.
    Ok(super::runtime()?.block_on(async { check(config) }))
}

fn check(config: Config) -> Answer {
    let mut problems = Vec::new();
    problems.extend(super::clob(&config).err());
    if let (Some(_), Some(path)) = (config.intake.http, &config.intake.token) {
        problems.extend(Token::read(path).err());
    }
    problems.extend(config.alerts.as_ref().and_then(|to| Sender::new(to).err()));
    let mut notes = Vec::new();
    problems.extend(no_folder("database", &config.database));
    match no_folder("intents", &config.intents) {
        Some(problem) => problems.push(problem),
        None if config.intents.is_dir() => problems.push(format!(
            "CONFIG intents: {} is a folder; name a file in it",
            config.intents.display()
        )),
        None if !config.intents.exists() => notes.push(format!(
            "CONFIG intents: {} does not exist; it will be waited for",
            config.intents.display()
        )),
        None => {}
    }
    let hash = config.hash.clone();
    problems.extend(SignerClient::new(config.signer).err());
    let code = u8::from(!problems.is_empty());
    let good = problems.is_empty();
    let mut lines = problems.clone();
    // Where there are problems, each line is one.
    if good {
        lines.extend(notes.iter().map(|note| format!("note: {note}")));
        lines.push(format!("good: {hash}"));
    }
    let text = lines.join("\n");
    let json = json!({"good": good, "hash": hash, "problems": problems, "notes": notes});
    Answer { code, text, json }
}

/// The problem, if the folder that `file` is to be in is none.
fn no_folder(field: &str, file: &Path) -> Option<String> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    (!folder.is_dir()).then(|| {
        format!(
            "CONFIG {field}: {} is not a folder; make it",
            folder.display()
        )
    })
}
