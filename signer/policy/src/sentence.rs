//! What a denial says to a person: what happened, with its numbers, and what
//! passes by itself. The command that changes it is in `fix`.
//!
//! Invariant: every sentence stands after `DENIED <code> <order>:` on one line.

use alloc::format;
use alloc::string::String;
use core::fmt;

use order::Exchange;

use crate::calendar::{Clock, Instant};
use crate::denial::{Back, Denial, Misroute, Short};
use crate::price::PriceE8;
use crate::standing::Cause;
use crate::words::{Money, Span};

/// The sentence, then the fix.
impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.sentence(), self.fix())
    }
}

impl Denial {
    /// What happened, with the numbers, and what passes by itself.
    #[must_use]
    #[expect(
        clippy::too_many_lines,
        reason = "one sentence for each variant, and nothing else"
    )]
    pub fn sentence(&self) -> String {
        match self {
            Self::NoPolicy => "no policy is in force".into(),
            Self::IntentTooOld { day, floor } => {
                format!("intent of {day}; the signer remembers back to {floor}")
            }
            Self::IntentTooNew { day, last, .. } => {
                format!("intent of {day}; the latest taken is of {last}")
            }
            Self::DeadlinePassed {
                deadline_ms,
                now_ms,
            } => format!(
                "deadline {} passed {} ago",
                Instant(*deadline_ms),
                Span(now_ms.saturating_sub(*deadline_ms)),
            ),
            Self::IntentReused => {
                "one attempt with two contents: a restored database, or a hostile host".into()
            }
            Self::KeyChanged { signed, now } => {
                format!("signed under key generation {signed}, now {now}")
            }
            Self::Locked(cause) => format!("{cause}; nothing is signed"),
            Self::Frozen(freeze) => {
                format!("{}; nothing is signed but tickets", Cause::Frozen(*freeze))
            }
            Self::ReduceOnly(cause) => format!("{cause}; exits and copied sells continue"),
            Self::WrongWallet { key, policy } => {
                format!("the key signs for {key}, the policy is for {policy}")
            }
            Self::SessionExpired { ended_ms } => {
                format!("the session key ended {}", Instant(*ended_ms))
            }
            Self::StrategyOff => "STRATEGY orders are not taken".into(),
            Self::ExitMustSell => "an EXIT only sells".into(),
            Self::SellInCollateral => "a SELL is given in shares".into(),
            Self::MarketNotAllowed { market } => format!("market {market} is not in the policy"),
            Self::MarketEnded { ended_ms } => {
                format!("buys of this market ended {}", Instant(*ended_ms))
            }
            Self::TokenNotOfMarket { token } => {
                format!("token {token} is not of the market named")
            }
            Self::Venue { asked, why } => match why {
                Misroute::TradesOn(right) => {
                    format!(
                        "{} was asked; this token trades on {}",
                        name(*asked),
                        name(*right)
                    )
                }
                Misroute::NoPosition => "V3 was asked; this token is no V3 position".into(),
                Misroute::NotInPolicy => format!("{} is not in the policy", name(*asked)),
            },
            Self::Tick { asked, listed } => match listed {
                Some(listed) => format!("tick {asked}: the market is listed with {listed}"),
                None => format!("tick {asked} is not one of the policy's"),
            },
            Self::LeaderNotAllowed { leader } => format!("leader {leader} is not in the policy"),
            Self::LeaderAge { age_ms, limit_ms } => format!(
                "the leader's trade is {} old, limit {}",
                Span(*age_ms),
                Span(*limit_ms)
            ),
            Self::LeaderFuture {
                ahead_ms, limit_ms, ..
            } => format!(
                "the leader's trade lies {} ahead of the signer's clock, limit {}",
                Span(*ahead_ms),
                Span(*limit_ms)
            ),
            Self::AttestationMissing { fill } => {
                format!("no watchers attested the leader's trade {fill}")
            }
            Self::AttestationDiffers { field } => {
                format!("the leader's trade was attested with another {field}")
            }
            Self::AttestationUsed { by } => {
                format!("the leader's trade was copied by {}", by.as_str())
            }
            Self::CopyRatio { shares, left } => format!(
                "{} shares, {} left of what may copy this trade",
                Money::shares(*shares),
                Money::shares(*left)
            ),
            Self::NotAnOrder(refusal) => format!("{refusal}"),
            Self::OrderTwice => "another attempt has this very order".into(),
            Self::OrderTooSmall { notional, least } => format!(
                "{} USDC, least {} an order",
                Money::of(*notional),
                Money::of(*least)
            ),
            Self::OrderTooLarge {
                notional, limit, ..
            } => format!(
                "{} USDC, most {} an order",
                Money::of(*notional),
                Money::of(*limit)
            ),
            Self::SharesTooMany { shares, limit, .. } => format!(
                "{} shares, most {} an order",
                Money::shares(*shares),
                Money::shares(*limit)
            ),
            Self::PriceBand { price, least, most } => {
                let (least, most) = (PriceE8::of(*least), PriceE8::of(*most));
                format!("price {price} is outside {least} to {most}")
            }
            Self::LeaderDistance {
                price,
                leader,
                bound,
            } => format!(
                "price {price} is beyond {bound}, as far from the leader's {} as allowed",
                PriceE8::of(*leader)
            ),
            Self::ChargeOverflow => "the order with its fee does not fit any meter".into(),
            Self::Rate { count, limit, .. } => format!("{count} of {limit} orders in a minute"),
            Self::Ahead { charge, left } => format!(
                "{} to charge, {} left of what the witnesses hold",
                Money::of(*charge),
                Money::of(*left)
            ),
            Self::Budget(short) => short.sentence(),
            Self::SellGrace { ended_ms } => format!(
                "the policy expired and its sells ran on until {}",
                Instant(*ended_ms)
            ),
            Self::ExitRate { count, limit, .. } => {
                format!("{count} of {limit} exits in a minute")
            }
            Self::SellFloor {
                shares,
                price,
                floor,
                ..
            } => format!(
                "sell {} at {}: floor {}",
                Money::shares(*shares),
                PriceE8::of(*price),
                PriceE8::of(*floor)
            ),
            Self::Holdings { shares, held, .. } => format!(
                "sell {}: this wallet can hold {}",
                Money::shares(*shares),
                Money::shares(*held)
            ),
            Self::SellReuse {
                shares,
                sold,
                limit,
                back,
                ..
            } => format!(
                "sell {}: {} of {} a day sold{}",
                Money::shares(*shares),
                Money::shares(*sold),
                Money::shares(*limit),
                returns(*back, "return"),
            ),
        }
    }
}

