//! Plays the plan: venue, signer and orchestrator as separate processes, then
//! the hostile client, then the comparison.

use std::fs;

use frame::local::Verb;
use order::U256;
use rusqlite::Connection;
use serde_json::Value;
use tests::audit;
use tests::bins::Bins;
use tests::book::{Book, decimal};
use tests::clock::now_ms;
use tests::desk::{CHAIN_ID, Desk, FEE_CEILING_BPS, ORDER_MAX_UNITS};
use tests::process::Server;

use crate::hostile::{self, Hostile};
use crate::ladder;
use crate::plan::{self, Act, Plan, Planned, Ticket};
use crate::say::say;
use crate::stage::Staged;
use crate::table::{self, Key, Row};
use crate::verdict;

/// What the demo's policy lets a day charge, USDC: small, so that it can be
/// used up before one's eyes.
const DAY_USDC: &str = "100";
/// The most markets that a policy lists.
const MARKETS_MAX: usize = 128;

/// Plays it; returns what ended otherwise than it must.
pub(crate) fn play(staged: &Staged) -> Result<(), Vec<String>> {
    let one = |e: String| vec![e];
    let plan = Plan::of(&staged.books);
    let (markets, floor) = (markets(&staged.books), decimal(plan.floor_e4, 4));
    let desk = desk(staged, &markets, &floor);
    let hostile = Hostile::let_in(&desk);
    let venue = desk.start_venue();
    let signer = desk.start_signer();
    desk.write_orchestrator_config(&signer.address, &venue.address);
    let declared = desk.authority.holds_nothing_else(&desk.journal_id);
    desk.ask(Verb::Note, &declared).map_err(one)?;
    introduce(&desk, &venue, &signer, staged);
    say(&format!(
        "Policy: {} USDC an order, {DAY_USDC} a day, sells at {floor} or better, one leader, the markets of these books.",
        decimal(ORDER_MAX_UNITS, 6),
    ));
    assumed(&venue).map_err(one)?;
    for why in &plan.left_out {
        say(&format!("Left out: {why}."));
    }
    let mut played = Played {
        desk: &desk,
        lines: String::new(),
        problems: Vec::new(),
    };
    table::head();
    played.act(plan.lines).map_err(one)?;
    played.act(plan.sells).map_err(one)?;
    if let Some((ticket, rest)) = plan.ticket {
        apply(&desk, &ticket).map_err(one)?;
        played.act(vec![rest]).map_err(one)?;
    }
    let mut problems = played.problems;
    let mut main = plan::main_book(&staged.books).clone();
    // It asks for no more than a signature: nobody needs to sell.
    main.asks.push((ladder::quoted(&main), 0));
    let trade = (&main, plan.floor_e4);
    let (loot, wrong) = hostile::play(&desk, &signer.address, &hostile, trade);
    problems.extend(wrong);
    problems.extend(verdict::compare(&desk, venue, signer, &loot).map_err(one)?);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// A desk under a small policy, for the markets of these books.
fn desk(staged: &Staged, markets: &str, floor: &str) -> Desk {
    Desk::with_policy(
        &Bins::beside_me(),
        staged.folder.path(),
        &[
            ("markets", markets),
            ("sell_floor", floor),
            ("day_usdc", DAY_USDC),
            ("hour_usdc", "none"),
            ("wallet_usdc_max", "1000"),
            // Recorded books have prices and sizes of every kind.
            ("buy_price_min", "0.0001"),
            ("buy_price_max", "0.9999"),
            ("order_shares_max", "1000000"),
        ],
    )
}

/// What runs, for whom and against what.
pub(crate) fn introduce(desk: &Desk, venue: &Server, signer: &Server, staged: &Staged) {
    say(&format!(
        "Three processes: venue {}, signer {} (TLS 1.3, pinned), orchestrator.",
        venue.address, signer.address
    ));
    staged.introduce();
    say(&format!(
        "Wallet {} on chain {CHAIN_ID}; fee ceiling {FEE_CEILING_BPS} bps.",
        desk.key.address
    ));
}

/// What the simulator assumed, one line a field.
pub(crate) fn assumed(venue: &Server) -> Result<(), String> {
    let assumed = verdict::get(&format!("{}/sim/assumptions", venue.address))?;
    let mut lines = std::collections::BTreeMap::<String, u64>::new();
    for row in assumed.as_array().into_iter().flatten() {
        let text = |field: &str| row[field].as_str().unwrap_or("?");
        let line = format!("{} = {}", text("field"), text("value"));
        *lines.entry(line).or_default() += 1;
    }
    for (line, count) in lines {
        let books = if count == 1 { "book does" } else { "books do" };
        say(&format!("Assumed, since {count} {books} not say: {line}."));
    }
    Ok(())
}

/// The policy's list: each market of the books, with both its tokens. Where
/// only one is recorded, the number after it stands for the other.
fn markets(books: &[Book]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for book in books {
        let market = book.market.to_lowercase();
        if lines.iter().any(|line| line.starts_with(&market)) || lines.len() == MARKETS_MAX {
            continue;
        }
        let token = |text: &str| U256::from_str_radix(text, 10).expect("a token id");
        let yes = token(&book.token);
        let sibling = books
            .iter()
            .find(|other| other.market.to_lowercase() == market && other.token != book.token);
        let no = sibling.map_or_else(|| yes.wrapping_add(U256::ONE), |other| token(&other.token));
        let neg_risk = if book.neg_risk { "yes" } else { "no" };
        let tick = decimal(book.tick_e4, 4);
        lines.push(format!(
            "{market} yes {yes} no {no} neg_risk {neg_risk} tick {tick} end none"
        ));
    }
    lines.sort();
    format!("{}\nmarket {}", lines.len(), lines.join("\nmarket "))
}

/// A person signs a ticket, and signerctl carries it over the local socket.
fn apply(desk: &Desk, ticket: &Ticket) -> Result<(), String> {
    let [shares, price] = [
        decimal(ticket.take.shares_units, 6),
        decimal(ticket.take.price_e4, 4),
    ];
    let signed = desk
        .authority
        .ticket(&desk.journal_id, &ticket.token, &shares, &price);
    fs::write(desk.file("ticket.note"), signed).map_err(|e| e.to_string())?;
    let ran = desk.signerctl(&["note", "apply", "ticket.note", "--socket", "signer.sock"]);
    if !ran.status.success() {
        return Err(format!("signerctl note apply: {}", ran.stderr));
    }
    let first = ran.stdout.lines().next().unwrap_or_default();
    say(&format!(
        "{:14}An operator signs a ticket for {shares} shares at {price}; signerctl note apply: {first}.",
        ""
    ));
    Ok(())
}

/// What was played so far.
struct Played<'a> {
    desk: &'a Desk,
    lines: String,
    problems: Vec<String>,
}

