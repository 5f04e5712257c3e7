//! What to do about a denial: the command that changes it, with the numbers
//! that would let this very order pass.
//!
//! Invariant: a dial is offered only where one reaches far enough.

use alloc::format;
use alloc::string::String;

use crate::denial::{Budget, Denial, Misroute, Short};
use crate::standing::{Cause, FreezeReason};
use crate::words::Money;

impl Denial {
    /// The command that changes it, or what the caller should do.
    #[must_use]
    #[expect(
        clippy::too_many_lines,
        reason = "one fix for each variant, and nothing else"
    )]
    pub fn fix(&self) -> String {
        match self {
            Self::NoPolicy => "signerctl note apply <policy>".into(),
            Self::IntentTooOld { .. } => "Name a new intent".into(),
            Self::IntentTooNew { .. } => {
                "Correct the date in intent_id, or the clock of its host".into()
            }
            Self::DeadlinePassed { .. } | Self::KeyChanged { .. } => {
                "Ask again as a new attempt".into()
            }
            Self::IntentReused => "signerctl log; then name a new intent".into(),
            Self::Locked(cause) | Self::ReduceOnly(cause) => cause.fix(),
            Self::Frozen(freeze) => Cause::Frozen(*freeze).fix(),
            Self::WrongWallet { .. } => {
                "signerctl unlock with the policy's key, or a policy for this one".into()
            }
            Self::SessionExpired { .. } => {
                "Authorise another and signerctl import it, with a policy that names it".into()
            }
            Self::StrategyOff => "Ask as COPY or EXIT".into(),
            Self::ExitMustSell => "Set side to SELL, or kind to COPY".into(),
            Self::SellInCollateral => "Set shares_units, not collateral_units".into(),
            Self::MarketNotAllowed { .. } => format!("{NEW_POLICY}, or listing under listers"),
            Self::LeaderNotAllowed { .. } => NEW_POLICY.into(),
            Self::MarketEnded { .. } => format!("{NEW_POLICY}, if its end was moved"),
            Self::TokenNotOfMarket { .. } => "Read both from the same market".into(),
            Self::Venue { why, .. } => match why {
                Misroute::TradesOn(_) | Misroute::NoPosition => {
                    "Route by the market's neg_risk and version".into()
                }
                Misroute::NotInPolicy => NEW_POLICY.into(),
            },
            Self::Tick { .. } => format!("Read the market's tick, or {NEW_POLICY}"),
            Self::LeaderAge { .. } => "Copy it sooner, or signerctl note new dial".into(),
            Self::LeaderFuture { .. } => "Check time sync on both hosts".into(),
            Self::AttestationMissing { .. } => {
                "Bring their note first; fill_id is the name that it gives the trade".into()
            }
            Self::AttestationDiffers { .. } => "Say of the trade what its note says".into(),
            Self::AttestationUsed { .. } => {
                "One trade, one intent; a further try is another attempt of it".into()
            }
            Self::CopyRatio { .. } => format!("Ask for fewer, or {NEW_POLICY}"),
            Self::NotAnOrder(_) => "Correct it and ask as a new attempt".into(),
            Self::OrderTwice => "Ask as a new attempt".into(),
            Self::OrderTooSmall { .. } => "Ask for more".into(),
            Self::OrderTooLarge {
                notional,
                limit,
                ceiling,
            } => dial("--order", notional.get(), limit.get(), Some(ceiling.get())),
            Self::SharesTooMany {
                shares,
                limit,
                ceiling,
            } => dial("--shares", shares.get(), limit.get(), Some(ceiling.get())),
            Self::PriceBand { .. } => "Choose a price inside, or signerctl note new dial".into(),
            Self::LeaderDistance { .. } => "Choose a price nearer to the leader's".into(),
            Self::ChargeOverflow => "Ask for less".into(),
            Self::Rate { ceiling, limit, .. } if limit < ceiling => {
                format!("signerctl note new dial --rate {ceiling} (ceiling {ceiling})")
            }
            Self::Rate { .. } => format!("Wait, or {NEW_POLICY}"),
            Self::Ahead { .. } => "Wait for the witnesses; orchestrator health".into(),
            Self::Budget(short) => short.fix(),
            Self::SellGrace { .. } => "signerctl note new policy --renew".into(),
            Self::ExitRate { .. } | Self::SellReuse { .. } => {
                "Wait, or signerctl note new ticket".into()
            }
            Self::SellFloor {
                token,
                shares,
                price,
                ..
            } => format!(
                "signerctl note new ticket --token {token} --shares {shares} --price {price}"
            ),
            Self::Holdings { token, .. } => {
                format!("signerctl note new declare, or ticket --token {token}")
            }
        }
    }
}

const NEW_POLICY: &str = "signerctl note new policy";

/// A dial if one reaches that far, else a policy.
fn dial(flag: &str, wanted: u64, limit: u64, ceiling: Option<u64>) -> String {
    let most = ceiling.map_or_else(String::new, |most| format!(" (ceiling {})", Money(most)));
    if ceiling.is_none_or(|most| limit < most && wanted <= most) {
        let wanted = order::CollateralUnits::new(wanted);
        format!("signerctl note new dial {flag} {wanted}{most}")
    } else {
        format!("{NEW_POLICY}{most}")
    }
}

impl Short {
    fn fix(&self) -> String {
        let wanted = self.charged.get().saturating_add(self.charge.get());
        let ceiling = self.ceiling.map(order::CollateralUnits::get);
        let flag = match self.budget {
            Budget::Minute => "--minute",
            Budget::Hour => "--hour",
            // Reached, it is not raised before its UTC day is over.
            Budget::Day if self.charged <= self.limit => {
                let raise = dial("--day", wanted, self.limit.get(), ceiling);
                if raise.starts_with(NEW_POLICY) {
                    return raise;
                }
                return format!("{raise}, from 00:00Z");
            }
            Budget::Day => "--day",
            Budget::Listing => return format!("Wait, or {NEW_POLICY}"),
            Budget::Lifetime => "--lifetime",
            Budget::Market => "--market-day",
            Budget::Strategy => "--strategy-day",
            Budget::Leader => "--leader-day",
        };
        dial(flag, wanted, self.limit.get(), ceiling)
    }
}

impl Cause {
    /// The command that ends it.
    #[must_use]
    pub fn fix(&self) -> String {
        match self {
            Self::KeyLocked | Self::LeaseEnded { .. } | Self::LeaseEnding { .. } => {
                "signerctl unlock".into()
            }
            Self::DeadManLocked { .. } | Self::DeadMan { .. } | Self::Unattended { .. } => {
                "signerctl note new alive".into()
            }
            Self::Frozen(freeze) if freeze.reason == FreezeReason::RolledBack => format!(
                "Restore a newer journal, or signerctl note new recovery --leaf {}",
                freeze.leaf
            ),
            Self::SessionEnding { .. } | Self::SessionEnded { .. } => {
                "Authorise a new one from the owner's wallet, then signerctl import".into()
            }
            Self::Frozen(freeze) => format!("signerctl unfreeze --leaf {}", freeze.leaf),
            Self::PolicyExpired { .. } => "signerctl note new policy --renew".into(),
            Self::ClockJumped { .. } => "Check time sync, then signerctl clock accept".into(),
            Self::DiskLow | Self::DiskFull => "Free disk on the signer's host".into(),
            Self::Unwitnessed | Self::WitnessLate { .. } => {
                "Wait for the witnesses; orchestrator health".into()
            }
        }
    }
}
