//! An orchestrator that was taken over: it has a valid certificate and a valid
//! request key, knows the policy, owns the other side of every fill, and looks
//! for what brings it most.
//!
//! One adversary, two worlds: the real programs beside the simulated exchange
//! (`make attack`), and the vault's own loop over a disk that forgets (its
//! tests). A [`World`] does what it is told; whatever is decided here follows
//! from a seed.
//!
//! What it takes is measured more harshly than the signer's figures are made:
//! shares that were there before count 1, and shares that it bought count
//! nothing, since it may have bought them of a market that it made itself.
//!
//! Invariant: no figure that `GetStatus` printed before is exceeded while the
//! exchange takes at most the policy's fee ceiling.

mod book;
mod campaign;
mod chain;
mod choice;
mod hands;
mod moves;
mod notes;
mod outcome;
mod rng;
mod scene;
mod wants;
mod world;

pub use campaign::run;
pub use chain::Chain;
pub use outcome::{Outcome, Total};
pub use rng::Rng;
pub use scene::{Horizon, Scene};
pub use world::{Answer, By, Fill, Kill, Signed, Wallet, World};

/// Base units of one USDC, and of one share.
pub const ONE: u64 = 1_000_000;
/// Base units of the smallest part of a share that is traded.
pub const LOT: u64 = 10_000;

/// How many campaigns a test is to play: `usual`, unless the Makefile asks for
/// another number in `COUNTERSIGN_CAMPAIGNS`.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a test runs is no program's configuration"
)]
pub fn campaigns(usual: u64) -> u64 {
    match std::env::var("COUNTERSIGN_CAMPAIGNS") {
        Ok(text) => text.parse().expect("COUNTERSIGN_CAMPAIGNS is a number"),
        Err(_) => usual,
    }
}
