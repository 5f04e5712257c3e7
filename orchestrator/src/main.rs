//! The orchestrator's command line.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use orchestrator::clob::Clob;
use orchestrator::config::Config;
use orchestrator::pipeline::{Ended, Pipeline};
use orchestrator::signer::SignerClient;
use orchestrator::store::Store;
use orchestrator::{Trouble, clock};

/// Copies trades without ever holding the key.
#[derive(Parser)]
#[command(name = "orchestrator", version, about)]
struct Cli {
    /// The configuration file (see deploy/orchestrator.example.toml).
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        default_value = "orchestrator.toml"
    )]
    config: PathBuf,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Reads the intents file once and works until every attempt is settled.
    ///
    /// Exit: 0 all attempts ended, 3 some are still open, 1 trouble.
    Run {
        /// Give up waiting after this many seconds; open attempts are kept.
        #[arg(long, value_name = "SECONDS", default_value_t = 60)]
        wait: u64,
    },
    /// Prints what the ledger adds up to, as JSON.
    Stats,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    match run(&cli) {
        Ok(code) => code,
        Err(problem) => {
            say(&mut std::io::stderr(), &problem);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<ExitCode, String> {
    let config = Config::read(&cli.config)?;
    match cli.verb {
        Verb::Run { wait } => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|e| e.to_string())?;
            runtime.block_on(work(config, wait))
        }
        Verb::Stats => {
            let store = Store::open(&config.database).map_err(|e| e.to_string())?;
            let totals = store.totals().map_err(|e| e.to_string())?;
            let json = serde_json::json!({
                "fills": totals.fills,
                "bought_units": totals.bought_units,
                "sold_units": totals.sold_units,
                "fee_units": totals.fee_units,
            });
            say(&mut std::io::stdout(), &json.to_string());
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn work(config: Config, wait: u64) -> Result<ExitCode, String> {
    // reqwest is built without a provider of its own: one crypto stack.
    drop(rustls::crypto::ring::default_provider().install_default());
    let store = Store::open(&config.database).map_err(|e| e.to_string())?;
    let clob = Clob::new(&config.clob, config.signer.signing_address)?;
    let signer = SignerClient::new(config.signer)?;
    let status = signer
        .status()
        .await
        .map_err(|e| format!("SIGNER {e}; check signer.address and both pins"))?;
    tracing::info!(
        journal = status.journal_id,
        leaves = status.journal_size,
        "signer"
    );
    let intents = std::fs::read_to_string(&config.intents).map_err(|e| {
        format!(
            "CONFIG intents: cannot read {}: {e}; name a readable file",
            config.intents.display()
        )
    })?;
    let mut pipeline = Pipeline {
        store,
        signer,
        clob,
        intent_ttl_ms: config.intent_ttl_ms,
    };
    let until_ms = clock::now_ms().saturating_add(wait.saturating_mul(1_000));
    let ended = drive(&mut pipeline, &intents, until_ms)
        .await
        .map_err(|t| t.to_string())?;
    match ended {
        Ended::Idle => Ok(ExitCode::SUCCESS),
        Ended::Open(left) => {
            say(
                &mut std::io::stderr(),
                &format!("{left} attempts still open; run again to go on"),
            );
            Ok(ExitCode::from(3))
        }
    }
}

async fn drive(pipeline: &mut Pipeline, intents: &str, until_ms: u64) -> Result<Ended, Trouble> {
    // A last line without its newline is still being written.
    for line in intents
        .split_inclusive('\n')
        .filter_map(|l| l.strip_suffix('\n'))
    {
        if !line.trim().is_empty() {
            pipeline.admit(line)?;
        }
    }
    pipeline.drive(until_ms).await
}

/// Prints one line; a reader that went away is no reason to fail.
fn say(out: &mut dyn Write, line: &str) {
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        tracing::debug!("nobody reads our output");
    }
}
