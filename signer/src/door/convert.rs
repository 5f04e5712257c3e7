//! The one file of the signer that names wire types, but for the standard
//! health question, which `health` answers.
//!
//! Invariant: what leaves here towards the vault is only types that cannot be
//! wrong; a message that does not parse never reaches it.

use frame::hop::{ATTESTATION_BYTES_MAX, Asked, Proof, Question, Reply, Unproven, attests};
use frame::intent::{Intent, Kind, Observed, Size};
use frame::{Answer as Said, Approval};
use order::{Address, B256, CollateralUnits, Exchange, ShareUnits, Side, U256};
use tonic::{Request, Response, Status};

use super::Door;
use super::fields::{
    attempt, bounded, fixed, intent_id, invalid, label, moment, price, short, tick,
};

pub(super) use wire::signer_server::SignerServer;

/// Serves one connection, for the caller whose key opened it.
pub(super) struct Handler(pub(super) Door);

impl Handler {
    /// Asks a question that its caller proved.
    async fn ask(&self, auth: Option<wire::Auth>, asked: Asked) -> Result<(Said, Vec<u8>), Status> {
        let auth = auth.ok_or_else(|| invalid("auth", "not given", "prove the question"))?;
        self.0.is_named(&auth.caller)?;
        let proof = Proof {
            epoch: fixed("auth.epoch", &auth.epoch)?,
            counter: auth.counter,
            mac: fixed("auth.mac", &auth.mac)?,
        };
        let question = Question::Proven {
            caller: auth.caller,
            proof,
            asked,
        };
        let reply = self.0.ask(question).await?;
        if let Reply::Proven { answer, mac } = reply {
            Ok((*answer, mac.to_vec()))
        } else {
            Err(unanswered(&reply))
        }
    }
}

#[tonic::async_trait]
impl wire::signer_server::Signer for Handler {
    async fn sign_order(
        &self,
        request: Request<wire::SignOrderRequest>,
    ) -> Result<Response<wire::SignOrderResponse>, Status> {
        use wire::sign_order_response::Outcome;
        let wire::SignOrderRequest {
            auth,
            intent,
            attestation,
        } = request.into_inner();
        let intent = Box::new(parse_intent(intent)?);
        if !attests(&intent, &attestation) {
            let fix = format!("bring one with a COPY, of {ATTESTATION_BYTES_MAX} bytes at most");
            return Err(invalid("attestation", "too long, or without a COPY", &fix));
        }
        let asked = Asked::Sign(intent, attestation);
        let (said, mac) = self.ask(auth, asked).await?;
        let outcome = if let Said::Approved(approval) = said {
            Outcome::Approved(approved(&approval))
        } else {
            Outcome::Denied(denied(said)?)
        };
        Ok(Response::new(wire::SignOrderResponse {
            outcome: Some(outcome),
            mac,
        }))
    }

    async fn explain_order(
        &self,
        request: Request<wire::ExplainOrderRequest>,
    ) -> Result<Response<wire::ExplainOrderResponse>, Status> {
        use wire::explain_order_response::Outcome;
        let wire::ExplainOrderRequest { auth, intent } = request.into_inner();
        let intent = Box::new(parse_intent(intent)?);
        let (said, mac) = self.ask(auth, Asked::Explain(intent)).await?;
        let outcome = if let Said::WouldApprove {
            maker_amount,
            taker_amount,
            charge_units,
        } = said
        {
            Outcome::WouldApprove(wire::WouldApprove {
                maker_amount_units: maker_amount,
                taker_amount_units: taker_amount,
                charge_units,
            })
        } else {
            Outcome::Denied(denied(said)?)
        };
        Ok(Response::new(wire::ExplainOrderResponse {
            outcome: Some(outcome),
            mac,
        }))
    }

    async fn get_status(
        &self,
        request: Request<wire::GetStatusRequest>,
    ) -> Result<Response<wire::GetStatusResponse>, Status> {
        use wire::get_status_request::Opening;
        use wire::get_status_response::Outcome;
        match request.into_inner().opening {
            None => Err(invalid(
                "opening",
                "not given",
                "send a hello, or prove the question",
            )),
            Some(Opening::Hello(hello)) => {
                let welcome = Outcome::Welcome(self.hello(hello).await?);
                let answer = wire::GetStatusResponse {
                    outcome: Some(welcome),
                    mac: Vec::new(),
                };
                Ok(Response::new(answer))
            }
            Some(Opening::Auth(auth)) => match self.ask(Some(auth), Asked::Status).await? {
                (Said::Status(standing), mac) => {
                    let outcome = Some(Outcome::Standing(standing_message(standing)));
                    Ok(Response::new(wire::GetStatusResponse { outcome, mac }))
                }
                _ => Err(no_answer()),
            },
        }
    }

