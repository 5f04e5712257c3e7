//! `note`: drafts, signatures and carriage of signed notes.
//!
//! For: making a text, signing it, showing it, checking it, and carrying it to
//! the signer. All but the carrying works on a laptop without a signer.
//!
//! Invariant: the texts are the `note` crate's; no line of one is spelled here.

mod check;
mod dial;
mod draft;
mod facts;
mod new;
mod policy;
mod sign;
mod starter;
#[cfg(test)]
mod tests;
mod text;
mod words;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use frame::local;

use crate::hand;
use crate::say::{Refusal, Said};
use crate::socket::Socket;

pub(crate) use new::NewUnfreeze;

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Prints a draft with starter values.
    #[command(subcommand, arg_required_else_help = true)]
    New(Box<new::New>),
    /// Makes a person's key and prints the text that others verify it by.
    #[command(after_help = "Example:\n  \
        signerctl note keygen --out operator-1.seed --name desk/operator-1")]
    Keygen(sign::Keygen),
    /// Adds a signature to a draft or a note.
    #[command(
        after_help = "Example:\n  signerctl note sign --key operator-1.seed \\\n    \
        --name desk/operator-1 --out dial.note dial.draft"
    )]
    Sign(sign::Sign),
    /// Says what a note says, and who claims to have signed it.
    #[command(after_help = "Example:\n  signerctl note show dial.note")]
    Show(check::Show),
    /// Checks who signed a note.
    #[command(after_help = "Examples:\n  \
        signerctl note verify policy.note --keyset keyset.note\n  \
        signerctl note verify dial.note --keys desk/operator-1+...")]
    Verify(check::Verify),
    /// Carries a signed note to the signer.
    #[command(
        after_help = "Example:\n  signerctl note apply dial.note --socket /run/signer/signer.sock"
    )]
    Apply(Carry),
    /// Carries the first key set to a journal that has none: whoever does this
    /// chooses the quorum.
    #[command(after_help = "Example:\n  signerctl note found keyset.note")]
    Found(Carry),
}

#[derive(Args)]
pub(crate) struct Carry {
    /// The signed note.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    socket: Socket,
}

pub(crate) fn run(verb: &Verb) -> Result<Said, Refusal> {
    match verb {
        Verb::New(kind) => new::run(kind),
        Verb::Keygen(args) => sign::keygen(args),
        Verb::Sign(args) => sign::sign(args),
        Verb::Show(args) => check::show(args),
        Verb::Verify(args) => check::verify(args),
        Verb::Apply(args) => carry(args, local::Verb::Note, "applied"),
        Verb::Found(args) => carry(args, local::Verb::Found, "founded"),
    }
}

/// The draft that ends the freeze, and the commands that make it a note.
pub(crate) fn unfreeze(args: &NewUnfreeze) -> Result<Said, Refusal> {
    new::unfreeze(args)
}

fn carry(args: &Carry, verb: local::Verb, word: &str) -> Result<Said, Refusal> {
    let read = text::read(&args.file)?;
    // The signer would say the same; here it costs nobody a connection.
    let body = read.body()?;
    if read.claims().is_empty() {
        return Err(text::refused(note::EnvelopeRefusal::NoSignatures));
    }
    let mut said = hand::done(&args.socket.ask(verb, &read.bytes)?, word)?;
    for line in words::words(&body) {
        said = said.with_aside(line);
    }
    Ok(said)
}
