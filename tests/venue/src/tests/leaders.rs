//! What anyone may read of others: the Data API and Gamma.

use serde_json::{Value, json};

use super::bench::{Bench, CONDITION, START_S, YES, config, position_id};

const LEADER: &str = "0x00000000000000000000000000000000000000aa";

fn trade(size: u64, more: &[(&str, Value)]) -> Value {
    let mut row = json!({"proxy_wallet": LEADER, "token_id": YES, "side": "BUY", "size": size,
        "price": "0.41"});
    for (name, value) in more {
        row[*name] = value.clone();
    }
    row
}

async fn sizes(bench: &Bench, query: &str) -> (Vec<u64>, Value) {
    let page = bench.get(&format!("/v2/trades?{query}")).await;
    let rows = page["data"].as_array().unwrap();
    let sizes = rows.iter().map(|row| row["size"].as_u64().unwrap());
    (sizes.collect(), page["pagination"].clone())
}

#[tokio::test]
async fn trades_come_newest_first_by_pages_that_a_new_row_does_not_shift() {
    let bench = Bench::new().await;
    for size in 1..=5 {
        bench.control("/sim/leader-trade", trade(size, &[])).await;
    }
    let query = format!("user={LEADER}&limit=2");
    let (first, pagination) = sizes(&bench, &query).await;
    assert_eq!(first, [5, 4]);
    assert_eq!(pagination["has_more"], true);
    bench.control("/sim/leader-trade", trade(6, &[])).await;
    let cursor = pagination["next_cursor"].as_str().unwrap();
    let (second, pagination) = sizes(&bench, &format!("{query}&cursor={cursor}")).await;
    assert_eq!(second, [3, 2]);
    let cursor = pagination["next_cursor"].as_str().unwrap();
    let (third, pagination) = sizes(&bench, &format!("{query}&cursor={cursor}&x=1")).await;
    assert_eq!((third, &pagination["next_cursor"]), (vec![1], &Value::Null));
    for refused in [
        format!("/v2/trades?{query}&cursor={cursor}&side=BUY"),
        format!("/v2/trades?{query}&offset=2"),
        "/v2/trades?start=1".to_owned(),
        "/v2/activity".to_owned(),
    ] {
        let answer = bench.send("GET", &refused, &[], "").await.unwrap();
        assert_eq!(answer.status, 400, "{refused}");
    }
}

