//! What could be lost, in numbers that err high and never low.
//!
//! Shares are marked at 1, before and after. A loss is then of three parts:
//!
//! 1. **signed buys**: collateral that signed BUYs not known filled may still
//!    spend, with fees. Filling one and selling what it brought loses no more.
//! 2. **new buys**: the whole day cap, at its largest within the horizon, once
//!    for each day that buys can still be signed.
//! 3. **sells**: every share that may be held now, times what a sell at the
//!    lowest price gives away: `1 - lowest × (1 - f)`.
//!
//! How each word is read, always the way that errs high:
//!
//! - *known filled* is what a quorum wrote off, and what watchers saw filled,
//!   final on chain. What a journal that went back had forgotten is never known,
//!   nor is what a start owes: another copy may have signed it.
//! - *with fees* is the larger of what was charged and makerAmount × (1 + f) at
//!   the largest f of the policies in force and announced, and, while a signed
//!   SELL may still fill, of every policy there ever was.
//! - *every share that may be held*: every BUY ever signed counts makerAmount ÷
//!   0.0001, whatever was written off or sold since, but for the part that
//!   watchers saw filled, which counts what it brought; plus what is declared.
//!   Sold shares stay counted: a declaration might count them too. The
//!   divisor is the venue's finest tick, not the intent's: that one is the
//!   caller's word, and a market's tick becomes finer near 0 and 1 while a
//!   signed BUY waits.
//! - *lowest* is one price for all tokens: the least of every signed SELL not
//!   written off or seen filled, of the floors of the policies in force and
//!   announced (raised floors are dials, and dials do not count) or, where
//!   attested sales may be copied below them, of their `sell_price_min`; and of
//!   every ticket applied and not yet over. A ticket that a person signed and the signer has not seen is
//!   that person's act, and lowers the figure when it is applied.
//! - *at its largest*: the ceiling, not the dial; the rollout's stage at the end
//!   of the horizon; an announced policy as if it were in force; lifetime, if
//!   set, as what is left of it.
//! - *until locked*: if no one does anything more. Buys stop with the dead man's
//!   first stage, an hour before the lease ends, or with the policy, whichever
//!   comes first on the fast time; each day begun until then has a whole cap.
//!   Real time is never slower than the slow time on which windows roll off.
//!
//! Each horizon begins now and ends just before its last millisecond: a window
//! of the same length then holds all that was newly charged.
//!
//! They hold while fewer watchers lie than it takes to sign a note, while the
//! exchange takes at most the f in force when an order was signed, and fills come in lots of 0.01 share (smaller ones round against
//! the maker, as often as the exchange's operator likes).
//! What withheld exits lose is not bounded by them: `positions_at_risk` says
//! how much there is, and the quorum's `wallet_usdc_max` stands beside, since a
//! wallet cannot lose more than it holds.
//!
//! Invariant: every division is rounded up, and a sum that fits no 64 bits is
//! unbounded.

use core::fmt;

use note::Policy;
use order::{CollateralUnits, PriceE4, ShareUnits};

use crate::calendar::{DAY_MS, HOUR_MS, ms_of};
use crate::charge::{BPS_ONE, FeeCeiling};
use crate::facts::Facts;
use crate::rollout;
use crate::standing::Clocks;
use crate::state::State;
use crate::time::Time;
use crate::words::Money;

/// An amount that cannot be exceeded, or the admission that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// Collateral base units.
    Usdc(CollateralUnits),
    /// No number bounds it.
    Unbounded,
}

impl Figure {
    fn of(units: u128) -> Self {
        u64::try_from(units).map_or(Self::Unbounded, |units| {
            Self::Usdc(CollateralUnits::new(units))
        })
    }
}

/// `1,500.00`, or `unbounded`.
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usdc(units) => fmt::Display::fmt(&Money::of(*units), f),
            Self::Unbounded => f.write_str("unbounded"),
        }
    }
}

/// One loss figure with the terms that are its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// The loss: signed buys + new buys + sells.
    pub loss: Figure,
    /// How long buys can still be signed within it, milliseconds.
    pub buys_for_ms: u64,
    /// How many day caps that is.
    pub day_caps: u64,
    /// One day cap at its largest.
    pub day_cap: CollateralUnits,
    /// All of them, or what is left of the lifetime if that is less.
    pub new_buys: Figure,
}

/// The figures with every term, each as it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// The most that can be lost within 24 hours.
    pub next_24h: Horizon,
    /// The most that can be lost until dead man or lease stop it.
    pub until_locked: Horizon,
    /// Every share that may be held, at 1: what withheld exits put at risk.
    pub positions_at_risk: Figure,
    /// The most the wallet may ever hold, by the quorum's word.
    pub wallet_usdc_max: CollateralUnits,
    /// What signed BUYs not known filled may still take, with fees.
    pub signed_buys: Figure,
    /// Every share that may be held; `None` if holdings are not declared
    /// complete, or if they fit no 64 bits.
    pub shares: Option<ShareUnits>,
    /// The lowest price at which a share can be sold.
    pub lowest: PriceE4,
    /// The largest fee, basis points.
    pub fee_bps: u16,
    /// What selling all shares at the lowest price gives away.
    pub sells: Figure,
    /// Whether the last declaration said that it left nothing out.
    pub holdings_complete: bool,
}

