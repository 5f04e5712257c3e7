//! Logging in, and everything that is read.

use serde_json::{Value, json};
use tests::clock::now_ms;

use crate::run::Must::{Absent, Count, Given, Is, Says};
use crate::run::{Must, Run};
use crate::stage::Market;

/// Keys are made, refused a second time, and derived.
pub(crate) fn login(run: &mut Run<'_>) {
    run.open(0);
    let create = ("POST", "/auth/api-key", 200);
    let derive = ("GET", "/auth/derive-api-key", 200);
    let key = [("/value/secret", Given), ("/value/passphrase", Given)];
    let made = run.step(
        "create an API key",
        &json!({"call": "createKey", "nonce": 7}),
        create,
        &key,
    );
    let same =
        |made: &Value| ["apiKey", "secret", "passphrase"].map(|field| Is(made[field].clone()));
    let [id, secret, passphrase] = same(&made);
    run.step(
        "derive the same key",
        &json!({"call": "deriveKey", "nonce": 7}),
        derive,
        &[
            ("/value/apiKey", id),
            ("/value/secret", secret),
            ("/value/passphrase", passphrase),
        ],
    );
    run.step(
        "create it again",
        &json!({"call": "createKey", "nonce": 7}),
        ("POST", "/auth/api-key", 400),
        &[("/value/apiKey", Absent)],
    );
    let credentials = run.stage.credentials.clone();
    let [id, ..] = same(&credentials);
    run.step(
        "derive the desk's key",
        &json!({"call": "deriveKey", "nonce": 0}),
        derive,
        &[("/value/apiKey", id)],
    );
}

/// A read that is answered with 200.
fn read(
    run: &mut Run<'_>,
    name: &str,
    question: &Value,
    path: &'static str,
    must: &[(&str, Must)],
) -> Value {
    let method = if question["tokens"].is_array() {
        "POST"
    } else {
        "GET"
    };
    run.step(name, question, (method, path, 200), must)
}

/// What anyone may ask.
pub(crate) fn public(run: &mut Run<'_>) {
    run.open_with_key(0);
    read(
        run,
        "ok",
        &json!({"call": "ok"}),
        "/ok",
        &[("/value", Is(json!("OK")))],
    );
    let told = read(
        run,
        "server time",
        &json!({"call": "time"}),
        "/time",
        &[("/value", Given)],
    );
    let skew_s = told.as_u64().map(|told| told.abs_diff(now_ms() / 1_000));
    run.check(
        "server time is now",
        skew_s.is_some_and(|skew_s| skew_s <= 5),
        &told,
    );
    read(
        run,
        "version",
        &json!({"call": "version"}),
        "/version",
        &[("/value", Is(json!(2)))],
    );
    for market in [run.stage.standard.clone(), run.stage.neg_risk.clone()] {
        facts(run, &market);
        market_and_book(run, &market);
    }
    read(
        run,
        "markets",
        &json!({"call": "markets"}),
        "/markets",
        &[("/value/data", Count(3))],
    );
    prices(run);
}

/// What an order must know; asked before anything that the clients remember it
/// from.
fn facts(run: &mut Run<'_>, market: &Market) {
    let (tick, neg_risk) = (
        market.book["tick_size"].clone(),
        market.book["neg_risk"].clone(),
    );
    let nr = if neg_risk == json!(true) {
        Is(json!(true))
    } else {
        Absent
    };
    for (what, call, path, must) in [
        (
            "tick size",
            "tickSize",
            "/tick-size",
            vec![("/value", Is(tick))],
        ),
        (
            "neg risk",
            "negRisk",
            "/neg-risk",
            vec![("/value", Is(neg_risk))],
        ),
        (
            "fee exponent",
            "feeExponent",
            "/clob-markets/{hash}",
            vec![("/value", Is(json!(1)))],
        ),
        (
            "legacy fee rate",
            "feeRate",
            "/fee-rate",
            vec![("/value", Is(json!(1000)))],
        ),
        (
            "parameters",
            "clobMarket",
            "/clob-markets/{hash}",
            vec![
                ("/value/fd/r", Is(json!(0.05))),
                ("/value/nr", nr),
                ("/value/mos", Is(json!(5))),
            ],
        ),
    ] {
        let question = json!({"call": call, "token": market.token, "market": market.condition});
        read(
            run,
            &format!("{what}, {}", market.name),
            &question,
            path,
            &must,
        );
    }
}

fn market_and_book(run: &mut Run<'_>, market: &Market) {
    let of = |call: &str| json!({"call": call, "token": market.token, "market": market.condition});
    let row = |what: &str| format!("{what}, {}", market.name);
    read(
        run,
        &row("market"),
        &of("market"),
        "/markets/{hash}",
        &[
            ("/value/condition_id", Is(json!(market.condition))),
            ("/value/neg_risk", Is(market.book["neg_risk"].clone())),
        ],
    );
    read(
        run,
        &row("book"),
        &of("book"),
        "/book",
        &[
            ("/value/bids", Count(3)),
            ("/value/asks", Given),
            ("/value/asset_id", Is(json!(market.token))),
        ],
    );
    let hashes = read(
        run,
        &row("book's hash"),
        &of("bookHash"),
        "/book",
        &[("/value/told", Given)],
    );
    run.check(
        "hash as the client computes it",
        hashes["told"] == hashes["computed"],
        &hashes,
    );
}

