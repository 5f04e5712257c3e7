//! Our own two programs post the orders that both clients post too.

use std::fs;

use frame::local::Verb;
use serde_json::{Value, json};
use tests::clock::now_ms;
use tests::desk::LEADER;
use tests::http;
use tests::session;

use crate::compare::PAIRS;
use crate::stage::Stage;
use crate::wire::{Log, Request};

/// Runs orchestrator and signer until every pair was posted; what they asked.
pub(crate) fn play(stage: &Stage) -> Result<Log, String> {
    let desk = &stage.desk;
    buys_what_it_sells(stage);
    let venue = stage.venue("ours");
    let signer = desk.start_signer();
    stage.configure_ours(&signer.address, &venue.address);
    let declared = desk.authority.holds_nothing_else(&desk.journal_id);
    desk.ask(Verb::Note, &declared)?;
    let mut lines = String::new();
    for side in ["BUY", "SELL"] {
        for pair in PAIRS.iter().filter(|pair| pair.side == side) {
            lines.push_str(&pair.line(stage, now_ms()).to_string());
            lines.push('\n');
        }
        fs::write(desk.file("intents.jsonl"), &lines).map_err(|e| e.to_string())?;
        let ran = desk.orchestrator(&["run", "--until-idle", "--wait", "30"]);
        if ran.code() != 0 {
            let last = ran.stderr.lines().last().unwrap_or_default();
            return Err(format!(
                "the orchestrator ended with {}: {last}",
                ran.code()
            ));
        }
    }
    // A person who gets out has the orchestrator ask for the market's facts.
    let exit = desk.orchestrator(&[
        "exit",
        &stage.standard.token,
        "--price",
        "0.39",
        "--shares",
        "5",
    ]);
    if exit.code() != 0 {
        let said = format!("{}{}", exit.stdout, exit.stderr);
        return Err(format!(
            "orchestrator exit ended with {}: {said}",
            exit.code()
        ));
    }
    let rows = session::run(http::get(&format!("{}/sim/requests", venue.address)))?;
    let rows: Value = serde_json::from_str(&rows).map_err(|e| e.to_string())?;
    let mut log = Log {
        requests: Request::all(&rows),
        ..Log::default()
    };
    for pair in &PAIRS {
        let is = |request: &&Request| request.orders().iter().any(|row| pair.is(stage, row));
        if let Some(request) = log.requests.iter().find(is) {
            log.pairs.insert(pair.name(), request.clone());
        }
    }
    assert!(signer.stop().success(), "the signer stops when asked to");
    assert!(venue.stop().success(), "the venue stops when asked to");
    Ok(log)
}

/// Its wallet is empty but for money: the signer sells what its journal bought.
fn buys_what_it_sells(stage: &Stage) {
    let path = stage.desk.file("venue.json");
    let text = fs::read_to_string(&path).expect("the stage wrote it");
    let mut config: Value = serde_json::from_str(&text).expect("the stage wrote JSON");
    config["accounts"][0]["positions"] = json!({});
    fs::write(path, config.to_string()).expect("the folder is ours");
}

impl crate::compare::Pair {
    /// The intent's line, of a trade that the leader just made.
    fn line(&self, stage: &Stage, now_ms: u64) -> Value {
        let market = self.market(stage);
        json!({
            "v": 1, "id": self.name(), "kind": "copy", "market": market.condition,
            "token": market.token, "side": self.side, "price": self.price,
            "shares": self.shares, "tick": market.book["tick_size"], "order_type": self.kind,
            "neg_risk": market.book["neg_risk"], "leader": LEADER, "leader_price": self.price,
            "leader_time_ms": now_ms,
        })
    }

    fn is(&self, stage: &Stage, row: &Value) -> bool {
        row["orderType"] == self.kind
            && row["order"]["side"] == self.side
            && row["order"]["tokenId"] == self.market(stage).token.as_str()
    }
}
