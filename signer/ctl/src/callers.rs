//! Who may call the signer: one `NAME.toml` and one `NAME.key` each, in a folder.
//!
//! Invariant: a caller is one whose `.toml` is there. It is written last and
//! removed first, so whatever a crash leaves is a caller whole or no caller.
//! Invariant: no file of a caller is written over.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::say::{Refusal, Said, fact, facts, object, put};
use crate::{files, random};

const NAME_BYTES_MAX: usize = 32;
const RECORD_BYTES_MAX: usize = 4096;

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
pub(crate) struct Add {
    /// 1 to 32 of a-z 0-9 . _ -, not beginning with a dot.
    #[arg(value_parser = name)]
    name: String,
    /// What it is for.
    #[arg(long)]
    role: Role,
    /// Its certificate's pin, as signerctl pin prints it.
    #[arg(long, value_name = "sha256/...", value_parser = pin)]
    pin: String,
    /// The folder of callers, which only its owner may write.
    #[arg(long, value_name = "DIR")]
    callers: PathBuf,
    /// Where the caller's copy of the request key goes, mode 0400.
    #[arg(long, value_name = "FILE")]
    key_out: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
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

#[derive(Clone, Copy, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    /// Signs, explains, carries notes, freezes.
    Orchestrator,
    /// Carries notes and freezes.
    Operator,
    /// Looks.
    Monitor,
}

impl Role {
    const fn word(self) -> &'static str {
        match self {
            Self::Orchestrator => "orchestrator",
            Self::Operator => "operator",
            Self::Monitor => "monitor",
        }
    }
}

/// What a `.toml` holds, and nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    role: Role,
    pin: String,
}

pub(crate) fn run(verb: &Verb) -> Result<Said, Refusal> {
    match verb {
        Verb::Add(args) => add(args, &random::bytes()?),
        Verb::Remove(args) => remove(args),
        Verb::List(args) => list(args),
    }
}

fn name(text: &str) -> Result<String, String> {
    let legal =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    let fine = (1..=NAME_BYTES_MAX).contains(&text.len())
        && !text.starts_with('.')
        && text.bytes().all(legal);
    fine.then(|| text.to_owned())
        .ok_or_else(|| "use 1 to 32 of a-z 0-9 . _ -, not beginning with a dot".to_owned())
}

fn pin(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("sha256/").unwrap_or_default();
    let fine = digits.len() == 64
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    fine.then(|| text.to_owned()).ok_or_else(|| {
        "write sha256/ and 64 lower-case hex digits, as signerctl pin prints".to_owned()
    })
}

fn refusal(field: impl std::fmt::Display, problem: impl std::fmt::Display, fix: &str) -> Refusal {
    Refusal::new("CALLER", field, problem, fix)
}

/// Where a caller's record and key stand.
fn paths(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    (
        folder.join(format!("{name}.toml")),
        folder.join(format!("{name}.key")),
    )
}

/// The folder must be there, and nobody but its owner may add to it.
fn check_folder(folder: &Path) -> Result<(), Refusal> {
    let meta = fs::metadata(folder).map_err(|e| {
        refusal(
            folder.display(),
            format_args!("cannot be examined: {e}"),
            "make the folder first, mode 0700",
        )
    })?;
    if !meta.is_dir() || meta.mode() & 0o022 != 0 {
        return Err(refusal(
            folder.display(),
            "is no folder that its owner alone may write",
            "chmod go-w it, and look through what is in it",
        ));
    }
    Ok(())
}

/// One step of adding a caller; a crash may come between any two.
enum Step<'a> {
    /// What an interrupted `add` left goes.
    Clear(&'a Path),
    /// A new file.
    Create(&'a Path, &'a [u8], u32),
}

fn take(step: &Step<'_>) -> Result<(), Refusal> {
    match step {
        Step::Clear(path) => files::remove(path),
        Step::Create(path, bytes, mode) => files::create(path, bytes, *mode),
    }
}

fn add(args: &Add, key: &Zeroizing<[u8; 32]>) -> Result<Said, Refusal> {
    check_folder(&args.callers)?;
    let (toml, key_path) = paths(&args.callers, &args.name);
    let record = record(args);
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

fn record(args: &Add) -> String {
    format!("role = \"{}\"\npin = \"{}\"\n", args.role.word(), args.pin)
}

/// What is to be done, or why it may not be.
fn steps<'a>(
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
    Ok(Said::line(format_args!("removed {}", args.name))
        .with_aside("next: restart the signer, which knows its old callers until then"))
}

