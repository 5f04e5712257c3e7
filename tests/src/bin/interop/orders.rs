//! Placing, refusing and cancelling, with the key's own address as the wallet.

use serde_json::{Value, json};
use tests::clock::now_ms;

use crate::run::Must::{Absent, Count, Given, Is, Says};
use crate::run::{Http, Run};
use crate::stage::Market;

const POST: Http = ("POST", "/order", 200);

/// A price far from the book, one that crosses it, and the other side's.
struct Prices {
    buy_rests: f64,
    buy_crosses: f64,
    sell_rests: f64,
    sell_crosses: f64,
}

fn prices(market: &Market) -> Prices {
    if market.book["neg_risk"] == json!(true) {
        Prices {
            buy_rests: 0.041,
            buy_crosses: 0.131,
            sell_rests: 0.55,
            sell_crosses: 0.125,
        }
    } else {
        Prices {
            buy_rests: 0.2,
            buy_crosses: 0.41,
            sell_rests: 0.7,
            sell_crosses: 0.39,
        }
    }
}

/// A limit order's question.
pub(crate) fn limit(market: &Market, side: &str, price: f64, shares: f64, kind: &str) -> Value {
    let mut question = json!({
        "call": "limit", "token": market.token, "side": side, "price": price, "size": shares,
        "type": kind,
    });
    if let Some(version) = market.version {
        question["version"] = json!(version);
    }
    question
}

/// A market order's question: dollars for a purchase, shares for a sale.
pub(crate) fn at_market(market: &Market, side: &str, price: f64, amount: f64, kind: &str) -> Value {
    let mut question = limit(market, side, price, 0.0, kind);
    question["call"] = json!("market_order");
    question["amount"] = json!(amount);
    question
}

/// GTC, GTD, FOK and FAK, bought and sold, on each exchange.
pub(crate) fn each_type(run: &mut Run<'_>) {
    for market in run.stage.markets().map(Clone::clone) {
        let at = prices(&market);
        run.restore(&market);
        for (side, rests, crosses) in [
            ("BUY", at.buy_rests, at.buy_crosses),
            ("SELL", at.sell_rests, at.sell_crosses),
        ] {
            let name = |what: &str| format!("{what} {side}, {}", market.name);
            let order = limit(&market, side, rests, 10.0, "GTC");
            let placed = run.step(&name("GTC resting"), &order, POST, &live());
            rest(run, &market, &placed);
            let order = limit(&market, side, crosses, 10.0, "GTC");
            run.step(&name("GTC crossing"), &order, POST, &matched());
            let mut order = limit(&market, side, rests, 10.0, "GTD");
            order["expiration"] = json!(now_ms() / 1_000 + 600);
            let placed = run.step(&name("GTD resting"), &order, POST, &live());
            cancel(run, &market, &placed);
            let amount = if side == "BUY" { 2.5 } else { 7.0 };
            for kind in ["FOK", "FAK"] {
                let order = at_market(&market, side, crosses, amount, kind);
                run.step(&name(kind), &order, POST, &matched());
            }
        }
        let filter = json!({"market": market.condition, "asset_id": market.token});
        run.step(
            &format!("trades, {}", market.name),
            &json!({"call": "trades", "filter": filter}),
            ("GET", "/data/trades", 200),
            &[
                ("/value", Count(6)),
                ("/value/0/transaction_hash", Given),
                ("/value/0/trader_side", Is(json!("TAKER"))),
            ],
        );
    }
    let after = json!({"after": now_ms() / 1_000 - 600});
    run.step(
        "trades since ten minutes",
        &json!({"call": "trades", "filter": after}),
        ("GET", "/data/trades", 200),
        &[("/value", Count(18))],
    );
}

