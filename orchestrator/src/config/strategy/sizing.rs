//! How large a strategy's copies are: the three sizings and what each needs.
//!
//! Invariant: a setting that the sizing does not use is refused where it could
//! be taken for used.

use order::CollateralUnits;
use plan::tiers::Tiers;
use plan::{Percent, Sizing};

use super::{StrategySection, USDC_MAX_UNITS, bad, field, usdc};

/// Ten times the leader's own trade, in millionths of a percent.
const PERCENT_MAX_E6: u64 = 1_000_000_000;

impl StrategySection {
    /// The least order of a leader that is copied; zero is none.
    pub(super) fn leader_least(&self) -> Result<CollateralUnits, String> {
        let text = self.min_leader_order_usdc.as_deref().unwrap_or("1.0");
        let fix =
            "write pUSD as text, \"0\" for every order, with six decimals at most, as \"1.0\"";
        CollateralUnits::parse(text)
            .ok()
            .filter(|units| units.get() <= USDC_MAX_UNITS)
            .ok_or_else(|| {
                let at = field(&self.name, "min_leader_order_usdc");
                bad(&at, &format!("{text:?} is not an amount"), fix)
            })
    }

    pub(super) fn sizing(&self) -> Result<Sizing, String> {
        let at = |setting: &str| field(&self.name, setting);
        let size = self.copy_size.as_deref();
        let tiers = self.tiered_multipliers.as_deref();
        let kind = self.copy_sizing_strategy.as_deref().unwrap_or("PERCENTAGE");
        if kind != "TIERED" && tiers.is_some() {
            let fix = "leave it out, or write copy_sizing_strategy = \"TIERED\"";
            return Err(bad(&at("tiered_multipliers"), "without TIERED", fix));
        }
        match kind {
            "FIXED" => Ok(Sizing::Fixed(usdc(
                &at("copy_size"),
                size.unwrap_or("10.0"),
            )?)),
            "PERCENTAGE" => Percent::parse(size.unwrap_or("10.0"))
                .ok()
                .filter(|percent| (1..=PERCENT_MAX_E6).contains(&percent.0))
                .map(Sizing::Percentage)
                .ok_or_else(|| {
                    let fix = "write a percent above 0 and at most 1000, as \"10.0\"";
                    bad(&at("copy_size"), "not a percent", fix)
                }),
            "TIERED" => {
                let text = tiers.ok_or_else(|| {
                    let fix = "write \"1-100:2.0,100-500:1.0,500+:0.1\"";
                    bad(&at("tiered_multipliers"), "missing with TIERED", fix)
                })?;
                let tiers = Tiers::parse(text).map_err(|e| {
                    let fix = "write min-max:multiplier, sorted, each beginning where the one \
                               before ends, the last as min+:multiplier";
                    bad(&at("tiered_multipliers"), &e.to_string(), fix)
                })?;
                Ok(Sizing::Tiered(tiers))
            }
            _ => Err(bad(
                &at("copy_sizing_strategy"),
                "not known",
                "write FIXED, PERCENTAGE or TIERED",
            )),
        }
    }
}