fn list(args: &List) -> Result<Said, Refusal> {
    check_folder(&args.callers)?;
    let cannot = |e: std::io::Error| {
        refusal(
            args.callers.display(),
            format_args!("cannot be listed: {e}"),
            "run it as the signer's user",
        )
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(&args.callers).map_err(cannot)? {
        let file = entry.map_err(cannot)?.file_name();
        let file = file.to_string_lossy();
        names.extend(file.strip_suffix(".toml").map(str::to_owned));
    }
    names.sort();
    let mut said = Said::default();
    for name in names {
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

/// One caller's role and pin, if its record and its key are sound.
fn caller(folder: &Path, known: &str) -> Result<(&'static str, String), Refusal> {
    let bad = |problem: String| {
        refusal(
            known,
            problem,
            "signerctl caller remove it, then add it again",
        )
    };
    name(known).map_err(&bad)?;
    let (toml, key) = paths(folder, known);
    let text = files::read(&toml, RECORD_BYTES_MAX)?;
    let record: Record =
        toml::from_slice(&text).map_err(|e| bad(format!("record: {}", e.message())))?;
    pin(&record.pin).map_err(bad)?;
    match fs::symlink_metadata(&key) {
        Err(e) if e.kind() == ErrorKind::NotFound => Err(bad("has no key".to_owned())),
        _ => files::read_secret_of::<32>(&key, "a request key")
            .map(|_| (record.role.word(), record.pin)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(folder: &Path) -> Add {
        Add {
            name: "desk-1".to_owned(),
            role: Role::Orchestrator,
            pin: format!("sha256/{}", "ab".repeat(32)),
            callers: folder.join("callers"),
            key_out: folder.join("out.key"),
            json: false,
        }
    }

    #[test]
    fn names_and_pins_have_edges() {
        for good in ["a", "desk-1", "9._-", &"a".repeat(32)] {
            assert!(name(good).is_ok(), "{good}");
        }
        for bad in ["", ".a", "A", "a/b", "a b", "ü", &"a".repeat(33)] {
            assert!(name(bad).is_err(), "{bad}");
        }
        let digits = "ab".repeat(32);
        assert!(pin(&format!("sha256/{digits}")).is_ok());
        for bad in [
            digits.clone(),
            format!("sha256/a{digits}"),
            format!("sha256/{digits}0"),
            format!("sha256/{}", digits.to_uppercase()),
        ] {
            assert!(pin(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn after_a_crash_at_any_step_the_same_command_works() {
        for crash_before in 0.. {
            let folder = tempfile::tempdir().unwrap();
            let args = args(folder.path());
            fs::create_dir(&args.callers).unwrap();
            let (toml, key_path) = paths(&args.callers, &args.name);
            let first = Zeroizing::new([1; 32]);
            let record = record(&args);
            let steps = steps(&args, &first, &toml, &key_path, &record).unwrap();
            let crashed = crash_before < steps.len();
            for step in steps.iter().take(crash_before) {
                take(step).unwrap();
            }
            // No record, so no caller, until the last step.
            assert_eq!(caller(&args.callers, "desk-1").is_ok(), !crashed);
            let again = add(&args, &Zeroizing::new([2; 32]));
            assert_eq!(
                again.is_ok(),
                crashed,
                "before step {crash_before}: {again:?}"
            );
            assert!(caller(&args.callers, "desk-1").is_ok());
            let key = fs::read(&key_path).unwrap();
            assert_eq!(key, fs::read(&args.key_out).unwrap());
            assert_eq!(key, if crashed { [2; 32] } else { [1; 32] });
            if !crashed {
                break;
            }
        }
    }

    #[test]
    fn a_removal_cut_short_can_be_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let args = args(folder.path());
        fs::create_dir(&args.callers).unwrap();
        let removal = Remove {
            name: args.name.clone(),
            callers: args.callers.clone(),
        };
        add(&args, &Zeroizing::new([1; 32])).unwrap();
        fs::remove_file(args.callers.join("desk-1.toml")).unwrap();
        remove(&removal).unwrap();
        assert_eq!(fs::read_dir(&args.callers).unwrap().count(), 0);
        assert!(remove(&removal).is_err());
    }

    #[test]
    fn someone_elses_file_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let args = args(folder.path());
        fs::create_dir(&args.callers).unwrap();
        fs::write(&args.key_out, b"mine").unwrap();
        let refused = add(&args, &Zeroizing::new([1; 32])).unwrap_err();
        assert!(
            refused.to_string().contains("is there already"),
            "{refused}"
        );
        assert_eq!(fs::read(&args.key_out).unwrap(), b"mine");
        assert_eq!(fs::read_dir(&args.callers).unwrap().count(), 0);
    }
}
