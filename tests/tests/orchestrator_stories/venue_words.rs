//! What the venue says of orders and of itself, and what is made of it.

use serde_json::{Value, json};

use crate::kit::{Stand, TRADING};

#[test]
fn a_restarting_engine_refuses_with_proof_and_is_left_alone_as_long_as_it_says() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    stand.misbehave(&json!({"kind": "status", "status": 425, "retry_after_s": 2}));
    stand.post(&run, &stand.buy("early"));
    let code = stand.until("early", "REFUSED");
    assert_eq!(code.as_deref(), Some("RESTARTING"));
    let refused_ms = now_ms(&stand);
    stand.post(&run, &stand.buy("later"));
    stand.until("later", "SETTLED");
    let state = stand.sim("GET", "state", &Value::Null);
    let placed_ms = state["orders"][0]["placed_ms"].as_u64().expect("a time");
    assert!(
        placed_ms >= refused_ms + 1_500,
        "posted {} ms after a refusal that said two seconds",
        placed_ms.saturating_sub(refused_ms)
    );
    assert_eq!(stand.orders(), 1);
    stand.agree(run);
}

fn now_ms(stand: &Stand) -> u64 {
    let state = stand.sim("GET", "state", &Value::Null);
    state["now_ms"].as_u64().expect("a time")
}

#[test]
fn a_match_that_fails_on_chain_is_reversed_and_its_lots_are_gone() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    stand.misbehave(&json!({"kind": "matched_then_failed"}));
    stand.post(&run, &stand.buy("ghost"));
    stand.until("ghost", "REVERSED");
    assert!(stand.steps("ghost").contains(&"MATCHED".to_owned()));
    let (_, positions) = stand.verb(&["positions"]);
    assert_eq!(positions["positions"], json!([]));
    let (_, stats) = stand.verb(&["stats"]);
    assert_eq!(
        (&stats["fills"], &stats["failed_fills"]),
        (&json!(0), &json!(1))
    );
    // The money is back, and trades again.
    stand.post(&run, &stand.buy("real"));
    stand.until("real", "SETTLED");
    let (_, positions) = stand.verb(&["positions"]);
    assert_eq!(
        positions["positions"][0]["settled_units"],
        json!(10_000_000)
    );
    stand.agree(run);
}

#[test]
fn a_held_order_is_followed_to_its_match_or_to_its_end() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    stand.misbehave(&json!({"kind": "delayed_status", "ms": 300, "then": "matched"}));
    stand.post(&run, &stand.buy("held"));
    stand.until("held", "SETTLED");
    stand.misbehave(&json!({"kind": "delayed_status", "ms": 300, "then": "unmatched"}));
    stand.post(&run, &stand.buy("let-go"));
    stand.until("let-go", "CANCELLED");
    for id in ["held", "let-go"] {
        let steps = stand.steps(id);
        assert!(steps.contains(&"ACKED".to_owned()), "{id}: {steps:?}");
        assert!(!steps.contains(&"UNKNOWN".to_owned()), "{id}: {steps:?}");
    }
    stand.agree(run);
}

#[test]
fn a_look_that_is_incomplete_lets_nothing_be_signed() {
    let stand = Stand::new(TRADING);
    stand.misbehave(&json!({
        "kind": "html_body", "for_ms": 60_000, "method": "GET", "path": "/data/trades",
    }));
    let run = stand.run();
    let (status, _) = stand.post(&run, &stand.buy("waits"));
    assert_eq!(status, 202, "it is taken in");
    stand
        .wait(|| stand.log().contains("RECONCILING trades").then_some(()))
        .expect("it says so");
    assert_eq!(stand.state("waits").expect("a row").0, "INTENT");
    stand.sim("DELETE", "misbehave", &Value::Null);
    stand.until("waits", "SETTLED");
    assert!(stand.log().contains("buys go on"));
    stand.agree(run);
}

