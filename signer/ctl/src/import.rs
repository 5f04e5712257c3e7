//! `import`: the trading key, sealed for one journal.
//!
//! Invariant: the plain key never touches the disk, and nothing is written
//! before it was confirmed that there is another copy of it offline.
//! Invariant: the sealing key's file is there before the sealed key's, so no
//! crash leaves a sealed key that nothing opens.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{Args, value_parser};
use frame::{Header, Kdf};
use zeroize::Zeroizing;

use crate::kdf::{self, SealingKey};
use crate::keystore::{Bad, KEYSTORE_BYTES_MAX, Keystore};
use crate::say::{Refusal, Said, fact, facts};
use crate::seal::{self, Inside, TradingKey};
use crate::{files, journal_id, policy_wallet, random, secret, self_test, tty, wallets};

/// The weakest derivation that the signer opens, MiB.
pub(crate) const MEMORY_MIB_MIN: i64 = 64;
pub(crate) const MEMORY_MIB_MAX: i64 = 4096;

#[derive(Args)]
pub(crate) struct Import {
    /// The journal it will sign for; no signer may have it open.
    #[arg(long, value_name = "FILE")]
    journal: PathBuf,
    /// Where the sealed key goes, mode 0400.
    #[arg(long, value_name = "SEALED")]
    out: PathBuf,
    /// 1 for the wallet's first key; one more for each that follows.
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u32).range(1..))]
    generation: u32,
    #[command(flatten)]
    source: Source,
    /// Where the keystore's own passphrase is read from, without a terminal.
    #[arg(long, value_name = "N", requires = "keystore")]
    keystore_passphrase_fd: Option<u32>,
    /// There is a copy of this key offline: without it, a lost disk is a lost wallet.
    #[arg(long)]
    yes_i_have_an_offline_copy: bool,
    /// Where the new passphrase is read from, without a terminal.
    #[arg(long, value_name = "N", conflicts_with = "credential_out")]
    passphrase_fd: Option<u32>,
    /// Seal with a random key instead of a passphrase, and write that key
    /// here, mode 0400: for a systemd credential.
    #[arg(long, value_name = "FILE")]
    credential_out: Option<PathBuf>,
    /// How much memory a guess of the passphrase costs, MiB.
    #[arg(
        long, value_name = "MIB", default_value_t = Kdf::TODAY.memory_kib.div_euclid(1024),
        value_parser = value_parser!(u32).range(MEMORY_MIB_MIN..=MEMORY_MIB_MAX)
    )]
    kdf_memory_mib: u32,
    /// Draw a secret for the second factor that an export asks for, and say it
    /// once, for an authenticator. Without one this key is never exported.
    #[arg(long)]
    totp: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Source {
    /// A web3 keystore, version 3.
    #[arg(long, value_name = "FILE")]
    keystore: Option<PathBuf>,
    /// A descriptor to read 64 hex digits from; 0 may be a terminal.
    #[arg(long, value_name = "N")]
    raw_fd: Option<u32>,
}

pub(crate) fn run(args: &Import) -> Result<Said, Refusal> {
    files::must_be_free(&args.out)?;
    if let Some(path) = &args.credential_out {
        files::must_be_free(path)?;
    }
    let journal = journal_id::of_file(&args.journal)?;
    let key = read_key(args)?;
    let address = self_test::passed(&key, &*random::bytes()?).ok_or_else(|| {
        Refusal::new(
            "KEY",
            "--raw-fd",
            "Invalid private key: it does not sign for an address",
            "give the 64 hex digits of the private key",
        )
    })?;
    policy_wallet::must_be(&args.journal, address)?;
    confirm_copy(&address.to_string(), args.yes_i_have_an_offline_copy)?;
    let header = Header {
        address,
        key_id: *random::bytes()?,
        generation: args.generation,
        kdf: Kdf {
            memory_kib: args.kdf_memory_mib.saturating_mul(1024),
            ..Kdf::TODAY
        },
        salt: *random::bytes()?,
        nonce: *random::bytes()?,
    };
    let sealing = sealing_key(args, &header)?;
    let totp = args.totp.then(random::bytes).transpose()?;
    let inside = Inside { key, totp };
    let sealed = seal::seal(&inside, &header, &journal, &sealing).ok_or_else(|| {
        Refusal::new(
            "SEAL",
            "key",
            "did not come out of its box as it went in",
            "check this machine's memory, and try again",
        )
    })?;
    if let Some(path) = &args.credential_out {
        files::create(path, sealing.as_slice(), files::SECRET)?;
    }
    files::create(&args.out, &sealed, files::SECRET)?;
    inside.tell_totp(address);
    Ok(said(args, &header, &journal))
}