const fn name(exchange: Exchange) -> &'static str {
    match exchange {
        Exchange::V2Standard => "V2 standard",
        Exchange::V2NegRisk => "V2 neg-risk",
        Exchange::V3 => "V3",
    }
}

/// `; 40.00 returns 14:32Z`, with its day where that is another one.
fn returns(back: Option<Back>, verb: &str) -> String {
    back.map_or_else(String::new, |back| {
        let units = Money(back.units);
        if back.another_day {
            format!("; {units} {verb} {}", Instant(back.at_ms))
        } else {
            format!("; {units} {verb} {}", Clock(back.at_ms))
        }
    })
}

impl Short {
    fn sentence(&self) -> String {
        let (charged, limit) = (Money::of(self.charged), Money::of(self.limit));
        let back = returns(self.back, "returns");
        format!("{charged} of {limit} charged{back}")
    }
}

/// What holds, since or until when.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyLocked => f.write_str("the key is sealed"),
            Self::LeaseEnded { at_ms } => write!(f, "lease ended {}", Instant(*at_ms)),
            Self::DeadManLocked { at_ms } => {
                write!(f, "no one said alive; locked since {}", Instant(*at_ms))
            }
            Self::Frozen(freeze) => write!(
                f,
                "frozen {} by {} ({}), leaf {}",
                Instant(freeze.at_ms),
                freeze.by,
                freeze.reason.words(),
                freeze.leaf
            ),
            Self::PolicyExpired {
                at_ms,
                sells_until_ms,
            } => write!(
                f,
                "policy expired {}, sells run until {}",
                Instant(*at_ms),
                Instant(*sells_until_ms)
            ),
            Self::DeadMan { at_ms: Some(at_ms) } => {
                write!(f, "no one said alive since {}", Instant(*at_ms))
            }
            Self::DeadMan { at_ms: None } => f.write_str("no one has said alive yet"),
            Self::LeaseEnding { locks_ms } => {
                write!(f, "the lease ends {}", Instant(*locks_ms))
            }
            Self::SessionEnding { ends_ms } => {
                write!(f, "the session key ends {}", Instant(*ends_ms))
            }
            Self::SessionEnded { at_ms } => {
                write!(f, "the session key ended {}", Instant(*at_ms))
            }
            Self::ClockJumped { at_ms } => {
                write!(f, "the clocks disagree since {}", Instant(*at_ms))
            }
            Self::DiskLow => f.write_str("disk is down to its reserve"),
            Self::Unwitnessed => f.write_str("the witnesses do not hold this start yet"),
            Self::WitnessLate { at_ms } => {
                write!(
                    f,
                    "the witnesses' word is too old since {}",
                    Instant(*at_ms)
                )
            }
            Self::DiskFull => f.write_str("disk is full, and so is what exits had of its reserve"),
            Self::Unattended { at_ms } => {
                write!(f, "restarted unattended {}", Instant(*at_ms))
            }
        }
    }
}
