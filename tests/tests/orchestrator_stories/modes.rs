//! What a run is for: paper and live must agree with the configured chain,
//! and a shadow decides everything and asks nobody for an order.

use std::fs;

use serde_json::{Value, json};
use tests::audit;
use tests::clock::now_ms;
use tests::desk::LEADER;

use crate::kit::{Stand, TRADING};

/// Decisions in the journal of a signer that has stopped.
fn decisions(stand: &Stand) -> u64 {
    let db = audit::open(&stand.desk.file("journal.sqlite"));
    let sql = "SELECT count(*) FROM leaf WHERE entry IN ('approved', 'denied')";
    db.query_one(sql, [], |r| r.get(0)).expect("a journal")
}

/// An exit of shares that are not there: a person's own line.
fn leave(stand: &Stand) -> Value {
    let mut sell = stand.buy("leave");
    sell["side"] = json!("SELL");
    sell["kind"] = json!("exit");
    for gone in ["leader", "leader_price", "leader_time_ms"] {
        sell.as_object_mut().expect("a line").remove(gone);
    }
    sell
}

/// M30: the test chain is paper without a word and with it, and never live.
#[test]
fn paper_is_the_test_chains_and_trades_there() {
    let stand = Stand::new(TRADING);
    let ran = stand.ran(&["run", "--mode", "live", "--until-idle", "--wait", "5"]);
    assert_eq!(ran.code(), 1, "{}", ran.stderr);
    assert_eq!(
        ran.stderr.trim_end(),
        "MODE live, and signer.chain_id is 80002; write --mode paper, or correct \
         signer.chain_id to 137"
    );
    assert!(!stand.desk.file("orchestrator.sqlite").exists());
    let run = stand.run_with(&["--mode", "paper"]);
    stand.post(&run, &stand.buy("bought"));
    stand.until("bought", "SETTLED");
    assert!(
        stand.log().contains("PAPER trades of 0x"),
        "{}",
        stand.log()
    );
    stand.agree(run);
}

/// M30: real money takes two switches, the chain's and the command's.
#[test]
fn nobody_trades_live_by_accident() {
    let stand = Stand::new(TRADING);
    let path = stand.desk.file("orchestrator.toml");
    let text = fs::read_to_string(&path).expect("it was written");
    let real = text.replace("chain_id = 80002", "chain_id = 137");
    assert_ne!(real, text);
    fs::write(&path, real).expect("ours");
    for (mode, begins) in [
        (
            &[][..],
            "MODE not named, and signer.chain_id is 137; write --mode live",
        ),
        (
            &["--mode", "paper"],
            "MODE paper, and signer.chain_id is 137; write --mode live",
        ),
    ] {
        let ran = stand.ran(&[&["run", "--until-idle", "--wait", "5"], mode].concat());
        assert_eq!(ran.code(), 1, "{mode:?}: {}", ran.stderr);
        assert!(ran.stderr.starts_with(begins), "{mode:?}: {}", ran.stderr);
    }
    let ran = stand.ran(&["run", "--mode", "live", "--until-idle", "--wait", "20"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("LIVE trades of 0x"), "{}", ran.stderr);
    // A strategy without a day of its own copies nothing with real money.
    stand.also(&format!(
        "[copy]\ngamma_url = \"{}/gamma\"\n[[strategy]]\nname = \"endless\"\n\
         follow_traders = [\"{LEADER}\"]\nallow_all_markets = true\n",
        stand.venue.address
    ));
    let ran = stand.ran(&["run", "--mode", "live", "--until-idle", "--wait", "5"]);
    assert_eq!(ran.code(), 1, "{}", ran.stderr);
    let begins = "CONFIG strategy.endless.day_usdc_max: missing, and the mode is live";
    assert!(ran.stderr.starts_with(begins), "{}", ran.stderr);
}

/// M30: a shadow takes lines in, decides them, and asks neither signer nor
/// venue for an order: it needs no signer at all.
#[test]
fn a_shadow_decides_everything_and_asks_for_nothing() {
    let mut stand = Stand::new(TRADING);
    stand.also(&format!(
        "[copy]\ngamma_url = \"{}/gamma\"\n[[strategy]]\nname = \"shadowed\"\n\
         follow_traders = [\"{LEADER}\"]\nallow_all_markets = true\n\
         copy_sizing_strategy = \"FIXED\"\ncopy_size = \"2\"\n",
        stand.venue.address
    ));
    stand.sim("DELETE", "requests", &Value::Null);
    let run = stand.run_with(&["--mode", "shadow"]);
    let copied = json!({
        "intent_id": "copied", "timestamp": now_ms().to_string(), "source_trader": LEADER,
        "token_id": stand.desk.book.token, "side": "BUY", "size_usdc": 10.25,
        "size_tokens": 25, "price_limit": 0.41,
    });
    let mut aged = copied.clone();
    aged["intent_id"] = json!("aged");
    aged["timestamp"] = json!((now_ms() - 600_000).to_string());
    for line in [&stand.buy("bought"), &leave(&stand), &copied, &aged] {
        let (status, said) = stand.post(&run, line);
        assert_eq!(status, 202, "{said}");
    }
    for id in ["bought", "leave", "copied"] {
        let code = stand.until(id, "REJECTED");
        assert_eq!(code.as_deref(), Some("SHADOW"), "{id}: {}", stand.log());
    }
    assert_eq!(stand.steps("bought"), ["INTENT", "REJECTED"]);
    assert_eq!(stand.steps("copied"), ["OBSERVED", "INTENT", "REJECTED"]);
    let code = stand.until("aged", "REJECTED");
    assert_eq!(code.as_deref(), Some("INTENT_STALE"), "the firewall stands");
    let log = stand.log();
    for words in [
        "SHADOW trades of 0x",
        "decided, and not asked for: shadow mode",
    ] {
        assert!(log.contains(words), "{words}: {log}");
    }
    // The decision is in the audit, with all that decided it.
    let export = stand.ran(&["audit", "export"]).stdout;
    assert!(export.contains("\"kind\":\"DECISION\""), "{export}");

    assert_eq!(
        stand.asked("POST", "/order") + stand.asked("POST", "/orders"),
        0
    );
    assert_eq!(stand.orders(), 0);
    assert!(run.stop().success());
    stand.stop_signer();
    assert_eq!(decisions(&stand), 0);
    let run = stand.run_with(&["--mode", "shadow"]);
    stand.post(&run, &stand.buy("alone"));
    assert_eq!(stand.until("alone", "REJECTED").as_deref(), Some("SHADOW"));
    assert!(run.stop().success());
}

/// M30: what a run began only a run can end.
#[test]
fn a_shadow_does_not_begin_over_what_is_under_way() {
    let stand = Stand::new("poll_ms = 100\nidle_ms = 300\nabsence_ms = 600000\n");
    let run = stand.run();
    stand.misbehave(&json!({"kind": "drop_before_accept"}));
    stand.post(&run, &stand.buy("lost"));
    stand.until("lost", "UNKNOWN");
    assert!(run.stop().success());
    let ran = stand.ran(&["run", "--mode", "shadow", "--until-idle", "--wait", "5"]);
    assert_eq!(ran.code(), 3, "{}", ran.stderr);
    assert!(
        ran.stderr
            .starts_with("MODE shadow, and 1 attempts of a former run"),
        "{}",
        ran.stderr
    );
    assert_eq!(stand.state("lost").expect("a row").0, "UNKNOWN");
}
