//! The secret scalar: the one file that names it.
//!
//! At rest the key is sealed. A lease holds the sealing key until its hour; a
//! window of at most thirty seconds holds the trading key, and is then wiped.
//!
//! Invariant: there is no way to sign bytes. [`Vaulted::sign`] takes a
//! [`Recorded`], which only the journal makes, after its commit.
//! Invariant: both keys stand in a [`Page`] each and nowhere else; they are
//! opened in place, and whatever work with them left behind is burnt before
//! its outcome leaves. No `SigningKey` is kept, and nothing here can be printed.

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
use page::{Kind, Missing, Page};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroize;

use super::fault::Fault;
use super::journal::{Recorded, RecordedLogin};
use child::files;

/// How long the trading key may stand unsealed: thirty seconds, with the one
/// until the next look.
const WINDOW_MS: u64 = 29_000;

/// The least key there is.
const ONE: [u8; 32] = {
    let mut one = [0; 32];
    one[31] = 1;
    one
};

/// The trading key: sealed, leased or open.
pub(crate) struct Vaulted {
    path: PathBuf,
    journal_id: [u8; 16],
    /// Holds the trading key while a window is open, and zeros otherwise.
    trading: Page,
    lease: Option<Lease>,
}

/// The right to unseal, until its hour.
struct Lease {
    sealing: Page,
    header: Header,
    ends_ms: u64,
    /// When the open window closes.
    closes_ms: Option<u64>,
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
            Self::OtherAddress { found, named } => match found {
                Some(found) => write!(
                    f,
                    "KEY what is sealed is the key of {found}, and it is named {named}; import it again"
                ),
                None => f.write_str("KEY what is sealed is no key; import it again"),
            },
        }
    }
}

impl Vaulted {
    /// The key sealed at `path` for the journal with `journal_id`; locked.
    ///
    /// # Errors
    ///
    /// The kernel gives no page for it.
    pub(crate) fn new(path: PathBuf, journal_id: [u8; 16]) -> Result<Self, String> {
        // The curve's tables are built by whoever multiplies first, on a stack
        // far deeper than is burnt: so first for a key that everyone knows.
        address_of(&ONE).ok_or("KEY the curve does not know its own generator")?;
        Ok(Self {
            path,
            journal_id,
            trading: Page::new().map_err(|e| no_page(&e))?,
            lease: None,
        })
    }

    /// Why the kernel gave no secret memory, if it gave none.
    pub(crate) const fn missing(&self) -> Option<&Missing> {
        match self.trading.kind() {
            Kind::Secret => None,
            Kind::Locked(missing) => Some(missing),
        }
    }

    /// Where the trading key stands, for faults and for looking.
    #[cfg(test)]
    pub(super) const fn trading_page(&mut self) -> &mut Page {
        &mut self.trading
    }

    /// Begins a lease with the key in `sealing`, after trying it: the key is
    /// unsealed once and must be that of the address its header names. What
    /// does not open it leaves a running lease as it was, with its window
    /// closed.
    pub(crate) fn unlock(
        &mut self,
        sealing: Page,
        now_ms: u64,
        ends_ms: u64,
    ) -> Result<Unlocked, KeyError> {
        self.close();
        let header = unseal(&self.path, &self.journal_id, &sealing, &mut self.trading)?;
        let found = address_of(self.trading.key());
        burn();
        if found != Some(header.address) {
            self.trading.wipe();
            return Err(KeyError::OtherAddress {
                found,
                named: header.address,
            });
        }
        #[cfg(countersign_leak_on)]
        super::leak::leak(sealing.key());
        self.lease = Some(Lease {
            sealing,
            header,
            ends_ms,
            closes_ms: Some(now_ms.saturating_add(WINDOW_MS)),
        });
        Ok(Unlocked {
            generation: header.generation,
            address: header.address,
        })
    }

    /// Wipes both keys.
    pub(crate) fn lock(&mut self) {
        self.close();
        self.lease = None;
        burn();
    }

    /// Closes the window: the trading key is wiped.
    fn close(&mut self) {
        self.trading.wipe();
        if let Some(lease) = &mut self.lease {
            lease.closes_ms = None;
        }
    }

