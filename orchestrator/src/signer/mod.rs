//! The signer, asked over mTLS, and believed only as far as it can be checked.
//!
//! Invariant: an order leaves this room only if its hash was recomputed here,
//! its signature recovers to the configured address, and it is the order that
//! was asked for: same token, side and size, no worse a price.

pub mod age;
mod convert;
mod session;
mod tls;
mod wanted;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use frame::RequestKey;
use hyper_util::rt::TokioIo;
use order::raw::{self, wallet};
use order::strict::{self, KeyKind, Pricing, Signing};
use order::{Address, B256, Exchange, SignatureType, Venue};
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};
use zeroize::Zeroize;

use self::convert::NoAnswer;
use self::session::Session;
use crate::config;
use crate::files;
use crate::store::Attempt;

const NO_EPOCH: &str = "the signer takes no epoch; does another instance use this key?";

/// The code of what the signer would not even read.
pub const NOT_ASKABLE: &str = "NOT_ASKABLE";

/// What the signer answered to an intent.
#[derive(Debug)]
pub enum Answer {
    /// An order, checked.
    Signed(Box<SignedOrder>),
    /// No, with a stable code and a sentence.
    Denied {
        /// The stable code.
        code: String,
        /// The sentence.
        sentence: String,
        /// When it may be a yes, where it passes by itself; unix milliseconds.
        retry_at_ms: Option<u64>,
    },
    /// There is no answer. Asking again under the same name is safe.
    Failed(String),
    /// The answer is not what an honest signer gives: stop.
    Wrong(String),
}

/// What became of a note that was carried.
#[derive(Debug)]
pub enum Carried {
    /// It is a leaf.
    Taken {
        /// Which.
        leaf: u64,
    },
    /// The signer does not take it.
    Refused {
        /// The stable code.
        code: String,
        /// The sentence.
        sentence: String,
    },
    /// There is no answer; carrying it again is safe.
    Unheard(String),
}

/// An order with its signature, checked against what was asked.
#[derive(Debug)]
pub struct SignedOrder {
    /// The eleven fields.
    pub order: raw::Order,
    /// Its hash, recomputed here: the venue's order id.
    pub order_hash: B256,
    /// The signature in the form the venue takes.
    pub signature: Vec<u8>,
    /// Where the decision stands in the signer's journal.
    pub leaf_index: u64,
    /// What the signer's meters were charged.
    pub charge_units: u64,
}

/// What the signer says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The journal's id, hex.
    pub journal_id: String,
    /// Leaves recorded.
    pub journal_size: u64,
    /// Whose key it holds; zero while no policy is in force.
    pub signing_address: Address,
    /// State, policy, meters and figures, by name.
    pub lines: Vec<(String, String)>,
}