impl Played<'_> {
    /// Brings these in, lets the orchestrator work until nothing is open, and
    /// prints what became of them.
    fn act(&mut self, all: Vec<Planned>) -> Result<(), String> {
        let (mut rows, now_ms) = (Vec::new(), now_ms());
        for Planned { name, act, must } in all {
            let (asked, key) = match act {
                Act::Line(mut line) => {
                    plan::stamp(&mut line, now_ms);
                    self.line(&name, &line)
                }
                Act::Again(mut line) => {
                    plan::stamp(&mut line, now_ms);
                    let (asked, _) = self.line(&name, &line);
                    let first = line["id"].as_str().unwrap_or_default();
                    (asked, Key::Source(first.to_owned()))
                }
                Act::Exit { token, take } => {
                    let price = decimal(take.price_e4, 4);
                    let shares = decimal(take.shares_units, 6);
                    let id = self.exit(&token, &price, &shares)?;
                    (format!("EXIT {shares} at {price}"), Key::Intent(id))
                }
            };
            rows.push(Row {
                name,
                asked,
                key,
                must,
            });
        }
        let path = self.desk.file("intents.jsonl");
        fs::write(path, &self.lines).map_err(|e| e.to_string())?;
        run(self.desk, "30").and_then(|open| {
            if open {
                Err("attempts are still open after 30 s".to_owned())
            } else {
                Ok(())
            }
        })?;
        let db = audit::open(&self.desk.file("orchestrator.sqlite"));
        for row in rows {
            let problems = table::row(&db, &row).map_err(|e| e.to_string())?;
            self.problems.extend(problems);
            self.once(&db, &row)?;
        }
        Ok(())
    }

    fn line(&mut self, name: &str, line: &Value) -> (String, Key) {
        let text = line.to_string();
        self.lines.push_str(&text);
        self.lines.push('\n');
        let field = |field: &str| line[field].as_str().unwrap_or_default();
        let asked = if line["intent_id"].is_string() {
            format!("{} {} USDC", field("side"), line["size_usdc"])
        } else {
            format!(
                "{} {} at {}",
                field("side"),
                field("shares"),
                field("price")
            )
        };
        let key = if name == "off-tick" {
            Key::Line(text)
        } else {
            Key::Source(name.to_owned())
        };
        (asked, key)
    }

    /// `orchestrator exit`; returns the intent's name.
    fn exit(&self, token: &str, price: &str, shares: &str) -> Result<String, String> {
        let args = [
            "exit", token, "--price", price, "--shares", shares, "--json",
        ];
        let ran = self.desk.orchestrator(&args);
        let said: Value = serde_json::from_str(&ran.stdout).unwrap_or_default();
        let id = said["exits"][0]["intent_id"].as_str();
        id.map(str::to_owned).ok_or_else(|| {
            format!(
                "orchestrator exit ended with {}: {}{}",
                ran.code(),
                ran.stdout,
                ran.stderr
            )
        })
    }

    /// A line that came twice has one attempt.
    fn once(&mut self, db: &Connection, row: &Row) -> Result<(), String> {
        let Key::Source(source) = &row.key else {
            return Ok(());
        };
        let count = table::attempts_of(db, source).map_err(|e| e.to_string())?;
        if count != 1 {
            self.problems.push(format!(
                "{} has {count} attempts, and must have one",
                row.name
            ));
        }
        Ok(())
    }
}

/// `orchestrator run` until nothing is open, or so many seconds; whether
/// something still is.
pub(crate) fn run(desk: &Desk, seconds: &str) -> Result<bool, String> {
    let ran = desk.orchestrator(&["run", "--until-idle", "--wait", seconds]);
    match ran.code() {
        0 => Ok(false),
        3 => Ok(true),
        code => {
            let last = ran.stderr.lines().last().unwrap_or_default();
            Err(format!("the orchestrator ended with {code}: {last}"))
        }
    }
}
