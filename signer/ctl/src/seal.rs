//! The trading key in its box, and out of it.
//!
//! Pure: salt, nonce and key are arguments.
//!
//! Invariant: a box is bound to its header and its journal; moved to another
//! wallet, generation or journal it does not open.
//! Invariant: what [`seal`] returns was opened again and holds the key of the
//! header's address.

use alloy_primitives::{Address, B256};
use ecdsa::hazmat::sign_prehashed_rfc6979;
use frame::{Header, SEALED_BYTES};
use k256::elliptic_curve::sec1::ToSec1Point;
use k256::sha2::Sha256;
use k256::{NonZeroScalar, Secp256k1};
use order::raw::signature::Ecdsa65;
use order::raw::wallet;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::{Zeroize, Zeroizing};

use crate::kdf::SealingKey;

/// The 32 bytes that sign.
pub(crate) type TradingKey = Zeroizing<[u8; 32]>;

/// The address whose key this is, if it is one.
pub(crate) fn address_of(key: &[u8; 32]) -> Option<Address> {
    let mut scalar = NonZeroScalar::from_repr((*key).into()).into_option()?;
    let public = k256::PublicKey::from_secret_scalar(&scalar);
    scalar.zeroize();
    wallet::address_of(public.to_sec1_point(false).as_bytes())
}

/// One signature, for an import's self-test and nothing else.
pub(crate) fn sign(key: &TradingKey, digest: &B256) -> Option<Ecdsa65> {
    let mut scalar = NonZeroScalar::from_repr((**key).into()).into_option()?;
    let (signature, recovery) =
        sign_prehashed_rfc6979::<Secp256k1, Sha256>(&scalar, digest.as_slice(), &[]);
    scalar.zeroize();
    let (r, s) = signature.split_bytes();
    Some(Ecdsa65 {
        r: r.into(),
        s: s.into(),
        v: recovery.to_byte().checked_add(27)?,
    })
}

/// The whole sealed file.
pub(crate) fn seal(
    key: &TradingKey,
    header: &Header,
    journal_id: &[u8; 16],
    sealing: &SealingKey,
) -> Option<Vec<u8>> {
    let mut body = key.clone();
    let nonce = Nonce::assume_unique_for_key(header.nonce);
    let tag = cipher(sealing)?
        .seal_in_place_separate_tag(
            nonce,
            Aad::from(header.associated_data(journal_id)),
            body.as_mut_slice(),
        )
        .ok()?;
    let mut file = Vec::with_capacity(SEALED_BYTES);
    file.extend_from_slice(&header.to_bytes());
    file.extend_from_slice(body.as_slice());
    file.extend_from_slice(tag.as_ref());
    let again = open(&file, journal_id, sealing)?;
    (address_of(&again) == Some(header.address)).then_some(file)
}

/// The key in a sealed file.
pub(crate) fn open(file: &[u8], journal_id: &[u8; 16], sealing: &SealingKey) -> Option<TradingKey> {
    let (header, sealed) = Header::split(file).ok()?;
    let mut body = Zeroizing::new(sealed.to_vec());
    let opened = cipher(sealing)?
        .open_in_place(
            Nonce::assume_unique_for_key(header.nonce),
            Aad::from(header.associated_data(journal_id)),
            body.as_mut_slice(),
        )
        .ok()?;
    let mut key = Zeroizing::new([0; 32]);
    if opened.len() != key.len() {
        return None;
    }
    key.copy_from_slice(opened);
    Some(key)
}

fn cipher(sealing: &SealingKey) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, sealing.as_slice())
        .ok()
        .map(LessSafeKey::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Kdf;

    fn header() -> Header {
        Header {
            address: address_of(&[7; 32]).unwrap(),
            key_id: [1; 16],
            generation: 1,
            kdf: Kdf::TODAY,
            salt: [2; 16],
            nonce: [3; 12],
        }
    }

    fn keys() -> (TradingKey, SealingKey) {
        (Zeroizing::new([7; 32]), Zeroizing::new([9; 32]))
    }

    #[test]
    fn a_sealed_key_opens_for_its_journal_and_passphrase_alone() {
        let (key, sealing) = keys();
        let file = seal(&key, &header(), &[4; 16], &sealing).unwrap();
        assert_eq!(file.len(), SEALED_BYTES);
        assert_eq!(open(&file, &[4; 16], &sealing), Some(key));
        assert_eq!(open(&file, &[5; 16], &sealing), None);
        assert_eq!(open(&file, &[4; 16], &Zeroizing::new([8; 32])), None);
    }

    #[test]
    fn no_byte_of_a_sealed_key_can_be_changed() {
        let (key, sealing) = keys();
        let file = seal(&key, &header(), &[4; 16], &sealing).unwrap();
        for index in 0..file.len() {
            let mut bent = file.clone();
            bent[index] ^= 1;
            assert_eq!(open(&bent, &[4; 16], &sealing), None, "byte {index}");
        }
    }

    #[test]
    fn a_header_of_another_address_is_not_sealed() {
        let (key, sealing) = keys();
        let other = Header {
            address: Address::repeat_byte(1),
            ..header()
        };
        assert_eq!(seal(&key, &other, &[4; 16], &sealing), None);
    }

    #[test]
    fn no_key_is_zero_or_beyond_the_curve() {
        assert_eq!(address_of(&[0; 32]), None);
        assert_eq!(address_of(&[0xff; 32]), None);
        // The address of the key 1, which everyone knows.
        let mut one = [0; 32];
        one[31] = 1;
        assert_eq!(
            address_of(&one).unwrap().to_string(),
            "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
        );
    }
}
