//! The venue simulator: the exchange as far as a client can tell.
//!
//! Three layers, each in its own folder. `crypto` hashes and recovers with code
//! that shares nothing with the programs it checks. `core` keeps books, orders,
//! trades and balances; it is pure, and time is an argument. `http` is the face:
//! it authenticates, answers, and misbehaves when told to.
//!
//! Invariant: whatever was accepted is on disk before it is answered, and a
//! restart over the same directory replays to the same state, ids included.
//! Invariant: nothing here is shared with `order`, `signer` or `orchestrator`.

#![forbid(unsafe_code)]

mod books;
mod chain;
pub mod clock;
pub mod config;
mod contracts;
mod core;
mod crypto;
pub mod http;
mod journal;
mod leaders;
mod misbehave;
mod units;
mod venue;

#[cfg(test)]
mod tests;
