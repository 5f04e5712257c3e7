//! A venue that stops and starts again over the same directory.

use std::path::Path;

use serde_json::{Value, json};

use super::bench::{Bench, START_MS, Trader, books, buy, config, sell};
use crate::clock::Clock;
use crate::config::Config;
use crate::http::start;

async fn busy(bench: &Bench) -> Value {
    let (one, two) = (Trader::new(1), Trader::new(2));
    bench.post(&one, &buy("GTC", 10, 45)).await;
    bench.post(&two, &sell("FAK", 4, 40)).await;
    bench.clock.advance(2_500);
    bench
        .control(
            "/sim/misbehave",
            json!({"kind": "drop_answer_after_accept"}),
        )
        .await;
    let body = two.body(&buy("FOK", 10, 50)).to_string();
    assert!(bench.private(&two, "POST", "/order", &body).await.is_none());
    bench.post(&one, &buy("GTC", 10, 41)).await;
    let id = json!({"orderID": one.id(&buy("GTC", 10, 41))}).to_string();
    bench.private(&one, "DELETE", "/order", &id).await.unwrap();
    bench.post(&two, &buy("FOK", 10_000, 50)).await;
    bench
        .control("/sim/clock", json!({"advance_ms": 1_000}))
        .await;
    bench.get("/sim/state").await
}

#[tokio::test]
async fn everything_accepted_is_there_again() {
    let state = tempfile::tempdir().unwrap();
    let bench = Bench::with(&config(), Some(state.path())).await;
    let before = busy(&bench).await;
    assert_eq!(before["orders"].as_array().unwrap().len(), 4);
    bench.stop().await;
    // The clock of the new process stands where the old one's began; what was
    // set ahead is set ahead again by the journal.
    let clock = Clock::fixed(START_MS + 2_500);
    let bench = Bench::at(&config(), Some(state.path()), clock).await;
    assert_eq!(bench.get("/sim/state").await, before);
    let two = Trader::new(2);
    let again = bench.post(&two, &buy("FOK", 10, 50)).await;
    assert!(again.error().ends_with("is invalid. Duplicated."));
    // Settlement goes on.
    bench.clock.advance(10_000);
    let trades = bench.get("/sim/state").await["trades"].clone();
    assert!(
        trades
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["status"] == "CONFIRMED")
    );
}

/// Why a venue does not start with this configuration over this state.
async fn refused(config: &Value, state: &Path) -> String {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("books.json"), books().to_string()).unwrap();
    let path = directory.path().join("venue.json");
    std::fs::write(&path, config.to_string()).unwrap();
    let config = Config::load(&path).unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    let started = start(config, Clock::fixed(START_MS), Some(state), listen).await;
    started.unwrap_err().to_string()
}

#[tokio::test]
async fn another_configuration_under_an_old_state_is_noticed() {
    let state = tempfile::tempdir().unwrap();
    let bench = Bench::with(&config(), Some(state.path())).await;
    busy(&bench).await;
    bench.stop().await;
    let mut poorer = config();
    poorer["accounts"][0]["collateral_balance"] = json!("1");
    let error = refused(&poorer, state.path()).await;
    assert!(
        error.starts_with("journal line 1 does not replay: not enough"),
        "{error}"
    );
    // The same orders are accepted, but not with the same trades.
    let mut other = config();
    other["seed"] = json!("other");
    let error = refused(&other, state.path()).await;
    assert!(
        error.starts_with("journal line 2 does not replay: {"),
        "{error}"
    );
}
