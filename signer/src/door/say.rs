//! The log's line of a question: who, what, and how it ended.
//!
//! Invariant: no signature, MAC or key is ever in it, and nothing in it is text
//! that a caller wrote freely.

use policy::{Intent, Size};

use crate::vault::seam::{Answer, Question, Request};

/// What was asked, as a person reads it in the log.
pub(super) enum Asked {
    /// A signature: the attempt, its side, and its size.
    Order(String),
    /// Anything else.
    Other(&'static str),
}

impl Asked {
    pub(super) fn of(request: &Request) -> Self {
        match request {
            Request::Proven { question, .. } => match question {
                Question::Sign(intent) => Self::Order(words(intent)),
                Question::Explain(_) => Self::Other("explain"),
                Question::Status => Self::Other("status"),
                Question::Note(_) => Self::Other("note"),
                Question::Freeze(_) => Self::Other("freeze"),
            },
            Request::Hello { .. } => Self::Other("hello"),
            Request::Ping => Self::Other("health"),
            Request::Local(_) | Request::Stop => Self::Other("local"),
        }
    }

    fn words(&self) -> &str {
        match self {
            Self::Order(words) => words,
            Self::Other(word) => word,
        }
    }
}

/// `20261120-a/0 COPY BUY 10 shares at 0.41`
fn words(intent: &Intent) -> String {
    let size = match intent.size {
        Size::Shares(shares) => format!("{shares} shares"),
        Size::Collateral(collateral) => format!("{collateral} USDC"),
    };
    format!(
        "{}/{} {} {} {size} at {}",
        intent.id.as_str(),
        intent.attempt,
        intent.kind.word(),
        intent.side.as_str(),
        intent.limit_price
    )
}

/// One line a decision, without signatures; a denial in an operator's words.
pub(super) fn log(caller: &str, asked: &Asked, answer: &Answer, micros: u64) {
    let words = asked.words();
    match answer {
        Answer::Proven { answer, .. } => match answer.as_ref() {
            frame::Answer::Approved(approval) => {
                let leaf = approval.leaf_index;
                tracing::info!(caller, leaf, micros, "APPROVED {words}");
            }
            frame::Answer::Denied {
                code,
                sentence,
                leaf_index: leaf,
                ..
            } => tracing::info!(caller, leaf, micros, "DENIED {code} {words}: {sentence}"),
            frame::Answer::WouldApprove { .. }
            | frame::Answer::Status(_)
            | frame::Answer::Noted { .. }
            | frame::Answer::Frozen { .. } => {}
        },
        Answer::Unproven(why) => tracing::warn!(caller, ?why, micros, "not proven: {words}"),
        Answer::Failed => tracing::error!(caller, micros, "FAILED {words}"),
        Answer::Welcome { .. } => tracing::info!(caller, "epoch"),
        Answer::Local(_) => {}
    }
}
