//! Every call of the CLOB client against the simulator, which checks
//! signatures and shapes with code of its own.

#[cfg(test)]
mod bench {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use orchestrator::clob::{Account, Clob};
    use orchestrator::config;
    use order::Exchange;
    use serde_json::json;
    use venue::clock::Clock;

    const ADDRESS: &str = "0x1111111111111111111111111111111111111111";
    const BOOK: &str = include_str!("../../tests/fixtures/books/standard.json");

    pub(crate) struct Bench {
        pub(crate) clob: Clob,
        pub(crate) url: String,
        pub(crate) token: String,
        pub(crate) market: String,
        _folder: tempfile::TempDir,
    }

    pub(crate) async fn bench() -> Bench {
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let folder = tempfile::tempdir().unwrap();
        let book: serde_json::Value = serde_json::from_str(BOOK).unwrap();
        let (token, market) = (
            book["asset_id"].as_str().unwrap(),
            book["market"].as_str().unwrap(),
        );
        fs::write(folder.path().join("book.json"), BOOK).unwrap();
        let keys = json!({"apiKey": "key-1", "secret": "c2VjcmV0", "passphrase": "words"});
        let credentials = folder.path().join("clob.json");
        fs::write(&credentials, keys.to_string()).unwrap();
        fs::set_permissions(&credentials, fs::Permissions::from_mode(0o400)).unwrap();
        let venue = json!({
            "chain_id": 80_002, "books": "book.json", "fees": {"rate": "0.05", "exponent": 1},
            "accounts": [{
                "api_key": "key-1", "secret": "c2VjcmV0", "passphrase": "words", "address": ADDRESS,
                "collateral_balance": "1000", "positions": {token: "12.5"},
            }],
        });
        let path = folder.path().join("venue.json");
        fs::write(&path, venue.to_string()).unwrap();
        let config = venue::config::Config::load(&path).unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        let server = venue::http::start(config, Clock::system(), None, listen)
            .await
            .unwrap();
        let url = format!("http://{}", server.address());
        tokio::spawn(server.serve(std::future::pending()));
        let config = config::Clob {
            sealing_key: None,
            url,
            credentials,
            timeout_ms: 5_000,
            signature_type: 0,
            post_only_after_restart_ms: 0,
        };
        let address = ADDRESS.parse().unwrap();
        let account = Account {
            address,
            maker: address,
            exchange: Exchange::V2Standard,
        };
        Bench {
            clob: Clob::new(&config, account).unwrap(),
            url: config.url,
            token: token.to_owned(),
            market: market.to_owned(),
            _folder: folder,
        }
    }
}

use bench::bench;
use orchestrator::clob::{Asset, Cancellation, ClobError, OrderSeen, Posted};
use order::{Chain, Exchange, PriceE4, Side, TickSize, Venue};
use serde_json::json;

#[tokio::test]
async fn what_anyone_may_ask_is_understood() {
    let bench = bench().await;
    let clob = &bench.clob;
    assert!(clob.time_s().await.unwrap() > 1_700_000_000);
    assert_eq!(clob.version().await.unwrap(), 2);
    assert_eq!(clob.tick_size(&bench.token).await.unwrap(), TickSize::Cent);
    assert!(!clob.neg_risk(&bench.token).await.unwrap());
    let facts = clob.market_of(&bench.token).await.unwrap().unwrap();
    assert_eq!(facts.market.to_string(), bench.market);
    assert_eq!(clob.market_of("77").await.unwrap(), None);
    let book = clob.book(&bench.token).await.unwrap();
    assert_eq!(book.best_for(Side::Buy), PriceE4::new(4_100));
    assert_eq!(book.best_for(Side::Sell), PriceE4::new(3_900));
    let tokens = [bench.token.clone(), "77".to_owned()];
    assert_eq!(clob.books(&tokens).await.unwrap(), [book]);
    let curve = clob.fee_curve(&bench.market).await.unwrap();
    assert_eq!(curve.exponent, 1);
    assert!(matches!(
        clob.fee_curve("0x77").await,
        Err(ClobError::Refused { status: 404, .. })
    ));
}

