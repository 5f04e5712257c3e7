//! The signer's one configuration file, parsed whole before anything opens.
//!
//! Invariant: a [`Config`] holds no text that still has to be understood, and
//! no secret: keys are paths to files whose mode is checked when they are read.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use order::{Address, B256, Chain, CollateralUnits, Exchange, SignatureType, Venue};
use policy::{FeeCeiling, Identity, Limits};
use serde::Deserialize;

use crate::door::pin::Pin;

/// Everything the signer needs to know before it starts.
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) journal: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) tls_certificate: PathBuf,
    pub(crate) tls_private_key: PathBuf,
    /// Who may call, by the SHA-256 of the certificate's public key.
    pub(crate) callers: BTreeMap<Pin, String>,
    pub(crate) identity: Identity,
    pub(crate) limits: Limits,
}

/// A configuration that cannot be used: the field, the problem, the fix.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn bad(field: &str, problem: impl fmt::Display, fix: &str) -> ConfigError {
    ConfigError(format!("CONFIG {field}: {problem}; {fix}"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: String,
    journal: PathBuf,
    key: PathBuf,
    tls: TlsSection,
    caller: Vec<CallerSection>,
    wallet: WalletSection,
    policy: PolicySection,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsSection {
    certificate: PathBuf,
    private_key: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallerSection {
    name: String,
    pin: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WalletSection {
    chain_id: u64,
    exchange: String,
    signing_address: String,
    maker: String,
    signature_type: u8,
    builder: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicySection {
    order_at_stake_max_usdc: String,
    fee_ceiling_bps: u16,
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
        Self::parse(&text, base)
    }

    fn parse(text: &str, base: &Path) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(0, |s| {
                text.bytes()
                    .take(s.start)
                    .filter(|b| *b == b'\n')
                    .count()
                    .saturating_add(1)
            });
            bad(
                &format!("line {line}"),
                e.message(),
                "see deploy/signer.example.toml for the shape",
            )
        })?;
        Ok(Self {
            listen: parsed(
                "listen",
                &file.listen,
                "write an address and port, 127.0.0.1:7443",
            )?,
            journal: base.join(file.journal),
            key: base.join(file.key),
            tls_certificate: base.join(file.tls.certificate),
            tls_private_key: base.join(file.tls.private_key),
            callers: callers(file.caller)?,
            identity: identity(&file.wallet)?,
            limits: limits(&file.policy)?,
        })
    }
}

/// Whoever may write this file sets the limits.
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
    Err(bad("file", problem, "chmod 0600 it, and read what it says"))
}

fn parsed<T: FromStr>(field: &str, text: &str, fix: &str) -> Result<T, ConfigError> {
    text.parse()
        .map_err(|_ignored| bad(field, format_args!("{text:?} cannot be read"), fix))
}

fn callers(sections: Vec<CallerSection>) -> Result<BTreeMap<Pin, String>, ConfigError> {
    let mut callers = BTreeMap::new();
    for CallerSection { name, pin } in sections {
        let key = Pin::parse(&pin).ok_or_else(|| {
            bad(
                "caller.pin",
                format_args!("{pin:?} is not a pin"),
                "write sha256/ and 64 lower-case hex digits",
            )
        })?;
        if let Some(other) = callers.insert(key, name.clone()) {
            return Err(bad(
                "caller.pin",
                format_args!("{other} and {name} have the same pin"),
                "give each caller a key of its own",
            ));
        }
    }
    if callers.is_empty() {
        return Err(bad(
            "caller",
            "none is listed",
            "add a [[caller]] with its name and pin",
        ));
    }
    Ok(callers)
}

fn identity(wallet: &WalletSection) -> Result<Identity, ConfigError> {
    let chain = Chain::from_id(wallet.chain_id).ok_or_else(|| {
        bad(
            "wallet.chain_id",
            format_args!("{} is not known", wallet.chain_id),
            "use 137 or 80002",
        )
    })?;
    let exchange = match wallet.exchange.as_str() {
        "v2-standard" => Exchange::V2Standard,
        "v2-neg-risk" => Exchange::V2NegRisk,
        "v3" => Exchange::V3,
        other => {
            return Err(bad(
                "wallet.exchange",
                format_args!("{other:?} is not known"),
                "use v2-standard, v2-neg-risk or v3",
            ));
        }
    };
    let signature_type = match wallet.signature_type {
        0 => SignatureType::Eoa,
        other => {
            return Err(bad(
                "wallet.signature_type",
                format_args!("{other} cannot be signed by this edition"),
                "use 0, a plain key that owns its funds",
            ));
        }
    };
    let hex20 = "write 0x and 40 hex digits";
    let signing_address: Address =
        parsed("wallet.signing_address", &wallet.signing_address, hex20)?;
    let maker: Address = parsed("wallet.maker", &wallet.maker, hex20)?;
    let builder: B256 = parsed(
        "wallet.builder",
        &wallet.builder,
        "write 0x and 64 hex digits",
    )?;
    if maker != signing_address {
        return Err(bad(
            "wallet.maker",
            format_args!("{maker} is not the signing address {signing_address}"),
            "with signature_type 0 the two are the same",
        ));
    }
    let venue = Venue { chain, exchange };
    Ok(Identity {
        venue,
        signing_address,
        maker,
        signature_type,
        builder,
    })
}

fn limits(policy: &PolicySection) -> Result<Limits, ConfigError> {
    let field = "policy.order_at_stake_max_usdc";
    let order_at_stake_max =
        CollateralUnits::parse(&policy.order_at_stake_max_usdc).map_err(|e| {
            bad(
                field,
                format_args!("{:?}: {e}", policy.order_at_stake_max_usdc),
                "write dollars, \"25\" or \"25.50\"",
            )
        })?;
    let fee_ceiling = FeeCeiling::new(policy.fee_ceiling_bps).ok_or_else(|| {
        bad(
            "policy.fee_ceiling_bps",
            format_args!("{} is out of range", policy.fee_ceiling_bps),
            "use 700 to 10000; 1000 is a careful start",
        )
    })?;
    Ok(Limits {
        order_at_stake_max,
        fee_ceiling,
    })
}