/// Computes the figures at `time`.
#[must_use]
pub fn figures(facts: &Facts, state: &State, time: Time) -> Figures {
    let fee_bps = policies(facts)
        .map(|policy| FeeCeiling::of_policy(policy.order.fee_ceiling_bps).bps())
        .max()
        .unwrap_or(FeeCeiling::BPS_MAX)
        .max(state.sells_fee_bps());
    let signed_buys = signed_buys(state, fee_bps);
    let lowest = lowest(facts, state, time);
    let may_hold = state.holdings.may_hold();
    let (shares, sells) = if state.holdings.complete() {
        (Some(may_hold), given_away(may_hold, lowest, fee_bps))
    } else {
        (None, None)
    };
    let horizon = |length_ms, buys_for_ms: u64| {
        let (day_cap, day_caps, new) = new_buys(facts, state, time, length_ms, buys_for_ms);
        let loss = sells.and_then(|sells| signed_buys.checked_add(new)?.checked_add(sells));
        Horizon {
            loss: loss.map_or(Figure::Unbounded, Figure::of),
            buys_for_ms,
            day_caps,
            day_cap,
            new_buys: Figure::of(new),
        }
    };
    let buys_for_ms = buys_for_ms(facts, time);
    Figures {
        next_24h: horizon(DAY_MS, DAY_MS),
        until_locked: horizon(buys_for_ms, buys_for_ms),
        positions_at_risk: shares.map_or(Figure::Unbounded, Figure::of),
        wallet_usdc_max: policies(facts)
            .map(|policy| policy.wallet_usdc_max)
            .max()
            .unwrap_or_default(),
        signed_buys: Figure::of(signed_buys),
        shares: shares
            .and_then(|shares| u64::try_from(shares).ok())
            .map(ShareUnits::new),
        lowest,
        fee_bps,
        sells: sells.map_or(Figure::Unbounded, Figure::of),
        holdings_complete: state.holdings.complete(),
    }
}

/// The policy in force and the one announced.
fn policies(facts: &Facts) -> impl Iterator<Item = &Policy> {
    let announced = facts.pending().map(|announced| &announced.policy);
    core::iter::once(facts.policy()).chain(announced)
}

fn signed_buys(state: &State, fee_bps: u16) -> u128 {
    let factor = u128::from(BPS_ONE).saturating_add(u128::from(fee_bps));
    let largest = state.orders.buys().saturating_mul(factor);
    let largest = largest.div_ceil(u128::from(BPS_ONE));
    let known = largest.max(state.orders.charges());
    known.saturating_add(state.owed())
}

fn lowest(facts: &Facts, state: &State, time: Time) -> PriceE4 {
    let floors = policies(facts).map(|policy| {
        let (floor, least) = (policy.exits.sell_floor, policy.order.sell_price_min);
        // A copy of what watchers saw keeps its leader's price, not the floor.
        policy
            .watching
            .watchers()
            .map_or(floor, |_| floor.min(least))
    });
    let signed = state.orders.lowest_sell();
    let tickets = state.tickets.lowest(time.fast_ms);
    let all = floors.chain(signed).chain(tickets);
    all.min().unwrap_or(crate::price::LEAST)
}

/// ⌈shares × (1 - lowest × (1 - f))⌉; `None` if it does not fit.
fn given_away(shares: u128, lowest: PriceE4, fee_bps: u16) -> Option<u128> {
    const ONE_E8: u64 = 100_000_000;
    let kept_bps = BPS_ONE.saturating_sub(u64::from(fee_bps));
    let got_e8 = u64::from(lowest.get()).saturating_mul(kept_bps);
    let lost_e8 = u128::from(ONE_E8.saturating_sub(got_e8));
    let scaled = shares.checked_mul(lost_e8)?;
    Some(scaled.div_ceil(u128::from(ONE_E8)))
}

/// One day cap, how many of them, and all that can newly be charged.
fn new_buys(
    facts: &Facts,
    state: &State,
    time: Time,
    length_ms: u64,
    buys_for_ms: u64,
) -> (CollateralUnits, u64, u128) {
    let slow_ms = state.slow_ms(time);
    let end_ms = slow_ms.saturating_add(length_ms);
    let day_cap = policies(facts)
        .map(|policy| {
            let first = state.first_order_ms(policy.wallet.mode);
            let days = rollout::days(Some(first.unwrap_or(slow_ms)), end_ms);
            rollout::day_cap(policy, days)
        })
        .max()
        .unwrap_or_default();
    let day_caps = buys_for_ms.div_ceil(DAY_MS);
    let caps = u128::from(day_cap.get()).saturating_mul(u128::from(day_caps));
    let charged = state.lifetime();
    let left = |policy: &Policy| {
        policy.budgets.lifetime_usdc.map_or(u128::MAX, |lifetime| {
            u128::from(lifetime.get()).saturating_sub(charged)
        })
    };
    let left = policies(facts).map(left).max().unwrap_or(u128::MAX);
    (day_cap, day_caps, caps.min(left))
}

/// How long buys can still be signed if no one does anything more.
fn buys_for_ms(facts: &Facts, time: Time) -> u64 {
    let clocks = Clocks::of(facts);
    let expires = policies(facts).map(|policy| ms_of(policy.expires)).max();
    let lease = clocks
        .lease_ends_ms
        .map_or(0, |ends| ends.saturating_sub(HOUR_MS));
    let stops = lease
        .min(clocks.reduces_ms.unwrap_or(0))
        .min(expires.unwrap_or(0));
    stops.saturating_sub(time.fast_ms)
}
