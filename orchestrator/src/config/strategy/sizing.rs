//! How large a strategy's copies are: the three sizings and what each needs.
//!
//! Invariant: a setting that the sizing does not use is refused where it could
//! be taken for used.

use order::CollateralUnits;
use plan::Sizing;
use plan::size::SizingError;

use super::{StrategySection, USDC_MAX_UNITS, bad, field};

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
        Sizing::read(kind, size.unwrap_or("10.0"), tiers).map_err(|wrong| {
            let setting = match wrong {
                SizingError::Name => "copy_sizing_strategy",
                SizingError::Number(_) | SizingError::Range => "copy_size",
                SizingError::NoTiers | SizingError::Tiers(_) => "tiered_multipliers",
            };
            let said = wrong.to_string();
            let fix = match wrong {
                SizingError::Tiers(_) => {
                    "write min-max:multiplier, sorted, each beginning where the one before ends, \
                     the last as min+:multiplier"
                }
                SizingError::Number(_) => "write it as \"10.0\"",
                SizingError::Name | SizingError::Range | SizingError::NoTiers => {
                    return split(&at(setting), &said);
                }
            };
            bad(&at(setting), &said, fix)
        })
    }
}

/// Words of the form `problem; fix`, of the setting at fault.
fn split(at: &str, said: &str) -> String {
    let (problem, fix) = said.split_once("; ").unwrap_or((said, "correct it"));
    bad(at, problem, fix)
}
