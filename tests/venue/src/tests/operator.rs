//! The exchange's operator settles what it has a signature of: as much as the
//! contract lets it, and no base unit more.

use serde_json::{Value, json};

use super::bench::{Bench, Trader, YES, buy, config, sell};

async fn settle(bench: &Bench, posted: &Value, more: Value) -> Result<Value, String> {
    let mut body = json!({"posted": posted, "neg_risk": false, "fee": "0"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let body = body.to_string();
    let answer = bench.send("POST", "/sim/settle", &[], &body).await.unwrap();
    if answer.status == 200 {
        Ok(answer.json())
    } else {
        Err(answer.error())
    }
}

async fn shares(bench: &Bench, trader: &Trader) -> String {
    let state = bench.get("/sim/state").await;
    let row = &state["balances"][trader.address.to_string()]["positions"][YES];
    row.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_purchase_is_settled_in_parts_up_to_its_maker_amount_and_its_fee_comes_on_top() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    let order = one.body(&buy("FOK", 10, 50));
    let half = json!({"making": "2500000", "fee": "125000"});
    let done = settle(&bench, &order, half.clone()).await.unwrap();
    assert_eq!(done["took"], "5000000");
    assert_eq!(bench.collateral(&one).await, "997375000");
    assert_eq!(shares(&bench, &one).await, "505000000");
    let above = json!({"making": "2500000", "fee": "125001"});
    let refused = settle(&bench, &order, above).await.unwrap_err();
    assert_eq!(refused, "a fee exceeds the ceiling");
    // A better price brings more, and never less than what is due.
    let less = json!({"making": "1000000", "taking": "1999999"});
    let refused = settle(&bench, &order, less).await.unwrap_err();
    assert_eq!(refused, "a fill brings less than its part");
    let more = json!({"making": "1000000", "taking": "100000000"});
    settle(&bench, &order, more).await.unwrap();
    let refused = settle(&bench, &order, half).await.unwrap_err();
    assert_eq!(refused, "a fill exceeds what remains");
    let last = json!({"making": "1500000"});
    assert_eq!(
        settle(&bench, &order, last).await.unwrap()["filled"],
        "5000000"
    );
    assert_eq!(shares(&bench, &one).await, "608000000");
}

#[tokio::test]
async fn a_sale_is_settled_whenever_its_shares_are_there() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    let order = one.body(&sell("GTC", 600, 5));
    bench.clock.advance(400 * 86_400_000);
    let all = json!({"making": "600000000", "fee": "0"});
    assert!(
        settle(&bench, &order, all)
            .await
            .unwrap_err()
            .starts_with("not enough balance")
    );
    let held = json!({"making": "500000000", "fee": "1250000"});
    assert_eq!(
        settle(&bench, &order, held).await.unwrap()["took"],
        "23750000"
    );
    assert_eq!(bench.collateral(&one).await, "1023750000");
    assert_eq!(shares(&bench, &one).await, "0");
}

#[tokio::test]
async fn a_ceiling_of_nothing_is_no_ceiling() {
    let mut config = config();
    config["fee_ceiling_bps"] = json!(0);
    let (bench, one) = (Bench::with(&config, None).await, Trader::new(1));
    let order = one.body(&buy("FOK", 10, 50));
    let whole = json!({"making": "5000000", "fee": "50000000"});
    settle(&bench, &order, whole).await.unwrap();
    assert_eq!(bench.collateral(&one).await, "945000000");
}

#[tokio::test]
async fn an_order_that_was_changed_or_posted_is_not_settled_by_hand() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    let part = json!({"making": "10000"});
    let mut bent = one.body(&buy("FOK", 10, 50));
    bent["order"]["takerAmount"] = json!("9999999");
    let refused = settle(&bench, &bent, part.clone()).await.unwrap_err();
    assert_eq!(refused, "invalid signature");
    let posted = buy("GTC", 10, 30);
    assert_eq!(bench.post(&one, &posted).await.status, 200);
    let refused = settle(&bench, &one.body(&posted), part.clone()).await;
    assert!(refused.unwrap_err().contains("through the book"));
    let settled = buy("GTC", 10, 31);
    settle(&bench, &one.body(&settled), part).await.unwrap();
    let again = bench.post(&one, &settled).await;
    assert!(again.error().ends_with("is invalid. Duplicated."));
}

#[tokio::test]
async fn what_was_settled_is_settled_after_a_restart() {
    let state = tempfile::tempdir().unwrap();
    let bench = Bench::with(&config(), Some(state.path())).await;
    let one = Trader::new(1);
    let order = one.body(&buy("FOK", 10, 50));
    let whole = json!({"making": "5000000"});
    settle(&bench, &order, whole).await.unwrap();
    let before = bench.get("/sim/state").await;
    bench.stop().await;
    let bench = Bench::with(&config(), Some(state.path())).await;
    assert_eq!(bench.get("/sim/state").await, before);
    let more = settle(&bench, &order, json!({"making": "1"})).await;
    assert_eq!(more.unwrap_err(), "a fill exceeds what remains");
}
