//! What the journal tells the state, leaf by leaf.
//!
//! The same rows whether they were just written or are read back at a start,
//! so the state after a crash is the state before it.
//!
//! Invariant: an [`Approval`] holds all that the state takes from a signed
//! order; nothing about it is remembered that its row does not say.

use alloc::boxed::Box;

use note::{Body, NoteId};
use order::{Address, B256, CollateralUnits, Exchange, Side, U256};

use crate::charge::Charge;
use crate::intent::Fingerprint;
use crate::intent_id::IntentId;
use crate::label::Label;
use crate::standing::FreezeReason;
use crate::time::Time;

/// One leaf of the journal that changes what may be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its index; they rise, and leaves that change nothing may be left out.
    pub leaf: u64,
    /// When it was decided.
    pub at: Time,
    /// What it says.
    pub entry: Entry,
}

/// What a leaf says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// An order was approved, to be signed once this is on disk.
    Approved(Box<Approval>),
    /// A note was admitted. Policies, key sets, cancels and dials are kept by
    /// [`note::Authority`] and change nothing here, but for the largest fee.
    Note(Box<Body>),
    /// A buy was denied because the day's cap was reached.
    DayReached {
        /// The cap that was reached.
        limit: CollateralUnits,
    },
    /// Nothing is signed from here on but tickets.
    Froze {
        /// Who asked, or the room that found a reason.
        by: Label,
        /// Why.
        reason: FreezeReason,
    },
    /// The signer started.
    Started {
        /// Whether a person unlocked it; if not, it reduces until an `alive`.
        attended: bool,
    },
    /// It stopped cleanly, and nothing was charged behind this.
    Stopped,
    /// Charges were allowed ahead, once the witnesses hold this leaf.
    Advanced {
        /// At most so much, collateral base units.
        units: u64,
    },
    /// The clocks disagreed by more than two seconds.
    ClockJumped,
    /// A person accepted the wall's time.
    ClockAccepted,
}

/// A signed order, as its row has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approval {
    /// The intent's name.
    pub intent_id: IntentId,
    /// Which try.
    pub attempt: u16,
    /// Of the whole intent.
    pub fingerprint: Fingerprint,
    /// Whether it was an EXIT, which has a rate of its own.
    pub exit: bool,
    /// Whose budget it was.
    pub strategy: Label,
    /// Whose trade it copied.
    pub leader: Option<Address>,
    /// The caller's name for the leader's fill, if it was a copy.
    pub fill: Option<B256>,
    /// Whether it was signed for the chain with the money.
    pub live: bool,
    /// Outcome token, or V3 position id.
    pub token_id: U256,
    /// The exchange it was signed for.
    pub exchange: Exchange,
    /// BUY or SELL.
    pub side: Side,
    /// Most that is given, base units.
    pub maker_amount: u64,
    /// Least that is received, base units.
    pub taker_amount: u64,
    /// The order's hash.
    pub order_hash: B256,
    /// What the meters were charged; zero for a SELL.
    pub charge: Charge,
    /// The ticket it used, which is then used up.
    pub ticket: Option<NoteId>,
    /// Of the key that signs it.
    pub generation: u32,
}

/// Why a row cannot be of this journal. The state stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// Its leaf does not come after the last.
    LeafOrder,
    /// It approves amounts that no order has, or charges more than the highest fee.
    Amounts,
    /// It approves an attempt that was approved before.
    AttemptTwice,
    /// It approves an order that was approved before.
    OrderTwice,
    /// It uses a ticket that was not there to use.
    TicketMissing,
}
