//! Watching leaders: what they traded, as intents for whoever copies.
//!
//! For: a program under a user of its own that reads public data, remembers
//! what it saw, and tells each order of a leader once.
//!
//! Never touches: the signer, the order API and its credentials, the outbox; an
//! order. It can only write lines.
//!
//! Invariant: an error is never an empty list: what could not be read whole is
//! read again, and meanwhile nothing is known.
//! Invariant: what was seen, what it moved and the line that tells it are one
//! synced transaction; a line leaves only after it, with the same bytes however
//! often it is sent.

mod budget;
pub mod config;
mod data_api;
mod digits;
mod gather;
mod line;
mod look;
mod poll;
mod rows;
mod send;
mod sink;
mod store;

use std::time::Duration;

pub use budget::{Budget, List};
pub use data_api::{DataApi, Read};
pub use gather::Order;
pub use line::{Seen, intent_id, intent_line};
pub use poll::{Summary, Watcher};
pub use rows::{Event, Fill, Position, Row};
pub use sink::Sink;
pub use store::{Store, StoreError};

/// Lets time pass: a leader's next look, a budget, and a reader that is away
/// come back with time alone, and no event tells of them.
async fn rest(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}
