//! The one file that says what this venue is: TOML or JSON, by its extension.
//!
//! An amount is a number of base units, or text in whole units: `1000000` and
//! `"1"` are both one dollar. Unknown names are errors.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::books::{self, Assumption, BookError, BookSeed};
use crate::core::accounts::{ApiKey, derived};
use crate::core::fees::{Curve, EXPONENT_MAX};
use crate::core::ledger::Asset;
use crate::core::market::MarketFacts;
use crate::core::rules::{AvailableAt, BuyTarget, MarketBuyDecimals, Record, Rules};
use crate::crypto::domain::{Protocol, exchange};
use crate::crypto::mac::decode_secret;
use crate::crypto::order::SignatureType;
use crate::crypto::word::{Address, Word};
use crate::units::parse_e6;

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("{0}: {1}")]
    Read(PathBuf, std::io::Error),
    /// The file is not valid TOML.
    #[error(transparent)]
    Toml(#[from] toml::de::Error),
    /// The file is not valid JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A book was refused.
    #[error(transparent)]
    Book(#[from] BookError),
    /// A value makes no sense.
    #[error("{0}")]
    Value(String),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Amount {
    BaseUnits(u64),
    Units(String),
}

impl Amount {
    fn e6(&self, what: &str) -> Result<u64, ConfigError> {
        let read = match self {
            Self::BaseUnits(amount) => Some(*amount),
            Self::Units(text) => parse_e6(text),
        };
        read.ok_or_else(|| ConfigError::Value(format!("{what} is not an amount")))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Paths {
    One(PathBuf),
    Many(Vec<PathBuf>),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAccount {
    api_key: String,
    secret: String,
    passphrase: String,
    address: String,
    wallet: Option<String>,
    #[serde(default)]
    signature_type: u64,
    #[serde(default)]
    session_key: bool,
    collateral_balance: Option<Amount>,
    collateral_allowance: Option<Amount>,
    #[serde(default)]
    positions: BTreeMap<String, Amount>,
    #[serde(default)]
    banned: bool,
    #[serde(default)]
    closed_only: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMarket {
    rate: Option<String>,
    exponent: Option<u32>,
    version: Option<String>,
    accepting_orders: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    chain_id: u64,
    books: Paths,
    #[serde(default)]
    accounts: Vec<RawAccount>,
    #[serde(default)]
    fees: RawMarket,
    #[serde(default)]
    markets: BTreeMap<String, RawMarket>,
    seed: Option<String>,
    mined_after_ms: Option<u64>,
    confirmed_after_ms: Option<u64>,
    delayed_ms: Option<u64>,
    auth_skew_s: Option<u64>,
    gtd_min_s: Option<u64>,
    gtd_early_s: Option<u64>,
    heartbeat_timeout_ms: Option<u64>,
    min_market_buy: Option<Amount>,
    page_size: Option<usize>,
    fee_ceiling_bps: Option<u64>,
    end_date: Option<String>,
    #[serde(default)]
    available_at: AvailableAt,
    #[serde(default)]
    fok_buy_target: BuyTarget,
    #[serde(default)]
    market_buy_decimals: MarketBuyDecimals,
    #[serde(default)]
    answer_hashes: bool,
    #[serde(default)]
    record: Record,
}

/// A configuration that was read whole and makes sense.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) rules: Rules,
    pub(crate) keys: Vec<ApiKey>,
    pub(crate) deposits: Vec<(Address, Asset, u64)>,
    pub(crate) allowances: Vec<(Address, u64)>,
    pub(crate) books: Vec<BookSeed>,
    pub(crate) assumptions: Vec<Assumption>,
    fees: RawMarket,
    markets: BTreeMap<String, RawMarket>,
}

impl Config {
    /// Reads a file; paths in it are relative to it.
    ///
    /// # Errors
    ///
    /// If the file or a book cannot be read or makes no sense.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|cause| ConfigError::Read(path.to_path_buf(), cause))?;
        let raw: Raw = if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            serde_json::from_str(&text)?
        } else {
            toml::from_str(&text)?
        };
        Self::build(raw, path.parent().unwrap_or(Path::new(".")))
    }

    fn build(raw: Raw, base: &Path) -> Result<Self, ConfigError> {
        if exchange(raw.chain_id, Protocol::V1, false).is_none() {
            return Err(ConfigError::Value(format!(
                "chain_id {} has no exchange",
                raw.chain_id
            )));
        }
        let mut config = Self {
            rules: rules(&raw)?,
            keys: Vec::new(),
            deposits: Vec::new(),
            allowances: Vec::new(),
            books: Vec::new(),
            assumptions: Vec::new(),
            fees: raw.fees,
            markets: raw.markets,
        };
        let paths = match raw.books {
            Paths::One(path) => vec![path],
            Paths::Many(paths) => paths,
        };
        for path in paths {
            config
                .books
                .extend(books::load(&base.join(path), &mut config.assumptions)?);
        }
        for account in &raw.accounts {
            config.account(account)?;
        }
        for seed in config.books.clone() {
            let facts = config.facts(&seed)?;
            if config
                .named(&seed)
                .and_then(|market| market.version.as_ref())
                .is_none()
            {
                config.assumptions.push(Assumption {
                    asset_id: seed.token.to_decimal(),
                    field: "version".to_owned(),
                    value: match facts.protocol {
                        Protocol::V1 => "v1 (by the bits of the id)".to_owned(),
                        Protocol::V2 => "v2 (by the bits of the id)".to_owned(),
                    },
                });
            }
        }
        Ok(config)
    }

    fn account(&mut self, raw: &RawAccount) -> Result<(), ConfigError> {
        let fail = |what: &str| ConfigError::Value(format!("account {}: {what}", raw.api_key));
        let address = Address::parse(&raw.address).ok_or_else(|| fail("address"))?;
        let kind =
            SignatureType::from_number(raw.signature_type).ok_or_else(|| fail("signature_type"))?;
        let own = derived(kind, address).ok_or_else(|| fail("wallet"))?;
        let wallet = match &raw.wallet {
            Some(text) => Address::parse(text).ok_or_else(|| fail("wallet"))?,
            None => own,
        };
        // A deposit wallet may be anyone's: a session key is not its owner.
        if kind != SignatureType::Deposit && wallet != own {
            return Err(fail(&format!(
                "wallet of this type and address would be {own}"
            )));
        }
        if raw.session_key && kind != SignatureType::Deposit {
            return Err(fail("a session key needs signature_type 3"));
        }
        if self.keys.iter().any(|key| key.key == raw.api_key) {
            return Err(fail("stands twice"));
        }
        self.keys.push(ApiKey {
            key: raw.api_key.clone(),
            secret: raw.secret.clone(),
            secret_bytes: decode_secret(&raw.secret).ok_or_else(|| fail("secret"))?,
            passphrase: raw.passphrase.clone(),
            address,
            nonce: Word::ZERO,
            wallet,
            signature_type: kind,
            session: raw.session_key,
            banned: raw.banned,
            closed_only: raw.closed_only,
        });
        if let Some(amount) = &raw.collateral_balance {
            let amount_e6 = amount.e6("collateral_balance")?;
            self.deposits.push((wallet, Asset::Collateral, amount_e6));
        }
        for (token, amount) in &raw.positions {
            let token = Word::from_decimal(token).ok_or_else(|| fail("positions"))?;
            self.deposits
                .push((wallet, Asset::Shares(token), amount.e6("position")?));
        }
        if let Some(amount) = &raw.collateral_allowance {
            self.allowances
                .push((wallet, amount.e6("collateral_allowance")?));
        }
        Ok(())
    }

    fn named(&self, seed: &BookSeed) -> Option<&RawMarket> {
        self.markets
            .get(&seed.token.to_decimal())
            .or_else(|| self.markets.get(&seed.condition))
    }

    /// What the configuration says of a market: its token's entry, else its
    /// condition's, else the default.
    pub(crate) fn facts(&self, seed: &BookSeed) -> Result<MarketFacts, ConfigError> {
        let empty = RawMarket::default();
        let named = self.named(seed).unwrap_or(&empty);
        let fail = |what: &str| ConfigError::Value(format!("market {}: {what}", seed.condition));
        let rate = named.rate.as_ref().or(self.fees.rate.as_ref());
        let rate_e6 = match rate {
            None => Curve::FREE.rate_e6,
            Some(text) => parse_e6(text)
                .filter(|rate| *rate < 1_000_000)
                .ok_or_else(|| fail("rate is not text between 0 and 1"))?,
        };
        let exponent = named.exponent.or(self.fees.exponent).unwrap_or(1);
        if exponent > EXPONENT_MAX {
            return Err(fail("exponent is above 2"));
        }
        let version = named.version.as_ref().or(self.fees.version.as_ref());
        let protocol = match version.map(String::as_str) {
            None if seed.token.is_position_id() => Protocol::V2,
            None | Some("v1") => Protocol::V1,
            Some("v2") => Protocol::V2,
            Some(_) => return Err(fail("version is neither v1 nor v2")),
        };
        let accepting = named
            .accepting_orders
            .or(self.fees.accepting_orders)
            .unwrap_or(true);
        Ok(MarketFacts {
            protocol,
            curve: Curve { rate_e6, exponent },
            accepting,
        })
    }
}

fn rules(raw: &Raw) -> Result<Rules, ConfigError> {
    let mined_after_ms = raw.mined_after_ms.unwrap_or(2_000);
    let rules = Rules {
        chain_id: raw.chain_id,
        seed: raw.seed.clone().unwrap_or_else(|| "venue".to_owned()),
        mined_after_ms,
        confirmed_after_ms: raw.confirmed_after_ms.unwrap_or(5_000),
        delayed_ms: raw.delayed_ms.unwrap_or(250),
        auth_skew_s: raw.auth_skew_s.unwrap_or(30),
        gtd_min_s: raw.gtd_min_s.unwrap_or(180),
        gtd_early_s: raw.gtd_early_s.unwrap_or(60),
        heartbeat_timeout_ms: raw.heartbeat_timeout_ms.unwrap_or(10_000),
        min_market_buy_e6: match &raw.min_market_buy {
            Some(amount) => amount.e6("min_market_buy")?,
            None => 1_000_000,
        },
        page_size: raw.page_size.unwrap_or(100).max(1),
        fee_ceiling_bps: raw.fee_ceiling_bps.unwrap_or(500),
        end_date: raw.end_date.clone(),
        available_at: raw.available_at,
        buy_target: raw.fok_buy_target,
        market_buy_decimals: raw.market_buy_decimals,
        answer_hashes: raw.answer_hashes,
        record: raw.record,
    };
    if rules.confirmed_after_ms < rules.mined_after_ms {
        return Err(ConfigError::Value(
            "confirmed_after_ms is before mined_after_ms".to_owned(),
        ));
    }
    Ok(rules)
}
