//! What a line says of a leader's order.

use std::os::unix::fs::MetadataExt;

use serde_json::{Value, json};

use crate::kit::{LEADER, Stand, TOKEN, hash};

fn condition() -> String {
    format!("0x{}", "cc".repeat(32))
}

fn position(stand: &Stand, token: &str, size: &str) {
    let row = json!({"proxy_wallet": LEADER, "token_id": token, "condition_id": condition(),
        "current_size": size});
    stand.ask("POST", "/sim/leader-position", &row);
}

fn last(stand: &Stand) -> Value {
    let lines = stand.intents("intents.jsonl");
    lines.last().expect("there are some").clone()
}

/// M53: the leader's shares before his trade, full, partial, twice, and unknown.
#[test]
fn a_sell_says_what_was_held_before_it_or_nothing() {
    let stand = Stand::new("");
    position(&stand, TOKEN, "100");
    stand.look();
    let held = |tx: u32, side: &str, size: &str| {
        stand.trade(tx, &[(TOKEN, side, size, "0.5")]);
        assert_eq!(stand.look().0, 0);
        let line = last(&stand);
        assert_eq!(line["metadata"]["source_tx_hash"], hash(tx));
        line["metadata"]["trader_position_size"].clone()
    };
    assert_eq!(held(1, "SELL", "25"), json!(100));
    assert_eq!(held(2, "SELL", "25.5"), json!(75));
    assert_eq!(held(3, "BUY", "0.5"), json!(49.5));
    // A merge moves shares that no trade tells of.
    position(&stand, TOKEN, "10");
    let merge = json!({"proxy_wallet": LEADER, "type": "MERGE", "condition_id": condition(),
        "size": 40, "usdc_size": 40});
    stand.ask("POST", "/sim/leader-activity", &merge);
    assert_eq!(held(4, "SELL", "1"), Value::Null);
    assert_eq!(held(5, "SELL", "1"), json!(9), "asked for meanwhile");
    assert_eq!(held(6, "SELL", "8"), json!(8));
    stand.trade(7, &[("7", "SELL", "1", "0.5")]);
    stand.look();
    assert_eq!(
        last(&stand)["metadata"].get("trader_position_size"),
        None,
        "never seen"
    );
}

/// M4: a line that tells a trade, whole.
/// M63: its fields, with the leader's own amounts, time and outcome.
#[test]
fn a_line_tells_the_leaders_order_in_the_documents_fields() {
    let stand = Stand::new("");
    stand.look();
    stand.trade(
        1,
        &[
            (TOKEN, "BUY", "30", "0.4"),
            (TOKEN, "BUY", "10.000001", "0.5"),
        ],
    );
    stand.look();
    let line = last(&stand);
    let fields: Vec<&String> = line.as_object().expect("an object").keys().collect();
    let mut expected = vec![
        "intent_id",
        "timestamp",
        "source_trader",
        "market_id",
        "outcome",
        "side",
        "size_usdc",
        "size_tokens",
        "token_id",
        "metadata",
        "watcher",
        "signature",
    ];
    expected.sort_unstable();
    assert_eq!(fields, expected);
    assert_eq!(
        (&line["side"], &line["outcome"]),
        (&json!("BUY"), &json!("Trump"))
    );
    assert_eq!(
        (&line["size_tokens"], &line["size_usdc"]),
        (&json!(40.000_001), &json!(17))
    );
    assert_eq!(
        (&line["token_id"], &line["source_trader"]),
        (&json!(TOKEN), &json!(LEADER))
    );
    assert_eq!(line["market_id"], condition());
    assert_eq!(line["metadata"]["extra"]["price"], json!(0.425_000_001_8));
    let latency_ms = line["metadata"]["detection_latency_ms"]
        .as_u64()
        .expect("a number");
    assert!(latency_ms < 60_000, "{latency_ms}");
}

/// M1: no environment, no secret but its identity, which only its owner can read.
/// M5: it asks for three public lists and sends nothing.
#[test]
fn a_watcher_needs_its_own_folder_alone_and_asks_for_public_lists() {
    let stand = Stand::new("");
    stand.look();
    let run = stand.start("watch.toml");
    stand.trade(1, &[(TOKEN, "BUY", "5", "0.41")]);
    stand.until("intents.jsonl", 1);
    assert_eq!(run.stop(), 0, "{}", stand.log());
    let mode = std::fs::metadata(stand.file("watch.key"))
        .expect("it is there")
        .mode();
    assert_eq!(mode & 0o7777, 0o400);
    let again = stand.watch(&["identity", "new", "watch.key"]);
    assert_eq!(again.code(), 1, "an identity is not written over");
    let requests = stand.ask("GET", "/sim/requests", &Value::Null);
    for request in requests.as_array().expect("a list") {
        let path = request["path"].as_str().expect("text");
        assert!(
            ["/v2/trades", "/v2/positions", "/v2/activity"].contains(&path),
            "{path}"
        );
        assert_eq!(
            (&request["method"], &request["body"]),
            (&json!("GET"), &json!(""))
        );
        assert_eq!(request["headers"], json!({}), "no login");
    }
    let second = stand.start("watch.toml");
    stand.until_watching(2);
    let refused = stand.watch(&["--once"]);
    assert!(
        refused.stderr.contains("another watcher"),
        "{}",
        refused.stderr
    );
    second.kill();
}
