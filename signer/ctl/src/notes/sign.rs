//! `note keygen` and `note sign`: one person's key, and its signature.
//!
//! Invariant: nothing is signed that does not parse, and what it says is told
//! to whoever signs it.

use std::path::{Path, PathBuf};

use clap::Args;
use note::{Body, KeySet, PublicKey, Seed, VerifierKey};

use super::text;
use super::words::words;
use crate::say::{Refusal, Said, fact, facts};
use crate::{files, random};

#[derive(Args)]
pub(crate) struct Keygen {
    /// Where the seed goes, 32 bytes, mode 0400.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// What the key is called on signature lines, such as desk/operator-1.
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(crate) struct Sign {
    /// The seed's file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The name that the key set or policy knows the key by.
    #[arg(long, value_name = "NAME")]
    name: String,
    /// The key set whose keys count; refused if this key is none of them.
    #[arg(long, value_name = "FILE")]
    keyset: Option<PathBuf>,
    /// Where the signed note goes, also over DRAFT itself; else it is printed.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// A draft, or a note that others signed before.
    #[arg(value_name = "DRAFT")]
    draft: PathBuf,
}

/// A note is for everyone to read.
const NOTE: u32 = 0o644;

/// Where a signed note goes.
enum Place<'a> {
    /// A new file.
    New(&'a Path),
    /// The draft's own name.
    Over(&'a Path),
}

fn place<'a>(out: &'a Path, draft: &Path) -> Result<Place<'a>, Refusal> {
    let same = out
        .canonicalize()
        .is_ok_and(|out| draft.canonicalize().is_ok_and(|draft| draft == out));
    if same {
        return Ok(Place::Over(out));
    }
    files::must_be_free(out)?;
    Ok(Place::New(out))
}

fn key_of(name: &str, seed: &Seed) -> Result<VerifierKey, Refusal> {
    VerifierKey::new(name, PublicKey::of_seed(seed)).ok_or_else(|| {
        Refusal::new(
            "NOTE_KEY_NAME",
            "--name",
            "is empty, too long, or has a space, plus or control character",
            "choose another",
        )
    })
}

pub(crate) fn keygen(args: &Keygen) -> Result<Said, Refusal> {
    let seed: Seed = random::bytes()?;
    let key = key_of(&args.name, &seed)?;
    files::create(&args.out, seed.as_slice(), files::SECRET)?;
    if args.json {
        let all = [fact("key", key), fact("seed", args.out.display())];
        return Ok(facts(true, &all));
    }
    Ok(Said::line(key).with_aside(format_args!(
        "the seed is in {}; keep a copy offline, and give others the line above",
        args.out.display()
    )))
}

pub(crate) fn sign(args: &Sign) -> Result<Said, Refusal> {
    let out = args.out.as_deref().map(|path| place(path, &args.draft));
    let out = out.transpose()?;
    let mut read = text::read(&args.draft)?;
    let body = read.body()?;
    let seed: Seed = files::read_secret_of(&args.key, "a seed")?;
    let key = key_of(&args.name, &seed)?;
    if let Some(path) = &args.keyset {
        must_list(&text::keyset(path)?.1, &key)?;
    }
    let mut doubt = None;
    if let Body::KeySet(keyset) = &body
        && let Err(refused) = must_list(keyset, &key)
    {
        // The first is signed by its own keys alone, a later one by the keys
        // before it as well.
        if keyset.version == 1 {
            return Err(refused);
        }
        doubt = Some(format!("{refused}, or sign as a key of the set before it"));
    }
    read.envelope
        .sign(&args.name, &seed)
        .map_err(text::refused)?;
    let signed = read.envelope.to_string();
    let mut said = Said::default();
    match out {
        Some(Place::Over(path)) => files::replace(path, signed.as_bytes(), NOTE)?,
        Some(Place::New(path)) => files::create(path, signed.as_bytes(), NOTE)?,
        None => said.out = signed,
    }
    for line in words(&body) {
        said = said.with_aside(line);
    }
    if let Some(line) = doubt {
        said = said.with_aside(line);
    }
    Ok(said.with_aside(format_args!("signed by {key}")))
}

/// Refuses a key that counts for nothing under `keyset`.
fn must_list(keyset: &KeySet, key: &VerifierKey) -> Result<(), Refusal> {
    if keyset.keys.contains(key) {
        return Ok(());
    }
    let same = |other: &&VerifierKey| other.public() == key.public();
    let problem = match keyset.keys.iter().find(same) {
        Some(known) => format!("is not what the key set calls this key: {}", known.name()),
        None => format!("with this key is in no line of the key set: {key}"),
    };
    let fix = "name the key that the key set lists, with its own name";
    Err(Refusal::new("NOTE_KEY", "--name", problem, fix))
}
