//! Killed anywhere, started again: each order once.

use std::collections::BTreeMap;
use std::fs::File;

use serde_json::Value;

use crate::kit::{Stand, TOKEN, hash, is_signed, text};

/// By transaction, token and side: shares told, and in how many lines.
fn told(lines: &[Value]) -> BTreeMap<(String, String, String), (Vec<String>, usize)> {
    let mut told: BTreeMap<_, (Vec<String>, usize)> = BTreeMap::new();
    for line in lines {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let tx = text(&line["metadata"]["source_tx_hash"]);
        let key = (tx, text(&line["token_id"]), text(&line["side"]));
        let (sizes, count) = told.entry(key).or_default();
        sizes.push(line["size_tokens"].to_string());
        *count += 1;
    }
    told
}

/// M44: a watcher that is killed and started again replays nothing.
/// M50: what was told is remembered on disk.
/// M2: the leader's resting orders are seen too, all fills of each.
/// M33: sixteen fills of one transaction are one line.
#[test]
fn each_order_is_told_once_however_often_the_watcher_is_killed() {
    let stand = Stand::new("");
    assert_eq!(stand.look().0, 0, "the watch begins");
    let mut expected = 0;
    for round in 0..10 {
        let run = stand.start("watch.toml");
        let sixteen = [(TOKEN, "BUY", "2.5", "0.41"); 16];
        stand.trade(10 * round, &sixteen);
        stand.trade(
            10 * round + 1,
            &[("7", "BUY", "1", "0.2"), ("8", "BUY", "3", "0.7")],
        );
        expected += 3;
        // Sometimes it has told all of it when it dies, sometimes none.
        if round % 3 == 0 {
            stand.until("intents.jsonl", expected);
        }
        if round % 2 == 0 {
            stand.trade(
                10 * round + 2,
                &[("7", "SELL", "0.5", "0.25"), ("7", "SELL", "0.5", "0.25")],
            );
            expected += 1;
        }
        run.kill();
    }
    let run = stand.start("watch.toml");
    stand.until_watching(11);
    let lines = stand.until("intents.jsonl", expected);
    assert_eq!(run.stop(), 0, "{}", stand.log());
    let orders = told(&lines);
    assert_eq!(
        (orders.len(), lines.len()),
        (expected, expected),
        "each once"
    );
    for round in 0..10 {
        let of = |tx: u32, token: &str, side: &str| {
            let key = (hash(tx), token.to_owned(), side.to_owned());
            orders
                .get(&key)
                .map(|(sizes, count)| (sizes.join("+"), *count))
        };
        assert_eq!(of(10 * round, TOKEN, "BUY"), Some(("40".to_owned(), 1)));
        assert_eq!(of(10 * round + 1, "8", "BUY"), Some(("3".to_owned(), 1)));
        if round % 2 == 0 {
            assert_eq!(of(10 * round + 2, "7", "SELL"), Some(("1".to_owned(), 1)));
        }
    }
    for line in text(&stand.file("intents.jsonl")).lines() {
        assert!(is_signed(line, &stand.watcher), "{line}");
    }
}

/// M23: a line that was torn is ended, so that its reader skips it, and told again.
#[test]
fn a_torn_line_is_ended_and_what_it_told_is_told() {
    let stand = Stand::new("");
    stand.look();
    stand.trade(1, &[(TOKEN, "BUY", "5", "0.41")]);
    assert_eq!(stand.look().1["lines"], 1);
    let path = stand.file("intents.jsonl");
    let whole = text(&path);
    // As if it had been killed while it wrote: half a line, and not marked.
    let file = File::options().write(true).open(&path).expect("it is ours");
    file.set_len(whole.len() as u64 / 2).expect("it is ours");
    let db = rusqlite::Connection::open(stand.file("watch.sqlite")).expect("it is ours");
    db.execute("UPDATE intent SET sent = NULL", [])
        .expect("it is ours");
    drop(db);
    assert_eq!(stand.look().0, 0);
    let repaired = text(&path);
    assert!(repaired.ends_with(&whole), "{repaired}");
    assert_eq!(repaired.lines().count(), 2);
    assert_eq!(
        stand.intents("intents.jsonl").len(),
        1,
        "the reader sees one"
    );
    // The same once more, with the line whole: it is not written again.
    let db = rusqlite::Connection::open(stand.file("watch.sqlite")).expect("it is ours");
    db.execute("UPDATE intent SET sent = NULL", [])
        .expect("it is ours");
    drop(db);
    assert_eq!(stand.look().1["waiting"], 0);
    assert_eq!(text(&path), repaired);
}

#[test]
fn what_a_leader_did_before_the_watch_began_is_not_told_and_after_an_outage_all_is() {
    let stand = Stand::new("");
    stand.trade(1, &[(TOKEN, "BUY", "5", "0.41")]);
    let row = serde_json::json!({"proxy_wallet": crate::kit::LEADER, "token_id": TOKEN,
        "side": "BUY", "size": 1, "price": 0.4, "timestamp": 1_600_000_000});
    stand.ask("POST", "/sim/leader-trade", &row);
    let (_, first) = stand.look();
    // The second that the watch began in belongs to it.
    let early = first["lines"].as_u64().expect("a number");
    assert!(early <= 1, "{first}");
    stand.trade(2, &[(TOKEN, "SELL", "2", "0.5")]);
    stand.trade(3, &[(TOKEN, "SELL", "3", "0.5")]);
    let (code, after) = stand.look();
    assert_eq!((code, &after["lines"]), (0, &serde_json::json!(early + 2)));
    let lines = stand.intents("intents.jsonl");
    let last = lines.last().expect("there are some");
    assert_eq!(last["metadata"]["source_tx_hash"], hash(3));
}
