//! The vault's process: a straight line from its part to its end.

use std::ffi::OsStr;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::process::ExitCode;

use cage::calls;
use child::channel::{Channel, told};
use frame::channel::{Message, VaultPart};

use super::Vault;
use super::config::VaultConfig;
use super::run::Sockets;
use crate::clock;

const USAGE: &str = "\
usage: signer-vault --as-vault VERSION | --version | --help

Keeps the key, decides, records and signs. `signer` starts it, with a socket,
and never a person by hand: install both in one folder, of one version.

Exit: 0 stopped on request, 1 a fault, 2 usage.
";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Begins, lives and ends. What ends it is said by its supervisor, or by its log.
pub(crate) fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    match words.next().unwrap_or_default().to_str() {
        Some("--as-vault") => {}
        Some("--version" | "-V") => {
            let version = concat!("signer-vault ", env!("CARGO_PKG_VERSION"), "\n");
            return tell(&mut std::io::stdout(), version, 0);
        }
        Some("--help" | "-h") => return tell(&mut std::io::stdout(), USAGE, 0),
        _ => return tell(&mut std::io::stderr(), USAGE, 2),
    }
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let whose = words.next().unwrap_or_default();
    match cage::enter().and_then(|()| run(&whose)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            tracing::debug!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// Says it; a fault, if nobody could read it.
fn tell(out: &mut dyn Write, text: &str, code: u8) -> ExitCode {
    let told = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    ExitCode::from(if told.is_ok() { code } else { 1 })
}

/// Lives the vault's life for a supervisor of this version.
///
/// # Errors
///
/// What ended it, which the supervisor was told if it was at the start.
fn run(whose: &OsStr) -> Result<(), String> {
    let channel = Channel::enter(c"vault").map_err(|e| format!("nobody started this: {e}"))?;
    let (vault, control, hop) = told(&channel, begin(&channel, whose))?;
    let sockets = Sockets::new(channel, control, hop).map_err(|e| e.to_string())?;
    // A fault means that memory and disk may differ: stop at once; what waited
    // was told that there is no answer.
    vault.run(sockets).map_err(|fault| {
        tracing::error!(%fault, "the vault stopped");
        fault.to_string()
    })
}

fn begin(channel: &Channel, whose: &OsStr) -> Result<(Vault, OwnedFd, OwnedFd), String> {
    // Taken before it is refused: what ends with something unread is not heard.
    let part = part(channel);
    same(whose)?;
    let config = VaultConfig::read(part?)?;
    let paths = config.paths();
    let now = clock::read().ok_or("CLOCK a clock of this machine is unusable; set it")?;
    let taken = Vault::take(config, now)?;
    channel.say(&Message::Ready)?;
    let [control, hop] = channel.told_to_begin()?;
    let closed = [cage::fence(&paths), cage::filter(calls::vault::CALLS)];
    let missing = cage::told("vault", closed);
    // Callers wait meanwhile.
    let vault = taken.read()?.caged(missing).begin()?;
    channel.say(&Message::Begun)?;
    Ok((vault, control, hop))
}

/// Another version's words may mean something else.
fn same(whose: &OsStr) -> Result<(), String> {
    (whose == VERSION).then_some(()).ok_or_else(|| {
        let whose = whose.display();
        format!(
            "VERSION signer is of {whose}, and signer-vault beside it of {VERSION}; install both of one"
        )
    })
}

fn part(channel: &Channel) -> Result<VaultPart, String> {
    match channel.receive() {
        Ok(Some((Message::Vault(part), _))) => Ok(part),
        Ok(_) => Err("the supervisor sent no part".to_owned()),
        Err(e) => Err(format!("the supervisor's socket failed: {e}")),
    }
}
