//! A caller of our own, with a certificate and a request key: asks what the
//! orchestrator asks, and whatever else comes to mind.

use frame::intent::{Intent, Kind, Size};
use frame::{Ask, Epoch, RequestKey};
use order::{Exchange, Side};
use tonic::Status;
use tonic::transport::Channel;
pub use wire::apply_note_response::Outcome as Carried;
pub use wire::explain_order_response::Outcome as Explained;
use wire::get_status_request::Opening;
use wire::sign_order_response::Outcome;
use wire::signer_client::SignerClient;

use crate::client;
use crate::pki::Pair;

/// Runs `future` to its end, on this thread.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// An open epoch over an open connection.
pub struct Session {
    /// The raw client, for messages that no honest caller sends.
    pub client: SignerClient<Channel>,
    name: String,
    key: RequestKey,
    /// The epoch that the signer gave.
    pub epoch: Epoch,
    counter: u64,
}

impl Session {
    /// Connects to `address` as `name` and opens an epoch.
    ///
    /// # Errors
    ///
    /// What the transport or the signer says.
    pub async fn open(
        address: &str,
        pair: &Pair,
        name: &str,
        key: [u8; 32],
    ) -> Result<Self, Status> {
        let client = client::connect(address, pair)
            .await
            .map_err(|e| Status::unavailable(e.to_string()))?;
        let mut session = Self {
            client,
            name: name.to_owned(),
            key: RequestKey::new(key),
            epoch: [0; 16],
            counter: 0,
        };
        session.hello().await?;
        Ok(session)
    }

    /// Says hello over its connection: begins its next epoch.
    ///
    /// # Errors
    ///
    /// What the transport or the signer says.
    pub async fn hello(&mut self) -> Result<(), Status> {
        let (name, key) = (&self.name, &self.key);
        let challenge = crate::keys::random();
        let hello = wire::Hello {
            caller: name.clone(),
            challenge: challenge.to_vec(),
            mac: key.prover().hello(name, &challenge).to_vec(),
        };
        let request = wire::GetStatusRequest {
            opening: Some(Opening::Hello(hello)),
        };
        let answer = self.client.get_status(request).await?.into_inner();
        let Some(wire::get_status_response::Outcome::Welcome(welcome)) = answer.outcome else {
            panic!("a hello is answered with a welcome: {answer:?}");
        };
        let epoch: Epoch = welcome.epoch.try_into().expect("16 bytes");
        let mac = key.prover().welcome(name, &challenge, &epoch);
        assert_eq!(welcome.mac, mac, "the welcome is the signer's");
        (self.epoch, self.counter) = (epoch, 0);
        Ok(())
    }

    /// The counter that was used last.
    pub const fn counter(&self) -> u64 {
        self.counter
    }

    /// Proves `ask` with the next counter.
    pub fn prove(&mut self, ask: &Ask<'_>) -> wire::Auth {
        self.counter += 1;
        self.prove_as(ask, self.counter)
    }

    /// Proves `ask` with this counter.
    pub fn prove_as(&self, ask: &Ask<'_>, counter: u64) -> wire::Auth {
        let (mac, _) = self.key.prover().ask(&self.name, &self.epoch, counter, ask);
        wire::Auth {
            caller: self.name.clone(),
            epoch: self.epoch.to_vec(),
            counter,
            mac: mac.to_vec(),
        }
    }

    /// The request that asks for `intent`.
    pub fn request(&mut self, intent: &Intent) -> wire::SignOrderRequest {
        self.request_with(intent, &[])
    }

    /// The request that asks for `intent`, and brings what watchers signed.
    pub fn request_with(&mut self, intent: &Intent, attestation: &[u8]) -> wire::SignOrderRequest {
        let auth = self.prove(&Ask::Sign {
            intent: &intent.frame(),
            attestation,
        });
        wire::SignOrderRequest {
            auth: Some(auth),
            intent: Some(message(intent)),
            attestation: attestation.to_vec(),
        }
    }

