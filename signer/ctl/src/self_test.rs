//! Whether what came in is a key that signs: one signature, over a text of a
//! domain of its own, which is checked and forgotten.
//!
//! Invariant: the digest is of bytes that begin with a word of ours, where a
//! message, a transaction or typed data begin with another; and the signature
//! never leaves this file.

use alloy_primitives::{Address, B256, keccak256};
use order::raw::signature::recover;

use crate::seal::{TradingKey, address_of, sign};

/// What the signed bytes begin with.
const DOMAIN: &[u8] = b"countersign/self-test/v1\n\0";

/// The address of a key that signed for it, if it is one and did.
pub(crate) fn passed(key: &TradingKey, fresh: &[u8; 32]) -> Option<Address> {
    let address = address_of(key)?;
    let digest = digest(address, fresh);
    let signature = sign(key, &digest)?;
    (recover(&digest, &signature) == Some(address)).then_some(address)
}

fn digest(address: Address, fresh: &[u8; 32]) -> B256 {
    keccak256([DOMAIN, address.as_slice(), fresh].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    /// M96: a key signs its self-test, and what is none does not.
    #[test]
    fn a_key_signs_its_self_test_and_what_is_none_does_not() {
        let key = Zeroizing::new([7; 32]);
        assert_eq!(passed(&key, &[1; 32]), address_of(&key));
        for none in [[0; 32], [0xff; 32]] {
            assert_eq!(passed(&Zeroizing::new(none), &[1; 32]), None);
        }
    }

    /// M96: the domain is its own: no order, login or message has its digest.
    #[test]
    fn the_self_tests_bytes_begin_like_nothing_else_that_is_signed() {
        // Typed data and messages begin with 0x19, transactions with a list's
        // byte from 0xc0 on or a type's, of which none is a letter yet.
        assert_eq!(DOMAIN.first(), Some(&b'c'));
        let address = Address::repeat_byte(1);
        assert_ne!(digest(address, &[1; 32]), digest(address, &[2; 32]));
        assert_ne!(
            digest(address, &[1; 32]),
            digest(Address::repeat_byte(2), &[1; 32])
        );
    }
}
