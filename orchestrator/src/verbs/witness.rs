//! `witness`: remembers a journal's largest head, on a host of its own.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use orchestrator::witness::config::Config;
use orchestrator::witness::{Key, Store, Witness, router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::{Answer, Failure};

/// Cosigns a journal's checkpoints (C2SP tlog-witness) until SIGTERM.
///
/// It belongs on a host that neither the signer nor the orchestrator can write
/// to; --config names its own file (see deploy/witness.example.toml;
/// `witness.toml` unless given).
///
/// Exit: 0 stopped, or made; 1 trouble.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    orchestrator witness key new witness.key --name example.com/witness-1\n  \
    orchestrator witness init    # once: its empty database\n  \
    orchestrator witness --config /etc/countersign/witness.toml")]
pub(crate) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// The Ed25519 key that cosigns.
    #[command(subcommand)]
    Key(KeyVerb),
    /// Makes its database, where there is none yet.
    Init,
}

#[derive(Subcommand)]
enum KeyVerb {
    /// Makes a key, mode 0400, and prints what a policy names as its witness.
    New {
        /// A file that is not there yet.
        file: PathBuf,
        /// The witness's name, as example.com/witness-1.
        #[arg(long)]
        name: String,
    },
}

pub(crate) fn run(config: &Path, args: &Args) -> Result<Answer, Failure> {
    match &args.what {
        Some(What::Key(KeyVerb::New { file, name })) => new_key(file, name),
        Some(What::Init) => init(&Config::read(config).map_err(Failure::trouble)?),
        None => {
            let config = Config::read(config).map_err(Failure::trouble)?;
            super::runtime()?.block_on(serve(&config))
        }
    }
}

fn new_key(path: &Path, name: &str) -> Result<Answer, Failure> {
    let bytes = Key::generate().map_err(Failure::trouble)?;
    let of = |e: String| Failure::trouble(format!("NAME {name:?}: {e}"));
    let verifier = Key::of(&bytes, name).map_err(of)?.verifier().to_string();
    super::write_new_key(path, &bytes)?;
    Ok(Answer::done(verifier.clone(), json!({"witness": verifier})))
}

fn init(config: &Config) -> Result<Answer, Failure> {
    let key = Key::read(&config.key, &config.name).map_err(Failure::trouble)?;
    let verifier = key.verifier();
    let path = config.database.display();
    Store::init(&config.database, &verifier)
        .map_err(|e| Failure::trouble(format!("STORE {path}: {e}")))?;
    let text = format!("{path} made, of {verifier}");
    Ok(Answer::done(text, json!({"witness": verifier.to_string()})))
}

async fn serve(config: &Config) -> Result<Answer, Failure> {
    let no_signal =
        |e: std::io::Error| Failure::trouble(format!("HOST no signals: {e}; look at its limits"));
    let mut terminated = signal(SignalKind::terminate()).map_err(no_signal)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(no_signal)?;
    let witness = Witness::open(config).map_err(Failure::trouble)?;
    let address = config.listen;
    let taken = |e: std::io::Error| {
        Failure::trouble(format!("CONFIG listen: {address}: {e}; name a free port"))
    };
    let listener = TcpListener::bind(address).await.map_err(taken)?;
    let bound = listener.local_addr().map_err(taken)?;
    let mut out = std::io::stdout();
    if writeln!(out, "listening http://{bound}")
        .and_then(|()| out.flush())
        .is_err()
    {
        tracing::debug!("nobody reads our output");
    }
    let stop = async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    };
    axum::serve(listener, router(witness))
        .with_graceful_shutdown(stop)
        .await
        .map_err(|e| Failure::trouble(format!("HOST the listener ended: {e}; report it")))?;
    Ok(Answer::done(String::new(), json!({"ended": "stopped"})))
}
