//! The configuration's table: names, defaults and refusals.

use super::*;

const MARKET: &str = "0x78443f961b9a65869dcb39359de9960165c7e5cbad0904eac7f29cd77872a63b";

fn text() -> String {
    // `|` stands for what makes an address of a host, since no file names one.
    format!(
        "markets = [\"{MARKET}\"]\nnew_per_day = 400\nidentity = \"lister.key\"\n\
         database = \"lister.sqlite\"\nhosts = [\"gamma-api.polymarket.com\", \
         \"clob.polymarket.com\", \"polygon.example\"]\n[notes]\n\
         rpc = \"https|polygon.example/rpc\"\nfolder = \"notes\"\n\
         name = \"desk.example/lister-1\"\njournal = \"{}\"\npolicy = 3\n",
        "6f".repeat(16)
    )
}

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(&text.replace('|', "://"), Path::new("/etc/x"))
}

fn refused(what: &str, by: &str) -> String {
    let changed = text().replace(what, by);
    assert_ne!(changed, text(), "{what}");
    parse(&changed).unwrap_err()
}

#[test]
fn the_example_is_read_as_it_stands_and_its_defaults_are_those_it_tells() {
    let example = include_str!("../../../deploy/lister.example.toml");
    let config = parse(example).unwrap();
    assert!(config.rules.is_none() && !config.markets.is_empty());
    let bare = parse(&text()).unwrap();
    assert_eq!(
        (bare.look_s, bare.terms.fix_tick, bare.new_per_day),
        (60, false, 400)
    );
    assert_eq!((bare.gamma.as_str(), bare.clob.as_str()), (GAMMA, CLOB));
    assert_eq!(bare.database, Path::new("/etc/x/lister.sqlite"));
    assert_eq!((bare.notes.chain, bare.notes.policy), (Chain::Polygon, 3));
    // What the example has as comments is read too.
    let told: String = example
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.contains(" = ") || rest == "[rules]" => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let all = parse(&told).unwrap();
    assert!(all.rules.is_some() && all.terms.oracles.len() == 1);
    assert!(bare.terms.oracles.is_empty());
    assert_eq!(
        (all.look_s, all.terms.fix_tick),
        (bare.look_s, bare.terms.fix_tick)
    );
}

#[test]
fn whoever_asks_for_nothing_or_for_what_is_no_market_is_told_so() {
    let of = |markets: &str| refused(&format!("[\"{MARKET}\"]"), markets);
    for (markets, said) in [
        ("[]", "CONFIG markets: empty"),
        ("[\"0x12\"]", "is no condition"),
        ("[\"78443f\"]", "is no condition"),
    ] {
        let told = of(markets);
        assert!(told.contains(said), "{told}");
    }
    let twice = of(&format!(
        "[\"{MARKET}\", \"{}\"]",
        MARKET.to_uppercase().replace("0X", "0x")
    ));
    assert!(twice.contains("twice"), "{twice}");
    let rules = "[rules]\nbusiest = 20\nvolume_usdc_min = 50000\nliquidity_usdc_min = 10000\nend_hours_min = 24\n";
    let none = text().replace(&format!("[\"{MARKET}\"]"), "[]") + rules;
    assert_eq!(parse(&none).unwrap().rules.unwrap().busiest, 20);
    for busiest in ["0", "501"] {
        let told = parse(&none.replace("busiest = 20", &format!("busiest = {busiest}")));
        assert!(told.unwrap_err().contains("rules.busiest"));
    }
}

/// M3: a host that was not named is refused, and so is one without TLS.
#[test]
fn only_named_hosts_are_asked_and_the_days_count_has_edges() {
    for (what, by, field) in [
        (
            "https|polygon.example",
            "https|polygon.other.example",
            "notes.rpc",
        ),
        ("https|polygon.example", "http|polygon.example", "notes.rpc"),
        ("\"clob.polymarket.com\", ", "", "clob"),
        ("\"gamma-api.polymarket.com\", ", "", "gamma"),
        ("new_per_day = 400", "new_per_day = 0", "new_per_day"),
        ("new_per_day = 400", "new_per_day = 1001", "new_per_day"),
        (
            "policy = 3",
            "policy = 3\nwallet = \"0x00000000000000000000000000000000000000aB\"",
            "notes.wallet",
        ),
        ("policy = 3", "policy = 3\nevery_ms = 5", "notes.every_ms"),
        ("[notes]", "oracles = [\"0x12\"]\n[notes]", "oracles"),
        ("6f6f", "6f", "notes.journal"),
        ("[notes]", "chain_id = 1\n[notes]", "chain_id"),
        ("[notes]", "look_s = 0\n[notes]", "look_s"),
        ("[notes]", "look_s = 86401\n[notes]", "look_s"),
        ("[notes]", "wallet_key = \"k\"\n[notes]", "wallet_key"),
    ] {
        let told = refused(what, by);
        assert!(told.starts_with(&format!("CONFIG {field}: ")), "{told}");
    }
    for count in ["1", "1000"] {
        let changed = text().replace("= 400", &format!("= {count}"));
        assert!(parse(&changed).is_ok(), "{count}");
    }
}
