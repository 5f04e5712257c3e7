//! Leaders' trades, copied by strategies: over HTTP and by several at once.

use std::fs;

use serde_json::{Value, json};
use tests::book::decimal;
use tests::clock::now_ms;
use tests::desk::LEADER;
use tests::process::Server;

use crate::kit::{Stand, TRADING};

/// A second leader.
pub(crate) const SECOND: &str = "0x27b1fdb04752bbc536007a920d24acb045561c26";

/// A strategy that copies `usdc` of each trade of `leader`, and these lines.
pub(crate) fn fixed(name: &str, leader: &str, usdc: &str, more: &str) -> String {
    format!(
        "\n[[strategy]]\nname = \"{name}\"\nfollow_traders = [\"{leader}\"]\n\
         allow_all_markets = true\ncopy_sizing_strategy = \"FIXED\"\ncopy_size = \"{usdc}\"\n{more}"
    )
}

impl Stand {
    /// Starts `orchestrator run` with these strategies.
    pub(crate) fn copying(&self, strategies: &str) -> Server {
        let path = self.desk.file("orchestrator.toml");
        let text = fs::read_to_string(&path).expect("it was written");
        let url = &self.venue.address;
        let copy = format!("\n[copy]\ngamma_url = \"{url}/gamma\"\n{strategies}");
        fs::write(&path, text + &copy).expect("the folder is ours");
        self.run()
    }

    /// The book offers 20,000 shares on each of six levels on both sides.
    pub(crate) fn offer(&self, bid: u64, ask: u64) {
        let book = &self.desk.book;
        let level = |price: u64| json!({"price": decimal(price, 4), "size": "20000"});
        let down = (0..6).filter_map(|nth| bid.checked_sub(nth * book.tick_e4));
        let bids: Vec<Value> = down.filter(|price| *price > 0).map(level).collect();
        let up = (0..6).map(|nth| ask + nth * book.tick_e4);
        let asks: Vec<Value> = up.map(level).collect();
        let offer = json!({
            "market": book.market, "asset_id": book.token, "timestamp": now_ms().to_string(),
            "hash": "", "bids": bids, "asks": asks, "min_order_size": "5",
            "tick_size": decimal(book.tick_e4, 4), "neg_risk": book.neg_risk,
        });
        self.sim("POST", "book", &offer);
    }

    /// The document's line of a leader's trade, with a token: so many dollars
    /// at a price of ten-thousandths.
    pub(crate) fn trade(
        &self,
        id: &str,
        leader: &str,
        (side, usdc, price_e4): (&str, u32, u64),
    ) -> Value {
        let book = &self.desk.book;
        json!({
            "intent_id": id, "timestamp": now_ms().to_string(), "source_trader": leader,
            "market_id": book.market, "outcome": "YES", "side": side,
            "size_usdc": f64::from(usdc), "price_limit": decimal(price_e4, 4),
            "token_id": book.token, "metadata": {},
        })
    }

    /// What each strategy has left of what it bought, in shares, by name.
    fn bought(&self) -> Vec<(String, String, String)> {
        let (_, said) = self.verb(&["positions"]);
        let rows = said["purchases"].as_array().expect("a list").iter();
        let text = |row: &Value, field: &str| row[field].as_str().expect("text").to_lowercase();
        let mut all: Vec<_> = rows
            .map(|row| {
                let [strategy, leader, left] =
                    ["strategy", "leader", "myBoughtSize"].map(|field| text(row, field));
                (strategy, leader, left)
            })
            .collect();
        all.sort();
        all
    }
}

