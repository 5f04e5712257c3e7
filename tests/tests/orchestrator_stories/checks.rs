//! What is checked before and beside a run, and what its books can be held to.

use std::fs;

use serde_json::{Value, json};

use tests::book::decimal;
use tests::desk::LEADER;

use crate::copying::fixed;
use crate::kit::{Stand, TRADING};

/// The check of this name.
fn check(said: &Value, name: &str) -> Value {
    let checks = said["checks"].as_array().expect("a list").clone();
    let row = checks.into_iter().find(|row| row["check"] == name);
    row.unwrap_or_else(|| panic!("no {name}: {said}"))
}

/// M64, M65, M66, M67, M68: the document's five checks, while all is well and
/// while it is not.
#[test]
fn health_makes_the_documents_five_checks_and_each_can_fail() {
    let mut stand = Stand::new(TRADING);
    let run = stand.run();
    stand.wait(|| stand.log().contains("buys go on").then_some(()));
    let (code, said) = stand.verb(&["health"]);
    assert_eq!(code, 0, "{said}");
    let all = [
        "Trader allowlist configured",
        "Size limits sensible",
        "Storage backend working",
        "Polymarket API connectivity",
        "Wallet balance sufficient",
    ];
    for name in all {
        assert_eq!(check(&said, name)["level"], json!("ok"), "{said}");
    }
    let words = check(&said, all[4])["words"].clone();
    assert!(
        words
            .as_str()
            .is_some_and(|w| w.contains(" pUSD, and each exchange")),
        "{words}"
    );

    // More than the wallet has; and a page that does not answer as documented.
    let path = stand.desk.file("orchestrator.toml");
    let text = fs::read_to_string(&path).expect("it was written");
    let more = format!(
        "[checks]\nwallet_usdc_min = \"90000000\"\nwallet_usdc_max = \"90000000\"\n\
         geoblock = \"{}/api/nowhere\"\n",
        stand.venue.address
    );
    fs::write(&path, text.clone() + &more).expect("ours");
    let (code, said) = stand.verb(&["health"]);
    assert_eq!(code, 2, "{said}");
    for name in &all[3..] {
        assert_eq!(check(&said, name)["level"], json!("fail"), "{said}");
    }
    let words = check(&said, all[3])["words"].clone();
    assert!(
        words
            .as_str()
            .is_some_and(|w| w.contains("not known, so it may not")),
        "{words}"
    );

    // The venue is silent.
    fs::write(&path, text.clone()).expect("ours");
    assert!(run.stop().success());
    let dead = text.replace(&stand.venue.address, "http://127.0.0.1:1");
    fs::write(&path, dead).expect("ours");
    let (code, said) = stand.verb(&["health"]);
    assert_eq!(code, 2, "{said}");
    for name in &all[3..] {
        assert_eq!(check(&said, name)["level"], json!("fail"), "{said}");
    }
    fs::write(&path, text).expect("ours");
    stand.stop_signer();
}

