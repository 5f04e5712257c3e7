//! Nobody knows: the answer to a POST is lost, or proves nothing.
//!
//! The order is looked for until the venue shows it, or its absence is proven;
//! never is there a second order for the same intent.

use serde_json::json;

use crate::kit::{Stand, TRADING};

/// M11: what the venue has is found, and not ordered again.
#[test]
fn an_answer_dropped_after_acceptance_is_found_without_a_second_order() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    stand.misbehave(&json!({"kind": "drop_answer_after_accept"}));
    let (status, said) = stand.post(&run, &stand.buy("dropped"));
    assert_eq!(status, 202, "{said}");
    stand.until("dropped", "SETTLED");
    assert!(stand.steps("dropped").contains(&"UNKNOWN".to_owned()));
    assert_eq!(stand.asked("POST", "/order"), 1);
    assert_eq!(stand.orders(), 1);
    stand.agree(run);
}

#[test]
fn an_order_that_never_arrived_is_proven_absent_and_the_next_one_trades() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    stand.misbehave(&json!({"kind": "drop_before_accept"}));
    stand.post(&run, &stand.buy("lost"));
    let code = stand.until("lost", "ABSENT_PROVEN");
    assert_eq!(code.as_deref(), Some("ABSENCE_PROVEN"));
    assert!(
        stand.asked("DELETE", "/order") >= 1,
        "the proof ends with a cancellation that finds nothing"
    );
    assert_eq!(stand.orders(), 0);
    stand.post(&run, &stand.buy("next"));
    stand.until("next", "SETTLED");
    stand.agree(run);
}

#[test]
fn an_order_hidden_from_every_query_stays_unknown_until_it_is_seen() {
    let stand = Stand::new(&TRADING.replace("absence_ms = 250", "absence_ms = 60000"));
    let run = stand.run();
    stand.misbehave(&json!({"kind": "drop_answer_after_accept"}));
    stand.misbehave(&json!({"kind": "hide_from_queries", "times": 4}));
    stand.misbehave(&json!({"kind": "stale_trades", "times": 4}));
    stand.post(&run, &stand.buy("hidden"));
    // The cancellation is answered: the venue has the order. That alone says
    // nothing of fills.
    stand.until("hidden", "SETTLED");
    assert_eq!(stand.orders(), 1);
    stand.agree(run);
}

#[test]
fn duplicated_proves_that_the_venue_has_it_and_says_nothing_of_fills() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    stand.misbehave(&json!({"kind": "duplicate_answer", "process": true}));
    stand.post(&run, &stand.buy("had"));
    stand.until("had", "SETTLED");
    let steps = stand.steps("had");
    assert!(!steps.contains(&"UNKNOWN".to_owned()), "{steps:?}");
    assert!(steps.contains(&"ACKED".to_owned()), "{steps:?}");
    // Of a killed order the venue says so too; it ends when it is nowhere.
    stand.misbehave(&json!({"kind": "duplicate_answer", "process": false}));
    stand.post(&run, &stand.buy("gone"));
    let code = stand.until("gone", "CANCELLED");
    assert_eq!(code.as_deref(), Some("ABSENCE_PROVEN"));
    stand.agree(run);
}

/// M51: one POST an order, unless retries are asked for.
#[test]
fn too_many_requests_and_a_disabled_venue_prove_nothing() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    for (id, rule) in [
        (
            "limited",
            json!({"kind": "status", "status": 429, "retry_after_s": 1}),
        ),
        (
            "disabled",
            json!({"kind": "status", "status": 503, "mode": "cancel_only", "retry_after_s": 1}),
        ),
        ("html", json!({"kind": "html_body"})),
        ("fault", json!({"kind": "status", "status": 500})),
    ] {
        stand.misbehave(&rule);
        stand.post(&run, &stand.buy(id));
        stand.until(id, "ABSENT_PROVEN");
        assert!(stand.steps(id).contains(&"UNKNOWN".to_owned()), "{id}");
    }
    assert_eq!(stand.orders(), 0);
    // Nor does the same answer prove that it was not taken.
    stand.misbehave(&json!({"kind": "status", "status": 500, "process": true}));
    stand.post(&run, &stand.buy("taken"));
    stand.until("taken", "SETTLED");
    assert_eq!(stand.asked("POST", "/order"), 5);
    stand.agree(run);
}

