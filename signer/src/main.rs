//! The signer: keeps one wallet's key, and signs only what its policy allows
//! and its journal already holds.
//!
//! A straight line: read the configuration and the journal, fit the door,
//! begin, serve, drain.
#![forbid(unsafe_code)]

mod clock;
mod config;
mod door;
mod files;
mod hand;
mod vault;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};

use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;
use crate::door::Fitted;
use crate::door::decisions::Decisions;
use crate::vault::Vault;
use crate::vault::seam::{Call, Request};

const USAGE: &str = "\
usage: signer --config FILE

Keeps one wallet's key and signs only what its policy allows.

  --config FILE   the configuration (see deploy/signer.example.toml)
  -V, --version   print the version
  -h, --help      print this

Prints `listening ADDRESS` once it serves. SIGTERM and SIGINT drain and stop.
Exit: 0 stopped on request, 1 could not start or a fault, 2 usage.
";

fn main() -> ExitCode {
    let config = match arguments() {
        Ok(Some(path)) => path,
        Ok(None) => return ExitCode::SUCCESS,
        Err(problem) => {
            tell(&mut std::io::stderr(), &format!("{problem}\n\n{USAGE}"));
            return ExitCode::from(2);
        }
    };
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    match run(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            tell(&mut std::io::stderr(), &format!("{problem}\n"));
            ExitCode::FAILURE
        }
    }
}

fn run(path: &std::path::Path) -> Result<(), String> {
    let Config {
        door,
        vault,
        control,
        metrics,
    } = Config::read(path).map_err(|e| e.to_string())?;
    let now = clock::read().ok_or("CLOCK a clock of this machine is unusable; set it")?;
    let read = Vault::read(vault, now)?;
    let (calls, inbox) = mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| format!("cannot start the door's runtime: {e}"))?;
    let running = runtime.block_on(async {
        let mut term = signal(SignalKind::terminate()).map_err(|e| e.to_string())?;
        let mut int = signal(SignalKind::interrupt()).map_err(|e| e.to_string())?;
        // All that a configuration can ask in vain comes before the first leaf:
        // a start that is refused is none, and stays out of the journal.
        let door = Fitted::new(door).await?;
        let address = door.address().map_err(|e| e.to_string())?;
        let control = hand::bind(&control)?;
        let metrics = match metrics {
            Some(at) => Some(door::metrics::bind(at).await?),
            None => None,
        };
        let running = work(read.begin()?, inbox)?;
        hand::serve(control, calls.clone())?;
        let decisions = Decisions::default();
        if let Some(listener) = metrics {
            door::metrics::serve(listener, calls.clone(), decisions.clone())?;
        }
        tell(&mut std::io::stdout(), &format!("listening {address}\n"));
        let stop = async {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
        };
        door.serve(calls.clone(), decisions, stop).await;
        Ok::<_, String>(running)
    })?;
    drop(runtime);
    // The operator's socket keeps a sender of its own: the end is said, not
    // inferred from silence.
    let (tell_end, end) = mpsc::channel();
    let stop = Call {
        request: Request::Stop,
        reply: Box::new(hand::Waiting(tell_end)),
    };
    calls
        .send(stop)
        .map_err(|_ignored| "the vault is gone".to_owned())?;
    drop(end.recv());
    running
        .join()
        .map_err(|_ignored| "the vault's thread panicked".to_owned())
}

/// Gives the vault its thread.
fn work(vault: Vault, inbox: Receiver<Call>) -> Result<JoinHandle<()>, String> {
    thread::Builder::new()
        .name("vault".to_owned())
        .spawn(move || {
            // Without the vault there is nothing to serve, and a fault means
            // memory and disk may differ: stop at once; what waited was told that
            // there is no answer.
            if let Err(fault) = vault.run(&inbox) {
                tracing::error!(%fault, "the vault stopped");
                std::process::exit(1);
            }
        })
        .map_err(|e| format!("cannot start the vault's thread: {e}"))
}

/// The configuration's path, or `None` when help or version was printed.
fn arguments() -> Result<Option<PathBuf>, String> {
    let mut config = None;
    let mut args = std::env::args_os().skip(1);
    while let Some(arg) = args.next() {
        match arg.to_str() {
            Some("--config") => {
                config = Some(PathBuf::from(args.next().ok_or("--config needs a file")?));
            }
            Some("--version" | "-V") => {
                tell(
                    &mut std::io::stdout(),
                    concat!("signer ", env!("CARGO_PKG_VERSION"), "\n"),
                );
                return Ok(None);
            }
            Some("--help" | "-h") => {
                tell(&mut std::io::stdout(), USAGE);
                return Ok(None);
            }
            _ => return Err(format!("{} is not an option", arg.to_string_lossy())),
        }
    }
    config
        .map(Some)
        .ok_or_else(|| "--config is missing".to_owned())
}

/// Writes and flushes; a reader that went away is no reason to stop.
fn tell(out: &mut dyn Write, text: &str) {
    if out
        .write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .is_err()
    {
        tracing::debug!("nobody reads our output");
    }
}
