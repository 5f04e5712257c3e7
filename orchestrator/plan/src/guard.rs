//! What the market must be before we trade in it, and how far we go.
//!
//! Invariant: a limit price is on the market's grid, inside it, and never
//! further from the leader's price than the larger of the strategy's slippage
//! and one tick: a buy's is rounded down to the grid, a sell's up.
//! Invariant: what protects a buy never stops an exit; the price floor does.

use alloc::format;
use alloc::string::String;

use order::{CollateralUnits, PriceE4, ShareUnits, Side, TickSize};

use crate::book::{Book, Depth};
use crate::facts::{Market, Signal};
use crate::firewall::seconds;
use crate::number::{Bps, WHOLE_BPS};
use crate::reason::{Reason, Refusal};
use crate::strategy::Strategy;

/// What a plan says that takes a large part of the depth.
pub const IMPACT_WARNING: &str = "This trade would move the market significantly";

const ONE_E4: u64 = 10_000;

/// The leader's price on the grid of prices, rounded so that no bound around it
/// gets looser: down for a buy, up for a sell.
#[must_use]
pub fn leader_price(signal: &Signal) -> PriceE4 {
    let e4 = match signal.side {
        Side::Buy => signal.price_e6.div_euclid(100),
        Side::Sell => signal.price_e6.div_ceil(100),
    };
    price_of(e4.clamp(1, ONE_E4.saturating_sub(1)))
}

/// The worst price we would accept: the larger of `slippage` and one tick away
/// from `leader`, on the grid.
#[must_use]
pub fn limit(side: Side, leader: PriceE4, slippage: Bps, tick: TickSize) -> PriceE4 {
    let (price, tick) = (u64::from(leader.get()), u64::from(tick.e4()));
    // Cut: the distance of a buy and of a sell alike is never more than allowed.
    let share = price
        .saturating_mul(u64::from(slippage.0))
        .div_euclid(WHOLE_BPS);
    let distance = share.max(tick);
    let last = ONE_E4.saturating_sub(tick);
    let e4 = match side {
        Side::Buy => floor_to(price.saturating_add(distance).min(last), tick),
        Side::Sell => {
            let bound = price.saturating_sub(distance).max(tick);
            bound.div_ceil(tick).saturating_mul(tick).min(last)
        }
    };
    price_of(e4)
}

fn floor_to(e4: u64, tick: u64) -> u64 {
    e4.checked_div(tick).unwrap_or(0).saturating_mul(tick)
}

/// A price of a number that is inside the grid by its making.
fn price_of(e4: u64) -> PriceE4 {
    let inside = e4.clamp(1, ONE_E4.saturating_sub(1));
    #[expect(clippy::expect_used, reason = "clamped to 1..=9999 in the line above")]
    u16::try_from(inside)
        .ok()
        .and_then(PriceE4::new)
        .expect("1..=9999 is a price")
}

/// Makes sure that the market takes orders, and that a buy is not too late.
pub(crate) fn open(
    strategy: &Strategy,
    side: Side,
    market: &Market,
    now_ms: u64,
) -> Result<(), Refusal> {
    if !market.accepting {
        let detail = format!("market {}", market.condition);
        return Err(Refusal::new(Reason::NotTrading, detail));
    }
    if let (Side::Buy, Some(end_ms)) = (side, market.end_ms) {
        let left_ms = end_ms.saturating_sub(now_ms);
        if left_ms < strategy.end_ms_min {
            let (left, least) = (seconds(left_ms), seconds(strategy.end_ms_min));
            let detail = format!("{left} left, least {least}");
            return Err(Refusal::new(Reason::NearResolution, detail));
        }
    }
    Ok(())
}

/// The limit of a buy inside the strategy's band too; `touch` must be as well.
pub(crate) fn band(
    strategy: &Strategy,
    touch: PriceE4,
    limit: PriceE4,
    tick: TickSize,
) -> Result<PriceE4, Refusal> {
    let (least, most) = (strategy.price_min, strategy.price_max);
    if touch < least || touch > most {
        let detail = format!("${touch}, from ${least} to ${most}");
        return Err(Refusal::new(Reason::OutsideBand, detail));
    }
    let capped = floor_to(u64::from(limit.min(most).get()), u64::from(tick.e4()));
    if capped < u64::from(least.get()).max(1) {
        let detail = format!("limit ${limit}, from ${least} to ${most} by ${tick}");
        return Err(Refusal::new(Reason::OutsideBand, detail));
    }
    Ok(price_of(capped))
}

