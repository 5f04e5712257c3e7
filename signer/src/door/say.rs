//! The log's line of a question: who asked, under which name, and how it ended.
//!
//! Invariant: no signature, MAC or key is ever in it, nor what an intent wants:
//! logs are read by more people than journals. `signerctl log` tells the rest.

use frame::hop::{Asked as Question, Question as Request, Reply};

/// What was asked, as a person reads it in the log.
pub(super) enum Asked {
    /// A signature: the attempt's name.
    Order(String),
    /// Anything else.
    Other(&'static str),
}

impl Asked {
    pub(super) fn of(request: &Request) -> Self {
        match request {
            Request::Proven { asked, .. } => match asked {
                Question::Sign(intent, _) => {
                    Self::Order(format!("{}/{}", intent.id.as_str(), intent.attempt))
                }
                Question::Explain(_) => Self::Other("explain"),
                Question::Status => Self::Other("status"),
                Question::Note(_) => Self::Other("note"),
                Question::Freeze(_) => Self::Other("freeze"),
            },
            Request::Hello { .. } => Self::Other("hello"),
            Request::Ping => Self::Other("health"),
            Request::Metrics | Request::GiveUp => Self::Other("figures"),
        }
    }

    fn words(&self) -> &str {
        match self {
            Self::Order(words) => words,
            Self::Other(word) => word,
        }
    }
}

/// One line a decision.
pub(super) fn log(caller: &str, asked: &Asked, answer: &Reply, micros: u64) {
    let words = asked.words();
    match answer {
        Reply::Proven { answer, .. } => match answer.as_ref() {
            frame::Answer::Approved(approval) => {
                let leaf = approval.leaf_index;
                tracing::info!(caller, leaf, micros, "APPROVED {words}");
            }
            frame::Answer::Denied {
                code,
                leaf_index: leaf,
                ..
            } => tracing::info!(caller, leaf, micros, "DENIED {code} {words}"),
            frame::Answer::WouldApprove { .. }
            | frame::Answer::Status(_)
            | frame::Answer::Noted { .. }
            | frame::Answer::Frozen { .. } => {}
        },
        Reply::Unproven(why) => tracing::warn!(caller, ?why, micros, "not proven: {words}"),
        Reply::Failed => tracing::error!(caller, micros, "FAILED {words}"),
        Reply::Welcome { .. } => tracing::info!(caller, "epoch"),
        Reply::Text(_) => {}
    }
}