    async fn apply_note(
        &self,
        request: Request<wire::ApplyNoteRequest>,
    ) -> Result<Response<wire::ApplyNoteResponse>, Status> {
        use wire::apply_note_response::Outcome;
        let wire::ApplyNoteRequest { auth, envelope } = request.into_inner();
        let (said, mac) = self.ask(auth, Asked::Note(envelope)).await?;
        let outcome = if let Said::Noted {
            kind,
            effective_at_s,
            leaf_index,
        } = said
        {
            Outcome::Noted(wire::Noted {
                kind,
                effective_at_s,
                leaf_index,
            })
        } else {
            Outcome::Denied(denied(said)?)
        };
        Ok(Response::new(wire::ApplyNoteResponse {
            outcome: Some(outcome),
            mac,
        }))
    }

    async fn freeze(
        &self,
        request: Request<wire::FreezeRequest>,
    ) -> Result<Response<wire::FreezeResponse>, Status> {
        let wire::FreezeRequest { auth, reason } = request.into_inner();
        match self.ask(auth, Asked::Freeze(short(reason)?)).await? {
            (Said::Frozen { leaf_index }, mac) => {
                let frozen = Some(wire::Frozen { leaf_index });
                Ok(Response::new(wire::FreezeResponse { frozen, mac }))
            }
            _ => Err(no_answer()),
        }
    }
}

impl Handler {
    async fn hello(&self, hello: wire::Hello) -> Result<wire::Welcome, Status> {
        self.0.is_named(&hello.caller)?;
        let question = Question::Hello {
            caller: hello.caller,
            challenge: fixed("hello.challenge", &hello.challenge)?,
            mac: fixed("hello.mac", &hello.mac)?,
        };
        let reply = self.0.ask(question).await?;
        if let Reply::Welcome { epoch, mac } = reply {
            Ok(wire::Welcome {
                epoch: epoch.to_vec(),
                mac: mac.to_vec(),
            })
        } else {
            Err(unanswered(&reply))
        }
    }
}

/// The lack of an answer, in one constant text: its cause stays in the log.
pub(super) fn no_answer() -> Status {
    Status::internal("no answer")
}

/// What a caller is told whose question was not answered.
fn unanswered(reply: &Reply) -> Status {
    match reply {
        Reply::Unproven(Unproven::NotYou) => {
            Status::unauthenticated("not proven; open a new epoch with a hello")
        }
        Reply::Unproven(Unproven::Replayed) => {
            Status::already_exists("this counter was used, or lies too far back; use the next")
        }
        Reply::Unproven(Unproven::NotYours) => {
            Status::permission_denied("this caller's role has no such method")
        }
        Reply::Welcome { .. } | Reply::Proven { .. } | Reply::Text(_) | Reply::Failed => {
            no_answer()
        }
    }
}

fn parse_intent(message: Option<wire::Intent>) -> Result<Intent, Status> {
    let message = message.ok_or_else(|| invalid("intent", "not given", "say what is wanted"))?;
    Ok(Intent {
        kind: kind(&message)?,
        id: intent_id("intent_id", &message.intent_id)?,
        attempt: attempt("attempt", message.attempt)?,
        market: B256::from(fixed::<32>("market", &message.market)?),
        token_id: U256::from_be_bytes(fixed::<32>("token_id", &message.token_id)?),
        exchange: exchange(&message)?,
        side: side(&message)?,
        limit_price: price("limit_price_e4", message.limit_price_e4)?,
        size: size(&message)?,
        tick_size: tick("tick_size_e4", message.tick_size_e4)?,
        deadline_ms: moment("deadline_ms", message.deadline_ms)?,
        strategy: label("strategy", &message.strategy)?,
    })
}

fn kind(message: &wire::Intent) -> Result<Kind, Status> {
    match (message.kind(), &message.observed) {
        (wire::OrderKind::Copy, Some(seen)) => Ok(Kind::Copy(observed(seen)?)),
        (wire::OrderKind::Copy, None) => Err(invalid(
            "observed",
            "not given",
            "a COPY names its leader's trade",
        )),
        (wire::OrderKind::Exit | wire::OrderKind::Strategy, Some(_)) => Err(invalid(
            "observed",
            "given",
            "only a COPY has a leader's trade",
        )),
        (wire::OrderKind::Exit, None) => Ok(Kind::Exit),
        (wire::OrderKind::Strategy, None) => Ok(Kind::Strategy),
        (wire::OrderKind::Unspecified, _) => Err(invalid(
            "kind",
            "not given or not known",
            "set COPY, EXIT or STRATEGY",
        )),
    }
}

