//! Names and Ed25519 keys of those who sign (C2SP signed-note, "Signatures").
//!
//! Knows nothing of notes or of roles: only who a key is and whether it
//! signed given bytes.
//!
//! Invariant: a [`PublicKey`] is the one canonical encoding of a point that is
//! not of small order, so equal keys are equal bytes.
//! Invariant: a [`Key`] prints exactly the text it was parsed from.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// The longest key name, bytes. A name is a schema-less URL; longer ones are
/// noise in a log.
pub const NAME_BYTES_MAX: usize = 128;

/// The 32 secret bytes an Ed25519 key grows from (RFC 8032 section 5.1.5),
/// wiped when dropped.
pub type Seed = Zeroizing<[u8; 32]>;

/// An Ed25519 public key (RFC 8032 section 5.1.5): what "one key" means
/// wherever keys are counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Takes the 32-byte encoding, unless it is no point, one of small order,
    /// or a second spelling of a point.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Option<Self> {
        let point = VerifyingKey::from_bytes(&bytes).ok()?;
        (is_canonical(&bytes) && !point.is_weak()).then_some(Self(bytes))
    }

    /// The key that `seed` signs with.
    #[must_use]
    pub fn of_seed(seed: &Seed) -> Self {
        Self(SigningKey::from_bytes(seed).verifying_key().to_bytes())
    }

    /// The 32-byte encoding.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Says whether this key signed `message`: RFC 8032 without its leniency
    /// (no small-order R, no S at or above the group order, no second spelling).
    #[must_use]
    pub fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = Signature::from_slice(signature) else {
            return false;
        };
        VerifyingKey::from_bytes(&self.0)
            .is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

/// Says whether the y coordinate is below the field's prime, 2^255 − 19.
/// Decoding is lenient about this, and one point must not be two keys.
fn is_canonical(bytes: &[u8; 32]) -> bool {
    let [low, middle @ .., high] = bytes;
    *low < 0xed || *high | 0x80 != 0xff || middle.iter().any(|byte| *byte != 0xff)
}

/// The first four bytes of SHA-256(name ‖ 0x0A ‖ algorithm ‖ public key): a
/// label to find a key by, never a proof of which key it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A key under its name, for one signature algorithm (C2SP's identifier byte).
/// In text: `<name>+<key id>+<base64(algorithm ‖ public key)>`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key<const ALGORITHM: u8> {
    name: String,
    id: KeyId,
    public: PublicKey,
}

/// A key that signs notes: Ed25519 over the text, algorithm 0x01.
pub type VerifierKey = Key<0x01>;

/// A witness's key: timestamped Ed25519 cosignatures, algorithm 0x04 (C2SP
/// tlog-cosignature). A type of its own, so that it can never count as a
/// signer of a note.
pub type WitnessKey = Key<0x04>;

impl<const ALGORITHM: u8> Key<ALGORITHM> {
    /// Puts `public` under `name`; `None` if the name breaks [`name_is_legal`].
    #[must_use]
    pub fn new(name: &str, public: PublicKey) -> Option<Self> {
        let id = key_id(name, ALGORITHM, &public);
        name_is_legal(name).then(|| Self {
            name: name.to_owned(),
            id,
            public,
        })
    }

    /// Parses the verifier-key text, in its one canonical spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once('+')?;
        let (_, encoded) = rest.split_once('+')?;
        let raw = STANDARD.decode(encoded).ok()?;
        let (algorithm, public) = raw.split_first()?;
        if *algorithm != ALGORITHM {
            return None;
        }
        let key = Self::new(name, PublicKey::new(public.try_into().ok()?)?)?;
        // Printing again checks the id and every choice of spelling at once.
        (alloc::format!("{key}") == text).then_some(key)
    }

    /// The name, as signature lines carry it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The short label that signature lines carry.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The key itself.
    #[must_use]
    pub const fn public(&self) -> PublicKey {
        self.public
    }
}

