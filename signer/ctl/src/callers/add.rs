//! `caller add`: the request key first, the record last.

use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use super::names;
use super::record::{self, Role, caller, check_folder, new_name, paths, pin, refusal};
use crate::files;
use crate::say::{Refusal, Said, fact, facts};

#[derive(Args)]
pub(crate) struct Add {
    /// 1 to 32 of a-z 0-9 . _ -, not beginning with a dot.
    #[arg(value_parser = new_name)]
    pub(super) name: String,
    /// What it is for.
    #[arg(long)]
    pub(super) role: Role,
    /// Its certificate's pin, as signerctl pin prints it.
    #[arg(long, value_name = "sha256/...", value_parser = pin)]
    pub(super) pin: String,
    /// The folder of callers, which only its owner may write.
    #[arg(long, value_name = "DIR")]
    pub(super) callers: PathBuf,
    /// Where the caller's copy of the request key goes, mode 0400.
    #[arg(long, value_name = "FILE")]
    pub(super) key_out: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

/// One step of adding a caller; a crash may come between any two.
pub(super) enum Step<'a> {
    /// What an interrupted `add` left goes.
    Clear(&'a Path),
    /// A new file.
    Create(&'a Path, &'a [u8], u32),
}

/// Takes it.
pub(super) fn take(step: &Step<'_>) -> Result<(), Refusal> {
    match step {
        Step::Clear(path) => files::remove(path),
        Step::Create(path, bytes, mode) => files::create(path, bytes, *mode),
    }
}

/// Makes a caller with this request key.
pub(super) fn add(args: &Add, key: &Zeroizing<[u8; 32]>) -> Result<Said, Refusal> {
    check_folder(&args.callers)?;
    let (toml, key_path) = paths(&args.callers, &args.name);
    let record = record::record(args.role, &args.pin);
    for step in steps(args, key, &toml, &key_path, &record)? {
        take(&step)?;
    }
    let all = [
        fact("caller", &args.name),
        fact("role", args.role.word()),
        fact("pin", &args.pin),
        fact("record", toml.display()),
        fact("request_key", args.key_out.display()),
    ];
    Ok(facts(args.json, &all).with_aside(format_args!(
        "next: carry {} to the caller, remove it here, and restart the signer",
        args.key_out.display()
    )))
}

/// What is to be done, or why it may not be.
pub(super) fn steps<'a>(
    args: &'a Add,
    key: &'a Zeroizing<[u8; 32]>,
    toml: &'a Path,
    key_path: &'a Path,
    record: &'a str,
) -> Result<Vec<Step<'a>>, Refusal> {
    if toml.symlink_metadata().is_ok() {
        return Err(refusal(
            &args.name,
            "is a caller already",
            "choose another name, or signerctl caller remove it first",
        ));
    }
    for other in names(&args.callers)? {
        // One that cannot be read is told by `list`, and by the signer.
        if caller(&args.callers, &other).is_ok_and(|(_, pin)| pin == args.pin) {
            return Err(refusal(
                &args.name,
                format_args!("would have the pin of {other}"),
                "give each caller a certificate of its own",
            ));
        }
    }
    let out = args.key_out.as_path();
    let mut steps = Vec::new();
    // A copy of a key that no record names is what a crash left of this very
    // command; any other file is someone's.
    if out.symlink_metadata().is_ok() {
        let same = matches!(
            (files::read_secret(out), files::read_secret(key_path)),
            (Ok(ours), Ok(orphan)) if *ours == *orphan
        );
        if !same {
            files::must_be_free(out)?;
        }
        steps.push(Step::Clear(out));
    }
    steps.push(Step::Clear(key_path));
    steps.push(Step::Create(key_path, key.as_slice(), files::SECRET));
    steps.push(Step::Create(out, key.as_slice(), files::SECRET));
    steps.push(Step::Create(toml, record.as_bytes(), 0o600));
    Ok(steps)
}
