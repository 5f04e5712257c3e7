//! What the venue says of a market: tick, exchange, condition, fees.

use order::{B256, TickSize};
use plan::fee::{FeeCurve, Rate};
use serde_json::Value;

use super::budget::Endpoint;
use super::{Clob, ClobError, digits, text};
use crate::clock;

/// How long a market's fee curve is believed. It moves rarely, and a fee that
/// was computed by an old one shows when balances are compared.
const CURVE_MS: u64 = 600_000;

/// What an order for a token must know of its market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketFacts {
    /// Condition id.
    pub market: B256,
    /// The smallest price step.
    pub tick_size: TickSize,
    /// Whether its orders go to the neg-risk exchange.
    pub neg_risk: bool,
}

impl Clob {
    /// The market that `token` (decimal) is an outcome of; none if the venue
    /// knows no such token.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape.
    pub async fn market_of(&self, token: &str) -> Result<Option<MarketFacts>, ClobError> {
        let tick_size = match self.tick_size(token).await {
            Ok(tick_size) => tick_size,
            Err(ClobError::Refused { status: 404, .. }) => return Ok(None),
            Err(e) => return Err(e),
        };
        let path = format!("/markets-by-token/{token}");
        let answer = self.public(Endpoint::General, &path).await?;
        let market = text(&answer, "condition_id")?;
        Ok(Some(MarketFacts {
            market: market
                .parse()
                .map_err(|_ignored| ClobError::Shape(format!("condition {market:?}")))?,
            tick_size,
            neg_risk: self.neg_risk(token).await?,
        }))
    }

    /// The token's smallest price step.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape.
    pub async fn tick_size(&self, token: &str) -> Result<TickSize, ClobError> {
        let path = format!("/tick-size?token_id={token}");
        let answer = self.public(Endpoint::TickSize, &path).await?;
        let written = digits(&answer, "minimum_tick_size")?;
        TickSize::parse(&written)
            .ok_or_else(|| ClobError::Shape(format!("tick size {written:?} is not known")))
    }

    /// Whether the token's orders go to the neg-risk exchange.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape.
    pub async fn neg_risk(&self, token: &str) -> Result<bool, ClobError> {
        let path = format!("/neg-risk?token_id={token}");
        let answer = self.public(Endpoint::TickSize, &path).await?;
        answer
            .get("neg_risk")
            .and_then(Value::as_bool)
            .ok_or_else(|| ClobError::Shape("neg_risk is missing".to_owned()))
    }

    /// The taker fee curve of a market, from `GET /clob-markets/{condition}`:
    /// field `fd`, absent for none. The legacy basis points beside it are not
    /// fees and are not looked at.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape.
    pub async fn fee_curve(&self, condition: &str) -> Result<FeeCurve, ClobError> {
        let now_ms = clock::now_ms();
        let known = self.shared().curves.get(condition).copied();
        if let Some((curve, read_ms)) = known
            && now_ms.saturating_sub(read_ms) < CURVE_MS
        {
            return Ok(curve);
        }
        let path = format!("/clob-markets/{condition}");
        let curve = curve(&self.public(Endpoint::General, &path).await?)?;
        let entry = (curve, now_ms);
        self.shared().curves.insert(condition.to_owned(), entry);
        Ok(curve)
    }
}

fn curve(value: &Value) -> Result<FeeCurve, ClobError> {
    let Some(fd) = value.get("fd").filter(|fd| !fd.is_null()) else {
        return Ok(FeeCurve {
            rate: Rate::ZERO,
            exponent: 1,
        });
    };
    let (rate, exponent) = (digits(fd, "r")?, digits(fd, "e")?);
    match (Rate::parse(&rate), exponent.parse()) {
        (Ok(rate), Ok(exponent)) => Ok(FeeCurve { rate, exponent }),
        (Ok(_) | Err(_), _) => Err(ClobError::Shape(format!(
            "fd r {rate} e {exponent} is no fee curve"
        ))),
    }
}
