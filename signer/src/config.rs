//! The signer's one configuration file, parsed whole before anything opens.
//!
//! It says where things are and who may knock. What may be signed, it does not
//! say: that comes as signed notes. What is secret stays in its file, and is
//! read by the one process that needs it.
//!
//! Invariant: a [`Config`] holds no text that still has to be understood.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use frame::Role;
use frame::channel::{CALLERS_MAX, DoorPart, VaultPart};
use frame::label::Label;
use nix::unistd::{Uid, User};
use serde::Deserialize;

use crate::door::pin::Pin;

/// Everything the signer needs to know before it starts, in the parts that
/// its processes are handed.
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    /// The operator's socket.
    pub(crate) control: PathBuf,
    /// Where figures can be scraped, if anywhere.
    pub(crate) metrics: Option<SocketAddr>,
    /// Whom the vault is run as, and the door; ourselves unless named.
    pub(crate) users: Users,
    /// No policy, no journal, no key, no request keys.
    pub(crate) door: DoorPart,
    /// No certificate, no pin. Request keys are named, and read by the vault.
    pub(crate) vault: VaultPart,
}

/// Whom to run each child as.
pub(crate) struct Users {
    pub(crate) vault: Option<User>,
    pub(crate) door: Option<User>,
}

/// A configuration that cannot be used: the field, the problem, the fix.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a pin must be.
const PIN_FIX: &str = "write what `signerctl pin CERTIFICATE` prints: sha256/ and 64 lower-case hex \
                       digits, not all of them zero";

