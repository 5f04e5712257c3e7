//! Bounds on one order, tested on the integers that will be signed.
//!
//! They hold for all but exits. An EXIT has bounds of its own (see `sells`): a
//! cap on its notional would only make it ask for a lower price, and a least
//! notional would shut in whatever has lost its worth.
//!
//! Invariant: an edge is inside: a price, size or distance equal to its limit
//! passes.

use order::strict::Amounts;
use order::{PriceE4, Side};

use crate::case::Case;
use crate::denial::Denial;
use crate::intent::Observed;
use crate::price::{Implied, PriceE8};
use crate::rollout::Staged;
use crate::scope::observed;

/// Makes sure that an order that is no exit keeps its size and its band, and a
/// copy its distance.
pub(crate) fn hold(case: Case<'_>, amounts: Amounts, staged: &Staged) -> Result<(), Denial> {
    let price = Implied::of(amounts, case.intent.side);
    size(case, amounts, staged)?;
    band(case, price)?;
    observed(case.intent).map_or(Ok(()), |observed| distance(case, observed, price))
}

/// Makes sure that the order is neither too small nor too large.
fn size(case: Case<'_>, amounts: Amounts, staged: &Staged) -> Result<(), Denial> {
    let (facts, side) = (case.facts, case.intent.side);
    let (today, policy) = (&facts.today().order, &facts.policy().order);
    let notional = amounts.collateral(side);
    if notional < today.order_usdc_min {
        return Err(Denial::OrderTooSmall {
            notional,
            least: today.order_usdc_min,
        });
    }
    if notional > staged.order_max {
        return Err(Denial::OrderTooLarge {
            notional,
            limit: staged.order_max,
            ceiling: staged.order_ceiling,
        });
    }
    let shares = amounts.shares(side);
    if shares > today.order_shares_max {
        return Err(Denial::SharesTooMany {
            shares,
            limit: today.order_shares_max,
            ceiling: policy.order_shares_max,
        });
    }
    Ok(())
}

/// Makes sure that the final price lies in the band of its side.
fn band(case: Case<'_>, price: Implied) -> Result<(), Denial> {
    let order = &case.facts.today().order;
    let (least, most) = match case.intent.side {
        Side::Buy => (order.buy_price_min, order.buy_price_max),
        Side::Sell => (order.sell_price_min, order.sell_price_max),
    };
    if price.below(PriceE8::of(least)) || price.above(PriceE8::of(most)) {
        return Err(Denial::PriceBand { price, least, most });
    }
    Ok(())
}

/// Makes sure that the final price is not too much worse than the leader's.
fn distance(case: Case<'_>, observed: &Observed, price: Implied) -> Result<(), Denial> {
    let (intent, order) = (case.intent, &case.facts.today().order);
    let leader = observed.price;
    let bound = bound(
        intent.side,
        leader,
        order.leader_distance_bps,
        u64::from(order.leader_distance_ticks).saturating_mul(step_e4(case)),
    );
    let beyond = match intent.side {
        Side::Buy => price.above(bound),
        Side::Sell => price.below(bound),
    };
    if beyond {
        return Err(Denial::LeaderDistance {
            price,
            leader,
            bound,
        });
    }
    Ok(())
}

/// The tick that a distance is counted in. A SELL may be on any: the caller's
/// word for one coarser than the policy's widens no band.
fn step_e4(case: Case<'_>) -> u64 {
    let (asked, known) = (case.intent.tick_size, &case.facts.today().scope.ticks);
    let coarsest = known.last().copied().unwrap_or(asked);
    u64::from(asked.min(coarsest).e4())
}

/// The leader's price, moved by the larger of `bps` of it and `ticks_e4`
/// against us.
fn bound(side: Side, leader: PriceE4, bps: u16, ticks_e4: u64) -> PriceE8 {
    // One ten-thousandth is 10^4 hundred-millionths, and so is one basis point
    // of one ten-thousandth a hundred-millionth.
    let share = u64::from(leader.get()).saturating_mul(u64::from(bps));
    let away = share.max(ticks_e4.saturating_mul(10_000));
    let leader = PriceE8::of(leader).get();
    PriceE8::new(match side {
        Side::Buy => leader.saturating_add(away),
        Side::Sell => leader.saturating_sub(away),
    })
}
