//! The forms a signature takes, byte for byte.
//!
//! For: the 65-byte form (types 0 to 2), the 317-byte ERC-7739 form and the
//! 480-byte session-key form (type 3), and recovering who signed.
//!
//! Never touches: a secret key; and it never takes signature bytes for an
//! identity, since each valid signature has a malleated twin.
//!
//! Invariant: `to_bytes` of what a parser returned is what the parser was given.

use super::{ORDER_TYPE, Order, struct_hash};
use crate::{SignatureType, Venue};
use alloy_primitives::{Address, B256};
use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};

/// Length of an ECDSA signature: r ‖ s ‖ v.
pub const ECDSA_BYTES: usize = 65;
/// Length of a type-3 signature by the wallet's owner.
pub const ERC7739_BYTES: usize = 317;
/// Length of a type-3 signature by a session key.
pub const SESSION_BYTES: usize = 480;

/// The big-endian length of [`ORDER_TYPE`], which ends the ERC-7739 form.
const ORDER_TYPE_LENGTH: [u8; 2] = [0x00, 0xba];

/// Sixteen times 6492: how the wallet tells a session key's envelope.
const ENVELOPE_MAGIC: [u8; 32] = [
    0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92,
    0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92,
];

/// An ECDSA signature over secp256k1 as 65 bytes.
///
/// Any bytes fit: that v is 27 or 28 and s is low is
/// [`strict`](crate::strict)'s business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ecdsa65 {
    /// The x coordinate of the nonce point, big-endian.
    pub r: [u8; 32],
    /// The proof scalar, big-endian.
    pub s: [u8; 32],
    /// 27 or 28 in every signature of ours.
    pub v: u8,
}

impl Ecdsa65 {
    /// Splits r ‖ s ‖ v; no byte is judged.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; ECDSA_BYTES]) -> Self {
        let (r, rest) = split::<32, 33>(bytes);
        let (s, v) = split::<32, 1>(&rest);
        let [v] = v;
        Self { r, s, v }
    }

    /// Joins r ‖ s ‖ v.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; ECDSA_BYTES] {
        fill([&self.r[..], &self.s[..], &[self.v]].into_iter())
    }

    /// Whether s is in the lower half of the group order, as EIP-2 asks.
    /// What is no scalar at all is not low.
    #[must_use]
    pub fn is_low_s(&self) -> bool {
        self.signature()
            .is_some_and(|signature| signature.normalize_s() == signature)
    }

    fn signature(&self) -> Option<Signature> {
        Signature::from_scalars(self.r, self.s).ok()
    }
}

/// The address whose key made `signature` over `digest`, as the chain's
/// `ecrecover` tells it: v must be 27 or 28, r and s in 1..n; high s is accepted.
#[must_use]
pub fn recover(digest: &B256, signature: &Ecdsa65) -> Option<Address> {
    let id = RecoveryId::from_byte(signature.v.checked_sub(27).filter(|id| *id < 2)?)?;
    let ecdsa = signature.signature()?;
    let key = VerifyingKey::recover_from_prehash(digest.as_slice(), &ecdsa, id).ok()?;
    super::wallet::address_of(key.to_sec1_point(false).as_bytes())
}

/// The type-3 form by the wallet's owner: signature ‖ exchange domain separator ‖
/// struct hash ‖ type text ‖ its length (ERC-7739).
#[must_use]
pub fn wrap_erc7739(venue: Venue, order: &Order, signature: &Ecdsa65) -> [u8; ERC7739_BYTES] {
    fill(
        [
            &signature.to_bytes()[..],
            venue.domain_separator().as_slice(),
            struct_hash(order).as_slice(),
            ORDER_TYPE.as_bytes(),
            &ORDER_TYPE_LENGTH,
        ]
        .into_iter(),
    )
}

/// The type-3 form by a session key: `abi.encode(session key as bytes32,
/// bytes32(0), bytes inner)` followed by the envelope's magic.
#[must_use]
pub fn wrap_session(session_key: Address, inner: &[u8; ERC7739_BYTES]) -> [u8; SESSION_BYTES] {
    fill(
        [
            super::word_of(session_key).as_slice(),
            &[0; 32],
            &word(0x60),
            &word(0x013d),
            inner,
            &[0; 3],
            &ENVELOPE_MAGIC,
        ]
        .into_iter(),
    )
}

/// Takes the ECDSA signature out of the ERC-7739 form, if every other byte is
/// what [`wrap_erc7739`] writes for this order on this venue.
#[must_use]
pub fn unwrap_erc7739(venue: Venue, order: &Order, bytes: &[u8; ERC7739_BYTES]) -> Option<Ecdsa65> {
    let signature = Ecdsa65::from_bytes(bytes.first_chunk()?);
    (wrap_erc7739(venue, order, &signature) == *bytes).then_some(signature)
}

