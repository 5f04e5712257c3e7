//! Each verb, its JSON and its exit code.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::kit::{Stand, TRADING};

/// Waits until nothing final is held of the one token.
fn until_sold(stand: &Stand) {
    let sold = stand.wait(|| {
        let (_, said) = stand.verb(&["positions"]);
        (said["positions"][0]["settled_units"] == json!(0)).then_some(())
    });
    assert!(sold.is_some(), "{}", stand.log());
}

/// M232: the drill: everything is sold, once.
#[test]
fn exit_sells_what_lots_hold_and_nothing_twice() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    stand.wait(|| stand.log().contains("buys go on").then_some(()));
    let token = stand.desk.book.token.clone();
    let (code, said) = stand.verb(&["exit", &token, "--price", "0.3"]);
    assert_eq!((code, &said["exits"]), (3, &json!([])), "{said}");
    stand.post(&run, &stand.buy("bought"));
    stand.until("bought", "SETTLED");
    let (_, said) = stand.verb(&["positions"]);
    let held = &said["positions"][0];
    assert_eq!(held["settled_units"], json!(10_000_000), "{said}");
    // Ten at 0.41 with their fee.
    assert_eq!(held["cost_units"], json!(4_220_950), "{said}");
    let table = stand.ran(&["positions"]).stdout;
    let row = table
        .lines()
        .find(|row| row.ends_with(&format!(" {token}")));
    assert!(row.is_some(), "the whole token: {table}");
    let ran = stand.ran(&["exit", &token, "--price", "0.395"]);
    assert_eq!(ran.code(), 1, "off its tick: {}", ran.stderr);
    assert!(ran.stderr.contains("price"), "{}", ran.stderr);
    for shares in ["0", "0.009"] {
        let ran = stand.ran(&["exit", &token, "--price", "0.39", "--shares", shares]);
        assert_eq!(ran.code(), 1, "{}", ran.stdout);
        let begin = format!("EXIT shares: {shares} ");
        assert!(ran.stderr.starts_with(&begin), "{}", ran.stderr);
    }
    let (code, said) = stand.verb(&["exit", &token, "--price", "0.39", "--shares", "4"]);
    assert_eq!((code, &said["running"]), (0, &json!(true)), "{said}");
    let (code, said) = stand.verb(&["exit", "all", "--price", "0.39"]);
    assert_eq!(code, 0);
    assert_eq!(said["exits"][0]["shares_units"], json!(6_000_000), "{said}");
    let (code, _) = stand.verb(&["exit", "all", "--price", "0.39"]);
    assert_eq!(code, 3, "all that was free is on its way");
    let positions = stand.wait(|| {
        let (_, said) = stand.verb(&["positions"]);
        let held = &said["positions"][0];
        let sold = held["settled_units"] == json!(0) && held["reserved_units"] == json!(0);
        sold.then_some(said)
    });
    let positions = positions.expect("both exits settle");
    let (_, stats) = stand.verb(&["stats"]);
    let realised = stats["realised_units"].clone();
    // Ten at 0.39 less their fee, less what they cost.
    assert_eq!(realised, json!(3_900_000 - 118_950 - 4_220_950), "{stats}");
    assert_eq!(positions["positions"][0]["realised_units"], realised);
    assert_eq!(stats["realised_provisional_units"], json!(0));
    stand.agree(run);
}

#[test]
fn an_exit_goes_to_the_exchange_that_its_token_was_bought_on() {
    let stand = Stand::on("neg-risk.json", TRADING);
    // The configured exchange is only for lines that do not say.
    let path = stand.desk.file("orchestrator.toml");
    let text = fs::read_to_string(&path).expect("it was written");
    fs::write(&path, text.replace("v2-neg-risk", "v2-standard")).expect("ours");
    let run = stand.run();
    stand.post(&run, &stand.buy("bought"));
    stand.until("bought", "SETTLED");
    let token = stand.desk.book.token.clone();
    let (code, said) = stand.verb(&["exit", &token, "--price", "0.125"]);
    assert_eq!(code, 0, "{said}");
    until_sold(&stand);
    stand.agree(run);
}

