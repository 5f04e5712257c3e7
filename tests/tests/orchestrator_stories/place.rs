//! Where the host stands: a page that says so is asked again and again, and
//! what it says decides whether anything, exits alone, or all may begin.

use serde_json::{Value, json};

use crate::kit::{Stand, TRADING};

/// How often the page is asked in these stories.
const EVERY_MS: u64 = 200;

/// A stand whose simulator has the page.
fn asked() -> Stand {
    let stand = Stand::new(TRADING);
    let page = format!(
        "[checks]\ngeoblock = \"{}/api/geoblock\"\ngeoblock_ms = {EVERY_MS}\n",
        stand.venue.address
    );
    stand.also(&page);
    stand
}

/// From now on the page answers this, and at no moment anything else.
fn answers(stand: &Stand, page: &Value) {
    let rule = json!({
        "kind": "other_body", "text": page.to_string(), "for_ms": 600_000,
        "method": "GET", "path": "/api/geoblock",
    });
    stand.sim("PUT", "misbehave", &rule);
}

fn until_said(stand: &Stand, words: &str, times: usize) {
    let said = || stand.log().matches(words).count() >= times;
    stand
        .wait(|| said().then_some(()))
        .unwrap_or_else(|| panic!("no {words}: {}", stand.log()));
}

/// The stop that `run` said last, or that buys go on.
fn last_stop(stand: &Stand) -> String {
    let words = ["GEO_", "RECONCILING", "buys go on"];
    let log = stand.log();
    let last = log
        .lines()
        .rfind(|line| words.iter().any(|word| line.contains(word)));
    last.unwrap_or_default().to_owned()
}

/// M88: unreachable at the start is nothing, blocked is nothing, close-only is
/// exits, and each ends when the page says otherwise.
#[test]
fn nothing_begins_from_a_place_that_is_blocked_or_not_known() {
    let stand = asked();
    stand.misbehave(&json!({
        "kind": "status", "status": 503, "for_ms": 600_000,
        "method": "GET", "path": "/api/geoblock",
    }));
    let run = stand.run();
    stand.post(&run, &stand.buy("early"));
    until_said(&stand, "the page answered 503", 1);
    // Looks are complete meanwhile; that alone is not enough.
    until_said(&stand, "GEO_UNKNOWN", 1);
    assert_eq!(stand.state("early").expect("a row").0, "INTENT");
    stand.sim("DELETE", "misbehave", &Value::Null);
    stand.until("early", "SETTLED");

    answers(
        &stand,
        &json!({"blocked": true, "ip": "127.0.0.1", "country": "US", "region": "NY"}),
    );
    until_said(
        &stand,
        "GEO_BLOCKED this host is where trading is not allowed (US)",
        1,
    );
    let mut sell = stand.buy("leave");
    sell["side"] = json!("SELL");
    sell["kind"] = json!("exit");
    sell["price"] = json!("0.39");
    sell["shares"] = json!("5");
    for gone in ["leader", "leader_price", "leader_time_ms"] {
        sell.as_object_mut().expect("a line").remove(gone);
    }
    for line in [&sell, &stand.buy("stuck")] {
        let (status, said) = stand.post(&run, line);
        assert_eq!(status, 202, "it is taken in: {said}");
    }
    until_said(&stand, "intent=", 2);
    for id in ["leave", "stuck"] {
        assert_eq!(stand.state(id).expect("a row").0, "INTENT", "{id}");
    }
    assert_eq!(stand.orders(), 1, "nothing new is at the venue");

    answers(
        &stand,
        &json!({"blocked": false, "close_only": true, "country": "PL"}),
    );
    until_said(&stand, "GEO_CLOSE_ONLY", 1);
    stand.until("leave", "SETTLED");
    assert_eq!(stand.state("stuck").expect("a row").0, "INTENT");

    stand.sim("DELETE", "misbehave", &Value::Null);
    stand.until("stuck", "SETTLED");
    assert!(
        last_stop(&stand).contains("buys go on"),
        "{}",
        last_stop(&stand)
    );
    stand.agree(run);
}

/// M88: a page of another shape is no answer: the last yes is believed for twice
/// the time between two questions, then buys stop.
#[test]
fn a_page_of_another_shape_stops_buys_once_the_last_answer_is_old() {
    let stand = asked();
    let run = stand.run();
    stand.post(&run, &stand.buy("bought"));
    stand.until("bought", "SETTLED");
    answers(&stand, &json!({"allowed": true}));
    until_said(&stand, "GEO_UNKNOWN this host might trade", 1);
    stand.post(&run, &stand.buy("late"));
    assert_eq!(stand.state("late").expect("a row").0, "INTENT");
    assert_eq!(stand.orders(), 1);
    answers(&stand, &json!({"blocked": "no"}));
    stand.sim("DELETE", "misbehave", &Value::Null);
    stand.until("late", "SETTLED");
    stand.agree(run);
}
