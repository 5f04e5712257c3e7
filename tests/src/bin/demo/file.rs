//! Plays somebody's file of intents: under a policy that admits what it names,
//! as far as a policy can.

use std::fs;
use std::path::Path;

use frame::local::Verb;
use rusqlite::Connection;
use serde_json::{Value, json};
use tests::audit;
use tests::bins::Bins;
use tests::desk::{Desk, LEADER};

use crate::hostile::Loot;
use crate::lines::{self, Line};
use crate::play::{assumed, introduce, run};
use crate::say::{fitted, say, shortened};
use crate::stage::Staged;
use crate::table::{Found, Key, filled, filled_text};
use crate::verdict;

/// The widest policy that can be written.
const BEND: &[(&str, &str)] = &[
    ("order_usdc_max", "100000"),
    ("order_shares_max", "10000000"),
    ("buy_price_min", "0.0001"),
    ("buy_price_max", "0.9999"),
    ("sell_floor", "0.0001"),
    ("leader_distance_bps", "10000"),
    ("leader_distance_ticks", "100"),
    ("leader_age_ms_max", "300000"),
    ("hour_usdc", "none"),
    ("day_usdc", "1000000"),
    ("orders_per_minute", "60000"),
    ("exits_per_minute", "60000"),
    ("wallet_usdc_max", "1000000"),
];
/// What the wallet is given.
const WALLET_USDC: &str = "1000000";
/// How long an intent of the file lives, milliseconds.
const TTL_MS: &str = "20000";
/// So much is kept of a line: all of it, or the beginning of one that was not
/// understood, or of one that was too long to read.
const KEPT_CHARS: [usize; 3] = [usize::MAX, 1_000, 200];
/// The most leaders that a policy names.
const LEADERS_MAX: usize = 256;

