//! The configuration's table: names, defaults and refusals.

use super::*;

const LEADER: &str = "0x00000000000000000000000000000000000000aB";

/// `|` stands for what makes an address of a host, since no file names one.
fn parse(more: &str) -> Result<Config, String> {
    let more = &more.replace('|', "://");
    let text = if more.contains("MONITORED_TRADERS") {
        format!("database = \"w.sqlite\"\n{more}")
    } else {
        format!("database = \"w.sqlite\"\nMONITORED_TRADERS = \"{LEADER}\"\n{more}")
    };
    Config::parse(&text, Path::new("/etc/x"))
}

fn refused(more: &str) -> String {
    parse(more).unwrap_err()
}

/// M21: `MONITORED_TRADERS` says whom to watch, and whom nobody follows is told.
/// M13: addresses in any case, each once, never none.
#[test]
fn whom_to_watch_is_one_list_by_commas_or_a_list() {
    let two = format!("MONITORED_TRADERS = \" {LEADER} , 0x{},\"", "11".repeat(20));
    assert_eq!(parse(&two).unwrap().leaders.len(), 2);
    let list = format!(
        "MONITORED_TRADERS = [\"{}\"]",
        LEADER.to_uppercase().replace("0X", "0x")
    );
    assert_eq!(parse(&list).unwrap().leaders, parse("").unwrap().leaders);
    for (bad, said) in [
        ("MONITORED_TRADERS = \"\"".to_owned(), "empty"),
        ("MONITORED_TRADERS = []".to_owned(), "empty"),
        (
            format!(
                "MONITORED_TRADERS = [\"{LEADER}\", \"{}\"]",
                LEADER.to_lowercase()
            ),
            "twice",
        ),
        (
            "MONITORED_TRADERS = \"0xabc123\"".to_owned(),
            "not an address",
        ),
        (
            format!("MONITORED_TRADERS = \"0x{}\"", "00".repeat(20)),
            "not an address",
        ),
        (
            format!(
                "MONITORED_TRADERS = \"{}\"",
                LEADER.strip_prefix("0x").unwrap()
            ),
            "not an address",
        ),
    ] {
        let told = refused(&bad);
        assert!(
            told.starts_with("CONFIG MONITORED_TRADERS: ") && told.contains(said),
            "{told}"
        );
    }
    assert!(
        Config::parse("database = \"w\"", Path::new("/")).is_err(),
        "required"
    );
    let strange = parse("FOLLOW_TRADERS = \"0x1111111111111111111111111111111111111111\"");
    assert_eq!(strange.unwrap().not_followed.len(), 1);
    let followed = format!("FOLLOW_TRADERS = \"{LEADER}\"");
    assert!(parse(&followed).unwrap().not_followed.is_empty());
    assert!(parse("").unwrap().not_followed.is_empty());
}

/// M22: `OUTPUT_MODE` is none, file (the default, also jsonl) or http.
/// M23: `OUTPUT_FILE` is a file beside the configuration unless named.
#[test]
fn where_intents_go() {
    let path = |more: &str| match parse(more).unwrap().output {
        Output::Jsonl { path, .. } => path,
        other @ (Output::None | Output::Http { .. }) => panic!("{other:?}"),
    };
    assert_eq!(path(""), Path::new("/etc/x/intents.jsonl"));
    assert_eq!(
        path("OUTPUT_MODE = \"jsonl\""),
        Path::new("/etc/x/intents.jsonl")
    );
    assert_eq!(
        path("OUTPUT_FILE = \"../i.jsonl\""),
        Path::new("/etc/x/../i.jsonl")
    );
    assert_eq!(
        parse("OUTPUT_MODE = \"none\"").unwrap().output,
        Output::None
    );
    assert!(refused("OUTPUT_MODE = \"stdout\"").starts_with("CONFIG OUTPUT_MODE: "));
    assert!(refused("output_bytes_max = 1").starts_with("CONFIG output_bytes_max: "));
}

