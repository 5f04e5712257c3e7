//! The demonstration: three programs, three intents, three books that agree.
//!
//! `demo [--books PATH]`; the programs stand beside this one.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rusqlite::Connection;
use serde_json::{Value, json};
use tests::audit;
use tests::bins::{Bins, workspace};
use tests::book::{Book, decimal, scaled};
use tests::clock::now_ms;
use tests::desk::{CHAIN_ID, Desk, FEE_CEILING_BPS, LEADER, ORDER_MAX_UNITS};
use tests::process::Server;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let mut books = workspace().join("tests/fixtures/books/standard.json");
    while let Some(arg) = args.next() {
        if let (Some("--books"), Some(path)) = (arg.to_str(), args.next()) {
            books = PathBuf::from(path);
        } else {
            say("usage: demo [--books BOOK-FILE-OR-FOLDER]");
            return ExitCode::from(2);
        }
    }
    match demo(&books) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => {
            for problem in problems {
                say(&format!("FAILED {problem}"));
            }
            ExitCode::FAILURE
        }
    }
}

fn demo(books: &Path) -> Result<(), Vec<String>> {
    let one = |e: String| vec![e];
    let desk = Desk::with_policy(
        &Bins::beside_me(),
        books,
        // Recorded books have prices of every kind.
        &[("buy_price_min", "0.0001"), ("buy_price_max", "0.9999")],
    );
    let venue = desk.start_venue();
    let signer = desk.start_signer();
    desk.write_orchestrator_config(&signer.address, &venue.address);
    introduce(&desk, &venue, &signer).map_err(one)?;
    let wanted = intents(&desk.book).map_err(one)?;
    let mut lines = String::new();
    for Wanted { intent, .. } in &wanted {
        lines.push_str(&intent.to_string());
        lines.push('\n');
    }
    fs::write(desk.file("intents.jsonl"), lines).map_err(|e| one(e.to_string()))?;
    let ran = desk.orchestrator(&["run", "--until-idle", "--wait", "30"]);
    if !ran.status.success() {
        let (code, said) = (ran.code(), ran.stderr);
        return Err(vec![format!("the orchestrator ended with {code}: {said}")]);
    }
    let state = get(&format!("{}/sim/state", venue.address)).map_err(one)?;
    signer.stop();
    venue.stop();
    conclude(&desk, &wanted, &state)
}

/// Says what runs, for whom and against what.
fn introduce(desk: &Desk, venue: &Server, signer: &Server) -> Result<(), String> {
    say(&format!(
        "Three processes: venue {}, signer {} (TLS 1.3, pinned), orchestrator.",
        venue.address, signer.address
    ));
    say(&format!(
        "Wallet {} on chain {CHAIN_ID}; at most {} USDC an order, fee ceiling {FEE_CEILING_BPS} bps.",
        desk.key.address,
        decimal(ORDER_MAX_UNITS, 6)
    ));
    let book = &desk.book;
    say(&format!(
        "Book of token {}: best bid {}, best ask {}, tick {}, neg-risk {}.",
        shortened(&book.token),
        level(book.bids.first()),
        level(book.asks.first()),
        decimal(book.tick_e4, 4),
        book.neg_risk
    ));
    let assumed = get(&format!("{}/sim/assumptions", venue.address))?;
    for line in assumed.as_array().into_iter().flatten() {
        if line["asset_id"] == book.token.as_str() {
            let text = |field: &str| line[field].as_str().unwrap_or("?");
            say(&format!(
                "Assumed, since the book does not say: {} = {}.",
                text("field"),
                text("value")
            ));
        }
    }
    Ok(())
}

