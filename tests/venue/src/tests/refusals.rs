//! Every text with which an order is refused, and its status.

use serde_json::{Value, json};

use super::bench::{Bench, Ticket, Trader, buy, config, sell};
use crate::crypto::order::SignatureType;

async fn refused(bench: &Bench, trader: &Trader, body: &Value, status: u16, text: &str) {
    let answer = bench
        .private(trader, "POST", "/order", &body.to_string())
        .await
        .unwrap();
    assert_eq!((answer.status, answer.error().as_str()), (status, text));
    assert!(answer.head.contains("content-type: application/json"));
}

#[tokio::test]
async fn bodies_that_are_not_orders() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    for body in ["", "{", "[]", "null", "{}", "\"order\""] {
        let answer = bench.private(&one, "POST", "/order", body).await.unwrap();
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (400, "Invalid order payload")
        );
    }
    let mut old = one.body(&buy("FOK", 10, 50));
    old["order"]["feeRateBps"] = json!("0");
    refused(&bench, &one, &old, 400, "order_version_mismatch").await;
    let mut text_salt = one.body(&buy("FOK", 10, 50));
    text_salt["order"]["salt"] = json!("1");
    refused(&bench, &one, &text_salt, 400, "Invalid order payload").await;
    let post_only = one.body(&Ticket {
        post_only: true,
        ..buy("FOK", 10, 50)
    });
    refused(&bench, &one, &post_only, 400, "Invalid order payload").await;
}

#[tokio::test]
async fn orders_of_someone_else() {
    let (bench, one, two) = (Bench::new().await, Trader::new(1), Trader::new(2));
    let ticket = buy("FOK", 10, 50);
    let text = "the order owner has to be the owner of the API KEY";
    refused(&bench, &one, &two.body(&ticket), 400, text).await;
    let mut posed = two.body(&ticket);
    posed["owner"] = json!(one.api_key);
    let text = "the order signer address has to be the address of the API KEY";
    refused(&bench, &one, &posed, 400, text).await;
    let foreign = Ticket {
        maker: Some(two.address),
        ..ticket
    };
    let text = "maker address not allowed, please use the deposit wallet flow";
    refused(&bench, &one, &one.body(&foreign), 400, text).await;
    let safe = Ticket {
        kind: SignatureType::Safe,
        ..buy("FOK", 10, 50)
    };
    refused(&bench, &one, &one.body(&safe), 400, text).await;
}

#[tokio::test]
async fn signatures_of_something_else() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    let genuine = one.body(&buy("FOK", 10, 50));
    for (field, value) in [
        ("salt", json!(2)),
        ("makerAmount", json!("5100000")),
        ("takerAmount", json!("10010000")),
        ("side", json!("SELL")),
        ("timestamp", json!("1")),
        ("tokenId", json!("987654321")),
    ] {
        let mut changed = genuine.clone();
        changed["order"][field] = value;
        refused(&bench, &one, &changed, 400, "invalid signature").await;
    }
    let mut short = genuine.clone();
    short["order"]["signature"] = json!("0x00");
    refused(&bench, &one, &short, 400, "invalid signature").await;
    // What is not signed may change.
    let mut other_type = genuine;
    other_type["orderType"] = json!("GTC");
    let body = other_type.to_string();
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
async fn accounts_and_markets_that_may_not_trade() {
    let mut config = config();
    config["markets"] = json!({"5555": {"accepting_orders": false}});
    let (bench, one) = (Bench::with(&config, None).await, Trader::new(1));
    let shut = Ticket {
        token: "5555".to_owned(),
        neg_risk: true,
        ..buy("FOK", 10, 50)
    };
    let text = "the market is not yet ready to process new orders";
    refused(&bench, &one, &one.body(&shut), 400, text).await;
    let unknown = Ticket {
        token: "1".to_owned(),
        ..buy("FOK", 10, 50)
    };
    refused(&bench, &one, &one.body(&unknown), 404, "market not found").await;
    bench
        .control(
            "/sim/account",
            json!({"api_key": one.api_key, "closed_only": true}),
        )
        .await;
    let text = format!("'{}' address in closed only mode", one.address);
    refused(&bench, &one, &one.body(&buy("FOK", 10, 50)), 400, &text).await;
    assert_eq!(
        bench.own(&one, "/auth/ban-status/closed-only").await["closed_only"],
        true
    );
    assert_eq!(bench.post(&one, &sell("FOK", 10, 40)).await.status, 200);
    bench
        .control(
            "/sim/account",
            json!({"api_key": one.api_key, "banned": true}),
        )
        .await;
    let text = format!("'{}' address banned", one.address);
    refused(&bench, &one, &one.body(&sell("FOK", 10, 38)), 400, &text).await;
}

