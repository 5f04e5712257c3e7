//! `rotate`: another session key takes the place of the one in use, which stays
//! beside it until the owner has taken its right away.
//!
//! Invariant: at every moment a whole key stands under the name in use; the new one
//! takes it in one step, after it signed a self-test and the policy in force
//! named it.
//! Invariant: the former key has a name of its own, with the time in it, before it
//! loses the other; it is not removed within the overlap, nor while the policy
//! names it, nor before somebody says that its right was taken away.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use frame::Header;
use note::UtcSeconds;

use crate::say::{Fact, Refusal, Said, fact, facts};
use crate::unseal::{self, Opener};
use crate::{clock, files, journal_id, policy_wallet, random, self_test};

/// As of the API credentials.
const OVERLAP_S: u64 = 7 * 86_400;
const FORMER: &str = ".former-";

#[derive(Subcommand)]
pub(crate) enum Rotate {
    /// Puts an imported key in the place of the one in use, which is kept.
    #[command(after_help = "Example:\n  \
        signerctl rotate swap --journal journal.db --sealed key.sealed --next next.sealed \\\n    \
        --credential next.key")]
    Swap(Swap),
    /// Says which key is in use, and which was before.
    #[command(after_help = "Example:\n  signerctl rotate status --sealed key.sealed --json")]
    Status(Standing),
    /// Removes the former key, whose right the owner has taken away.
    #[command(
        after_help = "Example:\n  signerctl rotate delete --journal journal.db --sealed key.sealed --revoked"
    )]
    Delete(Delete),
}

#[derive(Args)]
pub(crate) struct Slots {
    /// The sealed key in use; the former stands beside it.
    #[arg(long, value_name = "SEALED", default_value = "./wallet.sealed")]
    sealed: PathBuf,
}

