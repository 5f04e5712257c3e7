//! The signer, asked over mTLS, and believed only as far as it can be checked.
//!
//! Invariant: an order leaves this room only if its hash was recomputed here,
//! its signature recovers to the configured address, and it is the order that
//! was asked for: same token, side and size, no worse a price.

mod convert;
mod tls;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use order::B256;
use order::raw;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};

use crate::config;
use crate::store::Attempt;

pub use convert::Status;

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
    },
    /// There is no answer. Asking again under the same name is safe.
    Failed(String),
    /// The answer is not what an honest signer gives: stop.
    Wrong(String),
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

/// The way to one signer.
#[derive(Clone, Debug)]
pub struct SignerClient {
    channel: Channel,
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
            expected: Arc::new(config),
        })
    }

    /// Asks for `row`'s order.
    pub async fn sign(&self, row: &Attempt) -> Answer {
        let expected = &self.expected;
        match convert::sign(self.channel.clone(), row).await {
            convert::Raw::Denied { code, sentence } => Answer::Denied { code, sentence },
            convert::Raw::Failed(why) => Answer::Failed(why),
            convert::Raw::Malformed(why) => Answer::Wrong(why),
            convert::Raw::Signed(answer) => match check(*answer, row, expected) {
                Ok(order) => Answer::Signed(Box::new(order)),
                Err(why) => Answer::Wrong(why.to_owned()),
            },
        }
    }

    /// What the signer is and how far its journal goes.
    ///
    /// # Errors
    ///
    /// Why there was no answer.
    pub async fn status(&self) -> Result<Status, String> {
        let status = convert::status(self.channel.clone()).await?;
        if status.signing_address == self.expected.signing_address {
            Ok(status)
        } else {
            Err(format!(
                "the signer holds the key of {}, and signer.signing_address is {}",
                status.signing_address, self.expected.signing_address
            ))
        }
    }
}

/// The check in pairs: everything the signer says, said again from scratch.
fn check(
    answer: convert::SignedAnswer,
    row: &Attempt,
    expected: &config::Signer,
) -> Result<SignedOrder, &'static str> {
    let convert::SignedAnswer {
        order,
        venue,
        order_hash,
        signature,
        leaf_index,
        charge_units,
    } = answer;
    if venue != expected.venue {
        return Err("the order is for another exchange or chain");
    }
    if order.maker != expected.maker || order.signer != expected.signing_address {
        return Err("the order is for another wallet");
    }
    if raw::order_hash(venue, &order) != order_hash {
        return Err("the order's hash is not what the signer says");
    }
    let form: &[u8; raw::signature::ECDSA_BYTES] = signature
        .as_slice()
        .try_into()
        .map_err(|_ignored| "the signature is not 65 bytes")?;
    let form = raw::signature::Ecdsa65::from_bytes(form);
    let digest = raw::signed_digest(venue, &order);
    if raw::signature::recover(&digest, &form) != Some(expected.signing_address) {
        return Err("the signature is not by the configured address");
    }
    let intent = &row.intent;
    let limit = order::strict::limit_amounts(
        intent.side,
        intent.limit_price,
        intent.shares,
        intent.tick_size,
    )
    .map_err(|_ignored| "the intent itself cannot be an order")?;
    let same = order.tokenId == intent.token_id
        && order.side == intent.side.to_u8()
        && order.makerAmount == order::U256::from(limit.maker)
        && order.takerAmount == order::U256::from(limit.taker);
    if !same {
        return Err("the order is not the one that was asked for");
    }
    if order.metadata != B256::ZERO {
        return Err("the order carries metadata");
    }
    Ok(SignedOrder {
        order,
        order_hash,
        signature,
        leaf_index,
        charge_units,
    })
}
