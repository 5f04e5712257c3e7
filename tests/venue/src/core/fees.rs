//! The taker's fee: shares · rate · (p(1-p))^exponent, rounded down.
//!
//! Rounded to 10 base units, which is five decimals of a dollar. Down, because
//! that is what every recorded fill shows, whatever "rounded" suggests.

use crate::units::{ONE_E4, format_e6};

/// A market's fee curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Curve {
    pub(crate) rate_e6: u64,
    pub(crate) exponent: u32,
}

/// Beyond this the product no longer fits in 128 bits; one is in use.
pub(crate) const EXPONENT_MAX: u32 = 2;

impl Curve {
    /// No fee.
    pub(crate) const FREE: Self = Self {
        rate_e6: 0,
        exponent: 1,
    };

    /// The fee in base units; `None` if it cannot be represented.
    pub(crate) fn fee_e6(self, shares_e6: u64, price_e4: u64) -> Option<u64> {
        let spread = price_e4.checked_mul(ONE_E4.checked_sub(price_e4)?)?;
        let mut scaled = u128::from(shares_e6).checked_mul(u128::from(self.rate_e6))?;
        let mut unit: u128 = 1_000_000;
        for _ in 0..self.exponent {
            scaled = scaled.checked_mul(u128::from(spread))?;
            unit = unit.checked_mul(100_000_000)?;
        }
        let tens = scaled.checked_div(unit.checked_mul(10)?)?;
        u64::try_from(tens.checked_mul(10)?).ok()
    }

    pub(crate) fn rate_text(self) -> String {
        format_e6(self.rate_e6)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::units::{parse_e4, parse_e6};

    #[test]
    fn every_recorded_fill_paid_exactly_this() {
        let text = include_str!("../../../../proto/order/vectors/fees.json");
        let file: Value = serde_json::from_str(text).unwrap();
        let rows = file["chainFills"]["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 21);
        for row in rows {
            let text = |name: &str| row[name].as_str().unwrap();
            let shares = match text("side") {
                "BUY" => text("takerAmountFilled"),
                _ => text("makerAmountFilled"),
            };
            let curve = Curve {
                rate_e6: parse_e6(text("feeRate")).unwrap(),
                exponent: 1,
            };
            let fee = curve.fee_e6(shares.parse().unwrap(), parse_e4(text("price")).unwrap());
            assert_eq!(fee.unwrap().to_string(), text("feeOnChain"), "{row}");
        }
    }

    #[test]
    fn edges() {
        let curve = Curve {
            rate_e6: 70_000,
            exponent: 1,
        };
        assert_eq!(curve.fee_e6(0, 5_000), Some(0));
        assert_eq!(curve.fee_e6(1_000_000, 0), Some(0));
        assert_eq!(curve.fee_e6(1_000_000, 10_000), Some(0));
        assert_eq!(curve.fee_e6(1_000_000, 10_001), None);
        // 571 base units owe 9.99, and 572 owe 10.01: the first pays nothing.
        assert_eq!(curve.fee_e6(571, 5_000), Some(0));
        assert_eq!(curve.fee_e6(572, 5_000), Some(10));
        let square = Curve {
            exponent: 2,
            ..curve
        };
        assert_eq!(square.fee_e6(100_000_000, 5_000), Some(437_500));
        assert_eq!(Curve::FREE.fee_e6(u64::MAX, 5_000), Some(0));
        assert_eq!(square.fee_e6(u64::MAX, 5_000), None);
    }
}
