//! What anyone may read.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::json;

use super::bench::{Bench, CONDITION, NEG, NO, START_MS, START_S, YES, config};

#[tokio::test]
async fn time_version_and_nothing_else() {
    let bench = Bench::new().await;
    assert_eq!(bench.get("/time").await, json!(START_S));
    assert_eq!(bench.get("/version").await, json!({"version": 2}));
    assert_eq!(bench.get("/ok").await, json!("OK"));
    assert_eq!(
        bench.send("GET", "/nowhere", &[], "").await.unwrap().status,
        404
    );
    let answer = bench
        .control("/sim/clock", json!({"advance_ms": 5_000}))
        .await;
    assert_eq!(answer["now_ms"], START_MS + 5_000);
    assert_eq!(bench.get("/time").await, json!(START_S + 5));
}

#[tokio::test]
async fn a_book_has_its_best_levels_last_and_a_hash_over_its_own_text() {
    let bench = Bench::new().await;
    let answer = bench
        .send("GET", &format!("/book?token_id={YES}"), &[], "")
        .await
        .unwrap();
    let book = answer.json();
    assert_eq!(
        book["bids"].as_array().unwrap().last().unwrap()["price"],
        "0.4"
    );
    assert_eq!(
        book["asks"].as_array().unwrap().last().unwrap()["price"],
        "0.5"
    );
    assert_eq!(
        (&book["tick_size"], &book["min_order_size"]),
        (&json!("0.01"), &json!("5"))
    );
    assert_eq!(
        (&book["neg_risk"], &book["market"]),
        (&json!(false), &json!(CONDITION))
    );
    assert_eq!(book["timestamp"], START_MS.to_string());
    let hash = book["hash"].as_str().unwrap();
    let without = answer.text.replace(hash, "");
    let expected = digest(&SHA1_FOR_LEGACY_USE_ONLY, without.as_bytes());
    assert_eq!(hash, hex::encode(expected));
    let body = json!([{"token_id": YES}, {"token_id": "1"}, {"token_id": NEG}]).to_string();
    let books = bench
        .send("POST", "/books", &[], &body)
        .await
        .unwrap()
        .json();
    assert_eq!(books.as_array().unwrap().len(), 2);
    let unknown = bench
        .send("GET", "/book?token_id=1", &[], "")
        .await
        .unwrap();
    assert_eq!(unknown.status, 404);
    assert_eq!(
        bench.send("GET", "/book", &[], "").await.unwrap().status,
        400
    );
}

#[tokio::test]
async fn parameters_and_prices() {
    let bench = Bench::new().await;
    let token = async |path: &str| bench.get(&format!("{path}?token_id={YES}")).await;
    assert_eq!(
        token("/tick-size").await,
        json!({"minimum_tick_size": 0.01})
    );
    assert_eq!(token("/neg-risk").await, json!({"neg_risk": false}));
    assert_eq!(token("/midpoint").await, json!({"mid": "0.45"}));
    assert_eq!(token("/spread").await, json!({"spread": "0.1"}));
    assert_eq!(
        token("/last-trade-price").await,
        json!({"price": "0.5", "side": ""})
    );
    let price = bench.get(&format!("/price?token_id={YES}&side=sell")).await;
    assert_eq!(price, json!({"price": "0.5"}));
    assert_eq!(
        bench.get(&format!("/markets-by-token/{NO}")).await,
        json!({"condition_id": CONDITION})
    );
    let market = bench.get(&format!("/clob-markets/{CONDITION}")).await;
    assert_eq!(market["fd"], json!({"r": 0.05, "e": 1, "to": true}));
    assert_eq!((&market["mos"], &market["mts"]), (&json!(5), &json!(0.01)));
    let outcomes: Vec<_> = market["t"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["o"])
        .collect();
    assert_eq!(outcomes, ["Yes", "No"]);
}

#[tokio::test]
async fn curves_are_each_markets_own_and_absent_when_free() {
    let mut config = config();
    config["fees"] = json!({});
    config["markets"] = json!({CONDITION: {"rate": "0.07", "exponent": 2}});
    let bench = Bench::with(&config, None).await;
    let curve = &bench.get(&format!("/clob-markets/{CONDITION}")).await["fd"];
    assert_eq!(curve, &json!({"r": 0.07, "e": 2, "to": true}));
    assert!(bench.get("/clob-markets/0x0e").await.get("fd").is_none());
    let assumed = bench.get("/sim/assumptions").await;
    assert!(
        assumed
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["field"] == "version")
    );
}

