//! What a leader's trade must be, whatever the market says.
//!
//! Invariant: age runs from the leader's own time, and a second limit from when
//! we first saw it; nothing here was ever "fresh" for being noticed late.
//! Invariant: a buy's age never stops an exit; exits have a longer one.

use alloc::format;
use alloc::string::String;

use order::{B256, CollateralUnits, Side};

use crate::facts::Signal;
use crate::reason::{Reason, Refusal};
use crate::size::Sizing;
use crate::strategy::{Markets, Strategy};

/// How far ahead of our clock a time may lie: block times are whole seconds,
/// and two clocks in good order differ by less than this.
pub const FUTURE_MS_MAX: u64 = 5_000;

/// Prices in millionths are strictly inside zero and this.
const ONE_E6: u64 = 1_000_000;

/// Lets `signal` pass, as far as that can be said without its market.
///
/// # Errors
///
/// The first rule that says no.
pub fn admit(strategy: &Strategy, signal: &Signal, now_ms: u64) -> Result<(), Refusal> {
    let leader = signal.leader;
    if strategy.watch_only.contains(&leader) {
        return refuse(Reason::WatchOnly, format!("{leader}"));
    }
    if !strategy.leaders.contains(&leader) {
        return refuse(Reason::TraderNotAllowed, format!("{leader}"));
    }
    in_market(strategy, signal, signal.condition)?;
    adds_up(signal)?;
    in_time(strategy, signal, now_ms)?;
    large_enough(strategy, signal)
}

/// Asks the allowlist of markets. A condition that is not known yet is asked
/// for again when it is.
pub(crate) fn in_market(
    strategy: &Strategy,
    signal: &Signal,
    condition: Option<B256>,
) -> Result<(), Refusal> {
    let Markets::Only { conditions, tokens } = &strategy.markets else {
        return Ok(());
    };
    let listed = condition.map_or(!conditions.is_empty(), |id| conditions.contains(&id));
    if listed || tokens.contains(&signal.token) {
        return Ok(());
    }
    let market = condition.map_or_else(|| String::from("unknown"), |id| format!("{id}"));
    let detail = format!("market {market}, token {}", signal.token);
    refuse(Reason::MarketNotAllowed, detail)
}

/// A buy is sized by collateral and a sell by shares, both by the price.
fn adds_up(signal: &Signal) -> Result<(), Refusal> {
    let size = match signal.side {
        Side::Buy => signal.collateral_units,
        Side::Sell => signal.shares_units,
    };
    if size > 0 && (1..ONE_E6).contains(&signal.price_e6) {
        return Ok(());
    }
    let detail = format!(
        "{} of {size} base units at {} millionths",
        signal.side, signal.price_e6
    );
    refuse(Reason::BadSignal, detail)
}

fn in_time(strategy: &Strategy, signal: &Signal, now_ms: u64) -> Result<(), Refusal> {
    let latest_ms = now_ms.saturating_add(FUTURE_MS_MAX);
    let ahead_ms = signal.time_ms.max(signal.seen_ms);
    if ahead_ms > latest_ms {
        let by_ms = ahead_ms.saturating_sub(now_ms);
        let detail = format!("{} ahead, most {}", seconds(by_ms), seconds(FUTURE_MS_MAX));
        return refuse(Reason::FutureTrade, detail);
    }
    let (age_ms_max, seen_age_ms_max) = match signal.side {
        Side::Buy => (strategy.age_ms_max, strategy.seen_age_ms_max),
        // What the leader has left is left late rather than never.
        Side::Sell => (strategy.exit_age_ms_max, strategy.exit_age_ms_max),
    };
    let ages = [
        ("age", signal.time_ms, age_ms_max),
        ("seen", signal.seen_ms, seen_age_ms_max),
    ];
    for (what, from_ms, most_ms) in ages {
        let age_ms = now_ms.saturating_sub(from_ms);
        if age_ms > most_ms {
            let ago = if what == "seen" { " ago" } else { "" };
            let (age, most) = (seconds(age_ms), seconds(most_ms));
            return refuse(
                Reason::IntentStale,
                format!("{what} {age}{ago}, most {most}"),
            );
        }
    }
    Ok(())
}

/// A leader pays next to nothing for dust, and a copy that does not shrink with
/// it would spend our whole size on each.
fn large_enough(strategy: &Strategy, signal: &Signal) -> Result<(), Refusal> {
    let (units, least) = (signal.collateral_units, strategy.leader_usdc_min);
    let shrinks = match strategy.sizing {
        Sizing::Percentage(_) => true,
        Sizing::Fixed(_) | Sizing::Tiered(_) => false,
    };
    if signal.side == Side::Sell || shrinks || units >= least.get() {
        return Ok(());
    }
    let detail = format!("${}, least ${least}", CollateralUnits::new(units));
    refuse(Reason::LeaderOrderTooSmall, detail)
}

/// Milliseconds as people say them, and never as the edge that they are past:
/// `61.2s`, `60s`, `60.001s`.
pub(crate) fn seconds(ms: u64) -> String {
    let (whole, part) = (ms.div_euclid(1_000), ms.rem_euclid(1_000));
    if part == 0 {
        return format!("{whole}s");
    }
    let digits = format!("{part:03}");
    format!("{whole}.{}s", digits.trim_end_matches('0'))
}

fn refuse<T>(reason: Reason, detail: String) -> Result<T, Refusal> {
    Err(Refusal::new(reason, detail))
}
