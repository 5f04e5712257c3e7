//! What must hold between the figures of a policy.
//!
//! Invariant: each rule names the field to change and says what must be true,
//! so that a refused policy can be mended without reading this file.

use alloc::collections::BTreeSet;

use order::{B256, CollateralUnits, SignatureType};

use crate::key::Key;
use crate::limits::Stage;
use crate::market::{Listers, Market, Markets};
use crate::policy::Policy;
use crate::text_refusal::TextRefusal;
use crate::watching::Watchers;

/// One order's notional is never below this, the venue's own smallest: 1 USDC.
const ORDER_USDC_FLOOR: CollateralUnits = CollateralUnits::new(1_000_000);
/// The highest platform fee published today, basis points of a fill's cash value.
const PLATFORM_FEE_BPS: u16 = 700;
/// All of it: a larger fee would be a typing error.
const BPS_ONE: u16 = 10_000;
/// A month: a change that waits longer is not a change one plans.
const DELAY_HOURS_MAX: u16 = 720;
/// A year of authority is asked for again.
const EXPIRES_SECONDS_MAX: u64 = 366 * 86_400;
/// A lease or a dead man longer than a month protects nothing.
const PRESENCE_HOURS_MAX: u16 = 744;
/// A grace longer than this outlives the reasons for it.
const SELL_GRACE_DAYS_MAX: u16 = 90;
/// Sells of one token a day, as multiples of what can be held.
const SELL_REUSE_MAX: u16 = 100;
/// Five minutes: an older trade is history, and no clock is that wrong.
const LEADER_MS_MAX: u32 = 300_000;
/// An hour without a witness is not watched.
const WITNESS_LATE_SECONDS_MAX: u32 = 3_600;

/// Listings are kept for ever, so a day has only so many.
const LISTINGS_PER_DAY_MAX: u16 = 1_000;
/// A hundred times the leader's trade: more is no copy.
const COPY_RATIO_BPS_MAX: u32 = 1_000_000;

/// Whether it holds, the field to change, and what must be true.
type Rule = (bool, &'static str, &'static str);

macro_rules! rules {
    ($($field:ident: $holds:expr, $rule:literal;)*) => {
        [$(($holds, stringify!($field), $rule),)*]
    };
}

/// Runs every rule and names the first that does not hold.
pub(crate) fn check(policy: &Policy) -> Result<(), TextRefusal> {
    let broken = versions(policy)
        .into_iter()
        .chain(wallet(policy))
        .chain(scope(policy))
        .chain(order(policy))
        .chain(budgets(policy))
        .chain(strategy(policy))
        .chain(presence(policy))
        .chain(roles(policy))
        .chain(listers(policy))
        .chain(watchers(policy))
        .find(|(holds, _, _)| !holds);
    broken.map_or(Ok(()), |(_, field, rule)| {
        Err(TextRefusal::Rule { field, rule })
    })
}

fn versions(policy: &Policy) -> [Rule; 4] {
    let (window, expires) = (policy.window, policy.expires);
    rules! {
        version: policy.version >= 1, "must be at least 1";
        expires: expires > window.apply_before, "must come after apply_before";
        expires: expires.since(window.not_before) <= EXPIRES_SECONDS_MAX,
            "must come at most 366 days after not_before";
        delay_hours: (1..=DELAY_HOURS_MAX).contains(&policy.delay_hours), "must be 1 to 720";
    }
}

fn wallet(policy: &Policy) -> [Rule; 7] {
    let wallet = &policy.wallet;
    let chain = wallet.mode.chain();
    let same = wallet.maker == wallet.signing_address;
    rules! {
        venues: !wallet.venues.is_empty(), "must name at least one";
        venues: wallet.venues.iter().all(|venue| venue.chain == chain),
            "must all be on the mode's chain: 80002 for paper, 137 for live";
        maker: same == (wallet.signature_type == SignatureType::Eoa),
            "must be the signing_address for signature_type 0, and the wallet's own address \
            otherwise";
        maker: !wallet.maker.is_zero() && !wallet.signing_address.is_zero(),
            "neither it nor signing_address may be zero";
        session_expires:
            wallet.session_expires.is_none() || wallet.signature_type == SignatureType::Deposit,
            "must be none unless signature_type is 3";
        builder_fee_bps: wallet.builder != B256::ZERO || wallet.builder_fee_bps == 0,
            "must be 0 without a builder";
        builder_fee_bps: wallet.builder_fee_bps <= BPS_ONE.saturating_sub(PLATFORM_FEE_BPS),
            "must be at most 9300";
    }
}

