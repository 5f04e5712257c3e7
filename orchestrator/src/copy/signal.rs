//! A line as a leader's trade.

use order::Side;
use plan::Signal;

use crate::intent::{Code, Draft, Reject, Size};

/// What the line says of its leader's trade, seen at `seen_ms`.
///
/// Where it has one size and a price, the other size follows from them; a price
/// is never taken from the book.
///
/// # Errors
///
/// When it says too little, with the field that is missing.
pub fn signal(draft: &Draft, seen_ms: u64) -> Result<Signal, Reject> {
    let missing = |sentence: &str| Reject::new(Code::BadLine, sentence.to_owned());
    let leader = draft
        .leader
        .ok_or_else(|| missing("source_trader: missing; write whose trade is copied"))?;
    let time_ms = draft
        .leader_time_ms
        .ok_or_else(|| missing("timestamp: missing; write when the leader traded"))?;
    let (collateral_units, shares_units, price_e6) = sizes(draft).ok_or_else(|| {
        Reject::new(
            Code::NoPrice,
            "price_limit: missing, and so is one of size_usdc and size_tokens: the leader's price \
             is not known; write both sizes"
                .to_owned(),
        )
    })?;
    Ok(Signal {
        leader,
        condition: draft.market,
        token: draft.token_id()?,
        side: draft.side,
        shares_units,
        collateral_units,
        price_e6,
        time_ms,
        seen_ms,
        leader_before_units: draft.leader_before_units,
    })
}

/// Collateral, shares and price, each above zero.
fn sizes(draft: &Draft) -> Option<(u64, u64, u64)> {
    let scaled = |units: u64, by: u64, over: u64| {
        u128::from(units)
            .checked_mul(u128::from(by))?
            .checked_div(u128::from(over))
            .and_then(|units| u64::try_from(units).ok())
    };
    let (collateral, shares, price) = match (draft.leader_units, draft.size) {
        (Some((collateral, shares)), _) => (
            collateral,
            shares,
            price_of(draft.side, collateral, shares)?,
        ),
        (None, Size::Collateral(collateral)) => {
            let price = draft.price_e6?;
            (collateral, scaled(collateral, 1_000_000, price)?, price)
        }
        (None, Size::Shares(shares)) => {
            let price = draft.price_e6?;
            (scaled(shares, price, 1_000_000)?, shares, price)
        }
    };
    let all = collateral > 0 && shares > 0 && (1..1_000_000).contains(&price);
    all.then_some((collateral, shares, price))
}

/// The mean price, millionths, rounded to where our bound is the tighter one:
/// down for a BUY, up for a SELL.
fn price_of(side: Side, collateral: u64, shares: u64) -> Option<u64> {
    let scaled = u128::from(collateral).checked_mul(1_000_000)?;
    let shares = u128::from(shares);
    let price = match side {
        Side::Buy => scaled.checked_div(shares)?,
        Side::Sell if shares > 0 => scaled.div_ceil(shares),
        Side::Sell => return None,
    };
    u64::try_from(price).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::Parsed;

    fn draft(sizes: &str, side: &str) -> Draft {
        let line = format!(
            r#"{{"intent_id":"a","timestamp":"2026-11-20T13:00:00","source_trader":"0x{}","token_id":"7","side":"{side}",{sizes}}}"#,
            "22".repeat(20)
        );
        match Parsed::read(&line).unwrap() {
            Parsed::Draft(draft) => *draft,
            Parsed::Whole(_) => panic!("it has intent_id"),
        }
    }

    fn seen(sizes: &str, side: &str) -> (u64, u64, u64) {
        let signal = signal(&draft(sizes, side), 5).unwrap();
        (
            signal.collateral_units,
            signal.shares_units,
            signal.price_e6,
        )
    }

    #[test]
    fn the_mean_price_is_rounded_to_the_tighter_side() {
        let both = r#""size_usdc":1,"size_tokens":3"#;
        assert_eq!(seen(both, "BUY"), (1_000_000, 3_000_000, 333_333));
        assert_eq!(seen(both, "SELL"), (1_000_000, 3_000_000, 333_334));
    }

    #[test]
    fn one_size_and_a_price_give_the_other_size() {
        let one = r#""size_usdc":10,"price_limit":0.4"#;
        assert_eq!(seen(one, "BUY"), (10_000_000, 25_000_000, 400_000));
        let one = r#""size_tokens":25,"price_limit":"0.4""#;
        assert_eq!(seen(one, "SELL"), (10_000_000, 25_000_000, 400_000));
    }

    #[test]
    fn without_a_price_of_the_leader_there_is_no_signal() {
        let sizes = r#""size_usdc":10,"metadata":{"best_ask":0.4}"#;
        let reject = signal(&draft(sizes, "BUY"), 5).unwrap_err();
        assert_eq!(reject.code, Code::NoPrice);
        assert!(reject.sentence.starts_with("price_limit"));
    }
}
