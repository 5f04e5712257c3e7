//! Signing with the published test keys.
//!
//! For: making each vector's signature again, byte for byte: RFC 6979, low s,
//! v 27 or 28.
//!
//! Never touches: any key that anybody would fund.

use crate::text;
use k256::ecdsa::SigningKey;
use order::raw::signature::Ecdsa65;
use order::raw::wallet;
use order::{Address, B256};

/// A published test key.
pub(crate) struct TestKey(SigningKey);

impl TestKey {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        SigningKey::from_slice(&text::bytes(text)?)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    pub(crate) fn address(&self) -> Option<Address> {
        wallet::address_of(self.0.verifying_key().to_sec1_point(false).as_bytes())
    }

    pub(crate) fn sign(&self, digest: &B256) -> Ecdsa65 {
        let (signature, id) = self.0.sign_prehash_recoverable(digest.as_slice());
        let (r, s) = signature.split_bytes();
        Ecdsa65 {
            r: r.into(),
            s: s.into(),
            v: if id.is_y_odd() { 28 } else { 27 },
        }
    }
}
