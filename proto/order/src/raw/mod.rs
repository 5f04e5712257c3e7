//! The order as the exchange contract sees it, and its hashes.
//!
//! For: the eleven signed fields, the struct hash, the order hash, and the one
//! digest that is signed. All three exchanges share this struct.
//!
//! Never touches: judgement. A price of two, a wrong maker and a metadata full
//! of ones all hash well here; what may be made is [`strict`](crate::strict).
//!
//! Invariant: nothing here depends on anything but its arguments, and the
//! hashes are those of the contract's `hashOrder` (V2 exchange source, Hashing.sol).

mod enums;

pub mod clob_auth;
pub mod position_id;
pub mod signature;
pub mod wallet;

use crate::Venue;
use alloy_primitives::{Address, B256, Keccak256, b256};
use alloy_sol_types::SolStruct;

pub use enums::{Side, SignatureType};

mod sol_order {
    alloy_sol_types::sol! {
        /// The signed order of exchanges V2 and V3: eleven fields, in this order.
        ///
        /// Amounts are base units (1e-6) on both sides; `timestamp` is the
        /// creation time in milliseconds and not an expiry.
        #[derive(Debug, PartialEq, Eq)]
        struct Order {
            uint256 salt;
            address maker;
            address signer;
            uint256 tokenId;
            uint256 makerAmount;
            uint256 takerAmount;
            uint8 side;
            uint8 signatureType;
            uint256 timestamp;
            bytes32 metadata;
            bytes32 builder;
        }
    }
}

pub use sol_order::Order;

/// The canonical type text of [`Order`], 186 bytes of ASCII; a type-3 signature
/// carries it whole.
pub const ORDER_TYPE: &str = "Order(uint256 salt,address maker,address signer,uint256 tokenId,\
uint256 makerAmount,uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,\
bytes32 metadata,bytes32 builder)";

/// keccak256 of [`ORDER_TYPE`]; a test computes it again.
pub const ORDER_TYPEHASH: B256 =
    b256!("bb86318a2138f5fa8ae32fbe8e659f8fcf13cc6ae4014a707893055433818589");

/// keccak256 of the ERC-7739 `TypedDataSign` type text followed by [`ORDER_TYPE`].
const TYPED_DATA_SIGN_TYPEHASH: B256 =
    b256!("6ba028565cb324c2aa02bb714b9816d0bddd557a2f33bb36cf13272a4256bd42");

/// keccak256 of the wallet's domain name, `DepositWallet`.
const DEPOSIT_WALLET_NAME_HASH: B256 =
    b256!("d682b529a17cda19aa275f3a050608f9e9401fadd1b0d233d81519972295828b");

/// keccak256 of the wallet's domain version, `1`.
const DEPOSIT_WALLET_VERSION_HASH: B256 =
    b256!("c89efdaa54c0f20c7adf612882df0950f5a951637e0307cdcb4c672f298b8bc6");

/// The EIP-712 hash of the fields alone, without a domain.
#[must_use]
pub fn struct_hash(order: &Order) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update(ORDER_TYPEHASH);
    hasher.update(order.eip712_encode_data());
    hasher.finalize()
}

/// The order's hash on `venue`: the key of its fills on chain and its id at the API.
#[must_use]
pub fn order_hash(venue: Venue, order: &Order) -> B256 {
    typed_data_hash(venue.domain_separator(), struct_hash(order))
}

/// The 32 bytes that the key signs.
///
/// Equal to [`order_hash`] except for signature type 3, where the order is
/// nested in an ERC-7739 `TypedDataSign` that names the deposit wallet
/// (`order.maker`), still under the exchange's domain. No other type of the
/// wallet's own domain can be hashed here.
#[must_use]
pub fn signed_digest(venue: Venue, order: &Order) -> B256 {
    if order.signatureType == SignatureType::Deposit.to_u8() {
        typed_data_hash(venue.domain_separator(), typed_data_sign_hash(venue, order))
    } else {
        order_hash(venue, order)
    }
}

/// The ERC-7739 wrapper's own hash, without a domain: the order, nested beside the
/// domain of the deposit wallet that is its maker.
#[must_use]
pub fn typed_data_sign_hash(venue: Venue, order: &Order) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update(TYPED_DATA_SIGN_TYPEHASH);
    hasher.update(struct_hash(order));
    hasher.update(DEPOSIT_WALLET_NAME_HASH);
    hasher.update(DEPOSIT_WALLET_VERSION_HASH);
    hasher.update(alloy_primitives::U256::from(venue.chain.id()).to_be_bytes::<32>());
    hasher.update(word_of(order.maker));
    hasher.update(B256::ZERO);
    hasher.finalize()
}

/// EIP-712: keccak256(0x1901 ‖ domain separator ‖ struct hash).
fn typed_data_hash(separator: B256, struct_hash: B256) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update([0x19, 0x01]);
    hasher.update(separator);
    hasher.update(struct_hash);
    hasher.finalize()
}

/// An address as a 32-byte word, padded on the left.
fn word_of(address: Address) -> B256 {
    address.into_word()
}

#[cfg(test)]
mod tests {
    use super::{
        DEPOSIT_WALLET_NAME_HASH, DEPOSIT_WALLET_VERSION_HASH, ORDER_TYPE, ORDER_TYPEHASH, Order,
        TYPED_DATA_SIGN_TYPEHASH, order_hash, signed_digest, struct_hash, typed_data_sign_hash,
    };
    use crate::Venue;
    use crate::test_kit::limit_order;
    use alloy_primitives::{U256, address, b256, keccak256, uint};
    use alloy_sol_types::SolStruct;
    use std::format;

