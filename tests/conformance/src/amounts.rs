//! Amounts as the official client makes them: exactly, or not at all.

use crate::report::{Agreement, Report};
use crate::text;
use order::strict::{Amounts, Refusal, limit_amounts, market_buy_amounts};
use order::{CollateralUnits, PriceE4, ShareUnits, Side, TickSize};
use serde::Deserialize;
use serde_json::value::RawValue;

pub(crate) const FILE: &str = "amounts.json";

#[derive(Deserialize)]
struct File {
    vectors: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    kind: String,
    side: String,
    price: String,
    size: Option<String>,
    amount: Option<String>,
    tick_size: String,
    price_on_tick: bool,
    expected: Expected,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Expected {
    maker_amount: Option<String>,
    taker_amount: Option<String>,
}

/// Why no amounts were made.
enum No {
    /// Our answer: the price is not one, or the amounts are out of range.
    Refused(String, Option<Refusal>),
    /// The case itself is not readable.
    Unreadable(String),
}

pub(crate) fn run(text: &str, report: &mut Report) -> Result<(), String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    for (place, raw_case) in text::cases(file.vectors, "vectors")?.iter().enumerate() {
        let id = text::id(raw_case, place);
        let outcome = text::case(raw_case).and_then(|case| compare(&case));
        report.record(FILE, "strict", &id, outcome);
    }
    Ok(())
}

fn compare(case: &Case) -> Result<Agreement, String> {
    let expected = case
        .expected
        .maker_amount
        .as_deref()
        .zip(case.expected.taker_amount.as_deref());
    match (make(case), case.price_on_tick) {
        (Ok(_), false) => Err("amounts were made at a price that is off the tick".to_owned()),
        (Ok(made), true) => {
            let ours = (made.maker.to_string(), made.taker.to_string());
            let theirs = expected.ok_or("amounts were made where the client has none")?;
            text::same("amounts", (ours.0.as_str(), ours.1.as_str()), theirs)?;
            Ok(Agreement::Same)
        }
        (Err(No::Refused(reason, _)), false) => Ok(Agreement::Refused(reason)),
        (Err(No::Refused(reason, refusal)), true) if is_out_of_range(expected, refusal)? => {
            Ok(Agreement::Refused(reason))
        }
        (Err(No::Refused(reason, _) | No::Unreadable(reason)), true | false) => Err(reason),
    }
}

/// Whether the client's own amounts are ones that strict must refuse for their size.
fn is_out_of_range(
    expected: Option<(&str, &str)>,
    refusal: Option<Refusal>,
) -> Result<bool, String> {
    let Some((maker, taker)) = expected else {
        return Ok(true);
    };
    let (maker, taker) = (text::number(maker)?, text::number(taker)?);
    let most = order::U256::from(order::strict::AMOUNT_UNITS_MAX);
    Ok(match refusal {
        Some(Refusal::AmountZero) => maker.is_zero() || taker.is_zero(),
        Some(Refusal::AmountTooLarge) => maker > most || taker > most,
        Some(_) | None => false,
    })
}

fn make(case: &Case) -> Result<Amounts, No> {
    let unreadable = |what: &str| No::Unreadable(format!("{what} is not readable"));
    let side = Side::parse(&case.side).ok_or_else(|| unreadable("side"))?;
    let tick = TickSize::parse(&case.tick_size).ok_or_else(|| unreadable("tick size"))?;
    let price =
        PriceE4::parse(&case.price, tick).map_err(|error| No::Refused(error.to_string(), None))?;
    let quantity = case
        .size
        .as_deref()
        .or(case.amount.as_deref())
        .ok_or_else(|| unreadable("size"))?;
    let shares = || ShareUnits::parse(quantity).map_err(|error| unreadable(&error.to_string()));
    let amounts = match (case.kind.as_str(), side) {
        ("market", Side::Buy) => {
            let collateral =
                CollateralUnits::parse(quantity).map_err(|error| unreadable(&error.to_string()))?;
            market_buy_amounts(price, collateral, tick)
        }
        ("limit", Side::Buy | Side::Sell) | ("market", Side::Sell) => {
            limit_amounts(side, price, shares()?, tick)
        }
        _ => return Err(unreadable("kind")),
    };
    amounts.map_err(|refusal| No::Refused(refusal.to_string(), Some(refusal)))
}
