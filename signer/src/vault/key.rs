//! The secret scalar: the one file that names it.
//!
//! At rest the key is sealed. A lease holds the sealing key until its hour; a
//! window of at most thirty seconds holds the trading key, and is then wiped.
//!
//! Invariant: there is no way to sign bytes. [`Vaulted::sign`] takes a
//! [`Recorded`], which only the journal makes, after its commit.
//! Invariant: secrets stand in boxed buffers, filled in place and wiped on
//! drop; no `SigningKey` is kept, and nothing here can be printed.

use std::fmt;
use std::path::{Path, PathBuf};

use ecdsa::hazmat::sign_prehashed_rfc6979;
use frame::Header;
use k256::elliptic_curve::sec1::ToSec1Point;
use k256::sha2::Sha256;
use k256::{NonZeroScalar, Secp256k1};
use order::raw::signature::{Ecdsa65, recover};
use order::raw::wallet;
use order::{Address, B256};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use secrecy::{ExposeSecret, ExposeSecretMut, SecretBox};
use zeroize::{Zeroize, Zeroizing};

use super::fault::Fault;
use super::journal::Recorded;
use crate::files;

/// Stack that a signing call may have used, 32 KiB; wiped after each signature.
const STACK_WORDS: usize = 4 * 1024;
/// How long the trading key may stand unsealed.
const WINDOW_MS: u64 = 30_000;

/// The trading key: sealed, leased or open.
pub(crate) struct Vaulted {
    path: PathBuf,
    journal_id: [u8; 16],
    lease: Option<Lease>,
}

/// The right to unseal, until its hour.
struct Lease {
    sealing: SecretBox<[u8; 32]>,
    header: Header,
    ends_ms: u64,
    window: Option<Window>,
}

/// The trading key, for a moment.
struct Window {
    scalar: SecretBox<[u8; 32]>,
    closes_ms: u64,
}

/// What an unlocking came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unlocked {
    pub(crate) generation: u32,
    pub(crate) address: Address,
}

/// Why the key could not be opened.
#[derive(Debug)]
pub(crate) enum KeyError {
    File(files::FileError),
    Header(frame::HeaderError),
    /// The sealing key does not open it: a wrong passphrase, or another
    /// journal's key. The address is the header's.
    Closed(Address),
    /// What is sealed is not the key of the address that its header names.
    OtherAddress {
        found: Option<Address>,
        named: Address,
    },
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(e) => write!(f, "{e}"),
            Self::Header(e) => write!(f, "KEY {e}"),
            Self::Closed(named) => write!(
                f,
                "KEY_CLOSED this passphrase or credential does not open the key of {named}; try \
                 again, or import the key for this journal"
            ),
            Self::OtherAddress {
                found: Some(found),
                named,
            } => {
                write!(
                    f,
                    "KEY what is sealed is the key of {found}, and it is named {named}; import it again"
                )
            }
            Self::OtherAddress { found: None, .. } => {
                f.write_str("KEY what is sealed is no key; import it again")
            }
        }
    }
}

impl Vaulted {
    /// The key sealed at `path` for the journal with `journal_id`; locked.
    pub(crate) const fn new(path: PathBuf, journal_id: [u8; 16]) -> Self {
        Self {
            path,
            journal_id,
            lease: None,
        }
    }

    /// Begins a lease with `sealing`, after trying it: the key is unsealed once
    /// and must be that of the address its header names. What does not open it
    /// leaves a running lease as it was.
    pub(crate) fn unlock(
        &mut self,
        sealing: SecretBox<[u8; 32]>,
        now_ms: u64,
        ends_ms: u64,
    ) -> Result<Unlocked, KeyError> {
        let (header, scalar) = unseal(&self.path, &self.journal_id, &sealing)?;
        let found = address_of(scalar.expose_secret());
        wipe_stack();
        if found != Some(header.address) {
            return Err(KeyError::OtherAddress {
                found,
                named: header.address,
            });
        }
        let window = Some(Window {
            scalar,
            closes_ms: now_ms.saturating_add(WINDOW_MS),
        });
        self.lease = Some(Lease {
            sealing,
            header,
            ends_ms,
            window,
        });
        Ok(Unlocked {
            generation: header.generation,
            address: header.address,
        })
    }

