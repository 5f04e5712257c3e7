//! Which wallets belong to a key, by CREATE2.
//!
//! For: proving that a maker is the proxy, Safe or deposit wallet of the
//! signing address, without asking a chain.
//!
//! Never touches: whether a wallet is deployed, or by whom it is owned now.
//!
//! Factories, code hashes and layouts are those of the official clients
//! (`polymarket_client_sdk_v2`, `polymarket-client`) on Polygon.

use super::word_of;
use alloy_primitives::{Address, B256, Keccak256, address, b256, keccak256};

const PROXY_FACTORY: Address = address!("aB45c5A4B0c941a2F231C04C3f49182e1A254052");
const PROXY_INIT_HASH: B256 =
    b256!("d21df8dc65880a8606f09fe0ce3df9b8869287ab0b058be05aa9e8af6330a00b");

const SAFE_FACTORY: Address = address!("aacFeEa03eb1561C4e67d661e40682Bd20E3541b");
const SAFE_INIT_HASH: B256 =
    b256!("2bce2127ff07fb632d16c8347c4ebf501f4841168bed00d9e6ef715ddb6fcecf");

const DEPOSIT_FACTORY: Address = address!("00000000000Fb5C9ADea0298D729A0CB3823Cc07");
const DEPOSIT_IMPLEMENTATION: Address = address!("58CA52ebe0DadfdF531Cde7062e76746de4Db1eB");
const DEPOSIT_BEACON: Address = address!("7A18EDfe055488A3128f01F563e5B479D92ffc3a");

/// First ten bytes of Solady's ERC-1967 proxy with 64 bytes of immutable arguments.
const UUPS_HEAD: [u8; 10] = [0x61, 0x00, 0x7d, 0x3d, 0x81, 0x60, 0x23, 0x3d, 0x39, 0x73];
const UUPS_JOINT: [u8; 2] = [0x60, 0x09];
const UUPS_TAIL: [[u8; 32]; 2] = [
    b256!("5155f3363d3d373d3d363d7f360894a13ba1a3210667c828492db98dca3e2076").0,
    b256!("cc3735a920a3ca505d382bbc545af43d6000803e6038573d6000fd5b3d6000f3").0,
];

/// First ten bytes of Solady's ERC-1967 beacon proxy, likewise with 64.
const BEACON_HEAD: [u8; 10] = [0x61, 0x00, 0x92, 0x3d, 0x81, 0x60, 0x23, 0x3d, 0x39, 0x73];
const BEACON_JOINT: [u8; 23] = [
    0x60, 0x19, 0x51, 0x55, 0xf3, 0x36, 0x3d, 0x3d, 0x37, 0x3d, 0x3d, 0x36, 0x3d, 0x60, 0x20, 0x36,
    0x60, 0x04, 0x36, 0x63, 0x5c, 0x60, 0xda,
];
const BEACON_TAIL: [[u8; 32]; 2] = [
    b256!("1b60e01b36527fa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6c").0,
    b256!("b3582b35133d50545afa5036515af43d6000803e604d573d6000fd5b3d6000f3").0,
];

/// The address of an uncompressed SEC 1 public key (0x04 ‖ x ‖ y).
#[must_use]
pub fn address_of(public_key: &[u8]) -> Option<Address> {
    match public_key.split_first() {
        Some((0x04, point)) if point.len() == 64 => Some(Address::from_word(keccak256(point))),
        _ => None,
    }
}

/// The proxy wallet of `owner` (type 1). No proxy factory is published for Amoy;
/// there the exchange's is assumed to be the same.
#[must_use]
pub fn proxy(owner: Address) -> Address {
    PROXY_FACTORY.create2(keccak256(owner), PROXY_INIT_HASH)
}

/// The Safe of `owner` (type 2).
#[must_use]
pub fn safe(owner: Address) -> Address {
    SAFE_FACTORY.create2(keccak256(word_of(owner)), SAFE_INIT_HASH)
}

/// The older deposit wallet of `owner` (type 3, UUPS proxy), Polygon only.
#[must_use]
pub fn deposit_uups(owner: Address) -> Address {
    deposit(
        owner,
        &UUPS_HEAD,
        DEPOSIT_IMPLEMENTATION,
        &UUPS_JOINT,
        UUPS_TAIL,
    )
}

/// The newer deposit wallet of `owner` (type 3, beacon proxy), Polygon only.
#[must_use]
pub fn deposit_beacon(owner: Address) -> Address {
    deposit(
        owner,
        &BEACON_HEAD,
        DEPOSIT_BEACON,
        &BEACON_JOINT,
        BEACON_TAIL,
    )
}

fn deposit(
    owner: Address,
    head: &[u8],
    logic: Address,
    joint: &[u8],
    tail: [[u8; 32]; 2],
) -> Address {
    let arguments = [word_of(DEPOSIT_FACTORY).0, word_of(owner).0];
    let mut init_code = Keccak256::new();
    init_code.update(head);
    init_code.update(logic);
    init_code.update(joint);
    init_code.update(tail.as_flattened());
    init_code.update(arguments.as_flattened());
    let salt = keccak256(arguments.as_flattened());
    DEPOSIT_FACTORY.create2(salt, init_code.finalize())
}

#[cfg(test)]
mod tests {
    use super::{address_of, deposit_beacon, proxy, safe};
    use crate::test_kit;
    use alloy_primitives::address;

    #[test]
    fn the_first_anvil_key_owns_the_wallets_that_the_clients_derive() {
        let owner = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
        assert_eq!(
            proxy(owner),
            address!("365f0CA36Ae1f641E02fE3B7743673da42A13A70")
        );
        assert_eq!(
            safe(owner),
            address!("d93B25cb943D14d0d34FBaF01Fc93a0f8b5F6E47")
        );
        assert_eq!(
            deposit_beacon(owner),
            address!("Bc0fF067b7740Eff76C1ca93c875Ba6B890d6B50")
        );
    }

    #[test]
    fn only_an_uncompressed_point_has_an_address() {
        let point = test_kit::public_key();
        assert_eq!(address_of(&point), Some(test_kit::ADDRESS));
        assert_eq!(address_of(&point[1..]), None);
        assert_eq!(address_of(&point[..64]), None);
        assert_eq!(address_of(&[]), None);
        let mut compressed = point;
        compressed[0] = 2;
        assert_eq!(address_of(&compressed), None);
    }
}
