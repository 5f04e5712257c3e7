//! The secret scalar: the one file that names it.
//!
//! Invariant: there is no way to sign bytes. [`Key::sign`] takes a
//! [`Recorded`], which only the journal makes, after its commit.
//! Invariant: the key's bytes stand in one boxed buffer, filled in place and
//! wiped on drop; no `SigningKey` is kept, and nothing here can be printed.

use std::io::Read;
use std::path::Path;

use ecdsa::hazmat::sign_prehashed_rfc6979;
use k256::elliptic_curve::sec1::ToSec1Point;
use k256::sha2::Sha256;
use k256::{NonZeroScalar, Secp256k1};
use order::raw::signature::{Ecdsa65, recover};
use order::raw::wallet;
use order::{Address, B256};
use secrecy::{ExposeSecret, ExposeSecretMut, SecretBox};
use zeroize::Zeroize;

use super::fault::Fault;
use super::journal::Recorded;
use crate::files;

/// Stack that a signing call may have used; wiped after each.
const STACK_BYTES: usize = 32 * 1024;

/// The trading key, in its buffer.
pub(crate) struct Key {
    bytes: SecretBox<[u8; 32]>,
    address: Address,
}

/// Why the key could not be taken in.
#[derive(Debug)]
pub(crate) enum KeyError {
    File(files::FileError),
    /// Not 32 bytes, or not a scalar of the curve.
    NotAKey,
    /// A key of another wallet.
    OtherAddress {
        found: Address,
        wanted: Address,
    },
}

impl std::fmt::Display for KeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(e) => write!(f, "{e}"),
            Self::NotAKey => {
                f.write_str("KEY the file does not hold 32 bytes that are a key; import it again")
            }
            Self::OtherAddress { found, wanted } => write!(
                f,
                "KEY it is the key of {found}, and wallet.signing_address is {wanted}; correct one of them"
            ),
        }
    }
}

impl Key {
    /// Reads 32 bytes from `path` straight into the key's buffer and checks
    /// that they are the key of `wanted`.
    pub(crate) fn read(path: &Path, wanted: Address) -> Result<Self, KeyError> {
        let mut file = files::open_secret(path).map_err(KeyError::File)?;
        let mut bytes = SecretBox::new(Box::new([0_u8; 32]));
        let mut more = [0_u8; 1];
        let filled = file.read_exact(bytes.expose_secret_mut());
        if filled.is_err() || !matches!(file.read(&mut more), Ok(0)) {
            more.zeroize();
            return Err(KeyError::NotAKey);
        }
        let address = address_of(bytes.expose_secret());
        wipe_stack();
        let address = address.ok_or(KeyError::NotAKey)?;
        if address != wanted {
            return Err(KeyError::OtherAddress {
                found: address,
                wanted,
            });
        }
        Ok(Self { bytes, address })
    }

    /// Signs the digest that was journaled, and nothing else.
    ///
    /// Returns the form that the order's signature type asks for.
    pub(crate) fn sign(&self, ticket: &Recorded) -> Result<Vec<u8>, Fault> {
        let digest = ticket.order().signed_digest();
        let signature = sign_digest(self.bytes.expose_secret(), &digest);
        wipe_stack();
        // A faulty multiplication can reveal the key through its wrong answer,
        // so a signature leaves this room only if it recovers to our address.
        let signature = signature
            .filter(|s| recover(&digest, s) == Some(self.address))
            .filter(|_| ticket.order().fields().signing_address == self.address)
            .ok_or(Fault::BadSignature)?;
        Ok(ticket.order().wrap(&signature).as_bytes().to_vec())
    }
}

/// RFC 6979 with SHA-256 over the bytes in place; low-s by the curve's rule.
#[inline(never)]
fn sign_digest(key: &[u8; 32], digest: &B256) -> Option<Ecdsa65> {
    let mut scalar = NonZeroScalar::from_repr((*key).into()).into_option()?;
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

#[inline(never)]
fn address_of(key: &[u8; 32]) -> Option<Address> {
    let mut scalar = NonZeroScalar::from_repr((*key).into()).into_option()?;
    let public = k256::PublicKey::from_secret_scalar(&scalar);
    scalar.zeroize();
    wallet::address_of(public.to_sec1_point(false).as_bytes())
}

/// Overwrites the stack below the caller, where scalars and nonces stood: a
/// nonce left behind is the key to anyone who has the signature.
#[inline(never)]
#[expect(
    clippy::large_stack_arrays,
    reason = "the stack itself is what must be overwritten"
)]
fn wipe_stack() {
    let mut below = [0_u8; STACK_BYTES];
    below.zeroize();
    std::hint::black_box(&below);
}
