//! What the venue says of a market.

use plan::fee::{FeeCurve, Rate};

use super::{Clob, ClobError};

impl Clob {
    /// The taker fee curve of a market, from `GET /clob-markets/{condition}`:
    /// field `fd`, absent for none. The legacy basis points beside it are not
    /// fees and are not looked at.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape.
    pub async fn fee_curve(&self, condition: &str) -> Result<FeeCurve, ClobError> {
        let value = self.public(&format!("/clob-markets/{condition}")).await?;
        let Some(fd) = value.get("fd").filter(|fd| !fd.is_null()) else {
            return Ok(FeeCurve {
                rate: Rate::ZERO,
                exponent: 1,
            });
        };
        // The number's own digits: a decimal rate must not pass through binary.
        let digits = |name: &str| {
            fd.get(name)
                .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
                .ok_or_else(|| ClobError::Shape(format!("fd.{name} is missing")))
        };
        let rate = digits("r")?;
        let exponent = digits("e")?;
        match (Rate::parse(&rate), exponent.parse()) {
            (Ok(rate), Ok(exponent)) => Ok(FeeCurve { rate, exponent }),
            _ => Err(ClobError::Shape(format!(
                "fd r {rate} e {exponent} is no fee curve"
            ))),
        }
    }
}
