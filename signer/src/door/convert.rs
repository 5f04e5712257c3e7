//! The one file of the signer that names wire types.
//!
//! Invariant: what leaves here towards the vault is only types that cannot be
//! wrong; a message that does not parse never reaches it.

use order::{B256, CollateralUnits, Exchange, PriceE4, ShareUnits, Side, TickSize, U256, strict};
use policy::{Intent, IntentId, Kind, Size};
use tonic::{Request, Response, Status};

use super::{Door, no_answer};
use crate::vault::seam;

pub(super) use wire::signer_server::SignerServer;

/// The latest deadline that parses: the year 2286, within what a row can hold.
const DEADLINE_MS_MAX: u64 = 9_999_999_999_999;

/// What is wrong with a message: field, problem, fix.
fn invalid(field: &str, problem: &str, fix: &str) -> Status {
    Status::invalid_argument(format!("{field}: {problem}; {fix}"))
}

/// Serves one connection, for the caller whose key opened it.
pub(super) struct Handler(pub(super) Door);

#[tonic::async_trait]
impl wire::signer_server::Signer for Handler {
    async fn sign_order(
        &self,
        request: Request<wire::SignOrderRequest>,
    ) -> Result<Response<wire::SignOrderResponse>, Status> {
        let intent = intent(&request.into_inner())?;
        let answer = self.0.ask(seam::Request::Sign(Box::new(intent))).await?;
        let outcome = match answer {
            seam::Answer::Signed(signed) => {
                wire::sign_order_response::Outcome::Approved(approved(&signed))
            }
            seam::Answer::Denied { denial, leaf_index } => {
                wire::sign_order_response::Outcome::Denied(wire::Denied {
                    code: denial.code().to_owned(),
                    sentence: denial.to_string(),
                    retry_at_ms: 0,
                    leaf_index,
                })
            }
            seam::Answer::Status(_) | seam::Answer::Failed => return Err(no_answer()),
        };
        Ok(Response::new(wire::SignOrderResponse {
            outcome: Some(outcome),
        }))
    }

    async fn get_status(
        &self,
        _request: Request<wire::GetStatusRequest>,
    ) -> Result<Response<wire::GetStatusResponse>, Status> {
        match self.0.ask(seam::Request::Status).await? {
            seam::Answer::Status(status) => Ok(Response::new(wire::GetStatusResponse {
                journal_id: status.journal_id.to_vec(),
                journal_size: status.journal_size,
                signing_address: status.signing_address.to_vec(),
                charged_units: status.charged_units,
            })),
            seam::Answer::Signed(_) | seam::Answer::Denied { .. } | seam::Answer::Failed => {
                Err(no_answer())
            }
        }
    }
}

fn intent(message: &wire::SignOrderRequest) -> Result<Intent, Status> {
    let price = u16::try_from(message.limit_price_e4)
        .ok()
        .and_then(PriceE4::new);
    let tick = u16::try_from(message.tick_size_e4)
        .ok()
        .and_then(TickSize::from_e4);
    Ok(Intent {
        kind: kind(message)?,
        id: IntentId::parse(&message.intent_id).ok_or_else(|| {
            invalid(
                "intent_id",
                "not a name",
                "write its UTC day, a dash and at most 55 of [a-z0-9-]",
            )
        })?,
        attempt: u16::try_from(message.attempt)
            .map_err(|_ignored| invalid("attempt", "above 65535", "begin a new intent"))?,
        market: B256::from(word("market", &message.market)?),
        token_id: U256::from_be_bytes(word("token_id", &message.token_id)?),
        side: side(message)?,
        limit_price: price.ok_or_else(|| {
            invalid(
                "limit_price_e4",
                "outside 1 to 9999",
                "give ten-thousandths of a dollar",
            )
        })?,
        size: size(message)?,
        tick_size: tick.ok_or_else(|| {
            invalid(
                "tick_size_e4",
                "not a tick",
                "use 1000, 100, 50, 25, 10 or 1",
            )
        })?,
        deadline_ms: Some(message.deadline_ms)
            .filter(|ms| *ms <= DEADLINE_MS_MAX)
            .ok_or_else(|| {
                invalid(
                    "deadline_ms",
                    "after the year 2286",
                    "give Unix milliseconds",
                )
            })?,
    })
}

fn kind(message: &wire::SignOrderRequest) -> Result<Kind, Status> {
    match message.kind() {
        wire::OrderKind::Copy => Ok(Kind::Copy),
        wire::OrderKind::Exit => Ok(Kind::Exit),
        wire::OrderKind::Unspecified => Err(invalid(
            "kind",
            "not given or not known",
            "set COPY or EXIT",
        )),
    }
}

fn side(message: &wire::SignOrderRequest) -> Result<Side, Status> {
    match message.side() {
        wire::Side::Buy => Ok(Side::Buy),
        wire::Side::Sell => Ok(Side::Sell),
        wire::Side::Unspecified => {
            Err(invalid("side", "not given or not known", "set BUY or SELL"))
        }
    }
}

fn size(message: &wire::SignOrderRequest) -> Result<Size, Status> {
    match message.size {
        Some(wire::sign_order_request::Size::SharesUnits(units)) => Ok(Size::Shares(
            ShareUnits::new(bounded("shares_units", units)?),
        )),
        Some(wire::sign_order_request::Size::CollateralUnits(units)) => Ok(Size::Collateral(
            CollateralUnits::new(bounded("collateral_units", units)?),
        )),
        None => Err(invalid(
            "size",
            "not given",
            "set shares_units or collateral_units",
        )),
    }
}

/// No order has more, and no row can hold a number without bounds.
fn bounded(field: &str, units: u64) -> Result<u64, Status> {
    if (1..=strict::AMOUNT_UNITS_MAX).contains(&units) {
        Ok(units)
    } else {
        Err(invalid(
            field,
            "outside 1 to 10^15",
            "give base units, a millionth each",
        ))
    }
}

fn word(field: &str, bytes: &[u8]) -> Result<[u8; 32], Status> {
    bytes
        .try_into()
        .map_err(|_ignored| invalid(field, "not 32 bytes", "send all 32, big endian"))
}

fn approved(signed: &seam::Signed) -> wire::Approved {
    wire::Approved {
        order: Some(order_message(&signed.order)),
        order_hash: signed.order_hash.to_vec(),
        signature: signed.signature.clone(),
        leaf_index: signed.leaf_index,
        charge_units: signed.charge.units().get(),
    }
}

fn order_message(order: &strict::Order) -> wire::Order {
    let raw = order.raw();
    let fields = order.fields();
    wire::Order {
        salt: fields.salt,
        maker: raw.maker.to_vec(),
        signer: raw.signer.to_vec(),
        token_id: fields.token_id.to_be_bytes::<32>().to_vec(),
        maker_amount_units: fields.amounts.maker,
        taker_amount_units: fields.amounts.taker,
        side: match fields.side {
            Side::Buy => wire::Side::Buy,
            Side::Sell => wire::Side::Sell,
        }
        .into(),
        signature_type: u32::from(fields.signature_type.to_u8()),
        timestamp_ms: fields.timestamp_ms,
        metadata: raw.metadata.to_vec(),
        builder: raw.builder.to_vec(),
        chain_id: fields.venue.chain.id(),
        exchange: match fields.venue.exchange {
            Exchange::V2Standard => wire::Exchange::V2Standard,
            Exchange::V2NegRisk => wire::Exchange::V2NegRisk,
            Exchange::V3 => wire::Exchange::V3,
        }
        .into(),
    }
}
