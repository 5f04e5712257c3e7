//! L2 authentication: the HMAC that goes with each request to the CLOB.
//!
//! For: turning timestamp, method, path and body into the text of the header
//! `POLY_SIGNATURE` (official clients `clob-client-v2` and `polymarket-client`).
//!
//! Never touches: a clock, a socket, the other headers, the wallet's key.
//!
//! Invariant: a [`Secret`] is wiped when dropped, and cannot be printed or copied.
//!
//! ```compile_fail
//! let secret = orchestrator::clob::l2::Secret::from_base64("c2VjcmV0").unwrap();
//! format!("{secret:?}");
//! ```

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::hmac;
use std::fmt;
use zeroize::Zeroizing;

/// The url-safe alphabet, written with padding, read with or without.
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The standard alphabet, read with or without padding.
const STANDARD: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The secret of an API key.
pub struct Secret(Zeroizing<Vec<u8>>);

/// The text is not base64 of at least one byte, in either alphabet.
///
/// Says nothing about the text: it may be most of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotASecret;

impl fmt::Display for NotASecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("API secret is not base64: copy it again as the venue returned it")
    }
}

impl std::error::Error for NotASecret {}

impl Secret {
    /// Reads a secret as the venue hands it out: url-safe base64. The standard
    /// alphabet is read too, and padding may be missing; a mixture is refused.
    ///
    /// # Errors
    ///
    /// What is not base64, or holds no byte, is [`NotASecret`].
    pub fn from_base64(text: &str) -> Result<Self, NotASecret> {
        // Sized beforehand: a vector that grows would leave a piece of the
        // secret behind in memory that is never wiped.
        let mut bytes = Zeroizing::new(vec![0; text.len()]);
        let decoded = URL_SAFE
            .decode_slice(text, &mut bytes)
            .or_else(|_| STANDARD.decode_slice(text, &mut bytes));
        match decoded {
            Ok(length) if length > 0 => {
                bytes.truncate(length);
                Ok(Self(bytes))
            }
            Ok(_) | Err(_) => Err(NotASecret),
        }
    }
}

/// Signs one request; the answer is url-safe base64 with padding.
///
/// `method` is in capitals. `path` has neither host nor query. `body` is the
/// exact text that will be sent, or `None`.
#[must_use]
pub fn sign(
    secret: &Secret,
    timestamp_s: u64,
    method: &str,
    path: &str,
    body: Option<&str>,
) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret.0);
    let mut mac = hmac::Context::with_key(&key);
    for part in [
        timestamp_s.to_string().as_str(),
        method,
        path,
        body.unwrap_or_default(),
    ] {
        mac.update(part.as_bytes());
    }
    URL_SAFE.encode(mac.sign())
}

#[cfg(test)]
mod tests {
    use super::{NotASecret, Secret, sign};

    fn signed(secret: &str) -> String {
        let secret = Secret::from_base64(secret).unwrap();
        sign(&secret, 1_777_777_777, "GET", "/data/orders", None)
    }

    #[test]
    fn either_alphabet_is_the_same_secret() {
        let expected = "CL6zVJmLcaCFCVt4pC4r7tFgMJp9x7d_YUE73798s9Q=";
        assert_eq!(signed("-__--__--__--__--__--__--__--__-"), expected);
        assert_eq!(signed("+//++//++//++//++//++//++//++//+"), expected);
    }

    #[test]
    fn padding_may_be_missing() {
        let expected = "MSjBQXy59qGCtrLDJO4-I4DMiWJ4mTbAyuO5qXpxFUQ=";
        assert_eq!(
            signed("2P4Zo3HPpROMmKvC9Ati7vAoYnj4K9t-ipyYDm3xfms"),
            expected
        );
        assert_eq!(
            signed("2P4Zo3HPpROMmKvC9Ati7vAoYnj4K9t-ipyYDm3xfms="),
            expected
        );
    }

    #[test]
    fn what_is_not_base64_is_no_secret() {
        for text in ["", "=", "-/", "a", "not base64", "2P4Zo3HP\n"] {
            assert_eq!(
                Secret::from_base64(text).err(),
                Some(NotASecret),
                "{text:?}"
            );
        }
    }

    #[test]
    fn an_empty_body_is_no_body_and_another_body_is_another_signature() {
        let secret = Secret::from_base64("c2VjcmV0").unwrap();
        let with = |body| sign(&secret, 1, "POST", "/order", body);
        assert_eq!(with(None), with(Some("")));
        assert_ne!(with(None), with(Some("{}")));
    }
}
