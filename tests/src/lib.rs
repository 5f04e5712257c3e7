//! The harness: real binaries, real sockets, real files, in a folder of their
//! own.
//!
//! Invariant: it links neither program; it knows them as an operator does, by
//! their command lines, configuration files, sockets and databases.

pub mod age;
pub mod ask;
pub mod audit;
pub mod authority;
pub mod bins;
pub mod book;
pub mod client;
pub mod clock;
pub mod control;
pub mod crash;
pub mod desk;
pub mod dice;
pub mod exports;
pub mod faulty;
pub mod frames;
pub mod fused;
pub mod hand;
pub mod http;
pub mod keys;
pub mod lost_door;
pub mod pki;
mod preloaded;
pub mod probe;
pub mod process;
mod ptrace;
pub use ptrace::wide_registers;
pub mod rows;
pub mod sealed;
pub mod session;
pub mod shifted;
pub mod small_disk;
pub mod trace;
pub mod without;
