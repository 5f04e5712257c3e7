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
use frame::{Header, SEALED_BYTES_MAX};
use k256::elliptic_curve::sec1::ToSec1Point;
use k256::sha2::Sha256;
use k256::{NonZeroScalar, Secp256k1};
use order::raw::signature::Ecdsa65;
use order::raw::wallet;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::{Zeroize, Zeroizing};

use crate::kdf::SealingKey;
use crate::totp::{self, Totp};
use crate::tty;

/// The 32 bytes that sign.
pub(crate) type TradingKey = Zeroizing<[u8; 32]>;

/// What stands in a box.
pub(crate) struct Inside {
    pub(crate) key: TradingKey,
    /// The secret of the second factor that an export asks for.
    pub(crate) totp: Option<Totp>,
}

impl Inside {
    /// Says the second factor's secret, this once, if there is one.
    pub(crate) fn tell_totp(&self, address: Address) {
        if let Some(secret) = &self.totp {
            let uri = totp::uri(secret, address);
            tty::say("for an authenticator, shown this once and asked for by an export:\n");
            tty::say(&uri);
            tty::say("\n");
        }
    }
}

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
    inside: &Inside,
    header: &Header,
    journal_id: &[u8; 16],
    sealing: &SealingKey,
) -> Option<Vec<u8>> {
    // One that grew would leave the key behind.
    let mut body = Zeroizing::new(Vec::with_capacity(SEALED_BYTES_MAX));
    body.extend_from_slice(inside.key.as_slice());
    body.extend(inside.totp.iter().flat_map(|secret| secret.iter()));
    let nonce = Nonce::assume_unique_for_key(header.nonce);
    let tag = cipher(sealing)?
        .seal_in_place_separate_tag(
            nonce,
            Aad::from(header.associated_data(journal_id)),
            body.as_mut_slice(),
        )
        .ok()?;
    let mut file = Vec::with_capacity(SEALED_BYTES_MAX);
    file.extend_from_slice(&header.to_bytes());
    file.extend_from_slice(body.as_slice());
    file.extend_from_slice(tag.as_ref());
    let again = open(&file, journal_id, sealing)?;
    let same = again.totp == inside.totp && address_of(&again.key) == Some(header.address);
    same.then_some(file)
}

/// What stands in a sealed file.
pub(crate) fn open(file: &[u8], journal_id: &[u8; 16], sealing: &SealingKey) -> Option<Inside> {
    let (header, sealed) = Header::split(file).ok()?;
    let mut body = Zeroizing::new(sealed.to_vec());
    let opened = cipher(sealing)?
        .open_in_place(
            Nonce::assume_unique_for_key(header.nonce),
            Aad::from(header.associated_data(journal_id)),
            body.as_mut_slice(),
        )
        .ok()?;
    let (found, rest) = opened.split_first_chunk::<32>()?;
    let totp = match rest {
        [] => None,
        _ => Some(Zeroizing::new(rest.try_into().ok()?)),
    };
    let key = Zeroizing::new(*found);
    Some(Inside { key, totp })
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

    fn keys() -> (Inside, SealingKey) {
        let key = Zeroizing::new([7; 32]);
        (Inside { key, totp: None }, Zeroizing::new([9; 32]))
    }

    fn opened(file: &[u8], journal: &[u8; 16], sealing: &SealingKey) -> Option<TradingKey> {
        open(file, journal, sealing).map(|inside| inside.key)
    }

    #[test]
    fn a_sealed_key_opens_for_its_journal_and_passphrase_alone() {
        let (key, sealing) = keys();
        let file = seal(&key, &header(), &[4; 16], &sealing).unwrap();
        assert_eq!(file.len(), frame::SEALED_BYTES);
        assert_eq!(opened(&file, &[4; 16], &sealing), Some(key.key));
        assert_eq!(opened(&file, &[5; 16], &sealing), None);
        assert_eq!(opened(&file, &[4; 16], &Zeroizing::new([8; 32])), None);
    }

    #[test]
    fn a_second_factor_is_sealed_with_its_key() {
        let (mut inside, sealing) = keys();
        inside.totp = Some(Zeroizing::new([5; 20]));
        let file = seal(&inside, &header(), &[4; 16], &sealing).unwrap();
        let again = open(&file, &[4; 16], &sealing).unwrap();
        assert_eq!((again.key, again.totp), (inside.key, inside.totp));
    }

    /// M100: the box is AES-256-GCM, bound to its header and journal.
    #[test]
    fn no_byte_of_a_sealed_key_can_be_changed() {
        let (key, sealing) = keys();
        let file = seal(&key, &header(), &[4; 16], &sealing).unwrap();
        for index in 0..file.len() {
            let mut bent = file.clone();
            bent[index] ^= 1;
            assert_eq!(opened(&bent, &[4; 16], &sealing), None, "byte {index}");
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
