//! The orchestrator's one configuration file, parsed whole before anything
//! opens.
//!
//! Invariant: unknown keys are refused, and secrets are only named by path.
//! Invariant: every number has a floor and a ceiling, and a default only where
//! deploy/orchestrator.example.toml gives its reason.

mod alerts;
mod checks;
mod copying;
pub(crate) mod strategy;
mod trading;
mod witness;

use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use frame::label::Label;
use order::{Address, B256, Chain, Exchange, Venue};
use serde::Deserialize;

use crate::pin::Pin;
use crate::spot;

pub use alerts::Alerts;
use alerts::AlertsSection;
pub use checks::Checks;
use checks::ChecksSection;
use copying::CopySection;
pub use copying::Copying;
pub use strategy::Named;
use strategy::StrategySection;
pub use trading::{Intake, Metrics, OnUnknown, Trading};
use trading::{IntakeSection, MetricsSection, TradingSection, timeout};
use witness::WitnessSection;
pub use witness::{Witness, Witnesses};

/// Everything the orchestrator needs to know before it starts.
#[derive(Debug)]
pub struct Config {
    /// SHA-256 of the file, hex: which edition of it is in force.
    pub hash: String,
    /// The outbox and ledger.
    pub database: PathBuf,
    /// The JSONL file to read intents from.
    pub intents: PathBuf,
    /// How long after first sight an intent may still be signed and posted.
    pub intent_ttl_ms: u64,
    /// How to reach the signer, and what it must turn out to be.
    pub signer: Signer,
    /// The venue's order API.
    pub clob: Clob,
    /// How intents come in.
    pub intake: Intake,
    /// When to ask, wait, halt and give up.
    pub trading: Trading,
    /// Where to be asked for metrics; off unless set.
    pub metrics: Metrics,
    /// How leaders are copied; nothing without a strategy.
    pub copy: Copying,
    /// What `health` and `preflight` hold the rest against.
    pub checks: Checks,
    /// Who is called when a person must look; nobody unless set.
    pub alerts: Option<Alerts>,
    /// Who remembers the signer's journal; nobody unless named.
    pub witnesses: Witnesses,
}

/// How to reach the signer, and what its orders must be.
#[derive(Debug)]
pub struct Signer {
    /// Host and port.
    pub address: String,
    /// The public key its certificate must have.
    pub pin: Pin,
    /// Our own certificate.
    pub certificate: PathBuf,
    /// Its private key.
    pub private_key: PathBuf,
    /// Our name among the signer's callers.
    pub caller: String,
    /// File with the request key that `signerctl caller add` made.
    pub request_key: PathBuf,
    /// The builder code of every order; zero for none.
    pub builder: B256,
    /// The address its signatures must recover to.
    pub signing_address: Address,
    /// Whose funds move.
    pub maker: Address,
    /// The chain, and the exchange contract of orders whose line does not say.
    pub venue: Venue,
    /// Milliseconds to wait for an answer.
    pub timeout_ms: u64,
}

/// The venue's order API.
#[derive(Debug)]
pub struct Clob {
    /// Its base address, `https://clob.polymarket.com` for the real one.
    pub url: String,
    /// File with the API credentials.
    pub credentials: PathBuf,
    /// File with the 32 bytes they are sealed with, if they are.
    pub sealing_key: Option<PathBuf>,
    /// Milliseconds to wait for an answer.
    pub timeout_ms: u64,
    /// Whose balance is asked for: 0 to 3, as the orders' signature type.
    pub signature_type: u8,
    /// How long only post-only orders are expected after a restart.
    pub post_only_after_restart_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    database: PathBuf,
    intents: PathBuf,
    intent_ttl_ms: u64,
    signer: SignerSection,
    clob: ClobSection,
    #[serde(default)]
    intake: IntakeSection,
    #[serde(default)]
    trading: TradingSection,
    #[serde(default)]
    metrics: MetricsSection,
    #[serde(default)]
    checks: ChecksSection,
    #[serde(default)]
    alerts: AlertsSection,
    #[serde(default)]
    witness: WitnessSection,
    #[serde(default)]
    copy: CopySection,
    #[serde(default)]
    strategy: Vec<StrategySection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignerSection {
    address: String,
    pin: String,
    certificate: PathBuf,
    private_key: PathBuf,
    caller: String,
    request_key: PathBuf,
    builder: String,
    signing_address: String,
    maker: String,
    chain_id: u64,
    exchange: String,
    timeout_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClobSection {
    url: String,
    credentials: PathBuf,
    sealing_key: Option<PathBuf>,
    timeout_ms: u64,
    #[serde(default)]
    signature_type: u8,
    // Documented: two minutes.
    post_only_after_restart_ms: Option<u64>,
}

fn bad(field: &str, problem: &str, fix: &str) -> String {
    format!("CONFIG {field}: {problem}; {fix}")
}

impl Config {
    /// Reads and parses `path`; relative paths in it are taken from its folder.
    ///
    /// # Errors
    ///
    /// A sentence that names the field, its problem and the fix.
    pub fn read(path: &Path) -> Result<Self, String> {
        let unreadable = |e: std::io::Error| {
            bad(
                "file",
                &format!("cannot read {}: {e}", path.display()),
                "name a readable file",
            )
        };
        let mut file = std::fs::File::open(path).map_err(unreadable)?;
        let mode = file.metadata().map_err(unreadable)?.mode();
        // Whoever may write it says who signs, for whom, and at which venue.
        if mode & 0o022 != 0 {
            return Err(bad(
                "file",
                &format!(
                    "mode {:04o} lets others write {}",
                    mode & 0o7777,
                    path.display()
                ),
                "take write from group and others (chmod go-w), and read what it says",
            ));
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(unreadable)?;
        let base = path.parent().unwrap_or(Path::new("."));
        Self::parse(&text, base)
    }

    fn parse(text: &str, base: &Path) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|e| {
            let fix = "write it as deploy/orchestrator.example.toml does";
            bad(&spot::field_of(text, &e), &spot::words_of(&e), fix)
        })?;
        if !(1..=86_400_000).contains(&file.intent_ttl_ms) {
            return Err(bad(
                "intent_ttl_ms",
                "outside 1 to 86400000",
                "60000 is a minute",
            ));
        }
        let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        let copy = file.copy.read(&file.strategy, base)?;
        Ok(Self {
            hash: hex::encode(hash),
            database: base.join(file.database),
            intents: base.join(file.intents),
            intent_ttl_ms: file.intent_ttl_ms,
            signer: signer(&file.signer, base)?,
            clob: clob(&file.clob, base)?,
            intake: file.intake.read(base)?,
            trading: file.trading.read()?,
            metrics: file.metrics.read()?,
            checks: file.checks.read(base, is_simulator(&file.clob.url))?,
            alerts: file.alerts.read(base)?,
            witnesses: file.witness.read()?,
            copy,
        })
    }
}

/// The real venue is asked over TLS; without it only a simulator on this host.
fn is_venue_url(url: &str) -> bool {
    let host = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric());
    url.strip_prefix("https://").is_some_and(host) || is_simulator(url)
}

