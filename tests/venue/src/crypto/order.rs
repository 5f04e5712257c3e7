//! The eleven signed fields and their hash.
//!
//! Invariant: the order's id is the hash of the plain order under its exchange,
//! whatever form the signature has, so a client knows it before it posts.

use std::fmt;

use super::domain::Exchange;
use super::word::{Address, Word, keccak};

/// The type string, which also ends a deposit wallet's signature.
pub(crate) const ORDER_TYPE: &str = "Order(uint256 salt,address maker,address signer,\
uint256 tokenId,uint256 makerAmount,uint256 takerAmount,uint8 side,uint8 signatureType,\
uint256 timestamp,bytes32 metadata,bytes32 builder)";

/// Which way the maker trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    /// Collateral for shares.
    Buy,
    /// Shares for collateral.
    Sell,
}

impl Side {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Buy => "BUY",
            Self::Sell => "SELL",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "BUY" => Some(Self::Buy),
            "SELL" => Some(Self::Sell),
            _ => None,
        }
    }

    pub(crate) fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    fn to_word(self) -> Word {
        match self {
            Self::Buy => Word::ZERO,
            Self::Sell => Word::from_u64(1),
        }
    }
}

/// How maker and signer relate, and what the signature looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureType {
    /// The maker signs for itself.
    Eoa,
    /// The maker is the signer's proxy wallet.
    Proxy,
    /// The maker is the signer's Safe.
    Safe,
    /// The maker is a deposit wallet, which is also named as signer.
    Deposit,
}

impl SignatureType {
    pub(crate) fn from_number(number: u64) -> Option<Self> {
        match number {
            0 => Some(Self::Eoa),
            1 => Some(Self::Proxy),
            2 => Some(Self::Safe),
            3 => Some(Self::Deposit),
            _ => None,
        }
    }

    pub(crate) fn number(self) -> u64 {
        match self {
            Self::Eoa => 0,
            Self::Proxy => 1,
            Self::Safe => 2,
            Self::Deposit => 3,
        }
    }
}

/// An order's hash, by which the venue knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OrderId(pub(crate) Word);

impl OrderId {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Word::from_hex(text).map(Self)
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The signed fields of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) salt: Word,
    pub(crate) maker: Address,
    pub(crate) signer: Address,
    pub(crate) token: Word,
    pub(crate) maker_amount: Word,
    pub(crate) taker_amount: Word,
    pub(crate) side: Side,
    pub(crate) signature_type: SignatureType,
    pub(crate) timestamp: Word,
    pub(crate) metadata: Word,
    pub(crate) builder: Word,
}

impl Order {
    pub(crate) fn struct_hash(&self) -> Word {
        keccak(&[
            &keccak(&[ORDER_TYPE.as_bytes()]).0,
            &self.salt.0,
            &self.maker.to_word().0,
            &self.signer.to_word().0,
            &self.token.0,
            &self.maker_amount.0,
            &self.taker_amount.0,
            &self.side.to_word().0,
            &Word::from_u64(self.signature_type.number()).0,
            &self.timestamp.0,
            &self.metadata.0,
            &self.builder.0,
        ])
    }

    pub(crate) fn id(&self, exchange: &Exchange) -> OrderId {
        OrderId(typed_digest(exchange.separator, self.struct_hash()))
    }
}

/// The digest of typed data: prefix, domain, struct.
pub(crate) fn typed_digest(separator: Word, struct_hash: Word) -> Word {
    keccak(&[&[0x19, 0x01], &separator.0, &struct_hash.0])
}
