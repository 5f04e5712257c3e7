//! Signs notes by the identity that lines are signed with, under a name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use note::{PublicKey, VerifierKey};

use crate::intent::attest::WatcherKey;

/// A key and the name that policies know it by.
pub struct Notary {
    key: WatcherKey,
    verifier: VerifierKey,
}

impl Notary {
    /// `key` under `name`.
    ///
    /// # Errors
    ///
    /// The name is none.
    pub fn new(key: WatcherKey, name: &str) -> Result<Self, String> {
        let verifier = PublicKey::new(key.public_bytes())
            .and_then(|public| VerifierKey::new(name, public))
            .ok_or("a key's name has 1 to 128 bytes and neither spaces nor a plus")?;
        Ok(Self { key, verifier })
    }

    /// What a policy names it by.
    #[must_use]
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// `text` as a note that this key alone signed.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        let mut raw = self.verifier.id().0.to_vec();
        raw.extend_from_slice(&self.key.sign(text.as_bytes()));
        let (name, signature) = (self.verifier.name(), STANDARD.encode(raw));
        format!("{text}\n\u{2014} {name} {signature}\n")
    }
}
