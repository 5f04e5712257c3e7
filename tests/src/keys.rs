//! A trading key made for one run, with its address computed by code that is
//! not ours.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use ring::rand::{SecureRandom, SystemRandom};
use secp256k1::{PublicKey, SecretKey};
use sha2::Sha256;
use sha3::{Digest, Keccak256};

/// A key and its address.
pub struct TradingKey {
    /// The scalar, big endian.
    pub bytes: [u8; 32],
    /// `0x…`, lower case.
    pub address: String,
}

/// The seed, and how many times it was drawn from.
static SEEDED: OnceLock<(u64, AtomicU64)> = OnceLock::new();

/// From here on [`random`] follows from `seed`, so that a run can be repeated.
pub fn seed(seed: u64) {
    SEEDED
        .set((seed, AtomicU64::new(0)))
        .expect("a run has one seed");
}

/// Thirty-two bytes: random, or the next of the seed.
pub fn random() -> [u8; 32] {
    if let Some((seed, drawn)) = SEEDED.get() {
        let drawn = drawn.fetch_add(1, Ordering::Relaxed);
        return Sha256::digest([seed.to_be_bytes(), drawn.to_be_bytes()].concat()).into();
    }
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .expect("the system gives randomness");
    bytes
}

/// A fresh key.
pub fn trading_key() -> TradingKey {
    from_bytes(random())
}

/// The key with these bytes.
pub fn from_bytes(bytes: [u8; 32]) -> TradingKey {
    let secret = SecretKey::from_secret_bytes(bytes).expect("a scalar of the curve");
    let public = PublicKey::from_secret_key(&secret).serialize_uncompressed();
    let hash = Keccak256::digest(&public[1..]);
    TradingKey {
        bytes,
        address: format!("0x{}", hex::encode(&hash[12..])),
    }
}
