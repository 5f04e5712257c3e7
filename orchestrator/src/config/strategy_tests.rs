//! Every setting of a strategy, its default, and what is said of a bad one.

use std::path::Path;

use plan::{Percent, Sizing};

use order::U256;

use super::*;
use crate::config::Config;

/// The strategy of a block, for other rooms' tests.
pub(crate) fn of_block(block: &str) -> Named {
    toml::from_str::<StrategySection>(block)
        .unwrap()
        .read()
        .unwrap()
}

const EXAMPLE: &str = include_str!("../../../deploy/orchestrator.example.toml");
const LEADER: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const OTHER: &str = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359";

/// The example, filled in, up to its strategies.
fn head() -> String {
    let filled = EXAMPLE
        .replace(
            &format!("sha256/{}", "0".repeat(64)),
            &format!("sha256/{}", "ab".repeat(32)),
        )
        .replace(
            &format!("\"0x{}\"", "0".repeat(40)),
            &format!("\"{LEADER}\""),
        );
    filled.split("# [[strategy]]").next().unwrap().to_owned()
}

fn strategies(text: &str) -> Result<Vec<Named>, String> {
    Config::parse(&format!("{}{text}", head()), Path::new("/etc")).map(|c| c.copy.strategies)
}

fn with(settings: &str) -> Result<Strategy, String> {
    let block =
        format!("[[strategy]]\nname = \"main\"\nfollow_traders = [\"{LEADER}\"]\n{settings}");
    strategies(&block).map(|mut all| all.remove(0).rules)
}

/// The block of the example with its comment marks taken away.
fn example_block() -> String {
    let (_, block) = EXAMPLE.split_once("# [[strategy]]").unwrap();
    let lines = block.lines().skip(1);
    let lines = lines.map(|line| line.strip_prefix("# ").unwrap_or(line));
    let bare: Vec<&str> = ["[[strategy]]"].into_iter().chain(lines).collect();
    bare.join("\n")
}

/// M13, M14, M15, M16, M17, M18, M19: the documented defaults.
#[test]
fn without_settings_a_strategy_has_the_documented_defaults() {
    let rules = with("allow_all_markets = true").unwrap();
    assert_eq!(rules.intent_usdc_max.get(), 100_000_000);
    assert_eq!(rules.leader_usdc_min.get(), 1_000_000);
    assert_eq!(rules.age_ms_max, 60_000);
    assert_eq!(rules.exit_age_ms_max, 86_400_000, "exits are honoured late");
    assert_eq!(rules.slippage_max, Bps(500));
    assert_eq!(rules.sizing, Sizing::Percentage(Percent(10_000_000)));
    assert_eq!(rules.markets, Markets::All);
    assert_eq!(
        (rules.on_cap, rules.unknown_exit),
        (OnCap::Clamp, UnknownExit::Hold)
    );
    assert_eq!(
        (rules.impact_max, rules.impact_warn),
        (Bps(1_000), Bps(500))
    );
    assert_eq!(rules.movement_max, Bps(10_000));
    assert_eq!(rules.check(), Ok(()));
}

/// M27: what the example shows, uncommented, is a strategy; its values are the
/// defaults but for what it says is off.
#[test]
fn the_example_is_a_strategy_with_the_defaults() {
    let block = example_block()
        .replace(&format!("0x{}", "0".repeat(40)), LEADER)
        .replace("tiered_multipliers", "# tiered_multipliers")
        .replace("day_usdc_max", "# day_usdc_max")
        .replace("min_depth_usdc", "# min_depth_usdc")
        .replace("max_spread", "# max_spread")
        .replace("max_acceptable", "# max_acceptable");
    let shown = strategies(&block).unwrap().remove(0).rules;
    assert_eq!(shown, with("allow_all_markets = true").unwrap());
}

/// M13: letters of either case are one wallet; nobody, twice and bad hex are
/// refused.
#[test]
fn leaders_are_wallets_each_once() {
    let lower = format!("\"{}\"", LEADER.to_lowercase());
    let block = |leaders: &str| {
        format!(
            "[[strategy]]\nname = \"main\"\nallow_all_markets = true\nfollow_traders = [{leaders}]\n"
        )
    };
    let one = strategies(&block(&lower)).unwrap();
    assert_eq!(one[0].rules.leaders, [LEADER.parse::<Address>().unwrap()]);
    for (leaders, problem) in [
        (String::new(), "empty"),
        (format!("{lower}, \"{LEADER}\""), "twice"),
        ("\"0xabc\"".to_owned(), "not an address"),
        (
            format!("\"{}\"", LEADER.replace('A', "a").replace("a9", "A9")),
            "checksum",
        ),
    ] {
        let said = strategies(&block(&leaders)).unwrap_err();
        assert!(
            said.starts_with("CONFIG strategy.main.follow_traders: "),
            "{said}"
        );
        assert!(said.contains(problem) && said.contains("; "), "{said}");
    }
}

