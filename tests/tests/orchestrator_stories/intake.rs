//! How intents come in: the followed file and `POST /intent`.

use std::fs;

use serde_json::{Value, json};
use tests::clock::now_ms;
use tests::desk::LEADER;

use crate::kit::{Stand, TOKEN, TRADING};

#[test]
fn one_name_is_one_order_over_a_restart_and_both_ways_in() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    let line = stand.buy("once");
    stand.append(&format!("{line}\n{line}\n"));
    stand.until("once", "SETTLED");
    let (status, said) = stand.post(&run, &line);
    assert_eq!((status, &said["known"]), (200, &json!(true)), "{said}");
    assert_eq!(said["state"], json!("SETTLED"));
    let mut more = line.clone();
    more["shares"] = json!("11");
    let (status, said) = stand.post(&run, &more);
    assert_eq!(
        (status, &said["known"], &said["differs"], &said["state"]),
        (409, &json!(true), &json!(true), &json!("SETTLED")),
        "{said}"
    );
    let sentence = said["sentence"].as_str().expect("words");
    assert!(sentence.starts_with("id: "), "{said}");
    // The same trade in other words is the same.
    let mut same = line.clone();
    same["shares"] = json!("10.00");
    assert_eq!(stand.post(&run, &same).0, 200);
    assert!(run.stop().success());
    let run = stand.run();
    // The file is read from its beginning again.
    stand.append(&format!("{}\n", stand.buy("marker")));
    stand.until("marker", "SETTLED");
    assert_eq!(stand.asked("POST", "/order"), 2);
    // Another strategy has names of its own.
    let mut other = line.clone();
    other["strategy"] = json!("second");
    let (status, _) = stand.post(&run, &other);
    assert_eq!(status, 202);
    stand
        .wait(|| (stand.orders() == 3).then_some(()))
        .expect("a third order");
    stand
        .wait(|| {
            let (_, sums) = stand.verb(&["stats"]);
            (sums["attempts"][0]["count"] == json!(3)).then_some(())
        })
        .expect("all settled");
    stand.agree(run);
}

/// M44: the same line ten thousand times, from the file and over HTTP, is one order.
#[test]
fn a_line_that_is_told_ten_thousand_times_is_one_order() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    let line = stand.buy("again");
    stand.append(&format!("{line}\n").repeat(9_900));
    stand.until("again", "SETTLED");
    for _ in 0..100 {
        let (status, said) = stand.post(&run, &line);
        assert_eq!((status, &said["known"]), (200, &json!(true)), "{said}");
    }
    // Lines are read in order: when this one is over, all before it were read.
    stand.append(&format!("{}\n", stand.buy("marker")));
    stand.until("marker", "SETTLED");
    assert_eq!(stand.asked("POST", "/order"), 2);
    assert_eq!(stand.orders(), 2);
    stand.agree(run);
}