/// M48: shares that the wallet has and the ledger did not buy are told apart, and
/// no sale takes them.
#[test]
fn fills_of_an_order_that_is_not_ours_are_external_and_never_dropped() {
    let stand = Stand::new(TRADING);
    let run = stand.run();
    stand.post(&run, &stand.buy("before"));
    stand.until("before", "SETTLED");
    assert!(run.stop().success());
    // The same wallet, a database that knows nothing: somebody else's order.
    std::fs::rename(
        stand.desk.file("orchestrator.sqlite"),
        stand.desk.file("lost.sqlite"),
    )
    .expect("the folder is ours");
    let run = stand.run();
    let positions = stand.wait(|| {
        let (_, said) = stand.verb(&["positions"]);
        (said["positions"] != json!([])).then_some(said)
    });
    let positions = positions.expect("it is found");
    assert_eq!(
        positions["positions"][0]["external_units"],
        json!(10_000_000)
    );
    assert_eq!(positions["positions"][0]["settled_units"], json!(0));
    let mut sell = stand.buy("drifted");
    sell["side"] = json!("SELL");
    stand.post(&run, &sell);
    let code = stand.until("drifted", "REJECTED");
    assert_eq!(code.as_deref(), Some("NOT_HELD"));
    assert!(run.stop().success());
}

#[test]
fn a_signer_that_forgot_is_an_incident_until_a_person_says_why() {
    let mut stand = Stand::new(TRADING);
    stand.keep_journal();
    let run = stand.run();
    // More than the leaves that its next start will write.
    for id in ["one", "two", "three", "four", "five", "six"] {
        let mut line = stand.buy(id);
        line["shares"] = json!("5");
        stand.post(&run, &line);
        stand.until(id, "SETTLED");
    }
    assert!(run.stop().success());
    stand.restore_journal();
    let ran = stand.ran(&["run", "--until-idle", "--wait", "20"]);
    assert_eq!(ran.code(), 42, "{}", ran.stderr);
    let last = ran.stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("INCIDENT SIGNER_ROLLED_BACK"), "{last}");
    // Not even a restart goes on.
    let ran = stand.ran(&["run", "--until-idle", "--wait", "20"]);
    assert_eq!(ran.code(), 42);
    assert!(
        ran.stderr.contains("orchestrator incident resolve 1"),
        "{}",
        ran.stderr
    );
    let (code, said) = stand.verb(&["health"]);
    assert_eq!(code, 2, "{said}");
    let (code, said) = stand.verb(&["incident", "list"]);
    assert_eq!((code, &said["incidents"][0]["id"]), (0, &json!(1)));
    let (code, _) = stand.verb(&["incident", "resolve", "1", "--because", "a new host A"]);
    assert_eq!(code, 0);
    let ran = stand.ran(&["run", "--until-idle", "--wait", "20"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
}

#[test]
fn a_signer_that_is_silent_is_asked_again_under_the_same_name() {
    let mut stand = Stand::new(&TRADING.replace("idle_ms = 300", "idle_ms = 60000"));
    let run = stand.run();
    stand.wait(|| stand.log().contains("buys go on").then_some(()));
    let address = stand.stop_signer();
    stand.post(&run, &stand.buy("patient"));
    stand.until("patient", "SIGN_UNKNOWN");
    stand.start_signer_at(&address);
    stand.until("patient", "SETTLED");
    assert_eq!(stand.orders(), 1);
    stand.agree(run);
}

#[test]
fn what_is_at_the_venue_is_followed_while_the_signer_is_away() {
    let mut stand = Stand::new(TRADING);
    let run = stand.run();
    stand.misbehave(&json!({"kind": "delayed_status", "ms": 1_500, "then": "matched"}));
    stand.post(&run, &stand.buy("held"));
    stand.until("held", "WORKING");
    let address = stand.stop_signer();
    stand
        .wait(|| stand.log().contains("RECONCILING signer").then_some(()))
        .expect("it is missed");
    stand.until("held", "SETTLED");
    stand.post(&run, &stand.buy("waits"));
    assert_eq!(stand.state("waits").expect("a row").0, "INTENT");
    stand.start_signer_at(&address);
    stand.until("waits", "SETTLED");
    stand.agree(run);
}
