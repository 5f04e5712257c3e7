//! A node of the chain, asked for final `OrderFilled` logs.
//!
//! Invariant: only what the node calls final is looked at; a log that is not
//! whole, or is of another contract, maker or order than was asked for, or stands
//! twice, is an error and no empty list.

use order::{Address, B256, Chain, Exchange, Side, U256, Venue};
use serde_json::{Value, json};

/// `OrderFilled` of the exchange contracts, both generations.
const ORDER_FILLED: &str = "0xd543adfd945773f1a62f74f0ee55a5e3b9b1a28262980ba90b1a89f2ea84d8ee";
/// The words behind the indexed ones.
const DATA_WORDS: usize = 7;
const WORD_HEX: usize = 64;
/// A flag that must be false: a log taken back is no final one.
const REMOVED: &str = "removed";
/// What a node calls its last block that stays.
const FINAL: &str = "finalized";

/// A way to one node.
#[derive(Clone, Debug)]
pub struct Node {
    client: reqwest::Client,
    url: String,
    chain: Chain,
}

/// One order of one match, as the contract logged it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filled {
    /// The contract that logged it.
    pub venue: Venue,
    /// Its block.
    pub block: u64,
    /// The transaction.
    pub transaction: B256,
    /// The log's index in its block.
    pub log_index: u64,
    /// The order's hash.
    pub order: B256,
    /// Whose order it is.
    pub maker: Address,
    /// BUY or SELL.
    pub side: Side,
    /// The token that changed hands.
    pub token: U256,
    /// Collateral that changed hands, base units.
    pub collateral: u64,
    /// Shares that changed hands, base units.
    pub shares: u64,
}

/// Which fills are asked for.
#[derive(Clone, Copy, Debug)]
pub enum Of<'a> {
    /// Of orders of these wallets.
    Makers(&'a [Address]),
    /// Of this order.
    Order(B256),
}

impl Node {
    /// The node at `url`, for `chain`.
    ///
    /// # Errors
    ///
    /// When the host has no means for it.
    pub fn new(url: &str, chain: Chain, timeout_ms: u64) -> Result<Self, String> {
        let client = crate::http::client(timeout_ms);
        Ok(Self {
            client: client.map_err(|e| e.without_url().to_string())?,
            url: url.to_owned(),
            chain,
        })
    }

    async fn ask(&self, method: &str, params: Value) -> Result<Value, String> {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let asked = crate::http::post_json(&self.client, &self.url, body.to_string());
        let (status, text) = asked.await?;
        if status != 200 {
            return Err(format!("{method} was answered with {status}"));
        }
        let answer: Value = serde_json::from_str(&text)
            .map_err(|_ignored| format!("the answer to {method} is no JSON"))?;
        let result = answer.get("result").filter(|result| !result.is_null());
        result
            .cloned()
            .ok_or_else(|| format!("{method} was answered without a result"))
    }

    /// Makes sure that it is a node of the chain that is meant.
    ///
    /// # Errors
    ///
    /// It is another's, or does not answer.
    pub async fn is_of_the_chain(&self) -> Result<(), String> {
        let (found, ours) = (
            quantity(&self.ask("eth_chainId", json!([])).await?)?,
            self.chain,
        );
        if found == ours.id() {
            return Ok(());
        }
        Err(format!("it is of chain {found}, we of {}", ours.id()))
    }

    /// The newest block that is final.
    ///
    /// # Errors
    ///
    /// There is no answer.
    pub async fn finalized(&self) -> Result<u64, String> {
        let block = self.ask("eth_getBlockByNumber", json!([FINAL, false]));
        quantity(block.await?.get("number").unwrap_or(&Value::Null))
    }

    /// When a block was made, unix seconds.
    ///
    /// # Errors
    ///
    /// There is no answer.
    pub async fn time_s(&self, block: u64) -> Result<u64, String> {
        let asked = json!([format!("{block:#x}"), false]);
        let block = self.ask("eth_getBlockByNumber", asked).await?;
        quantity(block.get("timestamp").unwrap_or(&Value::Null))
    }

    /// The one word that a contract answers with, in the last final block.
    ///
    /// # Errors
    ///
    /// There is no answer, or none of one word: no such contract is there.
    pub async fn call(&self, contract: Address, data: &[u8]) -> Result<B256, String> {
        let call = json!({
            "to": format!("{contract:#x}"), "data": format!("0x{}", hex::encode(data)),
        });
        let answer = self.ask("eth_call", json!([call, FINAL])).await?;
        let word = answer.as_str().and_then(|text| text.parse().ok());
        word.ok_or_else(|| format!("eth_call of {contract} was answered with no word"))
    }

    /// Fills in the blocks `from` to `to`, in the order of the chain.
    ///
    /// # Errors
    ///
    /// There is no answer, or one of its rows is no fill.
    pub async fn fills(&self, (from, to): (u64, u64), of: Of<'_>) -> Result<Vec<Filled>, String> {
        let venues = self.venues();
        let contracts: Vec<String> = venues
            .map(|venue| format!("{:#x}", venue.verifying_contract()))
            .collect();
        let topics = match of {
            Of::Order(order) => json!([ORDER_FILLED, format!("{order:#x}")]),
            Of::Makers(makers) => {
                let makers = makers
                    .iter()
                    .map(|maker| format!("{:#x}", maker.into_word()));
                json!([ORDER_FILLED, null, makers.collect::<Vec<_>>()])
            }
        };
        let filter = json!([{
            "fromBlock": format!("{from:#x}"), "toBlock": format!("{to:#x}"),
            "address": contracts, "topics": topics,
        }]);
        let rows = self.ask("eth_getLogs", filter).await?;
        self.all_filled(&rows, (from, to), of)
    }

