//! Both logins, and how each is refused.

use serde_json::json;

use super::bench::{Bench, START_S, Trader, buy};
use crate::crypto::mac::decode_secret;
use crate::crypto::order::typed_digest;
use crate::crypto::word::{Word, keccak};

/// The first login's headers, signed here from the type strings.
fn login(trader: &Trader, time_s: u64, nonce: u64) -> Vec<(String, String)> {
    let domain = keccak(&[
        &keccak(&[b"EIP712Domain(string name,string version,uint256 chainId)"]).0,
        &keccak(&[b"ClobAuthDomain"]).0,
        &keccak(&[b"1"]).0,
        &Word::from_u64(80_002).0,
    ]);
    let message = keccak(&[
        &keccak(&[b"ClobAuth(address address,string timestamp,uint256 nonce,string message)"]).0,
        &trader.address.to_word().0,
        &keccak(&[time_s.to_string().as_bytes()]).0,
        &Word::from_u64(nonce).0,
        &keccak(&[b"This message attests that I control the given wallet"]).0,
    ]);
    let signature = trader.sign(typed_digest(domain, message));
    [
        ("POLY_ADDRESS", trader.address.to_string().to_lowercase()),
        ("POLY_SIGNATURE", format!("0x{}", hex::encode(signature))),
        ("POLY_TIMESTAMP", time_s.to_string()),
        ("POLY_NONCE", nonce.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

#[tokio::test]
async fn a_key_is_created_once_derived_often_and_then_trades() {
    let bench = Bench::new().await;
    let mut nine = Trader::new(9);
    let headers = login(&nine, START_S, 0);
    let missing = bench
        .send("GET", "/auth/derive-api-key", &headers, "")
        .await
        .unwrap();
    assert_eq!(missing.status, 404);
    let created = bench
        .send("POST", "/auth/api-key", &headers, "")
        .await
        .unwrap();
    assert_eq!(created.status, 200, "{}", created.text);
    let again = bench
        .send("POST", "/auth/api-key", &headers, "")
        .await
        .unwrap();
    assert_eq!(
        (again.status, again.error().as_str()),
        (400, "Could not create api key")
    );
    let derived = bench
        .send("GET", "/auth/derive-api-key", &headers, "")
        .await
        .unwrap();
    assert_eq!(derived.json(), created.json());
    let other = login(&nine, START_S, 1);
    let other = bench
        .send("POST", "/auth/api-key", &other, "")
        .await
        .unwrap()
        .json();
    assert_ne!(other["apiKey"], created.json()["apiKey"]);
    let text = |name: &str| created.json()[name].as_str().unwrap().to_owned();
    nine.api_key = text("apiKey");
    nine.secret = decode_secret(&text("secret")).unwrap();
    nine.passphrase = text("passphrase");
    let keys = bench.own(&nine, "/auth/api-keys").await;
    assert_eq!(keys["apiKeys"].as_array().unwrap().len(), 2);
    let deposit = json!({"api_key": nine.api_key, "deposit_collateral": "10"});
    bench.control("/sim/account", deposit).await;
    assert_eq!(bench.post(&nine, &buy("FOK", 10, 50)).await.status, 200);
}

#[tokio::test]
async fn a_first_login_that_proves_nothing_is_refused() {
    let (bench, one) = (Bench::new().await, Trader::new(1));
    let now_s = START_S;
    let mut foreign = login(&one, now_s, 0);
    foreign[0].1 = Trader::new(2).address.to_string();
    let mut other_nonce = login(&one, now_s, 0);
    other_nonce[3].1 = "1".to_owned();
    let mut without = login(&one, now_s, 0);
    without.remove(1);
    for headers in [
        foreign,
        other_nonce,
        without,
        login(&one, now_s - 31, 0),
        login(&one, now_s + 31, 0),
    ] {
        let answer = bench
            .send("POST", "/auth/api-key", &headers, "")
            .await
            .unwrap();
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (401, "Invalid L1 Request headers")
        );
    }
    let edge = bench
        .send(
            "GET",
            "/auth/derive-api-key",
            &login(&one, now_s - 30, 0),
            "",
        )
        .await;
    assert_eq!(edge.unwrap().json()["apiKey"], one.api_key);
}

#[tokio::test]
async fn every_part_of_a_private_request_is_checked() {
    let (bench, one, two) = (Bench::new().await, Trader::new(1), Trader::new(2));
    let now_s = START_S;
    let good = one.headers(now_s, "GET", "/data/orders", "");
    // The query is not signed.
    let answer = bench
        .send("GET", "/data/orders?market=0x0", &good, "")
        .await
        .unwrap();
    assert_eq!(answer.status, 200);
    let change = |at: usize, value: String| {
        let mut headers = good.clone();
        headers[at].1 = value;
        headers
    };
    let mut cases = vec![
        one.headers(now_s, "GET", "/data/trades", ""),
        one.headers(now_s, "POST", "/data/orders", ""),
        one.headers(now_s, "GET", "/data/orders", "x"),
        one.headers(now_s - 31, "GET", "/data/orders", ""),
        one.headers(now_s + 31, "GET", "/data/orders", ""),
        change(0, two.address.to_string()),
        change(1, good[1].1.trim_end_matches('=').to_owned()),
        change(2, format!("0{now_s}")),
        change(3, two.api_key.clone()),
        change(4, "shut".to_owned()),
    ];
    for missing in 0..good.len() {
        let mut headers = good.clone();
        headers.remove(missing);
        cases.push(headers);
    }
    for headers in cases {
        let answer = bench
            .send("GET", "/data/orders", &headers, "")
            .await
            .unwrap();
        let found = (answer.status, answer.error());
        assert_eq!(
            found,
            (401, "Unauthorized/Invalid api key".to_owned()),
            "{headers:?}"
        );
    }
    assert_eq!(
        bench
            .send(
                "GET",
                "/data/orders",
                &change(0, one.address.to_string().to_lowercase()),
                ""
            )
            .await
            .unwrap()
            .status,
        200
    );
}

#[tokio::test]
async fn what_belongs_to_another_is_not_seen() {
    let (bench, one, two) = (Bench::new().await, Trader::new(1), Trader::new(2));
    bench.post(&one, &buy("GTC", 10, 40)).await;
    bench.post(&one, &buy("FOK", 10, 50)).await;
    assert_eq!(bench.own(&two, "/data/orders").await["data"], json!([]));
    assert_eq!(bench.own(&two, "/data/trades").await["data"], json!([]));
    let target = format!("/data/order/{}", one.id(&buy("GTC", 10, 40)));
    assert_eq!(
        bench
            .private(&two, "GET", &target, "")
            .await
            .unwrap()
            .status,
        404
    );
    assert_eq!(bench.own(&one, &target).await["status"], "LIVE");
}
