//! The exchanges that an order can be for, as data.
//!
//! For: three exchanges on two chains, each with its contract address and its
//! EIP-712 domain separator, computed once and proven by a test.
//!
//! Never touches: the dead first exchange (version "1"), neg-risk adapters, or
//! the neg-risk exchange address that was replaced before launch.
//!
//! Invariant: a contract, chain or version outside this table has no [`Venue`].

use alloy_primitives::{Address, B256, address, b256};
use core::fmt;

/// The domain name of every exchange (Polymarket docs, "Contracts").
pub const DOMAIN_NAME: &str = "Polymarket CTF Exchange";

/// A chain that the exchanges live on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chain {
    /// Polygon `PoS`, 137: real money.
    Polygon,
    /// Polygon's test network, 80002.
    Amoy,
}

impl Chain {
    /// The EIP-155 chain id.
    #[must_use]
    pub const fn id(self) -> u64 {
        match self {
            Self::Polygon => 137,
            Self::Amoy => 80_002,
        }
    }

    /// The chain of an EIP-155 id, if it is one of ours.
    #[must_use]
    pub const fn from_id(id: u64) -> Option<Self> {
        match id {
            137 => Some(Self::Polygon),
            80_002 => Some(Self::Amoy),
            _ => None,
        }
    }
}

/// An exchange contract. Chosen per market, never inferred from a token id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exchange {
    /// Version "2", markets of two outcomes.
    V2Standard,
    /// Version "2", mutually exclusive outcomes.
    V2NegRisk,
    /// Version "3", Protocol V2 position ids, neg-risk or not.
    V3,
}

/// An exchange on a chain: what a signature is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Venue {
    /// The chain.
    pub chain: Chain,
    /// The exchange on it.
    pub exchange: Exchange,
}

impl Venue {
    /// Every venue there is.
    pub const ALL: [Self; 6] = [
        Self {
            chain: Chain::Polygon,
            exchange: Exchange::V2Standard,
        },
        Self {
            chain: Chain::Polygon,
            exchange: Exchange::V2NegRisk,
        },
        Self {
            chain: Chain::Polygon,
            exchange: Exchange::V3,
        },
        Self {
            chain: Chain::Amoy,
            exchange: Exchange::V2Standard,
        },
        Self {
            chain: Chain::Amoy,
            exchange: Exchange::V2NegRisk,
        },
        Self {
            chain: Chain::Amoy,
            exchange: Exchange::V3,
        },
    ];

    /// The exchange contract's address (Polymarket docs, "Contracts"; official clients' configuration).
    #[must_use]
    pub const fn verifying_contract(self) -> Address {
        match (self.exchange, self.chain) {
            (Exchange::V2Standard, Chain::Polygon | Chain::Amoy) => {
                address!("E111180000d2663C0091e4f400237545B87B996B")
            }
            (Exchange::V2NegRisk, Chain::Polygon | Chain::Amoy) => {
                address!("e2222d279d744050d28e00520010520000310F59")
            }
            (Exchange::V3, Chain::Polygon) => address!("e3333700cA9d93003F00f0F71f8515005F6c00Aa"),
            (Exchange::V3, Chain::Amoy) => address!("9fE6e61422AdB6F610d8597F9684b16912D50C3D"),
        }
    }

    /// The domain's version text.
    #[must_use]
    pub const fn domain_version(self) -> &'static str {
        match self.exchange {
            Exchange::V2Standard | Exchange::V2NegRisk => "2",
            Exchange::V3 => "3",
        }
    }

    /// The EIP-712 domain separator; a test computes it again from the parts.
    #[must_use]
    pub const fn domain_separator(self) -> B256 {
        match (self.exchange, self.chain) {
            (Exchange::V2Standard, Chain::Polygon) => {
                b256!("3264e159346253e26a64e00b69032db0e7d32f94628de3e6eecb50304d7af3d2")
            }
            (Exchange::V2NegRisk, Chain::Polygon) => {
                b256!("9b858f53327b0bd13af8ec14cfb35234fb9eb7b0504d1a4e61f433840d30e81a")
            }
            (Exchange::V3, Chain::Polygon) => {
                b256!("466c63910185bbd55e8679264200c4e0abdcbb0c6264eb3d41d13326022e095b")
            }
            (Exchange::V2Standard, Chain::Amoy) => {
                b256!("a440cbd865bc0c6243d7a8df9a8bf48a8827b0a4abbb61c30e96d305423af148")
            }
            (Exchange::V2NegRisk, Chain::Amoy) => {
                b256!("1468e39841f0a0e05d3762b235cb7acecabf8cd7b6d3a672965a5d415bf9378e")
            }
            (Exchange::V3, Chain::Amoy) => {
                b256!("df8b5fd204134b8d562677d7fc9346884e8f02ef2fd43358239393723e8833e6")
            }
        }
    }
}

/// As a person names it: `V2 neg-risk on 137`.
impl fmt::Display for Venue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exchange = match self.exchange {
            Exchange::V2Standard => "V2 standard",
            Exchange::V2NegRisk => "V2 neg-risk",
            Exchange::V3 => "V3",
        };
        write!(f, "{exchange} on {}", self.chain.id())
    }
}

#[cfg(test)]
mod tests {
    use super::{Chain, DOMAIN_NAME, Venue};
    use alloy_primitives::U256;
    use alloy_sol_types::Eip712Domain;
    use std::borrow::Cow;
    use std::string::ToString as _;

    #[test]
    fn every_domain_separator_is_the_hash_of_its_parts() {
        for venue in Venue::ALL {
            let domain = Eip712Domain::new(
                Some(Cow::Borrowed(DOMAIN_NAME)),
                Some(Cow::Borrowed(venue.domain_version())),
                Some(U256::from(venue.chain.id())),
                Some(venue.verifying_contract()),
                None,
            );
            assert_eq!(venue.domain_separator(), domain.separator(), "{venue}");
        }
    }

    #[test]
    fn no_two_venues_share_a_domain() {
        for (i, a) in Venue::ALL.iter().enumerate() {
            for b in Venue::ALL.iter().skip(i + 1) {
                assert_ne!(a.domain_separator(), b.domain_separator(), "{a} and {b}");
            }
        }
    }

    #[test]
    fn a_venue_is_called_by_its_exchange_and_chain() {
        let names = [
            "V2 standard on 137",
            "V2 neg-risk on 137",
            "V3 on 137",
            "V2 standard on 80002",
            "V2 neg-risk on 80002",
            "V3 on 80002",
        ];
        assert_eq!(Venue::ALL.map(|venue| venue.to_string()), names);
    }

    #[test]
    fn only_two_chains_are_known() {
        for chain in [Chain::Polygon, Chain::Amoy] {
            assert_eq!(Chain::from_id(chain.id()), Some(chain));
        }
        for id in [0, 1, 136, 138, 80_001, 80_003, u64::MAX] {
            assert_eq!(Chain::from_id(id), None);
        }
    }
}