/// M14: an empty list means every market only where that is written.
#[test]
fn an_empty_list_of_markets_is_all_of_them_only_in_words() {
    let said = with("").unwrap_err();
    assert!(
        said.starts_with("CONFIG strategy.main.market_allowlist: empty"),
        "{said}"
    );
    let condition = format!("0x{}", "11".repeat(32));
    let listed = with(&format!("market_allowlist = [\"{condition}\", \"77\"]")).unwrap();
    let only = Markets::Only {
        conditions: vec![condition.parse().unwrap()],
        tokens: vec![U256::from(77)],
    };
    assert_eq!(listed.markets, only);
    let both = with("market_allowlist = [\"77\"]\nallow_all_markets = true");
    assert!(
        both.unwrap_err()
            .contains("not empty, and allow_all_markets")
    );
    assert!(
        with("market_allowlist = [\"test_market\"]")
            .unwrap_err()
            .contains("neither")
    );
}

/// M15, M16, M17, M18, M19, M20, M65: what a bad value is told.
#[test]
fn every_bad_setting_is_named_with_its_fix() {
    for (settings, at) in [
        ("max_intent_size_usdc = \"0\"", "max_intent_size_usdc"),
        ("max_intent_size_usdc = \"-5\"", "max_intent_size_usdc"),
        ("max_intent_size_usdc = \"NaN\"", "max_intent_size_usdc"),
        ("max_intent_size_usdc = \"inf\"", "max_intent_size_usdc"),
        ("max_intent_size_usdc = \"1e3\"", "max_intent_size_usdc"),
        (
            "max_intent_size_usdc = \"100000000.000001\"",
            "max_intent_size_usdc",
        ),
        ("min_intent_size_usdc = \"100.01\"", "min_intent_size_usdc"),
        ("max_intent_age_seconds = 0", "max_intent_age_seconds"),
        ("max_intent_age_seconds = 86401", "max_intent_age_seconds"),
        ("max_slippage_percent = \"100.01\"", "max_slippage_percent"),
        ("max_slippage_percent = \"5.001\"", "max_slippage_percent"),
        (
            "copy_sizing_strategy = \"percentage\"",
            "copy_sizing_strategy",
        ),
        ("copy_size = \"0\"", "copy_size"),
        ("copy_size = \"1000.000001\"", "copy_size"),
        (
            "copy_sizing_strategy = \"FIXED\"\ncopy_size = \"0.0\"",
            "copy_size",
        ),
        ("copy_sizing_strategy = \"TIERED\"", "tiered_multipliers"),
        ("tiered_multipliers = \"1+:2.0\"", "tiered_multipliers"),
        (
            "copy_sizing_strategy = \"TIERED\"\ntiered_multipliers = \"1-100:2.0,200+:0.1\"",
            "tiered_multipliers",
        ),
        (
            "copy_sizing_strategy = \"TIERED\"\ntiered_multipliers = \"1-100:2.0,50+:0.1\"",
            "tiered_multipliers",
        ),
        ("on_cap = \"both\"", "on_cap"),
        ("unknown_exit = \"sell\"", "unknown_exit"),
        ("order_type = \"GTC\"", "order_type"),
        ("price_min = \"0.5\"\nprice_max = \"0.4\"", "price_min"),
        (
            "warn_market_impact_percent = \"11\"",
            "warn_market_impact_percent",
        ),
        (
            "max_intent_size_usdc = \"0.99\"\nmin_intent_size_usdc = \"0.5\"",
            "max_intent_size_usdc",
        ),
        ("watch_only = [\"LEADER\"]", "watch_only"),
    ] {
        let settings = settings.replace("LEADER", LEADER);
        let said = with(&format!("allow_all_markets = true\n{settings}")).unwrap_err();
        let begins = format!("CONFIG strategy.main.{at}: ");
        assert!(
            said.starts_with(&begins) && said.contains("; "),
            "{settings}: {said}"
        );
    }
}

/// M16, M32: both edges of the two limits that only exits or only dust meet.
#[test]
fn a_bad_age_of_exits_or_least_order_is_named_with_its_fix() {
    for (settings, at) in [
        ("min_leader_order_usdc = \"-1\"", "min_leader_order_usdc"),
        (
            "min_leader_order_usdc = \"100000000.000001\"",
            "min_leader_order_usdc",
        ),
        ("max_exit_age_seconds = 0", "max_exit_age_seconds"),
        ("max_exit_age_seconds = 604801", "max_exit_age_seconds"),
    ] {
        let said = with(&format!("allow_all_markets = true\n{settings}")).unwrap_err();
        let begins = format!("CONFIG strategy.main.{at}: ");
        assert!(said.starts_with(&begins) && said.contains("; "), "{said}");
    }
    let week = with("allow_all_markets = true\nmax_exit_age_seconds = 604800").unwrap();
    assert_eq!(week.exit_age_ms_max, 604_800_000);
}

/// M32: a least order of a leader is any amount, and none where zero is written.
#[test]
fn a_least_order_of_a_leader_may_be_zero() {
    for (text, units) in [("0", 0), ("0.0", 0), ("0.000001", 1), ("25", 25_000_000)] {
        let least = format!("allow_all_markets = true\nmin_leader_order_usdc = \"{text}\"");
        assert_eq!(with(&least).unwrap().leader_usdc_min.get(), units);
    }
}

