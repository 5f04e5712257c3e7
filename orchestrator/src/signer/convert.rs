//! The one file of the orchestrator that names wire types.

use frame::intent::{Intent, Kind, Size};
use frame::{Answer, Approval, Ask, Epoch, Line, Mac, Standing};
use order::{Address, B256, Chain, Exchange, Side, U256, Venue, raw};
use tonic::transport::Channel;
use wire::health::health_check_response::ServingStatus;
use wire::health::health_client::HealthClient;
use wire::signer_client::SignerClient;

use super::session::{Proven, Session};

/// Why there is no answer.
pub(super) enum NoAnswer {
    /// The epoch is over: open another and ask again.
    Epoch,
    /// Anything else; asking again under the same name is safe. Also what says that
    /// the message is refused: a status is the door's word, and proves no denial.
    Failed(String),
}

/// Asks for an order, and returns the answer if it is proven.
pub(super) async fn sign(
    channel: Channel,
    session: &Session,
    intent: &Intent,
    attestation: &[u8],
) -> Result<Answer, NoAnswer> {
    use wire::sign_order_response::Outcome;
    let framed = intent.frame();
    let ask = Ask::Sign {
        intent: &framed,
        attestation,
    };
    let (proven, auth) = prove(channel.clone(), session, &ask).await?;
    let request = wire::SignOrderRequest {
        auth: Some(auth),
        intent: Some(intent_message(intent)),
        attestation: attestation.to_vec(),
    };
    let answer = SignerClient::new(channel).sign_order(request).await;
    let wire::SignOrderResponse { outcome, mac } = sorted(session, &proven, answer).await?;
    let answer = match outcome {
        None => return Err(NoAnswer::Failed("the signer sent no outcome".to_owned())),
        Some(Outcome::Denied(denied)) => denial(denied),
        Some(Outcome::Approved(approved)) => approval(approved)
            .map(|approval| Answer::Approved(Box::new(approval)))
            .ok_or_else(|| NoAnswer::Failed("the signer's order does not parse".to_owned()))?,
    };
    believed(session, &proven, answer, &mac)
}

/// Carries a note, and returns the answer if it is proven.
pub(super) async fn carry(
    channel: Channel,
    session: &Session,
    envelope: &[u8],
) -> Result<Answer, NoAnswer> {
    use wire::apply_note_response::Outcome;
    let (proven, auth) = prove(channel.clone(), session, &Ask::Note { envelope }).await?;
    let request = wire::ApplyNoteRequest {
        auth: Some(auth),
        envelope: envelope.to_vec(),
    };
    let answer = SignerClient::new(channel).apply_note(request).await;
    let wire::ApplyNoteResponse { outcome, mac } = sorted(session, &proven, answer).await?;
    let answer = match outcome {
        None => return Err(NoAnswer::Failed("the signer sent no outcome".to_owned())),
        Some(Outcome::Denied(denied)) => denial(denied),
        Some(Outcome::Noted(wire::Noted {
            kind,
            effective_at_s,
            leaf_index,
        })) => Answer::Noted {
            kind,
            effective_at_s,
            leaf_index,
        },
    };
    believed(session, &proven, answer, &mac)
}

/// Asks what the signer is, and returns the answer if it is proven.
pub(super) async fn status(channel: Channel, session: &Session) -> Result<Standing, NoAnswer> {
    use wire::get_status_request::Opening;
    use wire::get_status_response::Outcome;
    let (proven, auth) = prove(channel.clone(), session, &Ask::Status).await?;
    let request = wire::GetStatusRequest {
        opening: Some(Opening::Auth(auth)),
    };
    let answer = SignerClient::new(channel).get_status(request).await;
    let wire::GetStatusResponse { outcome, mac } = sorted(session, &proven, answer).await?;
    let Some(Outcome::Standing(standing)) = outcome else {
        return Err(NoAnswer::Failed("the signer sent no status".to_owned()));
    };
    let standing = standing_of(standing)
        .ok_or_else(|| NoAnswer::Failed("the signer's status does not parse".to_owned()))?;
    match believed(session, &proven, Answer::Status(standing), &mac)? {
        Answer::Status(standing) => Ok(standing),
        Answer::Approved(_)
        | Answer::WouldApprove { .. }
        | Answer::Denied { .. }
        | Answer::Noted { .. }
        | Answer::Frozen { .. } => Err(NoAnswer::Failed("no status".to_owned())),
    }
}

async fn prove(
    channel: Channel,
    session: &Session,
    ask: &Ask<'_>,
) -> Result<(Proven, wire::Auth), NoAnswer> {
    let epoch = session
        .epoch(|name, challenge, mac| hello(channel, name, challenge, mac))
        .await
        .map_err(NoAnswer::Failed)?;
    let proven = session.prove(epoch, ask);
    let auth = wire::Auth {
        caller: proven.caller.clone(),
        epoch: proven.epoch.to_vec(),
        counter: proven.counter,
        mac: proven.mac.to_vec(),
    };
    Ok((proven, auth))
}

/// Sends a hello and brings back the welcome.
async fn hello(
    channel: Channel,
    caller: String,
    challenge: [u8; 32],
    mac: Mac,
) -> Result<(Epoch, Mac), String> {
    use wire::get_status_request::Opening;
    use wire::get_status_response::Outcome;
    let hello = wire::Hello {
        caller,
        challenge: challenge.to_vec(),
        mac: mac.to_vec(),
    };
    let request = wire::GetStatusRequest {
        opening: Some(Opening::Hello(hello)),
    };
    let answer = SignerClient::new(channel).get_status(request).await;
    let answer = answer.map_err(|status| words(&status))?.into_inner();
    match answer.outcome {
        Some(Outcome::Welcome(welcome)) => {
            let epoch = welcome
                .epoch
                .try_into()
                .map_err(|_ignored| "an epoch of another length")?;
            let mac = welcome
                .mac
                .try_into()
                .map_err(|_ignored| "a MAC of another length")?;
            Ok((epoch, mac))
        }
        Some(Outcome::Standing(_)) | None => Err("the signer sent no welcome".to_owned()),
    }
}