#[derive(Args)]
pub(crate) struct Standing {
    #[command(flatten)]
    slots: Slots,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(crate) struct Swap {
    /// The journal that both sign for; no signer may have it open.
    #[arg(long, value_name = "FILE")]
    journal: PathBuf,
    #[command(flatten)]
    slots: Slots,
    /// The new key, as import wrote it for the same journal.
    #[arg(long, value_name = "SEALED")]
    next: PathBuf,
    #[command(flatten)]
    opener: Opener,
}

#[derive(Args)]
pub(crate) struct Delete {
    /// The journal whose policy must not name it.
    #[arg(long, value_name = "FILE")]
    journal: PathBuf,
    #[command(flatten)]
    slots: Slots,
    /// Its orders are final, and the owner's wallet has taken its right away.
    #[arg(long)]
    revoked: bool,
    /// Before the overlap of seven days is over.
    #[arg(long)]
    now: bool,
}

/// The key that was in use before, and since when it is not.
struct Former {
    path: PathBuf,
    since_s: u64,
    file: Vec<u8>,
    header: Header,
}

pub(crate) fn run(verb: &Rotate) -> Result<Said, Refusal> {
    match verb {
        Rotate::Swap(args) => swap(args),
        Rotate::Status(args) => Ok(facts(args.json, &args.slots.told()?)),
        Rotate::Delete(args) => delete(args),
    }
}

fn swap(args: &Swap) -> Result<Said, Refusal> {
    let sealed = &args.slots.sealed;
    let journal = journal_id::of_file(&args.journal)?;
    let now = clock::now()?;
    let wanted = policy_wallet::in_force(&args.journal, now)?;
    let (held, active) = unseal::read(sealed)?;
    let former = args.slots.former()?;
    let is_done = former.is_some() && wanted == Some(active.address) && !args.next.exists();
    if !is_done {
        let (_, next) = unseal::read(&args.next)?;
        let inside = args.opener.open(&args.next, &journal)?;
        let passed = self_test::passed(&inside.key, &*random::bytes()?);
        may_follow(args, (&active, &next), passed, wanted)?;
        match former {
            // A swap that was killed got as far as this.
            Some(former) if former.file == held => {}
            Some(former) => {
                let fix = "signerctl rotate delete";
                let problem = "an earlier key is still there";
                return Err(Refusal::new("FORMER", former.path.display(), problem, fix));
            }
            None => files::link(sealed, &former_path(sealed, now))?,
        }
        files::rename(&args.next, sealed)?;
    }
    Ok(facts(false, &args.slots.told()?)
        .with_aside("next: start the signer, then signerctl unlock with the new secret")
        .with_aside(
            "once the former key's orders are final: take its right away with the owner's \
             wallet, then signerctl rotate delete --revoked",
        ))
}

/// Refuses a key that is not the next of this desk.
fn may_follow(
    args: &Swap,
    (active, next): (&Header, &Header),
    passed: Option<alloy_primitives::Address>,
    wanted: Option<alloy_primitives::Address>,
) -> Result<(), Refusal> {
    let name = args.next.display();
    let address = next.address;
    if passed != Some(address) {
        let problem = "Invalid private key: it does not sign for its address";
        return Err(Refusal::new("KEY", name, problem, "import it again"));
    }
    if address == active.address {
        let fix = "signerctl rewrap gives a key another secret";
        return Err(Refusal::new("SAME_KEY", name, "is the key in use", fix));
    }
    if next.generation <= active.generation {
        let least = active.generation.saturating_add(1);
        let problem = format_args!("is of generation {}", next.generation);
        let fix = format_args!("import it with --generation {least}");
        return Err(Refusal::new("GENERATION", name, problem, fix));
    }
    if wanted != Some(address) {
        let problem = format_args!("it is the key of {address}, and the policy in force names");
        let named = wanted.map_or_else(|| "none".to_owned(), |wanted| wanted.to_string());
        return Err(Refusal::new(
            "WRONG_WALLET",
            "key",
            format_args!("{problem} {named}"),
            "wait until a policy that names the new key is in force; nothing was changed",
        ));
    }
    Ok(())
}

fn delete(args: &Delete) -> Result<Said, Refusal> {
    let former = args.slots.former()?.ok_or_else(|| {
        let fix = "signerctl rotate status";
        let sealed = args.slots.sealed.display();
        Refusal::new("FORMER", sealed, "no key was in use before", fix)
    })?;
    let name = former.path.display();
    let refuse = |code, problem: &str, fix: &str| Err(Refusal::new(code, name, problem, fix));
    let now = clock::now()?;
    let (_, active) = unseal::read(&args.slots.sealed)?;
    let wanted = policy_wallet::in_force(&args.journal, now)?;
    if [Some(active.address), wanted].contains(&Some(former.header.address)) {
        return refuse("IN_USE", "is the key in use", "signerctl rotate swap first");
    }
    if !args.revoked {
        let fix = "take it away with the owner's wallet, then --revoked";
        return refuse("NOT_REVOKED", "it may still have its right", fix);
    }
    let until_s = former.since_s.saturating_add(OVERLAP_S);
    if now.get() < until_s && !args.now {
        let until = moment(until_s);
        let problem = format!("the overlap of 7 days lasts until {until}");
        return refuse("OVERLAP", &problem, "wait, or add --now");
    }
    files::remove(&former.path)?;
    Ok(Said::line("deleted").with_aside("destroy every copy of it, and of its secret"))
}

impl Slots {
    /// The former key, if there is one.
    fn former(&self) -> Result<Option<Former>, Refusal> {
        let unreadable = |e: std::io::Error| {
            let problem = format_args!("its folder cannot be read: {e}");
            files::refusal(&self.sealed, problem, "make it readable")
        };
        let start = named(&self.sealed, FORMER);
        let start = start.to_string_lossy();
        let mut found = None;
        for entry in fs::read_dir(files::folder_of(&self.sealed)).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let since = name.strip_prefix(&*start).map(str::parse);
            let Some(Ok(since_s)) = since else { continue };
            let (file, header) = unseal::read(&path)?;
            let former = Former {
                path: path.clone(),
                since_s,
                file,
                header,
            };
            if found.replace(former).is_some() {
                let problem = "is one of two former keys";
                let fix = "keep the one that was in use last";
                return Err(files::refusal(&path, problem, fix));
            }
        }
        Ok(found)
    }

    fn told(&self) -> Result<Vec<Fact>, Refusal> {
        let (_, active) = unseal::read(&self.sealed)?;
        let mut all = vec![
            fact("active", active.address),
            fact("active_generation", active.generation),
        ];
        if let Some(former) = self.former()? {
            let until_s = former.since_s.saturating_add(OVERLAP_S);
            all.extend([
                fact("former", former.header.address),
                fact("former_generation", former.header.generation),
                fact("former_since", moment(former.since_s)),
                fact("overlap_until", moment(until_s)),
            ]);
        }
        Ok(all)
    }
}

fn moment(unix_s: u64) -> String {
    UtcSeconds::new(unix_s).map_or_else(|| unix_s.to_string(), |at| at.to_string())
}

/// The name that a key gets when it loses its own.
fn former_path(sealed: &Path, now: UtcSeconds) -> PathBuf {
    sealed.with_file_name(named(sealed, &format!("{FORMER}{}", now.get())))
}

fn named(sealed: &Path, end: &str) -> OsString {
    let mut name = sealed.file_name().unwrap_or_default().to_owned();
    name.push(end);
    name
}
