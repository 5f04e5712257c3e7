//! What a leader held before he sells, told in time for the copy to leave too.
//! Whatever he buys is followed from its first fill, what he merges elsewhere
//! changes nothing here, and a list that fails once delays an exit, no more.

use serde_json::{Value, json};

use crate::kit::{LEADER, Stand, TOKEN};

const OTHER: &str = "7";

fn condition(byte: &str) -> String {
    format!("0x{}", byte.repeat(32))
}

fn position(stand: &Stand, token: &str, byte: &str, size: u64) {
    let row = json!({"proxy_wallet": LEADER, "token_id": token,
        "condition_id": condition(byte), "current_size": size});
    stand.ask("POST", "/sim/leader-position", &row);
}

/// What a line says was held before the trade, of the newest line.
fn held(stand: &Stand) -> Value {
    let lines = stand.intents("intents.jsonl");
    let last = lines.last().expect("there are some");
    last["metadata"]["trader_position_size"].clone()
}

fn traded(stand: &Stand, tx: u32, token: &str, side: &str, shares: &str) -> Value {
    stand.trade(tx, &[(token, side, shares, "0.5")]);
    stand.look();
    held(stand)
}

/// M53: what was not there when the positions were read whole was bought since.
#[test]
fn a_token_that_is_bought_and_sold_within_the_settling_time_is_known() {
    let stand = Stand::new("settle_s = 3600");
    stand.look();
    assert_eq!(traded(&stand, 1, TOKEN, "BUY", "8"), json!(0));
    assert_eq!(traded(&stand, 2, TOKEN, "SELL", "2"), json!(8));
    assert_eq!(traded(&stand, 3, TOKEN, "SELL", "6"), json!(6));
    assert_eq!(traded(&stand, 4, OTHER, "SELL", "1"), Value::Null);
    assert_eq!(
        traded(&stand, 5, OTHER, "BUY", "1"),
        Value::Null,
        "it was wrong once, and is not believed until it is read again"
    );
}

/// M53: a merge is of one market; the others' holdings are as they were.
#[test]
fn a_merge_of_one_market_leaves_the_others_holdings_known() {
    let stand = Stand::new("settle_s = 3600");
    position(&stand, TOKEN, "cc", 100);
    position(&stand, OTHER, "dd", 50);
    stand.look();
    let merge = json!({"proxy_wallet": LEADER, "type": "MERGE", "condition_id": condition("dd"),
        "size": 40, "usdc_size": 40});
    stand.ask("POST", "/sim/leader-activity", &merge);
    assert_eq!(traded(&stand, 1, TOKEN, "SELL", "25"), json!(100));
    assert_eq!(traded(&stand, 2, OTHER, "SELL", "1"), Value::Null);
}

/// M53: an exit waits for the list that tells whether its shares were moved.
#[test]
fn a_sell_waits_one_more_look_for_the_activity_that_failed() {
    let stand = Stand::new("");
    position(&stand, TOKEN, "cc", 100);
    stand.look();
    let busy = json!({"kind": "status", "status": 429, "method": "GET", "path": "/v2/activity"});
    stand.misbehave(&busy);
    stand.trade(1, &[("8", "BUY", "3", "0.5")]);
    stand.trade(2, &[(TOKEN, "SELL", "25", "0.5")]);
    let (code, said) = stand.look();
    assert_eq!(
        (code, &said["lines"], &said["incomplete"]),
        (3, &json!(2), &json!(1))
    );
    assert_eq!(held(&stand), json!(100));
}

/// M53: and does not wait for ever.
#[test]
fn a_sell_whose_activity_stays_unread_is_told_without_what_was_held() {
    let stand = Stand::new("");
    position(&stand, TOKEN, "cc", 100);
    stand.look();
    let busy = json!({"kind": "status", "status": 429, "method": "GET", "path": "/v2/activity",
        "times": 50});
    stand.misbehave(&busy);
    stand.trade(1, &[(TOKEN, "SELL", "25", "0.5")]);
    let (code, said) = stand.look();
    assert_eq!(
        (code, &said["lines"], &said["incomplete"]),
        (3, &json!(1), &json!(3))
    );
    assert_eq!(held(&stand), Value::Null);
    // He is followed on all the same.
    stand.ask("DELETE", "/sim/misbehave", &Value::Null);
    assert_eq!(traded(&stand, 2, TOKEN, "SELL", "25"), json!(75));
}