#[test]
fn an_exit_is_priced_on_the_tick_that_filled_and_not_on_one_that_was_refused() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    stand.post(&run, &stand.buy("bought"));
    stand.until("bought", "SETTLED");
    // Coarser than the market's, at a price where nobody sells.
    let mut coarse = stand.buy("coarse");
    coarse["tick"] = json!("0.1");
    coarse["price"] = json!("0.4");
    stand.post(&run, &coarse);
    stand.until("coarse", "REFUSED");
    let token = stand.desk.book.token.clone();
    let ran = stand.ran(&["exit", &token, "--price", "0.39"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    until_sold(&stand);
    stand.agree(run);
}

/// M29: the exit code is the worst of the checks.
#[test]
fn health_names_what_is_well_and_what_is_not() {
    let mut stand = Stand::new(TRADING);
    let level = |said: &Value, name: &str| {
        let checks = said["checks"].as_array().expect("a list").clone();
        let row = checks.into_iter().find(|row| row["check"] == name);
        row.unwrap_or_else(|| panic!("no {name}: {said}"))["level"].clone()
    };
    let (code, said) = stand.verb(&["health"]);
    assert_eq!(code, 2, "there is no database yet: {said}");
    let run = stand.run();
    stand.wait(|| stand.log().contains("buys go on").then_some(()));
    let (code, said) = stand.verb(&["health"]);
    assert_eq!(code, 0, "{said}");
    for name in ["database", "run", "unknown", "clock", "venue", "signer"] {
        assert_eq!(level(&said, name), json!("ok"), "{said}");
    }
    assert!(run.stop().success());
    let (code, said) = stand.verb(&["health"]);
    assert_eq!((code, level(&said, "run")), (1, json!("warn")), "{said}");
    stand.stop_signer();
    let (code, said) = stand.verb(&["health"]);
    assert_eq!((code, level(&said, "signer")), (2, json!("fail")), "{said}");
}

#[test]
fn intents_says_what_became_of_a_name() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    stand.post(&run, &stand.buy("my-7"));
    stand.until("my-7", "SETTLED");
    stand.post(&run, &stand.buy("my-8"));
    stand.until("my-8", "SETTLED");
    let (code, said) = stand.verb(&["intents", "--id", "my-7"]);
    let rows = said["intents"].as_array().expect("a list");
    assert_eq!((code, rows.len()), (0, 1), "{said}");
    let row = &rows[0];
    assert_eq!(
        (&row["source_id"], &row["state"], &row["asked"]["side"]),
        (&json!("my-7"), &json!("SETTLED"), &json!("BUY")),
        "{said}"
    );
    assert!(row["order_hash"].is_string(), "{said}");
    let all = stand.ran(&["intents"]).stdout;
    let (newer, older) = (all.find("my-8"), all.find("my-7"));
    assert!(newer.is_some() && newer < older, "newest first: {all}");
    assert!(all.contains(" BUY 10 of "), "{all}");
    let (code, said) = stand.verb(&["intents", "--id", "my-9"]);
    assert_eq!((code, &said["intents"]), (3, &json!([])), "{said}");
    stand.agree(run);
}

#[test]
fn a_run_until_idle_says_how_it_ended() {
    let stand = Stand::new(TRADING);
    let (code, said) = stand.verb(&["run", "--until-idle", "--wait", "20"]);
    assert_eq!((code, &said["ended"]), (0, &json!("idle")), "{said}");
    stand.misbehave(&json!({"kind": "delayed_status", "ms": 60_000}));
    stand.append(&format!("{}\n", stand.buy("held")));
    let (code, said) = stand.verb(&["run", "--until-idle", "--wait", "1"]);
    assert_eq!(
        (code, &said["ended"], &said["open"]),
        (3, &json!("open"), &json!(1)),
        "{said}"
    );
    let run = stand.run();
    let ran = stand.ran(&["run", "--until-idle", "--wait", "1"]);
    assert_eq!(ran.code(), 1, "one run at a time");
    assert!(
        ran.stderr.contains("in use by another `run`"),
        "{}",
        ran.stderr
    );
    assert!(run.stop().success());
}

