//! Everything that is not trusted with the key.
//!
//! `intent → outbox → sign → post → reconcile → ledger`. It may be wrong, and
//! may be taken over; it cannot sign.
//!
//! Invariant: nothing here holds or names the trading key, and nothing here
//! knows the signer's policy: it learns limits by being refused.

pub mod clob;
pub mod clock;
pub mod config;
pub mod day;
mod files;
pub mod intent;
pub mod pin;
pub mod pipeline;
pub mod reconcile;
pub mod signer;
pub mod state;
pub mod store;

/// Why the pipeline must stop and a person must look.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The outbox cannot be written, so nothing may be sent.
    #[error("STORE {0}")]
    Store(#[from] store::StoreError),
    /// The signer's answer is not an honest one.
    #[error("SIGNER {0}; freeze the signer and look at its host")]
    Signer(String),
    /// Something that cannot be was found to be.
    #[error("INVARIANT broken: {0}")]
    Invariant(&'static str),
}
