//! The digest of the venue's login message, `ClobAuth` (L1 authentication).
//!
//! For: the operator's `clob-auth`, where a policy permits it; and the
//! simulator that checks such logins.
//!
//! Never touches: orders. The domain has no contract and another name, so no
//! order digest can be had here, and the signer's order path never calls it.

use super::{typed_data_hash, word_of};
use crate::Chain;
use alloy_primitives::{Address, B256, Keccak256, U256, b256, keccak256};
use core::fmt::Write;

/// keccak256 of `ClobAuth(address address,string timestamp,uint256 nonce,string message)`.
const CLOB_AUTH_TYPEHASH: B256 =
    b256!("52578c5c725a28a84fedc8c22aa47947822942f35b4dc350db028e45320e035c");

/// The one message that is ever attested.
const MESSAGE: &str = "This message attests that I control the given wallet";

/// The domain `ClobAuthDomain`, version 1, of a chain; it names no contract.
#[must_use]
pub const fn domain_separator(chain: Chain) -> B256 {
    match chain {
        Chain::Polygon => b256!("cfc66be2a3b30464cb3b588324101f660c9a205fa76e8e5f83ee16a528e1c4cb"),
        Chain::Amoy => b256!("a1df8f4e3112eaee2448fbec9ab79f68278407e49d9cf52e3dd3d9692fcac9b6"),
    }
}

/// The EIP-712 hash of the message's fields; `timestamp_s` is signed as decimal text.
#[must_use]
pub fn struct_hash(address: Address, timestamp_s: u64, nonce: u64) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update(CLOB_AUTH_TYPEHASH);
    hasher.update(word_of(address));
    hasher.update(decimal_hash(timestamp_s));
    hasher.update(U256::from(nonce).to_be_bytes::<32>());
    hasher.update(keccak256(MESSAGE));
    hasher.finalize()
}

/// The digest that the key of `address` signs to log in at the CLOB of `chain`.
#[must_use]
pub fn digest(chain: Chain, address: Address, timestamp_s: u64, nonce: u64) -> B256 {
    typed_data_hash(
        domain_separator(chain),
        struct_hash(address, timestamp_s, nonce),
    )
}

/// keccak256 of a number written in decimal.
fn decimal_hash(value: u64) -> B256 {
    struct Text(Keccak256);
    impl Write for Text {
        fn write_str(&mut self, text: &str) -> core::fmt::Result {
            self.0.update(text);
            Ok(())
        }
    }
    let mut text = Text(Keccak256::new());
    match write!(text, "{value}") {
        Ok(()) | Err(core::fmt::Error) => text.0.finalize(),
    }
}

#[cfg(test)]
mod tests {
    use super::{CLOB_AUTH_TYPEHASH, decimal_hash, digest, domain_separator, struct_hash};
    use crate::Chain;
    use alloy_primitives::{U256, address, b256, keccak256};
    use alloy_sol_types::Eip712Domain;
    use std::borrow::Cow;
    use std::string::ToString;

    #[test]
    fn the_constants_are_those_of_their_texts() {
        let text = "ClobAuth(address address,string timestamp,uint256 nonce,string message)";
        assert_eq!(keccak256(text), CLOB_AUTH_TYPEHASH);
        for chain in [Chain::Polygon, Chain::Amoy] {
            let domain = Eip712Domain::new(
                Some(Cow::Borrowed("ClobAuthDomain")),
                Some(Cow::Borrowed("1")),
                Some(U256::from(chain.id())),
                None,
                None,
            );
            assert_eq!(domain_separator(chain), domain.separator());
        }
    }

    /// The first of `vectors/auth.json`, made by the official npm client;
    /// conformance runs them all.
    #[test]
    fn one_login_of_the_official_client_hashes_the_same() {
        let account = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
        assert_eq!(
            struct_hash(account, 1_796_182_844, 42),
            b256!("08fbe5bfaa6461d4b4da74cba8578d25cb82a7d45b4180d98d94a65244d54bf3")
        );
        assert_eq!(
            digest(Chain::Polygon, account, 1_796_182_844, 42),
            b256!("31f5a76312f428f0c3b9f3811b57d175ce31b36c5bf6612653c20e9faf1cf3e1")
        );
    }

    #[test]
    fn the_timestamp_is_hashed_as_text() {
        for value in [0, 9, 10, 1_796_182_844, u64::MAX] {
            assert_eq!(decimal_hash(value), keccak256(value.to_string()));
        }
    }
}
