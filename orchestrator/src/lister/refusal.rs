//! Why a market is not listed: one row a reason, with what to do.
//!
//! A refusal is an answer about a market. That somebody could not be asked is
//! none: then nothing is known, and it is asked again.

use std::fmt;

use order::{B256, TickSize, U256};

use crate::day;

/// Who said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The catalogue.
    Gamma,
    /// The order API.
    Clob,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gamma => "the catalogue (Gamma)",
            Self::Clob => "the order API (CLOB)",
        })
    }
}

/// Why a market is not listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// One of the two has no such market.
    Unknown {
        /// Which.
        by: Who,
    },
    /// It is a market of Protocol V2.
    ProtocolV2,
    /// The exchanges hash their tokens with something else.
    Collateral,
    /// The chain has no such condition of two outcomes.
    NotOnChain {
        /// How many it has.
        outcomes: U256,
    },
    /// The chain says that it is over.
    Resolved,
    /// No tokens belong to it.
    Uncomputable,
    /// The tokens are not the condition's, or not in its order.
    Tokens {
        /// Who tells others.
        by: Who,
    },
    /// The same token is called otherwise, or the first one is the No.
    Outcomes,
    /// The tokens are another exchange's.
    NegRisk {
        /// Who tells otherwise.
        by: Who,
        /// What the tokens say.
        neg_risk: bool,
    },
    /// It does not trade.
    NotOpen {
        /// Who says so.
        by: Who,
    },
    /// They tell two price steps.
    Tick {
        /// The catalogue's.
        gamma: TickSize,
        /// The order API's.
        clob: TickSize,
    },
    /// It has no end.
    NoEnd {
        /// Who tells none.
        by: Who,
    },
    /// They tell two ends.
    End {
        /// The catalogue's, unix milliseconds.
        gamma_ms: u64,
        /// The order API's.
        clob_ms: u64,
    },
    /// Its end has passed.
    Ended,
    /// A rule of the configuration does not hold.
    Rule {
        /// Which.
        what: &'static str,
        /// What it is.
        found: u64,
        /// What it must be.
        least: u64,
    },
    /// One of its tokens stands in another listing of ours.
    TokenListed {
        /// Whose.
        condition: B256,
    },
    /// As many as a day may have were signed.
    DayFull {
        /// How many.
        new_per_day: u16,
    },
}

impl Refusal {
    /// A stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "UNKNOWN_MARKET",
            Self::ProtocolV2 => "PROTOCOL_V2",
            Self::Collateral => "COLLATERAL",
            Self::NotOnChain { .. } => "NOT_ON_CHAIN",
            Self::Resolved => "RESOLVED",
            Self::Uncomputable => "UNCOMPUTABLE",
            Self::Tokens { .. } => "TOKENS_DIFFER",
            Self::Outcomes => "OUTCOMES_DIFFER",
            Self::NegRisk { .. } => "NEG_RISK_DIFFERS",
            Self::NotOpen { .. } => "NOT_OPEN",
            Self::Tick { .. } => "TICK_DIFFERS",
            Self::NoEnd { .. } => "NO_END",
            Self::End { .. } => "END_DIFFERS",
            Self::Ended => "ENDED",
            Self::Rule { .. } => "RULE",
            Self::TokenListed { .. } => "TOKEN_LISTED",
            Self::DayFull { .. } => "DAY_FULL",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { by } => write!(
                f,
                "{by} has no such market; check the condition, or wait until it is shown"
            ),
            Self::ProtocolV2 => f.write_str(
                "a market of Protocol V2, whose positions are not the Conditional Tokens \
                 contract's; people list it: signerctl note new listing",
            ),
            Self::Collateral => f.write_str(
                "an exchange on chain hashes its tokens with another collateral than this \
                 program; believe no token, and look at both contracts",
            ),
            Self::NotOnChain { outcomes } => write!(
                f,
                "the chain has {outcomes} outcomes of this condition and not 2; check it, or \
                 wait until it is final"
            ),
            Self::Resolved => f.write_str("the chain has resolved it; nothing: it is over"),
            Self::Uncomputable => f.write_str("no token can be computed; check the condition"),
            Self::Tokens { by } => write!(
                f,
                "{by} tells other tokens, or another first one, than the condition has by the \
                 contract's own rule; do not trade it, and look at who answers there"
            ),
            Self::Outcomes => f.write_str(
                "catalogue and order API call a token by two names, or call the first outcome \
                 No; do not trade it, and look at who answers there",
            ),
            Self::NegRisk { by, neg_risk } => write!(
                f,
                "{by} says neg-risk {}, and its tokens are those of neg-risk {neg_risk}; do not \
                 trade it, and look at who answers there",
                !neg_risk
            ),
            Self::NotOpen { by } => write!(f, "{by} says that it does not trade; wait, or drop it"),
            Self::Tick { gamma, clob } => write!(
                f,
                "price steps of {gamma} in the catalogue and {clob} in the order API; wait \
                 until both say one"
            ),
            Self::NoEnd { by } => write!(
                f,
                "{by} tells no end, and buys of what is listed must have one; people list it: \
                 signerctl note new listing --end"
            ),
            Self::End { gamma_ms, clob_ms } => write!(
                f,
                "it ends {} in the catalogue and {} in the order API; wait until both say one day",
                day::utc_second(*gamma_ms),
                day::utc_second(*clob_ms)
            ),
            Self::Ended => f.write_str("its end has passed; nothing: it is over"),
            Self::Rule { what, found, least } => write!(
                f,
                "rules.{what} is {least} and it has {found}; wait, lower it, or name the market \
                 in markets"
            ),
            Self::TokenListed { condition } => write!(
                f,
                "one of its tokens was signed as a token of {condition}, for ever; compare both"
            ),
            Self::DayFull { new_per_day } => write!(
                f,
                "{new_per_day} were signed within a day; wait, or raise new_per_day"
            ),
        }
    }
}
