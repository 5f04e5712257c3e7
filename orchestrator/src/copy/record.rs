//! A decision as it is recorded, and decided again from its record alone.
//!
//! For: the audit, and `replay`.
//!
//! Never touches: the store; a clock.
//!
//! Invariant: whatever `plan` was given is in the record, in base units; who
//! decides again from it comes to the same words.

use order::{B256, PriceE4, ShareUnits, TickSize};
use plan::fee::{FeeCurve, Rate};
use plan::{Account, Book, Market, Planned, ProtocolVersion, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Facts;
use crate::audit::{Decision, Outcome};
use crate::config::Named;
use crate::intent::Parsed;
use crate::store::Observed;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct MarketRecord {
    condition: String,
    tick_e4: u16,
    order_shares_min_units: u64,
    neg_risk: bool,
    version: String,
    accepting: bool,
    end_ms: Option<u64>,
    /// Numerator and decimals of the rate, then the exponent.
    fee: (u64, u32, u8),
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct BookRecord {
    /// Price in ten-thousandths, shares in base units.
    bids: Vec<(u16, u64)>,
    asks: Vec<(u16, u64)>,
    taken_ms: u64,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct AccountRecord {
    cash_units: u64,
    held_units: u64,
    spent_day_units: u64,
    carried_units: u64,
    all_held_units: u64,
}

/// What was decided, with everything that decided it.
///
/// # Errors
///
/// When a value is none that JSON can hold.
pub fn decision(
    named: &Named,
    observed: &Observed,
    facts: &Facts,
    account: &Account,
    now_ms: u64,
    decided: &Result<Planned, Refusal>,
) -> Result<Decision, serde_json::Error> {
    let (market, book) = (&facts.market, &facts.book);
    let (numerator, decimals) = market.fee.rate.parts();
    let levels = |side: &[(PriceE4, ShareUnits)]| {
        let level = |(price, shares): &(PriceE4, ShareUnits)| (price.get(), shares.get());
        side.iter().map(level).collect()
    };
    Ok(Decision {
        intent_id: observed.intent_id.clone(),
        line: observed.line.clone(),
        seen_ms: observed.seen_ms,
        strategy: named.written.clone(),
        market: serde_json::to_value(MarketRecord {
            condition: market.condition.to_string(),
            tick_e4: market.tick.e4(),
            order_shares_min_units: market.order_shares_min.get(),
            neg_risk: market.neg_risk,
            version: version_word(market.version).to_owned(),
            accepting: market.accepting,
            end_ms: market.end_ms,
            fee: (numerator, decimals, market.fee.exponent),
        })?,
        book: serde_json::to_value(BookRecord {
            bids: levels(&book.bids),
            asks: levels(&book.asks),
            taken_ms: book.taken_ms,
        })?,
        account: serde_json::to_value(AccountRecord {
            cash_units: account.cash_units,
            held_units: account.held_units,
            spent_day_units: account.spent_day_units,
            carried_units: account.carried_units,
            all_held_units: account.all_held_units,
        })?,
        now_ms,
        decision: outcome(decided),
    })
}

/// Decides again, from the record alone.
///
/// # Errors
///
/// A sentence: the record is not one that this program wrote.
pub fn decide_again(record: &Decision) -> Result<Outcome, String> {
    let named = Named::of_record(&record.strategy)?;
    let draft = match Parsed::read(&record.line) {
        Ok(Parsed::Draft(draft)) => draft,
        Ok(Parsed::Whole(_)) | Err(_) => return Err("line: not a leader's trade".to_owned()),
    };
    let signal = super::signal(&draft, record.seen_ms).map_err(|reject| reject.sentence)?;
    let decided = plan::decide(
        &named.rules,
        &signal,
        &market(&record.market)?,
        &book(&record.book)?,
        &account(&record.account)?,
        record.now_ms,
    );
    Ok(outcome(&decided))
}

fn outcome(decided: &Result<Planned, Refusal>) -> Outcome {
    match decided {
        Ok(planned) => Outcome::Planned(json!({
            "side": planned.side.as_str(),
            "limit_e4": planned.limit.get(),
            "shares_units": planned.shares.get(),
            "notional_units": planned.notional_units,
            "cost_units_with_fee": planned.cost_units_with_fee,
            "fee_units": planned.fee_units,
            "impact_bps": planned.impact.0,
            "slippage_paid_bps": planned.slippage_paid.0,
            "touch_e4": planned.touch.get(),
            "exchange": crate::config::exchange_word(planned.exchange),
            "uses_carried": planned.uses_carried,
            "clamped": planned.clamped,
            "leader_price_e4": planned.leader_price.get(),
        })),
        Err(refusal) => Outcome::Refused {
            code: refusal.reason.code().to_owned(),
            detail: refusal.to_string(),
        },
    }
}

const fn version_word(version: ProtocolVersion) -> &'static str {
    match version {
        ProtocolVersion::V2 => "v2-exchange",
        ProtocolVersion::V3 => "v3-exchange",
    }
}

fn market(value: &Value) -> Result<Market, String> {
    let record: MarketRecord = read("market", value)?;
    let version = [ProtocolVersion::V2, ProtocolVersion::V3]
        .into_iter()
        .find(|version| version_word(*version) == record.version);
    let condition = record.condition.parse::<B256>();
    let (numerator, decimals, exponent) = record.fee;
    Ok(Market {
        condition: condition.map_err(|_ignored| "market.condition: not 32 bytes")?,
        tick: TickSize::from_e4(record.tick_e4).ok_or("market.tick_e4: not a tick")?,
        order_shares_min: ShareUnits::new(record.order_shares_min_units),
        neg_risk: record.neg_risk,
        version: version.ok_or("market.version: not known")?,
        accepting: record.accepting,
        end_ms: record.end_ms,
        fee: FeeCurve {
            rate: Rate::new(numerator, decimals),
            exponent,
        },
    })
}

fn book(value: &Value) -> Result<Book, String> {
    let record: BookRecord = read("book", value)?;
    let levels = |side: Vec<(u16, u64)>| {
        side.into_iter()
            .map(|(price, shares)| {
                let price = PriceE4::new(price).ok_or("book: a price that is none")?;
                Ok((price, ShareUnits::new(shares)))
            })
            .collect::<Result<_, &str>>()
    };
    Ok(Book {
        bids: levels(record.bids)?,
        asks: levels(record.asks)?,
        taken_ms: record.taken_ms,
    })
}

fn account(value: &Value) -> Result<Account, String> {
    let record: AccountRecord = read("account", value)?;
    Ok(Account {
        cash_units: record.cash_units,
        held_units: record.held_units,
        spent_day_units: record.spent_day_units,
        carried_units: record.carried_units,
        all_held_units: record.all_held_units,
    })
}

fn read<'a, T: Deserialize<'a>>(name: &str, value: &'a Value) -> Result<T, String> {
    T::deserialize(value).map_err(|e| format!("{name}: {e}"))
}
