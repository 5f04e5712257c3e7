//! The exchanges an order may be signed for, and their domain separators.
//!
//! A market names its exchange by three facts: chain, protocol and neg risk.
//! Addresses as published for the two chains; the first generation is dead and
//! absent, so an order of that generation verifies nowhere.

use super::word::{Address, Word, keccak};

/// Which generation of position ids, and hence of exchange, a market trades on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Conditional-token ids, domain version 2.
    V1,
    /// Position ids, domain version 3.
    V2,
}

/// One exchange contract on one chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exchange {
    pub(crate) chain_id: u64,
    pub(crate) contract: Address,
    pub(crate) separator: Word,
}

const STANDARD: &str = "0xE111180000d2663C0091e4f400237545B87B996B";
const NEG_RISK: &str = "0xe2222d279d744050d28e00520010520000310F59";
const V3_POLYGON: &str = "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa";
const V3_AMOY: &str = "0x9fE6e61422AdB6F610d8597F9684b16912D50C3D";

/// Polygon.
pub(crate) const POLYGON: u64 = 137;
/// Amoy, the test chain.
pub(crate) const AMOY: u64 = 80_002;

/// The exchange for a market's facts; `None` for a chain that has none.
pub(crate) fn exchange(chain_id: u64, protocol: Protocol, neg_risk: bool) -> Option<Exchange> {
    let (contract, version) = match (chain_id, protocol, neg_risk) {
        (POLYGON | AMOY, Protocol::V1, false) => (STANDARD, "2"),
        (POLYGON | AMOY, Protocol::V1, true) => (NEG_RISK, "2"),
        // One exchange serves every market of the second protocol.
        (POLYGON, Protocol::V2, _) => (V3_POLYGON, "3"),
        (AMOY, Protocol::V2, _) => (V3_AMOY, "3"),
        (_, Protocol::V1 | Protocol::V2, _) => return None,
    };
    let contract = Address::parse(contract)?;
    let separator = keccak(&[
        &keccak(&[
            b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
        ])
        .0,
        &keccak(&[b"Polymarket CTF Exchange"]).0,
        &keccak(&[version.as_bytes()]).0,
        &Word::from_u64(chain_id).0,
        &contract.to_word().0,
    ]);
    Some(Exchange {
        chain_id,
        contract,
        separator,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_the_published_ones() {
        let cases = [
            (
                137,
                Protocol::V1,
                false,
                "3264e159346253e26a64e00b69032db0e7d32f94628de3e6eecb50304d7af3d2",
            ),
            (
                137,
                Protocol::V1,
                true,
                "9b858f53327b0bd13af8ec14cfb35234fb9eb7b0504d1a4e61f433840d30e81a",
            ),
            (
                80_002,
                Protocol::V1,
                false,
                "a440cbd865bc0c6243d7a8df9a8bf48a8827b0a4abbb61c30e96d305423af148",
            ),
            (
                80_002,
                Protocol::V1,
                true,
                "1468e39841f0a0e05d3762b235cb7acecabf8cd7b6d3a672965a5d415bf9378e",
            ),
            (
                137,
                Protocol::V2,
                true,
                "466c63910185bbd55e8679264200c4e0abdcbb0c6264eb3d41d13326022e095b",
            ),
            (
                80_002,
                Protocol::V2,
                false,
                "df8b5fd204134b8d562677d7fc9346884e8f02ef2fd43358239393723e8833e6",
            ),
        ];
        for (chain_id, protocol, neg_risk, expected) in cases {
            let found = exchange(chain_id, protocol, neg_risk).unwrap();
            assert_eq!(hex::encode(found.separator.0), expected);
        }
        assert_eq!(exchange(1, Protocol::V1, false), None);
    }
}
