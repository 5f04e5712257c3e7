//! From match to confirmation, and back.

use serde_json::json;

use super::bench::{Bench, NEG, NO, Trader, YES, books, buy, config, sell};

async fn status(bench: &Bench, trader: &Trader) -> (String, bool) {
    let row = bench.own(trader, "/data/trades").await["data"][0].clone();
    let hash = row["transaction_hash"].as_str().unwrap().len() == 66;
    (row["status"].as_str().unwrap().to_owned(), hash)
}

#[tokio::test]
async fn a_trade_is_matched_then_mined_then_confirmed() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    bench.post(&one, &buy("FOK", 10, 50)).await;
    for (wait_ms, expected) in [
        (0, ("MATCHED", false)),
        (1_999, ("MATCHED", false)),
        (1, ("MINED", true)),
        (2_999, ("MINED", true)),
        (1, ("CONFIRMED", true)),
        (1_000_000, ("CONFIRMED", true)),
    ] {
        bench.clock.advance(wait_ms);
        assert_eq!(
            status(&bench, &one).await,
            (expected.0.to_owned(), expected.1)
        );
    }
}

#[tokio::test]
async fn what_was_just_bought_cannot_be_sold_before_it_is_mined() {
    let mut config = config();
    config["accounts"][0]["positions"] = json!({});
    let (bench, one) = (Bench::with(&config, None).await, Trader::new(1));
    bench.post(&one, &buy("FOK", 10, 50)).await;
    let early = bench.post(&one, &sell("FOK", 10, 40)).await;
    assert!(
        early.error().starts_with("not enough balance / allowance"),
        "{}",
        early.text
    );
    bench.clock.advance(2_000);
    assert_eq!(bench.post(&one, &sell("FOK", 10, 40)).await.status, 200);
}

#[tokio::test]
async fn a_failed_trade_is_reversed_to_the_last_unit() {
    let (bench, one, two) = (Bench::new().await, Trader::new(1), Trader::new(2));
    bench.post(&two, &sell("GTC", 10, 45)).await;
    let before = bench.get("/sim/state").await["balances"].clone();
    bench
        .control("/sim/misbehave", json!({"kind": "matched_then_failed"}))
        .await;
    let body = bench.post(&one, &buy("FOK", 10, 45)).await.json();
    assert_eq!(body["status"], "matched");
    assert_ne!(bench.get("/sim/state").await["balances"], before);
    bench.clock.advance(2_000);
    assert_eq!(status(&bench, &one).await, ("FAILED".to_owned(), false));
    let after = bench.get("/sim/state").await["balances"].clone();
    for trader in [&one, &two] {
        let wallet = trader.address.to_string();
        assert_eq!(after[&wallet]["collateral"], before[&wallet]["collateral"]);
        assert_eq!(after[&wallet]["collateral_incoming"], "0");
        assert_eq!(after[&wallet]["positions"][YES], "500000000");
        assert_eq!(after[&wallet]["positions_incoming"][YES], "0");
    }
    // The order still says matched: a ghost fill, as users know them.
    let id = one.id(&buy("FOK", 10, 45));
    assert_eq!(
        bench.own(&one, &format!("/data/order/{id}")).await["status"],
        "MATCHED"
    );
}

#[tokio::test]
async fn settlement_can_be_retried_by_hand_and_ends_once() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    let body = bench.post(&one, &buy("FOK", 10, 50)).await.json();
    let id = body["tradeIDs"][0].as_str().unwrap();
    bench.clock.advance(2_000);
    let first = bench.own(&one, "/data/trades").await["data"][0]["transaction_hash"].clone();
    bench
        .control("/sim/trade", json!({"id": id, "status": "RETRYING"}))
        .await;
    assert_eq!(status(&bench, &one).await.0, "RETRYING");
    bench.clock.advance(2_000);
    assert_eq!(status(&bench, &one).await.0, "MINED");
    let second = bench.own(&one, "/data/trades").await["data"][0]["transaction_hash"].clone();
    assert_ne!(first, second);
    // The first confirmation's time has come, and means nothing any more.
    bench.clock.advance(1_000);
    assert_eq!(status(&bench, &one).await.0, "MINED");
    bench
        .control("/sim/trade", json!({"id": id, "status": "FAILED"}))
        .await;
    assert_eq!(bench.collateral(&one).await, "1000000000");
    let body = json!({"id": id, "status": "CONFIRMED"}).to_string();
    let late = bench.send("POST", "/sim/trade", &[], &body).await.unwrap();
    assert_eq!(
        (late.status, late.error().as_str()),
        (400, "trade is FAILED")
    );
    bench.clock.advance(1_000_000);
    assert_eq!(status(&bench, &one).await.0, "FAILED");
}

