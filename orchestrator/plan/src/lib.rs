//! What we saw in, what we would ask for out.
//!
//! For: the firewall that a leader's trade must pass, how large our copy is,
//! what the book must look like, and the order that follows; and what the
//! venue takes from a fill.
//!
//! Never touches: a clock, a disk, a socket, floats, the signer's policy (two
//! readings of one limit drift: it learns those by being refused).
//!
//! Invariant: the same facts and the same `now` give the same answer.
//! Invariant: a cap only reduces. Nothing is rounded up to a minimum.
//! Invariant: no rounding moves a limit price or a size against us.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod book;
pub mod decide;
pub mod exits;
mod facts;
pub mod fee;
pub mod firewall;
pub mod guard;
pub mod lists;
mod number;
pub mod reason;
pub mod size;
mod strategy;
pub mod tiers;

pub use book::Book;
pub use decide::{Planned, decide};
pub use facts::{Account, Market, ProtocolVersion, Signal};
pub use firewall::admit;
pub use number::{Bps, Multiplier, Percent};
pub use reason::{Reason, Refusal};
pub use size::Sizing;
pub use strategy::{Markets, Misconfigured, OnCap, OrderType, Strategy, UnknownExit};
pub use tiers::Tiers;
