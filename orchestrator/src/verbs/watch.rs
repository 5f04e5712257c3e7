//! `watch`: leaders' trades as intents, by a program that can do nothing else.

use std::convert::Infallible;
use std::path::Path;

use clap::Subcommand;
use orchestrator::notes::Attester;
use orchestrator::watch::config::Config;
use orchestrator::watch::{Summary, Watcher};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::identity::{self, Identity};
use super::{Answer, CODE_OPEN, Failure};

/// Watches leaders on the public Data API and writes each of their orders as an
/// intent, once, until SIGTERM.
///
/// It needs no key, no signer and no credentials; --config names its own file
/// (see deploy/watch.example.toml; `watch.toml` unless given).
///
/// Exit: 0 stopped; 1 trouble; 3 with --once, and a list could not be read
/// whole or a line did not arrive.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    orchestrator watch identity new watch.key\n  \
    orchestrator watch --config /etc/countersign/watch.toml\n  \
    orchestrator watch --once    # one look at each leader")]
pub(crate) struct Args {
    /// Look at each leader once, send what there is, and stop.
    #[arg(long)]
    once: bool,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// The Ed25519 key that lines are signed with.
    #[command(subcommand)]
    Identity(Identity),
}

pub(crate) fn run(config: &Path, args: &Args) -> Result<Answer, Failure> {
    match &args.what {
        Some(What::Identity(what)) => identity::run("watcher", what),
        None => {
            let config = Config::read(config).map_err(Failure::trouble)?;
            super::runtime()?.block_on(work(config, args.once))
        }
    }
}

async fn work(config: Config, once: bool) -> Result<Answer, Failure> {
    let failed = |e: orchestrator::watch::StoreError| Failure::trouble(format!("STORE {e}"));
    let no_signal =
        |e: std::io::Error| Failure::trouble(format!("HOST no signals: {e}; look at its limits"));
    let mut terminated = signal(SignalKind::terminate()).map_err(no_signal)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(no_signal)?;
    let attester = config.notes.as_ref();
    let attester = attester.map(|notes| Attester::open(notes, &config.leaders));
    let mut attester = attester.transpose().map_err(Failure::trouble)?;
    let mut watcher = Watcher::open(config).map_err(Failure::trouble)?;
    if once {
        if let Some(attester) = &mut attester {
            attester.look().await.map_err(Failure::trouble)?;
        }
        let summary = watcher.once().await.map_err(failed)?;
        let mut answer = answer("looked", summary);
        if summary.incomplete > 0 || summary.waiting > 0 {
            answer.code = CODE_OPEN;
        }
        return Ok(answer);
    }
    let stop = async {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    };
    let summary = tokio::select! {
        summary = watcher.run(stop) => summary.map_err(failed)?,
        never = attesting(attester) => match never {},
    };
    Ok(answer("stopped", summary))
}

/// Reads the chain for ever, if that is asked for.
async fn attesting(attester: Option<Attester>) -> Infallible {
    match attester {
        Some(mut attester) => attester.run().await,
        None => std::future::pending().await,
    }
}

fn answer(word: &str, summary: Summary) -> Answer {
    let Summary {
        told,
        waiting,
        missed,
        incomplete,
    } = summary;
    Answer::done(
        format!(
            "{word}: {told} lines, {waiting} not sent; {missed} fills before it began; {incomplete} lists not whole"
        ),
        json!({
            "ended": word, "lines": told, "waiting": waiting, "missed": missed,
            "incomplete": incomplete,
        }),
    )
}
