//! Whose trades are copied, how large, and what they must pass: one block a
//! strategy.
//!
//! Invariant: a strategy without leaders, or with tiers that leave a gap, does
//! not start; an empty list of markets means all of them only where that is
//! written beside it.
//! Invariant: the budgets of all strategies together stay within the account's.

mod sizing;

use order::{Address, CollateralUnits, PriceE4, TickSize};
use plan::lists::ListError;
use plan::{Bps, Markets, Misconfigured, OnCap, OrderType, Strategy, UnknownExit};
use serde::Deserialize;

use super::bad;
use super::trading::within;
use crate::intent::is_strategy;

/// One strategy and its name, which is also its ledger's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// What its copies must pass.
    pub rules: Strategy,
    /// How long small trades of one leader, token and side add up.
    pub aggregate_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StrategySection {
    name: String,
    follow_traders: Vec<String>,
    #[serde(default)]
    watch_only: Vec<String>,
    #[serde(default)]
    market_allowlist: Vec<String>,
    #[serde(default)]
    allow_all_markets: bool,
    max_intent_size_usdc: Option<String>,
    min_intent_size_usdc: Option<String>,
    min_leader_order_usdc: Option<String>,
    on_cap: Option<String>,
    max_intent_age_seconds: Option<u64>,
    max_seen_age_seconds: Option<u64>,
    max_exit_age_seconds: Option<u64>,
    max_slippage_percent: Option<String>,
    max_acceptable_price_movement_percent: Option<String>,
    max_market_impact_percent: Option<String>,
    warn_market_impact_percent: Option<String>,
    max_spread: Option<String>,
    min_depth_usdc: Option<String>,
    max_book_share_percent: Option<String>,
    price_min: Option<String>,
    price_max: Option<String>,
    min_minutes_to_end: Option<u64>,
    max_book_age_ms: Option<u64>,
    copy_sizing_strategy: Option<String>,
    copy_size: Option<String>,
    tiered_multipliers: Option<String>,
    aggregate_seconds: Option<u64>,
    unknown_exit: Option<String>,
    order_type: Option<String>,
    day_usdc_max: Option<String>,
}

const ON_CAP: [(&str, OnCap); 2] = [("clamp", OnCap::Clamp), ("reject", OnCap::Reject)];
const UNKNOWN_EXIT: [(&str, UnknownExit); 3] = [
    ("hold", UnknownExit::Hold),
    ("full", UnknownExit::Full),
    ("alert", UnknownExit::Alert),
];
const ORDER_TYPE: [(&str, OrderType); 2] = [("FAK", OrderType::Fak), ("FOK", OrderType::Fok)];
/// No amount in a strategy is above a hundred million: a slip of the hand.
const USDC_MAX_UNITS: u64 = 100_000_000_000_000;

/// Reads all strategies.
pub(super) fn read(
    sections: &[StrategySection],
    account_day_usdc_max: Option<&str>,
) -> Result<Vec<Named>, String> {
    let mut all: Vec<Named> = Vec::new();
    for section in sections {
        let named = section.read()?;
        if all.iter().any(|other| other.name == named.name) {
            let fix = "give each strategy a name of its own: it is also its ledger's";
            return Err(bad("strategy.name", "twice the same", fix));
        }
        all.push(named);
    }
    if let Some(account) = account_day(account_day_usdc_max)? {
        budgets_within(&all, account)?;
    }
    Ok(all)
}

/// The account's day, where one is set.
pub(super) fn account_day(text: Option<&str>) -> Result<Option<CollateralUnits>, String> {
    text.map(|text| usdc("copy.day_usdc_max", text)).transpose()
}

fn budgets_within(all: &[Named], account: CollateralUnits) -> Result<(), String> {
    let mut sum: u64 = 0;
    for named in all {
        let Some(own) = named.rules.day_usdc_max else {
            return Err(bad(
                &field(&named.name, "day_usdc_max"),
                "missing, and copy.day_usdc_max is set",
                "give each strategy its part of the account's day",
            ));
        };
        sum = sum.saturating_add(own.get());
    }
    if sum > account.get() {
        return Err(bad(
            "copy.day_usdc_max",
            &format!(
                "{account}, and the strategies' days add up to {}",
                CollateralUnits::new(sum)
            ),
            "lower theirs, or raise it; the signer's day cap stands above both",
        ));
    }
    Ok(())
}

fn field(name: &str, setting: &str) -> String {
    format!("strategy.{name}.{setting}")
}