fn scope(policy: &Policy) -> [Rule; 3] {
    let none = BTreeSet::new();
    let markets = match &policy.scope.markets {
        Markets::All | Markets::Listers(_) => &none,
        Markets::Listed(markets) => markets,
    };
    let conditions: BTreeSet<_> = markets.iter().map(|market| market.condition).collect();
    let tokens: BTreeSet<_> = markets
        .iter()
        .flat_map(|Market { yes, no, .. }| [yes, no])
        .collect();
    rules! {
        ticks: !policy.scope.ticks.is_empty(), "must name at least one";
        markets: conditions.len() == markets.len(), "a condition may be listed once";
        markets: tokens.len() == markets.len().saturating_mul(2),
            "a token belongs to one market and one outcome";
    }
}

fn order(policy: &Policy) -> [Rule; 10] {
    let order = &policy.order;
    let fees = PLATFORM_FEE_BPS.saturating_add(policy.wallet.builder_fee_bps);
    rules! {
        order_usdc_min: order.order_usdc_min >= ORDER_USDC_FLOOR, "must be at least 1";
        order_usdc_max: order.order_usdc_max >= order.order_usdc_min,
            "must be at least order_usdc_min";
        order_shares_max: order.order_shares_max.get() > 0, "must be above 0";
        buy_price_min: order.buy_price_min <= order.buy_price_max,
            "must not be above buy_price_max";
        sell_price_min: order.sell_price_min <= order.sell_price_max,
            "must not be above sell_price_max";
        leader_distance_bps: order.leader_distance_bps <= BPS_ONE, "must be at most 10000";
        leader_distance_ticks: (2..=100).contains(&order.leader_distance_ticks),
            "must be 2 to 100";
        leader_age_ms_max: (1..=LEADER_MS_MAX).contains(&order.leader_age_ms_max),
            "must be 1 to 300000";
        leader_skew_ms_max: order.leader_skew_ms_max <= LEADER_MS_MAX, "must be at most 300000";
        fee_ceiling_bps: (fees..=BPS_ONE).contains(&order.fee_ceiling_bps),
            "must be at least 700 plus builder_fee_bps, and at most 10000";
    }
}

fn budgets(policy: &Policy) -> [Rule; 9] {
    let budgets = &policy.budgets;
    let day = budgets.day_usdc;
    let within = |part: Option<CollateralUnits>, whole| part.is_none_or(|part| part <= whole);
    rules! {
        day_usdc: day >= policy.order.order_usdc_max, "must be at least order_usdc_max";
        hour_usdc: within(budgets.hour_usdc, day), "must be at most day_usdc";
        minute_usdc: within(budgets.minute_usdc, budgets.hour_usdc.unwrap_or(day)),
            "must be at most hour_usdc and day_usdc";
        lifetime_usdc: budgets.lifetime_usdc.is_none_or(|lifetime| lifetime >= day),
            "must be at least day_usdc";
        strategy_day_usdc: within(budgets.strategy_day_usdc, day), "must be at most day_usdc";
        market_day_usdc: within(budgets.market_day_usdc, day), "must be at most day_usdc";
        leader_day_usdc: within(budgets.leader_day_usdc, day), "must be at most day_usdc";
        orders_per_minute: budgets.orders_per_minute >= 1, "must be at least 1";
        rollout: stages_rise(policy),
            "each day once, figures never falling, none above order_usdc_max and day_usdc";
    }
}

fn stages_rise(policy: &Policy) -> bool {
    let last = Stage {
        from_day: u16::MAX,
        order_usdc_max: policy.order.order_usdc_max,
        day_usdc: policy.budgets.day_usdc,
    };
    let rest = policy.rollout.iter().skip(1).chain([&last]);
    policy.rollout.iter().zip(rest).all(|(stage, next)| {
        stage.from_day < next.from_day
            && stage.order_usdc_max <= next.order_usdc_max
            && stage.day_usdc <= next.day_usdc
    })
}

