//! The exchange with its journal, its clock, its faults and its request log.
//!
//! Invariant: a command is applied, written, and only then answered. When
//! writing fails the venue is broken and answers nothing more, because memory
//! and disk no longer agree.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde::Serialize;
use serde_json::{Value, json};

use crate::books::{self, Assumption, Known};
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::core::accounts::ApiKey;
use crate::core::exchange::{Exchange, uuid};
use crate::core::ledger::Asset;
use crate::core::place::Placed;
use crate::core::refusal::Refusal;
use crate::crypto::mac::decode_secret;
use crate::crypto::order::SignatureType;
use crate::crypto::word::{Address, Word, keccak};
use crate::journal::{Command, Entry, Journal};
use crate::leaders::{Leaders, Part};
use crate::misbehave::Misbehaviour;
use crate::units::{format_e6, parse_e4, parse_e6};

/// Why a venue could not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The configuration makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The journal could not be read.
    #[error("journal: {0}")]
    Journal(#[from] std::io::Error),
    /// The journal was written under another configuration.
    #[error("journal line {line} does not replay: {reason}")]
    Replay {
        /// Which line, counted from one.
        line: usize,
        /// What differs.
        reason: String,
    },
}

/// A request as it came, and the status it was answered with, if it was.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Noted {
    pub(crate) at_ms: u64,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    pub(crate) answered: Option<u16>,
}

/// Answers that are given again, by their whole address.
#[derive(Debug, Default)]
pub(crate) struct Edge {
    pub(crate) cache_ms: u64,
    /// Until when, and the answer.
    pub(crate) held: BTreeMap<String, (u64, Value)>,
}

/// The venue.
#[derive(Debug)]
pub(crate) struct Venue {
    pub(crate) exchange: Exchange,
    pub(crate) clock: Clock,
    pub(crate) faults: Misbehaviour,
    /// Private requests by serial number.
    pub(crate) requests: BTreeMap<u64, Noted>,
    noted: u64,
    pub(crate) assumptions: Vec<Assumption>,
    /// What other wallets did.
    pub(crate) leaders: Leaders,
    /// What the edge before the Data API remembers; not kept by a restart.
    pub(crate) edge: Edge,
    /// Wei of addresses that have other than a whole coin; not kept by a restart.
    pub(crate) gas: BTreeMap<Address, u128>,
    config: Config,
    journal: Option<Journal>,
    broken: bool,
}

impl Venue {
    /// Starts from a configuration, and from a journal if there is one.
    pub(crate) fn open(
        config: Config,
        clock: Clock,
        state: Option<&Path>,
    ) -> Result<Self, OpenError> {
        let (journal, entries) = match state {
            Some(directory) => {
                let (journal, entries) = Journal::open(directory)?;
                (Some(journal), entries)
            }
            None => (None, Vec::new()),
        };
        let mut exchange = Exchange::new(config.rules.clone());
        exchange.advance(
            entries
                .first()
                .map_or_else(|| clock.now_ms(), |entry| entry.at_ms),
        );
        for key in &config.keys {
            exchange.add_key(key.clone());
        }
        for (wallet, asset, amount_e6) in &config.deposits {
            exchange
                .ledger
                .deposit(*wallet, *asset, i128::from(*amount_e6));
        }
        for (wallet, allowance_e6) in &config.allowances {
            exchange.ledger.allow(*wallet, *allowance_e6);
        }
        for seed in &config.books {
            exchange.set_book(seed, config.facts(seed)?);
        }
        let mut venue = Self {
            exchange,
            clock,
            faults: Misbehaviour::default(),
            requests: BTreeMap::new(),
            noted: 0,
            leaders: Leaders::default(),
            edge: Edge::default(),
            gas: BTreeMap::new(),
            assumptions: config.assumptions.clone(),
            config,
            journal,
            broken: false,
        };
        for (index, entry) in entries.into_iter().enumerate() {
            let line = index.saturating_add(1);
            let outcome =
                venue
                    .run(entry.at_ms, &entry.command)
                    .map_err(|refusal| OpenError::Replay {
                        line,
                        reason: refusal.to_string(),
                    })?;
            if outcome != entry.outcome {
                let reason = format!("{outcome} where {} was", entry.outcome);
                return Err(OpenError::Replay { line, reason });
            }
        }
        venue.tick();
        Ok(venue)
    }