impl StrategySection {
    fn read(&self) -> Result<Named, String> {
        if !is_strategy(&self.name) {
            let fix = "write 1 to 32 of a to z, 0 to 9 and -";
            return Err(bad("strategy.name", "not a strategy's name", fix));
        }
        let rules = self.rules()?;
        rules.check().map_err(|wrong| self.contradiction(wrong))?;
        let aggregate = ("aggregate_seconds", self.aggregate_seconds, 0);
        Ok(Named {
            name: self.name.clone(),
            rules,
            aggregate_ms: self.seconds_as_ms(aggregate, (0, 86_400))?,
        })
    }

    #[expect(clippy::too_many_lines, reason = "one line a setting")]
    fn rules(&self) -> Result<Strategy, String> {
        let slippage = self.max_slippage_percent.as_deref().unwrap_or("5.0");
        let movement = self.max_acceptable_price_movement_percent.as_deref();
        let age = |setting, seconds| self.seconds_as_ms((setting, seconds, 60), (1, 86_400));
        let exit_age = ("max_exit_age_seconds", self.max_exit_age_seconds, 86_400);
        let book_age = (self.max_book_age_ms, 2_000, (50, 60_000));
        let minutes = (self.min_minutes_to_end, 0, (0, 525_600));
        let [warn, impact, share] = [
            (
                "warn_market_impact_percent",
                &self.warn_market_impact_percent,
                "5.0",
            ),
            (
                "max_market_impact_percent",
                &self.max_market_impact_percent,
                "10.0",
            ),
            (
                "max_book_share_percent",
                &self.max_book_share_percent,
                "100.0",
            ),
        ]
        .map(|(setting, text, default)| self.bps(setting, text.as_deref().unwrap_or(default)));
        let [most, least] = [
            ("max_intent_size_usdc", &self.max_intent_size_usdc, "100.0"),
            ("min_intent_size_usdc", &self.min_intent_size_usdc, "1.0"),
        ]
        .map(|(setting, text, default)| self.usdc(setting, text.as_deref().unwrap_or(default)));
        let day = self.day_usdc_max.as_ref();
        let spread = self.max_spread.as_ref();
        Ok(Strategy {
            leaders: self.leaders()?,
            watch_only: self.addresses("watch_only", &self.watch_only)?,
            markets: self.markets()?,
            sizing: self.sizing()?,
            intent_usdc_max: most?,
            intent_usdc_min: least?,
            leader_usdc_min: self.leader_least()?,
            on_cap: self.word("on_cap", self.on_cap.as_deref(), &ON_CAP)?,
            age_ms_max: age("max_intent_age_seconds", self.max_intent_age_seconds)?,
            seen_age_ms_max: age("max_seen_age_seconds", self.max_seen_age_seconds)?,
            exit_age_ms_max: self.seconds_as_ms(exit_age, (1, 604_800))?,
            slippage_max: self.bps("max_slippage_percent", slippage)?,
            movement_max: self.bps(
                "max_acceptable_price_movement_percent",
                movement.unwrap_or("100"),
            )?,
            impact_max: impact?,
            impact_warn: warn?,
            spread_max: spread
                .map(|text| self.price("max_spread", text))
                .transpose()?,
            depth_usdc_min: match &self.min_depth_usdc {
                None => CollateralUnits::new(0),
                Some(text) => self.usdc("min_depth_usdc", text)?,
            },
            book_share_max: share?,
            price_min: self.price("price_min", self.price_min.as_deref().unwrap_or("0.02"))?,
            price_max: self.price("price_max", self.price_max.as_deref().unwrap_or("0.98"))?,
            end_ms_min: self
                .whole("min_minutes_to_end", minutes)?
                .saturating_mul(60_000),
            book_age_ms_max: self.whole("max_book_age_ms", book_age)?,
            unknown_exit: self.word("unknown_exit", self.unknown_exit.as_deref(), &UNKNOWN_EXIT)?,
            order_type: self.word("order_type", self.order_type.as_deref(), &ORDER_TYPE)?,
            day_usdc_max: day
                .map(|text| self.usdc("day_usdc_max", text))
                .transpose()?,
        })
    }

    /// Two settings that cannot both be meant, by the one to change.
    fn contradiction(&self, wrong: Misconfigured) -> String {
        let setting = match wrong {
            Misconfigured::NoLeaders => "follow_traders",
            Misconfigured::LeaderOnlyWatched(_) => "watch_only",
            Misconfigured::SizeRange => "min_intent_size_usdc",
            Misconfigured::BelowVenue => "max_intent_size_usdc",
            Misconfigured::PriceBand => "price_min",
            Misconfigured::WarnAboveMax => "warn_market_impact_percent",
        };
        let said = wrong.to_string();
        let (problem, fix) = said.split_once(": ").unwrap_or((&said, "correct it"));
        bad(&self.at(setting), problem, fix)
    }

