//! What a keystore needs of `signerctl`'s own `seal`: an address by another
//! curve and another keccak, so that the two must agree.

use alloy_primitives::Address;
use secp256k1::{PublicKey, SecretKey};
use sha3::{Digest as _, Keccak256};
use zeroize::Zeroizing;

/// A wallet's key.
pub(crate) type TradingKey = Zeroizing<[u8; 32]>;

/// The address of a key, if it is one.
pub(crate) fn address_of(key: &TradingKey) -> Option<Address> {
    let secret = SecretKey::from_secret_bytes(**key).ok()?;
    let point = PublicKey::from_secret_key(&secret).serialize_uncompressed();
    let hash: [u8; 32] = Keccak256::digest(&point[1..]).into();
    Some(Address::from_slice(&hash[12..]))
}
