//! What was charged, as the status says it: every window, and ever.

use crate::calendar::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::meter::Sum;
use crate::state::State;
use crate::time::Time;

/// Sums of charges, collateral base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charged {
    /// In the last minute of slow time.
    pub minute_units: u128,
    /// In the last hour.
    pub hour_units: u128,
    /// In the last day.
    pub day_units: u128,
    /// Ever.
    pub lifetime_units: u128,
}

impl State {
    /// What all BUYs together were charged, in each window that ends now, and what
    /// starts owe.
    #[must_use]
    pub fn charged(&self, time: Time) -> Charged {
        let slow_ms = self.slow_ms(time);
        let sum = Sum([Some(&self.meters.charged), Some(&self.meters.owed), None]);
        let within = |window_ms| {
            let charged = sum.within(slow_ms, window_ms);
            charged.saturating_add(self.ahead.owed())
        };
        Charged {
            minute_units: within(MINUTE_MS),
            hour_units: within(HOUR_MS),
            day_units: within(DAY_MS),
            lifetime_units: self.lifetime(),
        }
    }
}