    /// Lets the time pass: closes the window, ends the lease. Says whether the
    /// lease ended just now.
    pub(crate) fn pass(&mut self, fast_ms: u64) -> bool {
        let Some(lease) = &self.lease else {
            return false;
        };
        if lease.ends_ms <= fast_ms {
            self.lock();
            return true;
        }
        if lease.closes_ms.is_some_and(|closes| closes <= fast_ms) {
            self.close();
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
        let order = ticket.order();
        let address = order.fields().signing_address;
        let signature = self.signed(&order.signed_digest(), address, fast_ms)?;
        Ok(order.wrap(&signature).as_bytes().to_vec())
    }

    /// Signs the login that was journaled, and nothing else.
    pub(crate) fn log_in(
        &mut self,
        ticket: &RecordedLogin,
        fast_ms: u64,
    ) -> Result<[u8; 65], Fault> {
        let login = ticket.login();
        let signature = self.signed(&login.digest(), login.address, fast_ms)?;
        Ok(signature.to_bytes())
    }

    /// A signature by the key of `address`, in its window.
    fn signed(&mut self, digest: &B256, signer: Address, fast_ms: u64) -> Result<Ecdsa65, Fault> {
        let lease = self.lease.as_mut().ok_or(Fault::NoKey)?;
        if lease.closes_ms.is_none() {
            let sealing = &lease.sealing;
            let header = unseal(&self.path, &self.journal_id, sealing, &mut self.trading)
                .map_err(|e| Fault::Key(e.to_string()))?;
            // The file may have been changed under the lease.
            if header != lease.header {
                self.trading.wipe();
                return Err(Fault::Key(
                    "the sealed key changed under its lease".to_owned(),
                ));
            }
            lease.closes_ms = Some(fast_ms.saturating_add(WINDOW_MS));
        }
        let address = lease.header.address;
        let signature = sign_digest(self.trading.key(), digest);
        // A nonce left behind is the key to anyone who has the signature.
        burn();
        #[cfg(countersign_leak_on)]
        super::leak::leak(self.trading.key());
        // A faulty multiplication can reveal the key through its wrong answer,
        // so a signature leaves this room only if it recovers to our address.
        signature
            .filter(|signature| fits(signature, digest, address) && signer == address)
            .ok_or(Fault::BadSignature)
    }
}

/// Whether it is a signature of `digest` by the key of `address`.
fn fits(signature: &Ecdsa65, digest: &B256, address: Address) -> bool {
    recover(digest, signature) == Some(address)
}

/// Opens the sealed file; what it holds is deciphered in its page. Whatever
/// came of it, what the work left behind is burnt.
fn unseal(
    path: &Path,
    journal_id: &[u8; 16],
    sealing: &Page,
    into: &mut Page,
) -> Result<Header, KeyError> {
    let unsealed = unsealed(path, journal_id, sealing, into);
    burn();
    unsealed
}

/// The same in a frame of its own, which is what burning reaches: deciphering
/// leaves its key schedule there.
#[inline(never)]
fn unsealed(
    path: &Path,
    journal_id: &[u8; 16],
    sealing: &Page,
    into: &mut Page,
) -> Result<Header, KeyError> {
    let file = files::read_secret(path).map_err(KeyError::File)?;
    let (header, sealed) = Header::split(&file).map_err(KeyError::Header)?;
    let opened = decipher(sealing.key(), &header, journal_id, sealed, into);
    // The secret of a second factor may stand behind it, and is of no use here.
    if matches!(opened, Some(32 | 52)) {
        Ok(header)
    } else {
        into.wipe();
        Err(KeyError::Closed(header.address))
    }
}

/// Deciphers in place; returns how many bytes came out.
#[inline(never)]
fn decipher(
    sealing: &[u8; 32],
    header: &Header,
    journal_id: &[u8; 16],
    sealed: &[u8],
    into: &mut Page,
) -> Option<usize> {
    let key = UnboundKey::new(&AES_256_GCM, sealing).ok()?;
    let within = into.bare_mut().get_mut(..sealed.len())?;
    within.copy_from_slice(sealed);
    let plain = LessSafeKey::new(key).open_in_place(
        Nonce::assume_unique_for_key(header.nonce),
        Aad::from(header.associated_data(journal_id)),
        within,
    );
    plain.ok().map(|plain| plain.len())
}

/// Whatever the work before it left on the stack and in registers goes.
#[expect(
    clippy::inline_always,
    reason = "burning begins right below the frame that the work was called from"
)]
#[inline(always)]
fn burn() {
    // The control of `make residue` shows what a scan finds without this.
    #[cfg(not(countersign_leak_on))]
    page::burn();
}

/// What to do where the kernel locks no page.
fn no_page(error: &std::io::Error) -> String {
    format!("MEMORY no page for a secret: {error}; raise RLIMIT_MEMLOCK (systemd: LimitMEMLOCK=)")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bit_of_a_digest_or_signature_that_flips_makes_one_that_does_not_fit() {
        let key = [7; 32];
        let address = address_of(&key).unwrap();
        let digest = B256::repeat_byte(0x5a);
        let good = sign_digest(&key, &digest).unwrap();
        assert!(fits(&good, &digest, address));
        for bit in 0_u8..=255 {
            let at = usize::from(bit >> 3);
            let mut bent = digest;
            bent[at] ^= 1 << (bit & 7);
            let wrong = sign_digest(&key, &bent).unwrap();
            assert!(!fits(&wrong, &digest, address), "digest, bit {bit}");
            let (mut r, mut s) = (good, good);
            r.r[at] ^= 1 << (bit & 7);
            s.s[at] ^= 1 << (bit & 7);
            assert!(!fits(&r, &digest, address), "r, bit {bit}");
            assert!(!fits(&s, &digest, address), "s, bit {bit}");
        }
        let v = Ecdsa65 {
            v: good.v ^ 7,
            ..good
        };
        assert!(!fits(&v, &digest, address));
    }
}