/// Makes sure that the best price is within our limit.
pub(crate) fn slippage(
    side: Side,
    touch: PriceE4,
    limit: PriceE4,
    leader: PriceE4,
) -> Result<(), Refusal> {
    let words = match side {
        Side::Buy if touch > limit => "exceeds",
        Side::Sell if touch < limit => "is below",
        Side::Buy | Side::Sell => return Ok(()),
    };
    let detail = format!("Price ${touch} {words} limit ${limit}, the leader's was ${leader}");
    Err(Refusal::new(Reason::SlippageTooHigh, detail))
}

/// How much worse than `from` the price `now` is for an order of `side`.
#[must_use]
pub fn adverse(side: Side, from: PriceE4, now: PriceE4) -> Bps {
    Bps::ratio(against(side, from, now), u64::from(from.get()))
}

fn against(side: Side, from: PriceE4, now: PriceE4) -> u64 {
    let (from, now) = (u64::from(from.get()), u64::from(now.get()));
    match side {
        Side::Buy => now.saturating_sub(from),
        Side::Sell => from.saturating_sub(now),
    }
}

/// Makes sure that the price has not moved from `from` to `now` against us by
/// more than `most`. Asked of the leader's price when a buy is decided; an exit
/// has its floor.
///
/// # Errors
///
/// Both prices, and by how much.
pub fn moved(side: Side, from: PriceE4, now: PriceE4, most: Bps) -> Result<(), Refusal> {
    if most.is_exceeded(against(side, from, now), u64::from(from.get())) {
        let by = adverse(side, from, now);
        let detail = format!("${from} to ${now} is {by}, most {most}");
        return Err(Refusal::new(Reason::PriceMoved, detail));
    }
    Ok(())
}

/// Makes sure that bid and ask are close enough to buy between.
pub(crate) fn spread(strategy: &Strategy, book: &Book) -> Result<(), Refusal> {
    let Some(most) = strategy.spread_max else {
        return Ok(());
    };
    let detail = match (book.best_bid(), book.best_ask()) {
        (Some(bid), Some(ask)) if ask.get().saturating_sub(bid.get()) <= most.get() => {
            return Ok(());
        }
        (Some(bid), Some(ask)) => format!("${bid} to ${ask}, most ${most}"),
        (None, _) | (_, None) => String::from("one side is empty"),
    };
    Err(Refusal::new(Reason::SpreadTooWide, detail))
}

/// Makes sure that a buy meets enough, and that the most shares it can bring
/// are not too much of all there is.
pub(crate) fn thickness(
    strategy: &Strategy,
    book: &Book,
    depth: Depth,
    shares: ShareUnits,
) -> Result<(), Refusal> {
    let least = strategy.depth_usdc_min.get();
    if depth.collateral_units < least {
        return Err(thin(format!(
            "${} on offer, least ${}",
            CollateralUnits::new(depth.collateral_units),
            CollateralUnits::new(least)
        )));
    }
    let all = book.depth(Side::Buy, price_of(ONE_E4)).shares_units;
    if strategy.book_share_max.is_exceeded(shares.get(), all) {
        let (part, most) = (Bps::ratio(shares.get(), all), strategy.book_share_max);
        let detail = format!("{part} of {} shares, most {most}", ShareUnits::new(all));
        return Err(Refusal::new(Reason::BookShareTooHigh, detail));
    }
    Ok(())
}

pub(crate) fn thin(detail: String) -> Refusal {
    Refusal::new(Reason::DepthTooThin, detail)
}

/// The impact of an order that uses up `part` of `whole`, which is the depth
/// within its limit. A warning goes with one above `impact_warn`; only a buy
/// is refused for it.
pub(crate) fn impact(
    strategy: &Strategy,
    side: Side,
    part: u64,
    whole: u64,
) -> Result<(Bps, Option<&'static str>), Refusal> {
    let impact = Bps::ratio(part, whole);
    if side == Side::Buy && strategy.impact_max.is_exceeded(part, whole) {
        let detail = format!("{impact} of the depth, most {}", strategy.impact_max);
        return Err(Refusal::new(Reason::MarketImpactTooHigh, detail));
    }
    let warn = strategy.impact_warn.is_exceeded(part, whole);
    Ok((impact, warn.then_some(IMPACT_WARNING)))
}