#[test]
fn config_check_reads_every_file_it_names() {
    let stand = Stand::new(TRADING);
    stand.also("\n[alerts]\nwebhook = \"alert.url\"\n");
    fs::write(stand.desk.file("alert.url"), "http://127.0.0.1:1/").expect("ours");
    let own = fs::Permissions::from_mode(0o400);
    fs::set_permissions(stand.desk.file("alert.url"), own).expect("ours");
    let (code, said) = stand.verb(&["config", "check"]);
    assert_eq!((code, &said["good"]), (0, &json!(true)), "{said}");
    let loose = fs::Permissions::from_mode(0o440);
    for file in ["clob.json", "intent.token", "orchestrator.key", "alert.url"] {
        fs::set_permissions(stand.desk.file(file), loose.clone()).expect("ours");
    }
    let (code, said) = stand.verb(&["config", "check"]);
    assert_eq!(code, 1);
    let problems = said["problems"].as_array().expect("a list");
    assert_eq!(problems.len(), 4, "{said}");
    for problem in problems {
        assert!(
            problem.as_str().expect("words").contains("chmod 0400"),
            "{problem}"
        );
    }
    let path = stand.desk.file("orchestrator.toml");
    let text = fs::read_to_string(&path).expect("it is there");
    fs::write(&path, text.replace("poll_ms", "pole_ms")).expect("ours");
    let (code, said) = stand.verb(&["config", "check"]);
    assert_eq!(code, 1);
    assert!(
        said["error"].as_str().expect("words").contains("pole_ms"),
        "{said}"
    );
}

#[test]
fn credentials_come_from_a_descriptor_are_tried_and_land_unreadable_to_others() {
    let stand = Stand::new(TRADING);
    let place = stand.desk.file("clob.json");
    let good = fs::read_to_string(&place).expect("it is there");
    let import = |args: &[&str], input: &str| {
        let args = [&["credentials", "import", "--json"], args].concat();
        stand.piped(&args, input)
    };
    let refused = import(&[], &good);
    assert_eq!(refused.code(), 1);
    assert!(refused.stderr.contains("--replace"), "{}", refused.stderr);
    for bad in [
        "{}".to_owned(),
        good.replace("apiKey", "api_key"),
        good.replace("dGhl", "%%%%"),
        "x".repeat(20_000),
    ] {
        let ran = import(&["--replace"], &bad);
        assert_eq!(ran.code(), 1, "{bad}");
        assert!(ran.stderr.starts_with("INPUT"), "{}", ran.stderr);
    }
    let foreign = good.replace("7f0f7a52", "00000000");
    let ran = import(&["--replace", "--verify"], &foreign);
    assert_eq!(ran.code(), 1);
    assert!(ran.stderr.contains("nothing was written"), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(&place).expect("it is there"), good);
    fs::remove_file(&place).expect("ours");
    let ran = import(&["--verify"], &good);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    let said: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(said["verified"], json!(true));
    let mode = fs::metadata(&place)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o400);
    let left = fs::read_dir(&stand.desk.folder).expect("ours");
    let drafts = left.filter(|e| {
        let name = e.as_ref().expect("ours").file_name();
        name.to_string_lossy().contains("draft")
    });
    assert_eq!(drafts.count(), 0, "no draft is left behind");
}