#[tokio::test]
async fn our_own_account_is_read_whole() {
    let bench = bench().await;
    let clob = &bench.clob;
    let shares = Asset::Shares(bench.token.clone());
    assert_eq!(
        clob.balance(&Asset::Collateral).await.unwrap(),
        1_000_000_000
    );
    assert_eq!(clob.balance(&shares).await.unwrap(), 12_500_000);
    clob.refresh_balance(&shares).await.unwrap();
    assert!(!clob.closed_only().await.unwrap());
    clob.is_up().await.unwrap();
    let wallet = clob.wallet().await.unwrap();
    assert_eq!(wallet.balance_units, 1_000_000_000);
    for exchange in [Exchange::V2Standard, Exchange::V2NegRisk, Exchange::V3] {
        let chain = Chain::Amoy;
        let contract = Venue { chain, exchange }.verifying_contract();
        assert!(
            wallet.allowances.contains(&(contract, u64::MAX)),
            "{wallet:?}"
        );
    }
    assert_eq!(clob.open_orders().await.unwrap(), []);
    assert_eq!(clob.trades_since(0).await.unwrap(), []);
    let hash = format!("0x{}", "ab".repeat(32));
    assert_eq!(clob.order(&hash).await.unwrap(), OrderSeen::Missing);
}

/// The bodies are those that the official clients send: a market without a
/// token names no token at all.
#[tokio::test]
async fn cancellations_say_what_the_official_clients_say() {
    let bench = bench().await;
    let (clob, market, token) = (&bench.clob, &bench.market, &bench.token);
    let hashes = ["ab", "cd"].map(|byte| format!("0x{}", byte.repeat(32)));
    clob.cancel(&hashes[0]).await;
    clob.cancel_many(&hashes).await;
    clob.cancel_market(market, None).await.unwrap();
    clob.cancel_market(market, Some(token)).await.unwrap();
    clob.cancel_all().await.unwrap();
    let answer = reqwest::get(format!("{}/sim/requests", bench.url));
    let text = answer.await.unwrap().text().await.unwrap();
    let noted: serde_json::Value = serde_json::from_str(&text).unwrap();
    let said: Vec<_> = noted
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let field = |name: &str| row[name].as_str().unwrap().to_owned();
            let body = field("body");
            let body = if body.is_empty() {
                serde_json::Value::Null
            } else {
                serde_json::from_str(&body).unwrap()
            };
            (field("method"), field("path"), body)
        })
        .collect();
    let deleted = |path: &str, body| ("DELETE".to_owned(), path.to_owned(), body);
    assert_eq!(
        said,
        [
            deleted("/order", json!({"orderID": hashes[0]})),
            deleted("/orders", json!(hashes)),
            deleted("/cancel-market-orders", json!({"market": market})),
            deleted(
                "/cancel-market-orders",
                json!({"market": market, "asset_id": token})
            ),
            deleted("/cancel-all", serde_json::Value::Null),
        ]
    );
}

#[tokio::test]
async fn cancelling_what_is_not_there_says_so() {
    let bench = bench().await;
    let clob = &bench.clob;
    let hash = |byte: &str| format!("0x{}", byte.repeat(32));
    let missing = |found: &Cancellation| matches!(found, Cancellation::Missing(_));
    assert!(missing(&clob.cancel(&hash("ab")).await));
    let many = clob.cancel_many(&[hash("ab"), hash("cd")]).await;
    assert!(many.len() == 2 && many.iter().all(missing), "{many:?}");
    assert_eq!(clob.cancel_market(&bench.market, None).await.unwrap(), 0);
    let token = Some(bench.token.as_str());
    assert_eq!(clob.cancel_market(&bench.market, token).await.unwrap(), 0);
    assert_eq!(clob.cancel_all().await.unwrap(), 0);
}

#[tokio::test]
async fn a_body_that_is_none_is_refused_alone_and_in_a_batch() {
    let bench = bench().await;
    let clob = &bench.clob;
    let refused = |posted: &Posted| {
        matches!(
            posted,
            Posted::Refused {
                code: "PAYLOAD",
                ..
            }
        )
    };
    assert!(refused(&clob.post_order("{}", "0xab").await));
    // More than one request's worth.
    let orders = vec![("{}".to_owned(), "0xab".to_owned()); 17];
    let posted = clob.post_orders(&orders).await;
    assert!(
        posted.len() == 17 && posted.iter().all(refused),
        "{posted:?}"
    );
}