#[test]
fn a_torn_line_is_left_until_it_is_whole() {
    let stand = Stand::new(TRADING);
    let torn = stand.buy("torn").to_string();
    let (begin, end) = torn.split_at(40);
    stand.append(&format!("{}\n{begin}", stand.buy("whole")));
    let ran = stand.ran(&["run", "--until-idle", "--wait", "20"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    assert_eq!(stand.state("whole").expect("a row").0, "SETTLED");
    assert_eq!(stand.state("torn"), None);
    let run = stand.run();
    stand.append(end);
    stand.append("\n");
    stand.until("torn", "SETTLED");
    stand.agree(run);
}

#[test]
fn a_file_that_is_rotated_or_truncated_loses_no_line() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    stand.append(&format!("{}\n", stand.buy("first")));
    stand.until("first", "SETTLED");
    let path = stand.desk.file("intents.jsonl");
    fs::rename(&path, stand.desk.file("intents.jsonl.1")).expect("the folder is ours");
    fs::write(&path, format!("{}\n", stand.buy("second"))).expect("the folder is ours");
    stand.until("second", "SETTLED");
    fs::write(&path, "").expect("the folder is ours");
    stand.append(&format!("{}\n", stand.buy("third")));
    stand.until("third", "SETTLED");
    stand.agree(run);
}

#[test]
fn only_the_token_gets_in_and_bad_input_changes_nothing() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    let url = format!("{}/intent", run.address);
    let line = stand.buy("secret").to_string();
    for bearer in [None, Some("wrong"), Some(&TOKEN[1..])] {
        let (status, said) = stand.ask("POST", &url, bearer, line.clone());
        assert_eq!((status, &said["code"]), (401, &json!("UNAUTHORIZED")));
    }
    assert_eq!(stand.state("secret"), None);
    let mut leaderless = stand.buy("leaderless");
    leaderless["leader_time_ms"].take();
    let mut off_tick = stand.buy("off-tick");
    off_tick["price"] = json!("0.415");
    for (body, expected, code) in [
        (json!("{"), 400, "BAD_LINE"),
        (off_tick, 400, "BAD_LINE"),
        (leaderless, 400, "BAD_LINE"),
        (sample(None), 422, "NO_TOKEN"),
        (json!("x".repeat(70_000)), 413, "LINE_TOO_LONG"),
    ] {
        let (found, said) = stand.post(&run, &body);
        assert_eq!((found, &said["code"]), (expected, &json!(code)), "{said}");
        let sentence = said["sentence"].as_str().expect("words");
        assert!(sentence.contains(": "), "a field and its fix: {said}");
    }
    let (_, sums) = stand.verb(&["stats"]);
    let attempts = sums["attempts"].as_array().expect("a list");
    let count = |code: &str| {
        let row = attempts.iter().find(|row| row["code"] == code);
        row.map_or(0, |row| row["count"].as_u64().expect("a count"))
    };
    assert_eq!((count("BAD_LINE"), count("NO_TOKEN")), (3, 1), "{sums}");
    // The name that a refused line had may be used by a corrected one.
    let (status, _) = stand.post(&run, &stand.buy("off-tick"));
    assert_eq!(status, 202);
    stand.until("off-tick", "SETTLED");
    stand.agree(run);
}

/// The line that copytrader's documentation shows.
fn sample(token: Option<&str>) -> Value {
    let mut line = json!({
        "intent_id": "test-001", "timestamp": now_ms().to_string(), "source_trader": LEADER,
        "market_id": "test_market", "outcome": "YES", "side": "BUY", "size_usdc": 10.0,
        "metadata": {},
    });
    if let Some(token) = token {
        line["token_id"] = json!(token);
    }
    line
}

#[test]
fn copytraders_line_trades_once_it_names_its_token() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    let (status, said) = stand.post(&run, &sample(Some(&stand.desk.book.token)));
    assert_eq!(
        (status, &said["state"]),
        (202, &json!("OBSERVED")),
        "{said}"
    );
    stand.until("test-001", "SETTLED");
    let steps = stand.steps("test-001");
    assert_eq!(steps[..2], ["OBSERVED", "INTENT"], "{steps:?}");
    // Ten dollars at the best ask, 0.41: 24.39 shares.
    let state = stand.sim("GET", "state", &Value::Null);
    assert_eq!(
        state["orders"][0]["order"]["takerAmount"],
        json!("24390000")
    );
    let mut unknown = sample(Some("77"));
    unknown["intent_id"] = json!("test-002");
    stand.post(&run, &unknown);
    let code = stand.until("test-002", "REJECTED");
    assert_eq!(code.as_deref(), Some("UNKNOWN_TOKEN"));
    stand.agree(run);
}

/// M61: a line that names no token is refused, unless its outcome is exactly one
/// name of its market's and its own day has room.
#[test]
fn an_outcomes_name_trades_letter_for_letter_and_within_its_own_day() {
    let stand = Stand::new(TRADING);
    let (status, listed) = {
        let market = &stand.desk.book.market;
        let url = format!("{}/markets/{market}", stand.venue.address);
        stand.ask("GET", &url, None, String::new())
    };
    assert_eq!(status, 200, "{listed}");
    let tokens = listed["tokens"].as_array().expect("a list");
    let ours = tokens
        .iter()
        .find(|row| row["token_id"] == stand.desk.book.token.as_str());
    let name = ours.expect("ours")["outcome"]
        .as_str()
        .expect("a name")
        .to_owned();
    let line = |id: &str, outcome: &str| {
        let mut line = sample(None);
        line["intent_id"] = json!(id);
        line["market_id"] = json!(stand.desk.book.market);
        line["outcome"] = json!(outcome);
        line["size_usdc"] = json!(5);
        line
    };
    let run = stand.run();
    let (status, said) = stand.post(&run, &line("early", &name));
    assert_eq!(
        (status, &said["code"]),
        (422, &json!("UNATTESTED")),
        "{said}"
    );
    assert!(run.stop().success());

    // Two of five dollars with room for fees are more than the day's.
    stand.also("[copy]\nunattested_day_usdc_max = \"8\"\n");
    let run = stand.run();
    stand.post(&run, &line("loud", &name.to_uppercase()));
    assert_eq!(stand.until("loud", "REJECTED").as_deref(), Some("NO_TOKEN"));
    stand.post(&run, &line("first", &name));
    stand.until("first", "SETTLED");
    let state = stand.sim("GET", "state", &Value::Null);
    assert_eq!(
        state["orders"][0]["order"]["tokenId"],
        json!(stand.desk.book.token)
    );
    stand.post(&run, &line("second", &name));
    assert_eq!(
        stand.until("second", "REJECTED").as_deref(),
        Some("UNATTESTED")
    );
    // The same line again is the same intent.
    let (status, _) = stand.post(&run, &line("first", &name));
    assert_eq!(status, 409, "another timestamp is another trade");
    assert_eq!(stand.orders(), 1);
    stand.agree(run);
}

