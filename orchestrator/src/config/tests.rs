//! Every setting, with what is said of a bad one.

use super::*;

const EXAMPLE: &str = include_str!("../../../deploy/orchestrator.example.toml");
const ADDRESS: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

/// The example with everything filled in that a desk must.
fn filled() -> String {
    EXAMPLE
        .replace(
            &format!("sha256/{}", "0".repeat(64)),
            &format!("sha256/{}", "ab".repeat(32)),
        )
        .replace(
            &format!("\"0x{}\"", "0".repeat(40)),
            &format!("\"{ADDRESS}\""),
        )
}

#[test]
fn the_example_is_a_configuration_and_its_values_are_the_defaults() {
    let example = Config::parse(&filled(), Path::new("/etc")).unwrap();
    let short = format!("{}\n[clob]{}", head(), clob_section());
    let short = Config::parse(&short, Path::new("/etc")).unwrap();
    assert_eq!(example.trading, short.trading);
    assert_eq!(example.intake.tail_ms, short.intake.tail_ms);
    assert_eq!(short.intake.http, None);
    assert_eq!(short.metrics.listen, None);
    assert_eq!(example.checks, short.checks);
}

fn head() -> String {
    filled().split("[clob]").next().unwrap().to_owned()
}

fn clob_section() -> &'static str {
    let rest = EXAMPLE.split("[clob]").nth(1).unwrap();
    rest.split("\n[").next().unwrap()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn every_bad_setting_is_named_with_its_fix() {
    for (from, to, begins) in [
        (
            "[clob]",
            "surprise = 1\n[clob]",
            "CONFIG signer.surprise: unknown field",
        ),
        (
            "intent_ttl_ms = 60000",
            "intent_ttl_ms = 0",
            "CONFIG intent_ttl_ms",
        ),
        (
            "http://127.0.0.1:9000",
            "http://clob.polymarket.com",
            "CONFIG clob.url",
        ),
        ("poll_ms = 2000", "poll_ms = 0", "CONFIG trading.poll_ms"),
        (
            "head_age_ms = 60000",
            "head_age_ms = 60000\npolygon_rpc = \"ftp://127.0.0.1\"",
            "CONFIG checks.polygon_rpc",
        ),
        (
            "head_age_ms = 60000",
            "head_age_ms = 60000\nmarket_feed = \"https://127.0.0.1\"",
            "CONFIG checks.market_feed",
        ),
        (
            "wallet_usdc_min = \"25\"",
            "wallet_usdc_min = \"5001\"",
            "CONFIG checks.wallet_usdc_min",
        ),
        (
            "slippage_percent_max = \"10\"",
            "slippage_percent_max = \"101\"",
            "CONFIG checks.slippage_percent_max",
        ),
        (
            "[checks]",
            "[checks]\ngeoblock = \"http://polymarket.com\"",
            "CONFIG checks.geoblock",
        ),
        (
            "geoblock_ms = 300000",
            "geoblock_ms = 99",
            "CONFIG checks.geoblock_ms",
        ),
        (
            "poll_ms = 2000",
            "poll_ms = 60001",
            "CONFIG trading.poll_ms",
        ),
        (
            "unknown_max = 3",
            "unknown_max = 0",
            "CONFIG trading.unknown_max",
        ),
        (
            "on_unknown = \"cancel\"",
            "on_unknown = \"hope\"",
            "CONFIG trading.on_unknown",
        ),
        ("tail_ms = 200", "tail_ms = 5", "CONFIG intake.tail_ms"),
        (
            "in_flight_max = 8",
            "in_flight_max = 65",
            "CONFIG trading.in_flight_max",
        ),
        (
            "# http = \"127.0.0.1:8765\"",
            "http = \"0.0.0.0:8765\"",
            "CONFIG intake.http",
        ),
        (
            "# http = \"127.0.0.1:8765\"",
            "http = \"127.0.0.1:8765\"",
            "CONFIG intake.token",
        ),
        (
            "# listen = \"127.0.0.1:9465\"",
            "listen = \"[::]:1\"",
            "CONFIG metrics.listen",
        ),
    ] {
        assert!(EXAMPLE.contains(from), "{from}");
        let text = filled().replacen(from, to, 1);
        let said = Config::parse(&text, Path::new("/etc")).unwrap_err();
        assert!(
            said.starts_with(begins) && said.contains("; "),
            "{to}: {said}"
        );
    }
}

#[test]
fn the_example_is_refused_until_its_empty_places_are_filled_in() {
    let mut text = EXAMPLE.to_owned();
    for (field, line, right) in [
        (
            "signer.pin",
            "\npin = ",
            format!("sha256/{}", "ab".repeat(32)),
        ),
        (
            "signer.signing_address",
            "\nsigning_address = ",
            ADDRESS.to_owned(),
        ),
        ("signer.maker", "\nmaker = ", ADDRESS.to_owned()),
    ] {
        let said = Config::parse(&text, Path::new("/etc")).unwrap_err();
        assert!(said.starts_with(&format!("CONFIG {field}: ")), "{said}");
        let (before, rest) = text.split_once(line).unwrap();
        let (_, after) = rest.split_once('\n').unwrap();
        text = format!("{before}{line}\"{right}\"\n{after}");
    }
    assert!(Config::parse(&text, Path::new("/etc")).is_ok());
}