fn prices(run: &mut Run<'_>) {
    let tokens = [
        run.stage.standard.token.clone(),
        run.stage.neg_risk.token.clone(),
    ];
    for (name, call, path, field, expected) in [
        ("midpoint", "midpoint", "/midpoint", "mid", "0.4"),
        ("price", "price", "/price", "price", "0.39"),
        ("spread", "spread", "/spread", "spread", "0.02"),
        (
            "last trade price",
            "lastTrade",
            "/last-trade-price",
            "price",
            "0.4",
        ),
    ] {
        let question = json!({"call": call, "token": tokens[0], "side": "BUY"});
        let place = format!("/value/{field}");
        read(run, name, &question, path, &[(&place, Is(json!(expected)))]);
    }
    let first = &tokens[0];
    for (name, path, place, must) in [
        ("books", "/books", String::new(), Count(2)),
        (
            "midpoints",
            "/midpoints",
            format!("/{first}"),
            Is(json!("0.4")),
        ),
        (
            "prices",
            "/prices",
            format!("/{first}/BUY"),
            Is(json!("0.39")),
        ),
        (
            "spreads",
            "/spreads",
            format!("/{first}"),
            Is(json!("0.02")),
        ),
        (
            "lastTrades",
            "/last-trades-prices",
            "/0/price".to_owned(),
            Is(json!("0.4")),
        ),
    ] {
        let question = json!({"call": name, "tokens": tokens, "side": "BUY"});
        let place = format!("/value{place}");
        read(
            run,
            name,
            &question,
            path,
            &[("/value", Count(2)), (&place, must)],
        );
    }
}

/// What a program that trades asks again and again.
pub(crate) fn of_a_trader(run: &mut Run<'_>) {
    run.open_with_key(run.stage.kind);
    read(
        run,
        "server time",
        &json!({"call": "time"}),
        "/time",
        &[("/value", Given)],
    );
    read(
        run,
        "version",
        &json!({"call": "version"}),
        "/version",
        &[("/value", Is(json!(2)))],
    );
    for market in [run.stage.standard.clone(), run.stage.neg_risk.clone()] {
        facts(run, &market);
    }
    account(run);
    let filter = json!({"after": now_ms() / 1_000 - 600});
    let question = json!({"call": "trades", "filter": filter});
    read(
        run,
        "trades since ten minutes",
        &question,
        "/data/trades",
        &[("/value", Count(0))],
    );
}

/// What an account is told before it trades.
pub(crate) fn account(run: &mut Run<'_>) {
    let id = run.stage.credentials["apiKey"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let keys = read(
        run,
        "API keys",
        &json!({"call": "apiKeys"}),
        "/auth/api-keys",
        &[("/value/apiKeys", Given)],
    );
    run.check(
        "the desk's key is among them",
        keys["apiKeys"].to_string().contains(&id),
        &keys,
    );
    let question = json!({"call": "closedOnly"});
    let open = [("/value/closed_only", Is(json!(false)))];
    read(
        run,
        "closed-only mode",
        &question,
        "/auth/ban-status/closed-only",
        &open,
    );
    balances(run);
    for (name, call, path) in [
        ("no open orders", "openOrders", "/data/orders"),
        ("no trades", "trades", "/data/trades"),
    ] {
        let question = json!({"call": call, "filter": {}});
        read(run, name, &question, path, &[("/value", Count(0))]);
    }
    run.step(
        "an order that is not there",
        &json!({"call": "order", "id": format!("0x{}", "11".repeat(32))}),
        ("GET", "/data/order/{hash}", 404),
        &[("/refused", Says("not found"))],
    );
}

fn balances(run: &mut Run<'_>) {
    let mut assets = vec![(
        "collateral".to_owned(),
        json!({"asset": "COLLATERAL"}),
        "1000000000",
    )];
    for market in [&run.stage.standard, &run.stage.neg_risk] {
        let question = json!({"asset": "CONDITIONAL", "token": market.token});
        assets.push((format!("shares, {}", market.name), question, "500000000"));
    }
    for (name, mut question, units) in assets {
        question["call"] = json!("balance");
        let must = [
            ("/value/balance", Is(json!(units))),
            ("/value/allowances", Count(3)),
        ];
        read(run, &name, &question, "/balance-allowance", &must);
        question["call"] = json!("updateBalance");
        let name = format!("refresh {name}");
        read(
            run,
            &name,
            &question,
            "/balance-allowance/update",
            &[("/failed", Absent)],
        );
    }
}

/// Last of all: whoever begins to send signs of life must go on.
pub(crate) fn alive(run: &mut Run<'_>) {
    run.step(
        "sign of life",
        &json!({"call": "heartbeat"}),
        ("POST", "/v1/heartbeats", 200),
        &[("/value/heartbeat_id", Given)],
    );
}