/// Asks the standard health question, which opens no epoch and proves nothing:
/// whether the signer serves.
pub(super) async fn serves(channel: Channel) -> Result<bool, String> {
    let question = wire::health::HealthCheckRequest {
        service: String::new(),
    };
    let answer = HealthClient::new(channel).check(question).await;
    let answer = answer.map_err(|status| words(&status))?.into_inner();
    Ok(answer.status() == ServingStatus::Serving)
}

/// A gRPC status as words, with the setting of ours that it speaks of.
fn words(status: &tonic::Status) -> String {
    let text = format!("{}: {}", status.code(), status.message());
    // The verifier's own word, wherever in the transport's chain it stands.
    if text.contains("ApplicationVerificationFailure") {
        return "the certificate at signer.address has another key than signer.pin says; make sure \
                that it is the signer's, and write what `signerctl pin` prints for it to signer.pin"
            .to_owned();
    }
    if status.code() == tonic::Code::Unauthenticated {
        return format!(
            "{text} (if it stays so, signer.request_key is not the key that the signer has for \
             signer.caller: copy it again from `signerctl caller add`)"
        );
    }
    if text.contains("another caller's") {
        let fix = "write to signer.caller the name that signer.certificate was added under";
        return format!("{text}; {fix}");
    }
    text
}

/// Sorts a gRPC status: what it means for asking again.
async fn sorted<T>(
    session: &Session,
    proven: &Proven,
    answer: Result<tonic::Response<T>, tonic::Status>,
) -> Result<T, NoAnswer> {
    let status = match answer {
        Ok(response) => return Ok(response.into_inner()),
        Err(status) => status,
    };
    if matches!(
        status.code(),
        tonic::Code::Unauthenticated | tonic::Code::AlreadyExists
    ) {
        session.forget(proven.epoch).await;
        return Err(NoAnswer::Epoch);
    }
    Err(NoAnswer::Failed(words(&status)))
}

fn believed(
    session: &Session,
    proven: &Proven,
    answer: Answer,
    mac: &[u8],
) -> Result<Answer, NoAnswer> {
    if session.believes(&proven.hash, &answer, mac) {
        Ok(answer)
    } else {
        Err(NoAnswer::Failed(
            "the answer is not proven to be the signer's".to_owned(),
        ))
    }
}

fn intent_message(intent: &Intent) -> wire::Intent {
    let (kind, observed) = match &intent.kind {
        Kind::Copy(seen) => (
            wire::OrderKind::Copy,
            Some(wire::Observed {
                leader: seen.leader.to_vec(),
                fill_id: seen.fill.to_vec(),
                price_e4: u32::from(seen.price.get()),
                shares_units: seen.size.get(),
                traded_ms: seen.traded_ms,
                observed_ms: seen.observed_ms,
            }),
        ),
        Kind::Exit => (wire::OrderKind::Exit, None),
        Kind::Strategy => (wire::OrderKind::Strategy, None),
    };
    wire::Intent {
        kind: kind.into(),
        intent_id: intent.id.as_str().to_owned(),
        attempt: u32::from(intent.attempt),
        market: intent.market.to_vec(),
        token_id: intent.token_id.to_be_bytes::<32>().to_vec(),
        exchange: match intent.exchange {
            Exchange::V2Standard => wire::Exchange::V2Standard,
            Exchange::V2NegRisk => wire::Exchange::V2NegRisk,
            Exchange::V3 => wire::Exchange::V3,
        }
        .into(),
        side: match intent.side {
            Side::Buy => wire::Side::Buy,
            Side::Sell => wire::Side::Sell,
        }
        .into(),
        limit_price_e4: u32::from(intent.limit_price.get()),
        size: Some(match intent.size {
            Size::Shares(shares) => wire::intent::Size::SharesUnits(shares.get()),
            Size::Collateral(collateral) => wire::intent::Size::CollateralUnits(collateral.get()),
        }),
        tick_size_e4: u32::from(intent.tick_size.e4()),
        deadline_ms: intent.deadline_ms,
        strategy: intent.strategy.as_str().to_owned(),
        observed,
    }
}

fn denial(denied: wire::Denied) -> Answer {
    let wire::Denied {
        code,
        sentence,
        retry_at_ms,
        leaf_index,
    } = denied;
    Answer::Denied {
        code,
        sentence,
        retry_at_ms,
        leaf_index,
    }
}

fn approval(approved: wire::Approved) -> Option<Approval> {
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
    Some(Approval {
        venue: Venue {
            chain: Chain::from_id(message.chain_id)?,
            exchange,
        },
        order,
        order_hash: B256::from(word(&approved.order_hash)?),
        signature: approved.signature,
        leaf_index: approved.leaf_index,
        charge_units: approved.charge_units,
    })
}

fn standing_of(message: wire::Standing) -> Option<Standing> {
    Some(Standing {
        journal_id: message.journal_id.try_into().ok()?,
        journal_size: message.journal_size,
        signing_address: message.signing_address.try_into().ok()?,
        lines: message
            .lines
            .into_iter()
            .map(|line| Line {
                name: line.name,
                value: line.value,
            })
            .collect(),
    })
}

fn word(bytes: &[u8]) -> Option<[u8; 32]> {
    bytes.try_into().ok()
}

fn address(bytes: &[u8]) -> Option<Address> {
    <[u8; 20]>::try_from(bytes).ok().map(Address::from)
}