fn strategy(policy: &Policy) -> [Rule; 3] {
    let (caps, order) = (policy.strategy.caps(), &policy.order);
    rules! {
        strategy_order_usdc_max:
            caps.is_none_or(|caps| caps.strategy_order_usdc_max <= order.order_usdc_max),
            "must be at most order_usdc_max";
        strategy_order_shares_max:
            caps.is_none_or(|caps| caps.strategy_order_shares_max <= order.order_shares_max),
            "must be at most order_shares_max";
        strategy_total_day_usdc:
            caps.is_none_or(|caps| caps.strategy_total_day_usdc <= policy.budgets.day_usdc),
            "must be at most day_usdc";
    }
}

fn presence(policy: &Policy) -> [Rule; 6] {
    let (exits, presence) = (&policy.exits, &policy.presence);
    let (reduce, lock) = (presence.dead_man_reduce_hours, presence.dead_man_lock_hours);
    rules! {
        exits_per_minute: exits.exits_per_minute >= 1, "must be at least 1: exits stay open";
        sell_reuse: (1..=SELL_REUSE_MAX).contains(&exits.sell_reuse), "must be 1 to 100";
        sell_grace_days: exits.sell_grace_days <= SELL_GRACE_DAYS_MAX, "must be at most 90";
        dead_man_reduce_hours: reduce >= 1, "must be at least 1";
        // Being locked is always announced an hour ahead by reducing.
        dead_man_lock_hours: reduce < lock && lock <= PRESENCE_HOURS_MAX,
            "must be above dead_man_reduce_hours and at most 744";
        lease_hours: (2..=PRESENCE_HOURS_MAX).contains(&presence.lease_hours),
            "must be 2 to 744: its last hour only sells";
    }
}

fn roles(policy: &Policy) -> [Rule; 6] {
    let witnessing = &policy.witnessing;
    let (threshold, count) = (
        usize::from(witnessing.witness_threshold),
        witnessing.witnesses.len(),
    );
    // One order with its fee, which is at most all of it again.
    let order_charge = policy.order.order_usdc_max.get().saturating_mul(2);
    rules! {
        witness_threshold:
            threshold <= count && (count == 0 || threshold.saturating_mul(2) > count),
            "must be more than half of the witnesses, at most all, and 0 without any";
        witnesses: distinct(&witnessing.witnesses), "each key and each name may stand once";
        witness_late_seconds:
            (60..=WITNESS_LATE_SECONDS_MAX).contains(&witnessing.witness_late_seconds),
            "must be 60 to 3600";
        advance_usdc: count == 0 || witnessing.advance_usdc.get() >= order_charge,
            "must be at least twice order_usdc_max, so that one order with its fee fits";
        operators: !policy.operators.is_empty(), "must name at least one key";
        operators: distinct(&policy.operators), "each key and each name may stand once";
    }
}

fn listers(policy: &Policy) -> [Rule; 4] {
    let role = policy.scope.markets.listers();
    let holds = |rule: fn(&Listers, &Policy) -> bool| role.is_none_or(|role| rule(role, policy));
    rules! {
        list_threshold:
            holds(|role, _| (1..=role.listers.len()).contains(&usize::from(role.list_threshold))),
            "must be at least 1 and at most the number of listers";
        listers: holds(|role, _| distinct(&role.listers)), "each key and each name may stand once";
        listings_per_day:
            holds(|role, _| (1..=LISTINGS_PER_DAY_MAX).contains(&role.listings_per_day)),
            "must be 1 to 1000";
        listing_day_usdc:
            holds(|role, policy| role.listing_day_usdc <= policy.budgets.day_usdc),
            "must be at most day_usdc";
    }
}

fn watchers(policy: &Policy) -> [Rule; 3] {
    let role = policy.watching.watchers();
    let holds = |rule: fn(&Watchers) -> bool| role.is_none_or(rule);
    rules! {
        watch_threshold:
            holds(|role| (1..=role.watchers.len()).contains(&usize::from(role.watch_threshold))),
            "must be at least 1 and at most the number of watchers";
        watchers: holds(|role| distinct(&role.watchers)), "each key and each name may stand once";
        copy_ratio_bps: holds(|role| (1..=COPY_RATIO_BPS_MAX).contains(&role.copy_ratio_bps)),
            "must be 1 to 1000000";
    }
}

/// Says whether no key stands under two names and no name over two keys.
pub(crate) fn distinct<const ALGORITHM: u8>(keys: &BTreeSet<Key<ALGORITHM>>) -> bool {
    let publics: BTreeSet<_> = keys.iter().map(Key::public).collect();
    let names: BTreeSet<_> = keys.iter().map(Key::name).collect();
    publics.len() == keys.len() && names.len() == keys.len()
}