    /// Wipes both keys.
    pub(crate) fn lock(&mut self) {
        self.lease = None;
        wipe_stack();
    }

    /// Lets the time pass: closes the window, ends the lease. Says whether the
    /// lease ended just now.
    pub(crate) fn pass(&mut self, fast_ms: u64) -> bool {
        let Some(lease) = &mut self.lease else {
            return false;
        };
        if lease.ends_ms <= fast_ms {
            self.lock();
            return true;
        }
        if lease
            .window
            .as_ref()
            .is_some_and(|window| window.closes_ms <= fast_ms)
        {
            lease.window = None;
        }
        false
    }

    /// Whose key it is and until when, if it is not locked.
    pub(crate) fn open(&self) -> Option<(Unlocked, u64)> {
        self.lease.as_ref().map(|lease| {
            let Header {
                generation,
                address,
                ..
            } = lease.header;
            (
                Unlocked {
                    generation,
                    address,
                },
                lease.ends_ms,
            )
        })
    }

    /// Signs the digest that was journaled, and nothing else.
    ///
    /// Returns the form that the order's signature type asks for.
    pub(crate) fn sign(&mut self, ticket: &Recorded, fast_ms: u64) -> Result<Vec<u8>, Fault> {
        let lease = self.lease.as_mut().ok_or(Fault::NoKey)?;
        let window = if let Some(window) = &lease.window {
            window
        } else {
            let (header, scalar) = unseal(&self.path, &self.journal_id, &lease.sealing)
                .map_err(|e| Fault::Key(e.to_string()))?;
            // The file may have been changed under the lease.
            if header != lease.header {
                return Err(Fault::Key(
                    "the sealed key changed under its lease".to_owned(),
                ));
            }
            let closes_ms = fast_ms.saturating_add(WINDOW_MS);
            lease.window.insert(Window { scalar, closes_ms })
        };
        let address = lease.header.address;
        let digest = ticket.order().signed_digest();
        let signature = sign_digest(window.scalar.expose_secret(), &digest);
        wipe_stack();
        // A faulty multiplication can reveal the key through its wrong answer,
        // so a signature leaves this room only if it recovers to our address.
        let signature = signature
            .filter(|s| recover(&digest, s) == Some(address))
            .filter(|_| ticket.order().fields().signing_address == address)
            .ok_or(Fault::BadSignature)?;
        Ok(ticket.order().wrap(&signature).as_bytes().to_vec())
    }
}

/// Opens the sealed file in place; what it holds goes straight into its box.
fn unseal(
    path: &Path,
    journal_id: &[u8; 16],
    sealing: &SecretBox<[u8; 32]>,
) -> Result<(Header, SecretBox<[u8; 32]>), KeyError> {
    let file = files::read_secret(path).map_err(KeyError::File)?;
    let (header, sealed) = Header::split(&file).map_err(KeyError::Header)?;
    let closed = || KeyError::Closed(header.address);
    let key =
        UnboundKey::new(&AES_256_GCM, sealing.expose_secret()).map_err(|_ignored| closed())?;
    let mut opened = Zeroizing::new(*sealed);
    let plain = LessSafeKey::new(key)
        .open_in_place(
            Nonce::assume_unique_for_key(header.nonce),
            Aad::from(header.associated_data(journal_id)),
            opened.as_mut_slice(),
        )
        .map_err(|_ignored| closed())?;
    let mut scalar = SecretBox::new(Box::new([0_u8; 32]));
    if plain.len() != 32 {
        return Err(closed());
    }
    scalar.expose_secret_mut().copy_from_slice(plain);
    Ok((header, scalar))
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
    // By words: each store is volatile, and of bytes there are eight times as many.
    let mut below = [0_u64; STACK_WORDS];
    below.zeroize();
    std::hint::black_box(&below);
}
