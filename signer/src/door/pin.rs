//! A caller's certificate, known by its public key alone.
//!
//! Invariant: names, issuers and dates in a certificate decide nothing; a pin
//! is the SHA-256 of its `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7), and
//! removing the pin from the configuration revokes it.

use std::fmt;

use rustls::server::ParsedCertificate;
use rustls_pki_types::CertificateDer;

/// SHA-256 of a certificate's public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pin([u8; 32]);

impl Pin {
    /// Parses `sha256/` and 64 lower-case hex digits. All zeros is a place that
    /// nobody filled in, and no key's pin.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256/")?;
        if digits.bytes().any(|b| b.is_ascii_uppercase()) {
            return None;
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).ok()?;
        (bytes != [0; 32]).then_some(Self(bytes))
    }

    /// The pin with these bytes.
    pub(crate) const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub(crate) const fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// The pin of `certificate`, if it can be parsed at all.
    pub(crate) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let parsed = ParsedCertificate::try_from(certificate).ok()?;
        let spki = parsed.subject_public_key_info();
        let digest = ring::digest::digest(&ring::digest::SHA256, &spki);
        digest.as_ref().try_into().ok().map(Self)
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256/{}", hex::encode(self.0))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_has_one_spelling() {
        let good = format!("sha256/{}", "ab".repeat(32));
        assert_eq!(Pin::parse(&good).unwrap().to_string(), good);
        for bad in [
            "",
            "sha256/",
            &good.to_uppercase(),
            &format!("{good}0"),
            &good.replace("sha256/", ""),
        ] {
            assert_eq!(Pin::parse(bad), None, "{bad}");
        }
        assert_eq!(Pin::parse(&good.replace("ab", "AB")), None);
    }
}