/// M8: the document's line over HTTP is taken, sized by the strategy and
/// settles; what is malformed is the sender's fault, by name, and counted.
#[test]
fn the_documents_line_over_http_is_sized_by_its_strategy_and_settles() {
    let stand = Stand::new(TRADING);
    stand.offer(3_900, 4_000);
    let tenth = fixed("tenth", LEADER, "10.0", "").replace("FIXED", "PERCENTAGE");
    let run = stand.copying(&tenth);
    let line = stand.trade("test-001", LEADER, ("BUY", 100, 4_000));
    let (status, said) = stand.post(&run, &line);
    assert_eq!(
        (status, &said["state"]),
        (202, &json!("OBSERVED")),
        "{said}"
    );
    stand.until("test-001", "SETTLED");
    // A tenth of the leader's hundred dollars: 23.80 shares at the limit, 0.42.
    let state = stand.sim("GET", "state", &Value::Null);
    let made = &state["orders"][0]["order"]["makerAmount"];
    assert_eq!(*made, json!("9996000"), "{state}");
    assert_eq!(stand.post(&run, &line).0, 200, "known by now");

    let without = |field: &str| {
        let mut line = stand.trade("test-002", LEADER, ("BUY", 100, 4_000));
        line.as_object_mut().expect("an object").remove(field);
        line
    };
    let stranger = stand.trade("test-003", SECOND, ("BUY", 100, 4_000));
    for (body, expected, code) in [
        (without("token_id"), 422, "UNATTESTED"),
        (without("timestamp"), 400, "BAD_LINE"),
        (without("side"), 400, "BAD_LINE"),
        (without("price_limit"), 422, "NO_PRICE"),
        (stranger, 422, "TRADER_NOT_ALLOWED"),
    ] {
        let (found, said) = stand.post(&run, &body);
        assert_eq!((found, &said["code"]), (expected, &json!(code)), "{said}");
    }
    let (_, sums) = stand.verb(&["stats"]);
    let count = |code: &str| {
        let mut rows = sums["attempts"].as_array().expect("a list").iter();
        let row = rows.find(|row| row["code"] == code);
        row.map_or(0, |row| row["count"].as_u64().expect("a count"))
    };
    for (code, times) in [
        ("UNATTESTED", 1),
        ("BAD_LINE", 2),
        ("NO_PRICE", 1),
        ("TRADER_NOT_ALLOWED", 1),
    ] {
        assert_eq!(count(code), times, "{code}: {sums}");
    }
    assert_eq!(stand.orders(), 1);
    stand.agree(run);
}

/// M56: two strategies after two leaders in one market: each sells its own
/// lots, and none of the other's.
#[test]
fn two_strategies_in_one_market_keep_their_lots_apart() {
    let stand = Stand::following("standard.json", &[LEADER, SECOND], TRADING);
    stand.offer(3_900, 4_000);
    let run = stand.copying(&(fixed("one", LEADER, "4.0", "") + &fixed("two", SECOND, "8.0", "")));
    // Bought at the limit, so that lots are round numbers.
    let ends = |id: &str, leader: &str, side: &str, state: &str| {
        let mut line = stand.trade(id, leader, (side, 39, 3_900));
        // A leader who sells all of it.
        line["metadata"] = json!({"trader_position_size": 100.0});
        let (status, said) = stand.post(&run, &line);
        assert_eq!(status, 202, "{said}");
        stand.until(id, state)
    };
    ends("one-buys", LEADER, "BUY", "SETTLED");
    ends("two-buys", SECOND, "BUY", "SETTLED");
    let row = |name: &str, leader: &str, left: &str| {
        (name.to_owned(), leader.to_owned(), left.to_owned())
    };
    let two = row("two", SECOND, "20");
    assert_eq!(stand.bought(), [row("one", LEADER, "10"), two.clone()]);

    ends("one-sells", LEADER, "SELL", "SETTLED");
    let left = |rows: Vec<(String, String, String)>| -> Vec<_> {
        rows.into_iter()
            .filter(|(_, _, left)| left != "0")
            .collect()
    };
    assert_eq!(left(stand.bought()), [two], "the other's are untouched");
    // It has none left, though the wallet does.
    let code = ends("one-again", LEADER, "SELL", "REJECTED");
    assert_eq!(code.as_deref(), Some("NO_TRACKED_PURCHASES"));

    ends("two-sells", SECOND, "SELL", "SETTLED");
    assert_eq!(left(stand.bought()), []);
    stand.agree(run);
}