    /// The current time, with everything done that is due by it.
    pub(crate) fn tick(&mut self) -> u64 {
        let now_ms = self.clock.now_ms();
        self.exchange.advance(now_ms);
        self.exchange.now_ms()
    }

    /// Notes a private request down, and gives its serial number.
    pub(crate) fn note(&mut self, request: Noted) -> u64 {
        self.noted = self.noted.saturating_add(1);
        self.requests.insert(self.noted, request);
        self.noted
    }

    /// Applies a command and writes it down.
    pub(crate) fn submit(&mut self, command: Command) -> Result<Value, Refusal> {
        if self.broken {
            return Err(Refusal::Request(
                "the state can no longer be written".to_owned(),
            ));
        }
        let at_ms = self.tick();
        let outcome = self.run(at_ms, &command)?;
        if let Some(journal) = &mut self.journal {
            let entry = Entry {
                at_ms,
                command,
                outcome,
            };
            if journal.append(&entry).is_err() {
                self.broken = true;
                return Err(Refusal::Request(
                    "the state can no longer be written".to_owned(),
                ));
            }
            return Ok(entry.outcome);
        }
        Ok(outcome)
    }

    fn run(&mut self, at_ms: u64, command: &Command) -> Result<Value, Refusal> {
        self.exchange.advance(at_ms);
        match command {
            Command::Order {
                api_key,
                payload,
                treatment,
            } => {
                let placed = self.exchange.place(at_ms, api_key, payload, treatment)?;
                Ok(self.order_answer(&placed))
            }
            Command::Cancel { api_key, ids } => {
                let result = self.exchange.cancel(at_ms, api_key, ids);
                Ok(json!({"canceled": result.canceled, "not_canceled": result.not_canceled}))
            }
            Command::Heartbeat {
                api_key,
                heartbeat_id,
            } => {
                let next = self.exchange.beat(at_ms, api_key, heartbeat_id);
                let next = next.map_err(Refusal::Heartbeat)?;
                Ok(json!({"heartbeat_id": next}))
            }
            Command::CreateKey { address, nonce } => self.create_key(address, nonce),
            Command::ForgetKey { api_key } => Ok(json!(self.exchange.forget_key(api_key))),
            Command::Books { books } => self.replace_books(books),
            Command::Tick {
                asset_id,
                tick_size,
            } => self.set_tick(asset_id, tick_size),
            Command::Trade { id, status } => {
                self.exchange.command_trade(id, *status)?;
                Ok(json!({"id": id, "status": status}))
            }
            Command::Settle { settlement } => self.exchange.settle_by_operator(at_ms, settlement),
            Command::Account {
                api_key,
                banned,
                closed_only,
                deposit_collateral,
            } => {
                self.exchange.restrict(api_key, *banned, *closed_only)?;
                if let Some(text) = deposit_collateral {
                    let amount_e6 = parse_e6(text).ok_or_else(|| bad("deposit_collateral"))?;
                    let key = self.exchange.key(api_key).ok_or(Refusal::NoKey)?;
                    let wallet = key.wallet;
                    let ledger = &mut self.exchange.ledger;
                    ledger.deposit(wallet, Asset::Collateral, i128::from(amount_e6));
                }
                Ok(json!({"api_key": api_key}))
            }
            Command::Leader { part, row } => self.leader(at_ms, *part, row),
            Command::Market {
                condition_id,
                fields,
            } => Ok(self.leaders.show(condition_id, fields)),
            Command::Clock { advance_ms } => {
                self.clock.advance(*advance_ms);
                Ok(Value::Null)
            }
        }
    }

    fn order_answer(&self, placed: &Placed) -> Value {
        let amount = |amount_e6: u64| {
            if placed.trades.is_empty() {
                String::new()
            } else {
                format_e6(amount_e6)
            }
        };
        let mut answer = json!({
            "success": true,
            "errorMsg": "",
            "orderID": placed.id.to_string(),
            "status": placed.status,
            "makingAmount": amount(placed.making_e6),
            "takingAmount": amount(placed.taking_e6),
        });
        if let Some(fields) = answer.as_object_mut()
            && !placed.trades.is_empty()
        {
            fields.insert("tradeIDs".to_owned(), json!(placed.trades));
            if self.exchange.rules.answer_hashes {
                // Hashes that settlement may replace, as the old answers had.
                let hash = |id: &String| keccak(&[b"announced", id.as_bytes()]).to_string();
                let hashes: Vec<String> = placed.trades.iter().map(hash).collect();
                fields.insert("transactionsHashes".to_owned(), json!(hashes));
            }
        }
        answer
    }

