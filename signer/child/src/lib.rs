//! What the signer's processes have in common: the socket to their supervisor,
//! and how a secret's file is read.
#![forbid(unsafe_code)]

pub mod channel;
pub mod files;
