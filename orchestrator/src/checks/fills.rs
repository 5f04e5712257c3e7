//! What a strategy's largest order would meet in markets that it may trade in,
//! on their books as they are now.
//!
//! For: one line of `preflight`.
//!
//! Never touches: signer and outbox. `plan` decides, as it does of a leader's
//! trade; nothing is asked for.
//!
//! Invariant: a market that could not be looked at is unknown, and no pass.

use order::{B256, CollateralUnits, PriceE4, ShareUnits, Side, U256};
use plan::{Account, Book, Markets, Planned, Refusal, Signal, Sizing, Strategy};

use crate::clob::{Clob, Gamma};
use crate::clock;
use crate::config::Named;
use crate::copy::{self, Facts};
use crate::intent::{Draft, Size, Token};

/// As many markets of a strategy are looked at.
pub const MARKETS_MAX: usize = 10;

/// How an order would do in one market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// It would be filled, within every bound, as these words say.
    Filled(String),
    /// It would not be made; why.
    Refused(String),
    /// Nobody knows; why.
    Unseen(String),
}

/// One market that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// For which strategy.
    pub strategy: String,
    /// The market, or what its strategy calls it.
    pub market: String,
    /// Whether the strategy names its markets itself.
    pub is_named: bool,
    /// What came of it.
    pub done: Done,
}

/// What of a strategy is asked for.
enum Wanted {
    Condition(B256),
    Token(U256),
}

/// Tries the largest order of `named` in up to ten of its markets: those that
/// it lists, or else the busiest of the catalogue.
pub async fn try_all(clob: &Clob, gamma: &Gamma, named: &Named) -> Vec<Tried> {
    let is_named = matches!(named.rules.markets, Markets::Only { .. });
    let tried = |market: String, done: Done| Tried {
        strategy: named.name.clone(),
        market,
        is_named,
        done,
    };
    let wanted = match wanted(gamma, &named.rules).await {
        Ok(wanted) => wanted,
        Err(e) => {
            let what = "the busiest markets".to_owned();
            return vec![tried(what, Done::Unseen(format!("the catalogue: {e}")))];
        }
    };
    let mut all = Vec::new();
    for one in wanted {
        let market = match one {
            Wanted::Condition(condition) => condition.to_string(),
            Wanted::Token(token) => format!("token {token}"),
        };
        let done = match facts(clob, gamma, one).await {
            Ok(facts) => judged(&named.rules, &facts, clock::now_ms()),
            Err(done) => done,
        };
        all.push(tried(market, done));
    }
    all
}

async fn wanted(gamma: &Gamma, rules: &Strategy) -> Result<Vec<Wanted>, String> {
    match &rules.markets {
        Markets::All => {
            let busiest = gamma.busiest(MARKETS_MAX).await;
            let busiest = busiest.map_err(|e| e.to_string())?;
            Ok(busiest.into_iter().map(Wanted::Condition).collect())
        }
        Markets::Only { conditions, tokens } => {
            let conditions = conditions.iter().copied().map(Wanted::Condition);
            let tokens = tokens.iter().copied().map(Wanted::Token);
            Ok(conditions.chain(tokens).take(MARKETS_MAX).collect())
        }
    }
}

/// A token to be heard of where only reachability is asked: of the first market
/// of the first strategy, or of the busiest.
///
/// # Errors
///
/// Why none is known.
pub async fn any_token(
    clob: &Clob,
    gamma: &Gamma,
    rules: Option<&Strategy>,
) -> Result<U256, String> {
    let first = if let Some(rules) = rules {
        wanted(gamma, rules).await?.into_iter().next()
    } else {
        let busiest = gamma.busiest(1).await.map_err(|e| e.to_string())?;
        busiest.into_iter().next().map(Wanted::Condition)
    };
    match first.ok_or("the catalogue lists no market")? {
        Wanted::Token(token) => Ok(token),
        Wanted::Condition(condition) => token_of(clob, condition).await,
    }
}

async fn token_of(clob: &Clob, condition: B256) -> Result<U256, String> {
    let listed = clob.listed_market(condition).await;
    let listed = listed.map_err(|e| e.to_string())?;
    listed
        .and_then(|market| market.tokens.first().map(|(token, _)| *token))
        .ok_or_else(|| format!("the venue lists no token of {condition}"))
}

