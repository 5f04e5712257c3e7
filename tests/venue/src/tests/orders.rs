//! Each order type, matched and answered.

use serde_json::{Value, json};

use super::bench::{Bench, NEG, START_S, Ticket, Trader, YES, buy, config, position_id, sell};
use crate::crypto::domain::Protocol;

/// A purchase at market: collateral, and the shares it buys at the worst price.
fn at_market(order_type: &'static str, maker_amount: u64, taker_amount: u64) -> Ticket {
    Ticket {
        maker_amount,
        taker_amount,
        ..buy(order_type, 0, 0)
    }
}

#[tokio::test]
async fn a_fok_purchase_takes_the_best_price_and_spends_its_collateral() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    // Twenty at 0.50, and the rest of fifteen dollars at 0.55.
    let ticket = at_market("FOK", 15_000_000, 27_272_700);
    let answer = bench.post(&one, &ticket).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let body = answer.json();
    assert_eq!(
        (&body["success"], &body["errorMsg"]),
        (&json!(true), &json!(""))
    );
    assert_eq!(body["orderID"], one.id(&ticket));
    assert_eq!(body["status"], "matched");
    assert_eq!(body["makingAmount"], "14.999999");
    assert_eq!(body["takingAmount"], "29.090909");
    assert_eq!(body["tradeIDs"].as_array().unwrap().len(), 2);
    assert!(body.get("transactionsHashes").is_none());
    // 0.25 and 0.11249 of fees go on top.
    assert_eq!(bench.collateral(&one).await, "984637511");
    let book = bench.get(&format!("/book?token_id={YES}")).await;
    let best = book["asks"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(best, json!({"price": "0.55", "size": "40.909091"}));
    assert_eq!(book["last_trade_price"], "0.55");
}

#[tokio::test]
async fn a_fok_purchase_written_as_a_limit_gets_more_at_a_better_price() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    // Ten at up to 0.60: six dollars buy twelve at 0.50.
    let body = bench.post(&one, &buy("FOK", 10, 60)).await.json();
    assert_eq!(
        (&body["makingAmount"], &body["takingAmount"]),
        (&json!("6"), &json!("12"))
    );
}

#[tokio::test]
async fn by_the_other_rule_a_better_price_leaves_collateral_unspent() {
    let mut config = config();
    config["fok_buy_target"] = json!("shares");
    let (bench, one) = (Bench::with(&config, None).await, Trader::new(1));
    let body = bench.post(&one, &buy("FOK", 10, 60)).await.json();
    assert_eq!(
        (&body["makingAmount"], &body["takingAmount"]),
        (&json!("5"), &json!("10"))
    );
}

#[tokio::test]
async fn a_fok_that_the_book_cannot_fill_leaves_no_trace() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    let ticket = buy("FOK", 200, 60);
    let answer = bench.post(&one, &ticket).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.error(),
        "order couldn't be fully filled. FOK orders are fully filled or killed."
    );
    assert_eq!(bench.collateral(&one).await, "1000000000");
    assert_eq!(bench.get("/sim/state").await["orders"], json!([]));
    let query = bench
        .private(&one, "GET", &format!("/data/order/{}", one.id(&ticket)), "")
        .await;
    assert_eq!(query.unwrap().status, 404);
}

#[tokio::test]
async fn a_fak_takes_what_there_is_and_forgets_the_rest() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    let ticket = buy("FAK", 200, 60);
    let body = bench.post(&one, &ticket).await.json();
    // 20 at 0.50 and 50 at 0.55; 0.70 is too dear.
    assert_eq!(
        (&body["makingAmount"], &body["takingAmount"]),
        (&json!("37.5"), &json!("70"))
    );
    let order = bench
        .own(&one, &format!("/data/order/{}", one.id(&ticket)))
        .await;
    assert_eq!(
        (&order["status"], &order["size_matched"]),
        (&json!("MATCHED"), &json!("70"))
    );
    let again = bench.post(&one, &Ticket { salt: 2, ..ticket }).await;
    assert_eq!(again.status, 400);
    assert!(
        again
            .error()
            .starts_with("no orders found to match with FAK order.")
    );
}

#[tokio::test]
async fn a_sale_goes_to_the_best_bids_and_receives_less_its_fee() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    let body = bench.post(&one, &sell("FOK", 30, 38)).await.json();
    assert_eq!(
        (&body["makingAmount"], &body["takingAmount"]),
        (&json!("30"), &json!("11.8"))
    );
    let state = bench.get("/sim/state").await;
    let wallet = &state["balances"][one.address.to_string()];
    assert_eq!(wallet["positions"][YES], "470000000");
    // 8 less 0.24, and 3.8 less 0.1178: not spendable before it is mined.
    assert_eq!(wallet["collateral"], "1000000000");
    assert_eq!(wallet["collateral_incoming"], "11442200");
    let rows = state["trades"].as_array().unwrap();
    let fees: Vec<&Value> = rows.iter().map(|row| &row["fee"]).collect();
    assert_eq!(fees, ["240000", "117800"]);
    assert_eq!(rows[0]["shares"], "20000000");
    assert_eq!(rows[0]["collateral"], "8000000");
    assert_eq!(rows[0]["side"], "SELL");
    assert_eq!(rows[0]["order_hash"], one.id(&sell("FOK", 30, 38)));
}

