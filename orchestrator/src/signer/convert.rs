//! The one file of the orchestrator that names wire types.

use order::{Address, B256, Chain, Exchange, Side, U256, Venue, raw};
use tonic::transport::Channel;

use crate::intent::Kind;
use crate::store::Attempt;

/// What came over the wire, before anything is believed.
pub(super) enum Raw {
    Signed(Box<SignedAnswer>),
    Denied { code: String, sentence: String },
    Failed(String),
    Malformed(String),
}

/// An approval as it was sent.
pub(super) struct SignedAnswer {
    pub(super) order: raw::Order,
    pub(super) venue: Venue,
    pub(super) order_hash: B256,
    pub(super) signature: Vec<u8>,
    pub(super) leaf_index: u64,
    pub(super) charge_units: u64,
}

/// What the signer says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The journal's id, hex.
    pub journal_id: String,
    /// Leaves recorded.
    pub journal_size: u64,
    /// Whose key it holds.
    pub signing_address: Address,
    /// Sum of all charges, collateral base units.
    pub charged_units: u64,
}

pub(super) async fn sign(channel: Channel, row: &Attempt) -> Raw {
    let intent = &row.intent;
    let request = wire::SignOrderRequest {
        kind: match intent.kind {
            Kind::Copy => wire::OrderKind::Copy,
            Kind::Exit => wire::OrderKind::Exit,
        }
        .into(),
        intent_id: row.intent_id.clone(),
        attempt: u32::from(row.attempt),
        market: intent.market.to_vec(),
        token_id: intent.token_id.to_be_bytes::<32>().to_vec(),
        side: match intent.side {
            Side::Buy => wire::Side::Buy,
            Side::Sell => wire::Side::Sell,
        }
        .into(),
        limit_price_e4: u32::from(intent.limit_price.get()),
        size: Some(wire::sign_order_request::Size::SharesUnits(
            intent.shares.get(),
        )),
        tick_size_e4: u32::from(intent.tick_size.e4()),
        deadline_ms: row.deadline_ms,
    };
    let answer = wire::signer_client::SignerClient::new(channel)
        .sign_order(request)
        .await;
    match answer {
        Err(status) => Raw::Failed(format!("{}: {}", status.code(), status.message())),
        Ok(response) => match response.into_inner().outcome {
            None => Raw::Failed("the signer sent no outcome".to_owned()),
            Some(wire::sign_order_response::Outcome::Denied(denied)) => Raw::Denied {
                code: denied.code,
                sentence: denied.sentence,
            },
            Some(wire::sign_order_response::Outcome::Approved(approved)) => {
                match signed(approved) {
                    Some(answer) => Raw::Signed(Box::new(answer)),
                    None => Raw::Malformed("the signer's order does not parse".to_owned()),
                }
            }
        },
    }
}

pub(super) async fn status(channel: Channel) -> Result<Status, String> {
    let status = wire::signer_client::SignerClient::new(channel)
        .get_status(wire::GetStatusRequest {})
        .await
        .map_err(|s| format!("{}: {}", s.code(), s.message()))?
        .into_inner();
    Ok(Status {
        journal_id: hex::encode(&status.journal_id),
        journal_size: status.journal_size,
        signing_address: address(&status.signing_address)
            .ok_or("the signer's status does not parse")?,
        charged_units: status.charged_units,
    })
}

fn signed(approved: wire::Approved) -> Option<SignedAnswer> {
    let message = approved.order?;
    let exchange = match message.exchange() {
        wire::Exchange::V2Standard => Exchange::V2Standard,
        wire::Exchange::V2NegRisk => Exchange::V2NegRisk,
        wire::Exchange::V3 => Exchange::V3,
        wire::Exchange::Unspecified => return None,
    };
    let side = match message.side() {
        wire::Side::Buy => Side::Buy,
        wire::Side::Sell => Side::Sell,
        wire::Side::Unspecified => return None,
    };
    let order = raw::Order {
        salt: U256::from(message.salt),
        maker: address(&message.maker)?,
        signer: address(&message.signer)?,
        tokenId: U256::from_be_bytes(word(&message.token_id)?),
        makerAmount: U256::from(message.maker_amount_units),
        takerAmount: U256::from(message.taker_amount_units),
        side: side.to_u8(),
        signatureType: u8::try_from(message.signature_type).ok()?,
        timestamp: U256::from(message.timestamp_ms),
        metadata: B256::from(word(&message.metadata)?),
        builder: B256::from(word(&message.builder)?),
    };
    Some(SignedAnswer {
        order,
        venue: Venue {
            chain: Chain::from_id(message.chain_id)?,
            exchange,
        },
        order_hash: B256::from(word(&approved.order_hash)?),
        signature: approved.signature,
        leaf_index: approved.leaf_index,
        charge_units: approved.charge_units,
    })
}

fn word(bytes: &[u8]) -> Option<[u8; 32]> {
    bytes.try_into().ok()
}

fn address(bytes: &[u8]) -> Option<Address> {
    <[u8; 20]>::try_from(bytes).ok().map(Address::from)
}