#[tokio::test]
async fn prices_and_sizes_off_the_grid() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    let id = |ticket: &Ticket| one.id(ticket);
    let off = Ticket {
        maker_amount: 5_050_000,
        ..buy("GTC", 10, 50)
    };
    let text = |id: String, price: &str| {
        format!("order {id} is invalid. Price ({price}) breaks minimum tick size rule: 0.01")
    };
    refused(&bench, &one, &one.body(&off), 400, &text(id(&off), "0.505")).await;
    let whole = buy("GTC", 10, 100);
    refused(&bench, &one, &one.body(&whole), 400, &text(id(&whole), "1")).await;
    let none = Ticket {
        maker_amount: 10_000,
        ..buy("GTC", 10, 50)
    };
    refused(
        &bench,
        &one,
        &one.body(&none),
        400,
        &text(id(&none), "0.001"),
    )
    .await;
    let small = Ticket {
        maker_amount: 2_495_000,
        taker_amount: 4_990_000,
        ..buy("GTC", 0, 0)
    };
    let text = format!(
        "order {} is invalid. Size (4.99) lower than the minimum: 5",
        id(&small)
    );
    refused(&bench, &one, &one.body(&small), 400, &text).await;
    // At market the minimum is a dollar, and a sale has none.
    let cheap = Ticket {
        maker_amount: 990_000,
        taker_amount: 1_980_000,
        ..buy("FAK", 0, 0)
    };
    let text = format!(
        "order {} is invalid. Size (0.99) lower than the minimum: 1",
        id(&cheap)
    );
    refused(&bench, &one, &one.body(&cheap), 400, &text).await;
    assert_eq!(bench.post(&one, &buy("FAK", 2, 50)).await.status, 200);
    assert_eq!(bench.post(&one, &sell("FAK", 1, 40)).await.status, 200);
    let fine = Ticket {
        maker_amount: 5_005_000,
        taker_amount: 10_010_000,
        ..buy("GTC", 0, 0)
    };
    assert_eq!(bench.post(&one, &fine).await.status, 200);
    let finer = Ticket {
        maker_amount: 5_000_500,
        taker_amount: 10_001_000,
        ..buy("GTC", 0, 0)
    };
    let text = "invalid amounts, the buy orders maker amount supports a max accuracy of 4 \
                decimals, taker amount a max of 2 decimals";
    refused(&bench, &one, &one.body(&finer), 400, text).await;
}

#[tokio::test]
async fn decimals_of_a_market_purchase_by_either_rule() {
    let one = Trader::new(1);
    let six = Ticket {
        maker_amount: 1_999_422,
        taker_amount: 3_998_800,
        ..buy("FAK", 0, 0)
    };
    let bench = Bench::new().await;
    assert_eq!(bench.post(&one, &six).await.status, 200);
    let mut config = config();
    config["market_buy_decimals"] = json!("flat");
    let bench = Bench::with(&config, None).await;
    let text = "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 \
                decimals, taker amount a max of 4 decimals";
    refused(&bench, &one, &one.body(&six), 400, text).await;
}

#[tokio::test]
async fn money_that_is_not_there() {
    let mut config = config();
    config["accounts"][1]["collateral_allowance"] = json!("4");
    let (bench, one, two) = (
        Bench::with(&config, None).await,
        Trader::new(1),
        Trader::new(2),
    );
    // 2500 × 0.40 is all there is; a cent more is too much.
    assert_eq!(bench.post(&one, &buy("GTC", 2_500, 40)).await.status, 200);
    let answer = bench.post(&one, &buy("GTC", 5, 1)).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.error(),
        "not enough balance / allowance: the balance is not enough -> balance: 0, order amount: 0.05"
    );
    let shares = bench.post(&one, &sell("GTC", 501, 90)).await;
    assert!(
        shares
            .error()
            .starts_with("not enough balance / allowance: the balance")
    );
    let allowance = bench.post(&two, &buy("FOK", 10, 50)).await;
    assert!(
        allowance
            .error()
            .starts_with("not enough balance / allowance: the allowance")
    );
    let balance = bench
        .own(&two, "/balance-allowance?asset_type=COLLATERAL")
        .await;
    assert_eq!(balance["balance"], "1000000000");
    let allowances = balance["allowances"].as_object().unwrap();
    assert_eq!(allowances.len(), 3);
    assert!(allowances.values().all(|allowance| allowance == "4000000"));
}

#[tokio::test]
async fn a_fee_needs_its_own_money() {
    let mut config = config();
    config["accounts"][0]["collateral_balance"] = json!(5_124_999);
    let (bench, one) = (Bench::with(&config, None).await, Trader::new(1));
    // Ten at 0.50 cost five dollars and 0.125 of fee: one base unit short.
    let answer = bench.post(&one, &buy("FOK", 10, 50)).await;
    assert!(
        answer.error().starts_with("not enough balance / allowance"),
        "{}",
        answer.text
    );
    config["accounts"][0]["collateral_balance"] = json!(5_125_000);
    let bench = Bench::with(&config, None).await;
    assert_eq!(bench.post(&one, &buy("FOK", 10, 50)).await.status, 200);
    assert_eq!(bench.collateral(&one).await, "0");
}

#[tokio::test]
async fn the_same_order_twice() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    for ticket in [buy("FOK", 10, 50), buy("GTC", 10, 40)] {
        assert_eq!(bench.post(&one, &ticket).await.status, 200);
        let answer = bench.post(&one, &ticket).await;
        assert_eq!(answer.status, 400);
        assert_eq!(
            answer.error(),
            format!("order {} is invalid. Duplicated.", one.id(&ticket))
        );
    }
    assert_eq!(
        bench.get("/sim/state").await["orders"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn post_only_orders_do_not_cross() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    let crossing = Ticket {
        post_only: true,
        ..buy("GTC", 10, 50)
    };
    let text = "invalid post-only order: order crosses book";
    refused(&bench, &one, &one.body(&crossing), 400, text).await;
    let behind = Ticket {
        post_only: true,
        ..buy("GTC", 10, 49)
    };
    assert_eq!(bench.post(&one, &behind).await.json()["status"], "live");
}