#[tokio::test]
async fn a_neg_risk_market_says_so_where_the_clients_read_it() {
    let bench = Bench::new().await;
    let neg_risk = bench.get("/clob-markets/0x0e").await;
    assert_eq!(neg_risk["nr"], json!(true));
    let standard = bench.get(&format!("/clob-markets/{CONDITION}")).await;
    assert!(standard.get("nr").is_none(), "left out when false");
    for (condition, expected) in [("0x0e", true), (CONDITION, false)] {
        let row = bench.get(&format!("/markets/{condition}")).await;
        assert_eq!(row["neg_risk"], json!(expected), "{condition}");
    }
    let unknown = bench.send("GET", "/markets/0x99", &[], "").await;
    assert_eq!(unknown.unwrap().status, 404);
}

#[tokio::test]
async fn several_tokens_are_priced_at_once_and_unknown_ones_left_out() {
    let bench = Bench::new().await;
    let ask = async |path: &str, side: &str| {
        let body = json!([
            {"token_id": YES, "side": side}, {"token_id": "1", "side": side},
        ]);
        let answer = bench.send("POST", path, &[], &body.to_string()).await;
        answer.unwrap().json()
    };
    assert_eq!(ask("/midpoints", "BUY").await, json!({YES: "0.45"}));
    assert_eq!(ask("/spreads", "BUY").await, json!({YES: "0.1"}));
    assert_eq!(ask("/prices", "BUY").await, json!({YES: {"BUY": "0.4"}}));
    assert_eq!(ask("/prices", "SELL").await, json!({YES: {"SELL": "0.5"}}));
    assert_eq!(
        ask("/last-trades-prices", "BUY").await,
        json!([{"token_id": YES, "price": "0.5", "side": ""}])
    );
    let broken = bench.send("POST", "/prices", &[], "[{}]").await.unwrap();
    assert_eq!(broken.status, 400);
    let fee = bench.get(&format!("/fee-rate?token_id={YES}")).await;
    assert_eq!(fee, json!({"base_fee": 1000}));
}

#[tokio::test]
async fn markets_come_by_pages_with_both_their_tokens() {
    let mut config = config();
    config["page_size"] = json!(2);
    let bench = Bench::with(&config, None).await;
    let first = bench.get("/markets?next_cursor=MA==").await;
    let rows = first["data"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    let next = first["next_cursor"].as_str().unwrap();
    let last = bench.get(&format!("/markets?next_cursor={next}")).await;
    assert_eq!(last["data"].as_array().unwrap().len(), 1);
    assert_eq!(last["next_cursor"], "LTE=");
    let row = rows.iter().find(|row| row["condition_id"] == CONDITION);
    let tokens = row.unwrap()["tokens"].as_array().unwrap();
    let ids: Vec<_> = tokens.iter().map(|token| &token["token_id"]).collect();
    assert_eq!((ids.len(), ids.contains(&&json!(YES))), (2, true));
    assert_eq!(row.unwrap()["minimum_tick_size"], json!(0.01));
}

#[tokio::test]
async fn whatever_is_asked_is_told_on_request_with_every_header() {
    for (record, told) in [("private", 0), ("all", 1)] {
        let mut config = config();
        config["record"] = json!(record);
        let bench = Bench::with(&config, None).await;
        let headers = [("X-Odd".to_owned(), "1".to_owned())];
        let path = format!("/tick-size?token_id={YES}");
        bench.send("GET", &path, &headers, "").await.unwrap();
        let noted = bench.get("/sim/requests").await;
        let rows = noted.as_array().unwrap();
        assert_eq!(rows.len(), told, "{record}");
        if let Some(row) = rows.first() {
            assert_eq!(
                (&row["headers"]["X-ODD"], &row["answered"]),
                (&json!("1"), &json!(200))
            );
            assert_eq!(row["query"], json!(format!("token_id={YES}")));
        }
    }
}
