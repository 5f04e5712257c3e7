//! The signer: keeps one wallet's key, and signs only what its policy allows
//! and its journal already holds.
//!
//! Three processes: a supervisor that starts and watches, a door that faces the
//! network, and a vault that decides, records and signs. The vault is a program
//! of its own beside this one, in which there is nothing of the network.
#![forbid(unsafe_code)]

mod clock;
mod config;
mod control;
mod door;
mod supervisor;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use child::channel::Channel;

const USAGE: &str = "\
usage: signer --config FILE

Keeps one wallet's key and signs only what its policy allows.

  --config FILE   the configuration (see deploy/signer.example.toml)
  -V, --version   print the version
  -h, --help      print this

Prints `listening ADDRESS` once it serves. SIGTERM and SIGINT drain and stop;
SIGHUP reads the certificate again, in a new door.
Exit: 0 stopped on request, 1 could not start or a fault, 2 usage.
";

/// What this process is to be.
enum Role {
    Supervisor(PathBuf),
    Door,
}

fn main() -> ExitCode {
    let role = match arguments() {
        Ok(Some(role)) => role,
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
    let ended = match role {
        Role::Supervisor(config) => {
            let ended = cage::enter().and_then(|()| supervisor::run(&config));
            if let Err(problem) = &ended {
                tell(&mut std::io::stderr(), &format!("{problem}\n"));
            }
            ended
        }
        // What ends a child is said by its supervisor, or by its log.
        Role::Door => cage::enter().and_then(|()| {
            let channel = Channel::enter(c"door");
            door::process::run(channel.map_err(|e| format!("nobody started this: {e}"))?)
        }),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            tracing::debug!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// What to be, or `None` when help or version was printed.
fn arguments() -> Result<Option<Role>, String> {
    let mut config = None;
    let mut args = std::env::args_os().skip(1);
    while let Some(arg) = args.next() {
        match arg.to_str() {
            Some("--config") => {
                config = Some(PathBuf::from(args.next().ok_or("--config needs a file")?));
            }
            // How the supervisor starts a door; of no use to anyone else.
            Some("--as-door") => return Ok(Some(Role::Door)),
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
        .map(|path| Some(Role::Supervisor(path)))
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
