//! What the exchange contracts ask of a signature, laxities included.
//!
//! For: `validateOrderSignature` of V2 (Signatures.sol with Solady's ECDSA) and
//! of V3 (Exchange.sol), without a chain.
//!
//! Never touches: strict. High s, the 64-byte form and V3's v of 0 and 1 pass here.

use super::facts::Facts;
use super::wallet;
use order::raw::signature::{Ecdsa65, recover};
use order::raw::{self, SignatureType, wallet as derived};
use order::{Address, B256, Exchange, Venue};

/// The contract's verdict on a signature that no operator preapproved.
pub(super) fn is_signature_valid(
    venue: Venue,
    order: &raw::Order,
    signature: &[u8],
    facts: &Facts,
) -> bool {
    let hash = raw::order_hash(venue, order);
    let by_signer = || recovered_by(venue.exchange, &hash, signature) == Some(order.signer);
    match SignatureType::from_u8(order.signatureType) {
        Some(SignatureType::Eoa) => order.signer == order.maker && by_signer(),
        Some(SignatureType::Proxy) => derived::proxy(order.signer) == order.maker && by_signer(),
        Some(SignatureType::Safe) => derived::safe(order.signer) == order.maker && by_signer(),
        Some(SignatureType::Deposit) => {
            order.signer == order.maker
                && wallet::is_valid(venue.chain, order.maker, &hash, signature, facts)
        }
        None => false,
    }
}

/// Who signed, by each exchange's own way of reading bytes.
fn recovered_by(exchange: Exchange, digest: &B256, signature: &[u8]) -> Option<Address> {
    match exchange {
        Exchange::V2Standard | Exchange::V2NegRisk => lax_recover(digest, signature),
        Exchange::V3 => {
            let mut ecdsa = Ecdsa65::from_bytes(signature.try_into().ok()?);
            if ecdsa.v < 2 {
                ecdsa.v = ecdsa.v.checked_add(27)?;
            }
            recover(digest, &ecdsa)
        }
    }
}

/// Solady's ECDSA: 65 bytes with v 27 or 28, or 64 bytes with the parity in the
/// top bit of s (EIP-2098); s may be high.
pub(super) fn lax_recover(digest: &B256, signature: &[u8]) -> Option<Address> {
    let ecdsa = match <&[u8; 65]>::try_from(signature) {
        Ok(bytes) => Ecdsa65::from_bytes(bytes),
        Err(_) => expand(signature.try_into().ok()?)?,
    };
    recover(digest, &ecdsa)
}

fn expand(compact: &[u8; 64]) -> Option<Ecdsa65> {
    let r = *compact.first_chunk()?;
    let mut s: [u8; 32] = *compact.last_chunk()?;
    let top = s.first_mut()?;
    let v = if *top & 0x80 == 0 { 27 } else { 28 };
    *top &= 0x7f;
    Some(Ecdsa65 { r, s, v })
}