    #[test]
    fn the_type_hashes_are_those_of_their_texts() {
        assert_eq!(Order::eip712_encode_type(), ORDER_TYPE);
        assert_eq!(ORDER_TYPE.len(), 186);
        assert_eq!(keccak256(ORDER_TYPE), ORDER_TYPEHASH);
        let wrapper = format!(
            "TypedDataSign(Order contents,string name,string version,uint256 chainId,\
             address verifyingContract,bytes32 salt){ORDER_TYPE}"
        );
        assert_eq!(wrapper.len(), 297);
        assert_eq!(keccak256(wrapper), TYPED_DATA_SIGN_TYPEHASH);
        assert_eq!(keccak256("DepositWallet"), DEPOSIT_WALLET_NAME_HASH);
        assert_eq!(keccak256("1"), DEPOSIT_WALLET_VERSION_HASH);
    }

    #[test]
    fn the_struct_hash_is_that_of_the_sol_macro() {
        let order = limit_order();
        assert_eq!(struct_hash(&order), order.eip712_hash_struct());
    }

    /// The baseline frozen in the V3 exchange's own test suite (EIP712Digest.t.sol)
    /// begins with 08b5c2f1; conformance runs the whole of it. This is one order
    /// of the official TypeScript client.
    /// M140: the official client's order has the hash it says.
    #[test]
    fn one_order_of_the_official_client_hashes_the_same() {
        let eoa = address!("70997970C51812dc3A010C7d01b50e0d17dc79C8");
        let order = Order {
            salt: U256::from(1_874_183_722_186_u64),
            maker: eoa,
            signer: eoa,
            tokenId: U256::from_be_bytes(
                b256!("2248cd706ca4a1a9f5b19f71ec7ac8ad1b2ba06b6ae12c973399d29db61e6ba5").0,
            ),
            makerAmount: U256::from(361_849_160_u64),
            takerAmount: U256::from(1_141_480_000_u64),
            side: 0,
            signatureType: 0,
            timestamp: U256::from(1_783_115_068_236_u64),
            metadata: alloy_primitives::B256::ZERO,
            builder: alloy_primitives::B256::ZERO,
        };
        let hash = b256!("c5e6ce8649c3376ba7cf22915c1a0b33834addc455538113116e9d0203919bbb");
        assert_eq!(order_hash(Venue::ALL[0], &order), hash);
        assert_eq!(signed_digest(Venue::ALL[0], &order), hash);
    }

    /// Order `v2-137-std-t3-buy-07` of `vectors/orders.json`, which three
    /// official clients agree on.
    #[test]
    fn one_order_of_a_deposit_wallet_is_wrapped_the_same() {
        let wallet = address!("4993B677e994b241238D9cdF597DbeE6705Ca097");
        let order = Order {
            salt: U256::from(1_171_640_215_516_u64),
            maker: wallet,
            signer: wallet,
            tokenId: uint!(
                67642433525665919273426571725221234945877463743371111749923664660266521262302_U256
            ),
            makerAmount: U256::from(394_940_340_u64),
            takerAmount: U256::from(927_090_000_u64),
            side: 0,
            signatureType: 3,
            timestamp: U256::from(1_795_622_791_523_u64),
            metadata: alloy_primitives::B256::ZERO,
            builder: b256!("f28183edf1a8feba18beb8daac6a27805dada8dc3ad79c8a4a7c987177422ee9"),
        };
        let venue = Venue::ALL[0];
        assert_eq!(
            typed_data_sign_hash(venue, &order),
            b256!("a4178994f36b19014d42f1f34d9c782da46dc60b15c91c477d78cfb4a4bb965e")
        );
        assert_eq!(
            signed_digest(venue, &order),
            b256!("3247a378b04af5d03925d363ee60c3f22dd3d76a3f2b649918c97ba355334733")
        );
    }

    #[test]
    fn only_type_three_signs_something_else_than_the_order_hash() {
        for venue in Venue::ALL {
            for signature_type in 0..=3 {
                let order = Order {
                    signatureType: signature_type,
                    ..limit_order()
                };
                let same = order_hash(venue, &order) == signed_digest(venue, &order);
                assert_eq!(
                    same,
                    signature_type != 3,
                    "type {signature_type} at {venue}"
                );
            }
        }
    }

    #[test]
    fn every_field_and_every_venue_changes_the_digest() {
        let order = limit_order;
        let one = U256::from(1);
        let changed = [
            Order {
                salt: order().salt + one,
                ..order()
            },
            Order {
                maker: alloy_primitives::Address::ZERO,
                ..order()
            },
            Order {
                signer: alloy_primitives::Address::ZERO,
                ..order()
            },
            Order {
                tokenId: order().tokenId + one,
                ..order()
            },
            Order {
                makerAmount: order().makerAmount + one,
                ..order()
            },
            Order {
                takerAmount: order().takerAmount + one,
                ..order()
            },
            Order { side: 1, ..order() },
            Order {
                signatureType: 1,
                ..order()
            },
            Order {
                timestamp: order().timestamp + one,
                ..order()
            },
            Order {
                metadata: b256!("8000000000000000000000000000000000000000000000000000000000000000"),
                ..order()
            },
            Order {
                builder: b256!("0000000000000000000000000000000000000000000000000000000000000001"),
                ..order()
            },
        ];
        let digest = signed_digest(Venue::ALL[0], &order());
        for other in changed {
            assert_ne!(signed_digest(Venue::ALL[0], &other), digest, "{other:?}");
        }
        for venue in Venue::ALL.into_iter().skip(1) {
            assert_ne!(signed_digest(venue, &order()), digest, "{venue}");
        }
    }
}
