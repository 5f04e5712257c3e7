//! What crosses between the door and the vault: plain structs.
//!
//! Invariant: nothing here, and nothing in the vault, knows gRPC, TLS or an
//! async runtime; the seam can become a socket without either side noticing.

use order::{Address, B256, strict};
use policy::{Charge, Denial, Intent};

/// One question, and where its answer goes.
pub(crate) struct Call {
    /// Who asks: the configured name of the pinned caller.
    pub(crate) caller: String,
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

/// What can be asked.
pub(crate) enum Request {
    Sign(Box<Intent>),
    Status,
}

/// What can be answered. A fault is the lack of an answer and says nothing
/// about the order.
pub(crate) enum Answer {
    Signed(Box<Signed>),
    Denied { denial: Denial, leaf_index: u64 },
    Status(Status),
    Failed,
}

/// A recorded order with its signature.
pub(crate) struct Signed {
    pub(crate) order: strict::Order,
    pub(crate) order_hash: B256,
    pub(crate) signature: Vec<u8>,
    pub(crate) leaf_index: u64,
    pub(crate) charge: Charge,
}

/// What the vault is and how far it has come.
pub(crate) struct Status {
    pub(crate) journal_id: [u8; 16],
    pub(crate) journal_size: u64,
    pub(crate) signing_address: Address,
    pub(crate) charged_units: u64,
}
