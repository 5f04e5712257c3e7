//! Every misbehaviour, seen from the client.

use std::time::Duration;

use serde_json::{Value, json};

use super::bench::{Bench, Trader, buy};

async fn told(fault: Value) -> (Bench, Trader) {
    let bench = Bench::new().await;
    bench.control("/sim/misbehave", fault).await;
    (bench, Trader::new(1))
}

async fn orders(bench: &Bench) -> usize {
    bench.get("/sim/state").await["orders"]
        .as_array()
        .unwrap()
        .len()
}

#[tokio::test]
async fn an_answer_is_dropped_after_the_order_was_accepted() {
    let (bench, one) = told(json!({"kind": "drop_answer_after_accept"})).await;
    let ticket = buy("FOK", 10, 50);
    let body = one.body(&ticket).to_string();
    assert!(bench.private(&one, "POST", "/order", &body).await.is_none());
    assert_eq!(orders(&bench).await, 1);
    // The same bytes again tell what happened.
    let again = bench.private(&one, "POST", "/order", &body).await.unwrap();
    assert_eq!(
        again.error(),
        format!("order {} is invalid. Duplicated.", one.id(&ticket))
    );
    let log = bench.get("/sim/requests").await;
    assert_eq!(log[0]["answered"], Value::Null);
    assert_eq!(log[1]["answered"], 400);
    assert_eq!(
        (&log[0]["body"], &log[0]["path"]),
        (&json!(body), &json!("/order"))
    );
    assert_eq!(log[0]["headers"]["POLY_ADDRESS"], one.address.to_string());
}

#[tokio::test]
async fn a_request_is_dropped_before_it_was_accepted() {
    let (bench, one) = told(json!({"kind": "drop_before_accept", "times": 2})).await;
    let body = one.body(&buy("FOK", 10, 50)).to_string();
    for _ in 0..2 {
        assert!(bench.private(&one, "POST", "/order", &body).await.is_none());
    }
    assert_eq!(orders(&bench).await, 0);
    assert_eq!(
        bench
            .private(&one, "POST", "/order", &body)
            .await
            .unwrap()
            .status,
        200
    );
}

#[tokio::test]
async fn an_accepted_order_is_answered_as_a_duplicate() {
    for process in [true, false] {
        let (bench, one) = told(json!({"kind": "duplicate_answer", "process": process})).await;
        let answer = bench.post(&one, &buy("FOK", 10, 50)).await;
        assert_eq!(answer.status, 400);
        assert!(answer.error().ends_with("is invalid. Duplicated."));
        assert_eq!(orders(&bench).await, usize::from(process));
    }
    // A refusal stays a refusal.
    let (bench, one) = told(json!({"kind": "duplicate_answer"})).await;
    let answer = bench.post(&one, &buy("FOK", 1_000, 50)).await;
    assert!(answer.error().starts_with("order couldn't be fully filled"));
}

#[tokio::test]
async fn documented_errors_come_with_their_texts_and_patience() {
    for (fault, status, text, header) in [
        (
            json!({"status": 425}),
            425,
            "the matching engine is restarting",
            "retry-after: 1",
        ),
        (
            json!({"status": 429, "retry_after_s": 7}),
            429,
            "Too Many Requests",
            "retry-after: 7",
        ),
        (json!({"status": 500}), 500, "order timed out", ""),
        (
            json!({"status": 500, "mode": "there are no matching orders"}),
            500,
            "there are no",
            "",
        ),
        (
            json!({"status": 503}),
            503,
            "Trading is currently disabled",
            "retry-after",
        ),
        (
            json!({"status": 503, "mode": "cancel_only"}),
            503,
            "Trading is currently cancel",
            "",
        ),
        (
            json!({"status": 503, "mode": "post_only"}),
            503,
            "post-only mode: only",
            "",
        ),
    ] {
        let mut fault = fault;
        fault["kind"] = json!("status");
        let (bench, one) = told(fault).await;
        let answer = bench.post(&one, &buy("FOK", 10, 50)).await;
        assert_eq!(answer.status, status);
        assert!(answer.error().starts_with(text), "{}", answer.text);
        assert!(answer.head.contains(header), "{}", answer.head);
        assert_eq!(orders(&bench).await, 0);
    }
}

#[tokio::test]
async fn an_error_may_say_more_or_hide_that_the_order_is_there() {
    let (bench, one) =
        told(json!({"kind": "status", "status": 503, "mode": "post_only", "retry_after_s": 79}))
            .await;
    let body = bench.post(&one, &buy("FOK", 10, 50)).await.json();
    assert_eq!(
        body,
        json!({
            "error": "post-only mode: only post-only orders and cancels are allowed",
            "code": "post_only_mode", "retry_after_seconds": 79,
        })
    );
    let (bench, one) = told(json!({"kind": "status", "status": 500, "process": true})).await;
    assert_eq!(bench.post(&one, &buy("FOK", 10, 50)).await.status, 500);
    assert_eq!(orders(&bench).await, 1);
}

