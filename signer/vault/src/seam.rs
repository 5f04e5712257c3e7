//! What crosses between the vault's decisions and whoever asks: plain structs.
//!
//! Invariant: nothing here, and nothing in the vault, knows gRPC, TLS or an
//! async runtime; nor do decisions know from which socket a question came.

pub(crate) use frame::hop::Asked as Question;
use frame::hop::{Proof, Unproven};
use frame::{Epoch, Mac};
use page::Page;

/// One question, and where its answer goes.
pub(crate) struct Call {
    pub(crate) request: Request,
    pub(crate) reply: Box<dyn Reply>,
}

impl Call {
    /// Whether someone waits for it; a freeze is wanted by whoever asked,
    /// though nobody stays to hear of it.
    pub(crate) fn is_to_be_decided(&self) -> bool {
        self.request.is_freeze() || self.reply.is_wanted()
    }
}

/// Where an answer goes.
pub(crate) trait Reply {
    /// Whether anyone still waits. What nobody waits for is not decided,
    /// unless it is a freeze.
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
    /// The figures as a scraper reads them.
    Metrics,
}

impl Request {
    /// Whether it stops all signing but tickets.
    pub(crate) const fn is_freeze(&self) -> bool {
        matches!(
            self,
            Self::Local(Local::Freeze(_))
                | Self::Proven {
                    question: Question::Freeze(_),
                    ..
                }
        )
    }
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
    /// A step of an export.
    Export(String),
    /// A login at the venue, by its nonce.
    ClobAuth(u64),
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
    /// To the operator or a scraper: text, or a refusal.
    Local(Result<String, String>),
    /// A fault: the lack of an answer. It says nothing about the order.
    Failed,
}
