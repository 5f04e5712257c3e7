//! A log's tree, its heads, and who cosigned them.
//!
//! For: leaves, nodes and proofs (RFC 6962 section 2.1), checkpoints (C2SP
//! tlog-checkpoint), cosignatures (tlog-cosignature) and what a witness is
//! asked (tlog-witness).
//!
//! Never touches: a clock, a disk, a socket, a secret. Nodes are read and
//! messages signed by whoever asks; times are arguments.
//!
//! Invariant: a proof that is made here verifies here, and nothing else does:
//! `tests/suite` holds both against a tree that is hashed naively.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod add;
mod checkpoint;
mod cosignature;
mod frontier;
mod hash;
mod proof;
mod record;
mod verify;

pub use add::{AddCheckpoint, BODY_BYTES_MAX, PROOF_HASHES_MAX};
pub use checkpoint::{Checkpoint, Head, signature_line};
pub use cosignature::{Cosignature, cosigned_message};
pub use frontier::Frontier;
pub use hash::{EMPTY_ROOT, Hash, leaf_hash, node_hash};
pub use note::{KeyId, PublicKey, VerifierKey, WitnessKey};
pub use proof::{consistency, inclusion, node, root};
pub use record::{Value, origin, record};
pub use verify::{is_consistent, is_included};