#[test]
fn a_restart_between_posting_and_the_answer_leaves_one_order() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    stand.misbehave(&json!({"kind": "delay_ms", "ms": 30_000}));
    stand.post(&run, &stand.buy("killed"));
    stand
        .wait(|| (stand.orders() == 1).then_some(()))
        .expect("it arrived");
    assert_eq!(stand.state("killed").expect("a row").0, "POSTING");
    run.kill();
    let run = stand.run();
    stand.until("killed", "SETTLED");
    let steps = stand.steps("killed");
    assert!(steps.contains(&"UNKNOWN".to_owned()), "{steps:?}");
    assert_eq!(stand.asked("POST", "/order"), 1);
    stand.agree(run);
}

#[test]
fn an_unknown_stops_buys_until_it_is_resolved() {
    let trading = TRADING.replace("absence_ms = 250", "absence_ms = 2000") + "unknown_max = 1\n";
    let stand = Stand::new(&trading);
    let run = stand.run();
    stand.misbehave(&json!({"kind": "drop_before_accept"}));
    stand.post(&run, &stand.buy("lost"));
    stand.until("lost", "UNKNOWN");
    stand.post(&run, &stand.buy("waits"));
    stand.until("waits", "INTENT");
    let (code, said) = stand.verb(&["health"]);
    assert_eq!(code, 2, "{said}");
    let unknown = said["checks"].as_array().expect("checks").iter();
    let words = unknown
        .clone()
        .find(|c| c["check"] == "unknown")
        .expect("it")["words"]
        .clone();
    let words = words.as_str().expect("words");
    assert!(
        words.starts_with("UNKNOWN 0x") && words.contains("buys stopped"),
        "{words}"
    );
    assert_eq!(stand.state("waits").expect("a row").0, "INTENT");
    stand.until("lost", "ABSENT_PROVEN");
    stand.until("waits", "SETTLED");
    stand.agree(run);
}

/// M51: a retry is the same bytes, so the venue can tell it is one order.
#[test]
fn reposting_sends_the_identical_bytes_and_makes_one_order() {
    let stand = Stand::new(&format!("{TRADING}on_unknown = \"repost\"\n"));
    let run = stand.run();
    stand.misbehave(&json!({"kind": "drop_before_accept"}));
    stand.post(&run, &stand.buy("again"));
    stand.until("again", "SETTLED");
    let requests = stand.sim("GET", "requests", &json!(null));
    let bodies: Vec<_> = requests
        .as_array()
        .expect("a list")
        .iter()
        .filter(|row| row["method"] == "POST" && row["path"] == "/order")
        .map(|row| row["body"].clone())
        .collect();
    assert_eq!(bodies.len(), 2);
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(stand.orders(), 1);
    stand.agree(run);
}

/// M11: each step of an intent is on disk before its effect.
#[test]
fn killed_after_any_step_an_intent_is_one_order_at_most_and_the_books_agree() {
    let stand = Stand::new(TRADING);
    let mut ids = Vec::new();
    for steps in 1..=8 {
        let id = format!("after-{steps}");
        // Five shares: eight such orders empty the level.
        let mut line = stand.buy(&id);
        line["shares"] = "5".into();
        stand.append(&format!("{line}\n"));
        ids.push(id.clone());
        let run = stand.run();
        stand
            .wait(|| (stand.step_count(&id) >= steps).then_some(()))
            .unwrap_or_else(|| panic!("{id} took no {steps} steps: {}", stand.log()));
        run.kill();
    }
    let run = stand.run();
    for id in &ids {
        stand
            .wait(|| {
                let (state, _) = stand.state(id)?;
                ["SETTLED", "REFUSED", "ABSENT_PROVEN"]
                    .contains(&state.as_str())
                    .then_some(())
            })
            .unwrap_or_else(|| panic!("{id}: {:?}", stand.state(id)));
    }
    let posted = stand.asked("POST", "/order");
    assert!(
        posted <= ids.len(),
        "{posted} posts for {} intents",
        ids.len()
    );
    stand.agree(run);
}
