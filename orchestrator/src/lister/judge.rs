//! Whether a market is what everyone says it is: pure.
//!
//! For: the one decision before a listing is signed, on what the catalogue, the
//! order API and the chain said of a condition at one time.
//!
//! Never touches: a socket, a store, a clock (the time is an argument).
//!
//! Invariant: no value is taken from the first who says it: tokens, their order
//! and the exchange are computed, and all else two must say alike.
//! Invariant: what is missing is a refusal, never a default.

use note::{Market, UtcSeconds};
use order::{Address, B256, TickSize, U256};

use super::ctf;
use super::refusal::{Refusal, Who};

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 86_400_000;

/// A market as one of the venue's two interfaces tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its outcome tokens, each with its name, in the order that they stand in.
    pub tokens: Vec<(U256, String)>,
    /// Whether its orders go to the neg-risk exchange.
    pub neg_risk: bool,
    /// The smallest price step.
    pub tick: TickSize,
    /// Whether it trades: active, not closed, accepting orders, with a book.
    pub is_open: bool,
    /// When it is to end, unix milliseconds.
    pub end_ms: Option<u64>,
    /// What the condition asks, by its id.
    pub question: Option<B256>,
}

/// What the catalogue alone tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What the order API tells too.
    pub told: Told,
    /// Its tokens are positions of the new manager.
    pub is_protocol_v2: bool,
    /// What was traded within a day, whole USDC.
    pub volume_usdc: Option<u64>,
    /// What stands on its books, whole USDC.
    pub liquidity_usdc: Option<u64>,
}

/// What the chain says of a condition, in its last final block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnChain {
    /// How many outcomes it was prepared with; zero if it was not.
    pub outcomes: U256,
    /// Zero until it is resolved.
    pub payout: U256,
    /// Whether both exchanges hash their tokens with the collaterals that
    /// tokens are computed with here.
    pub has_our_collaterals: bool,
}

/// All that was said, at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The market that was asked for.
    pub condition: B256,
    /// The catalogue, if it knows the market.
    pub gamma: Option<Shown>,
    /// The order API, if it knows the market.
    pub clob: Option<Told>,
    /// The chain.
    pub chain: OnChain,
}

/// What a market that nobody named must be, to be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Of the busiest markets so many are looked at.
    pub busiest: usize,
    /// Least that was traded within a day, whole USDC.
    pub volume_usdc_min: u64,
    /// Least that stands on its books, whole USDC.
    pub liquidity_usdc_min: u64,
    /// Least time until its end.
    pub end_hours_min: u64,
}

/// What holds of every listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Whether a listing names the market's price step.
    pub fix_tick: bool,
    /// Who may decide a market; whoever it is, where nobody is named.
    pub oracles: Vec<Address>,
}

/// Judges one market. `rules` hold for one that nobody named.
///
/// # Errors
///
/// The first thing that is not as it must be.
pub fn judge(
    seen: &Evidence,
    terms: &Terms,
    rules: Option<&Rules>,
    now_ms: u64,
) -> Result<Market, Refusal> {
    let unknown = |by| Refusal::Unknown { by };
    let shown = seen.gamma.as_ref().ok_or(unknown(Who::Catalogue))?;
    let clob = seen.clob.as_ref().ok_or(unknown(Who::OrderApi))?;
    let gamma = &shown.told;
    if shown.is_protocol_v2 {
        return Err(Refusal::ProtocolV2);
    }
    on_chain(&seen.chain)?;
    decided_by(&terms.oracles, seen.condition, gamma, clob)?;
    let (tokens, neg_risk) = tokens(seen.condition, gamma, clob)?;
    for (by, told) in [(Who::Catalogue, gamma), (Who::OrderApi, clob)] {
        if told.neg_risk != neg_risk {
            return Err(Refusal::NegRisk { by, neg_risk });
        }
        if !told.is_open {
            return Err(Refusal::NotOpen { by });
        }
    }
    if gamma.tick != clob.tick {
        return Err(Refusal::Tick {
            gamma: gamma.tick,
            clob: clob.tick,
        });
    }
    let end_ms = end(gamma, clob)?;
    let end = UtcSeconds::new(end_ms.div_euclid(1_000));
    let end = end.filter(|_| end_ms > now_ms).ok_or(Refusal::Ended)?;
    if let Some(rules) = rules {
        holds(rules, shown, end_ms.saturating_sub(now_ms))?;
    }
    let [yes, no] = tokens;
    Ok(Market {
        condition: seen.condition,
        yes,
        no,
        neg_risk,
        tick: terms.fix_tick.then_some(clob.tick),
        end: Some(end),
    })
}

