//! The chain as a node tells it: blocks, and each `OrderFilled` of a settled match.
//!
//! Invariant: a log's block is that of its time, so whoever asks up to the
//! finalized block sees all of it, and always the same.

use serde_json::{Value, json};

use crate::core::trades::TradeStatus;
use crate::crypto::domain;
use crate::crypto::order::Side;
use crate::crypto::word::{Address, Word, keccak};
use crate::venue::Venue;

/// A block every two seconds.
const BLOCK_MS: u64 = 2_000;
/// How far behind its newest block a node calls one final.
const FINAL_BEHIND: u64 = 2;
/// One POL.
const COIN_WEI: u128 = 1_000_000_000_000_000_000;
const ORDER_FILLED: &str = "OrderFilled(bytes32,address,address,uint8,uint256,uint256,uint256,\
    uint256,bytes32,bytes32)";

/// One filled order of one match.
#[derive(Clone, Debug)]
struct Filled {
    block: u64,
    contract: Address,
    tx: Word,
    index: usize,
    order: Word,
    maker: Address,
    side: Side,
    token: Word,
    shares_e6: u64,
    collateral_e6: u64,
    fee_e6: u64,
}

/// A node's number.
pub(crate) fn quantity(number: u64) -> Value {
    json!(format!("{number:#x}"))
}

fn number(value: Option<&Value>) -> Option<u64> {
    let digits = value?.as_str()?.strip_prefix("0x")?;
    u64::from_str_radix(digits, 16).ok()
}

fn block_of(ms: u64) -> u64 {
    ms.div_euclid(BLOCK_MS)
}

/// The block that `named` is: a tag, or a number.
fn named(venue: &Venue, named: Option<&Value>) -> Option<u64> {
    let newest = block_of(venue.exchange.now_ms());
    match named.and_then(Value::as_str) {
        None | Some("latest") => Some(newest),
        Some("finalized") => Some(newest.saturating_sub(FINAL_BEHIND)),
        Some(_) => number(named).filter(|number| *number <= newest),
    }
}

/// `eth_getBlockByNumber`.
pub(crate) fn block(venue: &Venue, asked: &Value) -> Value {
    let Some(number) = named(venue, asked.get(0)) else {
        return Value::Null;
    };
    let time_s = number.saturating_mul(BLOCK_MS).div_euclid(1_000);
    json!({"number": quantity(number), "timestamp": quantity(time_s)})
}

/// `eth_getBalance`: a whole coin, unless somebody said otherwise.
pub(crate) fn balance(venue: &Venue, asked: &Value) -> Option<Value> {
    let owner = Address::parse(asked.get(0)?.as_str()?)?;
    let wei = venue.gas.get(&owner).copied().unwrap_or(COIN_WEI);
    Some(json!(format!("{wei:#x}")))
}

/// `eth_getLogs` of one filter.
pub(crate) fn logs(venue: &Venue, asked: &Value) -> Option<Value> {
    let filter = asked.get(0)?;
    let from = named(venue, filter.get("fromBlock"))?;
    let to = named(venue, filter.get("toBlock"))?;
    let topic = |place: usize| filter.get("topics")?.get(place);
    let found = filled(venue).into_iter().filter(|log| {
        (from..=to).contains(&log.block)
            && is_among(filter.get("address"), &log.contract.to_string())
            && is_among(topic(0), &keccak(&[ORDER_FILLED.as_bytes()]).to_string())
            && is_among(topic(1), &log.order.to_string())
            && is_among(topic(2), &log.maker.to_word().to_string())
    });
    Some(found.map(|log| row(&log)).collect())
}

/// A filter's part: nothing, a word, or some of which one must be it.
fn is_among(wanted: Option<&Value>, word: &str) -> bool {
    match wanted {
        None | Some(Value::Null) => true,
        Some(Value::String(one)) => one.eq_ignore_ascii_case(word),
        Some(Value::Array(some)) => some.iter().any(|one| is_among(Some(one), word)),
        Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => false,
    }
}

fn row(log: &Filled) -> Value {
    let (gives, takes) = match log.side {
        Side::Buy => (log.collateral_e6, log.shares_e6),
        Side::Sell => (log.shares_e6, log.collateral_e6),
    };
    let side = Word::from_u64(u64::from(log.side == Side::Sell));
    let words = [
        side,
        log.token,
        Word::from_u64(gives),
        Word::from_u64(takes),
        Word::from_u64(log.fee_e6),
        Word::ZERO,
        Word::ZERO,
    ];
    let data: String = words.iter().map(|word| hex::encode(word.0)).collect();
    json!({
        "address": log.contract.to_string().to_ascii_lowercase(),
        "topics": [
            keccak(&[ORDER_FILLED.as_bytes()]).to_string(),
            log.order.to_string(),
            log.maker.to_word().to_string(),
            log.contract.to_word().to_string(),
        ],
        "data": format!("0x{data}"),
        "blockNumber": quantity(log.block),
        "transactionHash": log.tx.to_string(),
        "logIndex": format!("{:#x}", log.index),
        "removed": false,
    })
}

fn filled(venue: &Venue) -> Vec<Filled> {
    let mut found = leaders(venue);
    found.extend(settled(venue));
    found.sort_by_key(|log| (log.block, log.index));
    found
}

fn contract(venue: &Venue, token: Word) -> Option<Address> {
    let market = venue.exchange.market(token)?;
    let chain_id = venue.exchange.rules.chain_id;
    let found = domain::exchange(chain_id, market.protocol, market.neg_risk)?;
    Some(found.contract)
}

/// What a test's script let other wallets do.
fn leaders(venue: &Venue) -> Vec<Filled> {
    let happened = venue.leaders.happened.iter().enumerate();
    let trades = happened.filter(|(_, happened)| happened.kind == "TRADE");
    let log = trades.filter_map(|(index, happened)| {
        let text = |name: &str| happened.row.get(name)?.as_str();
        let token = Word::from_decimal(text("token_id")?)?;
        let tx = Word::from_hex(text("transaction_hash")?)?;
        Some(Filled {
            block: block_of(happened.at_s.saturating_mul(1_000)),
            contract: contract(venue, token)?,
            tx,
            index,
            order: keccak(&[b"leader's order", &tx.0]),
            maker: Address::parse(&happened.wallet)?,
            side: Side::parse(&happened.side)?,
            token,
            shares_e6: happened.size_e6,
            collateral_e6: happened.cash_e6,
            fee_e6: 0,
        })
    });
    log.collect()
}

/// What accounts of this exchange did, once it is confirmed.
fn settled(venue: &Venue) -> Vec<Filled> {
    let mut found = Vec::new();
    let trades = venue.exchange.trades().iter();
    for trade in trades.filter(|trade| trade.status == TradeStatus::Confirmed) {
        let (Some(tx), Some(contract)) = (trade.hash, contract(venue, trade.token)) else {
            continue;
        };
        for record in venue.exchange.orders_in(trade) {
            let leg = trade.legs.iter().find(|leg| leg.is_of(record.id));
            let (shares_e6, collateral_e6, fee_e6) = leg.map_or(
                (trade.shares_e6, trade.collateral_e6, trade.fee_e6),
                |leg| (leg.shares_e6, leg.collateral_e6, 0),
            );
            found.push(Filled {
                block: block_of(trade.updated_ms),
                contract,
                tx,
                index: found.len(),
                order: record.id.0,
                maker: record.order.maker,
                side: record.terms.side,
                token: trade.token,
                shares_e6,
                collateral_e6,
                fee_e6,
            });
        }
    }
    found
}