impl Status {
    /// The value of a named line.
    #[must_use]
    pub fn line(&self, name: &str) -> Option<&str> {
        self.lines
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

/// The way to one signer.
#[derive(Clone, Debug)]
pub struct SignerClient {
    channel: Channel,
    session: Arc<Session>,
    expected: Arc<config::Signer>,
}

impl SignerClient {
    /// Prepares the connection; it is opened when first needed, and again when
    /// lost.
    ///
    /// # Errors
    ///
    /// A sentence that names the file or setting, its problem and the fix.
    pub fn new(config: config::Signer) -> Result<Self, String> {
        let tls = tls::client_config(&config.certificate, &config.private_key, config.pin)?;
        let mut key = request_key(&config)?;
        let session = Arc::new(Session::new(config.caller.clone(), RequestKey::new(key)));
        key.zeroize();
        let connector = TlsConnector::from(Arc::new(tls));
        let address = config.address.clone();
        let dial = tower::service_fn(move |_: Uri| {
            let connector = connector.clone();
            let address = address.clone();
            async move {
                let socket = TcpStream::connect(&address).await?;
                socket.set_nodelay(true)?;
                // The name is not looked at: the pin is who it is.
                let name = ServerName::try_from("signer").map_err(io::Error::other)?;
                Ok::<_, io::Error>(TokioIo::new(connector.connect(name, socket).await?))
            }
        });
        let limit = Duration::from_millis(config.timeout_ms);
        let channel = Endpoint::from_static("http://signer")
            .timeout(limit)
            .connect_timeout(limit)
            .connect_with_connector_lazy(dial);
        Ok(Self {
            channel,
            session,
            expected: Arc::new(config),
        })
    }

    /// Whether `row` can be asked for at all: nothing is sent.
    ///
    /// # Errors
    ///
    /// Why not: what the row lacks.
    pub fn can_ask(&self, row: &Attempt) -> Result<(), String> {
        wanted::intent(row, self.expected.venue.exchange).map(|_intent| ())
    }

    /// Asks for `row`'s order.
    pub async fn sign(&self, row: &Attempt) -> Answer {
        let expected = &self.expected;
        let intent = match wanted::intent(row, expected.venue.exchange) {
            Ok(intent) => intent,
            Err(sentence) => {
                return Answer::Denied {
                    code: NOT_ASKABLE.to_owned(),
                    sentence,
                    retry_at_ms: None,
                };
            }
        };
        let attestation = wanted::attestation(row);
        // An epoch that ended (the signer restarted, or another instance took
        // over) is opened anew, once.
        for _ in 0..2 {
            match convert::sign(self.channel.clone(), &self.session, &intent, attestation).await {
                Err(NoAnswer::Epoch) => {}
                Err(NoAnswer::Failed(why)) => return Answer::Failed(why),
                Ok(frame::Answer::Denied {
                    code,
                    sentence,
                    retry_at_ms,
                    ..
                }) => {
                    return Answer::Denied {
                        code,
                        sentence,
                        retry_at_ms,
                    };
                }
                Ok(frame::Answer::Approved(approval)) => {
                    return match check(*approval, &intent, expected) {
                        Ok(order) => Answer::Signed(Box::new(order)),
                        Err(why) => Answer::Wrong(why),
                    };
                }
                Ok(_) => return Answer::Wrong("an answer to another question".to_owned()),
            }
        }
        Answer::Failed(NO_EPOCH.to_owned())
    }

    /// Carries a note that others signed.
    pub async fn carry(&self, note: &str) -> Carried {
        for _ in 0..2 {
            match convert::carry(self.channel.clone(), &self.session, note.as_bytes()).await {
                Err(NoAnswer::Epoch) => {}
                Err(NoAnswer::Failed(why)) => return Carried::Unheard(why),
                Ok(frame::Answer::Noted { leaf_index, .. }) => {
                    return Carried::Taken { leaf: leaf_index };
                }
                Ok(frame::Answer::Denied { code, sentence, .. }) => {
                    return Carried::Refused { code, sentence };
                }
                Ok(_) => return Carried::Unheard("an answer to another question".to_owned()),
            }
        }
        Carried::Unheard(NO_EPOCH.to_owned())
    }

    /// What the signer is and how far its journal goes.
    ///
    /// # Errors
    ///
    /// Why there was no answer.
    pub async fn status(&self) -> Result<Status, String> {
        for _ in 0..2 {
            match convert::status(self.channel.clone(), &self.session).await {
                Err(NoAnswer::Epoch) => {}
                Err(NoAnswer::Failed(why)) => return Err(why),
                Ok(standing) => return self.standing(standing),
            }
        }
        Err(NO_EPOCH.to_owned())
    }

    /// Whether the signer serves, without a word of how it stands. Unlike
    /// [`SignerClient::status`] it leaves the epoch of a `run` alone.
    ///
    /// # Errors
    ///
    /// Why there was no answer.
    pub async fn serves(&self) -> Result<bool, String> {
        convert::serves(self.channel.clone()).await
    }

    fn standing(&self, standing: frame::Standing) -> Result<Status, String> {
        let signing_address = Address::from(standing.signing_address);
        if !signing_address.is_zero() && signing_address != self.expected.signing_address {
            return Err(format!(
                "the signer's key is {signing_address}, and signer.signing_address is {}: after a \
                 rotation write the new one there",
                self.expected.signing_address
            ));
        }
        Ok(Status {
            journal_id: hex::encode(standing.journal_id),
            journal_size: standing.journal_size,
            signing_address,
            lines: standing
                .lines
                .into_iter()
                .map(|line| (line.name, line.value))
                .collect(),
        })
    }
}

/// Reads the request key: 32 bytes that only we and the signer hold.
fn request_key(config: &config::Signer) -> Result<[u8; 32], String> {
    let bytes = files::read_secret(&config.request_key)?;
    bytes.as_slice().try_into().map_err(|_ignored| {
        format!(
            "FILE {}: not the 32 bytes of a request key; copy it again from `signerctl caller add`",
            config.request_key.display()
        )
    })
}

/// The check in pairs: everything the signer says, said again from scratch.
fn check(
    answer: frame::Approval,
    intent: &frame::intent::Intent,
    expected: &config::Signer,
) -> Result<SignedOrder, String> {
    let frame::Approval {
        venue,
        order,
        order_hash,
        signature,
        leaf_index,
        charge_units,
    } = answer;
    if venue
        != (Venue {
            chain: expected.venue.chain,
            exchange: intent.exchange,
        })
    {
        return Err("the order is for another exchange or chain".to_owned());
    }
    if order.maker != expected.maker {
        return Err("the order is for another wallet".to_owned());
    }
    if raw::order_hash(venue, &order) != order_hash {
        return Err("the order's hash is not what the signer says".to_owned());
    }
    // Form, low s, key and maker, token, amounts, metadata, salt, recovery.
    let pricing = match intent.size {
        frame::intent::Size::Shares(_) => Pricing::Limit(intent.tick_size),
        frame::intent::Size::Collateral(_) => Pricing::MarketBuy(intent.tick_size),
    };
    let signing = Signing {
        address: expected.signing_address,
        key: key_kind(&order, expected.signing_address),
        pricing,
    };
    strict::check(venue, &order, &signature, signing).map_err(|e| e.to_string())?;
    let amounts = match intent.size {
        frame::intent::Size::Shares(shares) => {
            strict::limit_amounts(intent.side, intent.limit_price, shares, intent.tick_size)
        }
        frame::intent::Size::Collateral(collateral) => {
            strict::market_buy_amounts(intent.limit_price, collateral, intent.tick_size)
        }
    }
    .map_err(|e| format!("the intent itself cannot be an order: {e}"))?;
    let same = order.tokenId == intent.token_id
        && order.side == intent.side.to_u8()
        && order.makerAmount == order::U256::from(amounts.maker)
        && order.takerAmount == order::U256::from(amounts.taker)
        && order.builder == expected.builder;
    if !same {
        return Err("the order is not the one that was asked for".to_owned());
    }
    Ok(SignedOrder {
        order,
        order_hash,
        signature,
        leaf_index,
        charge_units,
    })
}

/// What the configured key is to the order's wallet: a deposit wallet follows from its
/// owner's key, so another key was lent.
fn key_kind(order: &raw::Order, key: Address) -> KeyKind {
    let owned = [wallet::deposit_beacon(key), wallet::deposit_uups(key)];
    if SignatureType::from_u8(order.signatureType) == Some(SignatureType::Deposit)
        && !owned.contains(&order.maker)
    {
        KeyKind::Session
    } else {
        KeyKind::Owner
    }
}

/// The exchange that a token trades on: Protocol V2 ids say so themselves, for
/// others the market's neg-risk flag decides.
fn exchange_of(token: order::U256, neg_risk: Option<bool>, otherwise: Exchange) -> Exchange {
    if raw::position_id::decode(token).is_ok() {
        return Exchange::V3;
    }
    match neg_risk {
        Some(true) => Exchange::V2NegRisk,
        Some(false) => Exchange::V2Standard,
        None => otherwise,
    }
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;

#[cfg(test)]
mod lent_tests;
