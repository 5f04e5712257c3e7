//! Hashing and recovering, written here and shared with nobody.
//!
//! Each file is one object of the protocol: the words, the exchanges' domains,
//! the order, its signature forms, the wallets, and the two kinds of login.

pub(crate) mod domain;
pub(crate) mod login;
pub(crate) mod mac;
pub(crate) mod order;
pub(crate) mod recover;
pub(crate) mod signature;
pub(crate) mod wallet;
pub(crate) mod word;
