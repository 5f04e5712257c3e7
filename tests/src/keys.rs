//! A trading key made for one run, with its address computed by code that is
//! not ours.

use ring::rand::{SecureRandom, SystemRandom};
use secp256k1::{PublicKey, SecretKey};
use sha3::{Digest, Keccak256};

/// A key and its address.
pub struct TradingKey {
    /// The scalar, big endian.
    pub bytes: [u8; 32],
    /// `0x…`, lower case.
    pub address: String,
}

/// Thirty-two random bytes.
pub fn random() -> [u8; 32] {
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