    /// Asks for `intent`.
    ///
    /// # Errors
    ///
    /// The lack of an answer.
    pub async fn sign(&mut self, intent: &Intent) -> Result<Outcome, Status> {
        self.sign_with(intent, &[]).await
    }

    /// The same, with what watchers signed.
    ///
    /// # Errors
    ///
    /// The lack of an answer.
    pub async fn sign_with(
        &mut self,
        intent: &Intent,
        attestation: &[u8],
    ) -> Result<Outcome, Status> {
        let request = self.request_with(intent, attestation);
        let answer = self.client.sign_order(request).await?.into_inner();
        assert_eq!(answer.mac.len(), 32, "every answer is proven");
        Ok(answer.outcome.expect("an outcome"))
    }

    /// Asks what would become of `intent`.
    ///
    /// # Errors
    ///
    /// The lack of an answer.
    pub async fn explain(&mut self, intent: &Intent) -> Result<Explained, Status> {
        let auth = self.prove(&Ask::Explain {
            intent: &intent.frame(),
        });
        let request = wire::ExplainOrderRequest {
            auth: Some(auth),
            intent: Some(message(intent)),
        };
        let answer = self.client.explain_order(request).await?.into_inner();
        assert_eq!(answer.mac.len(), 32, "every answer is proven");
        Ok(answer.outcome.expect("an outcome"))
    }

    /// Asks for the status's lines.
    ///
    /// # Errors
    ///
    /// The lack of an answer.
    pub async fn status(&mut self) -> Result<wire::Standing, Status> {
        let auth = self.prove(&Ask::Status);
        let request = wire::GetStatusRequest {
            opening: Some(Opening::Auth(auth)),
        };
        let answer = self.client.get_status(request).await?.into_inner();
        match answer.outcome {
            Some(wire::get_status_response::Outcome::Standing(standing)) => Ok(standing),
            other => panic!("a status is a standing: {other:?}"),
        }
    }

    /// Carries a note.
    ///
    /// # Errors
    ///
    /// The lack of an answer.
    pub async fn note(&mut self, envelope: &[u8]) -> Result<Carried, Status> {
        let auth = self.prove(&Ask::Note { envelope });
        let request = wire::ApplyNoteRequest {
            auth: Some(auth),
            envelope: envelope.to_vec(),
        };
        let answer = self.client.apply_note(request).await?.into_inner();
        assert_eq!(answer.mac.len(), 32, "every answer is proven");
        Ok(answer.outcome.expect("an outcome"))
    }

    /// Asks to freeze.
    ///
    /// # Errors
    ///
    /// The lack of an answer.
    pub async fn freeze(&mut self, reason: &str) -> Result<u64, Status> {
        let auth = self.prove(&Ask::Freeze { reason });
        let request = wire::FreezeRequest {
            auth: Some(auth),
            reason: reason.to_owned(),
        };
        let answer = self.client.freeze(request).await?.into_inner();
        Ok(answer.frozen.expect("a leaf").leaf_index)
    }
}

/// An intent as a message, every field as it is.
pub fn message(intent: &Intent) -> wire::Intent {
    let (kind, observed) = match &intent.kind {
        Kind::Copy(seen) => (
            wire::OrderKind::Copy,
            Some(wire::Observed {
                leader: seen.leader.to_vec(),
                fill_id: seen.fill.to_vec(),
                price_e4: seen.price.get().into(),
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
        attempt: intent.attempt.into(),
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
        limit_price_e4: intent.limit_price.get().into(),
        size: Some(match intent.size {
            Size::Shares(units) => wire::intent::Size::SharesUnits(units.get()),
            Size::Collateral(units) => wire::intent::Size::CollateralUnits(units.get()),
        }),
        tick_size_e4: intent.tick_size.e4().into(),
        deadline_ms: intent.deadline_ms,
        strategy: intent.strategy.as_str().to_owned(),
        observed,
    }
}