/// M67: the market feed and a node of the chain are asked where they are
/// configured, and are no pass where they are not.
#[test]
fn feed_and_node_are_reached_over_the_network_or_told_as_not_configured() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    stand.wait(|| stand.log().contains("buys go on").then_some(()));
    let both = ["Market feed reachable", "Polygon RPC reachable"];
    let levels = |said: &Value| both.map(|name| check(said, name)["level"].clone());
    let (code, said) = stand.verb(&["health"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(levels(&said), [json!("unset"), json!("unset")], "{said}");

    let url = stand.venue.address.clone();
    let socket = url.replace("http://", "ws://");
    stand.also(&format!(
        "\n[copy]\ngamma_url = \"{url}/gamma\"\n[checks]\n\
         market_feed = \"{socket}/ws/market\"\npolygon_rpc = \"{url}/rpc\"\n"
    ));
    let (code, said) = stand.verb(&["health"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(levels(&said), [json!("ok"), json!("ok")], "{said}");
    let feed_words = check(&said, both[0])["words"].clone();
    assert_eq!(
        feed_words,
        json!("connected, subscribed, first message a book")
    );
    let head = check(&said, both[1])["words"].clone();
    assert!(
        head.as_str()
            .is_some_and(|w| w.starts_with("chain 80002, block ")),
        "{head}"
    );

    for path in ["/rpc", "/ws"] {
        stand.misbehave(
            &json!({"kind": "status", "status": 503, "method": "*", "path": path,
            "for_ms": 600_000}),
        );
    }
    let (code, said) = stand.verb(&["health"]);
    assert_eq!(code, 2, "{said}");
    assert_eq!(levels(&said), [json!("fail"), json!("fail")], "{said}");
    stand.agree(run);
}

/// M68, M98: a plain key with less than a tenth of a POL is warned of in the
/// document's words, by health and an import; a wallet whose relayer
/// pays is not, unless the desk says that it pays itself.
#[test]
fn low_gas_is_warned_of_where_we_pay_it_and_nowhere_else() {
    let stand = Stand::new(TRADING);
    let gas = |said: &Value| {
        let checks = said["checks"].as_array().expect("a list").iter();
        let mut rows = checks.filter(|row| row["check"] == "POL for gas");
        rows.next()
            .map(|row| (row["level"].clone(), row["words"].clone()))
    };
    let health = || gas(&stand.verb(&["health"]).1);
    let (level, words) = health().expect("a plain key pays");
    assert_eq!(level, json!("unset"), "{words}");
    let url = stand.venue.address.clone();
    stand.also(&format!("\n[checks]\npolygon_rpc = \"{url}/rpc\"\n"));
    assert_eq!(health(), Some((json!("ok"), json!("1.0000 POL"))));

    let payer = &stand.desk.key.address;
    let has = |wei: &str| stand.sim("POST", "gas", &json!({"address": payer, "wei": wei}));
    has("90000000000000000");
    let (level, words) = health().expect("it pays");
    let words = words.as_str().expect("text").to_owned();
    assert_eq!(level, json!("warn"), "{words}");
    assert!(
        words.starts_with("Low MATIC for gas: 0.0900 of 0.1000 POL; send some to 0x"),
        "{words}"
    );
    let secrets = fs::read_to_string(stand.desk.file("clob.json")).expect("it is there");
    let import = ["credentials", "import", "--replace", "--verify"];
    let ran = stand.piped(&import, &secrets);
    assert!(ran.stdout.contains(&words), "{}{}", ran.stdout, ran.stderr);

    // No relayer pays for a plain key; one does for a Safe.
    let path = stand.desk.file("orchestrator.toml");
    let plain = fs::read_to_string(&path).expect("it was written");
    for kind in [1, 2, 3] {
        let relayed = plain.replace("[clob]", &format!("[clob]\nsignature_type = {kind}"));
        fs::write(&path, &relayed).expect("the folder is ours");
        assert_eq!(health(), None, "of type {kind}");
        let own = relayed.replace("[checks]", "[checks]\nown_gas = true");
        fs::write(&path, own).expect("the folder is ours");
        assert_eq!(
            health().expect("it pays").0,
            json!("warn"),
            "of type {kind}"
        );
    }
    fs::write(&path, plain).expect("the folder is ours");
    has("100000000000000000");
    assert_eq!(health(), Some((json!("ok"), json!("0.1000 POL"))));
    let ran = stand.piped(&import, &secrets);
    assert!(!ran.stdout.contains("MATIC"), "{}", ran.stdout);
    stand.misbehave(
        &json!({"kind": "status", "status": 503, "method": "*", "path": "/rpc",
        "for_ms": 600_000}),
    );
    let (level, words) = health().expect("it pays");
    assert_eq!(
        (level, words),
        (json!("warn"), json!("not known: see Polygon RPC reachable"))
    );
}

/// M80: the largest order of a strategy is laid on live books: of the market it
/// names, and again once that book is too thin for it.
#[test]
fn preflight_simulates_the_largest_order_on_the_books_of_allowed_markets() {
    let stand = Stand::new(TRADING);
    stand.offer(4_900, 5_000);
    let url = stand.venue.address.clone();
    let market = stand.desk.book.market.clone();
    let named = fixed("named", LEADER, "5", "").replace(
        "allow_all_markets = true",
        &format!("market_allowlist = [\"{market}\"]"),
    );
    stand.also(&format!("\n[copy]\ngamma_url = \"{url}/gamma\"\n{named}"));
    let line = || {
        let (_, said) = stand.verb(&["preflight"]);
        said["lines"][4].clone()
    };
    let passed = line();
    assert_eq!(passed["verdict"], json!("pass"), "{passed}");
    let how = passed["how"].as_str().expect("text");
    assert!(
        how.starts_with(&format!("named in {market}: pass, 99.996 USDC for ")),
        "{how}"
    );
    let thin = json!({
        "market": market, "asset_id": stand.desk.book.token,
        "timestamp": tests::clock::now_ms().to_string(), "hash": "", "bids": [],
        "asks": [{"price": "0.5", "size": "20"}], "min_order_size": "5",
        "tick_size": decimal(stand.desk.book.tick_e4, 4), "neg_risk": stand.desk.book.neg_risk,
    });
    stand.sim("POST", "book", &thin);
    let failed = line();
    assert_eq!(failed["verdict"], json!("fail"), "{failed}");
    let how = failed["how"].as_str().expect("text");
    assert!(how.contains(": fail, "), "{how}");
}

/// M77, M81, M85, M88: preflight tells each line, and this desk, with its keys
/// beside it, fails the first.
#[test]
fn preflight_tells_every_line_and_fails_a_desk_with_its_keys_beside_it() {
    let stand = Stand::new(TRADING);
    let (code, said) = stand.verb(&["preflight"]);
    assert_eq!(code, 2, "{said}");
    let lines = said["lines"].as_array().expect("a list");
    assert_eq!(lines.len(), 12, "{said}");
    let verdicts: Vec<_> = lines.iter().map(|line| line["verdict"].clone()).collect();
    for (nth, verdict) in [
        (0, "fail"),
        (4, "unknown"),
        (5, "fail"),
        (8, "pass"),
        (9, "fail"),
        (10, "pass"),
    ] {
        assert_eq!(verdicts[nth], json!(verdict), "{}", lines[nth]);
    }
    assert_eq!(verdicts[11], json!("fail"), "where we are was not asked");
    for line in lines {
        for part in ["asks", "how", "fix"] {
            assert!(
                line[part].as_str().is_some_and(|text| !text.is_empty()),
                "{line}"
            );
        }
    }
    let text = stand.ran(&["preflight"]).stdout;
    assert!(
        text.starts_with("fail    The generator of signals"),
        "{text}"
    );
}

/// M54, M57, M59: an export of the audit holds together, is replayed the same
/// each time, and one byte that was changed is named by its record.
#[test]
fn the_audit_of_a_run_is_exported_replayed_and_held_against_tampering() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    stand.post(&run, &stand.buy("bought"));
    stand.until("bought", "SETTLED");
    let mut bad = stand.buy("bad");
    bad["price"] = json!("5");
    stand.post(&run, &bad);
    let (code, said) = stand.verb(&["audit", "verify"]);
    assert_eq!((code, &said["records"]), (0, &json!(3)), "{said}");
    let head = said["head"].as_str().expect("a hash").to_owned();

    let export = stand.ran(&["audit", "export"]).stdout;
    let path = stand.desk.file("audit.jsonl");
    fs::write(&path, &export).expect("ours");
    let file = path.display().to_string();
    let verify = ["audit", "verify", "--file", &file, "--contains"];
    assert_eq!(stand.verb(&[&verify[..], &[&head]].concat()).0, 0);
    let other = "0".repeat(64);
    assert_eq!(stand.verb(&[&verify[..], &[&other]].concat()).0, 1);
    let replayed = |seed: &str| stand.ran(&["replay", &file, "--seed", seed]).stdout;
    let replays = ["7", "7", "8"].map(replayed);
    assert_eq!(replays[0].as_bytes(), replays[1].as_bytes());
    assert!(replays[0].trim_end().ends_with("Seed 7."), "{}", replays[0]);
    assert_eq!(
        replays[0].replace("Seed 7.", ""),
        replays[2].replace("Seed 8.", ""),
        "no decision is random"
    );
    assert!(
        replays[0].contains("all as recorded in 3 records"),
        "{}",
        replays[0]
    );

    let tampered = export.replacen("accepted\\\":false", "accepted\\\":False", 1);
    assert_ne!(tampered, export);
    fs::write(&path, tampered).expect("ours");
    let ran = stand.ran(&["audit", "verify", "--file", &file]);
    assert_eq!(ran.code(), 1, "{}", ran.stdout);
    assert!(ran.stderr.contains("at record 2"), "{}", ran.stderr);
    assert_eq!(stand.ran(&["replay", &file]).code(), 1);

    let (_, said) = stand.verb(&["positions"]);
    let bought = &said["purchases"][0];
    assert_eq!(bought["myBoughtSize"], json!("10"), "{said}");
    stand.agree(run);
}

/// M75: shares that pre-date tracking are told so, and are a strategy's once a
/// person says so.
#[test]
fn shares_that_predate_tracking_are_taken_over_by_name() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    stand.post(&run, &stand.buy("bought"));
    stand.until("bought", "SETTLED");
    let token = stand.desk.book.token.clone();
    let adopt = |shares: &str| {
        let args = [
            "positions",
            "adopt",
            &token,
            "--strategy",
            "s1",
            "--shares",
            shares,
        ];
        stand.verb(&args)
    };
    let (code, said) = adopt("4");
    assert_eq!(
        (code, &said["adopted"]),
        (3, &json!(false)),
        "all of it is ours: {said}"
    );
    let refused = stand.ran(&[
        "positions",
        "adopt",
        &token,
        "--strategy",
        "S 1",
        "--shares",
        "4",
    ]);
    assert_eq!(refused.code(), 1, "{}", refused.stderr);
    assert!(
        refused.stderr.starts_with("STRATEGY "),
        "{}",
        refused.stderr
    );
    // A name misspelt would own them for good.
    stand.also(
        "\n[copy]\ngamma_url = \"http://127.0.0.1:1/gamma\"\n[[strategy]]\nname = \"main\"\nallow_all_markets = true\n\
         follow_traders = [\"0x52908400098527886e0f7030069857d2e4169ee7\"]\n",
    );
    let (code, said) = adopt("4");
    let told = "STRATEGY \"s1\" is not configured, and shares cannot be given back; write main";
    assert_eq!((code, &said["error"]), (1, &json!(told)));
    stand.agree(run);
}
