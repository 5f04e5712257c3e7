//! What the signer may make: the order that a careful maker would sign.
//!
//! For: amounts by the venue's exact integer rule, an order whose every field
//! was judged, and the same judgement for an order that is already signed.
//!
//! Never touches: a caller's limits (that is policy), time (a caller checks its
//! own clock), the secret key.
//!
//! Invariant: [`Order`] has no constructor but [`Order::new`], and no way to
//! change one. Holding it means that every rule of this room held.
//! Invariant: the metadata of an [`Order`] is zero.
//! Invariant: whatever [`check`] accepts, the exchange contract accepts too.
//!
//! The one way in, and a way that does not compile:
//!
//! ```no_run
//! fn make(fields: order::strict::Fields) -> Result<order::strict::Order, order::strict::Refusal> {
//!     order::strict::Order::new(fields)
//! }
//! ```
//!
//! ```compile_fail,E0451
//! fn forge(fields: order::strict::Fields) -> order::strict::Order {
//!     order::strict::Order { fields }
//! }
//! ```

mod amounts;
#[cfg(test)]
mod amounts_tests;
mod check;
#[cfg(test)]
mod check_tests;
mod order;
#[cfg(test)]
mod order_tests;
mod refusal;

pub use amounts::{AMOUNT_UNITS_MAX, Amounts, Pricing, limit_amounts, market_buy_amounts};
pub use check::{Signing, check};
pub use order::{Fields, KeyKind, Order, SALT_LIMIT};
pub use refusal::Refusal;