/// M24: `INTENT_ENDPOINT`, its old name with a warning; loopback alone without TLS.
#[test]
fn an_endpoint_beyond_this_host_needs_tls() {
    let http = |more: &str| parse(&format!("OUTPUT_MODE = \"http\"\ntoken = \"t\"\n{more}"));
    let url = |more: &str| match http(more).unwrap().output {
        Output::Http { url, .. } => url.to_string(),
        other @ (Output::None | Output::Jsonl { .. }) => panic!("{other:?}"),
    };
    assert_eq!(url(""), "http://127.0.0.1:8765/intent");
    assert_eq!(
        url("INTENT_ENDPOINT = \"http://[::1]:1/intent\""),
        "http://[::1]:1/intent"
    );
    assert_eq!(
        url("INTENT_ENDPOINT = \"https|desk.example/i\""),
        "https|desk.example/i".replace('|', "://")
    );
    assert!(http("").unwrap().warnings.is_empty());
    let old = http("PYTHON_ENDPOINT = \"http://127.0.0.1:9/intent\"").unwrap();
    assert_eq!(old.warnings.len(), 1);
    assert!(old.warnings[0].contains("INTENT_ENDPOINT"));
    for bad in [
        "INTENT_ENDPOINT = \"http|10.0.0.2:8765/intent\"",
        "INTENT_ENDPOINT = \"http|localhost:8765/intent\"",
        "INTENT_ENDPOINT = \"http|127.0.0.1.example:8765/intent\"",
        "INTENT_ENDPOINT = \"http|a:b@127.0.0.1:8765/intent\"",
        "INTENT_ENDPOINT = \"ftp://127.0.0.1/intent\"",
        "INTENT_ENDPOINT = \"intent\"",
        "PYTHON_ENDPOINT = \"http|desk.example/intent\"",
        "INTENT_ENDPOINT = \"http://127.0.0.1:1/\"\nPYTHON_ENDPOINT = \"http://127.0.0.1:1/\"",
    ] {
        assert!(http(bad).is_err(), "{bad}");
    }
    assert!(refused("OUTPUT_MODE = \"http\"").starts_with("CONFIG token: "));
}

/// M25: `POLL_INTERVAL` is whole seconds, one unless written.
#[test]
fn how_often_leaders_are_looked_at() {
    assert_eq!(parse("").unwrap().poll_ms, 1_000);
    assert_eq!(parse("POLL_INTERVAL = 5").unwrap().poll_ms, 5_000);
    assert_eq!(parse("poll_ms = 100").unwrap().poll_ms, 100);
    for bad in [
        "POLL_INTERVAL = 0",
        "POLL_INTERVAL = 3601",
        "POLL_INTERVAL = 0.5",
    ] {
        assert!(parse(bad).is_err(), "{bad}");
    }
    assert!(refused("POLL_INTERVAL = 1\npoll_ms = 1000").starts_with("CONFIG poll_ms: "));
}

/// M3: the Data API's host must be among the hosts.
#[test]
fn a_source_that_is_not_among_the_hosts_is_refused_at_start() {
    assert_eq!(
        parse("").unwrap().data_api,
        "https://data-api.polymarket.com"
    );
    assert!(refused("data_api = \"https|data.example\"").contains("not among the hosts"));
    assert!(refused("hosts = []").contains("not among the hosts"));
    let local = "data_api = \"http://127.0.0.1:9\"\nhosts = [\"127.0.0.1\"]";
    assert_eq!(parse(local).unwrap().hosts, ["127.0.0.1"]);
    let plain = "data_api = \"http|data.example\"\nhosts = [\"data.example\"]";
    assert!(refused(plain).contains("TLS"));
}

/// M1: the file has no place for a wallet's key, a signer or the order API's credentials.
#[test]
fn what_a_watcher_has_no_business_with_is_no_setting() {
    for key in [
        "private_key",
        "credentials",
        "signer",
        "pin",
        "request_key",
        "sealing_key",
    ] {
        let told = refused(&format!("{key} = \"x\""));
        assert!(told.contains("unknown field"), "{told}");
    }
    assert!(refused("chain_id = 1").starts_with("CONFIG chain_id: "));
    assert!(refused("overlap_s = 0").starts_with("CONFIG overlap_s: "));
    let example = include_str!("../../../deploy/watch.example.toml");
    let parsed = Config::parse(example, Path::new("/etc/x")).unwrap();
    assert_eq!(
        (parsed.poll_ms, parsed.overlap_s, parsed.chain_id),
        (1_000, 900, 137)
    );
}
