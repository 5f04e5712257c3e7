//! Why an intent was not approved: stable codes, and a sentence for a person.
//!
//! Invariant: a denial is an answer. Nothing here speaks of faults.

use core::fmt;

use order::CollateralUnits;
use order::strict::Refusal;

/// An answer that is no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// The intent's deadline has passed.
    DeadlinePassed {
        /// The intent's own deadline.
        deadline_ms: u64,
        /// When it was judged.
        now_ms: u64,
    },
    /// What the order puts at stake is above the policy's limit for one order.
    OrderTooLarge {
        /// What this order would put at stake, without fee.
        at_stake: CollateralUnits,
        /// The limit.
        limit: CollateralUnits,
    },
    /// No meter can hold this charge.
    ChargeOverflow,
    /// A SELL must be given in shares.
    SellInCollateral,
    /// An EXIT only sells.
    ExitMustSell,
    /// This (intent, attempt) was asked before with other content.
    IntentReused,
    /// The exchange could not take such an order.
    NotAnOrder(Refusal),
}

impl Denial {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::DeadlinePassed { .. } => "DEADLINE_PASSED",
            Self::OrderTooLarge { .. } => "ORDER_TOO_LARGE",
            Self::ChargeOverflow => "CHARGE_OVERFLOW",
            Self::SellInCollateral => "SELL_IN_COLLATERAL",
            Self::ExitMustSell => "EXIT_MUST_SELL",
            Self::IntentReused => "INTENT_REUSED",
            Self::NotAnOrder(_) => "NOT_AN_ORDER",
        }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DeadlinePassed {
                deadline_ms,
                now_ms,
            } => write!(
                f,
                "deadline_ms {deadline_ms} is not after the signer's clock, {now_ms}; ask again as a new intent"
            ),
            Self::OrderTooLarge { at_stake, limit } => write!(
                f,
                "{at_stake} USDC at stake (a share counts as one) is above the limit of {limit} USDC for one \
                 order; ask for less"
            ),
            Self::ChargeOverflow => {
                f.write_str("the order with its fee does not fit any meter; ask for less")
            }
            Self::SellInCollateral => {
                f.write_str("a SELL is given in shares; set shares_units, not collateral_units")
            }
            Self::ExitMustSell => {
                f.write_str("an EXIT only sells; set side to SELL, or kind to COPY")
            }
            Self::IntentReused => f.write_str(
                "this intent_id and attempt were asked before with other content; \
                 a restored database or a hostile host asks so",
            ),
            Self::NotAnOrder(refusal) => write!(f, "{refusal}"),
        }
    }
}