/// M155: what the wallet cannot pay is not asked for.
#[test]
fn what_the_wallet_cannot_pay_or_does_not_hold_is_rejected_before_the_signer() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    let mut sell = stand.buy("naked");
    sell["side"] = json!("SELL");
    stand.post(&run, &sell);
    let code = stand.until("naked", "REJECTED");
    assert_eq!(code.as_deref(), Some("NOT_HELD"));
    let mut large = stand.buy("large");
    large["shares"] = json!("5000");
    stand.post(&run, &large);
    let code = stand.until("large", "REJECTED");
    assert_eq!(code.as_deref(), Some("NO_CASH"));
    // A sell waits for the buy that brings its shares.
    let mut sell = stand.buy("covered");
    sell["side"] = json!("SELL");
    sell["price"] = json!("0.39");
    stand.append(&format!("{}\n{sell}\n", stand.buy("bought")));
    stand.until("covered", "SETTLED");
    let (_, stats) = stand.verb(&["stats"]);
    assert!(
        stats["realised_units"].as_i64().expect("a number") < 0,
        "{stats}"
    );
    stand.agree(run);
}

/// The schema's fields of `line`, encoded with no code of the orchestrator's.
fn message(line: &Value) -> Vec<u8> {
    let texts = [
        "id",
        "kind",
        "market",
        "token",
        "side",
        "price",
        "shares",
        "tick",
        "order_type",
    ];
    let mut bytes = vec![0x08, 0x01];
    let mut text = |number: u8, text: &str| {
        bytes.push(number << 3 | 2);
        bytes.push(u8::try_from(text.len()).expect("short"));
        bytes.extend(text.as_bytes());
    };
    for (number, name) in (2..).zip(texts) {
        text(number, line[name].as_str().expect("text"));
    }
    bytes.extend([12 << 3, u8::from(line["neg_risk"] == true)]);
    for (number, name) in (13..).zip(["leader", "leader_price"]) {
        bytes.push(number << 3 | 2);
        let text = line[name].as_str().expect("text");
        bytes.push(u8::try_from(text.len()).expect("short"));
        bytes.extend(text.as_bytes());
    }
    bytes.push(15 << 3);
    let mut left = line["leader_time_ms"].as_u64().expect("a time");
    while left > 127 {
        bytes.push(u8::try_from(left & 127).expect("seven bits") | 128);
        left >>= 7;
    }
    bytes.push(u8::try_from(left).expect("seven bits"));
    bytes
}

/// M4: the twin in protobuf is the same intent as its line: it settles, the line
/// after it is known, and a field that the schema has not is refused.
#[test]
fn an_intent_in_protobuf_is_the_same_intent_as_its_line() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    let line = stand.buy("twin");
    let (status, said) = stand.post_message(&run, message(&line));
    assert_eq!(status, 202, "{said}");
    let (status, again) = stand.post(&run, &line);
    assert_eq!((status, &again["known"]), (200, &json!(true)), "{again}");
    assert_eq!(again["intent_id"], said["intent_id"]);
    stand.until("twin", "SETTLED");
    let mut more = message(&stand.buy("more"));
    more.extend([0x80, 0x01, 0x01]);
    let (status, said) = stand.post_message(&run, more);
    assert_eq!((status, &said["code"]), (400, &json!("BAD_LINE")), "{said}");
    assert_eq!(stand.orders(), 1);
    stand.agree(run);
}
