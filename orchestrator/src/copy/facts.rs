//! What the venue says of a token, asked all at once: the market by both of its
//! listings, its fees, its book.

use order::{B256, ShareUnits, Side, U256};
use plan::reason::Reason;
use plan::{Book, Market, ProtocolVersion};

use crate::clob::{Clob, ClobError, Gamma, GammaMarket, ListedMarket};
use crate::clock;
use crate::intent::{Code, Draft, Reject, Token};
use crate::notes::Attested;

/// What decides beside the trade itself.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The market.
    pub market: Market,
    /// Its book, as it was.
    pub book: Book,
    /// The token, by its id.
    pub token: U256,
    /// What watchers signed of the trade, if they did.
    pub attested: Option<Attested>,
}

/// Asks for everything that the trade of `draft` needs; `bought` is the market
/// that was recorded when its token was bought, with its neg-risk.
///
/// # Errors
///
/// Why nothing is known yet: it may be asked again. The inner error is final.
pub async fn facts(
    clob: &Clob,
    gamma: &Gamma,
    draft: &Draft,
    bought: Option<(B256, bool)>,
) -> Result<Result<Facts, Reject>, String> {
    let named = match token(clob, draft).await? {
        Ok(named) => named,
        Err(reject) => return Ok(Err(reject)),
    };
    let token = named.to_string();
    let condition = match draft.market {
        Some(condition) => condition,
        None => match clob.market_of(&token).await.map_err(|e| e.to_string())? {
            Some(facts) => facts.market,
            None => return Ok(Err(unknown_token(&token))),
        },
    };
    let (listed, catalogued, fee) = tokio::join!(
        clob.listed_market(condition),
        gamma.market(condition),
        async { clob.fee_curve(&condition.to_string()).await },
    );
    // The book last: it is what goes stale.
    let asked_ms = clock::now_ms();
    let book = clob.book(&token).await;
    let Some(listed) = listed.map_err(|e| e.to_string())? else {
        return Ok(Err(unknown_market(condition)));
    };
    if !listed.tokens.iter().any(|(one, _)| *one == named) {
        let sentence = format!("market_id: {condition} has no token {token}; correct one of them");
        return Ok(Err(Reject::new(Code::MarketMismatch, sentence)));
    }
    if listed.condition != condition {
        return Err(format!(
            "market {condition} was asked, and {} answered",
            listed.condition
        ));
    }
    let about = (draft.side, named, bought);
    let Some(catalogued) = catalogue_or_bought(catalogued, &listed, about)? else {
        let what = "the catalogue does not list it";
        return Ok(Err(not_trading(condition, what)));
    };
    if listed.neg_risk != catalogued.neg_risk {
        let what = "order API and catalogue differ on neg-risk, which names the exchange";
        return Ok(Err(not_trading(condition, what)));
    }
    let book = book.map_err(|e| e.to_string())?;
    if book.token_id != token {
        return Err(format!(
            "the book of {token} was asked, and of {} answered",
            book.token_id
        ));
    }
    Ok(Ok(Facts {
        market: market(&listed, catalogued, fee.map_err(|e| e.to_string())?),
        book: Book {
            bids: book.bids,
            asks: book.asks,
            taken_ms: asked_ms.saturating_sub(book.age_ms),
        },
        token: named,
        attested: None,
    }))
}

/// The token of `draft`: as it says, or as its market calls it.
///
/// # Errors
///
/// Why nothing is known yet: it may be asked again. The inner error is final.
pub async fn token(clob: &Clob, draft: &Draft) -> Result<Result<U256, Reject>, String> {
    let (name, condition) = match (&draft.token, draft.market) {
        (Token::Outcome(name), Some(condition)) => (name, condition),
        (Token::Id(_) | Token::Outcome(_), _) => return Ok(draft.token_id()),
    };
    let listed = clob.listed_market(condition).await;
    Ok(match listed.map_err(|e| e.to_string())? {
        Some(listed) => listed.token_called(name),
        None => Err(unknown_market(condition)),
    })
}