    /// What `rows` say, if all of it was asked for: a node that overlooks a part of
    /// its filter, or says a log twice, must not make us sign what never was.
    fn all_filled(
        &self,
        rows: &Value,
        (from, to): (u64, u64),
        of: Of<'_>,
    ) -> Result<Vec<Filled>, String> {
        let rows = rows
            .as_array()
            .ok_or("eth_getLogs was answered with no list")?;
        let mut last = None;
        let mut asked_for = |log: &Filled| {
            let place = Some((log.block, log.log_index));
            let is_next = last < place;
            last = place;
            let is_of = match of {
                Of::Makers(makers) => makers.contains(&log.maker),
                Of::Order(order) => log.order == order,
            };
            is_next && is_of && (from..=to).contains(&log.block)
        };
        rows.iter()
            .map(|row| {
                self.filled(row)
                    .filter(&mut asked_for)
                    .ok_or_else(|| "a log of eth_getLogs is no OrderFilled of ours".to_owned())
            })
            .collect()
    }

    fn venues(&self) -> impl Iterator<Item = Venue> {
        let venue = |exchange| Venue {
            chain: self.chain,
            exchange,
        };
        [Exchange::V2Standard, Exchange::V2NegRisk, Exchange::V3]
            .into_iter()
            .map(venue)
    }

    fn filled(&self, row: &Value) -> Option<Filled> {
        let text = |name: &str| row.get(name)?.as_str();
        let topic = |place: usize| row.get("topics")?.get(place)?.as_str();
        if topic(0)? != ORDER_FILLED || row.get(REMOVED).and_then(Value::as_bool) == Some(true) {
            return None;
        }
        let contract: Address = text("address")?.parse().ok()?;
        let data = text("data")?.strip_prefix("0x")?;
        if data.len() != DATA_WORDS.checked_mul(WORD_HEX)? {
            return None;
        }
        let word = |place: usize| {
            let from = place.checked_mul(WORD_HEX)?;
            let digits = data.get(from..from.checked_add(WORD_HEX)?)?;
            U256::from_str_radix(digits, 16).ok()
        };
        let amount = |place| u64::try_from(word(place)?).ok();
        let side = Side::from_u8(u8::try_from(word(0)?).ok()?)?;
        let (collateral, shares) = match side {
            Side::Buy => (amount(2)?, amount(3)?),
            Side::Sell => (amount(3)?, amount(2)?),
        };
        let maker: B256 = topic(2)?.parse().ok()?;
        Some(Filled {
            venue: self
                .venues()
                .find(|venue| venue.verifying_contract() == contract)?,
            block: quantity(row.get("blockNumber")?).ok()?,
            transaction: text("transactionHash")?.parse().ok()?,
            log_index: quantity(row.get("logIndex")?).ok()?,
            order: topic(1)?.parse().ok()?,
            maker: Address::from_word(maker),
            side,
            token: word(1)?,
            collateral,
            shares,
        })
    }
}

/// A number as nodes write it: `0x` and hex digits.
fn quantity(value: &Value) -> Result<u64, String> {
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
    digits
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .ok_or_else(|| format!("{value} is not a number of a node"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(log_index: u64, order: u8, maker: u8) -> Value {
        let venue = Venue {
            chain: Chain::Amoy,
            exchange: Exchange::V2Standard,
        };
        let words = [0_u64, 7, 10_000_000, 20_000_000, 0, 0, 0];
        let words = words.map(|word| U256::from(word).to_be_bytes::<32>());
        let data = hex::encode(words.concat());
        let word = |byte: u8| format!("{:#x}", B256::repeat_byte(byte));
        let maker = Address::repeat_byte(maker).into_word();
        json!({
            "address": format!("{:#x}", venue.verifying_contract()), "data": format!("0x{data}"),
            "topics": [ORDER_FILLED, word(order), format!("{maker:#x}"), word(9)],
            "blockNumber": "0x10", "logIndex": format!("{log_index:#x}"),
            "transactionHash": word(5), "removed": false,
        })
    }

    /// A node that overlooks the filter would make another's fills ours, and one
    /// that says a log twice would make an order look more filled than it is.
    #[test]
    fn what_a_node_says_beyond_its_question_is_no_answer() {
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let node = Node::new("http://127.0.0.1:1", Chain::Amoy, 1_000).unwrap();
        let makers = [Address::repeat_byte(2)];
        let order = Of::Order(B256::repeat_byte(1));
        let ask = |rows: &[Value], of| {
            let found = node.all_filled(&Value::Array(rows.to_vec()), (15, 17), of);
            found.map(|found| found.len())
        };
        let (one, two) = (row(1, 1, 2), row(2, 1, 2));
        for of in [Of::Makers(&makers), order] {
            assert_eq!(ask(&[one.clone(), two.clone()], of), Ok(2));
            assert!(ask(&[one.clone(), one.clone()], of).is_err(), "twice");
            assert!(
                ask(&[two.clone(), one.clone()], of).is_err(),
                "not in order"
            );
            assert!(ask(&[one.clone(), row(2, 3, 4)], of).is_err(), "another's");
        }
        assert!(ask(&[row(1, 1, 4)], Of::Makers(&makers)).is_err());
        assert!(ask(&[row(1, 3, 2)], order).is_err());
        let elsewhere = node.all_filled(&json!([one]), (17, 18), order);
        assert!(elsewhere.is_err(), "another block");
    }
}