fn on_chain(chain: &OnChain) -> Result<(), Refusal> {
    if !chain.has_our_collaterals {
        return Err(Refusal::Collateral);
    }
    if chain.outcomes != U256::from(2) {
        return Err(Refusal::NotOnChain {
            outcomes: chain.outcomes,
        });
    }
    if chain.payout.is_zero() {
        Ok(())
    } else {
        Err(Refusal::Resolved)
    }
}

/// That one of `oracles` decides the condition: it is a hash of who does, and of
/// the question that both tell.
fn decided_by(
    oracles: &[Address],
    condition: B256,
    gamma: &Told,
    clob: &Told,
) -> Result<(), Refusal> {
    if oracles.is_empty() {
        return Ok(());
    }
    let alike = gamma.question.filter(|_| gamma.question == clob.question);
    let question = alike.ok_or(Refusal::Question)?;
    let mut computed = oracles.iter().map(|one| ctf::condition(*one, question));
    if computed.any(|one| one == condition) {
        Ok(())
    } else {
        Err(Refusal::Oracle)
    }
}

/// The condition's tokens, and whether they are the neg-risk exchange's.
fn tokens(condition: B256, gamma: &Told, clob: &Told) -> Result<([U256; 2], bool), Refusal> {
    let ids = |told: &Told| -> Vec<U256> { told.tokens.iter().map(|(id, _)| *id).collect() };
    let computed = |neg_risk| ctf::tokens(condition, neg_risk).ok_or(Refusal::Uncomputable);
    let (standard, neg) = (computed(false)?, computed(true)?);
    // The catalogue's order says which outcome is the first.
    let neg_risk = match ids(gamma) {
        told if told == standard => false,
        told if told == neg => true,
        _ => return Err(Refusal::Tokens { by: Who::Catalogue }),
    };
    let tokens = if neg_risk { neg } else { standard };
    let mut others = ids(clob);
    others.sort_unstable();
    let mut own = tokens;
    own.sort_unstable();
    if others != own {
        return Err(Refusal::Tokens { by: Who::OrderApi });
    }
    let name = |told: &Told, token: U256| {
        let found = told.tokens.iter().find(|(id, _)| *id == token);
        found.map(|(_, name)| name.clone())
    };
    let names = tokens.map(|token| name(gamma, token));
    if names != tokens.map(|token| name(clob, token)) {
        return Err(Refusal::Outcomes);
    }
    // Wherever one of them is called so, the first outcome is Yes.
    let is_called = |at: usize, word: &str| {
        let name = names.get(at).and_then(Option::as_deref);
        name.is_some_and(|name| name.eq_ignore_ascii_case(word))
    };
    if is_called(0, "no") || is_called(1, "yes") {
        return Err(Refusal::Outcomes);
    }
    Ok((tokens, neg_risk))
}

/// The end that both tell. The order API tells a day, as its midnight.
fn end(gamma: &Told, clob: &Told) -> Result<u64, Refusal> {
    let missing = |by| Refusal::NoEnd { by };
    let end_ms = gamma.end_ms.ok_or(missing(Who::Catalogue))?;
    let other_ms = clob.end_ms.ok_or(missing(Who::OrderApi))?;
    let is_a_day = other_ms.rem_euclid(DAY_MS) == 0;
    let is_within = is_a_day && end_ms.checked_sub(other_ms).is_some_and(|ms| ms < DAY_MS);
    if end_ms == other_ms || is_within {
        return Ok(end_ms);
    }
    Err(Refusal::End {
        gamma_ms: end_ms,
        clob_ms: other_ms,
    })
}

fn holds(rules: &Rules, shown: &Shown, left_ms: u64) -> Result<(), Refusal> {
    let hours = left_ms.div_euclid(HOUR_MS);
    for (what, found, least) in [
        ("volume_usdc_min", shown.volume_usdc, rules.volume_usdc_min),
        (
            "liquidity_usdc_min",
            shown.liquidity_usdc,
            rules.liquidity_usdc_min,
        ),
        ("end_hours_min", Some(hours), rules.end_hours_min),
    ] {
        // Nothing said is nothing there.
        let found = found.unwrap_or(0);
        if found < least {
            return Err(Refusal::Rule { what, found, least });
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
