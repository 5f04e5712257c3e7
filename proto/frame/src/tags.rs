//! Tags: short stand-ins for an attempt's name, a content and an order's hash.
//!
//! Keyed by the journal, so that whoever chooses names, contents and orders
//! cannot choose their tags as well; and by nothing else, so that the rows read back
//! at a start meet the tags they had.
//!
//! Invariant: a key is made of a journal's birth alone, and nothing prints it.

use core::fmt;

use hmac::Mac as _;
use sha2::{Digest as _, Sha256};

use crate::intent::Fingerprint;
use crate::intent_id::IntentId;
use crate::mac::keyed;

/// 56 bits that stand for a name, a content or an order. Of a million of one
/// kind, two share theirs once in 140,000 journals.
pub type Tag = [u8; 7];

/// What one journal's tags are made with.
#[derive(Clone, PartialEq, Eq)]
pub struct TagKey([u8; 32]);

impl fmt::Debug for TagKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TagKey")
    }
}

impl TagKey {
    /// Of the journal with this id and this key for salts: HMAC-SHA256 of a
    /// label and the id.
    #[must_use]
    pub fn of_journal(salt_key: &[u8; 32], journal: &[u8; 16]) -> Self {
        let mut mac = keyed(salt_key);
        mac.update(b"countersign/tags/v1\n");
        mac.update(journal);
        let mut key = [0; 32];
        key.copy_from_slice(&mac.finalize().into_bytes());
        Self(key)
    }

    /// Of an attempt's name.
    #[must_use]
    pub fn attempt(&self, id: &IntentId, attempt: u16) -> Tag {
        let (len, _) = id.fixed();
        let hash = self
            .begun(b"countersign/attempt/v1\n")
            .chain_update([len])
            .chain_update(id.as_str())
            .chain_update(attempt.to_be_bytes());
        cut(hash)
    }

    /// Of what is asked.
    #[must_use]
    pub fn content(&self, fingerprint: &Fingerprint) -> Tag {
        cut(self
            .begun(b"countersign/content/v1\n")
            .chain_update(fingerprint))
    }

    /// Of an order, by its hash.
    #[must_use]
    pub fn order(&self, hash: &[u8; 32]) -> Tag {
        cut(self.begun(b"countersign/order/v1\n").chain_update(hash))
    }

    fn begun(&self, label: &[u8]) -> Sha256 {
        Sha256::new().chain_update(label).chain_update(self.0)
    }
}

fn cut(hash: Sha256) -> Tag {
    let hash: [u8; 32] = hash.finalize().into();
    hash.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attempt_and_each_content_has_a_tag_of_its_own_in_each_journal() {
        let id = |text| IntentId::parse(text).unwrap();
        let key = TagKey::of_journal(&[2; 32], &[1; 16]);
        let attempt = key.attempt(&id("20261120-a"), 1);
        assert_eq!(attempt, key.attempt(&id("20261120-a"), 1));
        for (text, number) in [
            ("20261120-a", 0),
            ("20261120-a", 256),
            ("20261120-b", 1),
            ("20261120-a1", 1),
            ("20261121-a", 1),
        ] {
            assert_ne!(attempt, key.attempt(&id(text), number), "{text} {number}");
        }
        let content = key.content(&[7; 32]);
        assert_eq!(content, key.content(&[7; 32]));
        assert_ne!(content, key.content(&[8; 32]));
        let order = key.order(&[7; 32]);
        assert_eq!(order, key.order(&[7; 32]));
        assert_ne!(order, key.order(&[8; 32]));
        assert_ne!(order, content);
        for other in [
            TagKey::of_journal(&[3; 32], &[1; 16]),
            TagKey::of_journal(&[2; 32], &[2; 16]),
        ] {
            assert_ne!(attempt, other.attempt(&id("20261120-a"), 1));
            assert_ne!(content, other.content(&[7; 32]));
            assert_ne!(order, other.order(&[7; 32]));
        }
    }
}
