//! The orchestrator's one configuration file, parsed whole before anything
//! opens.
//!
//! Invariant: unknown keys are refused, and secrets are only named by path.

use std::path::{Path, PathBuf};

use order::{Address, Chain, Exchange, Venue};
use serde::Deserialize;

use crate::pin::Pin;

/// Everything the orchestrator needs to know before it starts.
#[derive(Debug)]
pub struct Config {
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
    /// The address its signatures must recover to.
    pub signing_address: Address,
    /// Whose funds move.
    pub maker: Address,
    /// The one exchange contract orders are for.
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
    /// Milliseconds to wait for an answer.
    pub timeout_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    database: PathBuf,
    intents: PathBuf,
    intent_ttl_ms: u64,
    signer: SignerSection,
    clob: ClobSection,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignerSection {
    address: String,
    pin: String,
    certificate: PathBuf,
    private_key: PathBuf,
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
    timeout_ms: u64,
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
        let text = std::fs::read_to_string(path).map_err(|e| {
            bad(
                "file",
                &format!("cannot read {}: {e}", path.display()),
                "name a readable file",
            )
        })?;
        let base = path.parent().unwrap_or(Path::new("."));
        Self::parse(&text, base)
    }

    fn parse(text: &str, base: &Path) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|e| {
            bad(
                "file",
                e.to_string().trim_end(),
                "see deploy/orchestrator.example.toml",
            )
        })?;
        if !(1..=86_400_000).contains(&file.intent_ttl_ms) {
            return Err(bad(
                "intent_ttl_ms",
                "outside 1 to 86400000",
                "60000 is a minute",
            ));
        }
        let clob = Clob {
            url: file.clob.url.trim_end_matches('/').to_owned(),
            credentials: base.join(file.clob.credentials),
            timeout_ms: timeout("clob.timeout_ms", file.clob.timeout_ms)?,
        };
        Ok(Self {
            database: base.join(file.database),
            intents: base.join(file.intents),
            intent_ttl_ms: file.intent_ttl_ms,
            signer: signer(&file.signer, base)?,
            clob,
        })
    }
}

fn signer(section: &SignerSection, base: &Path) -> Result<Signer, String> {
    let chain = Chain::from_id(section.chain_id)
        .ok_or_else(|| bad("signer.chain_id", "not known", "use 137 or 80002"))?;
    let exchange = match section.exchange.as_str() {
        "v2-standard" => Exchange::V2Standard,
        "v2-neg-risk" => Exchange::V2NegRisk,
        "v3" => Exchange::V3,
        _ => {
            return Err(bad(
                "signer.exchange",
                "not known",
                "use v2-standard, v2-neg-risk or v3",
            ));
        }
    };
    let address = |field: &str, text: &str| {
        text.parse()
            .map_err(|_ignored| bad(field, "not an address", "write 0x and 40 hex digits"))
    };
    Ok(Signer {
        address: section.address.clone(),
        pin: Pin::parse(&section.pin).ok_or_else(|| {
            bad(
                "signer.pin",
                "not a pin",
                "write sha256/ and 64 lower-case hex digits",
            )
        })?,
        certificate: base.join(&section.certificate),
        private_key: base.join(&section.private_key),
        signing_address: address("signer.signing_address", &section.signing_address)?,
        maker: address("signer.maker", &section.maker)?,
        venue: Venue { chain, exchange },
        timeout_ms: timeout("signer.timeout_ms", section.timeout_ms)?,
    })
}

fn timeout(field: &str, ms: u64) -> Result<u64, String> {
    if (1..=60_000).contains(&ms) {
        Ok(ms)
    } else {
        Err(bad(field, "outside 1 to 60000", "5000 is five seconds"))
    }
}