#[test]
fn a_complaint_of_the_parser_names_its_key_and_section() {
    for (from, to, field) in [
        (
            "intent_ttl_ms = 60000",
            "intent_ttl_ms = \"60\"",
            "intent_ttl_ms",
        ),
        ("database =", "databases =", "databases"),
        ("database = ", "# ", "database"),
        ("\npin = ", "\n# ", "signer.pin"),
        ("chain_id = 80002", "chain_id = -1", "signer.chain_id"),
        (
            "signature_type = 0",
            "signature_type = 300",
            "clob.signature_type",
        ),
        ("tail_ms = 200", "tail_ms = true", "intake.tail_ms"),
        ("[metrics]", "[metric]", "line"),
        ("[trading]", "[trading", "line"),
        ("poll_ms = 2000", "poll_ms = 2000 1", "trading.poll_ms"),
        (
            "poll_ms = 2000",
            "poll_ms = 2000\npoll_ms = 2000",
            "trading.poll_ms",
        ),
    ] {
        assert!(EXAMPLE.contains(from), "{from}");
        let text = filled().replacen(from, to, 1);
        let said = Config::parse(&text, Path::new("/etc")).unwrap_err();
        // Where there is no key, the line is named.
        let line = text.split(to).next().unwrap().lines().count() + 1;
        let field = if field == "line" {
            format!("line {line}")
        } else {
            field.to_owned()
        };
        assert!(
            said.starts_with(&format!("CONFIG {field}: ")),
            "{to}: {said}"
        );
        assert!(
            said.ends_with("; write it as deploy/orchestrator.example.toml does"),
            "{said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

/// M88: the real venue's page is asked unless another is named, and over TLS
/// alone; a simulator has none unless it is named.
#[test]
fn beside_the_real_venue_the_host_is_always_asked_for_its_place() {
    let exchange = filled().replace("http://127.0.0.1:9000", "https://clob.polymarket.com");
    let named = |text: &str, url: &str| {
        let line = format!("[checks]\ngeoblock = \"{url}\"");
        Config::parse(&text.replacen("[checks]", &line, 1), Path::new("/etc"))
            .map(|config| config.checks.geoblock)
    };
    let read = |text: &str| Config::parse(text, Path::new("/etc")).unwrap().checks;
    let own = "https://polymarket.com/api/geoblock";
    assert_eq!(read(&exchange).geoblock.as_deref(), Some(own));
    assert_eq!(read(&exchange).geoblock_ms, 300_000);
    assert_eq!(read(&filled()).geoblock, None);
    let local = "http://127.0.0.1:9000/api/geoblock";
    assert_eq!(named(&filled(), local), Ok(Some(local.to_owned())));
    let said = named(&exchange, local).unwrap_err();
    assert!(said.starts_with("CONFIG checks.geoblock: "), "{said}");
}

/// Every setting of copytrader's two tables stands in README's table, beside a
/// setting of ours that an example configuration explains.
#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn readme_maps_every_setting_of_copytrader() {
    const README: &str = include_str!("../../../README.md");
    const WATCH: &str = include_str!("../../../deploy/watch.example.toml");
    let rows: Vec<Vec<&str>> = README
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"))
        .map(|row| row.split(" | ").collect())
        .collect();
    for (theirs, ours, default, example) in [
        ("FOLLOW_TRADERS", "follow_traders", "none", EXAMPLE),
        ("MARKET_ALLOWLIST", "market_allowlist", "empty", EXAMPLE),
        (
            "MAX_INTENT_SIZE_USDC",
            "max_intent_size_usdc",
            "`\"100.0\"`",
            EXAMPLE,
        ),
        (
            "MAX_INTENT_AGE_SECONDS",
            "max_intent_age_seconds",
            "`60`",
            EXAMPLE,
        ),
        (
            "MAX_SLIPPAGE_PERCENT",
            "max_slippage_percent",
            "`\"5.0\"`",
            EXAMPLE,
        ),
        (
            "COPY_SIZING_STRATEGY",
            "copy_sizing_strategy",
            "`\"PERCENTAGE\"`",
            EXAMPLE,
        ),
        ("COPY_SIZE", "copy_size", "`\"10.0\"`", EXAMPLE),
        ("TIERED_MULTIPLIERS", "tiered_multipliers", "none", EXAMPLE),
        ("MONITORED_TRADERS", "MONITORED_TRADERS", "none", WATCH),
        ("OUTPUT_MODE", "OUTPUT_MODE", "`\"file\"`", WATCH),
        ("OUTPUT_FILE", "OUTPUT_FILE", "`\"intents.jsonl\"`", WATCH),
        (
            "PYTHON_ENDPOINT",
            "INTENT_ENDPOINT",
            "`\"http://127.0.0.1:8765/intent\"`",
            WATCH,
        ),
        ("POLL_INTERVAL", "POLL_INTERVAL", "`1`", WATCH),
    ] {
        let row = rows
            .iter()
            .find(|row| row[0].trim_end_matches('`') == theirs);
        let row = row.unwrap_or_else(|| panic!("README maps no {theirs}"));
        assert_eq!(row.len(), 3, "{row:?}");
        assert!(row[1].contains(&format!("`{ours}`")), "{row:?}");
        assert!(row[2].starts_with(default), "{row:?}");
        let explained = format!("{ours} = ");
        assert!(example.contains(&explained), "{ours} is in no example");
        // What is optional and has a default is shown with it.
        let shown = format!("{ours} = {}", default.trim_matches('`'));
        assert!(
            !default.starts_with('`') || example.contains(&shown),
            "{shown}"
        );
    }
}
