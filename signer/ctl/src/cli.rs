//! The command line: one verb each.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::say::{Refusal, Said};
use crate::{
    audit, backup, callers, clob_auth, export, hand, import, journal, log, notes, pin, rewrap,
    rotate,
};

/// The operator's hand on the signer.
///
/// Exit codes: 0 done, 1 refused or failed, 2 asked wrongly.
#[derive(Parser)]
#[command(name = "signerctl", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Makes the journal, once. Refuses if the file is there already.
    #[command(after_help = "Example:\n  \
        signerctl init --journal journal.sqlite")]
    Init(Init),
    /// Seals a wallet's key for one journal.
    #[command(after_help = "Examples:\n  \
        signerctl import --journal journal.db --out key.sealed --keystore wallet.json\n  \
        signerctl import --journal journal.db --out key.sealed --raw-fd 3 3<key.hex \\\n    \
        --credential-out sealing.key --yes-i-have-an-offline-copy")]
    Import(import::Import),
    /// Seals the same key anew: another passphrase or credential opens it, and
    /// what opened it before does not.
    #[command(after_help = "Examples:\n  \
        signerctl rewrap --journal journal.db --sealed key.sealed\n  \
        signerctl rewrap --journal journal.db --sealed key.sealed --credential old.key \\\n    \
        --credential-out new.key")]
    Rewrap(rewrap::Rewrap),
    /// Puts another session key in the place of the one in use, step by step.
    #[command(
        subcommand,
        arg_required_else_help = true,
        after_help = "Example:\n  \
            signerctl rotate swap --journal journal.db --sealed key.sealed --next next.sealed\n  \
            signerctl rotate status --sealed key.sealed\n  \
            signerctl rotate delete --journal journal.db --sealed key.sealed --revoked"
    )]
    Rotate(rotate::Rotate),
    /// Takes the key out of its box for one recipient, a day after it was asked for.
    #[command(subcommand, arg_required_else_help = true)]
    Export(export::Export),
    /// Has the signer sign the venue's login, where the policy permits it.
    #[command(after_help = "Example:\n  signerctl clob-auth --nonce 0")]
    ClobAuth(clob_auth::ClobAuth),
    /// Hands the signer what opens its key, until the lease ends.
    #[command(after_help = "Examples:\n  \
        signerctl unlock --socket /run/signer/signer.sock --sealed key.sealed\n  \
        signerctl unlock --sealed key.sealed --credential sealing.key")]
    Unlock(hand::Unlock),
    /// Takes the key out of the signer's memory. Nothing is signed until unlock.
    #[command(after_help = "Example:\n  signerctl lock --socket /run/signer/signer.sock")]
    Lock(hand::Ask),
    /// Says what the signer says of itself, as lines of name and value.
    #[command(after_help = "Example:\n  signerctl status --socket /run/signer/signer.sock --json")]
    Status(hand::StatusArgs),
    /// Stops all signing but tickets, at once.
    #[command(
        after_help = "Example:\n  signerctl freeze --reason 'the orchestrator buys what it must not'"
    )]
    Freeze(hand::Freeze),
    /// The signer's clock.
    #[command(subcommand, arg_required_else_help = true)]
    Clock(hand::Clock),
    /// Signed notes: all authority over the signer.
    #[command(subcommand, arg_required_else_help = true)]
    Note(notes::Verb),
    /// Prints the draft of the note that ends a freeze: the quorum signs it.
    #[command(
        after_help = "Example:\n  signerctl unfreeze --socket /run/signer/signer.sock >unfreeze.draft"
    )]
    Unfreeze(notes::NewUnfreeze),
    /// Prints what the journal recorded, read from a file and not from a signer.
    #[command(
        after_help = "Examples:\n  signerctl log --journal journal.db --since 02:00Z\n  \
        signerctl log --journal journal.db --since 2026-11-20T00:00:00Z --json"
    )]
    Log(log::Log),
    /// Checks a journal's tree, and makes what others can check it by: offline, on a copy.
    #[command(subcommand, arg_required_else_help = true)]
    Audit(audit::Verb),
    /// Copies the journal whole, also while a signer runs on it.
    #[command(
        after_help = "Example:\n  signerctl backup --journal journal.db --out journal-2026-11-21.db\n\
        A signer on such a copy knows it, and is FROZEN until a recovery note."
    )]
    Backup(backup::Backup),
    /// Who may call the signer.
    #[command(subcommand, arg_required_else_help = true)]
    Caller(callers::Verb),
    /// Prints the pin of a PEM certificate, as configurations name it.
    #[command(after_help = "Example:\n  signerctl pin desk-1.pem")]
    Pin {
        /// The certificate.
        #[arg(value_name = "CERTIFICATE")]
        certificate: PathBuf,
    },
}

#[derive(Args)]
struct Init {
    /// Where the journal will live; its folder must exist.
    #[arg(long, value_name = "FILE")]
    journal: PathBuf,
}

/// Does what was asked.
pub(crate) fn run(cli: &Cli) -> Result<Said, Refusal> {
    let plain = |answer: Result<String, String>| answer.map(Said::line).map_err(Refusal::line);
    match &cli.verb {
        Verb::Init(args) => plain(journal::init(&args.journal)),
        Verb::Import(args) => import::run(args),
        Verb::Rewrap(args) => rewrap::run(args),
        Verb::Rotate(verb) => rotate::run(verb),
        Verb::Export(verb) => export::run(verb),
        Verb::ClobAuth(args) => clob_auth::run(args),
        Verb::Unlock(args) => hand::unlock(args),
        Verb::Lock(args) => hand::lock(args),
        Verb::Status(args) => hand::status(args),
        Verb::Freeze(args) => hand::freeze(args),
        Verb::Clock(verb) => hand::clock(verb),
        Verb::Note(verb) => notes::run(verb),
        Verb::Unfreeze(args) => notes::unfreeze(args),
        Verb::Log(args) => log::run(args),
        Verb::Audit(verb) => audit::run(verb),
        Verb::Backup(args) => backup::run(args),
        Verb::Caller(verb) => callers::run(verb),
        Verb::Pin { certificate } => plain(pin::of_file(certificate)),
    }
}
