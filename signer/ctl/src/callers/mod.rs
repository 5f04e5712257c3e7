//! Who may call the signer: one `NAME.toml` and one `NAME.key` each, in a folder.
//!
//! Invariant: a caller is one whose `.toml` is there. It is written last and
//! removed first, so whatever a crash leaves is a caller whole or no caller.
//! Invariant: no file of a caller is written over.

mod add;
mod record;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use self::add::Add;
use self::record::{caller, check_folder, name, paths, refusal};
use crate::say::{Refusal, Said, fact, object, put};
use crate::{files, random};

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Makes a caller's record, and the request key that it and the signer share.
    #[command(after_help = "Example:\n  \
        signerctl caller add desk-1 --role orchestrator --pin sha256/<64 hex digits> \\\n    \
        --callers /etc/signer/callers --key-out desk-1.key")]
    Add(Add),
    /// Ends a caller. The signer reads its callers when it starts.
    #[command(
        after_help = "Example:\n  signerctl caller remove desk-1 --callers /etc/signer/callers"
    )]
    Remove(Remove),
    /// Says who may call, and as what.
    #[command(
        after_help = "Example:\n  signerctl caller list --callers /etc/signer/callers --json"
    )]
    List(List),
}

#[derive(Args)]
pub(crate) struct Remove {
    /// Who.
    #[arg(value_parser = name)]
    name: String,
    /// The folder of callers.
    #[arg(long, value_name = "DIR")]
    callers: PathBuf,
}

#[derive(Args)]
pub(crate) struct List {
    /// The folder of callers.
    #[arg(long, value_name = "DIR")]
    callers: PathBuf,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(verb: &Verb) -> Result<Said, Refusal> {
    match verb {
        Verb::Add(args) => add::add(args, &random::bytes()?),
        Verb::Remove(args) => remove(args),
        Verb::List(args) => list(args),
    }
}

fn remove(args: &Remove) -> Result<Said, Refusal> {
    check_folder(&args.callers)?;
    let (toml, key) = paths(&args.callers, &args.name);
    let there = |path: &Path| path.symlink_metadata().is_ok();
    if !there(&toml) && !there(&key) {
        return Err(refusal(
            &args.name,
            "is no caller",
            "signerctl caller list says who is",
        ));
    }
    files::remove(&toml)?;
    files::remove(&key)?;
    // What a crash left half written holds a request key as well.
    files::remove(&files::draft_of(&key))?;
    files::remove(&files::draft_of(&toml))?;
    Ok(Said::line(format_args!("removed {}", args.name))
        .with_aside("next: restart the signer, which knows its old callers until then"))
}

/// Every caller's name, in order.
fn names(folder: &Path) -> Result<Vec<String>, Refusal> {
    let cannot = |e: std::io::Error| {
        refusal(
            folder.display(),
            format_args!("cannot be listed: {e}"),
            "run it as the signer's user",
        )
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let file = entry.map_err(cannot)?.file_name();
        let file = file.to_string_lossy();
        names.extend(file.strip_suffix(".toml").map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn list(args: &List) -> Result<Said, Refusal> {
    check_folder(&args.callers)?;
    let mut said = Said::default();
    for name in names(&args.callers)? {
        match caller(&args.callers, &name) {
            Ok((role, pin)) if args.json => {
                let all = [fact("caller", &name), fact("role", role), fact("pin", pin)];
                put(&mut said.out, object(&all));
            }
            Ok((role, pin)) => put(&mut said.out, format_args!("{name} {role} {pin}")),
            Err(refused) => said = said.with_aside(refused),
        }
    }
    Ok(said)
}
