//! A leader trades at the simulated venue, and `orchestrator watch` runs beside
//! it with a folder of its own: it is killed, lied to, cut off and started again.
//! In the end each of the leader's orders stands in the intents once.

mod errors;
mod holdings;
mod kit;
mod lines;
mod restarts;
mod sinks;
