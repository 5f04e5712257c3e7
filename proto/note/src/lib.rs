//! Signed notes: the text everyone reads, and who must have signed it.
//!
//! For: the envelope and its signatures ([`verify`], [`sign`]), the text of
//! each kind ([`Body`]), and the table of who may say what ([`admit`]).
//!
//! Never touches: a clock, a disk, a socket, randomness, the trading key. The
//! time is an argument; seeds are handed in and wiped.
//!
//! Invariant: a text is parsed only after a known key's signature on it was
//! checked: [`admit`] takes a [`Verified`], and only [`verify`] makes one.
//! Invariant: a text that parses prints as the same bytes.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod admit;
mod alive;
mod attestation;
mod authority;
mod cancel;
mod chain;
mod declare;
mod dial;
mod envelope_refusal;
mod export;
mod fill;
mod key;
mod keyset;
mod kind;
mod limits;
mod listing;
mod market;
mod policy;
mod recovery;
mod refusal;
mod roles;
mod rules;
mod signed;
mod spelling;
mod table;
mod text;
mod text_refusal;
mod ticket;
mod time;
mod time_refusal;
mod unfreeze;
mod watching;
mod write_off;

pub use admit::{Admitted, Effect, admit, receive};
pub use alive::Alive;
pub use attestation::Attestation;
pub use authority::{ATTESTED_MAX, Authority, Held, Pending, TICKETS_MAX, TOKEN_FLOORS_MAX};
pub use cancel::Cancel;
pub use chain::{ChainRefusal, SERIAL_STEP_MAX};
pub use declare::{Declare, Holding};
pub use dial::{Dial, Dialed, TokenFloor};
pub use envelope_refusal::EnvelopeRefusal;
pub use export::{Export, Recipient};
pub use fill::{Fill, Filled};
pub use key::{
    Key, KeyId, NAME_BYTES_MAX, PublicKey, Seed, VerifierKey, WitnessKey, name_is_legal,
};
pub use keyset::KeySet;
pub use kind::{
    ATTESTATION_SECONDS_MAX, Body, Kind, TICKET_SECONDS_MAX, WINDOW_SECONDS_MAX, Window,
};
pub use limits::{Budgets, Exits, OrderLimits, Presence, Stage};
pub use listing::{Listed, Listing, Listings};
pub use market::{Listers, Market, Markets};
pub use policy::{
    Extras, Host, Mode, Permitted, Policy, Scope, Strategy, StrategyCaps, Wallet, Witnessing,
};
pub use recovery::Recovery;
pub use refusal::NoteRefusal;
pub use signed::{
    ENVELOPE_BYTES_MAX, Envelope, NoteHash, SIGNATURES_MAX, TEXT_BYTES_MAX, Verified, sign, verify,
};
pub use spelling::{JournalId, NoteId};
pub use table::{Need, Once, Role, Row, Start, row};
pub use text_refusal::TextRefusal;
pub use ticket::Ticket;
pub use time::{MinuteOfDay, Now, UtcSeconds};
pub use time_refusal::TimeRefusal;
pub use unfreeze::Unfreeze;
pub use watching::{Watchers, Watching};
pub use write_off::{Evidence, WriteOff, WrittenOff};
