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
    Catalogue,
    /// The order API.
    OrderApi,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Catalogue => "the catalogue (Gamma)",
            Self::OrderApi => "the order API (CLOB)",
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
    /// They tell two questions, or one of them none.
    Question,
    /// Nobody who is named decides it.
    Oracle,
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
            Self::Question => "QUESTION_DIFFERS",
            Self::Oracle => "ORACLE",
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

impl Refusal {
    /// What to do about it.
    #[must_use]
    pub const fn fix(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "check the condition, or wait until it is shown",
            Self::ProtocolV2 => "people list it: signerctl note new listing",
            Self::Collateral => "believe no token, and look at both contracts",
            Self::NotOnChain { .. } => "check the condition, or wait until it is final",
            Self::Resolved | Self::Ended => "nothing: it is over",
            Self::Uncomputable => "check the condition",
            Self::Oracle => "look who decides it, and name him in oracles if he may",
            Self::Question | Self::Tokens { .. } | Self::Outcomes | Self::NegRisk { .. } => {
                "do not trade it, and look at who answers there"
            }
            Self::NotOpen { .. } => "wait, or drop it",
            Self::Tick { .. } => "wait until both say one",
            Self::NoEnd { .. } => "people list it: signerctl note new listing --end",
            Self::End { .. } => "wait until both say one day",
            Self::Rule { .. } => "wait, lower it, or name the market in markets",
            Self::TokenListed { .. } => "compare both",
            Self::DayFull { .. } => "wait, or raise new_per_day",
        }
    }

    fn problem(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = match self {
            Self::ProtocolV2 => {
                "a market of Protocol V2, whose positions are not the Conditional Tokens contract's"
            }
            Self::Collateral => {
                "an exchange on chain hashes its tokens with another collateral than this program"
            }
            Self::Resolved => "the chain has resolved it",
            Self::Uncomputable => "no token can be computed",
            Self::Outcomes => {
                "catalogue and order API call a token by two names, or call the first outcome No"
            }
            Self::Question => "catalogue and order API tell two questions, or one of them none",
            Self::Oracle => "nobody in oracles decides the question that both tell",
            Self::Ended => "its end has passed",
            Self::Unknown { by } => return write!(f, "{by} has no such market"),
            Self::NotOnChain { outcomes } => {
                return write!(
                    f,
                    "the chain has {outcomes} outcomes of this condition, not 2"
                );
            }
            Self::Tokens { by } => {
                return write!(f, "{by} tells other tokens, or in another order");
            }
            Self::NegRisk { by, neg_risk } => {
                return write!(
                    f,
                    "{by} tells the other exchange; neg-risk of its tokens is {neg_risk}"
                );
            }
            Self::NotOpen { by } => return write!(f, "{by} says that it does not trade"),
            Self::Tick { gamma, clob } => {
                return write!(f, "the catalogue's step is {gamma}, the order API's {clob}");
            }
            Self::NoEnd { by } => return write!(f, "{by} tells no end, and there must be one"),
            Self::End { gamma_ms, clob_ms } => {
                let [gamma, clob] = [gamma_ms, clob_ms].map(|ms| day::utc_second(*ms));
                return write!(
                    f,
                    "it ends {gamma} in the catalogue, {clob} in the order API"
                );
            }
            Self::Rule { what, found, least } => {
                return write!(f, "rules.{what} is {least} and it has {found}");
            }
            Self::TokenListed { condition } => {
                return write!(
                    f,
                    "a token of it was signed as one of {condition}, for ever"
                );
            }
            Self::DayFull { new_per_day } => {
                return write!(f, "{new_per_day} were signed within a day");
            }
        };
        f.write_str(plain)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem(f)?;
        write!(f, "; {}", self.fix())
    }
}