#[tokio::test]
async fn new_liquidity_fills_resting_orders_at_their_price() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    bench.post(&one, &buy("GTC", 10, 45)).await;
    let mut book = books()[0].clone();
    book["asks"] = json!([{"price": "0.43", "size": "6"}]);
    bench.control("/sim/book", book).await;
    let id = one.id(&buy("GTC", 10, 45));
    let order = bench.own(&one, &format!("/data/order/{id}")).await;
    assert_eq!(
        (&order["status"], &order["size_matched"]),
        (&json!("LIVE"), &json!("6"))
    );
    assert_eq!(bench.collateral(&one).await, "997300000");
    let trade = bench.own(&one, "/data/trades").await["data"][0].clone();
    assert_eq!(
        (&trade["trader_side"], &trade["price"]),
        (&json!("MAKER"), &json!("0.45"))
    );
    assert_eq!(
        bench.get(&format!("/book?token_id={YES}")).await["asks"],
        json!([])
    );
}

#[tokio::test]
async fn a_book_that_leaves_something_out_leaves_it_as_it_was() {
    let bench = Bench::new().await;
    bench
        .control("/sim/book", json!({"asset_id": NEG, "tick_size": "0.001"}))
        .await;
    let levels = json!([{"price": "0.401", "size": "6"}]);
    let book = json!({"asset_id": NEG, "market": "0x0e", "bids": levels.clone(), "asks": []});
    bench.control("/sim/book", book).await;
    let book = bench.get(&format!("/book?token_id={NEG}")).await;
    assert_eq!(
        (&book["tick_size"], &book["neg_risk"]),
        (&json!("0.001"), &json!(true))
    );
    assert_eq!(book["bids"], levels);
}

#[tokio::test]
async fn a_tick_may_change_under_an_order() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    bench
        .control("/sim/book", json!({"asset_id": YES, "tick_size": "0.1"}))
        .await;
    let tick = bench.get(&format!("/tick-size?token_id={YES}")).await;
    assert_eq!(tick, json!({"minimum_tick_size": 0.1}));
    let answer = bench.post(&one, &buy("GTC", 10, 45)).await;
    assert!(
        answer
            .error()
            .ends_with("breaks minimum tick size rule: 0.1")
    );
    assert_eq!(bench.post(&one, &buy("GTC", 10, 40)).await.status, 200);
}

#[tokio::test]
async fn trades_are_filtered_and_paged() {
    let mut config = config();
    config["page_size"] = json!(2);
    let (bench, one) = (Bench::with(&config, None).await, Trader::new(1));
    for salt in 1..=5 {
        let ticket = super::bench::Ticket {
            salt,
            ..buy("FOK", 2, 50)
        };
        assert_eq!(bench.post(&one, &ticket).await.status, 200);
        bench.clock.advance(10_000);
    }
    let mut cursor = "MA==".to_owned();
    let mut ids = std::collections::BTreeSet::new();
    let mut pages = 0;
    while cursor != "LTE=" {
        let page = bench
            .own(&one, &format!("/data/trades?next_cursor={cursor}"))
            .await;
        for row in page["data"].as_array().unwrap() {
            assert!(ids.insert(row["id"].as_str().unwrap().to_owned()));
        }
        cursor = page["next_cursor"].as_str().unwrap().to_owned();
        pages += 1;
    }
    assert_eq!((ids.len(), pages), (5, 3));
    let count = async |query: &str| {
        let page = bench.own(&one, &format!("/data/trades?{query}")).await;
        page["data"].as_array().unwrap().len()
    };
    let start_s = super::bench::START_S;
    assert_eq!(count(&format!("after={}", start_s + 40)).await, 1);
    assert_eq!(count(&format!("before={start_s}")).await, 1);
    assert_eq!(count(&format!("id={}", ids.first().unwrap())).await, 1);
    assert_eq!(count(&format!("asset_id={NO}")).await, 0);
    assert_eq!(count(&format!("maker_address={}", one.address)).await, 2);
    assert_eq!(
        count("maker_address=0x0000000000000000000000000000000000000001").await,
        0
    );
    let bad = bench
        .private(&one, "GET", "/data/trades?next_cursor=%21", "")
        .await
        .unwrap();
    assert_eq!(bad.status, 400);
}