/// What the catalogue says; while it does not answer, what was recorded when the
/// token was bought: an exit does not wait for a second opinion. A buy has no
/// such record here, and waits.
fn catalogue_or_bought(
    catalogued: Result<Option<GammaMarket>, ClobError>,
    listed: &ListedMarket,
    (side, token, bought): (Side, U256, Option<(B256, bool)>),
) -> Result<Option<GammaMarket>, String> {
    let away = match catalogued {
        Ok(catalogued) => return Ok(catalogued),
        Err(away) => format!("catalogue: {away}"),
    };
    let here = |(market, _): &(B256, bool)| side == Side::Sell && *market == listed.condition;
    let Some((_, neg_risk)) = bought.filter(here) else {
        return Err(away);
    };
    tracing::warn!(
        away,
        "an exit goes by what was recorded when its token was bought"
    );
    Ok(Some(GammaMarket {
        is_protocol_v2: order::raw::position_id::decode(token).is_ok(),
        // The order API says itself whether it takes orders.
        accepting: true,
        neg_risk,
        end_ms: None,
    }))
}

fn unknown_market(condition: B256) -> Reject {
    let sentence = format!("market_id: the venue knows no market {condition}; correct it");
    Reject::new(Code::MarketMismatch, sentence)
}

fn market(listed: &ListedMarket, catalogued: GammaMarket, fee: plan::fee::FeeCurve) -> Market {
    Market {
        condition: listed.condition,
        tick: listed.tick_size,
        order_shares_min: listed.shares_min.max(ShareUnits::new(order::LOT_UNITS)),
        neg_risk: listed.neg_risk,
        version: if catalogued.is_protocol_v2 {
            ProtocolVersion::V3
        } else {
            ProtocolVersion::V2
        },
        accepting: listed.accepting && catalogued.accepting,
        // The earlier of two is the safer one.
        end_ms: [listed.end_ms, catalogued.end_ms]
            .into_iter()
            .flatten()
            .min(),
        fee,
    }
}

fn unknown_token(token: &str) -> Reject {
    let sentence = format!("token_id: the venue knows no token {token}; correct it");
    Reject::new(Code::UnknownToken, sentence)
}

fn not_trading(condition: B256, what: &str) -> Reject {
    let sentence = format!("{}: {condition}: {what}", Reason::NotTrading.text());
    Reject::new(Code::Plan(Reason::NotTrading), sentence)
}

#[cfg(test)]
mod tests {
    use order::TickSize;

    use super::*;

    /// M52: shares can be sold while the catalogue is away, on the exchange that
    /// they were bought on; nothing is bought on a guess.
    #[test]
    fn an_exit_does_not_wait_for_a_catalogue_that_is_away() {
        let condition = B256::repeat_byte(0x11);
        let listed = ListedMarket {
            condition,
            tokens: vec![(U256::from(7), "Yes".to_owned())],
            tick_size: TickSize::Cent,
            shares_min: ShareUnits::new(5_000_000),
            neg_risk: true,
            accepting: true,
            end_ms: None,
        };
        let away = || Err(ClobError::Shape("markets is missing".to_owned()));
        let asked = |catalogued, bought| {
            catalogue_or_bought(catalogued, &listed, (Side::Sell, U256::from(7), bought))
        };
        let buy = (Side::Buy, U256::from(7), Some((condition, true)));
        assert!(catalogue_or_bought(away(), &listed, buy).is_err());
        let known = asked(away(), Some((condition, true))).unwrap().unwrap();
        assert!(known.neg_risk && known.accepting && !known.is_protocol_v2);
        let words = asked(away(), None).unwrap_err();
        assert!(words.starts_with("catalogue: "), "{words}");
        let elsewhere = Some((B256::repeat_byte(0x22), true));
        assert!(asked(away(), elsewhere).is_err(), "another market");
        // Where it answers, its word counts.
        assert_eq!(asked(Ok(None), Some((condition, true))), Ok(None));
    }
}
