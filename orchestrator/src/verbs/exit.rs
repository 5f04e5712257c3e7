//! `exit`: sells what our lots hold, at a worst price that a person gives.

use orchestrator::config::Config;
use orchestrator::intent::Intent;
use orchestrator::store::{Holding, Store, StoreError};
use orchestrator::{clock, store};
use order::{LOT_UNITS, PriceE4, ShareUnits, TickSize, U256};
use serde_json::{Value, json};

use super::{Answer, CODE_OPEN, Failure, shortened};

/// Writes EXIT intents: SELL what our settled lots hold of a token, or of all,
/// at no less than a price. `run` takes them at once, or the next `run` within
/// the time that an intent lives.
///
/// Exit: 0 written; 1 trouble; 3 nothing to sell.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    orchestrator exit 31415926 --price 0.38\n  \
    orchestrator exit 31415926 --price 0.38 --shares 12.5\n  \
    orchestrator exit all --price 0.01 --json")]
pub(crate) struct Args {
    /// The token id, decimal, or `all`.
    token: String,
    /// The worst price to accept, as 0.38.
    #[arg(long)]
    price: String,
    /// At most so many shares; all that are free if left out.
    #[arg(long)]
    shares: Option<String>,
}

pub(crate) fn run(config: &Config, args: &Args) -> Result<Answer, Failure> {
    let most = understand(args)?;
    let mut store = Store::beside(&config.database)?;
    let is_run = store::is_run(&config.database)?;
    let mut lines = Vec::new();
    for held in wanted(&store, &args.token)? {
        if let Some(line) = line(&held, &args.price, most, lines.len())? {
            lines.push((held, line));
        }
    }
    let mut written = Vec::new();
    let now_ms = clock::now_ms();
    let deadline_ms = now_ms.saturating_add(config.intent_ttl_ms);
    let mut turn = store.turn()?;
    for (held, line) in &lines {
        let text = line.to_string();
        let intent = Intent::parse(&text)
            .map_err(|problem| Failure::trouble(format!("EXIT {}: {problem}", held.token_id)))?;
        let name = (intent.strategy.as_str(), intent.source_id.as_str());
        let taken = turn.admit(name, Some(&intent), &text, (now_ms, deadline_ms))?;
        written.push((taken.intent_id, held.token_id.clone(), intent.shares));
    }
    turn.commit()?;
    Ok(answer(&written, &args.price, is_run))
}

/// Refuses what no holding could make right, whatever is held; returns the
/// most shares to sell, if the arguments say.
fn understand(args: &Args) -> Result<Option<ShareUnits>, Failure> {
    let (token, price) = (&args.token, &args.price);
    if token != "all" && U256::from_str_radix(token, 10).is_err() {
        return Err(Failure::trouble(format!(
            "EXIT token: {token:?} is no token's decimal number; write one that orchestrator \
             positions --json prints, or all"
        )));
    }
    PriceE4::parse(price, TickSize::TenThousandth)
        .map_err(|e| Failure::trouble(format!("EXIT price: {price:?}: {e}; write it as 0.38")))?;
    args.shares.as_deref().map(at_most).transpose()
}

fn at_most(text: &str) -> Result<ShareUnits, Failure> {
    let shares = ShareUnits::parse(text)
        .map_err(|e| Failure::trouble(format!("EXIT shares: {text:?}: {e}; write them as 12.5")))?;
    if shares.get() < LOT_UNITS {
        return Err(Failure::trouble(format!(
            "EXIT shares: {text} is less than the smallest order; write at least {}",
            ShareUnits::new(LOT_UNITS)
        )));
    }
    Ok(shares)
}

/// The tokens named, with what we hold of them.
fn wanted(store: &Store, token: &str) -> Result<Vec<Holding>, StoreError> {
    if token == "all" {
        store.holdings()
    } else {
        Ok(vec![store.holding(token)?])
    }
}

/// The line that sells what is free, if anything is.
fn line(
    held: &Holding,
    price: &str,
    most: Option<ShareUnits>,
    nth: usize,
) -> Result<Option<Value>, Failure> {
    let free = held.settled_units.saturating_sub(held.reserved_units);
    let free = most.map_or(free, |most| free.min(most.get()));
    let whole = free.saturating_sub(free.checked_rem(LOT_UNITS).unwrap_or(0));
    if whole == 0 {
        return Ok(None);
    }
    let unknown = |what: &str| {
        Failure::trouble(format!(
            "EXIT {}: no intent of ours says its {what}; write a line with it to the intents file",
            held.token_id
        ))
    };
    let market = held.market.as_ref().ok_or_else(|| unknown("market"))?;
    let tick = held
        .tick_size_e4
        .and_then(TickSize::from_e4)
        .ok_or_else(|| unknown("tick"))?;
    // The exchange that it was bought on; the line of an unknown one leaves it
    // to the configuration.
    Ok(Some(json!({
        "v": 1,
        "neg_risk": held.neg_risk,
        "strategy": "exit",
        "id": format!("exit-{}-{nth}", clock::now_us()),
        "kind": "exit",
        "market": market,
        "token": held.token_id,
        "side": "SELL",
        "price": price,
        "shares": ShareUnits::new(whole).to_string(),
        "tick": tick.to_string(),
        "order_type": "FAK",
    })))
}

fn answer(written: &[(String, String, ShareUnits)], price: &str, is_run: bool) -> Answer {
    let rows: Vec<Value> = written
        .iter()
        .map(|(intent_id, token, shares)| {
            json!({"intent_id": intent_id, "token_id": token, "shares_units": shares.get()})
        })
        .collect();
    let json = json!({"exits": rows, "running": is_run});
    if written.is_empty() {
        return Answer {
            code: CODE_OPEN,
            text: "nothing to sell: no settled lot of ours is free; see orchestrator positions"
                .to_owned(),
            json,
        };
    }
    let mut lines: Vec<String> = written
        .iter()
        .map(|(intent_id, token, shares)| {
            let token = shortened(token);
            format!("EXIT {intent_id} SELL {shares} of {token} at {price} or better")
        })
        .collect();
    if !is_run {
        lines.push("no `run` is there to take them: start it before they expire".to_owned());
    }
    Answer::done(lines.join("\n"), json)
}
