//! A signer that decides nothing and keeps nothing: it signs what it is asked,
//! at once, and says how long it had each question.
//!
//! Its answers are whole: proven, signed and priced as a real one's, because
//! the orchestrator checks every one of them again.

use std::sync::atomic::{AtomicU64, Ordering};

use frame::intent::{Intent, Kind, Observed, Size};
use frame::intent_id::IntentId;
use frame::label::Label;
use frame::{Answer, Approval, Ask, Line, RequestKey, Standing};
use order::{
    Address, B256, Chain, Exchange, PriceE4, ShareUnits, Side, TickSize, U256, Venue, raw, strict,
};
use secp256k1::{Message, SecretKey};
use tests::clock::now_ms;
use tests::desk::CALLER;
use tokio::sync::mpsc::UnboundedSender;
use tonic::{Request, Response, Status};
use wire::get_status_request::Opening;
use wire::get_status_response::Outcome as Said;
use wire::sign_order_response::Outcome;

use super::Event;
use crate::clock;

const EPOCH: [u8; 16] = [7; 16];

/// The stand-in.
pub(super) struct StandIn {
    key: RequestKey,
    secret: SecretKey,
    address: Address,
    leaves: AtomicU64,
    tell: UnboundedSender<Event>,
}

/// A message of another shape than the orchestrator's.
fn odd() -> Status {
    Status::invalid_argument("not what an orchestrator asks")
}

impl StandIn {
    pub(super) fn new(
        request_key: [u8; 32],
        secret: [u8; 32],
        address: &str,
        tell: UnboundedSender<Event>,
    ) -> Self {
        Self {
            key: RequestKey::new(request_key),
            secret: SecretKey::from_secret_bytes(secret).expect("a scalar of the curve"),
            address: address.parse().expect("an address"),
            leaves: AtomicU64::new(0),
            tell,
        }
    }

    /// The proof of `answer` to a question that `auth` proves.
    fn proof(&self, auth: &wire::Auth, ask: &Ask<'_>, answer: &Answer) -> Result<Vec<u8>, Status> {
        let epoch = auth.epoch.as_slice().try_into().map_err(|_| odd())?;
        let (mac, hash) = self.key.prover().ask(CALLER, &epoch, auth.counter, ask);
        if auth.mac == mac {
            Ok(self.key.prover().answer(&hash, answer).to_vec())
        } else {
            Err(odd())
        }
    }

    fn approve(&self, intent: &Intent) -> Option<Approval> {
        let Size::Shares(shares) = intent.size else {
            return None;
        };
        let amounts =
            strict::limit_amounts(intent.side, intent.limit_price, shares, intent.tick_size)
                .ok()?;
        let leaf_index = self.leaves.fetch_add(1, Ordering::Relaxed);
        let order = raw::Order {
            salt: U256::from(1_000_000 + leaf_index),
            maker: self.address,
            signer: self.address,
            tokenId: intent.token_id,
            makerAmount: U256::from(amounts.maker),
            takerAmount: U256::from(amounts.taker),
            side: intent.side.to_u8(),
            signatureType: 0,
            timestamp: U256::from(now_ms()),
            metadata: B256::ZERO,
            builder: B256::ZERO,
        };
        let venue = Venue {
            chain: Chain::Amoy,
            exchange: intent.exchange,
        };
        let order_hash = raw::order_hash(venue, &order);
        Some(Approval {
            venue,
            order,
            order_hash,
            signature: self.sign(&order_hash),
            leaf_index,
            charge_units: amounts.maker,
        })
    }

    fn sign(&self, digest: &B256) -> Vec<u8> {
        let signature = secp256k1::ecdsa::RecoverableSignature::sign_ecdsa_recoverable(
            Message::from_digest(digest.0),
            &self.secret,
        );
        let (id, compact) = signature.serialize_compact();
        let v = id.to_u8() + 27;
        [&compact[..], &[v]].concat()
    }
}

#[tonic::async_trait]
impl wire::signer_server::Signer for StandIn {
    async fn sign_order(
        &self,
        request: Request<wire::SignOrderRequest>,
    ) -> Result<Response<wire::SignOrderResponse>, Status> {
        let began = clock::now();
        let wire::SignOrderRequest { auth, intent, .. } = request.into_inner();
        let (auth, intent) = auth.zip(intent).ok_or_else(odd)?;
        let intent = parse(&intent).ok_or_else(odd)?;
        let approval = self.approve(&intent).ok_or_else(odd)?;
        let approved = message(&approval);
        let framed = intent.frame();
        let answer = Answer::Approved(Box::new(approval));
        let ask = Ask::Sign {
            intent: &framed,
            attestation: &[],
        };
        let mac = self.proof(&auth, &ask, &answer)?;
        // The measurement is over when nobody listens.
        self.tell
            .send(Event::Signed {
                began,
                ended: clock::now(),
            })
            .ok();
        Ok(Response::new(wire::SignOrderResponse {
            outcome: Some(Outcome::Approved(approved)),
            mac,
        }))
    }

    async fn explain_order(
        &self,
        _: Request<wire::ExplainOrderRequest>,
    ) -> Result<Response<wire::ExplainOrderResponse>, Status> {
        Err(odd())
    }

