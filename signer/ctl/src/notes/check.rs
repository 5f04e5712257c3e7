//! `note show` and `note verify`: what a note says, and whether it was signed.
//!
//! Invariant: `show` trusts nothing and says so; `verify` answers only for the
//! keys it was given, each counted once.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use note::{NoteHash, PublicKey, VerifierKey};
use serde_json::json;

use super::text;
use super::words::words;
use crate::say::{Refusal, Said, fact, facts, printable, put};
use crate::values;

#[derive(Args)]
pub(crate) struct Show {
    /// A draft or a note.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(crate) struct Verify {
    /// The note.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Keys that may have signed it.
    #[arg(
        long, value_name = "VKEY", num_args = 1.., value_parser = values::key,
        required_unless_present = "keyset"
    )]
    keys: Vec<VerifierKey>,
    /// A key set whose keys and threshold count; you trust this file.
    #[arg(long, value_name = "FILE", conflicts_with = "keys")]
    keyset: Option<PathBuf>,
    /// How many of the keys must have signed; needed with several --keys.
    #[arg(long, value_name = "N")]
    threshold: Option<usize>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn show(args: &Show) -> Result<Said, Refusal> {
    let read = text::read(&args.file)?;
    let body = read.body()?;
    let hash = NoteHash::of(read.envelope.unverified_text());
    let (says, claims) = (words(&body), read.claims());
    if args.json {
        let window = body.window();
        let signatures: Vec<_> = claims
            .iter()
            .map(|claim| json!({"name": claim.name, "key_id": claim.id}))
            .collect();
        return Ok(Said::line(json!({
            "kind": body.kind().first_line(),
            "journal_id": hex::encode(body.journal().0),
            "hash": format!("{hash:?}"),
            "not_before": window.not_before.to_string(),
            "apply_before": window.apply_before.to_string(),
            "says": says,
            "signatures_not_checked": signatures,
        })));
    }
    let mut said = Said::default();
    for line in says {
        put(&mut said.out, line);
    }
    put(&mut said.out, format_args!("hash {hash:?}"));
    if claims.is_empty() {
        put(&mut said.out, "no signature yet");
    }
    for claim in claims {
        put(
            &mut said.out,
            format_args!(
                "signature line of {} ({}), not checked",
                printable(&claim.name),
                claim.id
            ),
        );
    }
    Ok(said)
}

pub(crate) fn verify(args: &Verify) -> Result<Said, Refusal> {
    let (keys, needed) = whom(args)?;
    let read = text::read(&args.file)?;
    let verified = note::verify(&read.bytes, &keys).map_err(text::refused)?;
    let body = text::parse(verified.text())?;
    let signed_by: Vec<&str> = keys
        .iter()
        .filter(|key| verified.signed_by().contains(&key.public()))
        .map(VerifierKey::name)
        .collect();
    let signed = verified.signed_by().len();
    if signed < needed {
        return Err(Refusal::new(
            "NOTE_TOO_FEW_SIGNATURES",
            args.file.display(),
            format_args!("{signed} of the keys signed it, and {needed} must"),
            "have more of them sign",
        ));
    }
    let all = [
        fact("kind", body.kind().first_line()),
        fact("hash", format_args!("{:?}", verified.hash())),
        fact("signed", signed),
        fact("threshold", needed),
        fact("signed_by", signed_by.join(" ")),
    ];
    let mut said = facts(args.json, &all);
    for line in words(&body) {
        said = said.with_aside(line);
    }
    Ok(said)
}

/// The keys that count, and how many of them must have signed.
fn whom(args: &Verify) -> Result<(Vec<VerifierKey>, usize), Refusal> {
    let (keys, needed) = if let Some(path) = &args.keyset {
        let (_, keyset) = text::keyset(path)?;
        let needed = args.threshold.unwrap_or(usize::from(keyset.threshold));
        (keyset.keys.into_iter().collect(), needed)
    } else {
        let lone = (args.keys.len() == 1).then_some(1);
        let needed = args.threshold.or(lone).ok_or_else(|| {
            Refusal::new(
                "THRESHOLD",
                "--threshold",
                "is missing, and there are several keys",
                "say how many of them must have signed",
            )
        })?;
        (args.keys.clone(), needed)
    };
    let distinct: BTreeSet<PublicKey> = keys.iter().map(VerifierKey::public).collect();
    if needed == 0 || needed > distinct.len() {
        return Err(Refusal::new(
            "THRESHOLD",
            "--threshold",
            format_args!("is {needed} of {} keys", distinct.len()),
            "make it at least 1 and at most the number of keys",
        ));
    }
    Ok((keys, needed))
}
