//! From a digest and 65 bytes to the address that signed.
//!
//! Stricter than the contracts, which take a high `s` too: a client of this
//! project emits one form only, and any other form is a fault to be found here.

use secp256k1::Message;
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};

use super::word::{Address, Word, keccak};

/// The signing address; `None` unless `r`, low `s`, and `v` of 27 or 28.
pub(crate) fn recover(digest: Word, signature: &[u8]) -> Option<Address> {
    let (compact, [v]) = signature.split_first_chunk::<64>()? else {
        return None;
    };
    let id = match v {
        27 => RecoveryId::Zero,
        28 => RecoveryId::One,
        _ => return None,
    };
    let recoverable = RecoverableSignature::from_compact(compact, id).ok()?;
    let standard = recoverable.to_standard();
    let mut low = standard;
    low.normalize_s();
    if low != standard {
        return None;
    }
    let key = recoverable
        .recover_ecdsa(Message::from_digest(digest.0))
        .ok()?;
    let uncompressed = key.serialize_uncompressed();
    let (_, point) = uncompressed.split_first()?;
    Some(Address::from_hash(keccak(&[point])))
}
