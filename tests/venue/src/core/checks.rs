//! Price, size and decimals: what an order's two amounts must satisfy.

use super::orders::Terms;
use super::payload::{OrderType, Posted};
use super::refusal::Refusal;
use super::rules::{MarketBuyDecimals, Rules};
use crate::crypto::order::{OrderId, Side};
use crate::units::{
    AMOUNT_MAX_E6, LOT_E6, ONE_E4, ONE_E6, format_decimal, mul_div, power_of_ten, split,
};

/// What a market asks of an order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    pub(crate) tick_e4: u64,
    pub(crate) min_size_e6: u64,
}

/// Reads the amounts as trading terms, or says which rule they break.
pub(crate) fn terms(
    id: OrderId,
    posted: &Posted,
    grid: Grid,
    rules: &Rules,
) -> Result<Terms, Refusal> {
    let amount = |word: crate::crypto::word::Word| {
        word.to_u64()
            .filter(|amount| (1..=AMOUNT_MAX_E6).contains(amount))
            .ok_or(Refusal::Payload)
    };
    let maker_e6 = amount(posted.order.maker_amount)?;
    let taker_e6 = amount(posted.order.taker_amount)?;
    let side = posted.order.side;
    let (collateral_e6, shares_e6) = match side {
        Side::Buy => (maker_e6, taker_e6),
        Side::Sell => (taker_e6, maker_e6),
    };
    let off_tick = || Refusal::Tick {
        id,
        price: mul_div(collateral_e6, ONE_E6, shares_e6)
            .map_or_else(|| "?".to_owned(), |price| format_decimal(price, 6)),
        tick_e4: grid.tick_e4,
    };
    let market_buy = side == Side::Buy && !posted.order_type.rests();
    let limit_e4 =
        limit(collateral_e6, shares_e6, grid.tick_e4, market_buy).ok_or_else(off_tick)?;
    if limit_e4 < grid.tick_e4 || limit_e4 > ONE_E4.saturating_sub(grid.tick_e4) {
        return Err(off_tick());
    }
    if market_buy {
        market_buy_decimals(
            collateral_e6,
            shares_e6,
            grid.tick_e4,
            rules.market_buy_decimals,
        )?;
    } else if split(shares_e6, LOT_E6).1 != 0 {
        let decimals = amount_decimals(grid.tick_e4);
        return Err(match side {
            Side::Buy => Refusal::Decimals {
                kind: "buy",
                maker: decimals,
                taker: 2,
            },
            Side::Sell => Refusal::Decimals {
                kind: "sell",
                maker: 2,
                taker: decimals,
            },
        });
    }
    let terms = Terms {
        side,
        shares_e6,
        collateral_e6,
        limit_e4,
    };
    big_enough(id, posted.order_type, &terms, grid, rules)?;
    Ok(terms)
}

fn big_enough(
    id: OrderId,
    order_type: OrderType,
    terms: &Terms,
    grid: Grid,
    rules: &Rules,
) -> Result<(), Refusal> {
    let (size_e6, min_e6) = match (order_type, terms.side) {
        (OrderType::Gtc | OrderType::Gtd, _) => (terms.shares_e6, grid.min_size_e6),
        // A purchase at market has a minimum in dollars, a sale has none.
        (OrderType::Fok | OrderType::Fak, Side::Buy) => {
            (terms.collateral_e6, rules.min_market_buy_e6)
        }
        (OrderType::Fok | OrderType::Fak, Side::Sell) => (terms.shares_e6, 0),
    };
    if size_e6 < min_e6 {
        return Err(Refusal::Size {
            id,
            size_e6,
            min_e6,
        });
    }
    Ok(())
}

/// The tick price the amounts stand for; `None` if they stand for none.
///
/// Exact, except for a market purchase: its shares are a rounded-down quotient,
/// so its ratio lies a little above the tick price that was meant.
fn limit(collateral_e6: u64, shares_e6: u64, tick_e4: u64, market_buy: bool) -> Option<u64> {
    let scaled = u128::from(collateral_e6).checked_mul(u128::from(ONE_E4))?;
    let ratio_e4 = u64::try_from(scaled.checked_div(u128::from(shares_e6))?).ok()?;
    let limit_e4 = ratio_e4.checked_sub(split(ratio_e4, tick_e4).1)?;
    let exact = u128::from(limit_e4).checked_mul(u128::from(shares_e6))? == scaled;
    if exact {
        return Some(limit_e4);
    }
    let quotient_e6 = mul_div(collateral_e6, ONE_E4, limit_e4)?;
    let step = power_of_ten(6_u32.saturating_sub(amount_decimals(tick_e4)));
    // Four decimals are the least that any client keeps of the shares, six the
    // most; whichever it kept, the digits must be those of the quotient.
    let digits_agree = [step, 100, 1].iter().any(|step| {
        let kept = quotient_e6.checked_sub(split(quotient_e6, *step).1);
        kept == Some(shares_e6)
    });
    (market_buy && digits_agree).then_some(limit_e4)
}

/// Decimals of collateral at a tick: the price's, and two for the size.
pub(crate) fn amount_decimals(tick_e4: u64) -> u32 {
    let price_decimals = (1..4_u32)
        .find(|decimals| split(tick_e4, power_of_ten(4_u32.saturating_sub(*decimals))).1 == 0)
        .unwrap_or(4);
    price_decimals.saturating_add(2)
}