fn is_simulator(url: &str) -> bool {
    let port = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric());
    url.strip_prefix("http://127.0.0.1:").is_some_and(port)
}

fn clob(section: &ClobSection, base: &Path) -> Result<Clob, String> {
    if !is_venue_url(&section.url) {
        return Err(bad(
            "clob.url",
            "neither https nor a simulator on 127.0.0.1",
            "write https://clob.polymarket.com",
        ));
    }
    if section.signature_type > 3 {
        return Err(bad("clob.signature_type", "above 3", "write 0, 1, 2 or 3"));
    }
    Ok(Clob {
        url: section.url.trim_end_matches('/').to_owned(),
        credentials: base.join(&section.credentials),
        sealing_key: section.sealing_key.as_ref().map(|path| base.join(path)),
        timeout_ms: timeout("clob.timeout_ms", section.timeout_ms)?,
        signature_type: section.signature_type,
        post_only_after_restart_ms: trading::within(
            "clob.post_only_after_restart_ms",
            section.post_only_after_restart_ms,
            120_000,
            (0, 3_600_000),
        )?,
    })
}

fn signer(section: &SignerSection, base: &Path) -> Result<Signer, String> {
    let chain = Chain::from_id(section.chain_id)
        .ok_or_else(|| bad("signer.chain_id", "not known", "use 137 or 80002"))?;
    let all = [Exchange::V2Standard, Exchange::V2NegRisk, Exchange::V3];
    let exchange = all
        .into_iter()
        .find(|exchange| exchange_word(*exchange) == section.exchange)
        .ok_or_else(|| {
            let fix = "use v2-standard, v2-neg-risk or v3";
            bad("signer.exchange", "not known", fix)
        })?;
    let port = section.address.rsplit_once(':');
    let port = port.filter(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    if port.is_none() {
        let fix = "write the signer's host and port, as 127.0.0.1:7443";
        return Err(bad("signer.address", "no host with a port", fix));
    }
    if Label::parse(&section.caller).is_none() {
        let fix = "write the name given to `signerctl caller add`, 1 to 32 of [a-z0-9._-]";
        return Err(bad("signer.caller", "not a caller's name", fix));
    }
    Ok(Signer {
        address: section.address.clone(),
        pin: Pin::parse(&section.pin).ok_or_else(|| {
            bad(
                "signer.pin",
                "not a pin",
                "write what `signerctl pin signer.pem` prints: sha256/ and 64 lower-case hex \
                 digits, not all of them zero",
            )
        })?,
        certificate: base.join(&section.certificate),
        private_key: base.join(&section.private_key),
        caller: section.caller.clone(),
        request_key: base.join(&section.request_key),
        builder: section.builder.parse::<B256>().map_err(|_ignored| {
            bad(
                "signer.builder",
                "not a builder code",
                "write 0x and 64 hex digits",
            )
        })?,
        signing_address: address("signer.signing_address", &section.signing_address)?,
        maker: address("signer.maker", &section.maker)?,
        venue: Venue { chain, exchange },
        timeout_ms: timeout("signer.timeout_ms", section.timeout_ms)?,
    })
}

/// An address that is one: not zero, and where letters are of both cases, with
/// the right checksum (EIP-55).
fn address(field: &str, text: &str) -> Result<Address, String> {
    let fix = "write 0x and 40 hex digits, as the wallet shows them";
    let parsed: Address = text
        .parse()
        .map_err(|_ignored| bad(field, "not an address", fix))?;
    if parsed.is_zero() {
        return Err(bad(field, "zero, which is nobody's address", fix));
    }
    let digits = text.trim_start_matches("0x");
    let both = digits.contains(|c: char| c.is_ascii_lowercase())
        && digits.contains(|c: char| c.is_ascii_uppercase());
    if both && parsed.to_checksum(None) != text {
        return Err(bad(
            field,
            "a digit of it is wrong: its checksum fails",
            fix,
        ));
    }
    Ok(parsed)
}

/// An exchange as the configuration names it.
#[must_use]
pub const fn exchange_word(exchange: Exchange) -> &'static str {
    match exchange {
        Exchange::V2Standard => "v2-standard",
        Exchange::V2NegRisk => "v2-neg-risk",
        Exchange::V3 => "v3",
    }
}

#[cfg(test)]
mod tests;
