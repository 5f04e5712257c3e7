//! The room where an intent becomes an approval, or does not.
//!
//! Pure by construction: `no_std` leaves no clock, disk, socket or randomness
//! to reach for. Whatever a decision depends on is an argument.
//!
//! Invariant: [`Approved`] has no public constructor. Holding one means
//! [`decide`] ran every rule on exactly this intent.
//!
//! ```compile_fail
//! fn forge(intent: policy::Intent, order: order::strict::Order) -> policy::Approved {
//!     policy::Approved { intent, order, charge: policy::Charge::ZERO }
//! }
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod charge;
mod denial;
mod intent;
mod rules;

pub use charge::{Charge, FeeCeiling};
pub use denial::Denial;
pub use intent::{Fingerprint, Intent, IntentId, Kind, Size};
pub use rules::{Approved, Identity, Limits, Moment, decide};
