//! The other ends: a signer that remembers every attempt it was asked for, and
//! clients of real types that are never connected.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use disk::Rng;
use order::strict::limit_amounts;
use order::{Address, B256, Chain, Exchange, U256, Venue, raw};

use crate::clob::{Account, Clob};
use crate::config;
use crate::pin::Pin;
use crate::signer::{Answer, SignedOrder, SignerClient, Status};
use crate::store::{Attempt, Key};

/// Clients whose own state turns ask for; nothing is sent through them.
pub(in crate::pipeline) struct Clients {
    pub(in crate::pipeline) signer: SignerClient,
    pub(in crate::pipeline) clob: Clob,
    // The channel belongs to a runtime, which never runs.
    _runtime: tokio::runtime::Runtime,
}

impl Clients {
    pub(in crate::pipeline) fn new() -> Self {
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let inside = runtime.enter();
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            secret_file(&path, bytes);
            path
        };
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec!["desk".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let signer = SignerClient::new(config::Signer {
            address: "127.0.0.1:0".to_owned(),
            pin: Pin::parse(&format!("sha256/{}", "11".repeat(32))).unwrap(),
            certificate: file("desk.pem", certificate.pem().as_bytes()),
            private_key: file("desk.key", key.serialize_pem().as_bytes()),
            caller: "desk".to_owned(),
            request_key: file("request", &[7; 32]),
            builder: B256::ZERO,
            signing_address: wallet(),
            maker: wallet(),
            venue: exchange(),
            timeout_ms: 1_000,
        })
        .unwrap();
        let credentials = r#"{"apiKey": "key-1", "secret": "c2VjcmV0", "passphrase": "words"}"#;
        let clob = Clob::new(
            &config::Clob {
                sealing_key: None,
                url: "http://127.0.0.1:0".to_owned(),
                credentials: file("clob.json", credentials.as_bytes()),
                timeout_ms: 1_000,
                signature_type: 0,
                post_only_after_restart_ms: 0,
            },
            Account {
                address: wallet(),
                maker: wallet(),
                exchange: Exchange::V2Standard,
            },
        )
        .unwrap();
        drop(inside);
        Self {
            signer,
            clob,
            _runtime: runtime,
        }
    }
}

fn secret_file(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o400)).unwrap();
}

fn wallet() -> Address {
    Address::repeat_byte(0x11)
}

const fn exchange() -> Venue {
    Venue {
        chain: Chain::Amoy,
        exchange: Exchange::V2Standard,
    }
}

/// A signer as the orchestrator knows it: one attempt, one content, one order.
#[derive(Default)]
pub(super) struct Signer {
    signed: BTreeMap<Key, (String, Option<Order>)>,
    leaves: u64,
}

#[derive(Clone)]
struct Order {
    order: raw::Order,
    leaf_index: u64,
}

impl Signer {
    /// Answers to `row` as it would, whether the answer arrives or not.
    pub(super) fn sign(&mut self, row: &Attempt, rng: &mut Rng) -> Result<Answer, String> {
        let key = row.key();
        let content = format!("{:?} until {}", row.intent, row.deadline_ms);
        if let Some((known, _)) = self.signed.get(&key)
            && *known != content
        {
            return Err(format!(
                "{key:?} is asked for with two contents: {known}; {content}"
            ));
        }
        if !self.signed.contains_key(&key) {
            self.leaves += 1;
            let order = (!rng.chance(5)).then(|| Order {
                order: self.order(row),
                leaf_index: self.leaves,
            });
            self.signed.insert(key.clone(), (content, order));
        }
        let (_, order) = &self.signed[&key];
        Ok(match order {
            None => Answer::Denied {
                code: "BUDGET_DAY".to_owned(),
                sentence: "no".to_owned(),
                retry_at_ms: None,
            },
            Some(Order { order, leaf_index }) => Answer::Signed(Box::new(SignedOrder {
                order_hash: raw::order_hash(exchange(), order),
                order: order.clone(),
                signature: vec![0x5a; 65],
                leaf_index: *leaf_index,
                charge_units: 1,
            })),
        })
    }

    fn order(&self, row: &Attempt) -> raw::Order {
        let intent = &row.intent;
        let amounts = limit_amounts(
            intent.side,
            intent.limit_price,
            intent.shares,
            intent.tick_size,
        )
        .unwrap();
        raw::Order {
            salt: U256::from(self.leaves),
            maker: wallet(),
            signer: wallet(),
            tokenId: intent.token_id,
            makerAmount: U256::from(amounts.maker),
            takerAmount: U256::from(amounts.taker),
            side: intent.side.to_u8(),
            signatureType: 0,
            timestamp: U256::from(row.seen_ms),
            metadata: B256::ZERO,
            builder: B256::ZERO,
        }
    }

    pub(super) fn status(&self) -> Status {
        Status {
            journal_id: "6f".repeat(16),
            journal_size: self.leaves,
            signing_address: wallet(),
            lines: Vec::new(),
        }
    }
}
