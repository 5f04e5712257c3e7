//! Fees that the chain took, and buys that a budget allowed for them.

use crate::report::{Agreement, Report};
use crate::text::{self, decimal, same};
use order::{CollateralUnits, ShareUnits, Side};
use plan::fee::{BuyFees, FeeCurve, Rate, Ratio, budgeted_buy, taker_fee};
use serde::Deserialize;
use serde_json::value::RawValue;

pub(crate) const FILE: &str = "fees.json";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    vectors: Vec<Box<RawValue>>,
    chain_fills: ChainFills,
}

#[derive(Deserialize)]
struct ChainFills {
    rows: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fill {
    side: String,
    maker_amount_filled: String,
    taker_amount_filled: String,
    price: Box<RawValue>,
    fee_rate: Box<RawValue>,
    fee_on_chain: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Budget {
    amount: Box<RawValue>,
    price: Box<RawValue>,
    balance: Box<RawValue>,
    rate: Box<RawValue>,
    exponent: u8,
    builder_taker_rate: Box<RawValue>,
    fee_slippage: Box<RawValue>,
    #[serde(rename = "adjustedAmount_polymarketClient")]
    polymarket_client: Option<String>,
}

pub(crate) fn run(text: &str, report: &mut Report) -> Result<(), String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    for (place, raw_case) in text::cases(file.chain_fills.rows, "chainFills")?
        .iter()
        .enumerate()
    {
        let outcome = text::case(raw_case).and_then(|case| fill(&case));
        let id = text::id(raw_case, place);
        report.record(FILE, "chain fills", &id, outcome.map(|()| Agreement::Same));
    }
    for (place, raw_case) in text::cases(file.vectors, "vectors")?.iter().enumerate() {
        let outcome = text::case(raw_case).and_then(|case| budget(&case));
        let id = text::id(raw_case, place);
        report.record(FILE, "budgets", &id, outcome.map(|()| Agreement::Same));
    }
    Ok(())
}

fn rate(raw: &RawValue) -> Result<Rate, String> {
    let text = decimal(raw);
    Rate::parse(&text).map_err(|error| format!("{text}: {error}"))
}

fn price(raw: &RawValue) -> Result<Ratio, String> {
    Ratio::of_rate(rate(raw)?).ok_or_else(|| format!("{raw}: not a price inside (0, 1)"))
}

/// Every recorded market has exponent 1.
fn fill(case: &Fill) -> Result<(), String> {
    let shares = match Side::parse(&case.side).ok_or("no such side")? {
        Side::Buy => &case.taker_amount_filled,
        Side::Sell => &case.maker_amount_filled,
    };
    let shares = shares
        .parse()
        .map(ShareUnits::new)
        .map_err(|error| format!("{shares}: {error}"))?;
    let curve = FeeCurve {
        rate: rate(&case.fee_rate)?,
        exponent: 1,
    };
    let ours = taker_fee(curve, shares, price(&case.price)?).ok_or("the fee does not fit")?;
    same("fee", ours.get().to_string(), case.fee_on_chain.clone())
}

fn budget(case: &Budget) -> Result<(), String> {
    let units = |raw: &RawValue| {
        let text = decimal(raw);
        CollateralUnits::parse(&text).map_err(|error| format!("{text}: {error}"))
    };
    let fees = BuyFees {
        curve: FeeCurve {
            rate: rate(&case.rate)?,
            exponent: case.exponent,
        },
        slippage_percent: rate(&case.fee_slippage)?,
        builder_taker_rate: rate(&case.builder_taker_rate)?,
    };
    let (amount, balance) = (units(&case.amount)?, units(&case.balance)?);
    let ours = budgeted_buy(amount, balance, price(&case.price)?, fees)
        .ok_or("the budget does not fit")?;
    if ours > amount || ours > balance {
        return Err(format!("{ours} is more than the amount or the balance"));
    }
    case.polymarket_client.as_deref().map_or(Ok(()), |theirs| {
        let theirs = floor_to_units(theirs).map_err(|error| format!("{theirs}: {error}"))?;
        same("budgeted amount", ours, theirs)
    })
}

/// Cuts exact decimal text to base units.
fn floor_to_units(text: &str) -> Result<CollateralUnits, order::DecimalError> {
    let cut = match text.split_once('.') {
        Some((whole, fraction)) => {
            format!("{whole}.{}", fraction.chars().take(6).collect::<String>())
        }
        None => text.to_owned(),
    };
    CollateralUnits::parse(&cut)
}
