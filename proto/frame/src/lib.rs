//! The fixed bytes that both sides must agree on.
//!
//! For: what is asked and what is answered as one spelling each, the MACs over
//! them, the frames between the signer's own processes, and the header of a
//! sealed key.
//!
//! Never touches: protobuf, sockets, clocks, randomness. A door between the
//! two sides may read, drop and delay; what it cannot do is make one of these.
//!
//! Invariant: every field has a fixed width or its length before it, so two
//! different questions never have the same bytes.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod answer;
mod ask;
pub mod calendar;
pub mod channel;
pub mod hop;
pub mod intent;
pub mod intent_id;
pub mod label;
pub mod local;
mod mac;
mod read;
mod role;
mod sealed;
pub mod tags;
mod write;

pub use answer::{Answer, Approval, Line, Standing};
pub use ask::{Ask, Method};
pub use mac::{Epoch, Mac, Prover, RequestHash, RequestKey, same};
pub use read::Reader;
pub use role::Role;
pub use sealed::{Header, HeaderError, Kdf, SEALED_BYTES, SEALED_BYTES_MAX, TOTP_BYTES};
pub use write::Writer;
