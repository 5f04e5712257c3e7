//! A running venue and the traders who use it.

use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::config::Config;
use crate::core::rules::{AvailableAt, BuyTarget, MarketBuyDecimals, Record, Rules};
use crate::crypto::word::Word;
use crate::http::seconds;
use crate::http::start;

pub(crate) use super::trader::{SECRET, Ticket, Trader, buy, sell};

/// When every test begins: a whole second.
pub(crate) const START_MS: u64 = 1_795_000_000_000;
/// The same in seconds.
pub(crate) const START_S: u64 = 1_795_000_000;
pub(crate) const YES: &str = "1234567890";
pub(crate) const NO: &str = "987654321";
pub(crate) const NEG: &str = "5555";
pub(crate) const CONDITION: &str =
    "0x00000000000000000000000000000000000000000000000000000000000000c0";
pub(crate) const CHAIN: u64 = 80_002;

/// The default rules on the test chain.
pub(crate) fn rules() -> Rules {
    Rules {
        chain_id: CHAIN,
        seed: "test".to_owned(),
        mined_after_ms: 2_000,
        confirmed_after_ms: 5_000,
        delayed_ms: 250,
        auth_skew_s: 30,
        gtd_min_s: 180,
        gtd_early_s: 60,
        heartbeat_timeout_ms: 10_000,
        min_market_buy_e6: 1_000_000,
        page_size: 100,
        fee_ceiling_bps: 500,
        end_date: None,
        available_at: AvailableAt::Mined,
        buy_target: BuyTarget::Collateral,
        market_buy_decimals: MarketBuyDecimals::Tick,
        answer_hashes: false,
        record: Record::Private,
    }
}

/// A token id of the second protocol.
pub(crate) fn position_id() -> String {
    let mut id = [7_u8; 32];
    id[0] = 1;
    id[19..27].fill(0);
    Word(id).to_decimal()
}

/// The books every test starts with.
pub(crate) fn books() -> Value {
    let levels = |rows: &[(&str, &str)]| {
        rows.iter()
            .map(|(price, size)| json!({"price": price, "size": size}))
            .collect::<Vec<_>>()
    };
    let book = |token: &str, condition: &str, neg_risk: bool| {
        json!({
            "market": condition, "asset_id": token, "neg_risk": neg_risk,
            "tick_size": "0.01", "min_order_size": "5", "last_trade_price": "",
            "bids": levels(&[("0.3", "100"), ("0.38", "50"), ("0.4", "20")]),
            "asks": levels(&[("0.7", "100"), ("0.55", "50"), ("0.5", "20")]),
        })
    };
    json!([
        book(YES, CONDITION, false),
        book(NO, CONDITION, false),
        book(NEG, "0x0e", true),
        book(&position_id(), "0x0f", false),
    ])
}

/// A configuration with two traders, on which a test may build.
pub(crate) fn config() -> Value {
    let account = |number: u8| {
        let trader = Trader::new(number);
        json!({
            "api_key": trader.api_key, "secret": SECRET, "passphrase": "open",
            "address": trader.address.to_string(), "collateral_balance": "1000",
            "positions": {YES: "500", NEG: 500_000_000},
        })
    };
    json!({
        "chain_id": CHAIN, "books": "books.json", "seed": "test",
        "fees": {"rate": "0.05", "exponent": 1},
        "accounts": [account(1), account(2)],
    })
}

/// A venue that listens.
pub(crate) struct Bench {
    pub(crate) address: SocketAddr,
    pub(crate) clock: Clock,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<std::io::Result<()>>,
    _directory: TempDir,
}

/// An answer, or rather its parts.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}", self.text))
    }

    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(&config(), None).await
    }

    /// Starts over a configuration and perhaps an old state.
    pub(crate) async fn with(config: &Value, state: Option<&Path>) -> Self {
        Self::at(config, state, Clock::fixed(START_MS)).await
    }

    pub(crate) async fn at(config: &Value, state: Option<&Path>, clock: Clock) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("books.json"), books().to_string()).unwrap();
        let path = directory.path().join("venue.json");
        std::fs::write(&path, config.to_string()).unwrap();
        let config = Config::load(&path).unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        let server = start(config, clock.clone(), state, listen).await.unwrap();
        let address = server.address();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(server.serve(async move { drop(stopped.await) }));
        Self {
            address,
            clock,
            stop: Some(stop),
            serving,
            _directory: directory,
        }
    }

    pub(crate) async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.serving.await.unwrap().unwrap();
    }

    /// One request on its own connection; `None` if it closed without a byte.
    pub(crate) async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(String, String)],
        body: &str,
    ) -> Option<Answer> {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let mut request = format!(
            "{method} {target} HTTP/1.1\r\nhost: venue\r\nconnection: close\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            request.extend([name, ": ", value, "\r\n"]);
        }
        request.push_str("\r\n");
        request.push_str(body);
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        drop(stream.read_to_end(&mut bytes).await);
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Some(Answer {
            status,
            head: head.to_ascii_lowercase(),
            text: body.to_owned(),
        })
    }

    pub(crate) async fn get(&self, target: &str) -> Value {
        self.send("GET", target, &[], "").await.unwrap().json()
    }

    /// A control request that must succeed.
    pub(crate) async fn control(&self, target: &str, body: Value) -> Value {
        let answer = self
            .send("POST", target, &[], &body.to_string())
            .await
            .unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// A private request, signed.
    pub(crate) async fn private(
        &self,
        trader: &Trader,
        method: &str,
        target: &str,
        body: &str,
    ) -> Option<Answer> {
        let headers = trader.headers(seconds(self.clock.now_ms()), method, target, body);
        self.send(method, target, &headers, body).await
    }

    /// Posts an order; the answer must come.
    pub(crate) async fn post(&self, trader: &Trader, ticket: &Ticket) -> Answer {
        let body = trader.body(ticket).to_string();
        self.private(trader, "POST", "/order", &body).await.unwrap()
    }

    pub(crate) async fn own(&self, trader: &Trader, target: &str) -> Value {
        self.private(trader, "GET", target, "")
            .await
            .unwrap()
            .json()
    }

    /// Base units of a wallet's collateral, by the audit.
    pub(crate) async fn collateral(&self, trader: &Trader) -> String {
        let state = self.get("/sim/state").await;
        state["balances"][trader.address.to_string()]["collateral"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}
