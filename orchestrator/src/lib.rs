//! Everything that is not trusted with the key.
//!
//! `intake → outbox → sign → post → reconcile → ledger`. It may be wrong, and
//! may be taken over; it cannot sign.
//!
//! Invariant: nothing here holds or names the trading key, and nothing here
//! knows the signer's policy: it learns limits by being refused.

pub mod alerts;
pub mod audit;
pub mod carry;
pub mod checks;
pub mod clob;
pub mod clock;
pub mod config;
pub mod copy;
pub mod day;
pub mod digest;
pub(crate) mod egress;
pub mod evidence;
pub mod files;
pub mod http;
pub mod intake;
pub mod intent;
pub mod ledger;
pub mod lister;
pub mod lots;
pub mod metrics;
pub mod notes;
pub mod pin;
pub mod pipeline;
pub mod reconcile;
pub mod relay;
pub(crate) mod settings;
pub mod signer;
pub(crate) mod spot;
pub mod state;
pub mod store;
pub mod watch;
pub mod witness;

/// Why the pipeline must stop and a person must look.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The outbox cannot be written, so nothing may be sent.
    #[error("STORE {0}")]
    Store(#[from] store::StoreError),
    /// What cannot be was found to be, and was written down.
    #[error("INCIDENT {code}: {detail}")]
    Incident {
        /// A stable code.
        code: String,
        /// What was seen.
        detail: String,
    },
    /// This program is wrong about itself.
    #[error("INVARIANT broken: {0}; report it")]
    Invariant(&'static str),
}