    fn at(&self, setting: &str) -> String {
        field(&self.name, setting)
    }

    /// One of a few words; the first is the default.
    fn word<T: Copy>(
        &self,
        setting: &str,
        text: Option<&str>,
        words: &[(&str, T)],
    ) -> Result<T, String> {
        let found = match text {
            None => words.first(),
            Some(text) => words.iter().find(|(word, _)| *word == text),
        };
        found.map(|(_, meant)| *meant).ok_or_else(|| {
            let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let fix = format!("write {}", all.join(" or "));
            bad(&self.at(setting), "not known", &fix)
        })
    }

    fn leaders(&self) -> Result<Vec<Address>, String> {
        let leaders = self.addresses("follow_traders", &self.follow_traders)?;
        if leaders.is_empty() {
            let fix = "write the wallets to copy (FOLLOW_TRADERS); nobody is followed by default";
            return Err(bad(&self.at("follow_traders"), "empty", fix));
        }
        Ok(leaders)
    }

    fn addresses(&self, setting: &str, texts: &[String]) -> Result<Vec<Address>, String> {
        let listed = plan::lists::traders(texts);
        listed.map_err(|wrong| self.entry(setting, texts, wrong))
    }

    /// An entry of a list that is not understood, by what it says.
    fn entry(&self, setting: &str, texts: &[String], wrong: ListError) -> String {
        let text = wrong.entry.checked_sub(1).and_then(|at| texts.get(at));
        let problem = format!("{wrong}: {:?}", text.map_or("", String::as_str));
        bad(&self.at(setting), &problem, wrong.problem.fix())
    }

    /// All markets only where that is written; else those that are listed.
    fn markets(&self) -> Result<Markets, String> {
        let at = field(&self.name, "market_allowlist");
        if self.market_allowlist.is_empty() {
            if self.allow_all_markets {
                return Ok(Markets::All);
            }
            let fix = "list condition ids or token ids, or write allow_all_markets = true";
            return Err(bad(&at, "empty", fix));
        }
        if self.allow_all_markets {
            let fix = "keep one of them";
            return Err(bad(&at, "not empty, and allow_all_markets is true", fix));
        }
        let texts = &self.market_allowlist;
        Markets::listed(texts).map_err(|wrong| self.entry("market_allowlist", texts, wrong))
    }

    fn usdc(&self, setting: &str, text: &str) -> Result<CollateralUnits, String> {
        usdc(&self.at(setting), text)
    }

    fn price(&self, setting: &str, text: &str) -> Result<PriceE4, String> {
        let fix = "write a price between 0 and 1";
        PriceE4::parse(text, TickSize::TenThousandth)
            .map_err(|e| bad(&self.at(setting), &e.to_string(), fix))
    }

    /// Percent with two decimals at most.
    fn bps(&self, setting: &str, text: &str) -> Result<Bps, String> {
        Bps::parse_percent(text)
            .ok()
            .filter(|bps| bps.0 <= 10_000)
            .ok_or_else(|| {
                let fix = "write a percent from 0 to 100 with two decimals at most, as \"5.0\"";
                bad(&self.at(setting), "not a percent", fix)
            })
    }

    fn whole(
        &self,
        setting: &str,
        (value, default, range): (Option<u64>, u64, (u64, u64)),
    ) -> Result<u64, String> {
        within(&self.at(setting), value, default, range)
    }

    fn seconds_as_ms(
        &self,
        (setting, seconds, default): (&str, Option<u64>, u64),
        range: (u64, u64),
    ) -> Result<u64, String> {
        let seconds = within(&self.at(setting), seconds, default, range)?;
        Ok(seconds.saturating_mul(1_000))
    }
}

fn usdc(at: &str, text: &str) -> Result<CollateralUnits, String> {
    let fix = "write pUSD as text, above 0 and with six decimals at most, as \"100.0\"";
    CollateralUnits::parse(text)
        .ok()
        .filter(|units| (1..=USDC_MAX_UNITS).contains(&units.get()))
        .ok_or_else(|| bad(at, &format!("{text:?} is not an amount"), fix))
}

#[cfg(test)]
#[path = "strategy_tests.rs"]
pub(crate) mod tests;
