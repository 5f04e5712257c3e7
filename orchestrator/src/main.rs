//! The orchestrator's command line: one file a verb, beside this one.

mod verbs;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use orchestrator::config::Config;
use serde_json::json;
use verbs::{
    Answer, Failure, audit, config, credentials, exit, health, incident, intents, lister,
    positions, preflight, replay, run, stats, watch, witness,
};

/// Copies trades without ever holding the key.
#[derive(Parser)]
#[command(
    name = "orchestrator",
    version,
    about,
    after_help = "Exit codes: 0 done; 1 trouble, the last line of stderr says what and its fix; \
                  2 wrong usage; 3 attempts are still open, nothing to sell or to take over, no such \
                  intent, or a look at leaders or markets that was not whole; of health and preflight, 1 wants \
                  attention and 2 fails; 42 an unresolved incident: do not restart, see `orchestrator incident`."
)]
struct Cli {
    /// The configuration file (see deploy/orchestrator.example.toml and its neighbours)
    /// [default: orchestrator.toml; of watch: watch.toml; of witness: witness.toml; of lister: lister.toml].
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Answer with one JSON object on standard output.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Run(run::Args),
    Health(health::Args),
    Stats(stats::Args),
    Intents(intents::Args),
    Positions(positions::Args),
    Exit(exit::Args),
    Incident(incident::Args),
    Config(config::Args),
    Credentials(credentials::Args),
    Preflight(preflight::Args),
    Audit(audit::Args),
    Replay(replay::Args),
    Watch(watch::Args),
    Witness(witness::Args),
    Lister(lister::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    // reqwest is built without a provider of its own: one crypto stack.
    drop(rustls::crypto::ring::default_provider().install_default());
    match work(&cli) {
        Ok(answer) => {
            let line = if cli.json {
                answer.json.to_string()
            } else {
                answer.text
            };
            if !line.is_empty() {
                say(&mut std::io::stdout(), &line);
            }
            ExitCode::from(answer.code)
        }
        Err(failure) => {
            if cli.json {
                let told = json!({"error": failure.sentence});
                say(&mut std::io::stdout(), &told.to_string());
            }
            say(&mut std::io::stderr(), &failure.sentence);
            ExitCode::from(failure.code)
        }
    }
}

fn work(cli: &Cli) -> Result<Answer, Failure> {
    let named = |usual: &'static str| cli.config.as_deref().unwrap_or(Path::new(usual));
    let read = || Config::read(named("orchestrator.toml")).map_err(Failure::trouble);
    match &cli.verb {
        Verb::Run(args) => run::run(read()?, args),
        Verb::Health(_) => health::run(read()?),
        Verb::Stats(_) => stats::run(&read()?),
        Verb::Intents(args) => intents::run(&read()?, args),
        Verb::Positions(args) => positions::run(&read()?, args),
        Verb::Exit(args) => exit::run(&read()?, args),
        Verb::Incident(args) => incident::run(&read()?, args),
        Verb::Config(args) => config::run(read()?, args),
        Verb::Preflight(_) => preflight::run(read()?),
        Verb::Audit(args) => audit::run(args, read),
        Verb::Replay(args) => replay::run(args),
        Verb::Credentials(args) => credentials::run(&read()?, args),
        Verb::Watch(args) => watch::run(named("watch.toml"), args),
        Verb::Witness(args) => witness::run(named("witness.toml"), args),
        Verb::Lister(args) => lister::run(named("lister.toml"), args),
    }
}

/// Prints one line; a reader that went away is no reason to fail.
fn say(out: &mut dyn Write, line: &str) {
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        tracing::debug!("nobody reads our output");
    }
}