    async fn get_status(
        &self,
        request: Request<wire::GetStatusRequest>,
    ) -> Result<Response<wire::GetStatusResponse>, Status> {
        let (outcome, mac) = match request.into_inner().opening.ok_or_else(odd)? {
            Opening::Hello(hello) => {
                let challenge = hello.challenge.try_into().map_err(|_| odd())?;
                let mac = self.key.prover().welcome(CALLER, &challenge, &EPOCH);
                let welcome = wire::Welcome {
                    epoch: EPOCH.to_vec(),
                    mac: mac.to_vec(),
                };
                (Said::Welcome(welcome), Vec::new())
            }
            Opening::Auth(auth) => {
                let standing = Standing {
                    journal_id: [9; 16],
                    journal_size: self.leaves.load(Ordering::Relaxed),
                    signing_address: self.address.into(),
                    lines: vec![Line {
                        name: "state".to_owned(),
                        value: "TRADING".to_owned(),
                    }],
                };
                let said = wire::Standing {
                    journal_id: standing.journal_id.to_vec(),
                    journal_size: standing.journal_size,
                    signing_address: standing.signing_address.to_vec(),
                    lines: vec![wire::Line {
                        name: "state".to_owned(),
                        value: "TRADING".to_owned(),
                    }],
                };
                let mac = self.proof(&auth, &Ask::Status, &Answer::Status(standing))?;
                (Said::Standing(said), mac)
            }
        };
        let outcome = Some(outcome);
        Ok(Response::new(wire::GetStatusResponse { outcome, mac }))
    }

    async fn apply_note(
        &self,
        _: Request<wire::ApplyNoteRequest>,
    ) -> Result<Response<wire::ApplyNoteResponse>, Status> {
        Err(odd())
    }

    async fn freeze(
        &self,
        _: Request<wire::FreezeRequest>,
    ) -> Result<Response<wire::FreezeResponse>, Status> {
        Err(odd())
    }
}

/// The intent of a copy by shares; the bench asks for no other.
fn parse(message: &wire::Intent) -> Option<Intent> {
    let seen = message.observed.as_ref()?;
    let price = |e4: u32| PriceE4::new(u16::try_from(e4).ok()?);
    let Some(wire::intent::Size::SharesUnits(shares)) = message.size else {
        return None;
    };
    Some(Intent {
        kind: Kind::Copy(Observed {
            leader: Address::try_from(seen.leader.as_slice()).ok()?,
            fill: B256::try_from(seen.fill_id.as_slice()).ok()?,
            price: price(seen.price_e4)?,
            size: ShareUnits::new(seen.shares_units),
            traded_ms: seen.traded_ms,
            observed_ms: seen.observed_ms,
        }),
        id: IntentId::parse(&message.intent_id)?,
        attempt: u16::try_from(message.attempt).ok()?,
        market: B256::try_from(message.market.as_slice()).ok()?,
        token_id: U256::try_from_be_slice(&message.token_id)?,
        exchange: match message.exchange() {
            wire::Exchange::V2Standard => Exchange::V2Standard,
            wire::Exchange::V2NegRisk => Exchange::V2NegRisk,
            wire::Exchange::V3 => Exchange::V3,
            wire::Exchange::Unspecified => return None,
        },
        side: match message.side() {
            wire::Side::Buy => Side::Buy,
            wire::Side::Sell => Side::Sell,
            wire::Side::Unspecified => return None,
        },
        limit_price: price(message.limit_price_e4)?,
        size: Size::Shares(ShareUnits::new(shares)),
        tick_size: TickSize::from_e4(u16::try_from(message.tick_size_e4).ok()?)?,
        deadline_ms: message.deadline_ms,
        strategy: Label::parse(&message.strategy)?,
    })
}

fn message(approval: &Approval) -> wire::Approved {
    let order = &approval.order;
    let small = |value: U256| u64::try_from(value).expect("made from 64 bits");
    let message = wire::Order {
        salt: small(order.salt),
        maker: order.maker.to_vec(),
        signer: order.signer.to_vec(),
        token_id: order.tokenId.to_be_bytes::<32>().to_vec(),
        maker_amount_units: small(order.makerAmount),
        taker_amount_units: small(order.takerAmount),
        side: match Side::from_u8(order.side) {
            Some(Side::Sell) => wire::Side::Sell.into(),
            Some(Side::Buy) | None => wire::Side::Buy.into(),
        },
        signature_type: order.signatureType.into(),
        timestamp_ms: small(order.timestamp),
        metadata: order.metadata.to_vec(),
        builder: order.builder.to_vec(),
        chain_id: approval.venue.chain.id(),
        exchange: match approval.venue.exchange {
            Exchange::V2Standard => wire::Exchange::V2Standard.into(),
            Exchange::V2NegRisk => wire::Exchange::V2NegRisk.into(),
            Exchange::V3 => wire::Exchange::V3.into(),
        },
    };
    wire::Approved {
        order: Some(message),
        order_hash: approval.order_hash.to_vec(),
        signature: approval.signature.clone(),
        leaf_index: approval.leaf_index,
        charge_units: approval.charge_units,
    }
}