#[tokio::test]
async fn a_gateway_answers_in_html() {
    let (bench, one) = told(json!({"kind": "html_body", "process": true})).await;
    let answer = bench.post(&one, &buy("FOK", 10, 50)).await;
    assert_eq!(answer.status, 502);
    assert!(answer.head.contains("content-type: text/html") && answer.text.starts_with("<html"));
    assert_eq!(orders(&bench).await, 1);
}

#[tokio::test]
async fn an_answer_is_late_and_the_order_is_already_there() {
    let (bench, one) = told(json!({"kind": "delay_ms", "ms": 60_000})).await;
    let ticket = buy("FOK", 10, 50);
    let body = one.body(&ticket).to_string();
    let mut waiting = Box::pin(bench.private(&one, "POST", "/order", &body));
    let deadline = Duration::from_secs(20);
    let accepted = async {
        while orders(&bench).await == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        answer = &mut waiting => panic!("{answer:?} came at once"),
        reached = tokio::time::timeout(deadline, accepted) => reached.unwrap(),
    }
    drop(waiting);
    let (bench, one) = told(json!({"kind": "delay_ms", "ms": 1, "before": true})).await;
    assert_eq!(bench.post(&one, &buy("FOK", 10, 50)).await.status, 200);
}

#[tokio::test]
async fn a_delayed_order_is_matched_later_or_comes_to_nothing() {
    for (then, status, matched) in [
        ("matched", "MATCHED", "10"),
        ("unmatched", "UNMATCHED", "0"),
    ] {
        let (bench, one) = told(json!({"kind": "delayed_status", "then": then, "ms": 500})).await;
        let ticket = buy("FOK", 10, 50);
        let body = bench.post(&one, &ticket).await.json();
        assert_eq!(
            (&body["status"], &body["makingAmount"]),
            (&json!("delayed"), &json!(""))
        );
        let target = format!("/data/order/{}", one.id(&ticket));
        assert_eq!(bench.own(&one, &target).await["status"], "DELAYED");
        // It is past recall.
        let cancel = json!({"orderID": one.id(&ticket)}).to_string();
        let result = bench
            .private(&one, "DELETE", "/order", &cancel)
            .await
            .unwrap()
            .json();
        assert_eq!(result["canceled"], json!([]));
        bench.clock.advance(500);
        let order = bench.own(&one, &target).await;
        assert_eq!(
            (&order["status"], &order["size_matched"]),
            (&json!(status), &json!(matched))
        );
    }
}

#[tokio::test]
async fn orders_and_trades_hide_from_queries() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    let (open, done) = (buy("GTC", 10, 40), buy("FOK", 10, 50));
    bench
        .control("/sim/misbehave", json!({"kind": "stale_trades"}))
        .await;
    bench.clock.advance(1);
    bench.post(&one, &open).await;
    bench.post(&one, &done).await;
    assert_eq!(bench.own(&one, "/data/trades").await["data"], json!([]));
    assert_eq!(
        bench.own(&one, "/data/trades").await["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let target = format!("/data/order/{}", one.id(&done));
    let fault = json!({"kind": "hide_from_queries", "order_id": one.id(&done), "for_ms": 3_000});
    bench.control("/sim/misbehave", fault).await;
    let hidden = bench.private(&one, "GET", &target, "").await.unwrap();
    assert_eq!(
        (hidden.status, hidden.error().as_str()),
        (404, "order not found")
    );
    assert_eq!(
        bench.own(&one, "/data/orders").await["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    bench.clock.advance(3_000);
    assert_eq!(bench.own(&one, &target).await["status"], "MATCHED");
    bench
        .control("/sim/misbehave", json!({"kind": "hide_from_queries"}))
        .await;
    assert_eq!(bench.own(&one, "/data/orders").await["data"], json!([]));
}

#[tokio::test]
async fn rules_can_be_read_and_taken_back() {
    let (bench, one) = told(json!({"kind": "drop_before_accept", "times": 9})).await;
    let rules = bench.get("/sim/misbehave").await;
    assert_eq!(
        (&rules[0]["method"], &rules[0]["path"]),
        (&json!("POST"), &json!("/order"))
    );
    bench
        .send("DELETE", "/sim/misbehave", &[], "")
        .await
        .unwrap();
    assert_eq!(bench.post(&one, &buy("FOK", 10, 50)).await.status, 200);
    let bad = bench
        .send("POST", "/sim/misbehave", &[], r#"{"kind": "sulk"}"#)
        .await
        .unwrap();
    assert_eq!(bad.status, 400);
    // A rule may name any path, public ones too.
    let fault = json!({"kind": "html_body", "method": "GET", "path": "/book"});
    bench.control("/sim/misbehave", fault).await;
    assert_eq!(
        bench
            .send("GET", "/book?token_id=1", &[], "")
            .await
            .unwrap()
            .status,
        502
    );
}
