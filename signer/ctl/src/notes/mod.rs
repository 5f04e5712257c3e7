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
mod leaves;
mod new;
mod policy;
mod seen;
mod sign;
mod simulate;
pub(crate) mod starter;
#[cfg(test)]
mod tests;
mod text;
mod told;
mod words;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use frame::local;
use note::{Alive, Body};

use crate::hand;
use crate::say::{Refusal, Said};
use crate::socket::Socket;
use crate::status::{self, Status};

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
    /// Decides a journal once more under another policy, and says what changes.
    #[command(
        after_help = "Exit status: 0 nothing changes, 3 decisions change, 1 it cannot be said.\n\n\
        Example:\n  signerctl note simulate policy-2.draft --journal copy/journal.sqlite"
    )]
    Simulate(simulate::Simulate),
    /// Carries a signed note, or a head that witnesses cosigned, to the signer.
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
    /// The signed note; of `apply`, also a cosigned head.
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
        Verb::Simulate(args) => simulate::run(args),
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
    let body = read.carried()?;
    if read.claims().is_empty() {
        return Err(text::refused(note::EnvelopeRefusal::NoSignatures));
    }
    let told = args.socket.ask(verb, &read.bytes);
    let told = told.map_err(|refused| unfounded(args, body.as_ref(), refused))?;
    let mut said = hand::done(&told, word)?;
    for line in body.iter().flat_map(words::words) {
        said = said.with_aside(line);
    }
    if let Some(Body::Alive(alive)) = &body {
        // Applied it is, whatever comes of this second question.
        let status = args.socket.ask(local::Verb::Status, &[]);
        match status.map(|text| unattended(alive, &Status::parse(&text))) {
            Ok(None) => {}
            Ok(Some(line)) => said = said.with_aside(line),
            Err(refused) => {
                said = said.with_aside(format_args!(
                    "it is applied; its effect is unknown: {refused}"
                ));
            }
        }
    }
    Ok(said)
}

/// The refusal, with what comes first where there is no key set yet.
fn unfounded(args: &Carry, body: Option<&Body>, refused: Refusal) -> Refusal {
    let line = refused.to_string();
    if line.starts_with("NOTE_NO_KEY_SET ") && matches!(body, Some(Body::KeySet(_))) {
        let problem = "there is no key set yet";
        let fix = format_args!("signerctl note found {}", args.file.display());
        return Refusal::new("NOTE_NO_KEY_SET", "signatures", problem, fix);
    }
    // A key is unknown where there is another's key set, too: the status tells which.
    let is_unfounded = || {
        let status = args.socket.ask(local::Verb::Status, &[]);
        status.is_ok_and(|text| Status::parse(&text).value(status::KEYSET_VERSION).is_none())
    };
    if line.starts_with("NOTE_NO_KNOWN_KEY ") && is_unfounded() {
        let problem = "there is no key set yet, so no key is known";
        let fix = "signerctl note found KEYSET.note first, then apply this again";
        return Refusal::new("NOTE_NO_KNOWN_KEY", "signatures", problem, fix);
    }
    refused
}

/// That a restart which nobody attended still waits for a person, if it does.
fn unattended(alive: &Alive, status: &Status) -> Option<String> {
    let restarted = status.values(status::WHY).find_map(|why| {
        let at = why.strip_prefix("restarted unattended ")?;
        at.split(". ").next()
    })?;
    let begins = alive.window.not_before;
    Some(format!(
        "ALIVE it does not attend to the restart of {restarted}: it begins before it, at {begins}. \
         Buys stay stopped; signerctl note new alive"
    ))
}