    fn leader(&mut self, at_ms: u64, part: Part, row: &Value) -> Result<Value, Refusal> {
        let exchange = &self.exchange;
        self.leaders.take(part, row, at_ms, |token| {
            exchange.market(Word::from_decimal(token)?)
        })
    }

    /// Credentials that follow from seed, address and nonce alone.
    fn create_key(&mut self, address: &str, nonce: &str) -> Result<Value, Refusal> {
        let address = Address::parse(address).ok_or(Refusal::LoginHeaders)?;
        let nonce = Word::from_decimal(nonce).ok_or(Refusal::LoginHeaders)?;
        if self.exchange.keys_of(address).any(|key| key.nonce == nonce) {
            return Err(Refusal::KeyExists);
        }
        let seed = self.exchange.rules.seed.clone();
        let part = |label: &[u8]| keccak(&[seed.as_bytes(), label, &address.0, &nonce.0]);
        let secret = URL_SAFE.encode(part(b"secret").0);
        // A second key of an address trades for the wallet of the first.
        let first = self.exchange.keys_of(address).next();
        let (wallet, signature_type, session) = first
            .map_or((address, SignatureType::Eoa, false), |key| {
                (key.wallet, key.signature_type, key.session)
            });
        let key = ApiKey {
            key: uuid(part(b"key")),
            secret_bytes: decode_secret(&secret).unwrap_or_default(),
            secret,
            passphrase: hex::encode(part(b"passphrase").0),
            address,
            nonce,
            wallet,
            signature_type,
            session,
            banned: false,
            closed_only: false,
        };
        let answer = credentials(&key);
        self.exchange.add_key(key);
        Ok(answer)
    }

    fn replace_books(&mut self, value: &Value) -> Result<Value, Refusal> {
        let mut assumed = Vec::new();
        let known = |token: Word| {
            let market = self.exchange.market(token)?;
            let (grid, neg_risk) = (market.grid, market.neg_risk);
            Some(Known {
                tick_e4: grid.tick_e4,
                min_size_e6: grid.min_size_e6,
                neg_risk,
            })
        };
        let seeds = books::parse_again(value, &mut assumed, known)
            .map_err(|error| bad(&error.to_string()))?;
        let mut facts = Vec::new();
        for seed in &seeds {
            facts.push(
                self.config
                    .facts(seed)
                    .map_err(|error| bad(&error.to_string()))?,
            );
        }
        for (seed, facts) in seeds.iter().zip(facts) {
            self.exchange.set_book(seed, facts);
        }
        self.assumptions.extend(assumed);
        let tokens: Vec<String> = seeds.iter().map(|seed| seed.token.to_decimal()).collect();
        Ok(json!({"asset_ids": tokens}))
    }

    fn set_tick(&mut self, asset_id: &str, tick_size: &str) -> Result<Value, Refusal> {
        let tick_e4 = parse_e4(tick_size).filter(|tick| *tick > 0 && *tick < 10_000);
        let tick_e4 = tick_e4.ok_or_else(|| bad("tick_size"))?;
        let token = Word::from_decimal(asset_id).ok_or_else(|| bad("asset_id"))?;
        let now_ms = self.exchange.now_ms();
        let market = self
            .exchange
            .market_mut(token)
            .ok_or(Refusal::NotFound("book"))?;
        market.grid.tick_e4 = tick_e4;
        market.changed_ms = now_ms;
        Ok(json!({"asset_id": asset_id, "tick_size": tick_size}))
    }
}

/// Credentials as the login answers them.
pub(crate) fn credentials(key: &ApiKey) -> Value {
    json!({"apiKey": key.key, "secret": key.secret, "passphrase": key.passphrase})
}

fn bad(what: &str) -> Refusal {
    Refusal::Request(format!("invalid {what}"))
}