/// Takes session key and ERC-7739 form out of the envelope, if every other byte
/// is what [`wrap_session`] writes.
#[must_use]
pub fn unwrap_session(bytes: &[u8; SESSION_BYTES]) -> Option<(Address, [u8; ERC7739_BYTES])> {
    let session_key = Address::from_word(B256::from(*bytes.first_chunk()?));
    let (_, rest) = bytes.split_first_chunk::<128>()?;
    let inner: [u8; ERC7739_BYTES] = *rest.first_chunk()?;
    (wrap_session(session_key, &inner) == *bytes).then_some((session_key, inner))
}

/// The bytes that go into the order's `signature` field, by form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// 65 bytes, types 0 to 2.
    Ecdsa([u8; ECDSA_BYTES]),
    /// 317 bytes, type 3 by the owner.
    Erc7739([u8; ERC7739_BYTES]),
    /// 480 bytes, type 3 by a session key.
    Session([u8; SESSION_BYTES]),
}

impl Form {
    /// Puts an ECDSA signature over [`signed_digest`](super::signed_digest) into
    /// the form its order needs; `session_key` names the key if it is not the owner's.
    #[must_use]
    pub fn of(venue: Venue, order: &Order, ecdsa: &Ecdsa65, session_key: Option<Address>) -> Self {
        if order.signatureType != SignatureType::Deposit.to_u8() {
            return Self::Ecdsa(ecdsa.to_bytes());
        }
        let inner = wrap_erc7739(venue, order, ecdsa);
        match session_key {
            Some(key) => Self::Session(wrap_session(key, &inner)),
            None => Self::Erc7739(inner),
        }
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Ecdsa(bytes) => bytes,
            Self::Erc7739(bytes) => bytes,
            Self::Session(bytes) => bytes,
        }
    }
}

/// A small number as a 32-byte big-endian word.
fn word(value: u16) -> [u8; 32] {
    alloy_primitives::U256::from(value).to_be_bytes()
}

/// Lays the parts end to end. Every caller's parts add up to `N`: the shapes are
/// fixed, and the tests compare each with bytes of the official clients.
fn fill<'a, const N: usize>(parts: impl Iterator<Item = &'a [u8]>) -> [u8; N] {
    let mut bytes = [0; N];
    let source = parts.flatten();
    for (to, from) in bytes.iter_mut().zip(source) {
        *to = *from;
    }
    bytes
}

/// Takes the first `A` and the last `B` bytes of `A + B`, which is what every
/// caller passes.
fn split<const A: usize, const B: usize>(bytes: &[u8]) -> ([u8; A], [u8; B]) {
    let head = bytes.first_chunk().copied().unwrap_or([0; A]);
    let tail = bytes.last_chunk().copied().unwrap_or([0; B]);
    (head, tail)
}

#[cfg(test)]
mod tests {
    use super::{
        ECDSA_BYTES, ERC7739_BYTES, Ecdsa65, Form, recover, unwrap_erc7739, unwrap_session,
        wrap_erc7739, wrap_session,
    };
    use crate::test_kit::{self, limit_order};
    use crate::{Address, B256, Venue};
    use alloy_primitives::b256;
    use k256::ecdsa::{RecoveryId, VerifyingKey};

    #[test]
    fn sixty_five_bytes_survive_the_round_trip() {
        let bytes: [u8; ECDSA_BYTES] = core::array::from_fn(|i| u8::try_from(i).unwrap());
        let parsed = Ecdsa65::from_bytes(&bytes);
        assert_eq!((parsed.r[0], parsed.s[0], parsed.v), (0, 32, 64));
        assert_eq!(parsed.to_bytes(), bytes);
    }

    #[test]
    fn a_signature_recovers_to_its_key_and_so_does_its_malleated_twin() {
        let digest = b256!("c5e6ce8649c3376ba7cf22915c1a0b33834addc455538113116e9d0203919bbb");
        let made = test_kit::sign(&digest);
        assert_eq!(recover(&digest, &made), Some(test_kit::ADDRESS));
        assert!(made.is_low_s());

        let twin = test_kit::malleate(&made);
        assert_eq!(recover(&digest, &twin), Some(test_kit::ADDRESS));
        assert!(!twin.is_low_s());

        let other = B256::repeat_byte(7);
        assert_ne!(recover(&other, &made), Some(test_kit::ADDRESS));
    }

