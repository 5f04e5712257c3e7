//! Whether a signature is one that its maker's wallet would accept.
//!
//! Types 0 to 2 are 65 bytes over the order's hash. A deposit wallet's is the
//! nested form of ERC-7739: 65 bytes over a wrapper, then what the wallet needs
//! to rebuild it. A session key's is that again, in an ABI envelope.
//!
//! Invariant: every byte is checked. A signature that differs anywhere from
//! the one form a client should emit is refused, even where a contract is lax.

use super::domain::Exchange;
use super::order::{ORDER_TYPE, Order, SignatureType, typed_digest};
use super::recover::recover;
use super::word::{Address, Word, keccak};

const WRAPPED_LENGTH: usize = 317;
const ENVELOPE_MARK: [u8; 2] = [0x64, 0x92];

/// The address whose key made `signature` over `order`, if its form is right.
///
/// Says nothing about whether that address may sign for the maker.
pub(crate) fn signed_by(order: &Order, exchange: &Exchange, signature: &[u8]) -> Option<Address> {
    match order.signature_type {
        SignatureType::Eoa | SignatureType::Proxy | SignatureType::Safe => {
            recover(order.id(exchange).0, signature)
        }
        SignatureType::Deposit => match signature.len() {
            WRAPPED_LENGTH => wrapped(order, exchange, signature),
            _ => enveloped(order, exchange, signature),
        },
    }
}

/// The nested form: signature, domain, contents hash, type string, its length.
fn wrapped(order: &Order, exchange: &Exchange, signature: &[u8]) -> Option<Address> {
    let (inner, tail) = signature.split_first_chunk::<65>()?;
    let contents = order.struct_hash();
    let mut expected = Vec::with_capacity(WRAPPED_LENGTH);
    expected.extend(exchange.separator.0);
    expected.extend(contents.0);
    expected.extend(ORDER_TYPE.as_bytes());
    expected.extend(u16::try_from(ORDER_TYPE.len()).ok()?.to_be_bytes());
    if tail != expected {
        return None;
    }
    let wrapper = "TypedDataSign(Order contents,string name,string version,uint256 chainId,\
address verifyingContract,bytes32 salt)";
    let hash = keccak(&[
        &keccak(&[wrapper.as_bytes(), ORDER_TYPE.as_bytes()]).0,
        &contents.0,
        &keccak(&[b"DepositWallet"]).0,
        &keccak(&[b"1"]).0,
        &Word::from_u64(exchange.chain_id).0,
        &order.maker.to_word().0,
        &Word::ZERO.0,
    ]);
    recover(typed_digest(exchange.separator, hash), inner)
}

/// The session form: `abi.encode(bytes32 key, bytes32 0, bytes wrapped)` and a mark.
fn enveloped(order: &Order, exchange: &Exchange, signature: &[u8]) -> Option<Address> {
    let (head, rest) = signature.split_at_checked(128)?;
    let (inner, padding) = rest.split_at_checked(WRAPPED_LENGTH)?;
    let signer = wrapped(order, exchange, inner)?;
    let length = u64::try_from(WRAPPED_LENGTH).ok()?;
    let mut expected = Vec::with_capacity(128);
    for word in [
        signer.to_word(),
        Word::ZERO,
        Word::from_u64(96),
        Word::from_u64(length),
    ] {
        expected.extend(word.0);
    }
    // The bytes end on a word boundary, then the mark repeats over one word.
    let (zeros, mark) = padding.split_last_chunk::<32>()?;
    let well_formed =
        head == expected && zeros == [0; 3] && mark.chunks(2).all(|pair| pair == ENVELOPE_MARK);
    well_formed.then_some(signer)
}

/// Whether this signature came in the session key's envelope.
pub(crate) fn is_enveloped(order: &Order, signature: &[u8]) -> bool {
    order.signature_type == SignatureType::Deposit && signature.len() != WRAPPED_LENGTH
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
