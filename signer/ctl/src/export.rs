//! `export`: the trading key, opened for one recipient, a day after it was asked for.
//!
//! The vault counts, waits and records, and has no key to give: what opens the
//! sealed file is the passphrase and this tool.
//!
//! Invariant: a code is tried only after the leaf that counts the try, and the
//! key leaves only after the leaf that releases it; so whatever is killed
//! between two steps, no more left than the journal tells.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use frame::local::Verb;
use nix::unistd::getuid;
use note::Recipient;
use zeroize::Zeroizing;

use crate::hand::StatusArgs;
use crate::say::{Fact, Refusal, Said, fact, facts};
use crate::seal::{Inside, TradingKey};
use crate::socket::Socket;
use crate::status::{self, Status};
use crate::unseal::Opener;
use crate::{age, clock, files, secret, totp, tty, values};

#[derive(Subcommand)]
pub(crate) enum Export {
    /// Asks for the key, for one recipient. It is released a day later at the
    /// earliest, and not within 30 days of the last.
    #[command(after_help = "Example:\n  \
        signerctl export request --sealed key.sealed --to age1...")]
    Request(Request),
    /// How far a request is.
    #[command(after_help = "Example:\n  signerctl export status --json")]
    Status(StatusArgs),
    /// Ends a request. Whoever reaches the socket may.
    #[command(after_help = "Example:\n  signerctl export cancel")]
    Cancel(Ask),
    /// Takes the key out, once: encrypted to the recipient, or on the terminal.
    #[command(after_help = "Example:\n  \
        signerctl export complete --sealed key.sealed --out key.age")]
    Complete(Complete),
}

#[derive(Args)]
pub(crate) struct Ask {
    #[command(flatten)]
    socket: Socket,
}

#[derive(Args)]
pub(crate) struct Request {
    #[command(flatten)]
    proof: Proof,
    /// Who gets it: an age public key, or the word terminal.
    #[arg(long, value_name = "age1...", value_parser = values::recipient)]
    to: Recipient,
}

#[derive(Args)]
pub(crate) struct Complete {
    #[command(flatten)]
    proof: Proof,
    /// Where the encrypted key goes, mode 0400; age opens it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Who asks proves anew that the key is theirs.
#[derive(Args)]
struct Proof {
    #[command(flatten)]
    socket: Socket,
    /// The sealed key.
    #[arg(long, value_name = "SEALED", default_value = "./wallet.sealed")]
    sealed: PathBuf,
    #[command(flatten)]
    opener: Opener,
    /// Where the authenticator's six digits are read from, without a terminal.
    #[arg(long, value_name = "N")]
    code_fd: Option<u32>,
}

pub(crate) fn run(verb: &Export) -> Result<Said, Refusal> {
    match verb {
        Export::Request(args) => request(args),
        Export::Status(args) => {
            let status = Status::parse(&args.socket.ask(Verb::Status, &[])?);
            Ok(facts(args.json, &standing(&status)))
        }
        Export::Cancel(args) => step(&args.socket, "cancel").map(|said| facts(false, &said.0)),
        Export::Complete(args) => complete(args),
    }
}

fn request(args: &Request) -> Result<Said, Refusal> {
    let to = args.to.as_str();
    let (_, used) = args.proof.give()?;
    let told = step(&args.proof.socket, &format!("request {to} {used}"))?;
    let leaf = told.value(status::EXPORT_LEAF).unwrap_or("?");
    Ok(facts(false, &told.0).with_aside(format_args!(
        "next: signerctl note new export, signed by the quorum and, once the owner was told, by \
         the policy's notifier; then, a day from now, signerctl export complete. If it was not \
         you who asked: signerctl export cancel (leaf {leaf})"
    )))
}

fn complete(args: &Complete) -> Result<Said, Refusal> {
    let status = Status::parse(&args.proof.socket.ask(Verb::Status, &[])?);
    let missing = || {
        let fix = "signerctl export request";
        Refusal::new("EXPORT_NONE", "request", "none is asked for", fix)
    };
    let leaf = status.value(status::EXPORT_LEAF).ok_or_else(missing)?;
    let to = status.value(status::EXPORT_RECIPIENT).ok_or_else(missing)?;
    let way = Way::of(to, args.out.as_deref())?;
    // The vault says so too, but a code that is tried in vain counts as wrong.
    ready(&status)?;
    let (inside, used) = args.proof.give()?;
    let prepared = way.prepare(&inside.key)?;
    step(&args.proof.socket, &format!("release {leaf} {used}"))?;
    way.deliver(&prepared)
}

/// Refuses where the vault would not release.
fn ready(status: &Status) -> Result<(), Refusal> {
    let refuse = |code, problem: &str, fix| Err(Refusal::new(code, "request", problem, fix));
    match (
        status.value(status::EXPORT_RIPE),
        status.value(status::EXPORT_PERMITTED),
    ) {
        (Some("0"), Some("yes")) => Ok(()),
        (Some("0"), _) => refuse(
            "EXPORT_NOT_PERMITTED",
            "quorum and notifier have not signed it",
            "signerctl note new export",
        ),
        (left, _) => refuse(
            "EXPORT_WAITS",
            &format!(
                "must wait for {} s by the slower clock",
                left.unwrap_or("?")
            ),
            "come back then",
        ),
    }
}

/// Where the key goes.
enum Way<'a> {
    Terminal,
    File([u8; 32], &'a Path),
}

impl<'a> Way<'a> {
    fn of(to: &str, out: Option<&'a Path>) -> Result<Self, Refusal> {
        let refuse = |problem, fix| Refusal::new("EXPORT", "--out", problem, fix);
        match (age::recipient(to), out) {
            (Some(key), Some(path)) => {
                files::must_be_free(path)?;
                Ok(Self::File(key, path))
            }
            (Some(_), None) => Err(refuse("is missing", "name the file for the recipient")),
            (None, Some(_)) => Err(refuse(
                "is of no use for a terminal",
                "leave it out; the key is shown once",
            )),
            (None, None) if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() => {
                Ok(Self::Terminal)
            }
            (None, None) => Err(refuse(
                "is of no use, and there is no terminal to show it on",
                "run it at a terminal",
            )),
        }
    }