fn said(args: &Import, header: &Header, journal: &[u8; 16]) -> Said {
    let mut all = vec![
        fact("address", header.address),
        fact("generation", header.generation),
        fact("key_id", hex::encode(header.key_id)),
        fact("journal_id", hex::encode(journal)),
        fact("sealed", args.out.display()),
    ];
    let unlock = args.credential_out.as_ref().map_or_else(
        || String::from("at a terminal"),
        |path| {
            all.push(fact("credential", path.display()));
            format!("with --credential {}", path.display())
        },
    );
    all.extend(wallets::of(header.address));
    let out = args.out.display();
    let next = if header.generation > 1 {
        format!(
            "signerctl rotate swap --journal {} --sealed THE_KEY_IN_USE --next {out}, with the \
             signer stopped",
            args.journal.display()
        )
    } else {
        format!("start the signer, then signerctl unlock --sealed {out} {unlock}")
    };
    facts(args.json, &all).with_aside(format_args!("next: {next}"))
}

fn read_key(args: &Import) -> Result<TradingKey, Refusal> {
    match (&args.source.keystore, args.source.raw_fd) {
        (Some(path), _) => keystore(path, args.keystore_passphrase_fd),
        (None, fd) => {
            let text = secret::read("private key, 64 hex digits", "--raw-fd", fd)?;
            secret::unhex(&text).ok_or_else(|| {
                Refusal::new(
                    "KEY",
                    "--raw-fd",
                    "Invalid private key: it is not 64 hex digits",
                    "give the private key alone, with or without 0x",
                )
            })
        }
    }
}

fn keystore(path: &Path, fd: Option<u32>) -> Result<TradingKey, Refusal> {
    let refuse = |Bad(field, problem, fix)| Refusal::new("KEYSTORE", field, problem, fix);
    let json = files::read_secret(path)?;
    if json.len() > KEYSTORE_BYTES_MAX {
        return Err(files::refusal(path, "is too long", "name a keystore"));
    }
    let keystore = Keystore::parse(&json).map_err(refuse)?;
    let passphrase = secret::read("passphrase of the keystore", "--keystore-passphrase-fd", fd)?;
    tty::say("opening the keystore; this takes a moment\n");
    keystore.open(&passphrase).map_err(refuse)
}

fn confirm_copy(address: &str, said_so: bool) -> Result<(), Refusal> {
    let confirmed = said_so
        || (std::io::stdin().is_terminal()
            && tty::ask(&format!(
                "this is the key of {address}\nis there a copy of it offline? type yes: "
            ))? == "yes");
    if confirmed {
        Ok(())
    } else {
        Err(Refusal::new(
            "OFFLINE_COPY",
            "key",
            format_args!("nobody confirmed that there is an offline copy of the key of {address}"),
            "make one, then answer yes or pass --yes-i-have-an-offline-copy",
        ))
    }
}

fn sealing_key(args: &Import, header: &Header) -> Result<SealingKey, Refusal> {
    if args.credential_out.is_some() {
        return random::bytes();
    }
    let passphrase: Zeroizing<Vec<u8>> =
        secret::new_passphrase("--passphrase-fd", args.passphrase_fd)?;
    kdf::derive(&passphrase, &header.salt, header.kdf)
}