fn market_buy_decimals(
    collateral_e6: u64,
    shares_e6: u64,
    tick_e4: u64,
    rule: MarketBuyDecimals,
) -> Result<(), Refusal> {
    let (maker, taker) = match rule {
        MarketBuyDecimals::Flat => (2, 4),
        // Clients differ on the collateral: two decimals, or all six.
        MarketBuyDecimals::Tick => (6, amount_decimals(tick_e4)),
    };
    let fits =
        |amount_e6, decimals| split(amount_e6, power_of_ten(6_u32.saturating_sub(decimals))).1 == 0;
    if fits(collateral_e6, maker) && fits(shares_e6, taker) {
        Ok(())
    } else {
        Err(Refusal::Decimals {
            kind: "market buy",
            maker,
            taker,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::crypto::order::{Order, SignatureType};
    use crate::crypto::word::{Address, Word};
    use crate::tests::rules;
    use crate::units::{parse_e4, parse_e6};

    fn posted(side: Side, order_type: OrderType, maker: &str, taker: &str) -> Posted {
        Posted {
            order: Order {
                salt: Word::ZERO,
                maker: Address::default(),
                signer: Address::default(),
                token: Word::ZERO,
                maker_amount: Word::from_decimal(maker).unwrap(),
                taker_amount: Word::from_decimal(taker).unwrap(),
                side,
                signature_type: SignatureType::Eoa,
                timestamp: Word::ZERO,
                metadata: Word::ZERO,
                builder: Word::ZERO,
            },
            signature: Vec::new(),
            expiration_s: 0,
            owner: String::new(),
            order_type,
            post_only: false,
            deferred: false,
        }
    }

    fn check(posted: &Posted, tick_e4: u64, min_size_e6: u64) -> Result<Terms, Refusal> {
        terms(
            OrderId(Word::ZERO),
            posted,
            Grid {
                tick_e4,
                min_size_e6,
            },
            &rules(),
        )
    }

    #[test]
    fn amounts_of_the_clients_stand_for_their_price_at_every_tick() {
        let text = include_str!("../../../../proto/order/vectors/amounts.json");
        let file: Value = serde_json::from_str(text).unwrap();
        let mut seen = 0;
        for row in file["vectors"].as_array().unwrap() {
            let (Some(maker), true) = (
                row["expected"]["makerAmount"].as_str(),
                row["priceOnTick"] == true,
            ) else {
                continue;
            };
            let text = |name: &str| row[name].as_str().unwrap();
            let side = Side::parse(text("side")).unwrap();
            let order_type = match text("orderType") {
                "FOK" => OrderType::Fok,
                "FAK" => OrderType::Fak,
                "GTD" => OrderType::Gtd,
                _ => OrderType::Gtc,
            };
            let taker = row["expected"]["takerAmount"].as_str().unwrap();
            let tick_e4 = parse_e4(text("tickSize")).unwrap();
            let answer = check(&posted(side, order_type, maker, taker), tick_e4, 0);
            match answer {
                Ok(terms) => assert_eq!(terms.limit_e4, parse_e4(text("price")).unwrap(), "{row}"),
                // Below a dollar, or of nothing at all: refused, and rightly.
                Err(Refusal::Size { .. }) => assert!(maker.parse::<u64>().unwrap() < ONE_E6),
                Err(Refusal::Payload) => assert!(maker == "0" || taker == "0", "{row}"),
                Err(refusal) => panic!("{refusal} for {row}"),
            }
            seen += 1;
        }
        assert!(seen > 100, "{seen}");
    }

    #[test]
    fn each_rule_has_two_sides() {
        let gtc = |maker, taker| posted(Side::Buy, OrderType::Gtc, maker, taker);
        let fok = |maker, taker| posted(Side::Buy, OrderType::Fok, maker, taker);
        let min = parse_e6("5").unwrap();
        let of = |posted: Posted| check(&posted, 100, min).map(|terms| terms.limit_e4);
        assert_eq!(of(gtc("2500000", "5000000")), Ok(5_000));
        assert_eq!(of(gtc("50000", "5000000")), Ok(100));
        assert_eq!(of(gtc("4950000", "5000000")), Ok(9_900));
        assert!(matches!(
            of(gtc("5000000", "5000000")),
            Err(Refusal::Tick { .. })
        ));
        assert!(matches!(
            of(gtc("25000", "5000000")),
            Err(Refusal::Tick { .. })
        ));
        assert!(matches!(
            of(gtc("2525000", "5000000")),
            Err(Refusal::Tick { .. })
        ));
        assert!(matches!(
            of(gtc("2495000", "4990000")),
            Err(Refusal::Size { .. })
        ));
        assert!(matches!(
            of(gtc("2500500", "5001000")),
            Err(Refusal::Decimals { .. })
        ));
        assert_eq!(of(gtc("0", "5000000")), Err(Refusal::Payload));
        assert_eq!(
            of(gtc("18446744073709551616", "5000000")),
            Err(Refusal::Payload)
        );
        assert_eq!(of(fok("1000000", "2000000")), Ok(5_000));
        assert!(matches!(
            of(fok("990000", "1980000")),
            Err(Refusal::Size { .. })
        ));
        assert_eq!(of(fok("5000000", "7042200")), Ok(7_100));
        assert!(matches!(
            of(fok("5000000", "7042253")),
            Err(Refusal::Decimals { .. })
        ));
        assert!(matches!(
            of(fok("5000000", "7042100")),
            Err(Refusal::Tick { .. })
        ));
        let sale = posted(Side::Sell, OrderType::Fak, "10000", "100");
        assert_eq!(of(sale), Ok(100));
    }

    #[test]
    fn decimals_follow_the_tick() {
        for (tick_e4, decimals) in [(1_000, 3), (100, 4), (50, 5), (10, 5), (25, 6), (1, 6)] {
            assert_eq!(amount_decimals(tick_e4), decimals);
        }
    }
}
