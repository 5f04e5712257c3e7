//! `lister`: markets checked and signed for, by a program that can do nothing else.

use std::path::Path;

use clap::Subcommand;
use orchestrator::lister::config::Config;
use orchestrator::lister::{Lister, Summary};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::identity::{self, Identity};
use super::{Answer, CODE_OPEN, Failure};

/// Checks markets against catalogue, order API and chain, and signs that they
/// may be bought, until SIGTERM.
///
/// It belongs on a host of its own and needs no wallet, no signer and no
/// credentials; --config names its own file (see deploy/lister.example.toml;
/// `lister.toml` unless given). As many listers as the policy says must sign
/// the same, and `orchestrator run` carries it.
///
/// Exit: 0 stopped, or with --once all that was asked for is signed; 1 trouble;
/// 3 with --once, and a market was refused or somebody did not answer.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    orchestrator lister identity new lister.key\n  \
    orchestrator lister --config /etc/countersign/lister.toml\n  \
    orchestrator --json lister --once    # one look, and why each market is not listed")]
pub(crate) struct Args {
    /// Look at each market once, sign what is as it must be, and stop.
    #[arg(long)]
    once: bool,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// The Ed25519 key that listings are signed with.
    #[command(subcommand)]
    Identity(Identity),
}

pub(crate) fn run(config: &Path, args: &Args) -> Result<Answer, Failure> {
    match &args.what {
        Some(What::Identity(what)) => identity::run("lister", what),
        None => {
            let config = Config::read(config).map_err(Failure::trouble)?;
            super::runtime()?.block_on(work(config, args.once))
        }
    }
}

async fn work(config: Config, once: bool) -> Result<Answer, Failure> {
    let no_signal =
        |e: std::io::Error| Failure::trouble(format!("HOST no signals: {e}; look at its limits"));
    let mut terminated = signal(SignalKind::terminate()).map_err(no_signal)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(no_signal)?;
    let mut lister = Lister::open(config).map_err(Failure::trouble)?;
    if once {
        let summary = lister.look().await.map_err(Failure::trouble)?;
        return Ok(looked(&summary));
    }
    let stop = async {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    };
    lister.run(stop).await.map_err(Failure::trouble)?;
    Ok(Answer::done(String::new(), json!({"ended": "stopped"})))
}

fn looked(summary: &Summary) -> Answer {
    let mut lines = vec![format!(
        "looked: {} signed, {} signed before; {} refused; {} not asked",
        summary.signed.len(),
        summary.standing,
        summary.refused.len(),
        summary.unseen.len()
    )];
    for (condition, refusal) in &summary.refused {
        lines.push(format!("{} {condition}: {refusal}", refusal.code()));
    }
    lines.extend(summary.unseen.iter().map(|why| format!("NOT ASKED {why}")));
    let refused = summary.refused.iter().map(|(condition, refusal)| {
        json!({
            "condition": condition.to_string(), "code": refusal.code(),
            "sentence": refusal.to_string(),
        })
    });
    let signed = summary.signed.iter().map(ToString::to_string);
    let whole = summary.refused.is_empty() && summary.unseen.is_empty();
    Answer {
        code: if whole { 0 } else { CODE_OPEN },
        text: lines.join("\n"),
        json: json!({
            "ended": "looked", "signed": signed.collect::<Vec<_>>(),
            "standing": summary.standing, "refused": refused.collect::<Vec<_>>(),
            "unseen": summary.unseen,
        }),
    }
}