#[test]
fn metrics_are_off_unless_asked_for_and_count_states() {
    let stand = Stand::new(&format!(
        "{TRADING}\n[metrics]\nlisten = \"127.0.0.1:{}\"\n",
        free_port()
    ));
    let run = stand.run();
    stand.post(&run, &stand.buy("counted"));
    stand.until("counted", "SETTLED");
    let text = fs::read_to_string(stand.desk.file("orchestrator.toml")).expect("it is there");
    let address = text
        .lines()
        .find_map(|line| line.strip_prefix("listen = "))
        .expect("it is set")
        .trim_matches('"');
    let (status, said) = stand.ask(
        "GET",
        &format!("http://{address}/metrics"),
        None,
        String::new(),
    );
    assert_eq!(status, 200);
    let said = said.as_str().expect("text");
    assert!(
        said.contains("orchestrator_arrows_total{state=\"SETTLED\"} 1"),
        "{said}"
    );
    assert!(!said.contains("0x"), "no hash is a label");
    stand.agree(run);
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("bound").port()
}

#[test]
fn every_verb_has_help_with_an_example_and_its_exit_codes() {
    let stand = Stand::new(TRADING);
    for verb in [
        &["run"][..],
        &["health"],
        &["stats"],
        &["intents"],
        &["positions"],
        &["exit"],
        &["incident"],
        &["credentials"],
        &["preflight"],
        &["audit"],
        &["replay"],
        &["watch"],
        &["witness"],
    ] {
        let ran = stand.ran(&[verb, &["--help"]].concat());
        assert_eq!(ran.code(), 0);
        assert!(ran.stdout.contains("Example"), "{verb:?}: {}", ran.stdout);
        assert!(ran.stdout.contains("Exit:"), "{verb:?}: {}", ran.stdout);
    }
    for verb in [&["config", "check"][..], &["credentials", "import"]] {
        let ran = stand.ran(&[verb, &["--help"]].concat());
        assert!(ran.stdout.contains("Exit:"), "{verb:?}: {}", ran.stdout);
    }
    let ran = stand.ran(&["stats"]);
    assert_eq!(ran.code(), 1);
    assert!(
        ran.stderr.contains("there is no database"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_no_desk_could_mean_is_refused_by_name_and_what_is_away_is_named() {
    let mut stand = Stand::new(TRADING);
    let (code, _) = stand.verb(&["run", "--until-idle", "--wait", "20"]);
    assert_eq!(code, 0, "there is a database");
    for (args, begins) in [
        (
            &["exit", "abc", "--price", "0.5"][..],
            "EXIT token: \"abc\" is no token's decimal number; ",
        ),
        (&["exit", "31", "--price", "x"], "EXIT price: \"x\": "),
        (&["exit", "all", "--price", "1.5"], "EXIT price: \"1.5\": "),
        (
            &["exit", "all", "--price", "0.5", "--shares", "x"],
            "EXIT shares: \"x\": ",
        ),
        (
            &["incident", "resolve", "7", "--because", "x"],
            "INCIDENT 7: none of that number is open; ",
        ),
        (
            &["incident", "resolve", "7", "--because", " "],
            "INCIDENT because: empty; ",
        ),
        (&["credentials", "import", "--fd", "3"], "FILE "),
    ] {
        let ran = stand.ran(args);
        let said = ran.stderr.lines().last().unwrap_or_default();
        assert_eq!(ran.code(), 1, "{args:?}: {said}");
        assert!(
            said.starts_with(begins) && said.contains("; "),
            "{args:?}: {said}"
        );
    }
    stand.stop_signer();
    let ran = stand.ran(&["run", "--until-idle", "--wait", "1"]);
    assert_eq!(ran.code(), 3);
    let said = "VENUE or signer was not looked at whole in that time, so nothing was signed; see \
                orchestrator health, and run again";
    assert_eq!(ran.stdout.trim_end(), said);
    let ran = stand.ran(&["health"]);
    let row = ran
        .stdout
        .lines()
        .find(|line| line.starts_with("fail  signer "));
    let row = row.unwrap_or_else(|| panic!("{}", ran.stdout));
    assert!(
        row.ends_with("; check signer.address and both pins"),
        "{row}"
    );
}