    /// What will leave. Everything that can fail does so before the release.
    fn prepare(&self, key: &TradingKey) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        // The digits in one buffer that does not grow.
        let mut digits = Zeroizing::new(vec![b'\n'; 65]);
        let hex = digits
            .get_mut(..64)
            .map(|room| hex::encode_to_slice(**key, room));
        let failed = || {
            let fix = "try again; nothing was released";
            Refusal::new("EXPORT", "key", "could not be encrypted", fix)
        };
        hex.and_then(Result::ok).ok_or_else(failed)?;
        match self {
            Self::Terminal => Ok(digits),
            Self::File(to, _) => age::seal(to, &digits)
                .map(Zeroizing::new)
                .ok_or_else(failed),
        }
    }

    fn deliver(&self, ready: &[u8]) -> Result<Said, Refusal> {
        const NEXT: &str = "it is gone from here: asked again in 30 days at the earliest";
        match self {
            Self::Terminal => {
                tty::say("the private key, shown this once:\n");
                tty::say(&Zeroizing::new(String::from_utf8_lossy(ready).into_owned()));
                Ok(Said::line("exported to the terminal").with_aside(NEXT))
            }
            Self::File(_, path) => {
                files::create(path, ready, files::SECRET)?;
                Ok(facts(false, &[fact("exported", path.display())]).with_aside(NEXT))
            }
        }
    }
}

impl Proof {
    /// Opens the sealed file and tries a code; what was inside, and the step
    /// that the code was of.
    fn give(&self) -> Result<(Inside, u64), Refusal> {
        let status = Status::parse(&self.socket.ask(Verb::Status, &[])?);
        let journal = status.value(status::JOURNAL_ID).unwrap_or_default();
        let journal = values::journal_id(journal).unwrap_or(note::JournalId([0; 16]));
        let inside = self.opener.open(&self.sealed, &journal.0)?;
        let Some(shared) = &inside.totp else {
            let fix = "signerctl rewrap --totp, and give the authenticator what it says";
            let problem = "has no second factor, and no key is exported without";
            return Err(Refusal::new(
                "EXPORT_NO_TOTP",
                self.sealed.display(),
                problem,
                fix,
            ));
        };
        let typed = secret::read("the authenticator's six digits", "--code-fd", self.code_fd)?;
        let told = step(&self.socket, "try")?;
        if let Some(used) = totp::step_of(shared, &typed, clock::now()?.get()) {
            return Ok((inside, used));
        }
        let left = told.value(status::EXPORT_TRIES).unwrap_or("0");
        let is_open = told.value(status::EXPORT_LEAF).is_some();
        if left == "0" && is_open {
            step(&self.socket, "cancel")?;
        }
        let ended = if left == "0" && is_open {
            ", and the request is cancelled"
        } else {
            ""
        };
        let problem =
            format_args!("is not the authenticator's of now; {left} tries are left today{ended}");
        Err(Refusal::new(
            "EXPORT_CODE",
            "code",
            problem,
            "check both clocks",
        ))
    }
}

/// Tells the vault one step, with who it is that does it.
fn step(socket: &Socket, act: &str) -> Result<Status, Refusal> {
    let words = format!("{act} by {}", who());
    Ok(Status::parse(&socket.ask(Verb::Export, words.as_bytes())?))
}

/// Who asks, from where: user, terminal, the peer of the login, and the host.
#[expect(
    clippy::disallowed_methods,
    reason = "sshd says the peer there and nowhere else; it is recorded, and decides nothing"
)]
fn who() -> String {
    let plain = |text: &str| -> String {
        let fit = |c: &char| c.is_ascii_graphic();
        text.chars().filter(fit).take(64).collect()
    };
    let tty = std::fs::read_link("/proc/self/fd/0").unwrap_or_default();
    let tty = plain(&tty.to_string_lossy());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let login = std::env::var("SSH_CONNECTION").unwrap_or_default();
    let peer = login.split(' ').next().filter(|peer| !peer.is_empty());
    format!(
        "uid {} terminal {tty} from {} host {}",
        getuid(),
        plain(peer.unwrap_or("here")),
        plain(&host)
    )
}

fn standing(status: &Status) -> Vec<Fact> {
    let ours = |(name, _): &&Fact| name.starts_with("export_");
    status.0.iter().filter(ours).cloned().collect()
}
