//! Where an intent may go: market, token, exchange, tick, leader.
//!
//! Invariant: which exchange a token trades on is read from its bits, else from
//! the listing that the quorum or its listers signed, else from this journal's first BUY of
//! it; the caller's word counts only where none of them speaks, and for sells of
//! declared shares: no order here says where those trade, and one wrong order
//! must not shut them in.

use note::{Market, Markets};
use order::raw::position_id::{self, Outcome};
use order::{B256, Exchange, Side, U256, Venue};

use crate::calendar::ms_of;
use crate::case::Case;
use crate::denial::{Denial, Misroute};
use crate::facts::Facts;
use crate::intent::{Intent, Kind, Observed};

/// Where the order goes, and which other token shares its market's meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) venue: Venue,
    pub(crate) sibling: Option<U256>,
}

/// Finds the exchange, and makes sure that the policy has it.
pub(crate) fn route(case: Case<'_>) -> Result<Route, Denial> {
    let Case {
        intent,
        facts,
        state,
        ..
    } = case;
    let policy = facts.today();
    let asked = intent.exchange;
    let position = position_id::decode(intent.token_id).ok();
    let listed = listing(facts, intent.market).filter(|market| has(market, intent.token_id));
    let recorded = state
        .token(intent.token_id)
        .filter(|token| intent.side == Side::Buy || !token.is_declared())
        .and_then(|token| token.exchange);
    let right = match (position, listed) {
        (Some(_), _) => Exchange::V3,
        (None, Some(market)) if market.neg_risk => Exchange::V2NegRisk,
        (None, Some(_)) => Exchange::V2Standard,
        // Only positions trade on V3, and this is none: either of the others.
        (None, None) if asked == Exchange::V3 => {
            return Err(Denial::Venue {
                asked,
                why: Misroute::NoPosition,
            });
        }
        (None, None) => recorded.unwrap_or(asked),
    };
    let venue = Venue {
        chain: policy.wallet.mode.chain(),
        exchange: right,
    };
    let why = if asked != right {
        Some(Misroute::TradesOn(right))
    } else if policy.wallet.venues.contains(&venue) {
        None
    } else {
        Some(Misroute::NotInPolicy)
    };
    if let Some(why) = why {
        return Err(Denial::Venue { asked, why });
    }
    let sibling = match (position, listed) {
        (Some(position), _) => Some(other_outcome(intent.token_id, position.outcome)),
        (None, Some(market)) if market.yes == intent.token_id => Some(market.no),
        (None, Some(market)) => Some(market.yes),
        (None, None) => None,
    };
    Ok(Route { venue, sibling })
}

/// Makes sure that this market and token may be bought on this grid.
pub(crate) fn may_buy(case: Case<'_>) -> Result<(), Denial> {
    let (intent, facts) = (case.intent, case.facts);
    let policy = facts.today();
    let listed = listing(facts, intent.market);
    let token = intent.token_id;
    let stranger = Err(Denial::TokenNotOfMarket { token });
    match (&policy.scope.markets, listed) {
        (Markets::Listed(_) | Markets::Listers(_), None) => {
            return Err(Denial::MarketNotAllowed {
                market: intent.market,
            });
        }
        (Markets::Listed(_) | Markets::Listers(_), Some(market)) if !has(market, token) => {
            return stranger;
        }
        (Markets::Listed(_) | Markets::Listers(_), Some(_)) | (Markets::All, _) => {}
    }
    if position_id::decode(token).is_ok_and(|position| position.condition != intent.market) {
        return stranger;
    }
    let end = listed.and_then(|market| market.end).map(ms_of);
    if let Some(ended_ms) = end.filter(|end| case.time.fast_ms >= *end) {
        return Err(Denial::MarketEnded { ended_ms });
    }
    let grid = listed.and_then(|market| market.tick);
    if !policy.scope.ticks.contains(&intent.tick_size)
        || grid.is_some_and(|grid| grid != intent.tick_size)
    {
        return Err(Denial::Tick {
            asked: intent.tick_size,
            listed: grid,
        });
    }
    Ok(())
}

/// Makes sure that this trade of this leader may be copied now.
///
/// Its age is counted on the fast time, since it ends a permission. How far it
/// lies ahead is counted on the wall, the only time that both hosts share.
pub(crate) fn may_copy(observed: &Observed, case: Case<'_>) -> Result<(), Denial> {
    let (policy, time) = (case.facts.today(), case.time);
    let leader = observed.leader;
    if !policy.scope.leaders.contains(&leader) {
        return Err(Denial::LeaderNotAllowed { leader });
    }
    let age_max = u64::from(policy.order.leader_age_ms_max);
    let skew_max = u64::from(policy.order.leader_skew_ms_max);
    for at_ms in [observed.traded_ms, observed.observed_ms] {
        let age_ms = time.fast_ms.saturating_sub(at_ms);
        if age_ms > age_max {
            return Err(Denial::LeaderAge {
                age_ms,
                limit_ms: age_max,
            });
        }
        let ahead_ms = at_ms.saturating_sub(time.wall_ms);
        if ahead_ms > skew_max {
            return Err(Denial::LeaderFuture {
                ahead_ms,
                limit_ms: skew_max,
                retry_at_ms: at_ms.saturating_sub(skew_max),
            });
        }
    }
    Ok(())
}

/// The leader's trade, if this is a copy.
pub(crate) const fn observed(intent: &Intent) -> Option<&Observed> {
    match &intent.kind {
        Kind::Copy(observed) => Some(observed),
        Kind::Exit | Kind::Strategy => None,
    }
}

fn listing(facts: &Facts, condition: B256) -> Option<&Market> {
    let markets = match &facts.policy().scope.markets {
        Markets::All => return None,
        Markets::Listed(markets) => markets,
        Markets::Listers(_) => return facts.listed(condition).map(|listed| &listed.market),
    };
    // Markets order by condition first, so the least of this condition leads
    // to the only one.
    let least = Market {
        condition,
        yes: U256::ZERO,
        no: U256::ZERO,
        neg_risk: false,
        tick: None,
        end: None,
    };
    let found = markets.range(&least..).next();
    found.filter(|market| market.condition == condition)
}

fn has(market: &Market, token: U256) -> bool {
    market.yes == token || market.no == token
}

/// The other token of a position's condition: the last byte is the outcome.
fn other_outcome(token: U256, outcome: Outcome) -> U256 {
    match outcome {
        Outcome::Yes => token | U256::ONE,
        Outcome::No => token & !U256::ONE,
    }
}