fn bad(field: &str, problem: impl fmt::Display, fix: &str) -> ConfigError {
    let text = format!("CONFIG {field}: {problem}; {fix}");
    // A parser's complaint quotes the file: whatever stands there, it is one line.
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    ConfigError(text.chars().map(shown).collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: String,
    control: PathBuf,
    journal: PathBuf,
    sealed_key: PathBuf,
    callers: PathBuf,
    credential: Option<PathBuf>,
    metrics: Option<String>,
    questions_per_second: Option<u64>,
    reserve_mib: Option<u64>,
    tls: TlsSection,
    process: Option<ProcessSection>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProcessSection {
    vault_user: Option<String>,
    door_user: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsSection {
    certificate: PathBuf,
    private_key: PathBuf,
}

/// A caller's file: `NAME.toml`, with its request key beside it in `NAME.key`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallerFile {
    role: String,
    pin: String,
}

impl Config {
    /// Reads and parses `path`. Relative paths in it are taken from its folder.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        refuse_if_others_may_write(path)?;
        let text = std::fs::read_to_string(path).map_err(|e| {
            bad(
                "file",
                format_args!("cannot read {}: {e}", path.display()),
                "name a readable file",
            )
        })?;
        let base = path.parent().unwrap_or(Path::new("."));
        let file: File = toml::from_str(&text).map_err(|e| {
            let fix = "write it as deploy/signer.example.toml does";
            bad(&field_of(&text, &e), e.message(), fix)
        })?;
        Self::understand(file, base)
    }

    fn understand(file: File, base: &Path) -> Result<Self, ConfigError> {
        let questions_per_second = file.questions_per_second.unwrap_or(50);
        if !(1..=100_000).contains(&questions_per_second) {
            let problem = format!("{questions_per_second} is out of range");
            return Err(bad(
                "questions_per_second",
                problem,
                "use 1 to 100000; 50 is ample",
            ));
        }
        let reserve_mib = file.reserve_mib.unwrap_or(64);
        if !(16..=65_536).contains(&reserve_mib) {
            let problem = format!("{reserve_mib} is out of range");
            return Err(bad("reserve_mib", problem, "use 16 to 65536; 64 is ample"));
        }
        let metrics = file.metrics.map(|text| {
            let address: SocketAddr =
                parsed("metrics", &text, "write 127.0.0.1:9464, or leave it out")?;
            if address.ip().is_loopback() {
                Ok(address)
            } else {
                Err(bad(
                    "metrics",
                    format_args!("{address} is not loopback, and figures are for this host alone"),
                    "write 127.0.0.1:9464",
                ))
            }
        });
        let users = users(file.process.unwrap_or_default())?;
        let folder = base.join(file.callers);
        let (roles, pins) = callers(&folder)?;
        let path = |path: PathBuf| base.join(path).into_os_string().into_vec();
        Ok(Self {
            listen: parsed(
                "listen",
                &file.listen,
                "write an address and port, 127.0.0.1:7443",
            )?,
            control: base.join(file.control),
            metrics: metrics.transpose()?,
            users,
            door: DoorPart {
                tls_certificate: path(file.tls.certificate),
                tls_private_key: path(file.tls.private_key),
                pins,
            },
            vault: VaultPart {
                journal: path(file.journal),
                sealed_key: path(file.sealed_key),
                credential: file.credential.map(path).unwrap_or_default(),
                callers: folder.into_os_string().into_vec(),
                roles,
                questions_per_second,
                reserve_bytes: reserve_mib.saturating_mul(1024 * 1024),
            },
        })
    }
}

fn users(named: ProcessSection) -> Result<Users, ConfigError> {
    Ok(Users {
        vault: user("process.vault_user", named.vault_user)?,
        door: user("process.door_user", named.door_user)?,
    })
}

/// Whom a name stands for. Only root can run a process as somebody else.
fn user(field: &str, name: Option<String>) -> Result<Option<User>, ConfigError> {
    let Some(name) = name else { return Ok(None) };
    if !Uid::effective().is_root() {
        let problem = format!("only root runs a process as {name:?}");
        return Err(bad(
            field,
            problem,
            "start the signer as root, or leave it out",
        ));
    }
    match User::from_name(&name) {
        Ok(Some(user)) => Ok(Some(user)),
        Ok(None) => Err(bad(
            field,
            format_args!("there is no user {name:?}"),
            "add it with useradd --system",
        )),
        Err(e) => Err(bad(
            field,
            format_args!("{name:?} cannot be looked up: {e}"),
            "name a user of this host",
        )),
    }
}

/// The key that a parser's complaint is about, with its section; the line
/// where it is about no key.
fn field_of(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start);
    let mut before = 0_usize;
    let (mut section, mut found) = ("", "");
    let mut number = 0_usize;
    for line in text.split_inclusive('\n') {
        if before > start {
            break;
        }
        before = before.saturating_add(line.len());
        (found, number) = (line, number.saturating_add(1));
        if let Some(rest) = line.trim_start().strip_prefix('[') {
            section = rest.split(']').next().unwrap_or_default();
        }
    }
    // What is missing stands on no line: the complaint itself names it.
    let missing = error.message().strip_prefix("missing field `");
    let key = match missing {
        Some(rest) => rest.trim_end_matches('`'),
        None => found.split('=').next().unwrap_or_default().trim(),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if key.is_empty() || !key.chars().chain(section.chars()).all(plain) {
        format!("line {number}")
    } else if section.is_empty() {
        key.to_owned()
    } else {
        format!("{section}.{key}")
    }
}

/// Whoever may write a configuration says who may call.
fn refuse_if_others_may_write(path: &Path) -> Result<(), ConfigError> {
    let mode = std::fs::metadata(path).map_or(0, |meta| meta.mode());
    if mode & 0o022 == 0 {
        return Ok(());
    }
    let problem = format!(
        "mode {:04o} lets others write {}",
        mode & 0o7777,
        path.display()
    );
    Err(bad(
        "file",
        problem,
        "take write from group and others (chmod go-w), and read what it says",
    ))
}

fn parsed<T: FromStr>(field: &str, text: &str, fix: &str) -> Result<T, ConfigError> {
    text.parse()
        .map_err(|_ignored| bad(field, format_args!("{text:?} cannot be read"), fix))
}

/// Each caller's name and the word of its role; each caller's name and pin.
type Listed = (Vec<(String, String)>, Vec<(String, [u8; 32])>);

/// Every caller in the folder: its role for the vault, its pin for the door.
fn callers(folder: &Path) -> Result<Listed, ConfigError> {
    let shown = folder.display().to_string();
    let field = "callers";
    refuse_if_others_may_write(folder)?;
    let entries = std::fs::read_dir(folder).map_err(|e| {
        bad(
            field,
            format_args!("cannot read {shown}: {e}"),
            "name a folder, and `signerctl caller add`",
        )
    })?;
    let (mut roles, mut pins) = (Vec::new(), BTreeMap::new());
    for entry in entries {
        let path = entry
            .map_err(|e| {
                bad(
                    field,
                    format_args!("cannot read {shown}: {e}"),
                    "name a readable folder",
                )
            })?
            .path();
        if path.extension().is_some_and(|e| e == "toml") {
            let (name, role, pin) = caller(&path)?;
            if let Some(other) = pins.insert(pin, name.clone()) {
                let problem = format!("{other} and {name} have the same pin");
                return Err(bad(
                    field,
                    problem,
                    "give each caller a certificate of its own",
                ));
            }
            roles.push((name, role));
        }
    }
    if pins.is_empty() {
        let problem = format!("there is none in {shown}");
        return Err(bad(field, problem, "`signerctl caller add`"));
    }
    if pins.len() > CALLERS_MAX {
        let problem = format!("{} are in {shown}", pins.len());
        return Err(bad(
            field,
            problem,
            "keep at most 1000, `signerctl caller remove`",
        ));
    }
    let pins = pins.into_iter().map(|(pin, name)| (name, pin.bytes()));
    Ok((roles, pins.collect()))
}

/// Names under which the vault itself writes leaves.
const RESERVED: [&str; 2] = ["local", "vault"];

/// One caller: its name, the word of its role, its pin.
fn caller(path: &Path) -> Result<(String, String, Pin), ConfigError> {
    let shown = path.display().to_string();
    refuse_if_others_may_write(path)?;
    let name = path
        .file_stem()
        .and_then(|s| s.to_str())
        .and_then(Label::parse);
    let Some(name) = name.map(|label| label.to_string()) else {
        return Err(bad(
            "callers",
            format_args!("{shown} is no caller's name"),
            "use 1 to 32 of [a-z0-9._-]",
        ));
    };
    if RESERVED.contains(&name.as_str()) {
        return Err(bad(
            "callers",
            format_args!("{shown} is the journal's own name for the host"),
            "choose another name",
        ));
    }
    let text = std::fs::read_to_string(path).map_err(|e| {
        bad(
            "callers",
            format_args!("cannot read {shown}: {e}"),
            "make it readable",
        )
    })?;
    let file: CallerFile = toml::from_str(&text).map_err(|e| {
        let problem = format!("{} in {shown}", e.message());
        let fix = "write role and pin, or `signerctl caller add`";
        bad(&field_of(&text, &e), problem, fix)
    })?;
    if Role::parse(&file.role).is_none() {
        let problem = format!("{:?} in {shown} is no role", file.role);
        return Err(bad(
            "role",
            problem,
            "use orchestrator, operator or monitor",
        ));
    }
    let pin = Pin::parse(&file.pin).ok_or_else(|| {
        let problem = format!("{:?} in {shown} is not a pin", file.pin);
        bad("pin", problem, PIN_FIX)
    })?;
    Ok((name, file.role, pin))
}
