//! Runs the venue: one line on stdout when it listens, everything else on stderr.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use venue::clock::Clock;
use venue::config::Config;
use venue::http::start;

/// A simulated venue: it checks, matches and settles like the real one, and
/// misbehaves when told to.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to listen; only loopback addresses, because control is open.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// A directory for what was accepted; without it, a restart forgets.
    #[arg(long)]
    state: Option<PathBuf>,
    /// The configuration, TOML or JSON.
    #[arg(long)]
    config: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    if !arguments.listen.ip().is_loopback() {
        return Err(format!("{} is not a loopback address", arguments.listen).into());
    }
    let config = Config::load(&arguments.config)?;
    // Before the line that says we are ready, so that a stop right after it is
    // a clean one.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let server = start(
        config,
        Clock::system(),
        arguments.state.as_deref(),
        arguments.listen,
    )
    .await?;
    for assumption in server.assumptions() {
        let token = assumption
            .asset_id
            .get(..12)
            .unwrap_or(&assumption.asset_id);
        log(&format!(
            "assumed {} = {} for {token}…",
            assumption.field, assumption.value
        ));
    }
    writeln!(io::stdout(), "listening http://{}", server.address())?;
    io::stdout().flush()?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    server.serve(stop).await?;
    log("stopped");
    Ok(())
}

fn log(line: &str) {
    // If even stderr is gone, nobody is left to tell.
    drop(writeln!(io::stderr(), "venue: {line}"));
}
