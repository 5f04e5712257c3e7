//! Taking orders back, and losing them by silence.

use serde_json::{Value, json};

use super::bench::{Bench, CONDITION, NO, Ticket, Trader, YES, buy};

async fn rest(bench: &Bench, trader: &Trader) -> Vec<String> {
    let mut ids = Vec::new();
    for (salt, token) in [(1, YES), (2, YES), (3, NO)] {
        let ticket = Ticket {
            salt,
            token: token.to_owned(),
            ..buy("GTC", 10, 40)
        };
        assert_eq!(bench.post(trader, &ticket).await.json()["status"], "live");
        ids.push(trader.id(&ticket));
    }
    ids
}

async fn cancel(bench: &Bench, trader: &Trader, target: &str, body: Value) -> Value {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    bench
        .private(trader, "DELETE", target, &body)
        .await
        .unwrap()
        .json()
}

#[tokio::test]
async fn one_order_and_why_not() {
    let (bench, one, two) = (Bench::new().await, Trader::new(1), Trader::new(2));
    let ids = rest(&bench, &one).await;
    let result = cancel(&bench, &one, "/order", json!({"orderID": ids[0]})).await;
    assert_eq!(result, json!({"canceled": [ids[0]], "not_canceled": {}}));
    let reason = |result: &Value, id: &str| result["not_canceled"][id].clone();
    let again = cancel(&bench, &one, "/order", json!({"orderID": ids[0]})).await;
    assert_eq!(reason(&again, &ids[0]), "already canceled or matched");
    let foreign = cancel(&bench, &two, "/order", json!({"orderID": ids[1]})).await;
    assert_eq!(reason(&foreign, &ids[1]), "order not found");
    let filled = buy("FOK", 10, 50);
    bench.post(&one, &filled).await;
    let late = cancel(&bench, &one, "/order", json!({"orderID": one.id(&filled)})).await;
    assert_eq!(
        reason(&late, &one.id(&filled)),
        "already canceled or matched"
    );
    let bad = bench.private(&one, "DELETE", "/order", "{}").await.unwrap();
    assert_eq!(bad.error(), "Invalid order payload");
}

#[tokio::test]
async fn several_a_market_a_token_or_all() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    let ids = rest(&bench, &one).await;
    let unknown = format!("0x{}", "11".repeat(32));
    let result = cancel(&bench, &one, "/orders", json!([ids[0], unknown])).await;
    assert_eq!(result["canceled"], json!([ids[0]]));
    assert_eq!(result["not_canceled"][&unknown], "order not found");
    let result = cancel(
        &bench,
        &one,
        "/cancel-market-orders",
        json!({"asset_id": NO}),
    )
    .await;
    assert_eq!(result["canceled"], json!([ids[2]]));
    let result = cancel(
        &bench,
        &one,
        "/cancel-market-orders",
        json!({"market": CONDITION}),
    )
    .await;
    assert_eq!(result["canceled"], json!([ids[1]]));
    let neither = cancel(&bench, &one, "/cancel-market-orders", json!({})).await;
    assert_eq!(neither["error"], "Invalid order payload");
    for salt in 11..14 {
        bench
            .post(
                &one,
                &Ticket {
                    salt,
                    ..buy("GTC", 10, 40)
                },
            )
            .await;
    }
    let result = cancel(&bench, &one, "/cancel-all", Value::Null).await;
    assert_eq!(result["canceled"].as_array().unwrap().len(), 3);
    assert_eq!(bench.own(&one, "/data/orders").await["data"], json!([]));
    // What the orders held is free again.
    assert_eq!(bench.post(&one, &buy("GTC", 2_500, 40)).await.status, 200);
    let too_many = vec![ids[0].clone(); 3_001];
    let result = cancel(&bench, &one, "/orders", json!(too_many)).await;
    assert_eq!(
        result["error"],
        "Too many orders in payload: 3001, max allowed: 3000"
    );
}

#[tokio::test]
async fn silence_after_a_heartbeat_cancels_everything() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    rest(&bench, &one).await;
    let beat = async |id: &str| {
        let body = json!({"heartbeat_id": id}).to_string();
        bench
            .private(&one, "POST", "/v1/heartbeats", &body)
            .await
            .unwrap()
    };
    // Without a first heartbeat, silence means nothing.
    bench.clock.advance(1_000_000);
    let first = beat("").await.json()["heartbeat_id"]
        .as_str()
        .unwrap()
        .to_owned();
    bench.clock.advance(9_999);
    let wrong = beat("nonsense").await;
    assert_eq!(wrong.status, 400);
    assert_eq!(
        wrong.json(),
        json!({"error_msg": "Invalid Heartbeat ID", "heartbeat_id": first})
    );
    let second = beat(&first).await.json()["heartbeat_id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(first, second);
    bench.clock.advance(9_999);
    assert_eq!(
        bench.own(&one, "/data/orders").await["data"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    bench.clock.advance(1);
    assert_eq!(bench.own(&one, "/data/orders").await["data"], json!([]));
    assert_eq!(beat("").await.status, 200);
}
