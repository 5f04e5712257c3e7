//! The two small numbers of an order that have names.
//!
//! For: side and signature type, to and from the byte the contract reads.
//!
//! Never touches: what each signature type demands of maker and signer
//! (see [`strict`](crate::strict)).

use core::fmt;

/// Which way the order goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Gives collateral, receives shares.
    Buy,
    /// Gives shares, receives collateral.
    Sell,
}

impl Side {
    /// The byte in the signed struct.
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        match self {
            Self::Buy => 0,
            Self::Sell => 1,
        }
    }

    /// The side of a byte; the contract's decoder refuses every other one.
    #[must_use]
    pub const fn from_u8(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Buy),
            1 => Some(Self::Sell),
            _ => None,
        }
    }

    /// The word the venue's API uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Buy => "BUY",
            Self::Sell => "SELL",
        }
    }

    /// Reads the word the venue's API uses, in capitals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "BUY" => Some(Self::Buy),
            "SELL" => Some(Self::Sell),
            _ => None,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How maker, `order.signer` and signature relate (V2 exchange source, Signatures.sol).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureType {
    /// The signing address is the maker.
    Eoa = 0,
    /// The maker is the proxy wallet of the signing address.
    Proxy = 1,
    /// The maker is the Safe of the signing address.
    Safe = 2,
    /// Maker and `order.signer` are the deposit wallet, which checks by ERC-1271.
    Deposit = 3,
}

impl SignatureType {
    /// Every signature type.
    pub const ALL: [Self; 4] = [Self::Eoa, Self::Proxy, Self::Safe, Self::Deposit];

    /// The byte in the signed struct.
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        match self {
            Self::Eoa => 0,
            Self::Proxy => 1,
            Self::Safe => 2,
            Self::Deposit => 3,
        }
    }

    /// The type of a byte; the contract's decoder refuses every other one.
    #[must_use]
    pub const fn from_u8(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Eoa),
            1 => Some(Self::Proxy),
            2 => Some(Self::Safe),
            3 => Some(Self::Deposit),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Side, SignatureType};
    use std::string::ToString as _;

    #[test]
    fn bytes_outside_the_enums_have_no_name() {
        for byte in 0..=u8::MAX {
            assert_eq!(
                Side::from_u8(byte).map(Side::to_u8),
                (byte < 2).then_some(byte)
            );
            let kind = SignatureType::from_u8(byte).map(SignatureType::to_u8);
            assert_eq!(kind, (byte < 4).then_some(byte));
        }
    }

    #[test]
    fn a_side_is_written_in_capitals() {
        for side in [Side::Buy, Side::Sell] {
            assert_eq!(Side::parse(side.as_str()), Some(side));
            assert_eq!(side.to_string(), side.as_str());
        }
        for text in ["buy", "Sell", "", "0", "BUY "] {
            assert_eq!(Side::parse(text), None);
        }
    }
}
