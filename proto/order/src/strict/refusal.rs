//! Why an order is not one that the signer would make.
//!
//! For: an answer a person can act on: the field, the problem, the fix.
//!
//! Never touches: values, which the caller knows and may not want shown.

use core::fmt;

/// The first rule that an order broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// The price is not a multiple of the tick size.
    PriceOffTick,
    /// The amounts imply no whole number of ten-thousandths in 1..=9999.
    PriceNotOnGrid,
    /// Shares are not a whole number of lots.
    SharesNotInLots,
    /// The collateral of a market BUY is not a whole number of cents.
    CollateralNotInCents,
    /// The shares of a market BUY are not the venue's quotient at any tick.
    SharesNotTheQuotient,
    /// Market pricing was asked for a SELL.
    MarketPricingIsForBuys,
    /// An amount is zero, perhaps after rounding down to a lot.
    AmountZero,
    /// An amount is above 10^15 base units.
    AmountTooLarge,
    /// The salt needs more than 53 bits.
    SaltTooLarge,
    /// The timestamp needs more than 64 bits.
    TimestampTooLarge,
    /// The metadata is not zero.
    MetadataNotZero,
    /// The side is neither 0 nor 1.
    UnknownSide,
    /// The signature type is none of 0 to 3.
    UnknownSignatureType,
    /// Type 0: the maker is not the signing address.
    MakerNotTheKey,
    /// Type 1: the maker is not the proxy wallet of the signing address.
    MakerNotTheProxy,
    /// Type 2: the maker is not the Safe of the signing address.
    MakerNotTheSafe,
    /// Type 3: the maker is no deposit wallet of the signing address.
    MakerNotTheDepositWallet,
    /// `order.signer` is not what the signature type demands.
    SignerMismatch,
    /// Type 3 on Amoy.
    DepositWalletOnAmoy,
    /// A session key with a type other than 3.
    SessionKeyNeedsDepositWallet,
    /// V3: the token id has reserved bits set.
    PositionIdReservedBits,
    /// V3: the module is neither binary nor neg-risk.
    PositionIdModule,
    /// V3: the outcome is neither 0 nor 1.
    PositionIdOutcome,
    /// The signature is not in the one form that its type and key kind have.
    SignatureForm,
    /// The signature's v is neither 27 nor 28.
    SignatureV,
    /// The signature's s is in the upper half of the group order.
    SignatureHighS,
    /// The signature was not made by the signing address over this order's digest.
    SignatureNotOurs,
}

impl fmt::Display for Refusal {
    #[expect(
        clippy::too_many_lines,
        reason = "one sentence for each variant, and nothing else"
    )]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PriceOffTick => "price is between two ticks: use a multiple of the tick size",
            Self::PriceNotOnGrid => {
                "amounts imply a price that is no multiple of the tick strictly between 0 and 1: \
                 derive both from price and shares"
            }
            Self::SharesNotInLots => "shares are not whole lots: use a multiple of 0.01",
            Self::CollateralNotInCents => {
                "collateral of a market BUY is not whole cents: use a multiple of 0.01"
            }
            Self::SharesNotTheQuotient => {
                "shares of a market BUY are not collateral over a price on the tick, rounded down: \
                 derive them"
            }
            Self::MarketPricingIsForBuys => {
                "side is SELL, which has no market rule of its own: price it as a limit order"
            }
            Self::AmountZero => "an amount is zero: ask for at least one lot",
            Self::AmountTooLarge => "an amount is above 10^15 base units: split the order",
            Self::SaltTooLarge => "salt needs more than 53 bits: draw it below 2^53",
            Self::TimestampTooLarge => "timestamp needs more than 64 bits: use milliseconds",
            Self::MetadataNotZero => "metadata is not zero: leave it empty",
            Self::UnknownSide => "side is neither 0 nor 1: use BUY or SELL",
            Self::UnknownSignatureType => "signature type is unknown: use 0, 1, 2 or 3",
            Self::MakerNotTheKey => "maker is not the signing address: type 0 needs them equal",
            Self::MakerNotTheProxy => {
                "maker is not the signing address's proxy wallet: correct it or the signature type"
            }
            Self::MakerNotTheSafe => {
                "maker is not the signing address's Safe: correct it or the signature type"
            }
            Self::MakerNotTheDepositWallet => {
                "maker is not a deposit wallet of the signing address: correct it or the signature \
                 type"
            }
            Self::SignerMismatch => {
                "order.signer is wrong: it is the signing address, or with type 3 the maker"
            }
            Self::DepositWalletOnAmoy => {
                "signature type 3 has no published wallet derivation on chain 80002: use another \
                 type there"
            }
            Self::SessionKeyNeedsDepositWallet => {
                "a session key signs for deposit wallets only: use signature type 3"
            }
            Self::PositionIdReservedBits => {
                "token id has reserved bits set and is no V3 position: check the market's exchange"
            }
            Self::PositionIdModule => {
                "token id is of no module that the book trades: V3 takes modules 1 and 2"
            }
            Self::PositionIdOutcome => {
                "token id names no outcome: the last byte of a V3 position is 0 or 1"
            }
            Self::SignatureForm => {
                "signature has the wrong form: 65 bytes, or with type 3 the 317-byte wrapper (480 \
                 for a session key) of this order"
            }
            Self::SignatureV => "signature v is neither 27 nor 28: add 27 to the parity",
            Self::SignatureHighS => "signature s is high: negate it and flip v",
            Self::SignatureNotOurs => {
                "signature was not made by the signing address over this order: sign its digest"
            }
        })
    }
}

impl core::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::Refusal;
    use std::collections::BTreeSet;
    use std::string::ToString as _;

    #[test]
    fn each_refusal_says_its_own_problem_and_a_fix() {
        let all = [
            Refusal::PriceOffTick,
            Refusal::PriceNotOnGrid,
            Refusal::SharesNotInLots,
            Refusal::CollateralNotInCents,
            Refusal::SharesNotTheQuotient,
            Refusal::MarketPricingIsForBuys,
            Refusal::AmountZero,
            Refusal::AmountTooLarge,
            Refusal::SaltTooLarge,
            Refusal::TimestampTooLarge,
            Refusal::MetadataNotZero,
            Refusal::UnknownSide,
            Refusal::UnknownSignatureType,
            Refusal::MakerNotTheKey,
            Refusal::MakerNotTheProxy,
            Refusal::MakerNotTheSafe,
            Refusal::MakerNotTheDepositWallet,
            Refusal::SignerMismatch,
            Refusal::DepositWalletOnAmoy,
            Refusal::SessionKeyNeedsDepositWallet,
            Refusal::PositionIdReservedBits,
            Refusal::PositionIdModule,
            Refusal::PositionIdOutcome,
            Refusal::SignatureForm,
            Refusal::SignatureV,
            Refusal::SignatureHighS,
            Refusal::SignatureNotOurs,
        ];
        let mut problems = BTreeSet::new();
        for refusal in all {
            let text = refusal.to_string();
            let (problem, fix) = text.split_once(": ").unwrap();
            assert!(!fix.is_empty(), "{text}");
            assert!(problems.insert(problem.to_string()), "{text}");
        }
        assert_eq!(problems.len(), all.len());
    }
}