/// Prints the table and compares the three books.
fn conclude(desk: &Desk, wanted: &[Wanted], state: &Value) -> Result<(), Vec<String>> {
    let one = |e: String| vec![e];
    let database = audit::open(&desk.file("orchestrator.sqlite"));
    let mut problems = table(&database, wanted).map_err(|e| one(e.to_string()))?;
    let (journal, outbox) = (
        desk.file("journal.sqlite"),
        desk.file("orchestrator.sqlite"),
    );
    let found = audit::read(&journal, &outbox, state).map_err(one)?;
    problems.extend(found.disagreements(FEE_CEILING_BPS));
    if found.venue_orders.is_empty() {
        problems.push("the venue accepted no order".to_owned());
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let sum = |f: fn(&audit::Filled) -> u64| found.venue_fills.values().map(f).sum::<u64>();
    say(&format!(
        "\nOrder hashes: {} at the venue, each in the journal (which has {}) and in the outbox ({}).\n\
         Fills {} USDC, fees {} USDC: venue and ledger agree to the unit.\n\
         Charged {} USDC: the sum of ceil(makerAmount x (1 + f)) over what was signed, f being the\n\
         fee ceiling. A killed order stays charged: nothing proves that it cannot fill.\n\
         OK: journal, outbox, ledger and exchange agree.",
        found.venue_orders.len(),
        found.journal.len(),
        found.outbox.len(),
        decimal(sum(|f| f.collateral_units), 6),
        decimal(sum(|f| f.fee_units), 6),
        decimal(found.journal.values().map(|a| a.charge_units).sum(), 6),
    ));
    Ok(())
}

/// An intent to play, and how it must end.
struct Wanted {
    intent: Value,
    state: &'static str,
    code: Option<&'static str>,
}

/// Three intents against `book`: one that fills, one that the venue kills, one
/// that the policy denies; each with the state it must end in.
fn intents(book: &Book) -> Result<Vec<Wanted>, String> {
    let tick = book.tick_e4;
    let (ask, size) = *book
        .asks
        .first()
        .ok_or("the book has no asks to trade against")?;
    let line = |id: &str, price_e4: u64, shares_units: u64| {
        json!({
            "v": 1, "id": id, "kind": "copy", "market": book.market, "token": book.token,
            "side": "BUY", "price": decimal(price_e4, 4), "shares": decimal(shares_units, 6),
            "tick": decimal(tick, 4), "order_type": "FOK", "neg_risk": book.neg_risk,
            "leader": LEADER, "leader_price": decimal(price_e4, 4), "leader_time_ms": now_ms(),
        })
    };
    // Whole shares worth at most half of what one order may be, within the
    // level; at least the venue's minimum of five.
    let affordable = ORDER_MAX_UNITS / 2 * 10_000 / ask;
    let fills = (affordable.min(size) / 1_000_000).max(5) * 1_000_000;
    // Below the best ask nobody sells, so FOK dies; where there is no lower
    // price, more than the whole level does.
    let lower = ask.saturating_sub(tick);
    let (kill_price, kill_size) = if lower == 0 {
        (ask, (size / 1_000_000 + 6) * 1_000_000)
    } else {
        (
            lower,
            (1_000_000 * 10_000 / lower).div_ceil(1_000_000).max(5) * 1_000_000,
        )
    };
    let denied = (ORDER_MAX_UNITS * 10_000 / ask / 1_000_000 + 1) * 1_000_000;
    Ok(vec![
        Wanted {
            intent: line("demo-filled", ask, fills),
            state: "SETTLED",
            code: None,
        },
        Wanted {
            intent: line("demo-killed", kill_price, kill_size),
            state: "REFUSED",
            code: Some("KILLED_FOK"),
        },
        Wanted {
            intent: line("demo-denied", ask, denied),
            state: "DENIED",
            code: Some("ORDER_TOO_LARGE"),
        },
    ])
}

/// Prints one row an intent; says which ended otherwise than it must.
fn table(db: &Connection, wanted: &[Wanted]) -> rusqlite::Result<Vec<String>> {
    let heads = ["intent", "asked", "state", "reason", "order hash", "filled"];
    let rooms_heads = ["intake", "sign", "outbox", "post", "settle"];
    say(&format!(
        "\n{}",
        row(&heads.map(str::to_owned), &rooms_heads.map(str::to_owned))
    ));
    say(&format!("{:>145}", "(microseconds in each room)"));
    let mut problems = Vec::new();
    for Wanted {
        intent,
        state: must,
        code: must_code,
    } in wanted
    {
        let text = |field: &str| intent[field].as_str().unwrap_or_default();
        let (id, state, hash, code): (String, String, Option<String>, Option<String>) = db
            .query_row(
                "SELECT a.intent_id, a.state, a.order_hash, a.code FROM attempt a JOIN intent i \
                 USING (intent_id) WHERE i.source_id = ?1",
                [text("id")],
                |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
            )?;
        let dash = || "-".to_owned();
        let told = state == "DENIED" || state == "REFUSED";
        let cells = [
            text("id").to_owned(),
            format!("{} {} at {}", text("side"), text("shares"), text("price")),
            state.clone(),
            code.filter(|_| told).unwrap_or_else(dash),
            hash.as_deref().map_or_else(dash, shortened),
            filled(db, hash.as_deref())?,
        ];
        say(&row(&cells, &rooms(db, &id)?));
        if state != *must || must_code.is_some_and(|must| cells[3] != must) {
            let must_code = must_code.unwrap_or("");
            problems.push(format!(
                "{} ended {state} {}, and must end {must} {must_code}",
                text("id"),
                cells[3]
            ));
        }
        let asked = scaled(text("shares"), 6).unwrap_or(0);
        if *must == "SETTLED" && shares_filled(db, hash.as_deref())? != asked {
            problems.push(format!("{} did not fill what was asked", text("id")));
        }
    }
    Ok(problems)
}

/// One row of the table.
fn row(cells: &[String; 6], rooms: &[String; 5]) -> String {
    let [intent, asked, state, reason, hash, filled] = cells;
    let [intake, sign, outbox, post, settle] = rooms;
    format!(
        "{intent:<12} {asked:<18} {state:<8} {reason:<16} {hash:<16} {filled:<28} \
         {intake:>7} {sign:>7} {outbox:>7} {post:>7} {settle:>8}"
    )
}

/// Shares that an order's fills add up to.
fn shares_filled(db: &Connection, hash: Option<&str>) -> rusqlite::Result<u64> {
    db.query_row(
        "SELECT coalesce(sum(shares_units), 0) FROM fill WHERE order_hash = ?1 AND status <> 'FAILED'",
        [hash.unwrap_or("")],
        |r| r.get(0),
    )
}

/// What an order's fills add up to, in words.
fn filled(db: &Connection, hash: Option<&str>) -> rusqlite::Result<String> {
    let (shares, collateral, fee): (u64, u64, u64) = db.query_row(
        "SELECT coalesce(sum(shares_units), 0), coalesce(sum(collateral_units), 0), \
         coalesce(sum(fee_units), 0) FROM fill WHERE order_hash = ?1 AND status <> 'FAILED'",
        [hash.unwrap_or("")],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    )?;
    if shares == 0 {
        return Ok("-".to_owned());
    }
    let [shares, collateral, fee] = [shares, collateral, fee].map(|units| decimal(units, 6));
    Ok(format!("{shares} for {collateral} fee {fee}"))
}

/// Microseconds from each state to the next: intake, sign, outbox, post, settle.
fn rooms(db: &Connection, intent_id: &str) -> rusqlite::Result<[String; 5]> {
    let mut query =
        db.prepare("SELECT state, at_us FROM step WHERE intent_id = ?1 ORDER BY seq")?;
    let steps: Vec<(String, u64)> = query
        .query_map([intent_id], |r| Ok((r.get(0)?, r.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let after = |states: &[&str]| {
        let at = steps
            .iter()
            .position(|(state, _)| states.contains(&state.as_str()))?;
        let before = at.checked_sub(1)?;
        Some(steps[at].1.saturating_sub(steps[before].1))
    };
    let posted = steps.iter().find(|(s, _)| s == "ACKED").map(|s| s.1);
    let settled = steps.iter().find(|(s, _)| s == "SETTLED").map(|s| s.1);
    let settle = posted.zip(settled).map(|(a, b)| b.saturating_sub(a));
    let text = |us: Option<u64>| us.map_or("-".to_owned(), |us| us.to_string());
    Ok([
        text(after(&["SIGN_REQUESTED"])),
        text(after(&["SIGNED", "DENIED"])),
        text(after(&["POSTING"])),
        text(after(&["ACKED", "REFUSED", "UNKNOWN"])),
        text(settle),
    ])
}

/// Asks the simulator.
fn get(url: &str) -> Result<Value, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let answer = tests::http::get(url).await?;
        serde_json::from_str(&answer).map_err(|e| format!("{url}: {e}"))
    })
}

fn level(level: Option<&(u64, u64)>) -> String {
    level.map_or("none".to_owned(), |(price, size)| {
        format!("{} x {}", decimal(*price, 4), decimal(*size, 6))
    })
}

fn shortened(text: &str) -> String {
    if text.len() <= 14 {
        return text.to_owned();
    }
    format!("{}..{}", &text[..8], &text[text.len() - 6..])
}

/// Prints one line; a reader that went away is no reason to fail.
fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").ok();
}
