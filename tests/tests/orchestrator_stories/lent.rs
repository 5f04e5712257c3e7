//! A desk whose key the owner of a deposit wallet lent. Its orders go out in an
//! envelope that names the key; the orchestrator believes no other form, the venue
//! takes it, and what was bought settles in all three books.

use std::fs;

use serde_json::{Value, json};
use tests::bins::{self, Bins};
use tests::clock::now_ms;
use tests::desk::{Desk, LENT};

use crate::kit::{Stand, TRADING};

/// The stand of such a desk, on the chain that has deposit wallets.
fn lent() -> Stand {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let ends = note::UtcSeconds::new(now_ms() / 1_000 + 50 * 86_400);
    let ends = ends.expect("this century").to_string();
    let mut bend = LENT.to_vec();
    bend.push(("session_expires", &ends));
    let desk = Desk::with_policy(Bins::debug(), &books, &bend);
    let (_, wallet) = LENT[0];
    let path = desk.file("venue.json");
    let text = fs::read_to_string(&path).expect("it was written");
    let mut venue: Value = serde_json::from_str(&text).expect("JSON");
    venue["chain_id"] = json!(137);
    let account = &mut venue["accounts"][0];
    account["signature_type"] = json!(3);
    account["wallet"] = json!(wallet);
    account["session_key"] = json!(true);
    fs::write(&path, venue.to_string()).expect("the folder is ours");
    let key = desk.key.address.clone();
    let stand = Stand::of(desk, TRADING);
    let path = stand.desk.file("orchestrator.toml");
    let text = fs::read_to_string(&path)
        .expect("it was written")
        .replace(
            &format!("maker = \"{key}\""),
            &format!("maker = \"{wallet}\""),
        )
        .replace("chain_id = 80002", "chain_id = 137")
        .replace("[clob]", "[clob]\nsignature_type = 3");
    fs::write(&path, text).expect("the folder is ours");
    stand
}

/// What the signer signs with a lent key is posted, and fills.
#[test]
fn a_lent_keys_order_is_posted_in_its_envelope_and_settles() {
    let stand = lent();
    let run = stand.run_with(&["--mode", "live"]);
    stand.post(&run, &stand.buy("lent"));
    stand.until("lent", "SETTLED");
    let requests = stand.sim("GET", "requests", &Value::Null);
    let rows = requests.as_array().expect("a list");
    let posted = rows.iter().find(|row| row["path"] == "/order");
    let body = posted.expect("it was posted")["body"].to_string();
    assert!(body.contains(&"6492".repeat(16)), "{body}");
    stand.agree(run);
}