/// Plays `lines`; returns what does not agree.
pub(crate) fn play(staged: &Staged, path: &Path, lines: &[Line]) -> Result<(), Vec<String>> {
    let one = |e: String| vec![e];
    let named = lines::leaders(lines);
    let mut leaders: Vec<String> = named
        .iter()
        .take(LEADERS_MAX)
        .map(ToString::to_string)
        .collect();
    if leaders.is_empty() {
        leaders.push(LEADER.to_owned());
    }
    let leaders: Vec<&str> = leaders.iter().map(String::as_str).collect();
    let desk = Desk::following(&Bins::beside_me(), staged.folder.path(), &leaders, BEND);
    fund(&desk).map_err(one)?;
    let venue = desk.start_venue();
    let signer = desk.start_signer();
    desk.write_orchestrator_config(&signer.address, &venue.address);
    let config = desk.file("orchestrator.toml");
    let text = fs::read_to_string(&config).map_err(|e| one(e.to_string()))?;
    let text = text.replace(
        "intent_ttl_ms = 60000",
        &format!("intent_ttl_ms = {TTL_MS}"),
    );
    fs::write(&config, text).map_err(|e| one(e.to_string()))?;
    let declared = desk.authority.holds_nothing_else(&desk.journal_id);
    desk.ask(Verb::Note, &declared).map_err(one)?;
    introduce(&desk, &venue, &signer, staged);
    say(&format!(
        "Policy: all markets, {WALLET_USDC} USDC a day, trades of the last 5 minutes; leaders named by {}: {}.",
        path.display(),
        named.len(),
    ));
    assumed(&venue).map_err(one)?;
    if named.len() > LEADERS_MAX {
        let more = named.len() - LEADERS_MAX;
        say(&format!(
            "Left out: {more} leaders; a policy names {LEADERS_MAX}."
        ));
    }
    let all: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    fs::write(desk.file("intents.jsonl"), all.join("\n") + "\n").map_err(|e| one(e.to_string()))?;
    if run(&desk, "45").map_err(one)? {
        say("Some attempts are still open after 45 s; they are shown as they stand.");
    }
    let db = audit::open(&desk.file("orchestrator.sqlite"));
    let problems = table(&db, lines).map_err(|e| one(e.to_string()))?;
    drop(db);
    let wrong = verdict::compare(&desk, venue, signer, &Loot::default()).map_err(one)?;
    let problems: Vec<String> = problems.into_iter().chain(wrong).collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// Gives the wallet as much as its policy lets it spend.
fn fund(desk: &Desk) -> Result<(), String> {
    let path = desk.file("venue.json");
    let text = fs::read_to_string(&path).map_err(|e| e.to_string())?;
    let mut venue: Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    venue["accounts"][0]["collateral_balance"] = json!(WALLET_USDC);
    fs::write(path, venue.to_string()).map_err(|e| e.to_string())
}

/// One row a line; returns the lines of which nothing is known.
fn table(db: &Connection, lines: &[Line]) -> rusqlite::Result<Vec<String>> {
    say(&format!(
        "\n{:>5}  {:<24} {:<30} {:<26} {:<14} {}",
        "line", "intent", "asked", "ended", "order hash", "filled"
    ));
    let (mut lost, mut stale) = (Vec::new(), false);
    for line in lines {
        let name = line.id().unwrap_or("-");
        let found = look(db, line)?;
        let first = found.as_ref().and_then(|found| came_with(found, lines));
        let known = first.filter(|first| *first != line.number);
        let ended = match (&found, known) {
            (None, _) => "never seen".to_owned(),
            (Some(found), None) => found.ended(),
            (Some(_), Some(first)) => format!("known from line {first}"),
        };
        let found = found.filter(|_| known.is_none());
        let hash = found.as_ref().and_then(|found| found.hash.as_deref());
        say(&format!(
            "{:>5}  {:<24} {:<30} {:<26} {:<14} {}",
            line.number,
            cut(name, 24),
            cut(&asked(line), 30),
            ended,
            hash.map_or("-".to_owned(), shortened),
            filled_text(filled(db, hash)?),
        ));
        if let Some(said) = found.as_ref().and_then(Found::said) {
            say(&format!("{:7}{}", "", fitted(&said, 7)));
        }
        stale |= ended.ends_with("LEADER_AGE");
        if ended == "never seen" {
            lost.push(format!(
                "line {} was never seen by the orchestrator",
                line.number
            ));
        }
    }
    if stale {
        say("LEADER_AGE: no policy lets a trade be copied after 5 minutes; play it with NOW=yes.");
    }
    Ok(lost)
}

/// By its text; else by its sender's name, which an earlier line may have used.
fn look(db: &Connection, line: &Line) -> rusqlite::Result<Option<Found>> {
    for kept in KEPT_CHARS {
        let begin = line.text.chars().take(kept).collect();
        if let Some(found) = Found::look(db, &Key::Line(begin))? {
            return Ok(Some(found));
        }
    }
    let Some(id) = line.id() else { return Ok(None) };
    Found::look(db, &Key::Source(id.to_owned()))
}

/// The first line that an intent came with.
fn came_with(found: &Found, lines: &[Line]) -> Option<usize> {
    let of = |line: &&Line| {
        let mut kept = KEPT_CHARS.iter();
        kept.any(|kept| line.text.chars().take(*kept).eq(found.line.chars()))
    };
    lines.iter().find(of).map(|line| line.number)
}

fn asked(line: &Line) -> String {
    let value = |field: &str| match &line.value[field] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    if !line.value.is_object() {
        return "-".to_owned();
    }
    if line.text_of("intent_id").is_some() {
        let (usdc, tokens) = (value("size_usdc"), value("size_tokens"));
        return if tokens.is_empty() {
            format!("{} {usdc} USDC", value("side"))
        } else {
            format!("{} {tokens}", value("side"))
        };
    }
    format!(
        "{} {} at {}",
        value("side"),
        value("shares"),
        value("price")
    )
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width - 2).collect();
    format!("{kept}..")
}