fn observed(seen: &wire::Observed) -> Result<Observed, Status> {
    Ok(Observed {
        leader: Address::from(fixed::<20>("observed.leader", &seen.leader)?),
        fill: B256::from(fixed::<32>("observed.fill_id", &seen.fill_id)?),
        price: price("observed.price_e4", seen.price_e4)?,
        size: ShareUnits::new(bounded("observed.shares_units", seen.shares_units)?),
        traded_ms: moment("observed.traded_ms", seen.traded_ms)?,
        observed_ms: moment("observed.observed_ms", seen.observed_ms)?,
    })
}

fn exchange(message: &wire::Intent) -> Result<Exchange, Status> {
    match message.exchange() {
        wire::Exchange::V2Standard => Ok(Exchange::V2Standard),
        wire::Exchange::V2NegRisk => Ok(Exchange::V2NegRisk),
        wire::Exchange::V3 => Ok(Exchange::V3),
        wire::Exchange::Unspecified => Err(invalid(
            "exchange",
            "not given or not known",
            "set V2_STANDARD, V2_NEG_RISK or V3, as the market's data says",
        )),
    }
}

fn side(message: &wire::Intent) -> Result<Side, Status> {
    match message.side() {
        wire::Side::Buy => Ok(Side::Buy),
        wire::Side::Sell => Ok(Side::Sell),
        wire::Side::Unspecified => {
            Err(invalid("side", "not given or not known", "set BUY or SELL"))
        }
    }
}

fn size(message: &wire::Intent) -> Result<Size, Status> {
    match message.size {
        Some(wire::intent::Size::SharesUnits(units)) => Ok(Size::Shares(ShareUnits::new(bounded(
            "shares_units",
            units,
        )?))),
        Some(wire::intent::Size::CollateralUnits(units)) => Ok(Size::Collateral(
            CollateralUnits::new(bounded("collateral_units", units)?),
        )),
        None => Err(invalid(
            "size",
            "not given",
            "set shares_units or collateral_units",
        )),
    }
}

fn approved(approval: &Approval) -> wire::Approved {
    wire::Approved {
        order: Some(order_message(approval)),
        order_hash: approval.order_hash.to_vec(),
        signature: approval.signature.clone(),
        leaf_index: approval.leaf_index,
        charge_units: approval.charge_units,
    }
}

fn order_message(approval: &Approval) -> wire::Order {
    let order = &approval.order;
    // Every strict order's numbers fit; one that does not is no order of ours.
    let small = |value: U256| u64::try_from(value).unwrap_or(0);
    wire::Order {
        salt: small(order.salt),
        maker: order.maker.to_vec(),
        signer: order.signer.to_vec(),
        token_id: order.tokenId.to_be_bytes::<32>().to_vec(),
        maker_amount_units: small(order.makerAmount),
        taker_amount_units: small(order.takerAmount),
        side: match Side::from_u8(order.side) {
            Some(Side::Buy) => wire::Side::Buy,
            Some(Side::Sell) => wire::Side::Sell,
            None => wire::Side::Unspecified,
        }
        .into(),
        signature_type: u32::from(order.signatureType),
        timestamp_ms: small(order.timestamp),
        metadata: order.metadata.to_vec(),
        builder: order.builder.to_vec(),
        chain_id: approval.venue.chain.id(),
        exchange: match approval.venue.exchange {
            Exchange::V2Standard => wire::Exchange::V2Standard,
            Exchange::V2NegRisk => wire::Exchange::V2NegRisk,
            Exchange::V3 => wire::Exchange::V3,
        }
        .into(),
    }
}

fn denied(said: Said) -> Result<wire::Denied, Status> {
    match said {
        Said::Denied {
            code,
            sentence,
            retry_at_ms,
            leaf_index,
        } => Ok(wire::Denied {
            code,
            sentence,
            retry_at_ms,
            leaf_index,
        }),
        Said::Approved(_)
        | Said::WouldApprove { .. }
        | Said::Status(_)
        | Said::Noted { .. }
        | Said::Frozen { .. } => Err(no_answer()),
    }
}

fn standing_message(standing: frame::Standing) -> wire::Standing {
    wire::Standing {
        journal_id: standing.journal_id.to_vec(),
        journal_size: standing.journal_size,
        signing_address: standing.signing_address.to_vec(),
        lines: standing
            .lines
            .into_iter()
            .map(|line| wire::Line {
                name: line.name,
                value: line.value,
            })
            .collect(),
    }
}