    /// As in `vectors/session_signer_orders.json`, which conformance runs whole.
    #[test]
    fn a_session_keys_form_says_where_its_bytes_begin_and_how_many_they_are() {
        let inner = [7; ERC7739_BYTES];
        let form = wrap_session(test_kit::ADDRESS, &inner);
        let number = |at: usize| {
            let word: [u8; 32] = form[at..at + 32].try_into().unwrap();
            assert_eq!(word[..24], [0; 24]);
            u64::from_be_bytes(word[24..].try_into().unwrap())
        };
        assert_eq!(form[..32], *test_kit::ADDRESS.into_word());
        assert_eq!((number(32), number(64), number(96)), (0, 96, 317));
        assert_eq!(form[128..128 + ERC7739_BYTES], inner);
    }

    /// A point whose x is r + n has two more recovery ids; the chain knows none of them.
    #[test]
    fn a_point_beyond_the_group_order_recovers_to_nobody() {
        let digest = B256::repeat_byte(7);
        let mut beyond = 0;
        for small in 1..=20 {
            let mut r = [0; 32];
            r[31] = small;
            for v in [29, 30] {
                let signature = Ecdsa65 { r, s: r, v };
                let curve = signature.signature().unwrap();
                let id = RecoveryId::from_byte(v - 27).unwrap();
                let key = VerifyingKey::recover_from_prehash(digest.as_slice(), &curve, id);
                beyond += u32::from(key.is_ok());
                assert_eq!(recover(&digest, &signature), None, "r {small}, v {v}");
            }
        }
        assert!(beyond > 0, "no such point among them");
    }

    #[test]
    fn v_is_27_or_28_and_the_scalars_are_scalars() {
        let digest = B256::repeat_byte(7);
        let made = test_kit::sign(&digest);
        let flipped = if made.v == 27 { 28 } else { 27 };
        for v in 0..=u8::MAX {
            let who = recover(&digest, &Ecdsa65 { v, ..made });
            assert_eq!(who == Some(test_kit::ADDRESS), v == made.v);
            assert!(who.is_none() || v == made.v || v == flipped, "v {v}");
        }
        let n = b256!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").0;
        for bad in [[0; 32], n, [0xff; 32]] {
            assert_eq!(recover(&digest, &Ecdsa65 { r: bad, ..made }), None);
            assert_eq!(recover(&digest, &Ecdsa65 { s: bad, ..made }), None);
            assert!(!Ecdsa65 { s: bad, ..made }.is_low_s());
        }
        let half = b256!("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0").0;
        let above = b256!("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1").0;
        assert!(Ecdsa65 { s: half, ..made }.is_low_s());
        assert!(!Ecdsa65 { s: above, ..made }.is_low_s());
    }

    #[test]
    fn wrapped_forms_open_only_for_their_own_order_and_venue() {
        let order = limit_order();
        let venue = Venue::ALL[0];
        let made = test_kit::sign(&B256::repeat_byte(7));
        let inner = wrap_erc7739(venue, &order, &made);
        assert_eq!(unwrap_erc7739(venue, &order, &inner), Some(made));
        assert_eq!(unwrap_erc7739(Venue::ALL[1], &order, &inner), None);

        let key = Address::repeat_byte(9);
        let outer = wrap_session(key, &inner);
        assert_eq!(unwrap_session(&outer), Some((key, inner)));

        // Each byte outside the inner signature is fixed; flipping any is seen.
        for i in ECDSA_BYTES..inner.len() {
            let mut bent = inner;
            bent[i] ^= 1;
            assert_eq!(unwrap_erc7739(venue, &order, &bent), None, "byte {i}");
        }
        for i in (0..12).chain(32..128).chain(445..480) {
            let mut bent = outer;
            bent[i] ^= 1;
            assert_eq!(unwrap_session(&bent), None, "byte {i}");
        }
    }

    #[test]
    fn the_form_follows_the_signature_type() {
        let made = test_kit::sign(&B256::repeat_byte(7));
        let venue = Venue::ALL[0];
        for signature_type in 0..3 {
            let order = crate::raw::Order {
                signatureType: signature_type,
                ..limit_order()
            };
            assert_eq!(
                Form::of(venue, &order, &made, None).as_bytes(),
                made.to_bytes()
            );
        }
        let order = crate::raw::Order {
            signatureType: 3,
            ..limit_order()
        };
        assert_eq!(Form::of(venue, &order, &made, None).as_bytes().len(), 317);
        let session = Form::of(venue, &order, &made, Some(Address::ZERO));
        assert_eq!(session.as_bytes().len(), 480);
    }
}