fn live() -> [(&'static str, crate::run::Must); 3] {
    [
        ("/value/success", Is(json!(true))),
        ("/value/status", Is(json!("live"))),
        ("/value/orderID", Given),
    ]
}

fn matched() -> [(&'static str, crate::run::Must); 4] {
    [
        ("/value/success", Is(json!(true))),
        ("/value/status", Is(json!("matched"))),
        ("/value/tradeIDs", Given),
        // Polled by the client itself until the settlement has one.
        ("/value/transactionsHashes", Given),
    ]
}

/// It is found among the open orders and by its id, and cancelled.
fn rest(run: &mut Run<'_>, market: &Market, placed: &Value) {
    let id = &placed["orderID"];
    let filter = json!({"market": market.condition, "asset_id": market.token});
    run.step(
        &format!("open orders, {}", market.name),
        &json!({"call": "openOrders", "filter": filter}),
        ("GET", "/data/orders", 200),
        &[
            ("/value", Count(1)),
            ("/value/0/id", Is(id.clone())),
            ("/value/0/original_size", Is(json!("10"))),
        ],
    );
    run.step(
        &format!("the order, {}", market.name),
        &json!({"call": "order", "id": id}),
        ("GET", "/data/order/{hash}", 200),
        &[
            ("/value/id", Is(id.clone())),
            ("/value/status", Is(json!("LIVE"))),
            ("/value/order_type", Is(json!("GTC"))),
        ],
    );
    cancel(run, market, placed);
}

fn cancel(run: &mut Run<'_>, market: &Market, placed: &Value) {
    run.step(
        &format!("cancel one, {}", market.name),
        &json!({"call": "cancel", "id": placed["orderID"]}),
        ("DELETE", "/order", 200),
        &[
            ("/value/canceled/0", Is(placed["orderID"].clone())),
            ("/value/not_canceled", Absent),
        ],
    );
}

/// What the venue refuses, in its words.
pub(crate) fn refused(run: &mut Run<'_>) {
    let market = run.stage.standard.clone();
    run.restore(&market);
    let mut post_only = limit(&market, "BUY", 0.45, 10.0, "GTC");
    post_only["postOnly"] = json!(true);
    let mut early = limit(&market, "BUY", 0.2, 10.0, "GTD");
    early["expiration"] = json!(now_ms() / 1_000 + 30);
    let too_much = at_market(&market, "BUY", 0.41, 900.0, "FOK");
    let nobody = at_market(&market, "BUY", 0.3, 5.0, "FAK");
    let small = limit(&market, "BUY", 0.2, 1.0, "GTC");
    let poor = limit(&market, "BUY", 0.2, 100_000.0, "GTC");
    for (name, order, says) in [
        (
            "FOK the book cannot fill",
            too_much,
            "couldn't be fully filled",
        ),
        ("FAK without a match", nobody, "no orders found to match"),
        (
            "post-only that crosses",
            post_only,
            "invalid post-only order",
        ),
        ("below the minimum size", small, "lower than the minimum"),
        (
            "more than the balance",
            poor,
            "not enough balance / allowance",
        ),
        ("GTD that dies too soon", early, "invalid expiration"),
    ] {
        run.step(
            name,
            &order,
            ("POST", "/order", 400),
            &[("/refused", Says(says))],
        );
    }
}

/// Several orders at once, and every way to cancel.
pub(crate) fn cancelled(run: &mut Run<'_>) {
    for market in [run.stage.standard.clone(), run.stage.neg_risk.clone()] {
        let placed = batch(run, &market);
        let ids = [&placed[0]["orderID"], &placed[1]["orderID"]];
        run.step(
            &format!("cancel many, {}", market.name),
            &json!({"call": "cancelMany", "ids": ids}),
            ("DELETE", "/orders", 200),
            &[
                ("/value/canceled", Count(2)),
                ("/value/not_canceled", Absent),
            ],
        );
        run.step(
            &format!("cancel a market, {}", market.name),
            &json!({"call": "cancelMarket", "market": market.condition, "token": market.token}),
            ("DELETE", "/cancel-market-orders", 200),
            &[
                ("/value/canceled/0", Is(placed[2]["orderID"].clone())),
                ("/value/canceled", Count(1)),
            ],
        );
        batch(run, &market);
    }
    run.step(
        "cancel all",
        &json!({"call": "cancelAll"}),
        ("DELETE", "/cancel-all", 200),
        &[("/value/canceled", Count(6))],
    );
    run.step(
        "nothing is open",
        &json!({"call": "openOrders", "filter": {}}),
        ("GET", "/data/orders", 200),
        &[("/value", Count(0))],
    );
}

fn batch(run: &mut Run<'_>, market: &Market) -> Value {
    let orders = [0.05, 0.06, 0.07].map(|price| limit(market, "BUY", price, 10.0, "GTC"));
    run.step(
        &format!("three at once, {}", market.name),
        &json!({"call": "limits", "orders": orders}),
        ("POST", "/orders", 200),
        &[
            ("/value", Count(3)),
            ("/value/0/status", Is(json!("live"))),
            ("/value/2/status", Is(json!("live"))),
        ],
    )
}
