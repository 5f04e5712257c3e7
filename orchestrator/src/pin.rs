//! The signer's certificate, known by its public key alone.

use std::fmt;

use rustls::server::ParsedCertificate;
use rustls_pki_types::CertificateDer;

/// SHA-256 of a certificate's `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pin([u8; 32]);

impl Pin {
    /// Parses `sha256/` and 64 lower-case hex digits. All zeros is a place that
    /// nobody filled in, and no key's pin.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256/")?;
        if digits.bytes().any(|b| b.is_ascii_uppercase()) {
            return None;
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).ok()?;
        (bytes != [0; 32]).then_some(Self(bytes))
    }

    /// The pin of `certificate`, if it can be parsed at all.
    #[must_use]
    pub fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let parsed = ParsedCertificate::try_from(certificate).ok()?;
        let spki = parsed.subject_public_key_info();
        let digest = ring::digest::digest(&ring::digest::SHA256, &spki);
        digest.as_ref().try_into().ok().map(Self)
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256/{}", hex::encode(self.0))
    }
}
