//! What crosses between the vault and whoever asks it: plain structs.
//!
//! Invariant: nothing here, and nothing in the vault, knows gRPC, TLS or an
//! async runtime; the seam can become a socket without either side noticing.

use frame::{Ask, Epoch, Mac};
use page::Page;
use policy::Intent;

use super::callers::{Proof, Unproven};

/// One question, and where its answer goes.
pub(crate) struct Call {
    pub(crate) request: Request,
    pub(crate) reply: Box<dyn Reply>,
}

/// Where an answer goes.
pub(crate) trait Reply: Send {
    /// Whether anyone still waits. What nobody waits for is not decided.
    fn is_wanted(&self) -> bool;
    /// Takes the answer away. It must not block: the vault waits for it.
    fn answer(self: Box<Self>, answer: Answer);
}

/// Who asks, and what.
pub(crate) enum Request {
    /// A caller opens an epoch. The name is the pinned one of its connection.
    Hello {
        caller: String,
        challenge: [u8; 32],
        mac: Mac,
    },
    /// A caller's question, to be proven.
    Proven {
        caller: String,
        proof: Proof,
        question: Question,
    },
    /// The operator, on the local socket.
    Local(Local),
    /// Whether it answers; nothing is asked and nothing decided.
    Ping,
    /// Whoever runs the vault: finish, and come to an end.
    Stop,
}

/// What a caller can ask.
pub(crate) enum Question {
    Sign(Box<Intent>),
    Explain(Box<Intent>),
    Status,
    Note(Vec<u8>),
    Freeze(String),
}

/// What the operator can ask.
pub(crate) enum Local {
    Status,
    /// The sealing key, in the first bytes of its page.
    Unlock(Page),
    Lock,
    Note(Vec<u8>),
    Found(Vec<u8>),
    Freeze(String),
    ClockAccept,
    /// The figures as a scraper reads them.
    Metrics,
}

/// What can be answered.
pub(crate) enum Answer {
    /// A caller's new epoch.
    Welcome { epoch: Epoch, mac: Mac },
    /// An answer with its proof.
    Proven {
        answer: Box<frame::Answer>,
        mac: Mac,
    },
    /// The question was not proven; it was not looked at.
    Unproven(Unproven),
    /// To the operator: text, or a refusal.
    Local(Result<String, String>),
    /// A fault: the lack of an answer. It says nothing about the order.
    Failed,
}

impl Question {
    /// Runs `with` on the question as its MAC sees it.
    pub(crate) fn framed<T>(&self, with: impl FnOnce(&Ask<'_>) -> T) -> T {
        match self {
            Self::Sign(intent) => with(&Ask::Sign {
                intent: &intent.frame(),
            }),
            Self::Explain(intent) => with(&Ask::Explain {
                intent: &intent.frame(),
            }),
            Self::Status => with(&Ask::Status),
            Self::Note(envelope) => with(&Ask::Note { envelope }),
            Self::Freeze(reason) => with(&Ask::Freeze { reason }),
        }
    }
}