/// M56: the days of all strategies stay within the account's.
#[test]
fn strategies_have_names_and_budgets_of_their_own() {
    let block = |name: &str, leader: &str, day: &str| {
        format!(
            "[[strategy]]\nname = \"{name}\"\nfollow_traders = [\"{leader}\"]\n\
             allow_all_markets = true\n{day}\n"
        )
    };
    let (a, b) = (
        block("a", LEADER, "day_usdc_max = \"300\""),
        block("b", OTHER, "day_usdc_max = \"200\""),
    );
    let account = |day: &str| {
        let head = head().replace(
            "# day_usdc_max = \"500.0\"",
            &format!("day_usdc_max = \"{day}\""),
        );
        Config::parse(&format!("{head}{a}{b}"), Path::new("/etc")).map(|c| c.copy.strategies.len())
    };
    assert_eq!(account("500"), Ok(2));
    let said = account("499.999999").unwrap_err();
    assert!(
        said.starts_with("CONFIG copy.day_usdc_max: 499.999999, and"),
        "{said}"
    );
    let twice = strategies(&format!("{a}{a}")).unwrap_err();
    assert!(twice.starts_with("CONFIG strategy.name: twice"), "{twice}");
    let without = head().replace("# day_usdc_max = \"500.0\"", "day_usdc_max = \"500\"");
    let said = Config::parse(
        &format!("{without}{}", block("c", LEADER, "")),
        Path::new("/etc"),
    );
    assert!(
        said.unwrap_err()
            .starts_with("CONFIG strategy.c.day_usdc_max: missing")
    );
}

#[test]
fn a_bad_tier_is_told_as_it_is_written() {
    let whole = "write tiers as 1-100:2.0,100+:0.5";
    for (tiers, told) in [
        (
            "1-100:2.0, 50-500:1.0,500+:0.1",
            "\"50-500:1.0\": an overlap, or out of order; begin where the tier before ends",
        ),
        (
            "1-100:2.0,200+:1.0",
            "\"200+:1.0\": a gap; begin where the tier before ends",
        ),
        (
            "1-100:-2.0",
            &format!(
                "\"1-100:-2.0\": not a plain decimal number: write digits, as in 21.04; {whole}"
            ),
        ),
        ("", "\"\": no tier; write them as 1-100:2.0,100+:0.5"),
    ] {
        let said = with(&format!(
            "allow_all_markets = true\ncopy_sizing_strategy = \"TIERED\"\n\
             tiered_multipliers = \"{tiers}\""
        ));
        let told = format!("CONFIG strategy.main.tiered_multipliers: tier {told}");
        assert_eq!(said.unwrap_err(), told);
    }
}

#[test]
fn a_slip_of_the_hand_is_told_by_strategy_and_setting_and_what_was_meant() {
    let block = |settings: &str| {
        let other = format!("[[strategy]]\nname = \"other\"\nfollow_traders = [\"{OTHER}\"]\n");
        let other = other + "allow_all_markets = true\n";
        strategies(&format!("{other}[[strategy]]\n{settings}")).unwrap_err()
    };
    let fix = "write it as deploy/orchestrator.example.toml does";
    for (settings, told) in [
        (
            "FOLLOW_TRADERS = []\nname = \"main\"",
            "strategy.main.FOLLOW_TRADERS: unknown field `FOLLOW_TRADERS`; did you mean \
             `follow_traders`?",
        ),
        (
            "name = \"main\"\nmax_slipage_precent = \"5.0\"",
            "strategy.main.max_slipage_precent: unknown field `max_slipage_precent`; did you mean \
             `max_slippage_percent`?",
        ),
        (
            "name = \"main\"\nmax_intent_size_usdc = 100.0",
            "strategy.main.max_intent_size_usdc: invalid type: floating point `100.0`, expected \
             text, in quotes",
        ),
        (
            "name = \"main\"\nmax_intent_age_seconds = -5",
            "strategy.main.max_intent_age_seconds: invalid value: integer `-5`, expected a whole \
             number, without quotes",
        ),
        (
            "name = \"main\"\nallow_all_markets = \"true\"",
            "strategy.main.allow_all_markets: invalid type: string \"true\", expected true or \
             false, without quotes",
        ),
        (
            "name = \"main\"\nfollow_traders = \"0x1\"",
            "strategy.main.follow_traders: invalid type: string \"0x1\", expected a list, as \
             [\"...\"]",
        ),
        (
            "name = \"main\"",
            "strategy.main.follow_traders: missing field `follow_traders`",
        ),
        (
            "copy_size = 5",
            "strategy.copy_size: invalid type: integer `5`, expected text, in quotes",
        ),
    ] {
        assert_eq!(block(settings), format!("CONFIG {told}; {fix}"));
    }
    let said = strategies("[strategy]\nname = \"main\"").unwrap_err();
    assert!(
        said.ends_with(&format!(
            "expected a block: [[strategy]], in two brackets; {fix}"
        )),
        "{said}"
    );
    let said = strategies("[[strategies]]\nname = \"main\"").unwrap_err();
    assert!(said.contains("did you mean `strategy`?"), "{said}");
}
