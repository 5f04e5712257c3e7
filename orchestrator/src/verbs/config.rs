//! `config check`: reads the configuration and the files it names.

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
    let folder = config.database.parent().map_or(".".into(), |folder| {
        if folder.as_os_str().is_empty() {
            ".".into()
        } else {
            folder.to_owned()
        }
    });
    if !folder.is_dir() {
        problems.push(format!(
            "CONFIG database: {} is not a folder; make it",
            folder.display()
        ));
    }
    let hash = config.hash.clone();
    problems.extend(SignerClient::new(config.signer).err());
    let code = u8::from(!problems.is_empty());
    let text = if problems.is_empty() {
        format!("good: {hash}")
    } else {
        problems.join("\n")
    };
    let json = json!({"good": problems.is_empty(), "hash": hash, "problems": problems});
    Answer { code, text, json }
}