#[tokio::test]
async fn a_gtc_rests_and_another_account_fills_it_at_its_price() {
    let (bench, one, two) = (Bench::new().await, Trader::new(1), Trader::new(2));
    let bid = buy("GTC", 10, 45);
    let body = bench.post(&one, &bid).await.json();
    assert_eq!(
        (&body["status"], &body["makingAmount"]),
        (&json!("live"), &json!(""))
    );
    assert!(body.get("tradeIDs").is_none());
    let open = bench.own(&one, "/data/orders").await;
    assert_eq!(open["data"][0]["id"], one.id(&bid));
    assert_eq!(open["data"][0]["original_size"], "10");
    assert_eq!(open["next_cursor"], "LTE=");
    // Sold at 0.40 or better: it meets the bid at 0.45.
    let sale = bench.post(&two, &sell("FAK", 4, 40)).await.json();
    assert_eq!(
        (&sale["makingAmount"], &sale["takingAmount"]),
        (&json!("4"), &json!("1.8"))
    );
    let order = bench
        .own(&one, &format!("/data/order/{}", one.id(&bid)))
        .await;
    assert_eq!(
        (&order["status"], &order["size_matched"]),
        (&json!("LIVE"), &json!("4"))
    );
    let seen = bench.own(&one, "/data/trades").await["data"][0].clone();
    assert_eq!(
        (&seen["trader_side"], &seen["side"]),
        (&json!("MAKER"), &json!("SELL"))
    );
    assert_eq!(seen["maker_orders"][0]["order_id"], one.id(&bid));
    assert_eq!(seen["maker_orders"][0]["matched_amount"], "4");
    assert_eq!(seen["maker_orders"][0]["side"], "BUY");
    let theirs = bench.own(&two, "/data/trades").await["data"][0].clone();
    assert_eq!(theirs["trader_side"], "TAKER");
    // Makers pay no fee.
    assert_eq!(bench.collateral(&one).await, "998200000");
}

#[tokio::test]
async fn a_gtc_that_crosses_matches_first_and_rests_with_the_remainder() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    let body = bench.post(&one, &buy("GTC", 100, 55)).await.json();
    assert_eq!(
        (&body["status"], &body["takingAmount"]),
        (&json!("matched"), &json!("70"))
    );
    let book = bench.get(&format!("/book?token_id={YES}")).await;
    let best = book["bids"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(best, json!({"price": "0.55", "size": "30"}));
}

#[tokio::test]
async fn a_gtd_dies_a_minute_before_its_date() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    let now_s = START_S;
    let early = Ticket {
        expiration_s: now_s + 179,
        ..buy("GTD", 10, 45)
    };
    assert_eq!(bench.post(&one, &early).await.error(), "invalid expiration");
    let dated = Ticket {
        expiration_s: now_s + 180,
        ..buy("GTD", 10, 45)
    };
    assert_eq!(bench.post(&one, &dated).await.json()["status"], "live");
    let target = format!("/data/order/{}", one.id(&dated));
    bench.clock.advance(119_999);
    assert_eq!(bench.own(&one, &target).await["status"], "LIVE");
    bench.clock.advance(1);
    assert_eq!(bench.own(&one, &target).await["status"], "CANCELED");
    let endless = Ticket {
        expiration_s: now_s + 999,
        ..buy("GTC", 10, 44)
    };
    assert_eq!(
        bench.post(&one, &endless).await.error(),
        "invalid expiration"
    );
}

#[tokio::test]
async fn a_batch_answers_each_order_for_itself() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    let good = one.body(&buy("GTC", 10, 40));
    let poor = one.body(&buy("GTC", 10_000, 41));
    let post_only = one.body(&Ticket {
        post_only: true,
        ..buy("GTC", 10, 60)
    });
    let body = json!([good, poor, post_only]).to_string();
    let rows = bench
        .private(&one, "POST", "/orders", &body)
        .await
        .unwrap()
        .json();
    assert_eq!(rows[0]["status"], "live");
    assert_eq!(
        (&rows[1]["success"], &rows[1]["orderID"]),
        (&json!(true), &json!(""))
    );
    assert!(
        rows[1]["errorMsg"]
            .as_str()
            .unwrap()
            .starts_with("not enough balance / allowance")
    );
    assert_eq!(
        rows[2]["errorMsg"],
        "invalid post-only order: order crosses book"
    );
    let many = vec![one.body(&buy("GTC", 10, 40)); 16];
    let answer = bench
        .private(&one, "POST", "/orders", &json!(many).to_string())
        .await
        .unwrap();
    assert_eq!(
        answer.error(),
        "Too many orders in payload: 16, max allowed: 15"
    );
}

#[tokio::test]
async fn each_market_takes_orders_for_its_own_exchange_alone() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    let position = position_id();
    let neg = Ticket {
        token: NEG.to_owned(),
        neg_risk: true,
        ..buy("FOK", 2, 50)
    };
    let third = Ticket {
        token: position,
        protocol: Protocol::V2,
        ..buy("FOK", 2, 50)
    };
    for ticket in [&neg, &third] {
        assert_eq!(bench.post(&one, ticket).await.status, 200);
    }
    let wrong = Ticket {
        neg_risk: false,
        salt: 2,
        ..neg
    };
    assert_eq!(bench.post(&one, &wrong).await.error(), "invalid signature");
    let old = Ticket {
        protocol: Protocol::V1,
        salt: 2,
        ..third
    };
    assert_eq!(
        bench.post(&one, &old).await.error(),
        "order_version_mismatch"
    );
}

#[tokio::test]
async fn a_deferred_order_is_answered_before_it_is_executed() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    let ticket = buy("FOK", 10, 50);
    let mut body = one.body(&ticket);
    body["deferExec"] = json!(true);
    let answer = bench
        .private(&one, "POST", "/order", &body.to_string())
        .await
        .unwrap()
        .json();
    assert_eq!(answer["status"], "delayed");
    bench.clock.advance(250);
    let order = bench
        .own(&one, &format!("/data/order/{}", one.id(&ticket)))
        .await;
    assert_eq!(
        (&order["status"], &order["size_matched"]),
        (&json!("MATCHED"), &json!("10"))
    );
}
