//! Errors, lies and redirects: never "no trades".

use serde_json::{Value, json};

use crate::kit::{LEADER, Stand, TOKEN};

/// M2: an error, half a page and a page of another shape are no answer; the look
/// says so, and the trade is told when the list can be read.
/// M3: a redirect is not followed.
#[test]
fn what_is_no_whole_list_is_read_again_until_it_is() {
    let stand = Stand::new("");
    stand.look();
    stand.trade(1, &[(TOKEN, "BUY", "5", "0.41")]);
    let row = json!({"proxy_wallet": LEADER, "token_id": "7"});
    let page = |data: &Value| json!({"data": data, "pagination": {"has_more": false}}).to_string();
    let faults = [
        json!({"kind": "status", "status": 500}),
        json!({"kind": "status", "status": 429, "retry_after_s": 1}),
        json!({"kind": "html_body"}),
        json!({"kind": "drop_answer_after_accept"}),
        json!({"kind": "cut_body", "bytes": 1}),
        json!({"kind": "cut_body", "bytes": 200}),
        json!({"kind": "cut_body", "bytes": 0}),
        json!({"kind": "other_body", "text": "[]"}),
        json!({"kind": "other_body", "text": "{}"}),
        json!({"kind": "other_body", "text": "null"}),
        json!({"kind": "other_body", "text": "{\"data\":[]}"}),
        json!({"kind": "other_body", "status": 204, "text": ""}),
        json!({"kind": "other_body", "text": page(&json!([row]))}),
        json!({"kind": "other_body", "status": 404, "text": page(&json!([]))}),
        json!({"kind": "redirect", "to": "/v2/trades?user=0x0000000000000000000000000000000000000001"}),
    ];
    for mut rule in faults {
        rule["path"] = json!("/v2/trades");
        rule["method"] = json!("GET");
        stand.misbehave(&rule);
        let (code, said) = stand.look();
        assert_eq!(
            (code, &said["incomplete"], &said["lines"]),
            (3, &json!(1), &json!(0)),
            "{rule}"
        );
        stand.ask("DELETE", "/sim/misbehave", &Value::Null);
    }
    let (code, said) = stand.look();
    assert_eq!((code, &said["lines"]), (0, &json!(1)));
}

/// M2: a second page that fails takes the first one with it.
#[test]
fn half_a_list_is_no_list() {
    let stand = Stand::new("");
    stand.look();
    let rows: Vec<(&str, &str, &str, &str)> = vec![(TOKEN, "BUY", "1", "0.41"); 600];
    stand.trade(1, &rows);
    // The first page passes while the rule waits for a cursor.
    stand.misbehave(&json!({"kind": "delay_ms", "ms": 0, "method": "GET", "path": "/v2/trades"}));
    stand.misbehave(
        &json!({"kind": "status", "status": 500, "method": "GET", "path": "/v2/trades"}),
    );
    let (code, said) = stand.look();
    assert_eq!((code, &said["lines"]), (3, &json!(0)));
    let (code, said) = stand.look();
    assert_eq!((code, &said["lines"]), (0, &json!(1)));
    let line = &stand.intents("intents.jsonl")[0];
    assert_eq!(
        (&line["size_tokens"], &line["metadata"]["extra"]["fills"]),
        (&json!(600), &json!(600))
    );
    let requests = stand.ask("GET", "/sim/requests", &Value::Null);
    let requests = requests.as_array().expect("a list");
    let of_trades = requests.iter().filter(|row| row["path"] == "/v2/trades");
    let queries: Vec<&str> = of_trades.filter_map(|row| row["query"].as_str()).collect();
    let with_cursor = queries
        .iter()
        .filter(|query| query.contains("&cursor="))
        .count();
    assert!(with_cursor >= 2, "{queries:?}");
    for query in queries {
        assert!(
            query.contains(&format!("user={LEADER}&taker_only=false&start=")),
            "{query}"
        );
    }
}

/// M2: an edge that remembers its answers does not hide a trade.
#[test]
fn an_edge_that_repeats_itself_hides_nothing() {
    let stand = Stand::new("");
    stand.ask("POST", "/sim/edge", &json!({"cache_ms": 300_000}));
    assert_eq!(stand.look().0, 0);
    stand.trade(1, &[(TOKEN, "BUY", "5", "0.41")]);
    assert_eq!(stand.look().1["lines"], 1);
}

/// M3: a source that is not among the hosts is not asked.
#[test]
fn another_host_is_refused_before_it_is_asked() {
    let stand = Stand::new("");
    let toml = crate::kit::text(&stand.file("watch.toml"));
    let other = toml.replace(
        "hosts = [\"127.0.0.1\"]",
        "hosts = [\"data-api.polymarket.com\"]",
    );
    std::fs::write(stand.file("watch.toml"), other).expect("the folder is ours");
    let ran = stand.watch(&["--once"]);
    assert_eq!(ran.code(), 1);
    assert!(
        ran.stderr.contains("127.0.0.1 is not among the hosts"),
        "{}",
        ran.stderr
    );
    let requests = stand.ask("GET", "/sim/requests", &Value::Null);
    assert_eq!(requests, json!([]));
}
