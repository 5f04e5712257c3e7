//! Every method, asked as well as it can be asked: if the connection is heard,
//! so is the question.

use frame::Ask;
use tests::ask;
use tests::desk::Desk;
use tests::session::{Session, message};
use tonic::transport::Channel;
use tonic::{Code, Status};
use wire::get_status_request::Opening;
use wire::health::HealthCheckRequest;
use wire::health::health_client::HealthClient;
use wire::signer_client::SignerClient;

/// What a question came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// No method heard it.
    Outside,
    /// A method heard it, and who asked may not.
    Forbidden,
    /// It was answered, with a yes or a no.
    Answered,
}

/// One method of the two services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Sign,
    Explain,
    Hello,
    Status,
    Note,
    Freeze,
    Health,
}

pub(super) const METHODS: [Method; 7] = [
    Method::Sign,
    Method::Explain,
    Method::Status,
    Method::Note,
    Method::Freeze,
    Method::Health,
    // Last: it would end the epoch of those before.
    Method::Hello,
];

impl Method {
    /// Whether `role` may ask it.
    pub(super) fn is_of(self, role: &str) -> bool {
        match self {
            Self::Hello | Self::Status | Self::Health => true,
            Self::Note | Self::Freeze => role != "monitor",
            Self::Sign | Self::Explain => role == "orchestrator",
        }
    }

    /// Asks over `channel`, proven by `session`, whoever `channel` belongs to.
    pub(super) async fn ask(self, channel: Channel, desk: &Desk, session: &mut Session) -> Outcome {
        if self == Self::Hello {
            let own = std::mem::replace(&mut session.client, SignerClient::new(channel));
            let said = session.hello().await;
            session.client = own;
            return outcome(said);
        }
        let mut client = SignerClient::new(channel.clone());
        match self {
            Self::Sign => {
                let intent = ask::buy(&desk.book, &format!("cell-{}", session.counter()));
                outcome(client.sign_order(session.request(&intent)).await)
            }
            Self::Explain => {
                let intent = ask::buy(&desk.book, "cell");
                let auth = session.prove(&Ask::Explain {
                    intent: &intent.frame(),
                });
                let request = wire::ExplainOrderRequest {
                    auth: Some(auth),
                    intent: Some(message(&intent)),
                };
                outcome(client.explain_order(request).await)
            }
            Self::Status => {
                let opening = Some(Opening::Auth(session.prove(&Ask::Status)));
                outcome(client.get_status(wire::GetStatusRequest { opening }).await)
            }
            Self::Note => {
                let envelope = b"no note".to_vec();
                let auth = Some(session.prove(&Ask::Note {
                    envelope: &envelope,
                }));
                outcome(
                    client
                        .apply_note(wire::ApplyNoteRequest { auth, envelope })
                        .await,
                )
            }
            Self::Freeze => {
                let reason = "a cell".to_owned();
                let auth = Some(session.prove(&Ask::Freeze { reason: &reason }));
                outcome(client.freeze(wire::FreezeRequest { auth, reason }).await)
            }
            Self::Hello | Self::Health => {
                let request = HealthCheckRequest::default();
                outcome(HealthClient::new(channel).check(request).await)
            }
        }
    }
}

fn outcome<T>(said: Result<T, Status>) -> Outcome {
    match said {
        Ok(_) => Outcome::Answered,
        // A status that nobody sent has what failed as its cause.
        Err(status) if std::error::Error::source(&status).is_some() => Outcome::Outside,
        Err(status) if status.code() == Code::PermissionDenied => Outcome::Forbidden,
        Err(status) => panic!("an answer that no cell has: {status:?}"),
    }
}
