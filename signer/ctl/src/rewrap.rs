//! `rewrap`: the sealed key under another passphrase or credential.
//!
//! Invariant: at every moment the file under its name opens, with the old or
//! with the new, whole: the new one takes its name in one step, and only after
//! it was opened again and held the key of its address.
//! Invariant: a new credential's file is there before the key sealed with it.

use std::path::PathBuf;

use clap::{Args, value_parser};
use frame::{Header, Kdf, SEALED_BYTES_MAX};

use crate::import::{MEMORY_MIB_MAX, MEMORY_MIB_MIN};
use crate::kdf::{self, SealingKey};
use crate::say::{Refusal, Said, fact, facts};
use crate::secret::{self, Secret};
use crate::{files, journal_id, random, seal};

#[derive(Args)]
pub(crate) struct Rewrap {
    /// The journal it signs for; no signer may have it open.
    #[arg(long, value_name = "FILE")]
    journal: PathBuf,
    /// The sealed key, which is replaced in one step.
    #[arg(long, value_name = "SEALED")]
    sealed: PathBuf,
    /// Where the passphrase of today is read from, without a terminal.
    #[arg(long, value_name = "N", conflicts_with = "credential")]
    passphrase_fd: Option<u32>,
    /// The sealing key of today, as import --credential-out wrote it.
    #[arg(long, value_name = "FILE")]
    credential: Option<PathBuf>,
    /// Where the new passphrase is read from, without a terminal.
    #[arg(long, value_name = "N", conflicts_with = "credential_out")]
    new_passphrase_fd: Option<u32>,
    /// Seal with a random key instead of a passphrase, and write that key
    /// here, mode 0400: for a systemd credential.
    #[arg(long, value_name = "FILE")]
    credential_out: Option<PathBuf>,
    /// How much memory a guess of the new passphrase costs, MiB.
    #[arg(
        long, value_name = "MIB", default_value_t = Kdf::TODAY.memory_kib.div_euclid(1024),
        value_parser = value_parser!(u32).range(MEMORY_MIB_MIN..=MEMORY_MIB_MAX)
    )]
    kdf_memory_mib: u32,
    /// Draw a new secret for the second factor that an export asks for, and say
    /// it once, for an authenticator. An older one opens nothing any more.
    #[arg(long)]
    totp: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What opens the key today.
struct Opener {
    sealing: SealingKey,
    passphrase: Option<Secret>,
}

pub(crate) fn run(args: &Rewrap) -> Result<Said, Refusal> {
    if let Some(path) = &args.credential_out {
        files::must_be_free(path)?;
    }
    let journal = journal_id::of_file(&args.journal)?;
    let file = files::read(&args.sealed, SEALED_BYTES_MAX)?;
    let old = header_of(args, &file)?;
    let opener = opener(args, &old)?;
    let mut inside = seal::open(&file, &journal, &opener.sealing).ok_or_else(|| {
        Refusal::new(
            "KEY_CLOSED",
            args.sealed.display(),
            format_args!(
                "this passphrase or credential does not open the key of {}",
                old.address
            ),
            "try again, or name the journal that it was sealed for; nothing was changed",
        )
    })?;
    let new = Header {
        generation: old.generation.checked_add(1).ok_or_else(|| {
            Refusal::new(
                "GENERATION",
                args.sealed.display(),
                "is the last that can be counted",
                "import the key again",
            )
        })?,
        kdf: Kdf {
            memory_kib: args.kdf_memory_mib.saturating_mul(1024),
            ..Kdf::TODAY
        },
        salt: *random::bytes()?,
        nonce: *random::bytes()?,
        ..old
    };
    let sealing = new_sealing_key(args, &new, opener.passphrase.as_ref())?;
    if args.totp {
        inside.totp = Some(random::bytes()?);
    }
    let sealed = seal::seal(&inside, &new, &journal, &sealing).ok_or_else(|| {
        Refusal::new(
            "SEAL",
            "key",
            "did not come out of its box as it went in",
            "check this machine's memory, and try again; nothing was changed",
        )
    })?;
    if let Some(path) = &args.credential_out {
        files::create(path, sealing.as_slice(), files::SECRET)?;
    }
    files::replace(&args.sealed, &sealed, files::SECRET)?;
    if args.totp {
        inside.tell_totp(new.address);
    }
    Ok(said(args, &new))
}

fn header_of(args: &Rewrap, file: &[u8]) -> Result<Header, Refusal> {
    Header::split(file).map(|(header, _)| header).map_err(|e| {
        Refusal::new(
            "SEALED",
            args.sealed.display(),
            e,
            "name the file that signerctl import wrote",
        )
    })
}

fn opener(args: &Rewrap, header: &Header) -> Result<Opener, Refusal> {
    if let Some(path) = &args.credential {
        return Ok(Opener {
            sealing: files::read_secret_of(path, "a sealing key")?,
            passphrase: None,
        });
    }
    let what = format!("passphrase of the key of {}", header.address);
    let passphrase = secret::read(&what, "--passphrase-fd", args.passphrase_fd)?;
    Ok(Opener {
        sealing: kdf::derive(&passphrase, &header.salt, header.kdf)?,
        passphrase: Some(passphrase),
    })
}

fn new_sealing_key(
    args: &Rewrap,
    header: &Header,
    old: Option<&Secret>,
) -> Result<SealingKey, Refusal> {
    if args.credential_out.is_some() {
        return random::bytes();
    }
    let flag = "--new-passphrase-fd";
    let new = secret::new_passphrase(flag, args.new_passphrase_fd)?;
    if old.is_some_and(|old| **old == *new) {
        return Err(Refusal::new(
            "PASSPHRASE",
            flag,
            "is the one of today",
            "choose another; nothing was changed",
        ));
    }
    kdf::derive(&new, &header.salt, header.kdf)
}

fn said(args: &Rewrap, header: &Header) -> Said {
    let mut all = vec![
        fact("address", header.address),
        fact("generation", header.generation),
        fact("key_id", hex::encode(header.key_id)),
        fact("sealed", args.sealed.display()),
    ];
    if let Some(path) = &args.credential_out {
        all.push(fact("credential", path.display()));
    }
    facts(args.json, &all)
        .with_aside("a copy of the old file still opens with the old secret: destroy every copy")
        .with_aside("next: start the signer, then signerctl unlock")
}
