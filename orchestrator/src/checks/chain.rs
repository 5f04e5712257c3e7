//! Whether a node of the chain answers, is of our chain, and keeps up with it.
//!
//! Invariant: a node that lags, or is of another chain, is as good as none; one
//! that is not configured is neither.

use order::{Address, Chain};
use serde_json::{Value, json};

use super::{Check, Level};

/// The check's name.
pub const NODE: &str = "Polygon RPC reachable";

/// What a node says of its chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Which chain it is of.
    pub chain_id: u64,
    /// Its newest block.
    pub number: u64,
    /// When that block was made, unix milliseconds.
    pub time_ms: u64,
}

/// Asks the node at `url` for its chain and its newest block.
///
/// # Errors
///
/// Why there is no usable answer.
pub async fn ask(url: &str, timeout_ms: u64) -> Result<Head, String> {
    let node = Node::new(url, timeout_ms)?;
    let chain_id = quantity(&node.ask("eth_chainId", json!([])).await?)?;
    let latest = json!(["latest", false]);
    let block = node.ask("eth_getBlockByNumber", latest).await?;
    let field = |name: &str| quantity(block.get(name).unwrap_or(&Value::Null));
    Ok(Head {
        chain_id: narrow(chain_id)?,
        number: narrow(field("number")?)?,
        time_ms: narrow(field("timestamp")?)?.saturating_mul(1_000),
    })
}

/// What `address` has of the coin of `chain` at the node's newest block, wei.
///
/// # Errors
///
/// Why there is no usable answer; a node of another chain has none.
pub async fn balance(
    url: &str,
    timeout_ms: u64,
    chain: Chain,
    address: Address,
) -> Result<u128, String> {
    let node = Node::new(url, timeout_ms)?;
    let theirs = quantity(&node.ask("eth_chainId", json!([])).await?)?;
    if theirs != u128::from(chain.id()) {
        return Err(format!("the node is of chain {theirs}"));
    }
    let params = json!([address.to_string(), "latest"]);
    quantity(&node.ask("eth_getBalance", params).await?)
}

/// A way to one node.
struct Node<'a> {
    client: reqwest::Client,
    url: &'a str,
}

impl<'a> Node<'a> {
    fn new(url: &'a str, timeout_ms: u64) -> Result<Self, String> {
        let client = crate::http::client(timeout_ms).map_err(|e| e.without_url().to_string())?;
        Ok(Self { client, url })
    }

    async fn ask(&self, method: &str, params: Value) -> Result<Value, String> {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let asked = crate::http::post_json(&self.client, self.url, body.to_string());
        let (status, text) = asked.await?;
        if status != 200 {
            return Err(format!("{method} was answered with {status}"));
        }
        let answer: Value = serde_json::from_str(&text)
            .map_err(|_ignored| format!("the answer to {method} is no JSON"))?;
        match answer.get("result") {
            Some(result) if !result.is_null() => Ok(result.clone()),
            Some(_) | None => Err(format!("{method} was answered without a result")),
        }
    }
}

/// A number as nodes write it: `0x` and hex digits.
fn quantity(value: &Value) -> Result<u128, String> {
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
    digits
        .filter(|digits| !digits.starts_with('+'))
        .and_then(|digits| u128::from_str_radix(digits, 16).ok())
        .ok_or_else(|| format!("{value} is not a number of a node"))
}

fn narrow(number: u128) -> Result<u64, String> {
    u64::try_from(number).map_err(|_ignored| format!("{number} is not a number of a node"))
}

