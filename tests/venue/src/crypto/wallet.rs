//! Which wallets belong to a key: CREATE2 addresses of the three factories.
//!
//! Deposit wallets came in two shapes, an ERC-1967 proxy first and a beacon
//! proxy since; both are live, so both are a key's own.

use super::word::{Address, Word, keccak};

const PROXY_FACTORY: &str = "0xaB45c5A4B0c941a2F231C04C3f49182e1A254052";
const PROXY_INIT: &str = "0xd21df8dc65880a8606f09fe0ce3df9b8869287ab0b058be05aa9e8af6330a00b";
const SAFE_FACTORY: &str = "0xaacFeEa03eb1561C4e67d661e40682Bd20E3541b";
const SAFE_INIT: &str = "0x2bce2127ff07fb632d16c8347c4ebf501f4841168bed00d9e6ef715ddb6fcecf";
const DEPOSIT_FACTORY: &str = "0x00000000000Fb5C9ADea0298D729A0CB3823Cc07";
const DEPOSIT_BEACON: &str = "0x7A18EDfe055488A3128f01F563e5B479D92ffc3a";
const DEPOSIT_LOGIC: &str = "0x58CA52ebe0DadfdF531Cde7062e76746de4Db1eB";

// The creation code around the 64 bytes of arguments; the head carries their
// length, which is why it is written out with 0x40 added.
const BEACON_HEAD: &str = "6100923d8160233d3973";
const BEACON_TAIL: &str = "60195155f3363d3d373d3d363d602036600436635c60da\
1b60e01b36527fa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6c\
b3582b35133d50545afa5036515af43d6000803e604d573d6000fd5b3d6000f3";
const LOGIC_HEAD: &str = "61007d3d8160233d3973";
const LOGIC_TAIL: &str = "60095155f3363d3d373d3d363d7f360894a13ba1a3210667c828492db98dca3e2076\
cc3735a920a3ca505d382bbc545af43d6000803e6038573d6000fd5b3d6000f3";

/// The proxy wallet of a key.
pub(crate) fn proxy(owner: Address) -> Option<Address> {
    create2(
        PROXY_FACTORY,
        keccak(&[&owner.0]),
        Word::from_hex(PROXY_INIT)?,
    )
}

/// The Safe of a key.
pub(crate) fn safe(owner: Address) -> Option<Address> {
    create2(
        SAFE_FACTORY,
        keccak(&[&owner.to_word().0]),
        Word::from_hex(SAFE_INIT)?,
    )
}

/// The deposit wallet of a key, as made today.
pub(crate) fn deposit_beacon(owner: Address) -> Option<Address> {
    deposit(owner, BEACON_HEAD, DEPOSIT_BEACON, BEACON_TAIL)
}

/// The deposit wallet of a key, as made before the beacon.
pub(crate) fn deposit_uups(owner: Address) -> Option<Address> {
    deposit(owner, LOGIC_HEAD, DEPOSIT_LOGIC, LOGIC_TAIL)
}

fn deposit(owner: Address, head: &str, target: &str, tail: &str) -> Option<Address> {
    let factory = Address::parse(DEPOSIT_FACTORY)?;
    let (first, second) = (factory.to_word(), owner.to_word());
    let init = keccak(&[
        &hex::decode(head).ok()?,
        &Address::parse(target)?.0,
        &hex::decode(tail).ok()?,
        &first.0,
        &second.0,
    ]);
    create2(DEPOSIT_FACTORY, keccak(&[&first.0, &second.0]), init)
}

fn create2(factory: &str, salt: Word, init_hash: Word) -> Option<Address> {
    let factory = Address::parse(factory)?;
    Some(Address::from_hash(keccak(&[
        &[0xff],
        &factory.0,
        &salt.0,
        &init_hash.0,
    ])))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn wallets_are_those_the_clients_derive() {
        let text = include_str!("../../../../proto/order/vectors/wallets_and_ids.json");
        let file: Value = serde_json::from_str(text).unwrap();
        let rows = file["wallets"].as_array().unwrap();
        assert!(rows.len() >= 5);
        for row in rows {
            let owner = Address::parse(row["eoa"].as_str().unwrap()).unwrap();
            for (name, found) in [
                ("proxy", proxy(owner)),
                ("safe", safe(owner)),
                ("depositBeacon", deposit_beacon(owner)),
                ("depositUups", deposit_uups(owner)),
            ] {
                assert_eq!(
                    found.unwrap().to_string(),
                    row[name].as_str().unwrap(),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn ids_are_classified_as_the_clients_do() {
        let text = include_str!("../../../../proto/order/vectors/wallets_and_ids.json");
        let file: Value = serde_json::from_str(text).unwrap();
        for row in file["assetIds"].as_array().unwrap() {
            let id = Word::from_decimal(row["id"].as_str().unwrap()).unwrap();
            // The namespace alone also holds combos and unknown modules, which
            // no market of the book trades.
            let tradable =
                row["isV2PositionIdNamespace"].as_bool().unwrap() && matches!(id.0[0], 1 | 2);
            assert_eq!(id.is_position_id(), tradable, "{}", row["id"]);
        }
    }
}