#[tokio::test]
async fn resting_fills_and_dust_are_left_out_unless_asked_for() {
    let bench = Bench::new().await;
    let rows = json!([
        trade(1, &[("maker", true.into())]),
        trade(2, &[("timestamp", (START_S - 60).into())]),
        trade(
            3,
            &[(
                "proxy_wallet",
                "0x00000000000000000000000000000000000000BB".into()
            )]
        ),
    ]);
    bench.control("/sim/leader-trade", rows).await;
    assert_eq!(sizes(&bench, &format!("user={LEADER}")).await.0, [2]);
    let all = format!("user={LEADER}&taker_only=false");
    assert_eq!(sizes(&bench, &all).await.0, [1, 2]);
    let since = format!("{all}&start={START_S}");
    assert_eq!(sizes(&bench, &since).await.0, [1]);
    let dust = json!({"proxy_wallet": LEADER, "token_id": "9", "condition_id": "0xd",
        "current_size": "0.05"});
    bench.control("/sim/leader-position", dust).await;
    let held = bench.get(&format!("/v2/positions?user={LEADER}")).await;
    assert_eq!(held["data"].as_array().unwrap().len(), 1);
    assert_eq!(held["data"][0]["current_size"], json!(3));
    assert_eq!(held["data"][0]["condition_id"], CONDITION);
    let whole = format!("/v2/positions?user={LEADER}&filter_type=TOKENS&filter_amount=0");
    assert_eq!(bench.get(&whole).await["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn activity_shows_what_is_no_trade_and_the_edge_repeats_itself() {
    let bench = Bench::new().await;
    bench.control("/sim/leader-trade", trade(2, &[])).await;
    let merge = json!({"proxy_wallet": LEADER, "type": "MERGE", "condition_id": CONDITION,
        "size": 1, "usdc_size": 1});
    bench.control("/sim/leader-activity", merge).await;
    let path = format!("/v2/activity?user={LEADER}");
    let rows = bench.get(&path).await["data"].clone();
    assert_eq!(
        (&rows[0]["type"], &rows[1]["type"]),
        (&json!("MERGE"), &json!("TRADE"))
    );
    assert_eq!(rows[1]["usdc_size"], json!(0.82));
    let merges = bench.get(&format!("{path}&type=MERGE,SPLIT")).await;
    assert_eq!(merges["data"].as_array().unwrap().len(), 1);
    bench.control("/sim/edge", json!({"cache_ms": 1_000})).await;
    let query = format!("user={LEADER}");
    assert_eq!(sizes(&bench, &query).await.0, [2]);
    bench.control("/sim/leader-trade", trade(3, &[])).await;
    assert_eq!(sizes(&bench, &query).await.0, [2]);
    assert_eq!(sizes(&bench, &format!("{query}&_=1")).await.0, [3, 2]);
    bench
        .control("/sim/clock", json!({"advance_ms": 1_000}))
        .await;
    assert_eq!(sizes(&bench, &query).await.0, [3, 2]);
}

#[tokio::test]
async fn the_catalogue_tells_both_protocols_apart_by_version() {
    let bench = Bench::new().await;
    let markets = bench.get("/gamma/markets/keyset?limit=100").await["markets"].clone();
    let first = bench
        .get(&format!("/gamma/markets?condition_ids={CONDITION}"))
        .await;
    assert_eq!(first[0]["version"], "v1");
    let ids: Vec<String> =
        serde_json::from_str(first[0]["clobTokenIds"].as_str().unwrap()).unwrap();
    assert!(ids.contains(&YES.to_owned()));
    assert_eq!(
        bench
            .get(&format!("/gamma/markets?clob_token_ids={YES}"))
            .await,
        first
    );
    let newer = markets
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["version"] == "v2");
    let newer = newer.expect("one of the books is of the second protocol");
    assert_eq!(newer["positionIds"][0], position_id());
    assert_eq!(newer["clobTokenIds"], Value::Null);
    let slug = first[0]["slug"].as_str().unwrap();
    assert_eq!(
        bench.get(&format!("/gamma/markets/slug/{slug}")).await,
        first[0]
    );
    let shown = json!({"condition_id": CONDITION, "fields": {"closed": true}});
    bench.control("/sim/market", shown).await;
    assert_eq!(
        bench.get(&format!("/gamma/markets/slug/{slug}")).await["closed"],
        true
    );
    let page = bench.get("/gamma/markets/keyset?limit=1").await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = bench
        .get(&format!(
            "/gamma/markets/keyset?limit=100&after_cursor={cursor}"
        ))
        .await;
    let count = |page: &Value| page["markets"].as_array().unwrap().len();
    assert_eq!(
        count(&page) + count(&rest),
        markets.as_array().unwrap().len()
    );
}

#[tokio::test]
async fn a_node_says_what_the_contracts_know_and_both_interfaces_tell_an_end() {
    let mut config = config();
    config["end_date"] = json!("2030-01-01T12:00:00Z");
    let bench = Bench::with(&config, None).await;
    let asked = async |to: &str, data: String| {
        let call = json!([{"to": to, "data": data}, "finalized"]);
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": call});
        bench.control("/rpc", body).await["result"].clone()
    };
    let word = |number: &str| json!(format!("0x{number:0>64}"));
    let condition = CONDITION.strip_prefix("0x").unwrap();
    let tokens = "0x69308FB512518e39F9b16112fA8d994F4e2Bf8bB";
    let (outcomes, payout) = (
        format!("0xd42dc0c2{condition}"),
        format!("0xdd34de67{condition}"),
    );
    assert_eq!(asked(tokens, outcomes.clone()).await, word("2"));
    assert_eq!(asked(tokens, payout.clone()).await, word("0"));
    let unknown = format!("0xd42dc0c2{}", "ab".repeat(32));
    assert_eq!(asked(tokens, unknown).await, word("0"));
    let resolved =
        json!({"condition_id": CONDITION, "fields": {"umaResolutionStatus": "resolved"}});
    bench.control("/sim/market", resolved).await;
    assert_eq!(asked(tokens, payout).await, word("1"));
    for (exchange, collateral) in [
        (
            "0xE111180000d2663C0091e4f400237545B87B996B",
            "2791bca1f2de4661ed88a30c99a7a9449aa84174",
        ),
        (
            "0xe2222d279d744050d28e00520010520000310F59",
            "3a3bd7bb9528e159577f7c2e685cc81a765002e2",
        ),
    ] {
        let said = asked(exchange, "0x03cee3df".to_owned()).await;
        assert_eq!(said, word(collateral));
        assert_eq!(asked(exchange, outcomes.clone()).await, "0x");
    }
    let gamma = format!("/gamma/markets?condition_ids={CONDITION}");
    assert_eq!(
        bench.get(&gamma).await[0]["endDate"],
        "2030-01-01T12:00:00Z"
    );
    let told = bench.get(&format!("/markets/{CONDITION}")).await;
    assert_eq!(told["end_date_iso"], "2030-01-01T00:00:00Z");
}

#[tokio::test]
async fn what_leaders_did_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(&config(), Some(folder.path())).await;
    bench.control("/sim/leader-trade", trade(2, &[])).await;
    let before = bench.get(&format!("/v2/trades?user={LEADER}")).await;
    bench.stop().await;
    let bench = Bench::with(&config(), Some(folder.path())).await;
    assert_eq!(
        bench.get(&format!("/v2/trades?user={LEADER}")).await,
        before
    );
    assert_eq!(sizes(&bench, &format!("user={LEADER}")).await.0, [2]);
}