impl<const ALGORITHM: u8> fmt::Display for Key<ALGORITHM> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut raw = [ALGORITHM; 33];
        if let Some(tail) = raw.get_mut(1..) {
            tail.copy_from_slice(&self.public.0);
        }
        write!(f, "{}+{}+{}", self.name, self.id, STANDARD.encode(raw))
    }
}

impl<const ALGORITHM: u8> fmt::Debug for Key<ALGORITHM> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Says whether `name` may stand on a signature line: 1 to
/// [`NAME_BYTES_MAX`] bytes without Unicode spaces, plus signs or control
/// characters.
#[must_use]
pub fn name_is_legal(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= NAME_BYTES_MAX
        && !name
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// The id C2SP recommends, for any of its Ed25519-based algorithms.
fn key_id(name: &str, algorithm: u8, public: &PublicKey) -> KeyId {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(name.as_bytes())
        .chain_update([b'\n', algorithm])
        .chain_update(public.0)
        .finalize()
        .into();
    let [a, b, c, d, ..] = hash;
    KeyId([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn a_verifier_key_prints_as_it_was_parsed() {
        let key = VerifierKey::parse(PETER).unwrap();
        assert_eq!(key.name(), "PeterNeumann");
        assert_eq!(key.id().to_string(), "c74f20a3");
        assert_eq!(key.to_string(), PETER);
    }

    #[test]
    fn a_verifier_key_has_one_spelling() {
        for bad in [
            "",
            "PeterNeumann",
            "PeterNeumann+c74f20a3",
            "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+0c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW=",
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10",
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq_LDE4izWy10TW",
            "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
        ] {
            assert_eq!(VerifierKey::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_witness_key_is_no_verifier_key() {
        let public = VerifierKey::parse(PETER).unwrap().public();
        let witness = WitnessKey::new("PeterNeumann", public).unwrap();
        assert_eq!(VerifierKey::parse(&witness.to_string()), None);
        assert_eq!(
            WitnessKey::parse(&witness.to_string()).as_ref(),
            Some(&witness)
        );
        assert_eq!(WitnessKey::parse(PETER), None);
    }

    #[test]
    fn small_order_and_second_spellings_are_no_keys() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(PublicKey::new(identity), None);
        assert_eq!(PublicKey::new([0; 32]), None, "y = 0 has order four");
        // y = 3 is a point; p + 3 is the same point written a second time.
        let mut three = [0; 32];
        three[0] = 3;
        assert!(PublicKey::new(three).is_some());
        let mut again = [0xff; 32];
        again[0] = 0xf0;
        again[31] = 0x7f;
        assert!(
            VerifyingKey::from_bytes(&again).is_ok(),
            "the library takes it"
        );
        assert_eq!(PublicKey::new(again), None);
        again[31] = 0xff;
        assert_eq!(PublicKey::new(again), None, "with the other sign");
    }

    #[test]
    fn names_have_edges() {
        assert!(name_is_legal("example.com/quorum-1"));
        assert!(name_is_legal(&"a".repeat(NAME_BYTES_MAX)));
        assert!(!name_is_legal(&"a".repeat(NAME_BYTES_MAX + 1)));
        for bad in [
            "",
            "a b",
            "a+b",
            "a\u{a0}b",
            "a\u{2003}b",
            "a\tb",
            "a\u{7f}",
        ] {
            assert!(!name_is_legal(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_signature_with_s_above_the_order_is_no_signature() {
        let seed = Seed::new([7; 32]);
        let key = PublicKey::of_seed(&seed);
        let good =
            ed25519_dalek::Signer::sign(&SigningKey::from_bytes(&seed), b"text\n").to_bytes();
        assert!(key.signed(b"text\n", &good));
        assert!(!key.signed(b"text", &good));
        assert!(!key.signed(b"text\n", &good[..63]));
        // S + L is the same scalar (RFC 8032 section 5.1.7 forbids it).
        let order: [u8; 32] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9,
            0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let mut bent = good;
        let mut carry = 0_u16;
        for (byte, add) in bent[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = u8::try_from(sum & 0xff).unwrap();
            carry = sum >> 8;
        }
        assert!(!key.signed(b"text\n", &bent));
    }
}
