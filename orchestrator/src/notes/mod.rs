//! Signed notes as watchers and listers make them, and as `run` finds them.
//!
//! For: reading final fills off the chain, writing what they are as notes that
//! every watcher writes alike, signing them, and putting each one's signatures
//! together.
//!
//! Never touches: the signer, the order API, the outbox. Who is believed, and
//! how many must agree, the signer's policy says.
//!
//! Invariant: a note's text follows from the chain and the configuration alone,
//! so that those who sign it sign the same bytes without a word between them.

mod chain;
mod config;
mod fills;
mod folder;
mod found;
mod notary;
mod watch;

pub use chain::{Filled, Node};
pub use config::{Attesting, NotesSection};
pub use fills::{attestation, told};
pub use folder::{Folder, Found, attestation_name};
pub use found::{Attestations, Attested, Trade, seen};
pub use notary::Notary;
pub use watch::Attester;
