//! How large a strategy's copies are: the three sizings and what each needs.
//!
//! Invariant: a setting that the sizing does not use is refused where it could
//! be taken for used.

use order::CollateralUnits;
use plan::Sizing;
use plan::size::SizingError;
use plan::tiers::TierError;

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
                SizingError::Tiers(wrong) => {
                    let told = at_tier(tiers.unwrap_or_default(), wrong);
                    return split(&at(setting), &told);
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

/// What is wrong with tiers, by the tier as it is written.
fn at_tier(text: &str, wrong: TierError) -> String {
    let begin = text.get(..wrong.at).and_then(|before| before.rfind(','));
    let from = begin.map_or(0, |comma| comma.saturating_add(1));
    let tier = text.get(from..).and_then(|rest| rest.split(',').next());
    let said = wrong.to_string();
    let problem = said.split_once(": ").map_or(said.as_str(), |(_, why)| why);
    let whole = if problem.contains("; ") {
        ""
    } else {
        "; write tiers as 1-100:2.0,100+:0.5"
    };
    format!(
        "tier {:?}: {problem}{whole}",
        tier.unwrap_or_default().trim()
    )
}

/// Words of the form `problem; fix`, of the setting at fault.
fn split(at: &str, said: &str) -> String {
    let (problem, fix) = said.split_once("; ").unwrap_or((said, "correct it"));
    bad(at, problem, fix)
}
