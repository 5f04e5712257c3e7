//! The first login: typed data that proves control of a key.

use super::order::typed_digest;
use super::recover::recover;
use super::word::{Address, Word, keccak};

/// Whether `signature` is `address`'s own over the login message.
///
/// The timestamp is hashed as the text that was sent, since the typed data has
/// it as a string.
pub(crate) fn proves_control(
    chain_id: u64,
    address: Address,
    timestamp: &str,
    nonce: Word,
    signature: &[u8],
) -> bool {
    let domain = keccak(&[
        &keccak(&[b"EIP712Domain(string name,string version,uint256 chainId)"]).0,
        &keccak(&[b"ClobAuthDomain"]).0,
        &keccak(&[b"1"]).0,
        &Word::from_u64(chain_id).0,
    ]);
    let message = keccak(&[
        &keccak(&[b"ClobAuth(address address,string timestamp,uint256 nonce,string message)"]).0,
        &address.to_word().0,
        &keccak(&[timestamp.as_bytes()]).0,
        &nonce.0,
        &keccak(&[b"This message attests that I control the given wallet"]).0,
    ]);
    recover(typed_digest(domain, message), signature) == Some(address)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_login_vector_proves_control_and_nothing_near_it_does() {
        let text = include_str!("../../../../proto/order/vectors/auth.json");
        let file: Value = serde_json::from_str(text).unwrap();
        let rows = file["l1"].as_array().unwrap();
        assert_eq!(rows.len(), 12);
        for row in rows {
            let headers = &row["headers"];
            let chain_id = row["chainId"].as_u64().unwrap();
            let address = Address::parse(headers["POLY_ADDRESS"].as_str().unwrap()).unwrap();
            let time = headers["POLY_TIMESTAMP"].as_str().unwrap();
            let nonce = Word::from_decimal(headers["POLY_NONCE"].as_str().unwrap()).unwrap();
            let signature = headers["POLY_SIGNATURE"].as_str().unwrap();
            let signature = hex::decode(signature.trim_start_matches("0x")).unwrap();
            assert!(
                proves_control(chain_id, address, time, nonce, &signature),
                "{}",
                row["id"]
            );
            let other = if chain_id == 137 { 80_002 } else { 137 };
            assert!(!proves_control(other, address, time, nonce, &signature));
            assert!(!proves_control(
                chain_id,
                Address::default(),
                time,
                nonce,
                &signature
            ));
            assert!(!proves_control(chain_id, address, "1", nonce, &signature));
            assert!(!proves_control(
                chain_id,
                address,
                time,
                Word::from_u64(7),
                &signature
            ));
            for at in 0..signature.len() {
                let mut changed = signature.clone();
                changed[at] ^= 1;
                assert!(
                    !proves_control(chain_id, address, time, nonce, &changed),
                    "byte {at}"
                );
            }
        }
    }
}
