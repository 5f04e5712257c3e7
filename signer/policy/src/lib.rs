//! The room where an intent becomes an approval, or does not.
//!
//! Pure by construction: `no_std` leaves no clock, disk, socket or randomness
//! to reach for. Whatever a decision depends on is an argument: the intent,
//! the [`Facts`] (policy, today's values, the host), the [`State`] that the
//! journal's rows add up to, and the [`Moment`].
//!
//! Invariant: [`Approved`] has no public constructor. Holding one means
//! [`decide`] ran every rule on exactly this intent.
//! Invariant: [`State`] changes by [`State::apply`] and by nothing else, so the
//! rows on disk and the state in memory cannot disagree.
//!
//! ```compile_fail,E0451
//! fn forge(intent: policy::Intent, order: order::strict::Order) -> policy::Approved {
//!     policy::Approved {
//!         intent,
//!         order,
//!         order_hash: order::B256::ZERO,
//!         charge: policy::Charge::ZERO,
//!         ticket: None,
//!         generation: 0,
//!     }
//! }
//! ```
//!
//! ```compile_fail,E0599
//! fn twice(approved: policy::Approved) -> (policy::Approved, policy::Approved) {
//!     (approved.clone(), approved)
//! }
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

// The intent and its frame are what both sides must agree on.
use frame::{calendar, intent, intent_id, label};

mod ahead;
mod attested;
mod budget;
mod caps;
mod case;
mod charge;
mod charged;
mod code;
mod decide;
mod denial;
mod facts;
mod figures;
mod fix;
mod gate;
mod holdings;
mod meter;
mod meters;
mod orders;
mod price;
mod recall;
mod replay;
mod rollout;
mod row;
mod scope;
mod sells;
mod sentence;
mod session;
mod shelf;
mod standing;
mod state;
mod tickets;
mod time;
mod words;

pub use ahead::{Ahead, Held, advance};
pub use charge::{Charge, FeeCeiling};
pub use charged::Charged;
pub use code::Code;
pub use decide::{Approved, decide};
pub use denial::{Back, Budget, Denial, Misroute, Short};
pub use facts::{Disk, Facts, Host, Key};
pub use figures::{Figure, Figures, Horizon, figures};
pub use frame::calendar::Day;
pub use frame::intent::{Fingerprint, Intent, Kind, Observed, Size};
pub use frame::intent_id::IntentId;
pub use frame::label::Label;
pub use frame::tags::TagKey;
pub use price::{Implied, PriceE8};
pub use recall::{Recall, recall};
pub use rollout::{day_limit, day_reached};
pub use row::{Approval, Entry, Misfit, Row};
pub use session::{SessionEnds, session_ends};
pub use standing::{Cause, Causes, Freeze, FreezeReason, Standing, standing};
pub use state::State;
pub use time::{Moment, Time};