async fn facts(clob: &Clob, gamma: &Gamma, wanted: Wanted) -> Result<Facts, Done> {
    let (token, market) = match wanted {
        Wanted::Token(token) => (token, None),
        Wanted::Condition(condition) => {
            let token = token_of(clob, condition).await.map_err(Done::Unseen)?;
            (token, Some(condition))
        }
    };
    let draft = Draft {
        source_id: String::new(),
        token: Token::Id(token),
        market,
        side: Side::Buy,
        limit_e6: None,
        size: Size::Collateral(0),
        leader: None,
        leader_time_ms: None,
        leader_units: None,
        price_e6: None,
        leader_before_units: None,
        transaction: None,
    };
    match copy::facts(clob, gamma, &draft, None).await {
        Ok(Ok(facts)) => Ok(facts),
        Ok(Err(reject)) => Err(Done::Refused(reject.sentence)),
        Err(e) => Err(Done::Unseen(e)),
    }
}

/// What becomes of the largest order of `rules`, after a leader who bought at
/// the best price just now.
#[must_use]
pub fn judged(rules: &Strategy, facts: &Facts, now_ms: u64) -> Done {
    match planned(rules, facts, now_ms) {
        Ok(planned) => Done::Filled(words(&planned, &facts.book)),
        Err(refusal) => Done::Refused(refusal.to_string()),
    }
}

fn planned(rules: &Strategy, facts: &Facts, now_ms: u64) -> Result<Planned, Refusal> {
    let mut rules = rules.clone();
    // The largest order that any sizing may come to.
    rules.sizing = Sizing::Fixed(rules.intent_usdc_max);
    let collateral_units = rules.intent_usdc_max.max(rules.leader_usdc_min).get();
    // An empty book is refused by its own name before the price is looked at.
    let price_e6 = facts
        .book
        .best_ask()
        .map_or(500_000, |ask| u64::from(ask.get()).saturating_mul(100));
    let signal = Signal {
        leader: rules.leaders.first().copied().unwrap_or_default(),
        condition: Some(facts.market.condition),
        token: facts.token,
        side: Side::Buy,
        shares_units: collateral_units,
        collateral_units,
        price_e6,
        time_ms: now_ms,
        seen_ms: now_ms,
        leader_before_units: None,
    };
    // A wallet that can pay it, on a fresh day.
    let account = Account {
        cash_units: u64::MAX,
        ..Account::default()
    };
    plan::decide(
        &rules,
        &signal,
        &facts.market,
        &facts.book,
        &account,
        now_ms,
    )
}

/// What the order would be filled at, level by level.
fn words(planned: &Planned, book: &Book) -> String {
    let (shares, worst) = walk(book, planned);
    let spent = CollateralUnits::new(planned.notional_units);
    let clamped = if planned.clamped { ", of more" } else { "" };
    format!(
        "{spent} USDC{clamped} for {shares} shares, best ${}, worst ${worst}, limit ${}, {} of the depth",
        planned.touch, planned.limit, planned.impact
    )
}

/// Shares that the order's collateral buys, cut, and the worst price paid.
fn walk(book: &Book, planned: &Planned) -> (ShareUnits, PriceE4) {
    let mut asks: Vec<_> = book
        .asks
        .iter()
        .filter(|(price, _)| *price <= planned.limit)
        .collect();
    asks.sort_unstable_by_key(|(price, _)| *price);
    // In ten-thousandths of a unit, so that nothing is cut on the way.
    let mut left = u128::from(planned.notional_units).saturating_mul(10_000);
    let (mut shares, mut worst) = (0_u128, planned.touch);
    for (price, there) in asks {
        if left == 0 {
            break;
        }
        let one = u128::from(price.get());
        let most = left.checked_div(one).unwrap_or(0);
        let taken = most.min(u128::from(there.get()));
        // Less than a unit is left over.
        left = if taken == most {
            0
        } else {
            left.saturating_sub(taken.saturating_mul(one))
        };
        shares = shares.saturating_add(taken);
        worst = *price;
    }
    (
        ShareUnits::new(u64::try_from(shares).unwrap_or(u64::MAX)),
        worst,
    )
}

#[cfg(test)]
#[path = "fills_tests.rs"]
mod tests;
