//! Who really asks, and who really answers, whatever stands between.
//!
//! Each caller holds a request key. It opens with a hello that carries a
//! challenge; the vault answers with a random epoch, which ends the caller's
//! old one. Each question then carries a MAC over (caller, epoch, counter, the
//! question's frame), each answer one over (the question's hash, the answer's
//! frame).
//!
//! Invariant: the labels differ, so no MAC of one kind is one of another.

use core::fmt;

use hmac::digest::Key as Array;
use hmac::{Hmac, KeyInit, Mac as _};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::answer::Answer;
use crate::ask::Ask;
use crate::write::Writer;

/// An HMAC-SHA256 tag.
pub type Mac = [u8; 32];
/// A run of counters, given by the vault, random.
pub type Epoch = [u8; 16];
/// SHA-256 of a question with its caller, epoch and counter.
pub type RequestHash = [u8; 32];

/// What one caller and the vault both hold. Nothing prints or copies it.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct RequestKey([u8; 32]);

impl fmt::Debug for RequestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestKey")
    }
}

impl RequestKey {
    /// The key with these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What proves by this key.
    #[must_use]
    pub const fn prover(&self) -> Prover<'_> {
        Prover::new(&self.0)
    }
}

/// Proves by a request key that stands elsewhere, wherever its owner keeps it.
#[derive(Clone, Copy)]
pub struct Prover<'k>(&'k [u8; 32]);

impl<'k> Prover<'k> {
    /// By the key with these bytes.
    #[must_use]
    pub const fn new(key: &'k [u8; 32]) -> Self {
        Self(key)
    }

    /// Proves that `caller` opened with `challenge`.
    #[must_use]
    pub fn hello(&self, caller: &str, challenge: &[u8; 32]) -> Mac {
        let mut frame = Writer::new("countersign/hello/v1");
        frame.text(caller);
        frame.fixed(challenge);
        self.tag(&frame)
    }

    /// Proves that the vault gave `epoch` to whoever sent `challenge`.
    #[must_use]
    pub fn welcome(&self, caller: &str, challenge: &[u8; 32], epoch: &Epoch) -> Mac {
        let mut frame = Writer::new("countersign/welcome/v1");
        frame.text(caller);
        frame.fixed(challenge);
        frame.fixed(epoch);
        self.tag(&frame)
    }

    /// Proves a question, and returns the hash that its answer will name.
    #[must_use]
    pub fn ask(
        &self,
        caller: &str,
        epoch: &Epoch,
        counter: u64,
        ask: &Ask<'_>,
    ) -> (Mac, RequestHash) {
        let mut frame = Writer::new("countersign/ask/v1");
        frame.text(caller);
        frame.fixed(epoch);
        frame.u64(counter);
        ask.write(&mut frame);
        let mut hash = [0; 32];
        hash.copy_from_slice(&Sha256::digest(frame.as_bytes()));
        (self.tag(&frame), hash)
    }

    /// Proves an answer to the question with `request` as its hash.
    #[must_use]
    pub fn answer(&self, request: &RequestHash, answer: &Answer) -> Mac {
        let mut frame = Writer::new("countersign/answer/v1");
        frame.fixed(request);
        answer.write(&mut frame);
        self.tag(&frame)
    }

    fn tag(self, frame: &Writer) -> Mac {
        let mut mac = keyed(self.0);
        mac.update(frame.as_bytes());
        let mut tag = [0; 32];
        tag.copy_from_slice(&mac.finalize().into_bytes());
        tag
    }
}

/// Whether two tags are the same, in time that does not depend on where they
/// differ.
#[must_use]
pub fn same(a: &Mac, b: &Mac) -> bool {
    a.iter().zip(b).fold(0_u8, |seen, (a, b)| seen | (a ^ b)) == 0
}

/// HMAC pads a short key with zeros to the hash's block (RFC 2104 §2); here a
/// block is made at once, so that no length can be wrong.
pub(crate) fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = Array::<Hmac<Sha256>>::default();
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mac = Hmac::<Sha256>::new(&block);
    block.zeroize();
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_depends_on_everything_it_names() {
        let key = RequestKey::new([7; 32]);
        let key = key.prover();
        let (tag, hash) = key.ask("a", &[1; 16], 1, &Ask::Status);
        let sign = |intent, attestation| {
            let asked = Ask::Sign {
                intent,
                attestation,
            };
            key.ask("a", &[1; 16], 1, &asked)
        };
        assert!(!same(&sign(b"ab", b"").0, &sign(b"a", b"b").0));
        assert!(!same(&sign(b"a", b"b").0, &sign(b"a", b"c").0));
        for (other, other_hash) in [
            key.ask("b", &[1; 16], 1, &Ask::Status),
            key.ask("a", &[2; 16], 1, &Ask::Status),
            key.ask("a", &[1; 16], 2, &Ask::Status),
            key.ask("a", &[1; 16], 1, &Ask::Freeze { reason: "" }),
        ] {
            assert!(!same(&tag, &other));
            assert_ne!(hash, other_hash);
        }
        let (other, same_hash) = Prover::new(&[8; 32]).ask("a", &[1; 16], 1, &Ask::Status);
        assert!(!same(&tag, &other), "another key");
        assert_eq!(
            hash, same_hash,
            "the hash is of the question, not of who asks it"
        );
        assert!(same(&tag, &tag));
    }

    #[test]
    fn no_tag_of_one_kind_is_one_of_another() {
        let key = RequestKey::new([7; 32]);
        let key = key.prover();
        let hello = key.hello("a", &[1; 32]);
        let welcome = key.welcome("a", &[1; 32], &[0; 16]);
        let answer = key.answer(&[1; 32], &Answer::Frozen { leaf_index: 0 });
        assert!(!same(&hello, &welcome) && !same(&hello, &answer) && !same(&welcome, &answer));
    }

    #[test]
    fn hmac_is_the_published_one() {
        // RFC 4231, test case 2, with its short key padded as HMAC pads it.
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(b"Jefe");
        let mut mac = keyed(&bytes);
        mac.update(b"what do ya want for nothing?");
        let tag = mac.finalize().into_bytes();
        assert_eq!(tag[..4], [0x5b, 0xdc, 0xc1, 0x46]);
        assert_eq!(tag[28..], [0x64, 0xec, 0x38, 0x43]);
    }
}