/// Whether what a node said is of `chain` and no older than `age_ms_max`.
#[must_use]
pub fn check(
    found: Option<&Result<Head, String>>,
    chain: Chain,
    now_ms: u64,
    age_ms_max: u64,
) -> Check {
    let fails = |words: String| (NODE, Level::Fails, words);
    let head = match found {
        None => {
            let words = "not configured: set checks.polygon_rpc to a node to have it asked";
            return (NODE, Level::Unset, words.to_owned());
        }
        Some(Err(e)) => return fails(format!("{e}; check checks.polygon_rpc")),
        Some(Ok(head)) => head,
    };
    if head.chain_id != chain.id() {
        let (theirs, ours) = (head.chain_id, chain.id());
        return fails(format!(
            "it is of chain {theirs}, we of {ours}; ask another"
        ));
    }
    // A block from the future is as wrong as one from the past.
    let off_ms = head.time_ms.abs_diff(now_ms);
    let (number, seconds) = (head.number, off_ms.div_euclid(1_000));
    if off_ms > age_ms_max {
        return fails(format!(
            "its block {number} is {seconds} s off our clock; ask one that keeps up"
        ));
    }
    let words = format!("chain {}, block {number}, {seconds} s old", head.chain_id);
    (NODE, Level::Well, words)
}

#[cfg(test)]
mod tests {
    use axum::routing::post;

    use super::*;

    const NOW_MS: u64 = 1_795_132_800_000;

    /// M67: a node of our chain that keeps up; one of another, one that lags or
    /// runs ahead, one that does not answer; and none.
    #[test]
    fn a_node_must_be_of_our_chain_and_keep_up() {
        let head = |chain_id, time_ms| {
            Some(Ok(Head {
                chain_id,
                number: 7,
                time_ms,
            }))
        };
        let level = |found: Option<Result<Head, String>>| {
            check(found.as_ref(), Chain::Polygon, NOW_MS, 60_000).1
        };
        assert_eq!(level(head(137, NOW_MS - 60_000)), Level::Well);
        assert_eq!(level(head(137, NOW_MS - 60_001)), Level::Fails);
        assert_eq!(level(head(137, NOW_MS + 60_001)), Level::Fails);
        assert_eq!(level(head(80_002, NOW_MS)), Level::Fails);
        assert_eq!(level(Some(Err("no answer".to_owned()))), Level::Fails);
        assert_eq!(level(None), Level::Unset, "nobody asked is no pass");
        assert_eq!(
            check(None, Chain::Polygon, NOW_MS, 1).0,
            "Polygon RPC reachable"
        );
    }

    /// M67: what a node answers is read over the network, or is no answer.
    #[tokio::test]
    async fn an_answer_that_is_not_a_nodes_is_none() {
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let node = async |body: axum::body::Bytes| {
            let asked: Value = serde_json::from_slice(&body).unwrap();
            let result = match asked["method"].as_str() {
                Some("eth_chainId") => json!("0x89"),
                Some("eth_getBalance") => json!("0x10000000000000000"),
                _ => json!({"number": "0x10", "timestamp": "0x65"}),
            };
            json!({"jsonrpc": "2.0", "id": 1, "result": result}).to_string()
        };
        let says = |text: &'static str| post(move || async move { text });
        let app = axum::Router::new()
            .route("/node", post(node))
            .route("/other", says("{\"result\": \"0x1\"}"))
            .route("/error", says("{\"error\": {\"code\": 1}}"))
            .route("/decimal", says("{\"result\": \"137\"}"))
            .route("/html", says("<html>"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let head = ask(&format!("{url}/node"), 5_000).await;
        let expected = Head {
            chain_id: 137,
            number: 16,
            time_ms: 101_000,
        };
        assert_eq!(head, Ok(expected));
        // A balance is of our chain, and may be more than 64 bits of wei.
        let owner = Address::repeat_byte(1);
        let wei = async |path: &str| {
            balance(&format!("{url}/{path}"), 5_000, Chain::Polygon, owner).await
        };
        assert_eq!(wei("node").await, Ok(1 << 64));
        assert_eq!(wei("other").await, Err("the node is of chain 1".to_owned()));
        for path in ["error", "decimal", "html", "nowhere"] {
            let said = ask(&format!("{url}/{path}"), 5_000).await;
            assert!(said.is_err(), "{path}: {said:?}");
            assert!(wei(path).await.is_err(), "{path}");
        }
        let secret = "http://127.0.0.1:1/a-token";
        let said = ask(secret, 5_000).await.unwrap_err();
        assert!(!said.contains("a-token"), "{said}");
    }
}
