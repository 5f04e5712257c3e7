//! The witness's own Ed25519 key, under its name.

use std::fmt;
use std::path::Path;

use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use tlog::{PublicKey, WitnessKey};

use crate::files;

/// A key that cosigns.
pub struct Key {
    pair: Ed25519KeyPair,
    verifier: WitnessKey,
}

impl Key {
    /// A new key, as PKCS#8.
    ///
    /// # Errors
    ///
    /// When the system gives no randomness.
    pub fn generate() -> Result<Vec<u8>, String> {
        Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
            .map(|document| document.as_ref().to_vec())
            .map_err(|_ignored| "the system gives no randomness; check the host".to_owned())
    }

    /// Reads the key in `path`, which only its owner may read, and puts it
    /// under `name`.
    ///
    /// # Errors
    ///
    /// A sentence that names the file, its problem and the fix.
    pub fn read(path: &Path, name: &str) -> Result<Self, String> {
        let bytes = files::read_secret(path)?;
        Self::of(&bytes, name).map_err(|e| format!("FILE {}: {e}", path.display()))
    }

    /// The same of bytes: PKCS#8.
    ///
    /// # Errors
    ///
    /// When they are no key, or the name is none.
    pub fn of(bytes: &[u8], name: &str) -> Result<Self, String> {
        let none = "not an Ed25519 key; make one with `orchestrator witness key new`";
        let pair = Ed25519KeyPair::from_pkcs8(bytes).map_err(|_ignored| none.to_owned())?;
        let public = <[u8; 32]>::try_from(pair.public_key().as_ref()).ok();
        let public = public.and_then(PublicKey::new).ok_or(none)?;
        let verifier = WitnessKey::new(name, public)
            .ok_or("the name has spaces, plus signs or nothing; write one as example.com/w1")?;
        Ok(Self { pair, verifier })
    }

    /// What others check it with, as a policy names it.
    #[must_use]
    pub fn verifier(&self) -> WitnessKey {
        self.verifier.clone()
    }

    pub(super) const fn public(&self) -> PublicKey {
        self.verifier.public()
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature = self.pair.sign(message);
        // An Ed25519 signature has 64 bytes; any other verifies nowhere.
        signature.as_ref().try_into().unwrap_or([0; 64])
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.verifier)
    }
}
