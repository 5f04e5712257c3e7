//! What the operator asks of a running signer: unlock, lock, status, freeze, clock.
//!
//! Invariant: the sealing key goes from where it was read or derived into the
//! socket, and the trading key is never here.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use frame::local::Verb;
use frame::{Header, SEALED_BYTES_MAX};
use page::Page;

use crate::kdf;
use crate::say::{Refusal, Said, facts, object_with};
use crate::socket::Socket;
use crate::status::{LISTS, Status};
use crate::{ahead, clock, files, secret};

#[derive(Args)]
pub(crate) struct Unlock {
    #[command(flatten)]
    socket: Socket,
    /// The sealed key, for how its passphrase is stretched.
    #[arg(long, value_name = "SEALED", default_value = "./wallet.sealed")]
    sealed: PathBuf,
    /// Where the passphrase is read from, without a terminal.
    #[arg(long, value_name = "N", conflicts_with = "credential")]
    passphrase_fd: Option<u32>,
    /// The sealing key itself, as import --credential-out wrote it.
    #[arg(long, value_name = "FILE")]
    credential: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Ask {
    #[command(flatten)]
    pub(crate) socket: Socket,
}

#[derive(Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) socket: Socket,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Freeze {
    #[command(flatten)]
    socket: Socket,
    /// Why, for whoever finds it frozen: at most 200 bytes.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

#[derive(Subcommand)]
pub(crate) enum Clock {
    /// Tells the signer that its wall clock is right now; it credits nothing.
    #[command(after_help = "Example:\n  signerctl clock accept --socket /run/signer/signer.sock")]
    Accept(Ask),
}

pub(crate) fn unlock(args: &Unlock) -> Result<Said, Refusal> {
    let file = files::read(&args.sealed, SEALED_BYTES_MAX)?;
    let (header, _) = Header::split(&file).map_err(|e| {
        Refusal::new(
            "SEALED",
            args.sealed.display(),
            e,
            "name the file that signerctl import wrote",
        )
    })?;
    let sealing = sealing_key(args, &header)?;
    let key = sealing.key();
    let told = args.socket.ask(Verb::Unlock, key);
    let told = told.map_err(|refused| {
        let (line, ours) = (refused.to_string(), header.address.to_string());
        if line.starts_with("KEY_CLOSED ") && !line.contains(&ours) {
            let shown = args.sealed.display();
            return Refusal::line(format!("{line} ({shown} is the key of {ours})"));
        }
        refused
    })?;
    done(&told, "unlocked")
}

/// Reads or derives it into a page of its own; a passphrase is wiped by then.
fn sealing_key(args: &Unlock, header: &Header) -> Result<Page, Refusal> {
    let mut sealing = Page::new().map_err(|e| {
        let fix = "raise the limit of locked memory (ulimit -l)";
        Refusal::new("MEMORY", "sealing key", e, fix)
    })?;
    let key = sealing.key_mut();
    if let Some(path) = &args.credential {
        files::read_secret_into(path, key, "a sealing key")?;
    } else {
        let passphrase = secret::read(
            &format!("passphrase of the key of {}", header.address),
            "--passphrase-fd",
            args.passphrase_fd,
        )?;
        kdf::derive_into(&passphrase, &header.salt, header.kdf, key)?;
    }
    Ok(sealing)
}

pub(crate) fn lock(args: &Ask) -> Result<Said, Refusal> {
    done(&args.socket.ask(Verb::Lock, &[])?, "locked")
}

pub(crate) fn status(args: &StatusArgs) -> Result<Said, Refusal> {
    let status = Status::parse(&args.socket.ask(Verb::Status, &[])?);
    let mut said = if args.json {
        Said::line(object_with(&status.0, &LISTS))
    } else {
        facts(false, &status.0)
    };
    for line in ahead::lines(&status, clock::now()?) {
        said = said.with_aside(line);
    }
    Ok(said)
}

pub(crate) fn freeze(args: &Freeze) -> Result<Said, Refusal> {
    if args.reason.trim().is_empty() || args.reason.chars().any(char::is_control) {
        return Err(Refusal::new(
            "REASON",
            "--reason",
            "is empty or has control characters",
            "write one line for whoever finds it frozen",
        ));
    }
    let (length, most) = (args.reason.len(), Verb::Freeze.payload_max());
    if u32::try_from(length).map_or(true, |length| length > most) {
        let problem = format_args!("is {length} bytes long, and {most} are the most");
        return Err(Refusal::new(
            "REASON",
            "--reason",
            problem,
            "make it shorter",
        ));
    }
    let text = args.socket.ask(Verb::Freeze, args.reason.as_bytes())?;
    Ok(done(&text, "frozen")?.with_aside("next: find out why, then signerctl unfreeze"))
}

pub(crate) fn clock(verb: &Clock) -> Result<Said, Refusal> {
    let Clock::Accept(args) = verb;
    done(&args.socket.ask(Verb::ClockAccept, &[])?, "accepted")
}

/// What the signer said, or the plain word if it said nothing.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the last step of verbs that can fail"
)]
pub(crate) fn done(text: &str, word: &str) -> Result<Said, Refusal> {
    let text = text.trim_end();
    Ok(Said::line(if text.is_empty() { word } else { text }))
}
