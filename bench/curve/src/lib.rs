//! The signer's two operations on the curve, by the same versions, features and
//! calls: signing, and signing with the check of the signature.

use ecdsa::hazmat::sign_prehashed_rfc6979;
use k256::elliptic_curve::sec1::ToSec1Point;
use k256::sha2::Sha256;
use k256::{NonZeroScalar, Secp256k1};
use order::raw::signature::{Ecdsa65, recover};
use order::raw::wallet::address_of;
use order::{Address, B256};

/// A key that is nobody's.
const KEY: [u8; 32] = [0x42; 32];

/// Its address.
///
/// # Panics
///
/// If [`KEY`] were no scalar of the curve.
#[must_use]
pub fn address() -> Address {
    let public = k256::PublicKey::from_secret_scalar(&scalar());
    address_of(public.to_sec1_point(false).as_bytes()).expect("a point")
}

/// As the vault signs: from the bytes, by RFC 6979.
#[inline(never)]
#[must_use]
pub fn sign(digest: &B256) -> Ecdsa65 {
    let (signature, recovery) =
        sign_prehashed_rfc6979::<Secp256k1, Sha256>(&scalar(), digest.as_slice(), &[]);
    let (r, s) = signature.split_bytes();
    Ecdsa65 {
        r: r.into(),
        s: s.into(),
        v: recovery.to_byte() + 27,
    }
}

/// As the vault lets a signature out: only if it recovers to the address.
///
/// # Panics
///
/// If it does not.
#[must_use]
pub fn sign_and_check(digest: &B256, address: Address) -> Ecdsa65 {
    let signature = sign(digest);
    assert_eq!(recover(digest, &signature), Some(address));
    signature
}

fn scalar() -> NonZeroScalar {
    let scalar = NonZeroScalar::from_repr(KEY.into());
    scalar.into_option().expect("a scalar of the curve")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_its_digest_alone() {
        let (one, other) = (B256::repeat_byte(1), B256::repeat_byte(2));
        let signed = sign_and_check(&one, address());
        assert_eq!(recover(&one, &signed), Some(address()));
        assert_ne!(recover(&other, &signed), Some(address()));
    }
}
